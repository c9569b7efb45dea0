"""Host adapters, one folder per editor; a file is a host too."""

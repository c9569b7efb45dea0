"""A file as host: the cut is read from it, and written beside it when the user saves."""

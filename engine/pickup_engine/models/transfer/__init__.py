"""Brings the files of models to this machine. Runs in a process of its own, see `__main__`."""

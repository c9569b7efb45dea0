"""Timelines as files: what each format needs to be read and written without a silent loss."""

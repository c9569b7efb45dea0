"""Edits: what is planned for a clip, how it is carried out, and how it is taken back."""

"""Widgets: strip, viewer, takes, queue, parameters."""

"""The engine for the dock, over Qt's own network classes: nothing waits, no threads."""

from pickup.client.qt.engine import GONE, READY, STARTING, QtEngine

__all__ = ["GONE", "READY", "STARTING", "QtEngine"]

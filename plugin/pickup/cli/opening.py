"""Opening the cut that a command names."""

from __future__ import annotations

import argparse

from pickup.cli.console import Console
from pickup.timeline import Document


def opened(options: argparse.Namespace, console: Console) -> Document:
    """The cut `options.timeline`, at `options.rate` where its format states none; what reading it
    assumed is told."""
    document = Document.open(options.timeline.absolute(), options.rate)
    for note in document.notes:
        console.warn(note)
    return document

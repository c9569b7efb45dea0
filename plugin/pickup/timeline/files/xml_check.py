"""Looks at XML before a reader of timelines does: entities, depth and number of elements.

Entities can grow a small file to any size or read other files, deep nesting overruns readers that
call themselves.
"""

from __future__ import annotations

from typing import Final
from xml.etree import ElementTree
from xml.parsers import expat

from pickup.errors import TimelineError

MAX_XML_DEPTH: Final = 256
MAX_ELEMENTS: Final = 4_000_000


class _Watch:
    """Counts what the parser meets and refuses what no timeline needs."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.depth = self.elements = 0

    def start(self, _tag: str, _attributes: dict[str, str]) -> None:
        self.depth += 1
        self.elements += 1
        if self.depth > MAX_XML_DEPTH:
            raise TimelineError(
                f"{self.name} is nested more than {MAX_XML_DEPTH} levels deep.",
                "This is no timeline that an editor writes; export it again.",
                code="timeline.depth",
            )
        if self.elements > MAX_ELEMENTS:
            raise TimelineError(
                f"{self.name} has more than {MAX_ELEMENTS} elements.",
                "Split the timeline.",
                code="timeline.too_large",
            )

    def end(self, _tag: str) -> None:
        self.depth -= 1

    def entity(self, name: str, *_rest: object) -> None:
        raise TimelineError(
            f'{self.name} declares the XML entity "{name}", which no editor writes.',
            "The file may be hostile. Export the timeline again from the editor.",
            code="timeline.entities",
        )


def checked_tree(data: bytes, name: str) -> ElementTree.Element:
    """The root of the XML in `data`. Raises TimelineError that names the file `name`."""
    watch = _Watch(name)
    parser = expat.ParserCreate()
    parser.StartElementHandler = watch.start
    parser.EndElementHandler = watch.end
    parser.EntityDeclHandler = watch.entity
    try:
        parser.Parse(data, True)
        return ElementTree.fromstring(data)
    except (expat.ExpatError, ElementTree.ParseError, LookupError, ValueError) as error:
        where = f", line {error.lineno}" if isinstance(error, expat.ExpatError) else ""
        raise TimelineError(
            f"{name} is not sound XML{where}.",
            "Export the timeline again from the editor.",
            code="timeline.broken",
        ) from None

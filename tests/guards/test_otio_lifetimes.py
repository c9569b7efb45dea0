"""OpenTimelineIO crashes, or silently does nothing, where Python code treats it as plain lists.

A composition that changes below a live iterator ends the process; an iterator does not keep what
it iterates alive, so that a temporary yields nothing; a second thread corrupts it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TIMELINE = Path(__file__).parents[2] / "plugin" / "pickup" / "timeline"
CHANGES = {"append", "insert", "extend", "pop", "remove", "clear"}
PARTS = {"tracks", "markers", "effects"}
WRAPPERS = {"enumerate", "zip", "reversed"}


def faults(code: str) -> Iterator[str]:
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.For):
            for iterated in _iterated(node.iter):
                yield from _changed(iterated, node.body)
                yield from _temporary(iterated)
        if isinstance(node, ast.comprehension):
            for iterated in _iterated(node.iter):
                yield from _temporary(iterated)
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names]
            module = getattr(node, "module", "") or ""
            if {"threading", "concurrent"} & {name.split(".")[0] for name in (*names, module)}:
                yield f"line {node.lineno}: threads"


def _iterated(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in WRAPPERS:
        return [inner for argument in node.args for inner in _iterated(argument)]
    return [node]


def _changed(iterated: ast.expr, body: list[ast.stmt]) -> Iterator[str]:
    """Statements of a loop that change what it goes over."""
    name = ast.unparse(iterated)
    for node in (inner for statement in body for inner in ast.walk(statement)):
        target: ast.expr | None = None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            target = node.func.value if node.func.attr in CHANGES else None
        elif isinstance(node, ast.Subscript) and _resizes(node):
            target = node.value
        if target is not None and ast.unparse(target) == name:
            yield f"line {target.lineno}: {name} changes in a loop over it"


def _resizes(node: ast.Subscript) -> bool:
    """Whether an assignment may change the length: one item for another does not."""
    is_slice = isinstance(node.ctx, ast.Store) and isinstance(node.slice, ast.Slice)
    return is_slice or isinstance(node.ctx, ast.Del)


def _temporary(iterated: ast.expr) -> Iterator[str]:
    """A part of what a call returns: nothing holds the whole while its part is iterated."""
    part, names = iterated, set[str]()
    while isinstance(part, ast.Attribute | ast.Subscript):
        names |= {part.attr} if isinstance(part, ast.Attribute) else set()
        part = part.value
    if names & PARTS and isinstance(part, ast.Call):
        yield f"line {iterated.lineno}: {ast.unparse(iterated)} is part of a temporary"


@pytest.mark.parametrize("path", sorted(TIMELINE.glob("*.py")), ids=lambda path: path.stem)
def test_no_composition_changes_under_an_iterator(path: Path) -> None:
    assert not list(faults(path.read_text("utf-8")))


@pytest.mark.parametrize(
    ("code", "finds"),
    [
        ("for x in track:\n    del track[0]", True),
        ("for n, x in enumerate(a.tracks):\n    if n:\n        a.tracks.insert(0, x)", True),
        ("for x in track:\n    track[1:2] = [x]", True),
        ("for n, x in enumerate(lines):\n    lines[n] = x", False),
        ("for x in list(track):\n    track.remove(x)", False),
        ("for x in track:\n    other.append(x)", False),
        ("for t in timeline.clone().tracks:\n    pass", True),
        ("[x for x in read(path).tracks[0]]", True),
        ("[x for x in plain(value)]", False),
        ("[x for x in slots_of(track)[1:3]]", False),
        ("from concurrent.futures import ThreadPoolExecutor", True),
    ],
)
def test_the_rule_itself(code: str, finds: bool) -> None:
    assert bool(list(faults(code))) is finds

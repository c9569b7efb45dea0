"""What can be done about a refusal, as buttons.

The engine says its remedies as the command takes them (`--size 384`): these words become buttons,
and the hint is said in the words of the dock.
"""

from __future__ import annotations

import re
from functools import partial

from pickup.protocol import Control, ItemKind, ModelInfo, Operation, Quality, Side
from pickup_ui.state.draft import DRAFT_MODEL
from pickup_ui.state.files import Files
from pickup_ui.state.in_cut import follower, preceding
from pickup_ui.state.model_words import control_words
from pickup_ui.state.outlook import Outlook, OutlookKind, Remedy
from pickup_ui.state.session import Session
from pickup_ui.state.shelf import Shelf

_PULL = re.compile(r" with `pickup models pull ([\w.-]*\w)`")
_SIZE = re.compile(r"`?--size (\d+)`?")
_CONTROL = re.compile(rf"--control ({'|'.join(Control)})")
_MODEL = re.compile(r"--model ([\w.-]*\w)")
_HANDLE = re.compile(r" or use --handle 0")
"""The dock always asks for handles."""
_OPTION = re.compile(r"--(?=[a-z])")


def remedies_of(session: Session, shelf: Shelf, files: Files) -> tuple[Remedy, ...]:
    """The ways out of the refusal in view, the nearest first; none where only a setting can. For a
    gap: what can be made in it."""
    outlook = session.outlook
    if outlook.kind is not OutlookKind.REFUSED:
        return _for_gap(session)
    match outlook.code:
        case "model.not_installed":
            found = (*_get(outlook, session, shelf), *_named(outlook, session, shelf))
            return (*found, *_others(session))
        case "model.unknown":
            return (*_others(session), Remedy("Models", shelf.open))
        case "model.too_large":
            named = _named(outlook, session, shelf)
            return _once((*named, *_cheaper(session, named), *_others(session)))
        case "model.cannot":
            return _others(session) or (Remedy("Models", shelf.open),)
        case "media.missing":
            return (Remedy("Find media…", files.ask_search),)
        case _ if session.item is not None and session.item.media in files.missing:
            return (Remedy("Find media…", files.ask_search),)
        case _:
            return ()


def _for_gap(session: Session) -> tuple[Remedy, ...]:
    """What can be made in a selected gap, from the clip before it."""
    item, track = session.item, session.track
    if item is None or track is None or item.kind is not ItemKind.GAP:
        return ()
    before = preceding(track, item.uid)
    if before is None:
        return ()
    ways = [Remedy(f"Extend {before.name}", partial(_into_gap, session, Operation.EXTEND))]
    if follower(track, before.uid) is not None:
        ways.append(Remedy("Bridge it", partial(_into_gap, session, Operation.BRIDGE)))
    return tuple(ways)


def _into_gap(session: Session, operation: Operation) -> None:
    """Ask for all frames of the gap that is selected now."""
    gap, track = session.item, session.track
    before = preceding(track, gap.uid) if gap and track else None
    if gap is not None and before is not None:
        session.select(before.uid)
        session.set_operation(operation)
        if operation is Operation.EXTEND:
            session.change(side=Side.TAIL, frames=gap.frames)
        else:
            session.change(whole=True)


def hint_words(outlook: Outlook, session: Session) -> str:
    """The engine's hint in the words of the dock; "" where a button says the same."""
    hint = _PULL.sub("", outlook.hint)
    hint = _MODEL.sub(lambda found: session.name_of(found[1]), hint)
    return "" if hint == "Get it." else plain_words(hint)


def plain_words(hint: str) -> str:
    """A hint without options of the command."""
    hint = _HANDLE.sub("", hint)
    hint = _SIZE.sub(r"a picture size of \1", hint)
    hint = _CONTROL.sub(lambda found: control_words(Control(found[1])), hint)
    return _OPTION.sub("", hint)


def _get(outlook: Outlook, session: Session, shelf: Shelf) -> tuple[Remedy, ...]:
    found = _PULL.search(outlook.hint)
    model = found[1] if found else session.draft.model
    return (Remedy(f"Get {session.name_of(model)}", partial(shelf.open, model)),)


def _named(outlook: Outlook, session: Session, shelf: Shelf) -> tuple[Remedy, ...]:
    """What the hint names by an option of the command."""
    made = []
    if found := _SIZE.search(outlook.hint):
        size = int(found[1])
        made.append(Remedy(f"Make it at {size} pixels", partial(session.change, size=size)))
    if found := _CONTROL.search(outlook.hint):
        control = Control(found[1])
        label = f"Keep {control_words(control)}"
        made.append(Remedy(label, partial(session.change, control=control)))
    if (found := _MODEL.search(outlook.hint)) and (model := session.model_of(found[1])):
        use = partial(session.change, model=model.id)
        get = partial(shelf.open, model.id)
        here = model.installed
        made.append(Remedy(f"{'Use' if here else 'Get'} {model.name}", use if here else get))
    return tuple(made)


def _cheaper(session: Session, named: tuple[Remedy, ...]) -> tuple[Remedy, ...]:
    """A draft asks for less; it is a guess, so that what the engine names goes before it."""
    if named or session.draft.quality is not Quality.FINAL:
        return ()
    return (Remedy("Make a draft", partial(session.change, quality=Quality.DRAFT)),)


def _others(session: Session) -> tuple[Remedy, ...]:
    """Installed models that do the verb; the built-in one, which always runs, comes last."""
    found = [one for one in fitting(session.models, session.operation) if one.installed]
    found = [one for one in found if one.id != session.draft.model and not one.test]
    found.sort(key=lambda one: one.id == DRAFT_MODEL)
    return tuple(Remedy(f"Use {one.name}", partial(session.change, model=one.id)) for one in found)


def _once(remedies: tuple[Remedy, ...]) -> tuple[Remedy, ...]:
    return tuple({one.label: one for one in reversed(remedies)}.values())[::-1]


def fitting(models: tuple[ModelInfo, ...], operation: Operation) -> list[ModelInfo]:
    """The models that do a verb, installed ones first."""
    found = [one for one in models if operation in one.operations]
    return sorted(found, key=lambda one: not one.installed)

"""The command line's grammar. Commands are imported when they run, so that `--help` is instant."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, Protocol

from pickup import __version__
from pickup.cli.console import Console
from pickup.cli.values import Length, keyframe, length, matte_box, model_name, rate, stroke_points
from pickup.errors import RequestError
from pickup.protocol import Codec, Control, Delivery, Mode, Quality


class Command(Protocol):
    """A command's entry point."""

    def __call__(self, options: argparse.Namespace, console: Console) -> None:
        """Run with the parsed options; raises PickupError."""


class UsageError(RequestError):
    """The command line does not follow the grammar."""

    code = "request.usage"


class Grammar(argparse.ArgumentParser):
    """Raises UsageError where argparse would end the process."""

    def error(self, message: str) -> NoReturn:
        """What is wrong, and where the grammar is told."""
        raise UsageError(f"{self.prog}: {message}.", f"See `{self.prog} --help`.")


def parser() -> argparse.ArgumentParser:
    """The whole grammar. Parsing raises UsageError."""
    top = Grammar(prog="pickup", description="Extend, inpaint and restyle the clips of a timeline.")
    top.add_argument("--version", action="version", version=f"pickup {__version__}")
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    _add_extend(commands)
    _add_inpaint(commands)
    _add_restyle(commands)
    _add_timeline(commands)
    _add_jobs(commands)
    _add_engine(commands)
    _add_models(commands)
    _add_app(commands)
    _add_demo(commands)
    return top


Commands = argparse._SubParsersAction  # argparse gives the type no public name


def _late(module: str, function: str) -> Command:
    def run(options: argparse.Namespace, console: Console) -> None:
        command: Callable[[argparse.Namespace, Console], None] = getattr(
            importlib.import_module(f"pickup.cli.{module}"), function
        )
        command(options, console)

    return run


def _command(commands: Commands[Grammar], name: str, text: str, run: Command) -> Grammar:
    command = commands.add_parser(name, help=text, description=text)
    command.add_argument("--json", action="store_true", help="one JSON object as the last line")
    command.set_defaults(run=run)
    return command


def _add_verb(commands: Commands[Grammar], name: str, text: str) -> Grammar:
    verb = _command(commands, name, text, _late("verbs", name))
    verb.add_argument("timeline", type=Path, metavar="CUT.otio")
    verb.add_argument("--clip", required=True, help="V1:2, a clip's name, or a record timecode")
    verb.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.otio")
    verb.add_argument("--media-folder", type=Path, help="default: “OUT media” beside OUT.otio")
    verb.add_argument("--codec", type=Codec, choices=list(Codec), default=Codec.PRORES)
    verb.add_argument("--prompt", default="", help="what should be seen")
    verb.add_argument("--reference", action="append", default=[], type=Path, metavar="IMG")
    verb.add_argument("--camera", default="", help="e.g. “pan-left 15%% + zoom-in 1.2x”")
    verb.add_argument(
        "--model", default="pickup-draft", type=model_name, metavar="ID|FOLDER",
        help="an id of `pickup models list`, or a folder in diffusers form",
    )  # fmt: skip
    verb.add_argument("--seed", type=int, default=0)
    verb.add_argument("--takes", type=int, default=1)
    _add_sampling(verb)
    verb.add_argument("--dry-run", action="store_true", help="say what would be made, make nothing")
    return verb


def _add_sampling(verb: Grammar) -> None:
    """What models that denoise are asked; the plan decides what is left out."""
    verb.add_argument("--quality", type=Quality, choices=list(Quality), default=Quality.FINAL)
    verb.add_argument("--negative", default="", metavar="WORDS", help="what must not be seen")
    verb.add_argument("--steps", type=int, default=0, help="of denoising")
    verb.add_argument("--guidance", type=float, default=0.0, help="how strictly words are followed")
    verb.add_argument(
        "--size", type=int, default=0, metavar="PIXELS", help="shorter side of the model's picture"
    )


def _add_strokes(verb: Grammar) -> None:
    verb.add_argument(
        "--stroke", action="append", default=[], type=stroke_points, metavar='"x,y x,y …"',
        help="motion brush: the thing at the first point goes along the others (source pixels)",
    )  # fmt: skip
    verb.add_argument("--stroke-radius", type=int, default=40, metavar="PIXELS")


def _add_extend(commands: Commands[Grammar]) -> None:
    verb = _add_verb(commands, "extend", "Make a clip longer at its head or tail.")
    verb.add_argument("--tail", type=length, default=Length(0), metavar="48f|2s")
    verb.add_argument("--head", type=length, default=Length(0), metavar="48f|2s")
    verb.add_argument("--mode", type=Mode, choices=list(Mode), default=Mode.AUTO)
    verb.add_argument(
        "--keyframe", action="append", default=[], type=keyframe, metavar="24f=IMG",
        help="pin an image at a time counted from the first new frame",
    )  # fmt: skip
    _add_strokes(verb)


def _add_inpaint(commands: Commands[Grammar]) -> None:
    verb = _add_verb(commands, "inpaint", "Fill a masked region of a clip.")
    region = verb.add_mutually_exclusive_group(required=True)
    region.add_argument("--matte", type=Path, help="white = generate: image, video or folder")
    region.add_argument("--box", type=matte_box, metavar="x,y,w,h", help="in source pixels")
    verb.add_argument("--remove", action="store_true", help="remove what is there (no prompt)")
    verb.add_argument("--delivery", type=Delivery, choices=list(Delivery), default=Delivery.PATCH)


def _add_restyle(commands: Commands[Grammar]) -> None:
    verb = _add_verb(commands, "restyle", "Change the look of a clip.")
    verb.add_argument("--preset", default="", help="see `pickup models list`")
    verb.add_argument(
        "--strength", type=float, default=1.0, metavar="0..1",
        help="how much is changed: 0 leaves the clip as it is",
    )  # fmt: skip
    verb.add_argument(
        "--control", type=Control, choices=list(Control), default=Control.AUTO,
        help="what a model that makes new pictures keeps of the clip",
    )  # fmt: skip
    verb.add_argument(
        "--keyframe", action="append", default=[], type=keyframe, metavar="24f=IMG",
        help="an edited copy of that frame of the clip, counted from 0: the shot follows it",
    )  # fmt: skip
    _add_strokes(verb)


def _add_timeline(commands: Commands[Grammar]) -> None:
    group = commands.add_parser("timeline", help="Look into a timeline.")
    inner = group.add_subparsers(required=True, metavar="COMMAND")
    show = _command(inner, "show", "List tracks and clips.", _late("timeline", "show"))
    export = _command(
        inner, "export", "Write a timeline in another format.", _late("timeline", "export")
    )
    export.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.xml")
    relink = _command(inner, "relink", "Find media that moved.", _late("timeline", "relink"))
    relink.add_argument("--search", type=Path, required=True, metavar="FOLDER")
    relink.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.otio")
    for command in (show, export, relink):
        command.add_argument("timeline", type=Path, metavar="CUT")
        command.add_argument("--rate", type=rate, metavar="FPS", help="of an EDL: it tells none")


def _add_jobs(commands: Commands[Grammar]) -> None:
    jobs = _command(commands, "jobs", "List jobs and takes.", _late("jobs", "show"))
    jobs.add_argument("--unplaced", action="store_true", help="only takes that wait to be used")
    inner = jobs.add_subparsers(metavar="COMMAND")
    for name, text in (
        ("cancel", "Stop a job."),
        ("retry", "Run a failed job again."),
        ("dismiss", "Do not offer a job's takes any more."),
    ):
        command = _command(inner, name, text, _late("jobs", name))
        command.add_argument("job")
    place = _command(inner, "place", "Put a finished take into its cut.", _late("jobs", "place"))
    place.add_argument("job")
    place.add_argument("--take", type=int, default=1, help="counted from 1")
    place.add_argument("--timeline", type=Path, help="default: the cut that the job was made for")
    place.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.otio")


def _add_engine(commands: Commands[Grammar]) -> None:
    group = commands.add_parser("engine", help="Look after the engine.")
    inner = group.add_subparsers(required=True, metavar="COMMAND")
    _command(inner, "status", "Say whether it runs.", _late("engine", "status"))
    stop = _command(inner, "stop", "Stop it.", _late("engine", "stop"))
    stop.add_argument("--force", action="store_true", help="even while jobs run")


def _add_models(commands: Commands[Grammar]) -> None:
    group = commands.add_parser("models", help="Look after the models.")
    inner = group.add_subparsers(required=True, metavar="COMMAND")
    _command(inner, "list", "List them, and what they can do.", _late("models", "show"))
    for name, text in (
        ("info", "Tell all about one."),
        ("verify", "Compare its files with what they should be."),
        ("cancel", "Stop loading it; what is there is kept."),
        ("remove", "Delete its files."),
    ):
        command = _command(inner, name, text, _late("models", name))
        command.add_argument("model", type=model_name, metavar="ID|FOLDER")
    pull = _command(inner, "pull", "Load one from its hub.", _late("models", "pull"))
    pull.add_argument("model", metavar="ID")
    pull.add_argument(
        "--accept-licence", action="store_true", help="for those that limit their use"
    )
    take = _command(inner, "import", "Take over a folder.", _late("models", "import_"))
    take.add_argument("folder", type=Path, metavar="FOLDER")
    take.add_argument("--id", default="", help="its name; default: found by its files")


def _add_app(commands: Commands[Grammar]) -> None:
    app = _command(commands, "app", "Open the dock in its own window.", _late("app", "start"))
    app.add_argument("timeline", type=Path, nargs="?", metavar="CUT.otio")


def _add_demo(commands: Commands[Grammar]) -> None:
    demo = _command(commands, "demo", "Run the main job on a sample cut.", _late("demo", "run"))
    demo.add_argument("folder", type=Path)
    demo.add_argument("--timeline", type=Path, metavar="CUT.otio", help="instead of the sample")
    demo.add_argument("--no-window", action="store_true", help="do not open the dock afterwards")

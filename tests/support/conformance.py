"""What the conformance suite asks of every model: small real jobs, carried out in this process."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from pickup.errors import Cancelled
from pickup.protocol import (
    BridgeRequest,
    Codec,
    Delivery,
    ExtendRequest,
    Guidance,
    InpaintRequest,
    JobPhase,
    JobSubmission,
    Matte,
    ModelInfo,
    Operation,
    Output,
    Request,
    RestyleRequest,
    Sampling,
    Side,
    Source,
    Take,
)
from pickup_engine.jobs.live import LiveJob
from pickup_engine.jobs.messages import PhaseBegan, StepDone, TakeMade
from pickup_engine.media.probe import probe
from pickup_engine.media.reader import open_reader
from pickup_engine.models.catalogue import rules_for
from pickup_engine.worker.run import Backends, run_job
from support.cuts import HEIGHT, WIDTH, write_shot

FRAMES = 6
"""Frames of the shot that all jobs work on."""

NEW = 5
"""Frames of an extension and of a bridge."""

BOX = (40, 20, 32, 24)
"""The region of an inpaint: x, y, width, height."""

ORDER = tuple(JobPhase)
"""Of the phases of a take."""

Pictures: TypeAlias = NDArray[np.uint16]
JOB = "conform1"


class Ledger:
    """A service that writes down all it hears, and cancels when a phase begins or after a step."""

    finished_takes: tuple[int, ...] = ()

    def __init__(self, takes: int = 1, cancel_at: tuple[JobPhase, int] | None = None) -> None:
        self.takes: list[Take] = []
        self.phases: list[tuple[JobPhase, int, int]] = []
        """Phase, steps announced, steps done."""
        self.progress: list[float] = []
        """As the user sees it: it never goes back, whatever the worker tells."""
        self.told: list[float] = []
        """As the worker tells it: takes and phases that are done, without steps, since the model
        and what follows it may each have a part of the same phase."""
        self.looks = 0
        self.cancels = 0
        """How often it had to say so."""
        self._cancel_at = cancel_at
        shares = {phase: 1 / len(JobPhase) for phase in JobPhase}
        self._live = LiveJob(shares, takes, 0.0)

    def phase(self, phase: JobPhase, steps: int) -> None:
        self._live.hear(PhaseBegan(JOB, 1, phase, steps))
        self.phases.append((phase, steps, 0))
        self._written()

    def step(self) -> None:
        phase, steps, done = self.phases[-1]
        self.phases[-1] = (phase, steps, done + 1)
        self._live.hear(StepDone(JOB, 1, done + 1))
        self._written()

    def look(self, picture: NDArray[np.uint8]) -> None:
        assert picture.ndim == 3 and picture.shape[2] == 3 and picture.dtype == np.uint8
        self.looks += 1

    def take(self, take: Take) -> None:
        self._live.hear(TakeMade(JOB, 1, take))
        self.takes.append(take)
        self.told.append(len(self.takes))
        self.progress.append(self._live.progress)

    def timing(self, name: str, seconds: float) -> None:
        pass

    def _written(self) -> None:
        self.progress.append(self._live.progress)
        phase, _, done = self.phases[-1]
        self.told.append(len(self.takes) + ORDER.index(phase) / len(ORDER))
        if self._cancel_at is None:
            return
        where, after = self._cancel_at
        # What is remembered may take no steps: then it is the next that is told.
        if (ORDER.index(phase), done) >= (ORDER.index(where), after):
            self.cancels += 1
            raise Cancelled("enough")


@dataclass
class Bench:
    """A model under test, with a shot to work on. The backend stays loaded between jobs."""

    model: str
    folder: Path
    backends: Backends = field(default_factory=Backends)
    _plain: dict[Operation, tuple[Pictures, Ledger]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shot = self.folder / "shot.mp4"
        write_shot(shot, FRAMES, Fraction(24), 1)
        self.source = Source(probe(str(shot)), Fraction(0), Fraction(1), FRAMES, Fraction(24))
        long = self.folder / "long.mp4"
        write_shot(long, 2 * FRAMES + NEW, Fraction(24), 3)
        self.before = replace(self.source, media=probe(str(long)))
        self.after = replace(self.before, first=Fraction(FRAMES + NEW))

    @property
    def info(self) -> ModelInfo:
        """What the model says of itself."""
        return rules_for(self.model).info

    def noticed(self, least: float) -> float:
        """How much must change where the conditioning does: `least`, of full scale 1. Random
        weights hardly heed what they are shown; that they do at all is proof, since the same
        request makes the same codes."""
        return 0.0 if self.info.test else least

    @property
    def takes_folder(self) -> Path:
        """Where takes go."""
        folder = self.folder / "takes"
        folder.mkdir(exist_ok=True)
        return folder

    def image(self, seed: int) -> str:
        """A thing of large coloured areas on white: a look, a keyframe, or a cut-out."""
        path = self.folder / f"image{seed}.png"
        if not path.exists():
            coarse = np.random.default_rng(seed).integers(0, 256, (3, 4, 3), np.uint8)
            picture = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
            picture[8:-8, 24:-24] = cv2.resize(coarse, (WIDTH - 48, HEIGHT - 16))
            assert cv2.imwrite(str(path), picture)
        return str(path)

    def painted(self, frame: int) -> str:
        """A copy of a frame of the shot with a red square painted into it."""
        picture = (self.truth()[frame] >> 8).astype(np.uint8)
        picture[20:44, 40:72] = (220, 30, 30)
        path = self.folder / f"painted{frame}.png"
        assert cv2.imwrite(str(path), picture[..., ::-1])
        return str(path)

    def request(self, operation: Operation, guidance: Guidance | None = None) -> Request:
        """A request of the verb as small as it gets, FFV1 so that pictures can be compared."""
        sampling = Sampling(steps=2)
        output = Output(str(self.takes_folder), "clip", Codec.FFV1)
        given = guidance or Guidance()
        match operation:
            case Operation.EXTEND:
                return ExtendRequest(
                    self.source, Side.TAIL, NEW, output, given, self.model, sampling=sampling
                )
            case Operation.BRIDGE:
                return BridgeRequest(
                    self.before, self.after, NEW, output, given, self.model, sampling=sampling
                )
            case Operation.INPAINT:
                return InpaintRequest(
                    self.source, Matte(box=BOX), output, Delivery.FULL, given, self.model,
                    sampling=sampling,
                )  # fmt: skip
            case Operation.RESTYLE:
                # Every model must be told which look: by a preset, or by words.
                preset = self.info.presets[0] if self.info.presets else ""
                if not preset and given == Guidance():
                    given = Guidance(prompt="a street at night")
                return RestyleRequest(
                    self.source, output, preset, guidance=given, model=self.model,
                    sampling=sampling,
                )  # fmt: skip

    def run(self, request: Request, ledger: Ledger | None = None) -> list[Pictures]:
        """Carry a job out; the pictures of its takes, (n, h, w, 3) in 16-bit codes."""
        ledger = ledger or Ledger(request.takes)
        plan = rules_for(request.model).plan(request)
        for file in self.takes_folder.iterdir():
            file.unlink()
        run_job(JobSubmission(JOB, request), plan, 1, ledger, self.backends)
        return [_pictures(take) for take in ledger.takes]

    def one(
        self, operation: Operation, guidance: Guidance | None = None, **more: object
    ) -> Pictures:
        """The pictures of the only take of a job."""
        (pictures,) = self.run(replace(self.request(operation, guidance), **more))  # type: ignore[arg-type]
        return pictures

    def plain(self, operation: Operation) -> tuple[Pictures, Ledger]:
        """The pictures and the ledger of `request(operation)`, made once: that equal requests make
        equal pictures has a test of its own."""
        if operation not in self._plain:
            ledger = Ledger()
            (pictures,) = self.run(self.request(operation), ledger)
            self._plain[operation] = pictures, ledger
        return self._plain[operation]

    def truth(self) -> Pictures:
        """The shot itself."""
        with open_reader(self.source.media) as reader:
            return np.stack([reader.frame(k) for k in range(FRAMES)])


def _pictures(take: Take) -> Pictures:
    with open_reader(take.media) as reader:
        return np.stack([reader.frame(k) for k in range(take.media.frames)])


def differ(one: Pictures, other: Pictures) -> float:
    """Mean absolute difference, of full scale 1."""
    return float(np.abs(one.astype(np.float32) - other.astype(np.float32)).mean() / 65535)

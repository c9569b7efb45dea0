"""One cut at work: propose, generate, place, and save once at the end."""

from __future__ import annotations

import contextlib
import shlex
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from pickup.cli.console import Console
from pickup.cli.run_job import finished_take, placing, submit_and_wait
from pickup.client.blocking import Engine
from pickup.errors import PickupError, RequestError, StorageError
from pickup.protocol import (
    ClipRecord,
    EditResult,
    JobState,
    JobStatus,
    MediaRef,
    Operation,
    PlacementState,
    Proposal,
    RenderPlan,
    SnapshotItem,
    Take,
    encode,
)
from pickup.timeline import Document, find_clip, media_of, place

Propose = Callable[[SnapshotItem, MediaRef], Proposal]
"""A clip and its measured media -> what would happen."""


class Work:
    """A cut from its file to its new file. The input is never written; the output appears whole."""

    def __init__(
        self, source: Path, target: Path, media_folder: Path | None, console: Console
    ) -> None:
        self.source = source.absolute()
        self.target = target.absolute()
        stem = self.target.name.split(".")[0]
        folder = media_folder or self.target.parent / f"{stem} media"
        self.media_folder = folder.absolute()
        self.console = console
        self.clips: list[ClipRecord] = []
        self.jobs: list[JobStatus] = []
        self.plans: list[RenderPlan] = []
        self.probes: list[MediaRef] = []
        self._used: list[Take] = []
        self._warned: set[str] = set()
        self._started = time.monotonic()
        if self.source.resolve() == self.target.resolve():
            raise RequestError(
                f"The output is the input file itself ({self.source}).",
                "Give another name with -o: originals are never changed.",
                code="request.same_file",
            )
        self.document = Document.open(self.source)
        self._warn(self.document.notes)
        # Now, and not after minutes of work.
        self.document.check_target(self.target)
        self._new_folders: list[Path] = []
        self._saved = self._queued = False
        self._engine: Engine | None = None

    @property
    def engine(self) -> Engine:
        """The engine, started when it is first needed, after the cheap checks."""
        if self._engine is None:
            self._engine = Engine.connect()
            self._offer(self._engine.jobs(unplaced=True))
        return self._engine

    def _offer(self, jobs: list[JobStatus]) -> None:
        """Name finished takes of this cut that were never placed: an earlier run was stopped."""
        mine = [job for job in jobs if job.submission.timeline == str(self.source)]
        for job in (job for job in mine if job.state is JobState.SUCCEEDED):
            self.console.warn(
                f"A finished take of this cut is in no cut yet ({job.submission.label}): "
                f"pickup jobs place {job.id} -o OUT.otio"
            )

    def allow(self, files: Iterable[Path]) -> None:
        """Let the engine read these files and write the media folder."""
        chain = (self.media_folder, *self.media_folder.parents)
        self._new_folders += [folder for folder in chain if not folder.exists()]
        try:
            self.media_folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(
                f"The media folder {self.media_folder} cannot be made: {error.strerror}.",
                "Choose a writable folder with --media-folder.",
                code="storage.folder",
            ) from error
        folders = {self.source.parent, self.media_folder}
        folders |= {file if file.is_dir() else file.absolute().parent for file in files}
        self.engine.allow(sorted(str(folder.absolute()) for folder in folders))

    def measured(self, clip: str | SnapshotItem) -> MediaRef:
        """The probe of the file of a clip (or its uid)."""
        return self.measured_file(media_of(self.document, clip))

    def measured_file(self, path: str) -> MediaRef:
        """The probe of a media file."""
        self.allow([Path(path)])
        (media,) = self.engine.probe([path])
        self.probes.append(media)
        return media

    def carry_out(
        self, clip: str | SnapshotItem, propose: Propose, *, dry_run: bool = False
    ) -> None:
        """Do one verb on a clip (or its address); the cut on disk is still untouched."""
        if isinstance(clip, str):
            clip = find_clip(self.document, clip)
        media = self.measured(clip)
        self.follow(propose(clip, media), media, dry_run=dry_run)

    def follow(
        self,
        proposal: Proposal,
        media: MediaRef | None = None,
        *,
        take: int = 0,
        dry_run: bool = False,
    ) -> None:
        """Generate what a proposal asks for and place take `take` of it (0-based); `media` is the
        probe of the original's file."""
        self.console.say(proposal.sentence)
        self._warn(proposal.warnings)
        if proposal.request is None:
            if not dry_run:
                self._keep(place(self.document, proposal.placement, media=media))
            return
        plan = self.engine.plan(proposal.request)
        self.plans.append(plan)
        self._warn(plan.warnings)
        if dry_run:
            return
        self._queued = True
        job = submit_and_wait(self.engine, proposal, self.source, self.console)
        self.jobs.append(job)
        made = finished_take(job, take)
        self._used.append(made)
        with placing(self.engine, made):
            result = place(self.document, proposal.placement, made, model=plan.model, media=media)
        self._keep(result)

    def save(self) -> None:
        """Write the new cut and tell the engine that its takes are used."""
        self.document.save(self.target)
        self._saved = True
        self._mark(PlacementState.PLACED)

    def close(self) -> None:
        """Leave nothing half done: takes that were not saved are offered again, and folders that
        were made for takes go where no job was queued that may still write or be retried."""
        if not self._saved:
            # An engine that is gone offers them by itself.
            with contextlib.suppress(PickupError):
                self._mark(PlacementState.OPEN)
        for folder in () if self._queued else self._new_folders:
            with contextlib.suppress(OSError):
                folder.rmdir()

    def _mark(self, state: PlacementState) -> None:
        for take in self._used:
            self.engine.set_placement(take.job, take.index, state)

    def tell_written(self) -> None:
        """Say what was written."""
        for clip in self.clips:
            where = f"{clip.track}:{clip.index}".ljust(6)
            made = f"{clip.record_frames} frames {clip.origin.value}"
            self.console.say(f"  {where}{made}  {clip.name}")
        self.console.say(f"Wrote {self.target}")
        for take in self._used:
            self._name_others(take)

    @property
    def takes(self) -> list[Take]:
        """All takes that were made."""
        return [take for job in self.jobs for take in job.takes]

    def timing(self) -> dict[str, float]:
        """Seconds by part, and in all."""
        timing = {name: value for job in self.jobs for name, value in job.timing.items()}
        return {**timing, "total": round(time.monotonic() - self._started, 3)}

    def report(self, operation: Operation, model: str, seed: int, *, dry_run: bool = False) -> None:
        """Say what was written, and print the JSON object."""
        takes = self.takes
        if not dry_run:
            self.tell_written()
        self.console.result(
            {
                "timeline": "" if dry_run else str(self.target),
                "operation": operation.value,
                "clips": [encode(clip) for clip in self.clips],
                "takes": [encode(take) for take in takes],
                "model": {"id": model, "learned": any(take.learned for take in takes)},
                "seed": seed,
                "plan": encode(self.plans[0]) if self.plans else None,
                "timing": self.timing(),
            }
        )

    def _name_others(self, used: Take) -> None:
        """One take is in the cut; say how to get another one."""
        shown = next((clip.name for clip in self.clips if used.job in clip.name), "")
        for take in self.takes:
            if take.job != used.job or take.index == used.index:
                continue
            words = ["pickup", "timeline", "take", str(self.target), "--clip", shown]
            command = shlex.join([*words, "--use", str(take.index + 1), "-o", "OTHER.otio"])
            self.console.say(f"Take {take.index + 1} instead: {command}")

    def _keep(self, result: EditResult) -> None:
        self._warn(result.warnings)
        self.clips += result.clips

    def _warn(self, sentences: Iterable[str]) -> None:
        """Each sentence once: what a proposal warned of, its edit warns of again."""
        for sentence in sentences:
            if sentence not in self._warned:
                self._warned.add(sentence)
                self.console.warn(sentence)

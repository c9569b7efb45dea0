"""What the user directs, over frames that go on by themselves: brush strokes, then the camera."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pickup_engine.models.camera import Moves, parse_camera
from pickup_engine.models.camera_path import Pose, anchors_of, camera_path
from pickup_engine.worker.backends.base import Conditioning
from pickup_engine.worker.backends.motion.bars import Bars, find_bars
from pickup_engine.worker.backends.motion.camera_move import (
    LazyFrames,
    Views,
    looked_from,
    through_lens,
)
from pickup_engine.worker.backends.motion.depth import depth_of_picture, depth_of_shot
from pickup_engine.worker.backends.motion.features import analyse
from pickup_engine.worker.backends.motion.known import Known, Run
from pickup_engine.worker.backends.motion.parallax import Depth, with_parallax
from pickup_engine.worker.backends.motion.strokes import grab_things, stroked

DepthOf = Callable[[int, Views], Depth]
"""Frame number and its views before strokes -> its depth."""

_LOOKS = 9
"""Frames on which the share that near things uncover is measured."""


@dataclass(frozen=True)
class CameraWork:
    """A camera move over frames. depth: None where the move has no parallax."""

    moves: Moves
    poses: tuple[Pose, ...]
    bars: Bars
    depth: DepthOf | None = None

    def over(self, base: Sequence[Views], frames: Sequence[Views]) -> Sequence[Views]:
        """The move over `frames`; `base` are the same before strokes: they tell the depth."""
        return LazyFrames(len(frames), lambda k: self._frame(k, base, frames)[0])

    def uncovered(self, base: Sequence[Views]) -> float:
        """The largest share that near things uncover and nobody filmed."""
        if self.depth is None:
            return 0.0
        looks = np.unique(np.linspace(0, len(base) - 1, min(len(base), _LOOKS)).astype(int))
        return max(self._frame(int(k), base, base)[1] for k in looks)

    def told(self, text: str, base: Sequence[Views]) -> dict[str, object]:
        """For the recipe."""
        told: dict[str, object] = {
            "move": text,
            "beyond_the_edge": round(max(pose.unseen() for pose in self.poses), 4),
        }
        if self.depth is not None:
            told["depth"] = self.depth(0, base[0]).cue
            told["uncovered"] = round(self.uncovered(base), 4)
        return told

    def _frame(self, k: int, base: Sequence[Views], frames: Sequence[Views]) -> tuple[Views, float]:
        pose, views = self.poses[k], frames[k]
        if pose.at_rest:
            return views, 0.0
        if self.depth is None:
            x, y = through_lens(pose, *views[0].weight.shape)
            return self.bars.kept(looked_from(views, x, y)), 0.0
        made, share = with_parallax(views, self.depth(k, base[k]), pose)
        return self.bars.kept(made), share


def camera_work(
    conditioning: Conditioning, anchors: Sequence[int], depth: Callable[[], DepthOf]
) -> CameraWork:
    """Read the move of a conditioning; `depth` is asked only where near and far differ. Raises
    RequestError where it cannot be read."""
    moves = parse_camera(conditioning.camera)
    seed = conditioning.seed * 1009 + conditioning.take
    poses = camera_path(
        moves, conditioning.frames, anchors, conditioning.rate, seed, conditioning.asked
    )
    bars = find_bars(conditioning.known) if len(conditioning.known) else Bars()
    return CameraWork(moves, poses, bars, depth() if moves.has_parallax else None)


def directed(
    frames: Sequence[Views], conditioning: Conditioning, known: Known
) -> tuple[Sequence[Views], Mapping[str, object]]:
    """New frames in time order with the strokes and the camera move of the conditioning; and what
    was done, for the recipe. Without either, the frames themselves."""
    details: dict[str, object] = {}
    made = frames
    run = known.before or known.after
    if conditioning.strokes and run is not None:
        motion = analyse(run.pictures).velocity if len(run.pictures) > 1 else None
        grabbed = grab_things(run.pictures[-1], run.sources[-1], conditioning.strokes, motion)
        details["strokes"] = grabbed.told
        shares = [_share(k, conditioning.asked, known) for k in range(len(frames))]
        made = LazyFrames(len(frames), lambda k: stroked(frames[k], grabbed, shares[k]))
    if conditioning.camera:
        before, after = known.before is not None, known.after is not None
        anchors = anchors_of(before, after, conditioning.frames, conditioning.keyframe_times)
        work = camera_work(conditioning, anchors, lambda: _depths(frames, conditioning, run))
        details["camera"] = work.told(conditioning.camera, frames)
        made = work.over(frames, made)
    return made, details


def _share(k: int, asked: range, known: Known) -> float:
    """How far along its stroke a thing is, more than 1 in a handle: a head extension's reference
    comes after its frames."""
    away = k + 1 if known.before is not None else asked.stop - k
    return away / len(asked)


def _depths(frames: Sequence[Views], conditioning: Conditioning, run: Run | None) -> DepthOf:
    """The depth of every picture that a frame mainly shows, carried along with it."""
    pictures = conditioning.known
    if conditioning.keyframes is not None:
        pictures = np.concatenate([pictures, conditioning.keyframes])
    depths: dict[int, Depth] = {}
    for source in sorted({views[0].source for views in frames}):
        if run is not None and source == run.sources[-1]:
            found = depth_of_shot(run.pictures, analyse(run.pictures))
            depths[source] = found.filled(run.pictures[-1])
        else:
            depths[source] = depth_of_picture(pictures[source]).filled(pictures[source])
    return lambda k, views: depths[views[0].source].seen_in(views)

"""Extensions, bridges and keyframes through the backend's own door."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from pickup.errors import Cancelled, ModelError
from pickup.protocol import JobPhase, Operation
from pickup_engine.training.evaluate_extend import NoNetwork
from pickup_engine.worker.backends.base import Conditioning, Generated, Warp
from pickup_engine.worker.backends.motion.backend import MotionBackend
from pickup_engine.worker.backends.motion.backtest import deepened, draw
from pickup_engine.worker.backends.motion.extend import extend
from pickup_engine.worker.backends.motion.quality import psnr
from support.motion import Heard, pan, still_with_square, tail, texture


@pytest.fixture(scope="module")
def backend() -> MotionBackend:
    made = MotionBackend()
    made.load(Heard())
    return made


def pictures(generated: Generated, conditioning: Conditioning) -> list[NDArray[np.uint8]]:
    assert isinstance(generated.output, Warp)
    known = conditioning.known
    if conditioning.keyframes is not None:
        known = np.concatenate([known, conditioning.keyframes])
    deep = deepened(known)
    return [draw(views, deep) for views in generated.output.frames]


def inner(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Without the right 40 pixels, which a pan reveals."""
    return picture[8:-8, 8:-40]


def middle(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """What a pan shows at both its ends."""
    return picture[8:-8, 32:-32]


def test_tail_continues_a_pan(backend: MotionBackend) -> None:
    shots = pan(49)
    asked = tail(shots[:33], 16)
    made = pictures(backend.generate(asked, Heard()), asked)
    assert len(made) == 16
    frozen = [psnr(inner(shots[32]), inner(shots[33 + t])) for t in range(16)]
    ours = [psnr(inner(made[t]), inner(shots[33 + t])) for t in range(16)]
    assert np.mean(ours) > np.mean(frozen) + 6


def test_head_is_the_tail_in_reverse(backend: MotionBackend) -> None:
    shots = pan(33)
    forward = tail(shots, 10)
    backward = replace(forward, known=shots[::-1], known_times=tuple(range(10, 43)))
    ahead = pictures(backend.generate(forward, Heard()), forward)
    behind = pictures(backend.generate(backward, Heard()), backward)
    assert all(np.array_equal(a, b) for a, b in zip(ahead, behind[::-1], strict=True))


def test_bridge_follows_the_real_path(backend: MotionBackend) -> None:
    shots = pan(50)
    asked = replace(
        tail(shots[:17], 16),
        known=np.concatenate([shots[:17], shots[33:]]),
        known_times=(*range(-17, 0), *range(16, 33)),
    )
    made = pictures(backend.generate(asked, Heard()), asked)
    for time, picture in enumerate(made):
        assert psnr(picture[8:-8, 30:-30], shots[17 + time][8:-8, 30:-30]) > 30


def test_keyframes_are_hit_exactly(backend: MotionBackend) -> None:
    shots = pan(49)
    keyframes = shots[[40, 46]]
    asked = replace(tail(shots[:33], 16), keyframes=keyframes, keyframe_times=(7, 13))
    generated = backend.generate(asked, Heard())
    made = pictures(generated, asked)
    assert np.array_equal(made[7], keyframes[0])
    assert np.array_equal(made[13], keyframes[1])
    assert isinstance(generated.output, Warp)
    (only,) = generated.output.frames[7]
    assert only.source == 33
    assert np.all(only.weight == 1)
    assert psnr(inner(made[4]), inner(shots[37])) > psnr(inner(shots[32]), inner(shots[37])) + 6
    after = psnr(inner(made[15]), inner(shots[48]))
    assert after > psnr(inner(shots[46]), inner(shots[48])), "a keyframe is left moving"


def test_a_keyframe_of_another_place_is_faded_to(backend: MotionBackend) -> None:
    shots = still_with_square(17)
    other = texture(128, 96, 9)[None]
    asked = replace(tail(shots, 12), keyframes=other, keyframe_times=(8,))
    heard = Heard()
    generated = backend.generate(asked, heard)
    made = pictures(generated, asked)
    assert heard.steps == [steps for _, steps in heard.phases]
    assert generated.details["warnings"]
    middle = (shots[-1].astype(float) + other[0]) / 2
    before, after = made[3].astype(float), made[4].astype(float)
    assert np.abs((before + after) / 2 - middle).mean() < 3
    assert all(np.array_equal(made[time], other[0]) for time in range(8, 12)), "nothing to go on"


def test_between_two_places_both_shots_move_on_while_one_fades_into_the_other(
    backend: MotionBackend,
) -> None:
    left, right = pan(50), pan(50)[:, ::-1] // 2
    asked = replace(
        tail(left[:17], 16),
        operation=Operation.BRIDGE,
        known=np.concatenate([left[:17], right[33:]]),
        known_times=(*range(-17, 0), *range(16, 33)),
    )
    heard = Heard()
    generated = backend.generate(asked, heard)
    made = pictures(generated, asked)
    assert heard.steps == [steps for _, steps in heard.phases]
    assert generated.details["warnings"]
    for time in (0, 1, 2):
        assert psnr(middle(made[time]), middle(left[17 + time])) > 22
        assert psnr(middle(made[15 - time]), middle(right[32 - time])) > 22
    assert psnr(middle(made[1]), middle(left[18])) > psnr(middle(made[1]), middle(left[16])) + 3
    assert psnr(middle(made[14]), middle(right[31])) > psnr(middle(made[14]), middle(right[33])) + 3
    again = pictures(backend.generate(replace(asked, take=1), Heard()), asked)
    assert not np.array_equal(made, again), "another take goes on in another way"


@pytest.mark.parametrize("wall_first", [True, False])
def test_a_bare_wall_is_not_the_same_place_as_a_picture(
    backend: MotionBackend, wall_first: bool
) -> None:
    """Each of its pixels is found somewhere beside the pole, but the pole is not in the wall."""
    wall = np.repeat((195 + texture(128, 96, 9) / 25).astype(np.uint8)[None], 17, axis=0)
    pole = wall.copy()
    pole[:, :, 46:82] = 0
    left, right = (wall, pole) if wall_first else (pole, wall)
    asked = replace(
        tail(left, 8),
        operation=Operation.BRIDGE,
        known=np.concatenate([left, right]),
        known_times=(*range(-17, 0), *range(8, 25)),
    )
    generated = backend.generate(asked, Heard())
    assert "warnings" in generated.details
    beside = pictures(generated, asked)[0 if wall_first else -1]
    assert psnr(beside, wall[0]) > 25, "next to the wall the wall is seen"


def test_keyframes_at_the_ends(backend: MotionBackend) -> None:
    shots = pan(40)
    keyframes = shots[[33, 36]]
    asked = replace(tail(shots[:33], 4), keyframes=keyframes, keyframe_times=(0, 3))
    heard = Heard()
    made = pictures(backend.generate(asked, heard), asked)
    assert len(made) == 4
    assert np.array_equal(made[0], keyframes[0])
    assert np.array_equal(made[3], keyframes[1])
    assert heard.steps == [steps for _, steps in heard.phases]


def test_keyframes_alone(backend: MotionBackend) -> None:
    """A head extension through a keyframe, and pictures from keyframes only."""
    shots = pan(40)
    head = replace(
        tail(shots[17:34], 10, keyframes=shots[[10]], keyframe_times=(3,)),
        known_times=tuple(range(10, 27)),
    )
    made = pictures(backend.generate(head, Heard()), head)
    assert np.array_equal(made[3], shots[10])
    assert psnr(made[6][8:-8, 30:-30], shots[13][8:-8, 30:-30]) > 28


@pytest.mark.parametrize("count", [1, 2, 4, 8, 9, 17])
def test_any_number_of_known_pictures(backend: MotionBackend, count: int) -> None:
    asked = tail(pan(count), 5)
    generated = backend.generate(asked, Heard())
    made = pictures(generated, asked)
    assert len(made) == 5
    if count == 1:
        assert all(np.array_equal(picture, asked.known[0]) for picture in made)
        assert generated.confidence is None


def test_long_extensions_come_to_rest(backend: MotionBackend) -> None:
    asked = tail(still_with_square(17, speed=0.6), 120)
    made = pictures(backend.generate(asked, Heard()), asked)
    assert len(made) == 120
    early = np.abs(made[3].astype(int) - made[0]).mean()
    late = np.abs(made[119].astype(int) - made[116]).mean()
    assert late <= early


def test_deterministic_and_takes_differ(backend: MotionBackend) -> None:
    asked = tail(still_with_square(33), 12, seed=5)
    takes = [pictures(backend.generate(replace(asked, take=k), Heard()), asked) for k in range(5)]
    again = pictures(backend.generate(replace(asked, take=4), Heard()), asked)
    assert all(np.array_equal(a, b) for a, b in zip(takes[4], again, strict=True))
    for first in range(5):
        for second in range(first):
            assert not np.array_equal(takes[first][-1], takes[second][-1])
    other = pictures(backend.generate(replace(asked, take=4, seed=6), Heard()), asked)
    assert not np.array_equal(other[-1], takes[4][-1])


def test_learned_says_whether_the_network_changed_the_output(backend: MotionBackend) -> None:
    asked = tail(still_with_square(17), 8)
    for take in range(4):
        wanted = replace(asked, take=take)
        generated = backend.generate(wanted, Heard())
        without = extend(wanted, NoNetwork(), Heard())
        same = all(
            np.array_equal(a, b)
            for a, b in zip(pictures(generated, asked), pictures(without, asked), strict=True)
        )
        assert not without.learned
        if generated.learned:
            assert not same
    drawn = backend.generate(replace(asked, take=3), Heard())
    assert drawn.learned


def test_report_and_details(backend: MotionBackend) -> None:
    heard = Heard()
    generated = backend.generate(tail(pan(33), 7), heard)
    assert [phase for phase, _ in heard.phases] == [JobPhase.ANALYSING, JobPhase.DENOISING]
    assert heard.steps == [steps for _, steps in heard.phases]
    parts = json.loads(json.dumps(generated.details))["parts"]
    assert parts[0]["frames"] == 7
    assert parts[0]["way"].removesuffix(", network") in parts[0]["scores"]
    assert 0 <= parts[0]["invented"] <= 1
    assert generated.confidence is not None
    assert 0 <= generated.confidence <= 1


def test_cancel_passes_through(backend: MotionBackend) -> None:
    class Stopped(Heard):
        def step(self) -> None:
            raise Cancelled("The job was cancelled.")

    with pytest.raises(Cancelled):
        backend.generate(tail(pan(17), 5), Stopped())


def test_wrong_sizes_are_refused(backend: MotionBackend) -> None:
    with pytest.raises(ModelError) as wrong:
        backend.generate(tail(pan(9)[:, :90], 5), Heard())
    assert wrong.value.code == "model.size"
    asked = tail(pan(9), 5)
    empty = replace(asked, known=asked.known[:0], known_times=())
    with pytest.raises(ModelError) as nothing:
        backend.generate(empty, Heard())
    assert nothing.value.code == "model.no_context"


def test_hash_is_of_the_weights(backend: MotionBackend) -> None:
    assert len(backend.sha256) == 64
    assert MotionBackend().sha256 == backend.sha256


@pytest.mark.parametrize("take", [0, 1, 5])
def test_a_single_picture_stands_still_and_the_recipe_says_so(
    backend: MotionBackend, take: int
) -> None:
    made = backend.generate(tail(pan(1), 5, take=take), Heard())
    parts = made.details["parts"]
    assert isinstance(parts, list)
    assert [part["way"] for part in parts] == ["still"]
    assert not made.learned


def test_a_network_that_changes_nothing_is_not_told(backend: MotionBackend) -> None:
    shots = np.repeat(pan(1), 20, 0)
    made = backend.generate(tail(shots, 8), Heard())
    assert all(np.array_equal(picture, shots[0]) for picture in pictures(made, tail(shots, 8)))
    assert not made.learned
    ends = tail(shots, 8, keyframes=shots[:1], keyframe_times=(7,), take=1)
    assert not backend.generate(ends, Heard()).learned


def test_a_trial_of_going_on_says_nothing_of_a_bridge(backend: MotionBackend) -> None:
    shots = pan(30)
    asked = tail(shots[:20], 8, keyframes=shots[27:28], keyframe_times=(7,))
    assert backend.generate(asked, Heard()).confidence is None

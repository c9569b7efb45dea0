"""Which clips of the team's footage may be looked at while the model is made, and which may not.

Names are stems of file names. Clips of one place or person are in one half. A clip that is named
nowhere, a user's own, counts as untouched.
"""

from __future__ import annotations

from enum import StrEnum


class Half(StrEnum):
    """A half of the footage."""

    TUNING = "tuning"
    UNTOUCHED = "untouched"
    ALL = "all"


TRAINING = frozenset(
    {
        "intel-iot-devkit_sample-videos__again",
        "intel-iot-devkit_sample-videos__yes",
        "intel-iot-devkit_sample-videos__eat",
        "intel-iot-devkit_sample-videos__night",
        "intel-iot-devkit_sample-videos__bird",
        "intel-iot-devkit_sample-videos__bottle-detection",
        "intel-iot-devkit_sample-videos__one-by-one-person-detection",
        "intel-iot-devkit_sample-videos__classroom-fromgif",
        "intel-iot-devkit_sample-videos__head-pose-face-detection-female-and-male-fromgif",
        "intel-iot-devkit_sample-videos__person-bicycle-car-detection-fromgif",
        "intel-iot-devkit_sample-videos__store-aisle-detection-fromgif",
        "mdn_learning-area__frog",
        "mdn_learning-area__monster",
        "mdn_learning-area__pig",
        "mdn_dom-examples__media-video",
        "mdn_interactive-examples__stream-of-water",
        "mdn_interactive-examples__stream-of-water-audioless",
        "Zulko_moviepy__big_buck_bunny_0_30",
        "ffmpegwasm_testdata__video-1080p-60fps-2s",
    }
)
"""CC0 and CC-BY clips that the network is trained on."""

UNTOUCHED = frozenset(
    {
        "intel-iot-devkit_sample-videos__book",
        "intel-iot-devkit_sample-videos__learn",
        "intel-iot-devkit_sample-videos__school",
        "intel-iot-devkit_sample-videos__walk",
        "intel-iot-devkit_sample-videos__hungry",
        "intel-iot-devkit_sample-videos__car-detection",
        "intel-iot-devkit_sample-videos__fruit-and-vegetable-detection-fromgif",
        "intel-iot-devkit_sample-videos__head-pose-face-detection-male-fromgif",
        "intel-iot-devkit_sample-videos__worker-zone-detection-fromgif",
        "intel-iot-devkit_sample-videos__face-demographics-walking-fromgif",
        "intel-iot-devkit_sample-videos__face-demographics-walking-and-pause-fromgif",
        "facebookresearch_sam2__02_cups",
        "facebookresearch_sam2__04_coffee",
        "facebookresearch_sam2__05_default_juggle",
        "facebookresearch_sam2__bedroom",
        "mdn_learning-area__crystal",
        "mdn_learning-area__rabbit",
        "mdn_learning-area__elf",
        "mdn_interactive-examples__flower",
        "mdn_interactive-examples__friday",
        "facebook_ThreatExchange__doorknob-hd-no-bar",
        "facebook_ThreatExchange__pattern-hd-no-bar",
        "OpenShot_libopenshot__test",
        "Zulko_moviepy__chaplin",
        "Zulko_moviepy__second_vid",
        "Zulko_moviepy__sintel_5s",
    }
)
"""Clips that no number was chosen on since the halves were drawn."""


TUNING = TRAINING | frozenset(
    {
        "facebookresearch_sam2__01_dog",
        "facebookresearch_sam2__03_blocks",
        "OpenShot_libopenshot__run",
        "facebook_ThreatExchange__chair-orig-22-sd-bar",
        "facebook_ThreatExchange__chair-22-with-large-logo-bar",
        "WyattBlue_auto-editor__man-on-green-screen",
        "Zulko_moviepy__big_buck_bunny_432_433",
    }
)
"""Clips that may be looked at."""


def belongs(stem: str, half: Half) -> bool:
    """Whether a clip is in a half."""
    match half:
        case Half.TUNING:
            return stem in TUNING
        case Half.UNTOUCHED:
            return stem not in TUNING
        case Half.ALL:
            return True

"""What Wan VACE plans for a request on a given machine, and what it refuses with which remedy."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pickup.errors import ModelError
from pickup.paths import data_dir
from pickup.protocol import (
    Control,
    Delivery,
    Guidance,
    Keyframe,
    Offload,
    Operation,
    Precision,
    Quality,
    Request,
    Sampling,
    Side,
    Stroke,
)
from pickup_engine.models.catalogue import entry_of
from pickup_engine.models.entry import ModelEntry
from pickup_engine.models.folder import entry_of_folder
from pickup_engine.models.machine import Machine
from pickup_engine.models.vace import VaceRules
from pickup_engine.models.vace_execution import budget
from pickup_engine.models.vace_size import P480, P720, TEST, of_area, of_window
from support.models import add_entry, vace_files, write
from support.vace_plans import (
    EXPERTS,
    GIB,
    LARGE,
    SMALL,
    card,
    extend,
    inpaint,
    restyle,
    rules,
    size,
    source,
)


def test_the_largest_size_that_was_trained_is_used() -> None:
    assert size(rules(SMALL).plan(extend())) == (832, 480)
    assert size(rules(LARGE).plan(extend())) == (1280, 720)
    draft = extend(sampling=Sampling(Quality.DRAFT))
    assert size(rules(LARGE).plan(draft)) == (832, 480)


@pytest.mark.parametrize("aspect", [0.3, 0.5625, 1.0, 4 / 3, 16 / 9, 1.85, 2.39, 3.6])
@pytest.mark.parametrize("tier", [P480, P720, TEST])
def test_sizes_are_multiples_of_16_and_keep_the_aspect(aspect: float, tier: object) -> None:
    width, height = of_area(aspect, tier.area)  # type: ignore[attr-defined]
    assert width % 16 == height % 16 == 0
    assert width * height <= tier.area  # type: ignore[attr-defined]
    if tier is not TEST:
        assert width / height == pytest.approx(aspect, rel=0.035)
        assert width * height > 0.9 * tier.area  # type: ignore[attr-defined]


def test_anamorphic_pictures_are_seen_as_they_are_displayed() -> None:
    wide = source(720, 576, pixel="64/45")
    width, height = size(rules().plan(extend(of=wide)))
    assert width / height == pytest.approx(16 / 9, rel=0.03)


def test_the_shorter_side_can_be_told() -> None:
    assert size(rules().plan(extend(sampling=Sampling(size=384)))) == (688, 384)
    tall = source(1080, 1920)
    assert size(rules().plan(extend(of=tall, sampling=Sampling(size=390)))) == (384, 688)


def test_a_part_of_the_picture_gets_the_planned_area() -> None:
    plan = rules().plan(inpaint())
    assert rules().model_size(1920, 1080, plan) == (832, 480)
    assert rules().model_size(960, 540, plan) == (832, 480)
    width, height = rules().model_size(500, 500, plan)
    assert abs(width / height - 1) < 0.035
    assert 0.9 * 832 * 480 < width * height <= 832 * 480
    squeezed = of_window(400, 400, (832, 480), (720, 480))
    assert squeezed[0] / squeezed[1] == pytest.approx(832 / 720, rel=0.04)


@pytest.mark.parametrize(
    ("model", "gib", "precision", "offload", "tiling"),
    [
        (SMALL, 48, Precision.BFLOAT16, Offload.NONE, False),
        (SMALL, 24, Precision.BFLOAT16, Offload.NONE, True),
        (SMALL, 16, Precision.BFLOAT16, Offload.PHASES, False),
        (SMALL, 12, Precision.BFLOAT16, Offload.BLOCKS, True),
        (SMALL, 6, Precision.BFLOAT16, Offload.BLOCKS, True),
        (LARGE, 80, Precision.BFLOAT16, Offload.NONE, False),
        (LARGE, 48, Precision.BFLOAT16, Offload.PHASES, False),
        (LARGE, 24, Precision.BFLOAT16, Offload.BLOCKS, True),
        (EXPERTS, 141, Precision.BFLOAT16, Offload.NONE, False),
        (EXPERTS, 80, Precision.BFLOAT16, Offload.PHASES, False),
    ],
)
def test_the_fastest_way_that_fits_is_chosen(
    model: str, gib: int, precision: Precision, offload: Offload, tiling: bool
) -> None:
    plan = rules(model, card(gib)).plan(extend())
    found = plan.execution
    assert (found.precision, found.offload, found.tiling) == (precision, offload, tiling)
    assert 0 < plan.memory_bytes <= budget(card(gib))


def test_more_frames_never_need_less() -> None:
    needed = [rules(LARGE).plan(extend(frames)).memory_bytes for frames in (5, 20, 40, 63)]
    assert needed == sorted(needed)


def test_a_draft_is_made_smaller_where_memory_is_short() -> None:
    draft = extend(63, sampling=Sampling(Quality.DRAFT))
    tight = Machine("cpu", "processor", 15 * GIB, 15 * GIB)
    assert size(rules(SMALL, card(24)).plan(draft)) == (832, 480)
    shared = Machine("mps", "GPU", 40 * GIB, 64 * GIB)
    plan = rules(LARGE, shared).plan(draft)
    assert plan.model_width * plan.model_height <= 640 * 360
    assert any("480p does not fit" in warning for warning in plan.warnings)
    assert rules(SMALL, tight).plan(draft).memory_bytes <= budget(tight)


def test_what_does_not_fit_names_a_size_and_a_length_that_do() -> None:
    short = card(13.2)
    with pytest.raises(ModelError) as refused:
        rules(LARGE, short).plan(extend(63, sampling=Sampling(size=720)))
    error = refused.value
    assert error.code == "model.too_large"
    assert "1280 x 720" in error.message
    told = int(error.hint.split("--size ")[1].split()[0])
    frames = int(error.hint.split("ask for ")[1].split()[0])
    rules(LARGE, short).plan(extend(63, sampling=Sampling(size=told)))
    rules(LARGE, short).plan(extend(frames, sampling=Sampling(size=720)))
    for over in ((63, told + 16), (frames + 1, 720)):
        with pytest.raises(ModelError):
            rules(LARGE, short).plan(extend(over[0], sampling=Sampling(size=over[1])))


def test_where_no_setting_helps_a_smaller_model_is_named() -> None:
    with pytest.raises(ModelError, match="can be used") as refused:
        rules(LARGE, card(3)).plan(extend())
    assert SMALL in refused.value.hint
    with pytest.raises(ModelError, match="main memory") as refused:
        rules(LARGE, card(24, host=16)).plan(extend())
    assert SMALL in refused.value.hint


def test_beside_a_small_card_main_memory_holds_what_reads_the_words() -> None:
    assert rules(SMALL, card(6, host=16)).plan(extend()).memory_bytes < 4e9
    with pytest.raises(ModelError, match=r"11\.\d GB of main memory") as refused:
        rules(SMALL, card(6, host=12)).plan(extend())
    assert "pickup-draft" in refused.value.hint


def test_on_a_processor_it_is_main_memory_that_is_short() -> None:
    little = 4 * GIB
    with pytest.raises(ModelError, match="of this machine's main memory can be used"):
        rules(SMALL, Machine("cpu", "processor", little, little)).plan(extend())


def test_on_a_processor_hours_are_told() -> None:
    memory = 64 * GIB
    plan = rules(SMALL, Machine("cpu", "processor", memory, memory)).plan(extend())
    assert plan.execution.precision is Precision.FLOAT32
    assert any("hours" in warning for warning in plan.warnings)


def test_steps_and_guidance_can_be_told() -> None:
    assert rules().plan(extend()).execution.steps == 30
    draft = rules().plan(extend(sampling=Sampling(Quality.DRAFT)))
    assert (draft.execution.steps, draft.draft) == (12, True)
    told = rules().plan(extend(sampling=Sampling(steps=7, guidance=3.5))).execution
    assert (told.steps, told.guidance) == (7, 3.5)


def test_windows_are_told_for_extensions_both_ways_and_for_runs() -> None:
    def windows(request: Request) -> int:
        return rules().plan(request).execution.windows

    assert [windows(extend(frames)) for frames in (1, 63, 64, 134, 135)] == [1, 1, 2, 2, 3]
    assert windows(extend(66, side=Side.HEAD)) == 2
    assert windows(replace(inpaint(), source=source(frames=81))) == 1
    assert windows(replace(restyle(), source=source(frames=82))) == 2
    long = rules().plan(extend(200))
    assert any("drift" in warning for warning in long.warnings)
    assert not rules().plan(extend(60)).warnings


def test_fast_material_is_warned_of() -> None:
    (warning,) = rules().plan(extend(of=source(rate=60))).warnings
    assert "60" in warning


@pytest.mark.parametrize(
    "request_",
    [
        extend(guidance=Guidance(camera="pan-left 10%")),
        extend(guidance=Guidance(strokes=(Stroke(((1, 1), (5, 5)), 4),))),
        extend(guidance=Guidance(references=("/a.png",) * 5)),
        restyle(preset="noir"),
        restyle(guidance=Guidance()),
    ],
)
def test_what_it_cannot_is_refused_with_a_remedy(request_: Request) -> None:
    with pytest.raises(ModelError) as refused:
        rules().plan(request_)
    assert refused.value.code == "model.cannot"
    assert refused.value.hint


def test_too_many_frames_are_refused() -> None:
    with pytest.raises(ModelError) as refused:
        rules().plan(extend(481))
    assert refused.value.code == "model.too_long"


def test_the_control_of_a_restyle_is_told() -> None:
    assert rules().plan(restyle()).execution.control is Control.EDGES
    assert rules().plan(restyle(control=Control.FLOW)).execution.control is Control.FLOW
    assert rules().plan(extend()).execution.control is Control.AUTO
    with pytest.raises(ModelError) as refused:
        rules().plan(restyle(control=Control.DEPTH))
    assert "pickup models pull" in refused.value.hint


def install(model: str, family: str) -> None:
    """As far as planning sees: what is installed is what has a manifest."""
    folder = data_dir() / "models" / model
    folder.mkdir(parents=True)
    manifest = {"id": model, "family": family}
    (folder / "pickup.json").write_text(json.dumps(manifest), "utf-8")


def test_a_depth_model_that_is_there_is_used() -> None:
    install("depth-anything-v2-small", "depth")
    assert rules().plan(restyle()).execution.control is Control.DEPTH
    assert rules().plan(restyle(control=Control.GREY)).execution.control is Control.GREY
    assert Control.DEPTH in rules().info.controls


def test_drafts_take_few_steps_where_distilled_weights_are_there() -> None:
    add_entry(
        data_dir(),
        "few-steps",
        "me/few-steps",
        family="distilled",
        serves=[SMALL],
        settings={"steps": 8, "guidance": 1.0},
    )
    install("few-steps", "distilled")
    draft = extend(sampling=Sampling(Quality.DRAFT), guidance=Guidance("sea", negative="people"))
    plan = rules(SMALL).plan(draft)
    assert plan.execution.distilled == "few-steps"
    assert plan.execution.guidance == 1.0
    assert 1 <= plan.execution.steps <= 10
    assert any("not be seen" in warning for warning in plan.warnings)
    firm = replace(draft, sampling=Sampling(Quality.DRAFT, guidance=4.0))
    assert rules(SMALL).plan(firm).execution.distilled == ""
    assert rules(SMALL).plan(extend()).execution.distilled == ""
    assert rules(LARGE).plan(draft).execution.distilled == ""


def test_pinned_pictures_and_references_are_taken_by_every_verb() -> None:
    guided = Guidance("a red car", references=("/a.png",) * 4, keyframes=(Keyframe(3, "/k.png"),))
    for request in (extend(), inpaint(delivery=Delivery.FULL), restyle()):
        assert rules().plan(replace(request, guidance=guided)).execution.windows >= 1
    info = rules().info
    assert set(info.keyframes) == set(info.operations) == set(Operation)
    assert info.words and not info.presets
    assert Control.EDGES in info.controls and Control.DEPTH not in info.controls
    assert 0 < info.memory_bytes < 16 * GIB


def test_a_model_that_is_not_there_says_how_to_get_it() -> None:
    entry = entry_of(SMALL)
    assert entry is not None
    missing = VaceRules(entry, None, lambda: card(24))
    assert not missing.info.installed
    assert missing.info.memory_bytes > 0
    with pytest.raises(ModelError) as refused:
        missing.plan(extend())
    assert refused.value.code == "model.not_installed"
    assert f"pickup models pull {SMALL}" in refused.value.hint


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "model", vace_files())


def of_folder(folder: Path) -> tuple[ModelEntry, VaceRules]:
    entry = entry_of_folder(folder)
    return entry, VaceRules(entry, folder, lambda: card(24))


def test_a_test_model_is_quick_and_says_what_it_is(folder: Path) -> None:
    entry, found = of_folder(folder)
    plan = found.plan(extend(takes=3))
    assert plan.test and plan.model == str(folder) == entry.id
    assert plan.model_width * plan.model_height <= TEST.area
    assert plan.execution.batch == 3
    assert "noise" in plan.warnings[0]
    tiny = found.plan(extend(of=source(64, 48)))
    assert size(tiny) == (64, 48)


def test_a_restyle_of_less_strength_takes_less_time() -> None:
    memory = 64 * GIB
    processor = Machine("cpu", "processor", memory, memory)

    def hours(strength: float) -> int:
        warnings = rules(SMALL, processor).plan(restyle(strength=strength)).warnings
        (told,) = (warning for warning in warnings if "hours" in warning)
        return int(told.split(" hours")[0].split()[-1])

    assert hours(0.25) < hours(1.0) / 2

"""New clips look like the clip that they continue or cover, as far as each format carries it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import opentimelineio as otio
import pytest

from pickup.protocol import EditResult, Mode, Output, Proposal, Side
from pickup.timeline import Document, find_clip, place, propose_extend, propose_restyle
from pickup.timeline.edits.keyframes import has_keyframes, held
from pickup.timeline.files.unread import unread_looks
from pickup.timeline.identity import plain
from support.timeline import Shot, make_timeline, media_of_shot, open_timeline, take_for

R = Fraction(24)
A = Shot("A", 100, first=50, total=160)
B = Shot("B", 80, first=30)


def cut(folder: Path, effects: Sequence[Any] = (), **metadata: Any) -> Document:
    """A, which has these effects and metadata, a gap and B."""
    timeline = make_timeline(folder, R, [[A, 60, B]])
    clip = timeline.tracks[0][0]
    clip.effects.extend(effects)
    for key, value in metadata.items():
        clip.metadata[key] = value
    return open_timeline(folder, timeline)


def placed(document: Document, folder: Path, plan: Proposal) -> EditResult:
    take = take_for(folder, plan) if plan.request else None
    return place(document, plan.placement, take, media=media_of_shot(folder, A, R))


def extended(document: Document, folder: Path, side: Side = Side.TAIL) -> Proposal:
    frames = 24 if side is Side.TAIL else 64
    plan = propose_extend(
        document, find_clip(document, "A"), side=side, frames=frames, mode=Mode.RIPPLE,
        media=media_of_shot(folder, A, R), output=Output(str(folder), "out"),
    )  # fmt: skip
    placed(document, folder, plan)
    return plan


def restyled(document: Document, folder: Path, start: int = 0, frames: int = 100) -> Proposal:
    plan = propose_restyle(
        document, find_clip(document, "A"), media=media_of_shot(folder, A, R),
        output=Output(str(folder), "out"), record_range=(start, frames),
    )  # fmt: skip
    placed(document, folder, plan)
    return plan


def made(document: Document) -> Any:
    return next(c for c in document.timeline.find_clips() if "job-0001" in c.name)


def handle(document: Document) -> Any:
    return next(c for c in document.timeline.find_clips() if c.name == "A handle")


def resolve(name: str, enabled: bool = True, **parameters: Any) -> Any:
    """An effect as Resolve writes it; a dict is a parameter's keyframes."""
    listed = []
    for key, value in parameters.items():
        frames = value if isinstance(value, dict) else {}
        listed.append({
            "Parameter ID": key, "Parameter Value": 9.0 if frames else value,
            "Default Parameter Value": 1.0, "Variant Type": "Double",
            "Key Frames": {k: {"Value": v, "Variant Type": "Double"} for k, v in frames.items()},
        })  # fmt: skip
    data = {"Effect Name": name, "Name": name, "Enabled": enabled, "Parameters": listed, "Type": 2}
    return otio.schema.Effect("", "Resolve Effect", {"Resolve_OTIO": data})


def parameters(effect: Any) -> dict[str, tuple[Any, Any]]:
    data = plain(effect.metadata)["Resolve_OTIO"]["Parameters"]
    return {p["Parameter ID"]: (p["Parameter Value"], p["Key Frames"]) for p in data}


def test_resolve_s_transform_crop_and_opacity_come_along(tmp_path: Path) -> None:
    effects = [
        resolve("Transform", transformationZoomX=1.25),
        resolve("Cropping", cropLeft=0.1),
        resolve("Composite", opacity=80.0),
        resolve("Dynamic Zoom", enabled=False, scale={"0": 1.0, "9": 2.0}),
    ]
    document = cut(tmp_path, effects, Resolve_OTIO={"Link Group ID": 4})
    plan = extended(document, tmp_path)
    assert [plain(e.metadata)["Resolve_OTIO"]["Name"] for e in made(document).effects] == [
        "Transform", "Cropping", "Composite",
    ]  # fmt: skip
    assert parameters(made(document).effects[0]) == {"transformationZoomX": (1.25, {})}
    assert len(handle(document).effects) == 4
    assert plan.warnings == (
        "A grade that A has in DaVinci Resolve is not part of the file: copy it to the new clips.",
        *(w for w in plan.warnings if "sound" in w),
    )


@pytest.mark.parametrize(("side", "value"), [(Side.TAIL, 1.5), (Side.HEAD, 2.1)])
def test_what_is_animated_in_resolve_stands_still_beside_the_clip(
    tmp_path: Path, side: Side, value: float
) -> None:
    zoom = resolve("Transform", zoom={"203": 1.8, "3": 2.1, "1024": 1.5}, pan=0.2)
    document = cut(tmp_path, [zoom])
    plan = extended(document, tmp_path, side)
    for clip in (made(document), handle(document)):
        assert parameters(clip.effects[0]) == {"zoom": (value, {}), "pan": (0.2, {})}
    told = '"Transform" of A is animated with keyframes: the new clips hold its value at the cut.'
    assert plan.warnings[0] == f"{told} Check it there."
    assert parameters(document.timeline.tracks[0][0].effects[0] if side is Side.TAIL
                      else next(c for c in document.timeline.find_clips() if c.name == "A")
                      .effects[0])["zoom"][1]  # fmt: skip


def test_over_the_whole_clip_keyframes_stay_as_they_are(tmp_path: Path) -> None:
    zoom = resolve("Transform", zoom={"3": 2.1, "90": 1.5})
    document = cut(tmp_path, [zoom])
    plan = restyled(document, tmp_path)
    assert parameters(made(document).effects[0])["zoom"][1].keys() == {"3", "90"}
    assert plan.warnings == ()


def test_over_a_part_they_are_named(tmp_path: Path) -> None:
    document = cut(tmp_path, [resolve("Transform", zoom={"3": 2.1, "90": 1.5})])
    plan = restyled(document, tmp_path, 10, 20)
    assert "the new clips begin it anew" in plan.warnings[0]


def motion(scale: object, effect: str = "basic", enabled: str = "TRUE") -> dict[str, Any]:
    scaled = scale if isinstance(scale, dict) else {"value": scale}
    parameter = {"name": "Scale", "parameterid": "scale", **scaled}
    name = "Basic Motion" if effect == "basic" else "Time Remap"
    data = {"name": name, "effectid": effect, "effecttype": "motion", "parameter": parameter}
    return {"enabled": enabled, "effect": data}


def final_cut(folder: Path, *filters: dict[str, Any]) -> Document:
    """A cut that was really written and read as Final Cut Pro 7 XML."""
    looks = {"filter": list(filters), "compositemode": "screen", "pproTicksIn": "99"}
    links = {"@id": "clipitem-7", "link": [{"linkclipref": "clipitem-7"}]}
    document = cut(folder, fcp_xml={**looks, **links})
    return Document.open(document.export(folder / "cut.xml").path)


def test_final_cut_pro_7_xml_carries_motion_there_and_back(tmp_path: Path) -> None:
    document = final_cut(tmp_path, motion("150"), motion("40", enabled="FALSE"))
    extended(document, tmp_path)
    assert "pproTicksIn" not in plain(handle(document).metadata)["fcp_xml"]
    assert "link" not in plain(handle(document).metadata)["fcp_xml"]
    root = ElementTree.parse(document.export(tmp_path / "again.xml").path).getroot()
    clips = {c.findtext("name"): c for c in root.iter("clipitem")}
    for name in ("A", "A handle", "A extend job-0001.t1"):
        values = [p.findtext("value") for p in clips[name].iter("parameter")]
        assert values[0] == "150", name
        assert clips[name].findtext("compositemode") == "screen"
    assert len(list(clips["A extend job-0001.t1"].iter("filter"))) == 1
    again = Document.open(tmp_path / "again.xml")
    assert [e.name for e in made(again).effects] == ["Basic Motion"]


def test_keyframes_of_final_cut_pro_7_xml_stand_still(tmp_path: Path) -> None:
    frames = [{"when": "0", "value": "100"}, {"when": "120", "value": "130"}]
    document = final_cut(tmp_path, motion({"value": "100", "keyframe": frames}))
    extended(document, tmp_path)
    root = ElementTree.parse(document.export(tmp_path / "again.xml").path).getroot()
    clips = {c.findtext("name"): c for c in root.iter("clipitem")}
    new = clips["A extend job-0001.t1"]
    assert [p.findtext("value") for p in new.iter("parameter")] == ["130"]
    assert new.find(".//keyframe") is None
    assert clips["A"].find(".//keyframe") is not None


def test_a_time_remap_is_no_look(tmp_path: Path) -> None:
    document = cut(tmp_path, fcp_xml={"filter": [motion("100", "timeremap"), motion("150")]})
    restyled(document, tmp_path)
    (kept,) = plain(made(document).metadata)["fcp_xml"]["filter"]
    assert kept["effect"]["name"] == "Basic Motion"


def test_the_cdl_of_an_edl_comes_along(tmp_path: Path) -> None:
    cdl = {"asc_sat": 0.9, "asc_sop": {"slope": [1.1, 1, 1], "offset": [0, 0, 0],
                                       "power": [1, 1, 1]}}  # fmt: skip
    document = cut(tmp_path, cdl=cdl)
    extended(document, tmp_path)
    edl = document.export(tmp_path / "cut.edl").path.read_text()
    assert edl.count("ASC_SAT 0.9") == 3
    assert edl.count("ASC_SOP (1.1") == 3


def kdenlive(*names: str) -> list[Any]:
    length = {"duration": otio.opentime.RationalTime(12, 24)}
    return [otio.schema.Effect("", name, length) for name in names]


def test_kdenlive_s_fades_stay_where_they_are(tmp_path: Path) -> None:
    fades = kdenlive("fade_from_black", "fade_to_black")
    document = cut(tmp_path, fades)
    plan = extended(document, tmp_path)
    assert not len(made(document).effects) and not len(handle(document).effects)
    assert plan.warnings[0] == "A fades out at its end: take that fade off in the editor."
    document = cut(tmp_path, fades)
    plan = extended(document, tmp_path, Side.HEAD)
    assert not len(made(document).effects)
    assert plan.warnings[0] == "A fades in at its beginning: take that fade off in the editor."
    document = cut(tmp_path, fades)
    restyled(document, tmp_path)
    assert [e.effect_name for e in made(document).effects] == ["fade_from_black", "fade_to_black"]
    document = cut(tmp_path, fades)
    restyled(document, tmp_path, 40, 60)
    assert [e.effect_name for e in made(document).effects] == ["fade_to_black"]


def test_kdenlive_s_brightness_comes_along_and_stands_still(tmp_path: Path) -> None:
    levels = {"keyframes": {"0.0": "0.5", "48.0": "0.7"}}
    document = cut(tmp_path, [otio.schema.Effect("", "brightness", levels)])
    extended(document, tmp_path)
    assert plain(made(document).effects[0].metadata) == {"keyframes": {"0.0": "0.7"}}
    again = Document.open(document.export(tmp_path / "cut.kdenlive").path)
    assert [e.effect_name for e in made(again).effects] == ["brightness"]


def test_effects_of_other_formats_come_along_whole(tmp_path: Path) -> None:
    data = {"AAF": {"ClassName": "OperationGroup", "Operation": {"Name": "Blend"}}}
    document = cut(tmp_path, [otio.schema.Effect("Blend", "", data)], AAF={"MobID": "1"})
    plan = extended(document, tmp_path)
    assert plain(made(document).effects[0].metadata) == data
    assert "AAF" not in made(document).metadata
    assert any("in Avid" in warning for warning in plan.warnings)


def test_the_bounds_of_the_picture_come_along(tmp_path: Path) -> None:
    timeline = make_timeline(tmp_path, R, [[A, 60, B]])
    bounds = otio.schema.Box2d(otio.schema.V2d(0, 0), otio.schema.V2d(16, 9))
    timeline.tracks[0][0].media_reference.available_image_bounds = bounds
    document = open_timeline(tmp_path, timeline)
    extended(document, tmp_path)
    assert made(document).media_reference.available_image_bounds == bounds


def test_an_unknown_animation_is_left_alone() -> None:
    odd = {"keyframes": {"soon": 1}, "Key Frames": {"1": 2}, "list": [{"keyframe": "?"}]}
    assert held(odd, last=True) == odd
    assert has_keyframes(odd)
    assert not has_keyframes({"Key Frames": {}, "keyframe": [], "a": [{"b": 1}]})


def test_looks_that_are_not_read_are_named() -> None:
    fcpx = ElementTree.fromstring(
        "<fcpxml><asset-clip><adjust-transform/><adjust-volume/><filter-video name='Color'/>"
        "<filter-video name='Color'/></asset-clip></fcpxml>"
    )
    assert unread_looks("fcpx_xml", fcpx) == (
        "3 effects of clips could not be read (transform and Color): copy them to new clips in "
        "the editor.",
    )
    named = "<filter><property name='kdenlive_id'>{}</property></filter>"
    inside = named.format("fadein") + named.format("qtcrop")
    kdenlive = ElementTree.fromstring(f"<mlt><playlist><entry>{inside}</entry></playlist></mlt>")
    assert unread_looks("kdenlive", kdenlive) == (
        "1 effect of a clip could not be read (qtcrop): copy them to new clips in the editor.",
    )
    assert unread_looks("fcp_xml", fcpx) == ()

"""The 30 traps of OpenTimelineIO and of its hosts: which test covers each. Those that fit nowhere
else are in `test_traps_more.py`.
"""

from __future__ import annotations

import ast
from functools import lru_cache
from pathlib import Path

TESTS = Path(__file__).parents[1]

TRAPS = {
    "1 rates spelled in five ways, snapped without a rescale": (
        "test_spellings_of_23_976_are_one_rate",
        "test_equal_rates_are_never_rescaled",
        "test_equal_rates_in_two_spellings_are_not_rescaled",
    ),
    "2 drop-frame is no default, and timecode does not wrap at 23:58:33:18": (
        "test_29_97_counts_every_frame_unless_the_file_says_drop",
        "test_drop_frame_agrees_with_otio_and_comes_back",
        "test_plain_timecode_comes_back",
    ),
    "3 fractional values, truncation, rounding that adds up": (
        "test_rounding",
        "test_sub_frame_lengths_do_not_add_up",
        "test_real_frames_just_off_a_whole_one_are_not_rounded_to_the_next",
    ),
    "4 media and record at different rates": (
        "test_a_cut_in_mixed_rates_keeps_every_picture",
        "test_retimed_and_mixed_rate_handles_go_on_at_the_same_speed",
    ),
    "5 media whose timecode does not start at zero": (
        "test_first_frame",
        "test_no_available_range_uses_the_files_timecode",
    ),
    "6 cuts and handles of retimed clips: 2, 1/2, -1, 0, ramp": (
        "test_a_retimed_clip_is_cut_exactly_or_not_at_all",
        "test_ripple_cuts_a_retimed_clip_between_its_frames",
        "test_retimed_head_handle",
    ),
    "7 reversed clips begin elsewhere in each host": (
        "test_reverse_begins_at_its_highest_frame",
        "test_ripple_does_not_guess_where_to_cut_a_reversed_clip",
    ),
    "8 a transition at the extended edge needs its offset in frames": (
        "test_ripple_keeps_the_dissolve_and_makes_what_it_shows",
        "test_a_dissolve_plays_over_the_new_frames",
    ),
    "9 a fade must not become a dissolve": (
        "test_a_fade_in_beyond_the_gap_stays_a_fade",
        "test_auto_goes_above_rather_than_make_a_dissolve_of_a_fade",
    ),
    "10 a gap that is filled exactly leaves none of length zero; the end of a track is free": (
        "test_exactly_filled_gap_disappears",
        "test_end_of_the_track_is_free",
    ),
    "11 trims of tracks: negative of an EDL, stale of a host": (
        "test_negative_track_trims_of_edl_readers_are_the_start_timecode",
        "test_trims_of_tracks_are_baked",
    ),
    "12 stills, no reference, no available range, no source range": (
        "test_a_still_is_refused",
        "test_a_clip_whose_reference_is_lost_is_offline",
        "test_handles_of_a_file_of_unknown_length",
        "test_a_clip_without_a_source_range_shows_its_whole_file",
        "test_a_clip_without_any_length_is_named",
    ),
    "13 OTIO places the inside of a compound wrongly": (
        "test_what_follows_a_compound_lies_behind_its_own_range",
        "test_compound_without_range_keeps_its_length",
    ),
    "14 clips and tracks that are off, sound above the picture": (
        "test_the_preview_shows_neither_what_is_off_nor_sound",
        "test_disabled_track_and_compound",
    ),
    "15 an overlay lies directly above its clip, below titles, and on a free track of ours": (
        "test_overlay_covers_the_clip_and_nothing_moves",
        "test_free_own_tracks_are_used_again_and_others_never",
        "test_restyle_covers_the_clip_and_not_the_title",
    ),
    "16 a ripple keeps sync, markers, and the fades of other tracks": (
        "test_ripple_moves_everything_after_on_all_tracks",
        "test_ripple_moves_markers_and_leaves_ended_tracks_alone",
        "test_ripple_keeps_a_fade_in_on_another_track",
        "test_j_and_l_cuts_stay_in_step_and_whole",
    ),
    "17 a ripple through a transition of another track is refused whole": (
        "test_ripple_through_a_dissolve_of_another_track_is_refused_whole",
    ),
    "18 markers count in the media, or from the in-point": (
        "test_a_cut_clip_keeps_each_marker_with_its_picture",
        "test_a_marker_that_counts_otherwise_is_never_lost",
    ),
    "19 paths in every spelling": (
        "test_media_path",
        "test_both_styles_are_read_back_exactly",
        "test_paths_in_every_spelling",
    ),
    "20 who made a clip, told by file and clip name alone": (
        "test_a_placed_job_is_known_again_when_only_its_file_name_is_left",
        "test_a_generated_clip_comes_back_through_each_format",
        "test_one_trace_is_enough",
        "test_a_users_file_that_looks_alike_stays_the_users",
    ),
    "21 adapters change their input, join files by URL, mix up media at dissolves": (
        "test_a_plain_cut_keeps_every_picture",
        "test_each_loss_is_named",
        "test_one_file_used_twice_does_not_shift",
        "test_the_clip_after_a_dissolve_has_its_own_media",
    ),
    "22 of several references the active one is exported": (
        "test_the_active_reference_is_the_one_that_is_written",
    ),
    "23 iterators, temporaries, threads": (
        "test_no_composition_changes_under_an_iterator",
        "test_the_rule_itself",
    ),
    "24 hostile files do not crash the process": (
        "test_hostile_text_is_answered_by_the_process",
        "test_broken_text",
        "test_files_that_are_damaged_anywhere",
    ),
    "25 the cut has changed when the take is placed": (
        "test_a_changed_neighbourhood_is_told_and_nothing_is_placed",
    ),
    "26 a failed edit leaves every byte; undo and redo are identities": (
        "test_a_failed_change_leaves_the_document_to_the_byte",
        "test_one_undo_takes_the_whole_edit_back_and_redo_brings_it",
        "test_exactly_the_intended_frames_change",
    ),
    "27 saving is whole or not at all": ("test_a_full_disk_leaves_the_old_file",),
    "28 10,000 clips": (
        "test_a_long_timeline_is_read_in_good_time",
        "test_a_long_answer_is_read_a_few_lines_at_a_time",
    ),
    "29 bundles: absolute paths, equal names, image sequences": (
        "test_a_bundle_finds_its_own_media",
        "test_packed_bundles_that_are_traps",
    ),
    "30 OTIO's own dictionaries, numbers that are none, a schema key in metadata": (
        "test_what_we_store_is_plain_and_comes_back",
        "test_times_that_are_no_numbers",
    ),
}
"""Trap: the tests that would fail if it were fallen into."""


@lru_cache(maxsize=1)
def known_tests() -> dict[str, str]:
    """Every test function: its code."""
    return {
        node.name: ast.unparse(node)
        for path in TESTS.rglob("test_*.py")
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def test_every_trap_has_its_tests() -> None:
    assert [trap.split()[0] for trap in TRAPS] == [str(number) for number in range(1, 31)]
    named = {test for tests in TRAPS.values() for test in tests}
    assert named <= set(known_tests()), named - set(known_tests())
    for name in named:
        code = known_tests()[name]
        assert "assert" in code or "raises" in code, f"{name} covers a trap by name only"

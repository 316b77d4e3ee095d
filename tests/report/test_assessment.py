"""Several recordings of one person: views that complement each other, dates that are compared."""

from __future__ import annotations

from dataclasses import replace

import pytest
from people import example_summary

from formcheck.pose.skeleton import Side
from formcheck.report.assessment import CHANGE_DEG, assess
from formcheck.report.review_text import assessment_text
from formcheck.results import FaultCheck, FaultVerdict, JointRange, Sides, Summary, ViewLabel

PRESENT, ABSENT, NOT = FaultVerdict.PRESENT, FaultVerdict.ABSENT, FaultVerdict.NOT_ASSESSED


def filmed(
    view: ViewLabel,
    at: str | None = None,
    ranges: tuple[float, ...] = (80.0,),
    path: str = "clip.mp4",
    error: float | None = 4.0,
    **verdicts,
) -> Summary:
    """A squat recording with these ranges and the same verdicts in every repetition."""
    base = example_summary()
    checks = tuple(
        FaultCheck(code, one, reason="needs another view" if one is NOT else None)
        for code, one in verdicts.items()
    )
    reps = tuple(
        replace(base.rep_list[0], index=i + 1, range=size, peak=size + 8.0, error=error, faults=checks)
        for i, size in enumerate(ranges)
    )
    joints = {"knee_flexion": Sides(right=JointRange(8.0, 8.0 + max(ranges), error, error, error))}
    return replace(
        base,
        view=replace(base.view, label=view),
        rep_list=reps,
        source=replace(base.source, recorded_at=at, path=path),
        range_of_motion=joints,
    )


def merged(*summaries: Summary):
    return {one.code: one for one in assess(summaries).merged}


# Views


def test_what_the_side_cannot_show_the_front_does():
    found = merged(
        filmed(ViewLabel.SIDE, ranges=(80.0, 81.0), forward_lean=ABSENT, knee_valgus=NOT),
        filmed(ViewLabel.FRONT, ranges=(80.0, 82.0, 83.0), forward_lean=NOT, knee_valgus=PRESENT),
    )
    lean, valgus = found["forward_lean"], found["knee_valgus"]
    assert (lean.verdict, lean.sections, lean.present, lean.judged) == ("absent", (0,), 0, 2)
    assert (valgus.verdict, valgus.sections, valgus.present, valgus.judged) == ("present", (1,), 3, 3)
    assert found["heel_lift"].verdict == "not_assessed"


def test_what_none_shows_says_why():
    one = merged(filmed(ViewLabel.SIDE, knee_valgus=NOT), filmed(ViewLabel.OBLIQUE, knee_valgus=NOT))
    assert (one["knee_valgus"].verdict, one["knee_valgus"].sections) == ("not_assessed", ())
    assert one["knee_valgus"].reason == "needs another view"


def test_a_verdict_from_where_it_cannot_be_seen_is_left_out():
    """A person who turns may be judged for a moment in a recording mostly filmed from elsewhere."""
    one = merged(filmed(ViewLabel.SIDE, knee_valgus=PRESENT), filmed(ViewLabel.FRONT, knee_valgus=ABSENT))
    assert (one["knee_valgus"].verdict, one["knee_valgus"].sections) == ("absent", (1,))


def test_two_that_could_see_it_and_differ_are_a_conflict_with_both():
    """Depth shows from the side and, roughly, from the front."""
    one = merged(filmed(ViewLabel.SIDE, shallow_depth=PRESENT), filmed(ViewLabel.FRONT, shallow_depth=ABSENT))
    depth = one["shallow_depth"]
    assert depth.verdict == "conflict"
    assert [(v.section, v.present, v.judged) for v in depth.each] == [(0, 1, 1), (1, 0, 1)]


def test_the_same_view_twice_is_compared_and_not_merged():
    side = filmed(ViewLabel.SIDE, forward_lean=PRESENT)
    assert merged(side, side) == {}
    assert assess([side, side]).changes


def test_views_of_different_days_are_not_merged():
    monday = filmed(ViewLabel.SIDE, "2026-03-02T10:00:00", forward_lean=ABSENT)
    friday = filmed(ViewLabel.FRONT, "2026-03-06T10:00:00", forward_lean=NOT)
    both = assess([monday, friday])
    assert (both.merged, both.changes) == ((), ())
    assert "only recordings from the same side are compared" in both.notes[0]
    assert merged(monday, replace(friday, source=replace(friday.source, recorded_at="2026-03-02T10:05:00")))


# Dates


def changed(*summaries: Summary):
    return {one.label: one for one in assess(summaries).changes}


def test_a_change_within_the_error_says_nothing():
    before = filmed(ViewLabel.SIDE, "2026-03-02T10:00:00", (70.0, 72.0, 90.0))
    for gain, meaningful in ((CHANGE_DEG - 0.5, False), (CHANGE_DEG + 0.5, True), (-CHANGE_DEG - 0.5, True)):
        after = filmed(ViewLabel.SIDE, "2026-04-02T10:00:00", (72.0 + gain,))
        one = changed(before, after)["knee flexion, range, median"]
        assert (one.before, one.after, one.error, one.unit) == (72.0, 72.0 + gain, CHANGE_DEG, "degrees")
        assert one.meaningful is meaningful
        assert one.sections == (0, 1)


def test_the_order_is_that_of_the_dates():
    old = filmed(ViewLabel.SIDE, "2026-03-02T23:00:00+02:00", (70.0,))
    new = filmed(ViewLabel.SIDE, "2026-03-02T22:30:00+00:00", (90.0,))
    one = changed(new, old)["right knee flexion, largest"]
    assert (one.before, one.after, one.sections, one.meaningful) == (78.0, 98.0, (1, 0), True)
    assert assess([new, old]).notes == ()


@pytest.mark.parametrize("at", [None, "not a date"])
def test_unknown_dates_are_compared_as_given_and_it_is_said(at):
    both = assess([filmed(ViewLabel.SIDE, at, (90.0,)), filmed(ViewLabel.SIDE, "2026-03-02", (70.0,))])
    assert both.changes[0].sections == (0, 1)
    assert "compared in the order given" in both.notes[0]


def test_every_later_one_is_compared_with_the_first():
    three = [filmed(ViewLabel.SIDE, f"2026-0{month}-02", (70.0 + month,)) for month in (3, 1, 2)]
    pairs = {one.sections for one in assess(three).changes}
    assert pairs == {(1, 2), (1, 0)}


def test_an_error_that_is_not_known_is_never_a_change():
    before, after = filmed(ViewLabel.SIDE, "2026-03-02"), filmed(ViewLabel.SIDE, "2026-04-02")
    slow = replace(after.rep_list[0], outbound_s=9.0)
    one = changed(before, replace(after, rep_list=(slow,)))["time out, median"]
    assert (one.after, one.error, one.meaningful) == (9.0, None, False)
    known, unknown = (
        filmed(ViewLabel.SIDE, "2026-03-02"),
        filmed(ViewLabel.SIDE, "2026-04-02", (140.0,), error=None),
    )
    assert not any(one.meaningful for one in assess([known, unknown]).changes)


# How large a change can be detected


def test_the_smallest_detectable_change_follows_from_both_errors():
    """The issue's case: 107 and 124 of true ranges of 128 and 129, with errors of 12 and 10."""
    before = filmed(ViewLabel.SIDE, "2026-03-02", (99.0,), error=12.0)
    after = filmed(ViewLabel.SIDE, "2026-04-02", (116.0,), error=10.0)
    largest = changed(before, after)["right knee flexion, largest"]
    assert (largest.before, largest.after) == (107.0, 124.0)
    assert largest.error == pytest.approx(18.6, abs=0.1)
    assert not largest.meaningful
    assert changed(before, after)["knee flexion, end position, median"].error == largest.error
    assert changed(before, after)["knee flexion, range, median"].error == pytest.approx(26.3, abs=0.1)
    far_better = filmed(ViewLabel.SIDE, "2026-04-02", (119.0,), error=10.0)
    assert changed(before, far_better)["right knee flexion, largest"].meaningful


def at_least(summary: Summary) -> Summary:
    one = replace(summary.range_of_motion["knee_flexion"].right, max_at_least=True)
    return replace(summary, range_of_motion={"knee_flexion": Sides(right=one)})


def test_an_end_that_was_not_measured_declares_no_change():
    before, after = (
        filmed(ViewLabel.SIDE, "2026-03-02", (40.0,)),
        filmed(ViewLabel.SIDE, "2026-04-02", (120.0,)),
    )
    one = changed(before, at_least(after))["right knee flexion, largest"]
    assert one.open_ended == ("", "at least")
    assert not one.compared
    assert not one.meaningful
    text = assessment_text("out", assess([before, at_least(after)]), ["one", "two"])
    assert "1 not compared: the end position was not measured in one of the recordings." in " ".join(
        text.split()
    )


def test_another_leg_near_the_camera_is_not_compared():
    before, after = (
        filmed(ViewLabel.SIDE, "2026-03-02", (40.0,)),
        filmed(ViewLabel.SIDE, "2026-04-02", (120.0,)),
    )
    both = assess([before, replace(after, camera_side=Side.LEFT)])
    assert {one.label for one in both.changes} == {"time out, median", "time back, median"}
    assert "different sides face the camera" in both.notes[0]


def test_different_measures_are_not_compared():
    before, after = filmed(ViewLabel.SIDE, "2026-03-02"), filmed(ViewLabel.SIDE, "2026-04-02")
    other = replace(after.rep_list[0], signal="hip_drop", signal_unit="ratio")
    assert "knee flexion, range, median" not in changed(before, replace(after, rep_list=(other,)))


def test_different_exercises_have_nothing_to_say_together():
    squat = filmed(ViewLabel.SIDE, forward_lean=PRESENT)
    bridge = replace(squat, exercise="bridge", sets=(replace(squat.sets[0], exercise="bridge"),))
    assert assess([squat, bridge]) == assess([])

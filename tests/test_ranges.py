"""End positions: measured where their frames were reported, else "at least"; each with its own error."""

import math
from dataclasses import replace

import pytest

import formcheck
from benchmarks.angles import TRIALS
from formcheck.exercises import EXERCISES
from formcheck.pose.skeleton import Side
from formcheck.ranges import (
    Extreme,
    Reached,
    Reading,
    SidesCompared,
    compare_sides,
    extreme,
    joint_range,
    smallest_detectable_deg,
)
from formcheck.report.range_text import peak_cell, range_cell, range_text, sides_text
from formcheck.report.rule_text import look_of
from formcheck.results import JointRange, RepJoint, Sides
from tests.exercises.watched import analysed
from tests.synthetic import QUIET, Body, squat

DEEP = JointRange(10.0, 130.0, 9.0, 7.0, 9.0)


def track(*frames):
    """30 frames a second; (angle, half-interval, reported)."""
    return [Reading(i / 30.0, *frame) for i, frame in enumerate(frames)]


def bend(top_deg, half_at_top, reported_at_top, frames=30):
    """Down to ``top_deg`` and back, the top third of it with its own interval."""
    shape = [top_deg * math.sin(math.pi * i / (frames - 1)) for i in range(frames)]
    return track(
        *(
            (angle, half_at_top, reported_at_top) if angle > 0.7 * top_deg else (angle, 6.0, True)
            for angle in shape
        )
    )


def test_a_measured_extreme_has_the_error_of_its_own_frames():
    found = extreme(bend(120.0, 14.0, True), 1)
    assert found.measured
    assert found.angle_deg == pytest.approx(120.0, abs=2.0)
    assert found.half_deg == 14.0


def test_an_end_that_was_not_reported_is_not_stated_as_one():
    """The old code said 84 ± 6 of a bend to 120 degrees: where reporting stopped, the error from there."""
    slow = after_rest(bend(120.0, 20.0, False, 60))
    found = extreme(slow, 1)
    assert not found.measured
    assert found.angle_deg == pytest.approx(84.0, abs=4.0)
    assert found.bound_deg == pytest.approx(140.0, abs=5.0)
    assert extreme(slow, -1).measured


def after_rest(frames):
    """Three seconds of rest before the frames."""
    rest = track(*[(5.0, 6.0, True)] * 90)
    return [*rest, *(replace(one, time_s=one.time_s + 3.0) for one in frames)]


def test_of_a_leg_that_was_hardly_reported_nothing_is_stated():
    found = extreme(bend(120.0, 20.0, False), 1)
    assert not found.measured
    assert math.isnan(found.angle_deg)


def test_a_hidden_end_has_no_bound():
    found = extreme(bend(120.0, 9.0, True), 1, hidden=True)
    assert not found.measured
    assert math.isinf(found.bound_deg)


def test_the_interval_of_an_unmeasured_end_is_not_narrowed():
    frames = after_rest(bend(120.0, 20.0, False))
    assert extreme(frames, 1, 0.5).half_deg == extreme(frames, 1).half_deg
    assert extreme(frames, -1, 0.5).half_deg == 0.5 * extreme(frames, -1).half_deg


RESTING = Extreme(8.0, 7.0, True, 1.0)


def repetition(top):
    joint = RepJoint("knee_flexion", Side.LEFT, True, 8.0, top.angle_deg, 1.0, top.half_deg, 1.0)
    return Reached(("knee_flexion", Side.LEFT), RESTING, top, joint)


def measured(angle_deg, half_deg=8.0):
    return Extreme(angle_deg, half_deg, True, angle_deg + half_deg)


NOT_MEASURED = Extreme(80.0, 9.0, False, 170.0)


def test_a_range_takes_the_furthest_repetition_and_its_error():
    one = joint_range([repetition(measured(110.0, 9.0)), repetition(measured(121.0, 11.0))])
    assert (one.max_deg, one.max_error_deg, one.min_error_deg) == (121.0, 11.0, 7.0)
    assert one.error_deg == 11.0
    assert not one.max_at_least
    assert one.reason is None


def test_one_end_that_was_not_measured_makes_it_at_least():
    one = joint_range([repetition(measured(110.0)), repetition(NOT_MEASURED)])
    assert one.max_at_least
    assert not one.min_at_least
    assert one.max_deg == 110.0
    assert one.reason == "the angle was too uncertain there in 1 of 2 repetitions"


def test_one_that_cannot_have_gone_further_does_not():
    shallow = Extreme(math.nan, math.nan, False, 95.0)
    assert not joint_range([repetition(measured(110.0)), repetition(shallow)]).max_at_least


def test_a_hidden_leg_is_named_as_the_reason():
    hidden = Extreme(math.nan, math.nan, False, math.inf)
    one = joint_range([repetition(measured(110.0)), repetition(hidden)])
    assert one.reason == "the leg was hidden there in 1 of 2 repetitions"


def test_without_any_end_there_is_no_range():
    unknown = Extreme(math.nan, math.nan, False, math.inf)
    assert joint_range([repetition(unknown)]) is None
    assert joint_range([]) is None


# Two legs


def test_a_difference_within_the_errors_is_none():
    near, far = DEEP, replace(DEEP, max_deg=122.0, max_error_deg=12.0)
    assert smallest_detectable_deg(9.0, 12.0) == pytest.approx(17.9, abs=0.1)
    assert compare_sides(near, far) is SidesCompared.ALIKE
    assert "no difference" in sides_text(Sides(near, far))


def test_a_difference_beyond_them_is_one():
    other = replace(DEEP, max_deg=100.0)
    assert compare_sides(DEEP, other) is SidesCompared.APART
    assert sides_text(Sides(DEEP, other)) == ""


def test_at_least_is_never_compared():
    other = replace(DEEP, max_deg=60.0, max_at_least=True)
    assert compare_sides(DEEP, other) is SidesCompared.UNKNOWN
    assert sides_text(Sides(DEEP, other)) == "left and right cannot be compared"
    assert compare_sides(DEEP, JointRange(10.0, 130.0)) is SidesCompared.UNKNOWN


def test_ranges_in_words():
    open_ended = replace(DEEP, max_at_least=True, reason="the leg was hidden there in 1 of 2 repetitions")
    assert range_text(DEEP) == "10 to 130 degrees, give or take 7 and 9"
    assert range_text(open_ended) == (
        "10 to at least 130 degrees, give or take 7 and 9 (the leg was hidden there in 1 of 2 repetitions)"
    )
    assert range_text(replace(DEEP, min_at_least=True)).startswith("at most 10 to 130 degrees")
    assert range_cell(DEEP) == "10° ± 7° to 130° ± 9°"
    assert range_cell(open_ended) == "10° ± 7° to at least 130°"
    assert range_cell(JointRange(-12.4, 57.0)) == "\N{MINUS SIGN}12° to 57°"
    joint = RepJoint("knee_flexion", Side.LEFT, True, 8.0, 117.2, 109.2, 8.7, 1.0)
    assert peak_cell(joint) == "117° ± 9°"
    assert peak_cell(replace(joint, at_least=True)) == "at least 117°"
    assert peak_cell(replace(joint, rest_deg=140.0, at_least=True)) == "at most 117°"
    assert peak_cell(replace(joint, peak_deg=None)) == "–"


# The engine


def test_every_repetition_carries_both_hips_and_knees():
    summary = analysed(squat([1, 1], knee_deg=90, noise=QUIET, body=Body(asymmetry=0)).poses, "squat")
    for rep in summary.rep_list:
        keys = {(joint.joint, joint.side) for joint in rep.joints}
        assert keys == {(name, side) for name in ("knee_flexion", "hip_flexion") for side in Side}
        knee = next(j for j in rep.joints if j.joint == "knee_flexion" and j.near)
        assert knee.peak_deg == pytest.approx(90, abs=knee.error_deg)
        assert knee.range_deg == pytest.approx(knee.peak_deg - knee.rest_deg)
        assert knee.valid_fraction == 1.0
        assert not knee.at_least


def test_the_peak_in_a_bridge_is_the_straight_hip():
    summary = formcheck.review(str(TRIALS / "bridge_side_a.poses.npz"), exercise="bridge").summary
    for rep in summary.rep_list:
        hip = next(j for j in rep.joints if j.joint == "hip_flexion" and j.near)
        assert hip.peak_deg < hip.rest_deg
        assert hip.range_deg == pytest.approx(hip.rest_deg - hip.peak_deg)


def test_a_clamshell_carries_its_opening():
    summary = formcheck.review(str(TRIALS / "clamshell_front_a.poses.npz"), exercise="clamshell").summary
    for rep in summary.rep_list:
        (own,) = [one for one in rep.joints if one.joint == "clamshell_opening"]
        assert own.side is rep.side
        assert own.range_deg > 10.0


# One quantity, one value


@pytest.mark.parametrize(
    ("name", "exercise", "joint"),
    [
        ("squat_side_b", "squat", "knee_flexion"),
        ("squat_oblique_b", "squat", "knee_flexion"),
        ("bridge_side_a", "bridge", "hip_flexion"),
    ],
)
def test_the_peak_of_a_repetition_is_that_of_its_near_joint_and_of_the_range(name, exercise, joint):
    """The old code: 117 in the summary's range, 110, the angle in the picture, as the peak of that knee."""
    summary = formcheck.review(str(TRIALS / f"{name}.poses.npz"), exercise=exercise).summary
    near = [next(one for one in rep.joints if one.joint == joint and one.near) for rep in summary.rep_list]
    for rep, one in zip(summary.rep_list, near, strict=True):
        assert (rep.signal, rep.signal_unit) == (joint, "deg")
        assert not one.at_least
        assert (rep.peak, rep.range, rep.error) == (one.peak_deg, one.range_deg, one.error_deg)
    whole = getattr(summary.range_of_motion[joint], near[0].side.value)
    peaks = [rep.peak for rep in summary.rep_list]
    if exercise == "bridge":
        assert whole.min_deg == min(peaks)
    else:
        assert whole.max_deg == max(peaks)


def test_a_rule_that_looks_at_the_picture_says_so():
    """What is printed of a bridge: -12 as the range, 27 past the line in the picture as the finding."""
    for exercise in EXERCISES.values():
        for rule in exercise.rules:
            if rule.measure in ("hip_flexion", "knee_flexion", "hip_extension"):
                assert look_of(rule).unit == "degrees in the picture", rule.code

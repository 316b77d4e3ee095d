"""Which exercise a recording shows: the four, several of them, or none."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from formcheck.analyser import Analyser
from formcheck.recognition import recognise
from tests import synthetic
from tests.exercises.watched import amplitudes_of, analysed, count_as_each, usual
from tests.synthetic import (
    Camera,
    bridge,
    clamshell,
    concatenate,
    get_up,
    lie_down,
    rolling_over,
    seated_march,
    sit_down,
    squat,
    stand_from_chair,
    standing_still,
    still,
    walking,
)

RATE_HZ = 15.0
"""Slow enough for a short test run; the tables of the exercises vary the rate."""

BESIDE = Camera(90, height_m=0.5, distance_m=2.5)
PLACES = {
    "squat": (Camera(90), Camera(270), Camera(45), Camera(0), Camera(180)),
    "bridge": (BESIDE, Camera(270, 20, 2.5), Camera(60, 5, 2.5)),
    "clamshell": (Camera(0, 10, 1.75), Camera(0, 25, 1.75), Camera(180, 15, 1.75)),
    "seated_march": (Camera(0, 0, 2.2), Camera(45, 0, 2.2), Camera(90, 0, 2.2), Camera(270, 0, 2.2)),
}


def names(poses) -> list[str]:
    return [segment.exercise for segment in recognise(poses)]


def planned_counts(poses) -> list[tuple[str, int]]:
    """Recognise, then count causally by that plan, as ``review`` does; (exercise, complete) of every set."""
    analyser = Analyser(plan=recognise(poses))
    for pose in poses:
        analyser.step(pose)
    return [(one.exercise, one.complete) for one in analyser.finish().sets]


# --- the four exercises --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("exercise", "camera"),
    [(name, camera) for name, cameras in PLACES.items() for camera in cameras],
    ids=str,
)
def test_each_exercise_is_recognised_and_none_of_the_others(exercise, camera):
    clip = getattr(synthetic, exercise)([1, 0.8, 1, 0.6], camera=camera, noise=usual(), rate_hz=RATE_HZ)
    [segment] = recognise(clip.poses)
    assert segment.exercise == exercise
    assert segment.confidence >= 0.9
    assert segment.start_s == pytest.approx(clip.truth.repetitions[0].start_s, abs=0.5)
    assert segment.end_s == pytest.approx(clip.truth.repetitions[-1].end_s, abs=0.7)
    assert count_as_each(clip.poses) == {exercise: 4}
    assert planned_counts(clip.poses) == [(exercise, 4)]


@pytest.mark.parametrize("exercise", PLACES)
def test_more_repetitions_make_it_surer(exercise):
    def confidence(number: int) -> float:
        clip = getattr(synthetic, exercise)([1] * number, noise=usual(), rate_hz=RATE_HZ)
        return max((segment.confidence for segment in recognise(clip.poses)), default=0.0)

    sure = [confidence(number) for number in (1, 2, 3, 5)]
    assert sure == sorted(sure)
    assert 0 < sure[0] < sure[-1] <= 1


@pytest.mark.parametrize("exercise", PLACES)
def test_partial_repetitions_alone_are_no_exercise(exercise):
    amplitudes = amplitudes_of(exercise, [-1.0] * 3)
    clip = getattr(synthetic, exercise)(amplitudes, noise=usual(), rate_hz=RATE_HZ)
    assert names(clip.poses) == []


# --- distractors ---------------------------------------------------------------------------------------

UPRIGHT = (
    "walking",
    "standing_still",
    "fidget",
    "forward_bend",
    "high_knees",
    "lunge",
    "jumping_jack",
    "arms",
)
CHAIR = ("sit_to_stand", "stand_from_chair", "sit_down", "seated_leg_extension", "seated_lean")
FLOOR = ("supine_leg_raise", "knee_to_chest", "sit_up", "donkey_kick")
LYING = ("right_up", "left_up", "supine")
ON_THE_WAY = ("lie_down", "get_up", "rolling_over")
ROWS = [
    *((name, azimuth, {}) for name in (*UPRIGHT, *CHAIR) for azimuth in (0, 45, 90, 180, 270)),
    *(("lunge", azimuth, {"split": True}) for azimuth in (0, 45, 90)),
    *(("arms", azimuth, {"rest": "seated"}) for azimuth in (0, 45, 90)),
    *((name, azimuth, {"camera": Camera(azimuth, height_m=0.5, distance_m=2.5)})
      for name in (*FLOOR, *ON_THE_WAY) for azimuth in (45, 90, 135, 270)),
    *(("arms", azimuth, {"rest": "hook_lying"}) for azimuth in (45, 90)),
    *(("lie_down", azimuth, {"rest": rest}) for azimuth in (0, 90) for rest in LYING),
    *(("get_up", azimuth, {"rest": rest}) for azimuth in (0, 90) for rest in LYING),
    *(("side_leg_raise", azimuth, {"top": top, "camera": Camera(azimuth, height_m=0.95, distance_m=2.0)})
      for azimuth in (0, 180) for top in synthetic.clip.Side),
]  # fmt: skip
"""What people also do: motion, camera azimuth, options."""


@pytest.mark.parametrize(
    ("motion", "azimuth_deg", "options"),
    ROWS,
    ids=[f"{name} {azimuth} {more.get('rest', more.get('top', ''))}" for name, azimuth, more in ROWS],
)
def test_nothing_else_counts_as_one_of_the_four(motion, azimuth_deg, options):
    """Neither when an exercise is given nor when it is to be recognised."""
    clip = getattr(synthetic, motion)(
        **{"camera": Camera(azimuth_deg), "noise": usual(), "rate_hz": RATE_HZ} | options
    )
    assert count_as_each(clip.poses) == {}
    assert names(clip.poses) == []


@pytest.mark.parametrize("motion", ["walking", "standing_still", "supine_leg_raise", "sit_up"])
@pytest.mark.parametrize("exercise", PLACES)
def test_nothing_at_all_not_even_a_partial_repetition(motion, exercise):
    clip = getattr(synthetic, motion)(noise=usual(), rate_hz=RATE_HZ)
    summary = analysed(clip.poses, exercise)
    assert (summary.reps.complete, summary.reps.partial) == (0, 0)


@pytest.mark.parametrize("rest", ["standing", "seated", "hook_lying", "left_up", "right_up", "prone"])
def test_half_a_minute_of_stillness_is_nothing(rest):
    clip = still(30.0, rest, noise=usual(3), rate_hz=10.0)
    assert count_as_each(clip.poses) == {}
    assert names(clip.poses) == []


@pytest.mark.parametrize("given", PLACES)
@pytest.mark.parametrize("shown", PLACES)
def test_another_exercise_than_the_given_one_counts_nothing(given, shown):
    if given == shown:
        return
    for camera in PLACES[shown]:
        clip = getattr(synthetic, shown)([1] * 3, camera=camera, noise=usual(), rate_hz=RATE_HZ)
        assert analysed(clip.poses, given).reps.complete == 0


def test_nobody_and_nothing():
    assert recognise([]) == ()
    nobody = squat([1] * 2, noise=usual(dropped_spans=[(0, 100)]), rate_hz=RATE_HZ)
    assert recognise(nobody.poses) == ()


# --- sessions ------------------------------------------------------------------------------------------


def session(*clips, camera: Camera, seed: int = 1):
    return concatenate(*clips, blend_s=1.0, camera=camera, noise=usual(seed), rate_hz=RATE_HZ)


def shot(motion, *args, **options):
    return motion(*args, rate_hz=RATE_HZ, **options)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("azimuth_deg", [90, 270])
def test_squats_then_bridges_with_everything_in_between(azimuth_deg, seed):
    clip = session(
        shot(walking, 2.5),
        shot(standing_still, 2.0),
        shot(squat, [1] * 5),
        shot(lie_down),
        shot(bridge, [1] * 6),
        shot(get_up),
        camera=Camera(azimuth_deg, height_m=0.7, distance_m=4.0),
        seed=seed,
    )
    assert names(clip.poses) == ["squat", "bridge"]
    assert planned_counts(clip.poses) == [("squat", 5), ("bridge", 6)]


def test_given_an_exercise_only_that_one_is_counted_in_a_session():
    clip = session(
        shot(squat, [1] * 3), shot(lie_down), shot(bridge, [1] * 4), shot(get_up),
        camera=Camera(90, height_m=0.7, distance_m=4.0),
    )  # fmt: skip
    assert analysed(clip.poses, "squat").reps.complete == 3
    assert analysed(clip.poses, "bridge").reps.complete == 4
    assert analysed(clip.poses, "clamshell").reps.complete == 0
    assert analysed(clip.poses, "seated_march").reps.complete == 0


def test_clamshells_on_both_sides_are_two_sets():
    clip = session(
        shot(clamshell, [1] * 4, top=synthetic.clip.Side.RIGHT),
        shot(rolling_over, 3.0, start="right_up", end="left_up"),
        shot(clamshell, [1] * 3, top=synthetic.clip.Side.LEFT),
        camera=Camera(0, 20, 2.0),
    )
    assert planned_counts(clip.poses) == [("clamshell", 4), ("clamshell", 3)]


def test_marching_then_getting_up_for_squats():
    clip = session(
        shot(seated_march, [1] * 6), shot(stand_from_chair), shot(squat, [1] * 4),
        camera=Camera(45, height_m=0.9, distance_m=3.2),
    )  # fmt: skip
    assert planned_counts(clip.poses) == [("seated_march", 6), ("squat", 4)]


def test_squats_then_sitting_down_to_march():
    clip = session(
        shot(squat, [1] * 4), shot(sit_down), shot(seated_march, [1] * 6),
        camera=Camera(45, height_m=0.9, distance_m=3.2),
    )  # fmt: skip
    assert planned_counts(clip.poses) == [("squat", 4), ("seated_march", 6)]


def test_the_same_exercise_after_a_long_rest_is_a_new_set():
    clip = session(shot(squat, [1] * 3), shot(standing_still, 33.0), shot(squat, [1] * 2), camera=Camera(90))
    assert planned_counts(clip.poses) == [("squat", 3), ("squat", 2)]


def test_segments_come_in_order_of_time_and_do_not_overlap():
    clip = session(
        shot(squat, [1] * 3), shot(lie_down), shot(bridge, [1] * 3), shot(get_up), shot(squat, [1] * 3),
        camera=Camera(90, height_m=0.7, distance_m=4.0),
    )  # fmt: skip
    segments = recognise(clip.poses)
    assert [segment.exercise for segment in segments] == ["squat", "bridge", "squat"]
    for one, following in pairwise(segments):
        assert one.end_s < following.start_s


def test_a_cut_between_two_exercises():
    first = squat([1] * 3, noise=usual(), rate_hz=RATE_HZ).poses
    second = bridge([1] * 3, noise=usual(), rate_hz=RATE_HZ).poses
    offset_s = first[-1].time_s + 1 / RATE_HZ
    joined = [*first, *(replace(p, time_s=p.time_s + offset_s, cut=i == 0) for i, p in enumerate(second))]
    assert planned_counts(joined) == [("squat", 3), ("bridge", 3)]

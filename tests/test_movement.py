"""Describing a movement: where it begins and ends, what is reported, and the gates that refuse it."""

from __future__ import annotations

import math

import pytest

from formcheck.counting import Counter, Movement
from formcheck.exercises import EXERCISES
from formcheck.exercises.spec import Exercise, Gate, Of, Statistic
from formcheck.kinematics import MEASURES
from formcheck.movement import describe, held_extreme, rejected_by, statistics, trace_of
from formcheck.observer import Observer
from formcheck.pose.skeleton import Side
from formcheck.results import ViewLabel
from formcheck.view import JUDGEABLE
from tests import synthetic
from tests.exercises.watched import filmed, usual
from tests.synthetic import QUIET, Body, Camera
from tests.synthetic.clip import Clip

every_exercise = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=lambda exercise: exercise.name)


def movements_of(clip: Clip, exercise: Exercise) -> list[Movement]:
    observer, counter = Observer(), Counter(exercise)
    found = [m for pose in clip.poses for m in counter.step(observer.observe(pose))]
    return found + counter.close()


# --- held extremes -------------------------------------------------------------------------------------


def curve(*values: float, rate_hz: float = 30.0) -> list[tuple[float, float]]:
    return [(i / rate_hz, value) for i, value in enumerate(values)]


def test_a_spike_of_one_frame_is_not_held():
    assert held_extreme(curve(*[1.0] * 10, 50.0, *[1.0] * 10)) == 1.0
    assert held_extreme(curve(*[1.0] * 10, -50.0, *[1.0] * 10), -1) == 1.0


def test_a_tenth_of_a_second_is_held():
    assert held_extreme(curve(*[1.0] * 10, *[50.0] * 4, *[1.0] * 10)) == 50.0
    assert held_extreme(curve(*[1.0] * 10, *[50.0] * 3, *[1.0] * 10)) == 1.0
    assert held_extreme(curve(*[1.0] * 10, *[-5.0] * 4, *[1.0] * 10), -1) == -5.0


@pytest.mark.parametrize("rate_hz", [10, 24, 29.97, 60])
def test_holding_is_a_matter_of_time_not_of_frames(rate_hz):
    def at(time_s: float, hold_s: float) -> float:
        return 50.0 if 0.5 <= time_s <= 0.5 + hold_s else 1.0

    for hold_s, held in ((0.25, 50.0), (0.02, 1.0)):
        trace = [(i / rate_hz, at(i / rate_hz, hold_s)) for i in range(int(2 * rate_hz))]
        assert held_extreme(trace) == held


def test_nothing_has_no_extreme():
    assert math.isnan(held_extreme([]))
    assert held_extreme([(0.0, 3.0)]) == 3.0


# --- gates ---------------------------------------------------------------------------------------------

REFUSED = [
    ("squat", "lunge", {"split": True}, 90),
    ("squat", "high_knees", {}, 90),
    ("squat", "sit_to_stand", {}, 90),
    ("squat", "high_knees", {}, 45),
    ("bridge", "supine_leg_raise", {}, 90),
    ("bridge", "sit_up", {}, 90),
    ("clamshell", "side_leg_raise", {"top": Side.LEFT}, 0),
    ("clamshell", "side_leg_raise", {"top": Side.RIGHT}, 180),
    ("seated_march", "seated_leg_extension", {}, 90),
    ("seated_march", "high_knees", {}, 90),
    ("seated_march", "sit_to_stand", {}, 90),
]


@pytest.mark.parametrize(("name", "motion", "options", "azimuth_deg"), REFUSED)
def test_what_looks_alike_is_refused(name, motion, options, azimuth_deg):
    """Whatever moves like the signal is refused for a reason, and the reason has words."""
    exercise = EXERCISES[name]
    clip = getattr(synthetic, motion)(camera=Camera(azimuth_deg, 0, 2.6), noise=usual(), **options)
    for movement in movements_of(clip, exercise):
        assert describe(exercise, movement) is None
        gate = rejected_by(exercise, movement)
        assert gate is None or gate.why


@every_exercise
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_exercise_itself_passes_every_gate(exercise, seed):
    clip = filmed(exercise.name, (1.0, 0.7, 1.0), noise=usual(seed))
    movements = movements_of(clip, exercise)
    assert len(movements) == 3
    for movement in movements:
        assert rejected_by(exercise, movement) is None
        assert describe(exercise, movement) is not None


@every_exercise
def test_an_unmeasurable_gate_refuses_nothing(exercise):
    [movement, *_] = movements_of(filmed(exercise.name, (1.0, 1.0)), exercise)
    for kind in Statistic:
        gate = Gate("knee_flexion", Of.WORKING, kind, "never", low=1e9)
        if movement.side is None:
            assert all(math.isnan(value) for value in statistics(gate, movement))


def test_statistics_of_a_known_squat():
    body = Body(asymmetry=0)
    clip = synthetic.squat([1], noise=QUIET, body=body)
    [movement] = movements_of(clip, EXERCISES["squat"])

    def values(kind: Statistic) -> tuple[float, ...]:
        return statistics(Gate("knee_flexion", Of.NEAR, kind, ""), movement)

    assert values(Statistic.AT_START) == pytest.approx((6,), abs=3)
    assert values(Statistic.AT_END) == pytest.approx((6,), abs=6)
    assert values(Statistic.AT_PEAK) == pytest.approx((89,), abs=3)
    assert values(Statistic.LARGEST) == pytest.approx((90,), abs=2)
    assert values(Statistic.CHANGE)[0] == pytest.approx(83, abs=5)


# --- what is reported ----------------------------------------------------------------------------------


@every_exercise
@pytest.mark.parametrize("azimuth_deg", [0, 45, 90, 270])
def test_peak_and_range_agree_with_the_curve(exercise, azimuth_deg):
    camera = Camera(azimuth_deg, 10, 2.6)
    for movement in movements_of(filmed(exercise.name, (1.0,) * 2, camera=camera), exercise):
        told = describe(exercise, movement)
        if told is None:
            continue
        curve_ = [value for _, value in trace_of(movement.samples, told.reported, movement.side)]
        if not curve_:  # a hidden leg: the lift counts, its size is not known
            assert math.isnan(told.peak)
            assert math.isnan(told.range)
            continue
        if told.reported.relative:
            assert told.peak == told.range
        else:
            assert min(curve_) - 1e-9 <= told.peak <= max(curve_) + 1e-9
        assert 0 <= told.range <= max(curve_) - min(curve_) + 1e-9
        assert told.label in told.reported.views
        assert told.valid_fraction == 1.0
        assert told.peak_velocity > 0


@pytest.mark.parametrize("tempo_s", [0.8, 1.4, 2.5])
def test_the_peak_velocity_is_that_of_the_movement(tempo_s):
    """Minimum jerk: the fastest is 1.875 times the mean; over at least a tenth of a second."""
    clip = synthetic.squat(
        [1, 1], tempo=synthetic.Tempo(tempo_s, 0.5, tempo_s, 0.6), noise=QUIET, body=Body(asymmetry=0)
    )
    exercise = EXERCISES["squat"]
    told = describe(exercise, movements_of(clip, exercise)[0])
    assert told.peak_velocity == pytest.approx(1.875 * 84 / tempo_s, rel=0.1)


@pytest.mark.parametrize("hold_s", [0.4, 1.0, 2.0])
def test_the_hold_is_as_long_as_it_was_held(hold_s):
    clip = synthetic.squat([1, 1], tempo=synthetic.Tempo(1.4, hold_s, 1.4, 0.6), noise=QUIET)
    exercise = EXERCISES["squat"]
    told = describe(exercise, movements_of(clip, exercise)[0])
    assert told.release_s - told.peak_s == pytest.approx(hold_s, abs=0.6)
    assert told.start_s < told.peak_s < told.release_s < told.end_s


def test_a_repetition_mostly_unseen_is_not_counted():
    noise = usual(dropped_spans=[(1.3 + 0.3 * i, 1.53 + 0.3 * i) for i in range(9)])
    clip = filmed("squat", (1.0,), noise=noise)
    exercise = EXERCISES["squat"]
    assert [describe(exercise, movement) for movement in movements_of(clip, exercise)] in ([], [None])


# --- the tables themselves -----------------------------------------------------------------------------

MEASURE_NAMES = {row.name: row for row in MEASURES}


@every_exercise
def test_the_row_of_an_exercise_is_consistent(exercise):
    for channel in exercise.channels:
        assert channel.measure in MEASURE_NAMES
        cycle = channel.cycle
        assert cycle.rest_low < cycle.rest_high
        assert cycle.min_time_s > 0
        assert cycle.source
    for reported in exercise.reported:
        assert MEASURE_NAMES[reported.measure].unit == reported.unit
        assert reported.direction in (1, -1)
    for gate in exercise.gates:
        assert gate.measure in MEASURE_NAMES
        assert gate.low < gate.high
        assert gate.why
        assert gate.source
    sided = {Of.NEAR, Of.WORKING, Of.BOTH_MIN, Of.APART}
    for row in (*exercise.channels, *exercise.reported, *exercise.gates):
        assert MEASURE_NAMES[row.measure].sided == (row.of in sided)
    assert exercise.needs in JUDGEABLE


@every_exercise
def test_every_countable_view_has_something_to_report(exercise):
    for channel in exercise.channels:
        for view in channel.views:
            assert any(view in reported.views for reported in exercise.reported), view


def test_minimum_times_are_those_of_the_specification():
    shortest = {name: {c.cycle.min_time_s for c in exercise.channels} for name, exercise in EXERCISES.items()}
    assert shortest == {"squat": {0.6}, "bridge": {0.5}, "clamshell": {0.5}, "seated_march": {0.3}}


def test_fault_codes_are_those_of_the_specification():
    """Product.md §4: as many as listed there, and ``range_limit`` for every exercise."""
    assert {name: len(exercise.codes) for name, exercise in EXERCISES.items()} == {
        "squat": 11,
        "bridge": 11,
        "clamshell": 9,
        "seated_march": 10,
    }
    for exercise in EXERCISES.values():
        assert exercise.codes[-1] == "range_limit"
        assert len(set(exercise.codes)) == len(exercise.codes)


def test_view_labels_are_those_of_the_specification():
    assert {label.value for label in ViewLabel} == {
        "side", "front", "back", "oblique", "foot_end", "head_end", "unknown",
    }  # fmt: skip

"""How often a rule has to look before it may say that nothing was found."""

import pytest

from formcheck.exercises import EXERCISES
from formcheck.exercises.spec import FaultRule, When
from formcheck.results import FaultVerdict
from formcheck.rules import LOOKS_HZ, needed_rate_hz
from tests.rules.stories import HOLD, Film, Judged, planned, watched
from tests.synthetic import Camera, Tempo

TELE = {"distance_m": 8.0, "focal_px": 1365.0, "height_m": 0.9}
SIDE, FRONT = Camera(azimuth_deg=90, **TELE), Camera(azimuth_deg=0, **TELE)
LIMITED = planned("squat", ceilings={"knee_flexion": 130.0})


def squats(rate_hz: float, camera: Camera = SIDE, **more: float) -> Judged:
    options = {"camera": camera, "rate_hz": rate_hz, "tempo": Tempo(1.6, 1.0, 1.6, 1.0), **more}
    return watched(Film("squat", [1.0] * 4, options).poses, "squat", LIMITED)


def said(judged: Judged, code: str) -> set[str]:
    assert judged.reps
    return {judged.said(code, i) for i in range(len(judged.reps))}


@pytest.mark.parametrize(
    "code", ["forward_lean", "heel_lift", "range_limit", "shallow_depth", "fast_descent"]
)
def test_three_looks_a_second_tell_nothing(code):
    """Both leans were reported as "nothing found" on a slow computer."""
    reasons = said(squats(3.0), code)
    assert all(reason.startswith("needs ") and "pictures a second" in reason for reason in reasons)


def test_three_looks_a_second_from_the_front_tell_nothing():
    judged = squats(3.0, FRONT)
    for code in ("knee_valgus", "weight_shift", "lateral_lean", "loss_of_balance"):
        assert "absent" not in said(judged, code), code


@pytest.mark.parametrize(
    ("code", "enough"), [("forward_lean", 8.0), ("heel_lift", 10.0), ("range_limit", 10.0)]
)
def test_each_rule_says_how_often_it_has_to_look(code, enough):
    assert said(squats(enough), code) == {"absent"}
    assert said(squats(enough - 2.0), code) == {f"needs {enough:.0f} pictures a second"}


def test_what_was_seen_for_long_enough_is_told_however_few_the_looks():
    assert "correct" in said(squats(4.0, trunk_deg=66.0), "forward_lean")


def test_a_repetition_of_which_nothing_grave_could_be_judged_is_not_called_good():
    assert {str(rep.verdict) for rep in squats(3.0).reps} == {"not_assessed"}


def test_no_speed_is_told_of_few_pictures():
    assert all(rep.peak_velocity is None for rep in squats(15.0).reps)
    assert all(rep.peak_velocity is not None for rep in squats(25.0).reps)


def test_a_pace_needs_every_lift():
    options = {"camera": FRONT, "rate_hz": 6.0, "tempo": HOLD}
    film = Film("seated_march", [1.0] * 8, options)
    judged = watched(film.poses, "seated_march")
    for rep in judged.reps:
        checks = {check.code: check.verdict for check in rep.faults}
        assert checks["rushing"] is FaultVerdict.NOT_ASSESSED
        assert checks["missed_alternation"] is FaultVerdict.NOT_ASSESSED


ROWS = [rule for exercise in EXERCISES.values() for rule in exercise.rules]


@pytest.mark.parametrize("rule", ROWS, ids=lambda rule: f"{rule.code} {rule.measure}")
def test_every_rule_of_a_repetition_needs_enough_looks(rule: FaultRule):
    needed = needed_rate_hz(rule)
    assert needed >= rule.min_rate_hz
    assert needed >= LOOKS_HZ[0] or rule.when is When.AT_REST

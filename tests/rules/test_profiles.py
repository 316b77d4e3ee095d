"""What a profile changes about a verdict: checks off, other limits, ceilings, caps, doses, the own range."""

from dataclasses import replace

import pytest

from formcheck.exercises import EXERCISES
from formcheck.profile import GENTLE, OWN, STANDARD, CheckSetting
from formcheck.results import Severity
from tests.rules.stories import ABSENT, QUICK, Film, Judged, planned, watched
from tests.synthetic import Camera, Course, Tempo

SIDE = Camera(azimuth_deg=90, distance_m=8.0, focal_px=1365.0)
FRONT = Camera(azimuth_deg=0, distance_m=8.0, focal_px=1365.0)
LYING = Camera(azimuth_deg=90, distance_m=8.0, focal_px=1365.0, height_m=0.5)
BELLY = Camera(azimuth_deg=0, distance_m=8.0, focal_px=2340.0, height_m=0.5)
NO_TARGET_YET = "the person's own range is known after three repetitions"


def squats(*knees_deg: float, trunks_deg: tuple[float, ...] = (35.0,)) -> Film:
    """Somebody squatting to these angles, which the camera reads a degree lower."""
    trunks = [*trunks_deg, *[trunks_deg[-1]] * (len(knees_deg) - len(trunks_deg))]
    shares = [(deg - 6.0) / 84.0 for deg in knees_deg]
    leans = [trunk / share for trunk, share in zip(trunks, shares, strict=True)]
    return Film("squat", shares, {"camera": SIDE, "tempo": QUICK, "trunk_deg": leans})


LEANING = squats(90.0, 90.0, 90.0, trunks_deg=(38.0, 44.0, 52.0))
DEEPER = squats(84.0, 92.0, 100.0)


def said_of(film: Film, code: str, profile=STANDARD, **options) -> list[str]:
    judged = watched(film.poses, film.exercise, profile, **options)
    return [judged.said(code, i) for i in range(len(judged.reps))]


# Checks: off, another limit, another severity


def test_a_check_that_is_off_says_so_and_raises_nothing():
    off = planned("squat", "forward_lean", CheckSetting(enabled=False))
    judged = watched(LEANING.poses, "squat", off)
    assert [judged.said("forward_lean", i) for i in range(3)] == ["off in this profile"] * 3
    assert not judged.of("fault_raised", "forward_lean")
    assert said_of(LEANING, "forward_lean") == [ABSENT, ABSENT, "improve"]


@pytest.mark.parametrize(
    ("limit", "says"),
    [
        (40.0, [ABSENT, "improve", "correct"]),
        (46.0, [ABSENT, ABSENT, "improve"]),
        (56.0, [ABSENT, ABSENT, ABSENT]),
    ],
)
def test_another_limit_moves_the_strong_one_along(limit, says):
    profile = planned("squat", "forward_lean", CheckSetting(limit=limit))
    assert said_of(LEANING, "forward_lean", profile) == says
    judged = watched(LEANING.poses, "squat", profile)
    if "improve" in says:
        assert judged.check("forward_lean", says.index("improve")).limit == limit


@pytest.mark.parametrize("severity", ["log", "correct", "stop"])
def test_another_severity_holds_whatever_limit_was_crossed(severity):
    profile = planned("squat", "forward_lean", CheckSetting(severity=Severity(severity)))
    judged = watched(LEANING.poses, "squat", profile)
    assert [judged.said("forward_lean", i) for i in range(3)] == [ABSENT, ABSENT, severity]
    assert judged.reps[2].verdict == ("good" if severity == "log" else "faulty")


def test_a_check_that_is_off_does_not_silence_another():
    """The top of a bridge is told from where the model puts the hips at rest, whoever else wants to know."""
    film = Film("bridge", [1.0], {"camera": LYING, "tempo": QUICK})
    off = planned("bridge", "lumbar_overextension", CheckSetting(enabled=False))
    assert said_of(film, "incomplete_extension") == [ABSENT]
    assert said_of(film, "incomplete_extension", off) == [ABSENT]


# Ceilings and comfort caps


def test_without_a_plan_there_is_neither_limit_nor_cap():
    assert said_of(DEEPER, "range_limit") == ["no limit set in the plan"] * 3
    assert said_of(DEEPER, "too_deep") == ["no cap set"] * 3
    film = Film("bridge", [1.0], {"camera": LYING, "tempo": QUICK})
    assert said_of(film, "short_hold") == ["no hold prescribed"]


def test_a_ceiling_speaks_twice_at_itself_and_beyond_its_error():
    """Ceiling 89 degrees, error 4: 83 is far, 91 near, 99 beyond."""
    judged = watched(DEEPER.poses, "squat", planned("squat", ceilings={"knee_flexion": 89.0}))
    assert [judged.said("range_limit", i) for i in range(3)] == [ABSENT, ABSENT, "stop"]
    assert [len(judged.of("limit_near", index=i)) for i in range(3)] == [0, 1, 1]
    (raised,) = judged.of("fault_raised", "range_limit")
    near = judged.of("limit_near", index=2)[0]
    assert near.time_s < raised.time_s < judged.reps[2].end_s
    assert 89.0 < dict(near.details)["value"] < dict(raised.details)["value"]
    assert dict(near.details) | {"value": None} == {
        "rep": 3,
        "measure": "knee_flexion",
        "value": None,
        "limit": 89.0,
    }
    assert dict(raised.details)["limit"] == 93.0
    assert dict(raised.details)["severity"] == "stop"
    assert judged.reps[2].verdict == "faulty"
    assert "limit_exceeded" in judged.summary.quality.warnings
    assert judged.summary.quality.needs_review


def test_a_ceiling_that_nobody_reaches_never_speaks():
    judged = watched(DEEPER.poses, "squat", planned("squat", ceilings={"knee_flexion": 140.0}))
    assert [judged.said("range_limit", i) for i in range(3)] == [ABSENT] * 3
    assert not judged.of("limit_near")
    assert judged.summary.quality.warnings == ()


def test_where_the_limit_speaks_the_cap_is_silent():
    plan = planned("squat", ceilings={"knee_flexion": 93.0}, comfort_caps={"knee_flexion": 87.0})
    judged = watched(DEEPER.poses, "squat", plan)
    assert [judged.said("too_deep", i) for i in range(3)] == [
        ABSENT,
        "improve",
        "the limit in the plan speaks for it",
    ]
    assert [judged.said("range_limit", i) for i in range(3)] == [ABSENT, ABSENT, "stop"]


def test_a_cap_is_taken_as_it_is_written():
    """No error is granted: 91 degrees are more than 90, and less than 92."""
    assert said_of(DEEPER, "too_deep", planned("squat", comfort_caps={"knee_flexion": 90.0}))[1] == "improve"
    assert said_of(DEEPER, "too_deep", planned("squat", comfort_caps={"knee_flexion": 92.0}))[1] == ABSENT


# Targets


@pytest.mark.parametrize(
    ("profile", "says"), [(STANDARD, ["improve", "improve", ABSENT]), (GENTLE, ["improve", ABSENT, ABSENT])]
)
def test_the_gentle_profile_asks_for_less(profile, says):
    """Standard: 0.8 * 70 - 4 = 52 degrees, gentle: 44; this body reads 8 to 10 degrees more."""
    assert said_of(squats(34.0, 42.0, 49.0), "shallow_depth", profile) == says


@pytest.mark.parametrize(
    ("exercise", "code", "camera", "options", "last"),
    [
        ("squat", "shallow_depth", SIDE, {}, (0.62, 0.70)),
        ("bridge", "incomplete_extension", LYING, {}, (0.58, 0.70)),
        ("clamshell", "low_opening", BELLY, {}, (0.57, 0.64)),
        ("seated_march", "low_lift", SIDE, {"sides": "L"}, (0.56, 0.68)),
    ],
)
def test_the_own_range_is_the_target_after_three_repetitions(exercise, code, camera, options, last):
    """80 % of 90 % of the first three, less the error of the measure; two of them were not that far."""
    film = Film(exercise, [1.0, 0.9, 1.1, *last], {"camera": camera, "tempo": QUICK} | options)
    said = said_of(film, code, OWN)
    assert said == [NO_TARGET_YET, NO_TARGET_YET, NO_TARGET_YET, "improve", ABSENT]


def test_the_own_range_is_the_median_of_the_first_three():
    """One deep and one shallow repetition do not move it: 0.72 * 96 - 4 = 65 degrees, as read."""
    said = said_of(squats(90.0, 60.0, 120.0, 55.0, 64.0), "shallow_depth", OWN)
    assert said[3:] == ["improve", ABSENT]


# Doses


def holding(seconds: float) -> Judged:
    film = Film("bridge", [1.0], {"camera": LYING, "tempo": Tempo(1.2, seconds, 1.2, 0.8)})
    return watched(film.poses, "bridge", planned("bridge", hold_s=2.0))


def test_a_hold_is_short_below_seven_tenths_of_the_prescribed_one():
    assert holding(1.5).said("short_hold", 0) == ABSENT
    short = holding(1.2)
    assert short.said("short_hold", 0) == "improve"
    assert short.check("short_hold", 0).limit == pytest.approx(1.4)
    assert short.check("short_hold", 0).unit == "s"


def marching(sides: str, pace: float = 60.0) -> Film:
    tempo = Tempo(*(60.0 / pace * part for part in (0.35, 0.1, 0.35, 0.2)))
    return Film("seated_march", [1.0] * 7, {"camera": FRONT, "sides": sides, "tempo": tempo})


@pytest.mark.parametrize(("pace", "says"), [(None, ABSENT), (70.0, ABSENT), (52.0, "improve")])
def test_a_plan_may_ask_for_a_slower_march(pace, says):
    assert said_of(marching("LR"), "rushing", planned("seated_march", max_lifts_per_min=pace))[-1] == says


@pytest.mark.parametrize(("alternate", "severity"), [(False, "log"), (True, "improve")])
def test_taking_turns_matters_when_the_plan_asks_for_it(alternate, severity):
    said = said_of(marching("LLLRRLR"), "missed_alternation", planned("seated_march", alternate=alternate))
    assert said == [ABSENT, ABSENT, severity, ABSENT, ABSENT, ABSENT, ABSENT]


def test_a_plan_for_one_exercise_leaves_the_others_alone():
    plan = replace(planned("bridge", hold_s=9.0, ceilings={"knee_flexion": 20.0}), name="other")
    assert said_of(DEEPER, "range_limit", plan) == ["no limit set in the plan"] * 3


def test_no_profile_decides_a_count():
    strict = planned("squat", target=140.0, ceilings={"knee_flexion": 30.0}, hold_s=20.0)
    for profile in (STANDARD, GENTLE, OWN, strict):
        judged = watched(DEEPER.poses, "squat", profile)
        assert judged.summary.reps.complete == 3


# What is said while it happens


def leaning(*points: tuple[float, float]) -> Judged:
    course = Course(((0.4, 0.0), (1.2, 30.0), *points, (4.0, 30.0), (4.7, 0.0)))
    options = {"camera": SIDE, "trunk_deg": course, "lead_s": 1.0}
    return watched(Film("squat", [1.0], options).poses, "squat")


def test_a_held_fault_is_raised_while_it_lasts_and_cleared_once_it_was_good_again():
    """Leant forward from 1.6 to 2.6 s: raised after 0.4 s, cleared 0.3 s after it was over."""
    judged = leaning((1.59, 30.0), (1.61, 52.0), (2.59, 52.0), (2.61, 35.0))
    (raised,) = judged.of("fault_raised", "forward_lean")
    (cleared,) = judged.of("fault_cleared", "forward_lean")
    assert raised.time_s == pytest.approx(1.0 + 1.64 + 0.4, abs=0.06)
    assert cleared.time_s == pytest.approx(1.0 + 2.6 + 0.3, abs=0.06)
    assert cleared.time_s < judged.reps[0].end_s
    assert dict(raised.details) == {
        "rep": 1,
        "code": "forward_lean",
        "severity": "improve",
        "value": pytest.approx(52.0, abs=0.5),
        "unit": "deg",
        "limit": 48.0,
    }
    assert dict(cleared.details) == {"rep": 1, "code": "forward_lean"}


def test_a_fault_that_lasts_is_cleared_when_the_repetition_is_over():
    judged = leaning((1.59, 30.0), (1.61, 52.0), (3.9, 52.0))
    (raised,) = judged.of("fault_raised", "forward_lean")
    (cleared,) = judged.of("fault_cleared", "forward_lean")
    assert raised.time_s < cleared.time_s <= judged.snapshots[-1].time_s


def test_the_verdict_tells_from_when_to_when_and_where_it_was_worst():
    judged = leaning((1.59, 30.0), (1.61, 52.0), (2.19, 52.0), (2.21, 56.0), (2.59, 56.0), (2.61, 30.0))
    check = judged.check("forward_lean", 0)
    assert check.start_s == pytest.approx(1.0 + 1.6, abs=0.06)
    assert check.end_s == pytest.approx(1.0 + 2.6, abs=0.06)
    assert 1.0 + 2.2 < check.worst_s < 1.0 + 2.62
    assert (check.value, check.limit) == (pytest.approx(56.0, abs=0.5), 48.0)


def test_the_worst_value_is_one_that_was_held():
    """A spike of one picture within the fault is not its value."""
    judged = leaning(
        (1.59, 30.0), (1.61, 52.0), (2.23, 52.0), (2.24, 57.0), (2.25, 52.0), (2.59, 52.0), (2.61, 30.0)
    )
    assert judged.check("forward_lean", 0).value == pytest.approx(52.0, abs=0.5)


def test_what_is_told_of_a_whole_repetition_is_raised_when_it_has_ended():
    film = Film("squat", [1.0], {"camera": SIDE, "tempo": Tempo(0.5, 0.4, 1.2, 0.8)})
    judged = watched(film.poses, "squat")
    (raised,) = judged.of("fault_raised", "fast_descent")
    completed = judged.of("rep_completed")[0]
    assert raised.time_s == completed.time_s
    assert not judged.of("fault_cleared", "fast_descent")


def test_the_graver_of_two_rows_speaks_for_the_code():
    """One knee 0.14 shank lengths inside is mild; the knees' distance says the same more gravely."""
    film = Film(
        "squat",
        [1.0],
        {"camera": FRONT, "tempo": QUICK, "toe_out_deg": 0.0, "knee_in_deg": 8.0},
    )
    rows = [row for row in EXERCISES["squat"].rules if row.code == "knee_valgus"]
    alone = [watched(film.poses, "squat", rules=[row]).said("knee_valgus", 0) for row in rows]
    assert sorted(alone) == ["correct", "improve"]
    judged = watched(film.poses, "squat")
    assert judged.said("knee_valgus", 0) == "correct"
    assert judged.reps[0].verdict == "faulty"

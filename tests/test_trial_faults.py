"""Counts and faults of trials: where the camera stands, what is true, and that the shipped ones are read."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from benchmarks import trial_faults
from benchmarks.angles import TRIALS
from benchmarks.fault_score import Case
from benchmarks.fault_truth import ABSENT, NOT_ASSESSED, PRESENT, Expected
from benchmarks.trial_faults import Stand, cases, opened, read_motions, section, stand_of, view_of, views_near
from benchmarks.true_motion import FORMULAS, Motion, TrueRep
from formcheck.profile import STANDARD
from formcheck.results import Checks, FaultCheck, Rep, Verdict

RATE_HZ = 15
STANDING = {
    "shoulder": (0.2, 0.0, 1.4),
    "hip": (0.1, 0.0, 0.9),
    "knee": (0.1, 0.0, 0.5),
    "ankle": (0.1, 0.0, 0.1),
    "heel": (0.1, 0.05, 0.0),
    "toe": (0.1, -0.2, 0.0),
    "ear": (0.07, 0.0, 1.6),
}


def still(places=STANDING):
    """The joints of a person facing -y."""
    joints = {f"{name}.L": np.array(at, float) for name, at in places.items()}
    joints |= {f"{name}.R": np.array([-at[0], *at[1:]], float) for name, at in places.items()}
    return joints


def lying():
    """The same person on their back, the head at +y."""
    return {name: np.array([x, z, -y]) for name, (x, y, z) in still().items()}


def moved(deepest_m, lean_m, exercise="squat", view="side"):
    """A person whose hips and shoulders sink and whose shoulders go forward for a second and come back."""
    frames = 4 * RATE_HZ
    phase = np.zeros(frames)
    phase[RATE_HZ : 3 * RATE_HZ] = np.sin(np.linspace(0.0, np.pi, 2 * RATE_HZ)) ** 2
    joints = {name: np.tile(at, (frames, 1)) for name, at in still().items()}
    for side in "LR":
        joints[f"hip.{side}"][:, 2] -= deepest_m * phase
        joints[f"hip.{side}"][:, 1] += deepest_m * phase
        joints[f"shoulder.{side}"][:, 2] -= deepest_m * phase
        joints[f"shoulder.{side}"][:, 1] -= lean_m * phase
    rep = TrueRep(1.0, 3.0, "", "forward_lean")
    return Motion(
        "made_up", exercise, view, "body", "L", joints, np.arange(frames) / RATE_HZ, phase == 0.0, (rep,)
    )


def found(**verdicts):
    """A repetition in which these verdicts were given."""
    checks = tuple(FaultCheck(code, verdict) for code, verdict in verdicts.items())
    numbers = {"peak": 90.0, "range": 90.0, "error": None, "outbound_s": 1.0, "hold_s": 0.0, "return_s": 1.0}
    return Rep(
        index=1,
        set=1,
        side=None,
        start_s=1.1,
        peak_s=2.0,
        end_s=3.1,
        signal="knee_flexion",
        signal_unit="deg",
        peak_velocity=None,
        valid_fraction=1.0,
        verdict=Verdict.GOOD,
        checks=Checks(1, 1),
        faults=checks,
        **numbers,
    )


@pytest.mark.parametrize(
    ("joints", "exercise", "eye_m", "view"),
    [
        (still, "squat", (3.0, 0.2, 1.0), "side"),
        (still, "squat", (2.0, -2.0, 1.0), "oblique"),
        (still, "squat", (0.2, -3.0, 1.0), "front"),
        (still, "squat", (0.2, 3.0, 1.0), "back"),
        (lying, "bridge", (3.0, 0.9, 0.5), "side"),
        (lying, "bridge", (0.5, -3.0, 1.0), "foot_end"),
        (lying, "bridge", (0.5, 4.0, 1.0), "head_end"),
        (lying, "bridge", (1.5, 0.9, 3.0), "oblique"),
    ],
)
def test_the_view_goes_by_where_the_camera_stands(joints, exercise, eye_m, view):
    assert view_of(exercise, stand_of(joints(), np.array(eye_m))) == view


def test_lying_on_the_side_front_begins_earlier_than_standing():
    stand = Stand(off_side_deg=50.0, off_front_deg=40.0, off_feet_deg=90.0)
    assert view_of("clamshell", stand) == "front"
    assert view_of("squat", stand) == "oblique"


def test_near_a_border_both_views_count():
    assert views_near("squat", Stand(33.0, 60.0, 90.0)) == ["side", "oblique"]
    assert views_near("squat", Stand(20.0, 70.0, 90.0)) == ["side"]


def test_where_the_possible_views_differ_nothing_is_expected():
    side = moved(0.3, 0.8)
    sure = {case.code: case.expected.verdict for case in cases([side], STANDARD, [])}
    unsure = cases([side, replace(side, view="oblique")], STANDARD, [])
    told = {case.code: case.expected.verdict for case in unsure}
    assert sure["forward_lean"] is PRESENT
    assert told["forward_lean"] is None
    assert told["knee_valgus"] is NOT_ASSESSED


def test_what_was_said_is_compared_with_the_motion():
    (rep,) = [
        case
        for case in cases([moved(0.3, 0.8)], STANDARD, [found(forward_lean=ABSENT)])
        if case.code == "forward_lean"
    ]
    assert rep.wrong
    assert rep.injected


def test_a_rule_that_judges_from_elsewhere_is_held_against_the_motion(monkeypatch):
    monkeypatch.setattr(trial_faults, "is_built", lambda row: row[1] == "forward_lean")
    there = {case.code: case for case in opened(moved(0.3, 0.8, view="oblique"), STANDARD, [])}
    upright = {case.code: case for case in opened(moved(0.3, 0.0, view="oblique"), STANDARD, [])}
    assert list(there) == ["forward_lean"]
    assert there["forward_lean"].expected.verdict is PRESENT
    assert upright["forward_lean"].expected.verdict is ABSENT
    assert not list(opened(moved(0.3, 0.8, view="side"), STANDARD, []))


def test_a_truth_file_becomes_a_motion(tmp_path):
    made = moved(0.3, 0.8)
    names = list(made.joints)
    header = {
        "name": "made_up",
        "exercise": "squat",
        "near": "L",
        "reps": [{"start": 1.0, "end": 3.0, "side": "", "fault": "forward_lean"}],
        "design": {"body": "tall"},
    }
    metres = np.stack([made.joints[name] for name in names], axis=1)
    np.savez(
        tmp_path / "made_up.truth.npz",
        header=np.array(json.dumps(header)),
        joint_names=np.array(names),
        joints_m=np.round(metres / 1e-4).astype(np.int16),
        unit_m=np.array(1e-4),
        time_s=made.time_s.astype(np.float32),
        phase=(~made.rest).astype(np.float32),
        eye_m=np.array([3.0, 0.0, 1.0]),
    )
    (motion,) = read_motions(tmp_path / "made_up.truth.npz")
    assert (motion.view, motion.near, motion.body) == ("side", "L", "tall")
    assert motion.reps == made.reps
    assert (motion.rest == made.rest).all()
    assert motion.joints["knee.R"] == pytest.approx(made.joints["knee.R"], abs=1e-4)


def test_the_formulas_agree_with_the_truth_that_the_studio_wrote():
    path = TRIALS / "squat_side_b.truth.npz"
    motion = read_motions(path)[0]
    assert (motion.view, len(motion.reps)) == ("side", 2)
    with np.load(path) as archive:
        told = dict(zip(map(str, archive["angle_names"]), archive["angles_deg"].T, strict=True))
    for name in ("knee_flexion", "hip_flexion", "thigh_elevation"):
        for side in "LR":
            assert FORMULAS[name](motion, side) == pytest.approx(told[f"{name}.{side}"], abs=1.0)


def test_a_shipped_trial_is_scored():
    path = TRIALS / "squat_side_b.truth.npz"
    scored = trial_faults.score(read_motions(path), trial_faults.seen(path))
    assert trial_faults.is_exact(scored.counts)
    said = {(case.rep, case.code): case.verdict for case in scored.faults}
    assert said[2, "shallow_depth"] is PRESENT
    text = section([scored])
    assert "Counted exactly, given and recognised: 1 of 1 trials." in text
    assert "All faults together: 1 of 1 true cases found" in text
    assert "these clips among them" not in text


def test_misses_make_a_trial_fall_short():
    def case(rep, said):
        check = FaultCheck("forward_lean", said)
        return Case("x", "squat", "side", str(rep), rep, "forward_lean", True, Expected(PRESENT), check)

    counts = trial_faults.Counts("x", "squat", "side", 2, 2, "squat", 2, [], [])
    good = [case(rep, PRESENT) for rep in range(1, 5)]
    assert trial_faults.fine([trial_faults.Score(counts, good, [])])
    assert not trial_faults.fine([trial_faults.Score(counts, [*good, case(5, ABSENT)], [])])
    assert not trial_faults.fine([trial_faults.Score(replace(counts, given=1), good, [])])

"""The truth about form faults: known answers on hand-made joints, dead zones, both file formats."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks import fault_score, fault_truth, true_motion
from benchmarks.accuracy import CLIPS, SAMPLES, read_truth
from benchmarks.fault_score import Case, largest_overlap, passed, statements, tallies
from benchmarks.fault_truth import ABSENT, DEAD_ZONES, NOT_ASSESSED, PRESENT, Expected, expectations
from benchmarks.true_motion import Motion, TrueRep, read_motion
from formcheck.exercises.squat import RULES
from formcheck.pose.skeleton import Side
from formcheck.profile import STANDARD
from formcheck.results import FaultCheck

FPS = 25
STANDING = {
    "shoulder": (0.2, 0.0, 1.4),
    "hip": (0.1, 0.0, 0.9),
    "knee": (0.1, 0.0, 0.5),
    "ankle": (0.1, 0.0, 0.1),
    "heel": (0.1, 0.05, 0.0),
    "toe": (0.1, -0.2, 0.0),
    "ear": (0.07, 0.0, 1.6),
}


def joints(frames=1, **moved):
    """A standing person facing -y; ``knee_L=(x, y, z)`` or a whole (frames, 3) array replaces a joint."""
    every = {f"{name}.L": at for name, at in STANDING.items()}
    every |= {f"{name}.R": (-at[0], *at[1:]) for name, at in STANDING.items()}
    every |= {"nose": (0.0, -0.1, 1.6)}
    every |= {name.replace("_", "."): at for name, at in moved.items()}
    return {name: np.broadcast_to(np.array(at, float), (frames, 3)).copy() for name, at in every.items()}


def motion(points, exercise="squat", view="side", *, rest=None, reps=()):
    frames = len(points["hip.L"])
    resting = np.ones(frames, bool) if rest is None else np.array(rest, bool)
    return Motion("clip", exercise, view, "body", "L", points, np.arange(frames) / FPS, resting, tuple(reps))


def turned(length, deg):
    """A vector in the sagittal plane, ``deg`` from straight up, forward positive."""
    return np.array([0.0, -length * math.sin(math.radians(deg)), length * math.cos(math.radians(deg))])


def value(name, points, side="L"):
    return float(true_motion.FORMULAS[name](motion(points), side)[0])


def test_a_squat_of_known_angles():
    ankle = np.array([0.1, 0.0, 0.1])
    knee = ankle + turned(0.4, 30.0)
    hip = knee + turned(0.4, -60.0)
    shoulder = hip + turned(0.5, 35.0)
    points = joints(knee_L=knee, hip_L=hip, shoulder_L=shoulder)
    assert value("knee_flexion", points) == pytest.approx(90.0)
    assert value("hip_flexion", points) == pytest.approx(95.0)
    assert value("thigh_elevation", points) == pytest.approx(-30.0)
    both = points | {f"{n}.R": points[f"{n}.L"] * [-1, 1, 1] for n in ("knee", "hip", "shoulder")}
    assert value("trunk_inclination", both) == pytest.approx(35.0)


@pytest.mark.parametrize(
    ("hip_z", "flexion", "offset"), [(0.3, 0.0, 0.0), (0.4, -22.62, 0.196), (0.2, 22.62, -0.196)]
)
def test_a_bridge_below_on_and_above_the_straight_line(hip_z, flexion, offset):
    points = joints(shoulder_L=(0.1, 0.5, 0.3), hip_L=(0.1, 0.0, hip_z), knee_L=(0.1, -0.5, 0.3))
    assert value("hip_flexion", points) == pytest.approx(flexion, abs=0.01)
    assert value("hip_line_offset", points) == pytest.approx(offset, abs=0.001)


def test_frontal_numbers_of_a_standing_person():
    points = joints(knee_L=(0.02, 0.0, 0.5), shoulder_L=(0.3, 0.0, 1.4), shoulder_R=(-0.1, 0.0, 1.4))
    assert value("knee_separation_ratio", points) == pytest.approx(0.6)
    assert value("knee_medial_displacement", points) == pytest.approx(
        0.08 / np.mean([math.hypot(0.4, 0.08), 0.4])
    )
    assert value("knee_medial_displacement", points, "R") == pytest.approx(0.0)
    assert value("trunk_lateral_lean", points) == pytest.approx(math.degrees(math.atan2(0.1, 0.5)))
    assert value("stance_ratio", joints()) == pytest.approx(0.5)
    assert value("hip_shift", joints(hip_L=(0.15, 0, 0.9), hip_R=(-0.05, 0, 0.9))) == pytest.approx(0.25)
    assert value("pelvic_obliquity", joints(hip_L=(0.1, 0, 1.1))) == pytest.approx(45.0)


def test_the_foot_and_the_head():
    assert value("foot_pitch", joints(heel_L=(0.1, 0.0, 0.2))) == pytest.approx(45.0)
    assert value("head_rise", joints()) == pytest.approx(3.2)
    without_ears = {name: at for name, at in joints(nose=(0, 0, 1.5)).items() if not name.startswith("ear")}
    assert value("head_rise", without_ears) == pytest.approx(3.0)


def test_a_rolled_pelvis_is_told_from_its_place_at_rest():
    points = joints(2)
    turn = math.radians(30.0)
    for letter, sign in (("L", 1), ("R", -1)):
        points[f"hip.{letter}"][1] = [0.1 * sign * math.cos(turn), 0.1 * sign * math.sin(turn), 0.9]
    rolled = true_motion.pelvis_roll(motion(points, rest=[True, False]), "L")
    assert rolled == pytest.approx([0.0, 30.0], abs=1e-5)


@pytest.mark.parametrize(
    ("eye", "view", "near"),
    [
        ((3, 0, 1), "side", "L"),
        ((-3, 0.5, 1), "side", "R"),
        ((0.1, -3, 1), "front", "L"),
        ((0, 3, 1), "back", "R"),
        ((2, -2, 1), "oblique", "L"),
    ],
)
def test_the_camera_tells_the_view(eye, view, near):
    seen, nearer = true_motion.view_from(joints(), np.array(eye, float))
    assert (seen, nearer if abs(eye[0]) > 0 else near) == (view, near)


# Dead zones


def rule(code, measure=None):
    return next(row for row in RULES if row.code == code and measure in (None, row.measure))


@pytest.mark.parametrize(
    ("lean_deg", "seconds", "verdict"),
    [
        (48.0 + 3.1, 0.52, PRESENT),
        (48.0 + 3.1, 0.44, None),
        (48.0 + 2.9, 2.0, None),
        (48.0 - 2.9, 2.0, None),
        (48.0 - 3.1, 2.0, ABSENT),
        (48.0 + 20.0, 0.2, ABSENT),
    ],
)
def test_a_held_fault_must_be_clear_in_size_and_time(lean_deg, seconds, verdict):
    lean = rule("forward_lean")
    values = np.zeros(100)
    values[20 : 20 + round(seconds * FPS)] = lean_deg
    if verdict is None and seconds < 0.5:
        values[20:33] = np.maximum(values[20:33], 48.0 - 1.0)
    zone = DEAD_ZONES["trunk_inclination"]
    assert fault_truth.held_beyond(lean, values, 1 / FPS, zone).verdict is verdict


def test_frames_that_a_rule_does_not_look_at_break_what_was_held():
    values = np.full(40, 60.0)
    values[::8] = np.nan
    lean = rule("forward_lean")
    assert fault_truth.held_beyond(lean, values, 1 / FPS, 3.0).verdict is ABSENT


@pytest.mark.parametrize(("seconds", "verdict"), [(0.6, PRESENT), (0.75, None), (0.85, None), (1.0, ABSENT)])
def test_a_time_near_its_limit_expects_nothing(seconds, verdict):
    fast = rule("fast_descent")
    assert fault_truth.beside_limit(fast, seconds, 0.8, 0.15 * 0.8).verdict is verdict


def test_one_certain_row_is_enough_and_one_unsure_row_leaves_it_open():
    present, absent, unsure = Expected(PRESENT, 1.0), Expected(ABSENT, 2.0), Expected(None, 3.0)
    assert fault_truth.any_of([unsure, absent, present]) == present
    assert fault_truth.any_of([absent, unsure]) == unsure
    assert fault_truth.any_of([absent, absent]) == absent
    assert fault_truth.any_of([]).verdict is None


def test_a_rule_that_looks_at_something_unknown_is_refused_in_words(monkeypatch):
    monkeypatch.setattr(fault_truth, "FORMULAS", {})
    with pytest.raises(ValueError, match="forward_lean: no true formula for trunk_inclination"):
        expectations(squat(90.0), STANDARD)


# Whole repetitions


def squat(knee_deg, view="side", **more):
    """One squat of a raised cosine, one second each way, after a second at rest."""
    bend = np.concatenate(
        [np.zeros(FPS), 0.5 - 0.5 * np.cos(np.linspace(0, 2 * np.pi, 2 * FPS + 1)), np.zeros(FPS)]
    )
    points = joints(len(bend))
    for letter, sign in (("L", 1), ("R", -1)):
        for i, share in enumerate(bend):
            knee = points[f"ankle.{letter}"][i] + turned(0.4, knee_deg * share / 2)
            hip = knee + turned(0.4, -knee_deg * share / 2)
            points[f"knee.{letter}"][i], points[f"hip.{letter}"][i] = knee, hip
            points[f"shoulder.{letter}"][i] = hip + np.array([0.1 * sign, 0.0, 0.5])
    return motion(points, view=view, rest=bend == 0.0, reps=[TrueRep(1.0, 3.0, "", "none")], **more)


@pytest.mark.parametrize(("knee_deg", "verdict"), [(90.0, ABSENT), (54.0, None), (44.0, PRESENT)])
def test_a_shallow_squat_by_its_true_knee(knee_deg, verdict):
    assert expectations(squat(knee_deg), STANDARD)[0]["shallow_depth"].verdict is verdict


def test_a_squat_seen_from_the_side_has_no_frontal_verdicts_and_from_the_front_no_sagittal_ones():
    side, front = (expectations(squat(90.0, view), STANDARD)[0] for view in ("side", "front"))
    assert {side[code].verdict for code in ("knee_valgus", "weight_shift", "lateral_lean")} == {NOT_ASSESSED}
    assert {front[code].verdict for code in ("forward_lean", "heel_lift")} == {NOT_ASSESSED}
    assert front["knee_valgus"].verdict is side["forward_lean"].verdict is ABSENT
    oblique = expectations(squat(90.0, "oblique"), STANDARD)[0]
    assert {code for code, one in oblique.items() if one.verdict is not NOT_ASSESSED} == {
        "fast_descent",
        "shallow_depth",
    }


def test_ways_are_timed_by_their_middle_part():
    assert fault_truth.outbound_time(squat(90.0), 0) == pytest.approx(1.0, abs=0.1)
    assert fault_truth.return_time(squat(90.0), 0) == pytest.approx(1.0, abs=0.1)


def lifts(starts, sides):
    reps = [TrueRep(start, start + 0.4, side, "none") for start, side in zip(starts, sides, strict=True)]
    return motion(joints(10), "seated_march", "front", reps=reps)


def test_pace_and_turns_come_from_the_true_sequence():
    march = lifts([0.0, 0.5, 1.0, 1.5, 2.0, 2.5], "LRLLLR")
    assert math.isnan(fault_truth.lift_rate(march, 4))
    assert fault_truth.lift_rate(march, 5) == pytest.approx(120.0)
    assert [fault_truth.same_leg_lifts(march, i) for i in range(6)] == [1, 1, 1, 2, 3, 1]


def test_a_step_leaves_the_ratios_of_planted_feet_open():
    still = squat(90.0, "front")
    stepped = replace(still, joints={**still.joints, "toe.L": still.joints["toe.L"] + 0.0})
    stepped.joints["toe.L"][40:50, 0] += 0.2
    assert expectations(stepped, STANDARD)[0]["knee_valgus"].verdict is None
    assert expectations(still, STANDARD)[0]["knee_valgus"].verdict is ABSENT


# Files


def write(folder, points, arrays, view="side"):
    meta = {"exercise": "squat", "view": view, "camera_side": "left"}
    camera = {"eye": [3.0, 0.0, 1.0], "R": np.eye(3).tolist(), "f": 500.0}
    document = {
        "fps": FPS,
        "size": [640, 480],
        "meta": meta,
        "camera": camera,
        "phase": [0] * len(points["hip.L"]),
    }
    (folder / "clip.json").write_text(
        json.dumps(document | {"reps": [{"start": 0.0, "end": 0.1, "fault": "none"}]})
    )
    np.savez(folder / "clip.npz", **arrays)
    return folder / "clip.json"


def test_joints_in_metres_and_in_tenths_of_a_millimetre_are_the_same(tmp_path):
    points = joints(4)
    floats = {f"joint_{name}": at.astype(np.float32) for name, at in points.items()}
    whole = {f"joint_{name}": np.round(at / 1e-4).astype(np.int16) for name, at in points.items()}
    (tmp_path / "f").mkdir()
    (tmp_path / "i").mkdir()
    one = read_motion(write(tmp_path / "f", points, {**floats, "rot_pelvis": np.zeros((4, 3, 3))}))
    other = read_motion(write(tmp_path / "i", points, {**whole, "unit_m": 1e-4, "body": "f60"}))
    assert one is not None
    assert other is not None
    assert (one.body, other.body) == ("clip", "f60")
    for name, at in points.items():
        assert one.joints[name] == pytest.approx(at, abs=1e-6)
        assert other.joints[name] == pytest.approx(at, abs=5.1e-5)


def test_a_camera_that_stands_elsewhere_than_told_is_refused(tmp_path):
    points = joints(2)
    arrays = {f"joint_{name}": at for name, at in points.items()}
    with pytest.raises(ValueError, match="sees a side view, not front"):
        read_motion(write(tmp_path, points, arrays, view="front"))


def test_without_joints_there_is_no_truth_about_faults():
    assert read_motion(SAMPLES / "rohanx01_squat.json") is None


def test_projected_joints_give_the_angles_that_a_slim_truth_file_leaves_out(tmp_path):
    full = read_truth(SAMPLES / "squat_side.json")
    document = json.loads((SAMPLES / "squat_side.json").read_text(encoding="utf-8"))
    slim = {name: part for name, part in document.items() if name not in ("angles", "joints_px")}
    (tmp_path / "squat_side.json").write_text(json.dumps(slim))
    (tmp_path / "squat_side.npz").write_bytes((SAMPLES / "squat_side.npz").read_bytes())
    again = read_truth(tmp_path / "squat_side.json")
    for name, angles in full.flexion_deg.items():
        assert again.flexion_deg[name] == pytest.approx(angles, abs=0.3)


@pytest.mark.parametrize("path", sorted(CLIPS.glob("*.json")), ids=lambda path: path.stem)
def test_every_shipped_clip_has_a_truth_that_expects_something(path):
    clip = read_motion(path)
    assert clip is not None
    table = expectations(clip, fault_truth.profile_for(clip))
    assert len(table) == len(clip.reps)
    assert any(one.verdict in (PRESENT, ABSENT) for rep in table for one in rep.values())


# Scores


def case(expected, said, rep=1, body="body"):
    check = FaultCheck("heel_lift", said) if said is not None else None
    return Case("clip", "squat", "side", body, rep, "heel_lift", False, Expected(expected, 1.0, 2.0), check)


def test_abstaining_on_a_true_case_is_a_miss_and_on_a_good_one_is_not_an_alarm():
    cases = [
        case(PRESENT, PRESENT),
        case(PRESENT, NOT_ASSESSED, 2, body="other"),
        case(PRESENT, None, 3),
        case(ABSENT, PRESENT, 4),
        case(ABSENT, NOT_ASSESSED, 5),
        case(None, PRESENT, 6),
    ]
    (row,) = tallies(cases)
    assert (row.true, row.bodies, row.found, row.missed, row.silent) == (3, 2, 1, 2, 2)
    assert (row.good, row.alarms, row.silent_on_good) == (2, 1, 1)
    assert fault_score.good_reps(cases) == (2, 1)
    assert fault_score.false_per_good(cases) == 20.0


def test_what_fails_the_run():
    found = [case(PRESENT, PRESENT, i) for i in range(4)]
    assert passed(found)
    assert not passed([*found[:3], case(PRESENT, ABSENT, 4)])
    assert passed([case(PRESENT, ABSENT, i) for i in range(3)])
    assert not passed([*found, case(NOT_ASSESSED, ABSENT, 5)])
    assert not passed([*found, case(ABSENT, PRESENT, 5)])


def test_what_was_never_true_is_said_to_be_not_validated():
    said = "\n".join(statements(tallies([case(PRESENT, PRESENT)]), [case(PRESENT, PRESENT)]))
    assert "squat heel_lift (side) 1 of 1" in said
    assert "bridge neck_lift (side)" in said.split("Not validated", 1)[1]


def test_a_true_repetition_belongs_to_the_found_one_of_its_leg_that_overlaps_most():
    def found(start_s, end_s, side=None):
        return SimpleNamespace(start_s=start_s, end_s=end_s, side=side)

    early, late, other = found(0.0, 1.1), found(1.0, 2.0), found(1.0, 2.0, Side.RIGHT)
    assert largest_overlap(TrueRep(0.9, 2.0, "", "none"), [early, late]) is late
    assert largest_overlap(TrueRep(1.0, 2.0, "L", "none"), [other]) is None
    assert largest_overlap(TrueRep(1.0, 2.0, "R", "none"), [other]) is other
    assert largest_overlap(TrueRep(5.0, 6.0, "", "none"), [early, late]) is None

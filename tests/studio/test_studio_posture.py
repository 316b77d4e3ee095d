"""Bodies reach the postures that were asked for, and the truth says so."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("numba", reason="the studio needs numba: pip install 'formcheck[studio]'")

from samples.studio.body import BODIES, load_body, make_body, skin
from samples.studio.faults import FAULTS, fault, faulty, names, with_fault
from samples.studio.motions import EXERCISES, Tempo, Track, blend, course, repetition, value
from samples.studio.rotation import FORWARD, LEFT, NO_TURN, UP, part_of, turn_about, turn_x, turn_y, turn_z
from samples.studio.skeleton import SIDES, Fold, Posture, Reach, solve
from samples.studio.truth import ANGLES, JOINT_NAMES, TURN_NAMES, mirrored, truth

HALF_A_DEGREE = 0.5


def arms():
    return {side: Fold(np.array([0.2 * sign, 0.0, -1.0]), -FORWARD, 5.0) for side, sign in SIDES.items()}


def upright(legs, pelvis=NO_TURN, chest=None):
    return Posture(pelvis, pelvis if chest is None else chest, pelvis, "hips", 0.9 * UP, legs, arms())


def told(body, posture):
    figure = solve(body, posture)
    return truth(figure, figure.mesh())


def posed(exercise, phase=0.0, name="none", body="f65", **rest):
    what = EXERCISES[exercise]
    rep = faulty(exercise, name, "L" if exercise == "seated_march" else "")
    at_rest = {**what.rest, **(fault(exercise, name).rest if name != "none" else {}), **rest}
    one = load_body(body)
    return told(one, what.poser(one, at_rest, what.arms[0])(blend(at_rest, rep.end, phase)))


# Rotations


def test_turns_go_the_way_they_say():
    assert turn_x(90) @ UP == pytest.approx(FORWARD)
    assert turn_y(90) @ UP == pytest.approx(LEFT)
    assert turn_z(90) @ FORWARD == pytest.approx(LEFT)


@pytest.mark.parametrize("angle_deg", [0.0, 1e-6, 30.0, 179.9, 180.0])
def test_a_part_of_a_turn_and_the_rest_of_it_make_the_whole(angle_deg):
    whole = turn_about([1.0, 2.0, -0.5], angle_deg)
    assert part_of(whole, 0.3) @ part_of(whole, 0.7) == pytest.approx(whole, abs=1e-9)


# Limbs


@pytest.mark.parametrize("bend_deg", [-10.0, -0.5, 0.0, 0.5, 45.0, 90.0, 140.0])
@pytest.mark.parametrize("name", ["f60", "m85"])
def test_a_folded_knee_has_the_angle_asked_for(name, bend_deg):
    legs = {side: Fold(-UP, FORWARD, bend_deg) for side in SIDES}
    angles = told(load_body(name), upright(legs)).angles_deg
    assert angles["knee_flexion.L"] == pytest.approx(bend_deg, abs=1e-6)
    assert angles["knee_flexion.R"] == pytest.approx(bend_deg, abs=1e-6)


@pytest.mark.parametrize("bend_deg", [-8.0, 0.0, 3.0, 90.0, 130.0])
def test_reaching_for_an_ankle_finds_the_fold_that_put_it_there(bend_deg):
    body = load_body("m67")
    folded = solve(body, upright({side: Fold(turn_x(-20) @ -UP, FORWARD, bend_deg) for side in SIDES}))
    legs = {s: Reach(folded.place(f"foot.{s}"), FORWARD, backwards=bend_deg < 0) for s in SIDES}
    reached = solve(body, upright(legs))
    for bone in ("lowerleg01.L", "lowerleg01.R", "foot.L"):
        assert reached.place(bone) == pytest.approx(folded.place(bone), abs=1e-9)


def test_what_is_out_of_reach_is_reached_for_with_a_straight_leg():
    legs = {side: Reach(np.array([0.1, 0.0, -5.0]), FORWARD) for side in SIDES}
    assert told(load_body("f60"), upright(legs)).angles_deg["knee_flexion.L"] == pytest.approx(0.0, abs=1e-4)


@pytest.mark.parametrize(
    ("exercise", "phase"),
    [("squat", 0.0), ("squat", 1.0), ("bridge", 1.0), ("clamshell", 1.0), ("seated_march", 1.0)],
)
@pytest.mark.parametrize("name", BODIES)
def test_bones_keep_their_lengths(name, exercise, phase):
    body, one = load_body(name), posed(exercise, phase, body=name)
    for side in SIDES:
        for (a, b), length_m in {
            ("hip", "knee"): body.thigh_m,
            ("knee", "ankle"): body.shank_m,
            ("shoulder", "elbow"): body.length("upperarm01.L", "lowerarm01.L"),
            ("elbow", "wrist"): body.length("lowerarm01.L", "wrist.L"),
        }.items():
            apart = np.linalg.norm(one.joints_m[f"{a}.{side}"] - one.joints_m[f"{b}.{side}"])
            assert apart == pytest.approx(length_m, abs=2e-4)


# Known angles


@pytest.mark.parametrize("knee_deg", [-8.0, 0.0, 3.0, 90.0, 120.0])
@pytest.mark.parametrize("name", ["f60", "f80", "m65", "m85"])
def test_squats_have_the_knees_asked_for_and_full_extension_is_full(name, knee_deg):
    angles = posed("squat", body=name, knee_deg=knee_deg, shank_deg=0.25 * knee_deg).angles_deg
    for side in SIDES:
        assert angles[f"knee_flexion.{side}"] == pytest.approx(knee_deg, abs=HALF_A_DEGREE)


def test_standing_straight_is_zero_everywhere():
    angles = posed("squat", knee_deg=0.0, shank_deg=0.0, trunk_deg=0.0).angles_deg
    for name in (
        "knee_flexion.L",
        "hip_flexion.L",
        "hip_flexion.R",
        "trunk_inclination",
        "trunk_lateral_lean",
    ):
        assert abs(angles[name]) < 1.0
    for name in ("pelvis_roll", "pelvic_obliquity"):
        assert angles[name] == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("side", ["L", "R"])
def test_a_thigh_turned_in_the_hip_reads_what_it_was_turned_by(side):
    body, sign = load_body("f65"), SIDES[side]
    rest = body.head(f"lowerleg01.{side}") - body.head(f"upperleg01.{side}")
    for flexion, abduction, external in ((60.0, 20.0, 30.0), (10.0, -15.0, -20.0), (-15.0, 5.0, 0.0)):
        turn = turn_x(-flexion) @ turn_y(-sign * abduction) @ turn_z(sign * external)
        straight = turn @ -UP
        legs = {s: Fold(straight, turn @ FORWARD, 20.0) for s in SIDES}
        angles = told(body, upright(legs)).angles_deg
        assert angles[f"hip_flexion_pelvis.{side}"] == pytest.approx(flexion, abs=1e-6)
        assert angles[f"hip_abduction.{side}"] == pytest.approx(abduction, abs=1e-6)
        assert angles[f"hip_external_rotation.{side}"] == pytest.approx(external, abs=1e-6)
    assert np.linalg.norm(rest) == pytest.approx(body.thigh_m, abs=2e-4)


def test_hip_angles_do_not_depend_on_how_the_pelvis_is_turned():
    body = load_body("m60")

    def leg(pelvis):
        turn = pelvis @ turn_x(-40) @ turn_y(-12) @ turn_z(25)
        return {s: Fold(turn @ -UP, turn @ FORWARD, 70.0) for s in SIDES}

    names = [name for name in ANGLES if name.startswith(("hip_flexion_pelvis", "hip_abd", "hip_ext", "knee"))]
    turned = turn_z(70) @ turn_x(-80) @ turn_y(15)
    a, b = (told(body, upright(leg(p), p)).angles_deg for p in (NO_TURN, turned))
    assert [a[n] for n in names] == pytest.approx([b[n] for n in names], abs=1e-6)


def test_trunk_and_pelvis_read_what_they_were_turned_by():
    legs = {side: Fold(-UP, FORWARD, 10.0) for side in SIDES}
    body = load_body("f65")
    still = told(body, upright(legs)).angles_deg
    forward = told(body, upright(legs, turn_x(25))).angles_deg
    assert forward["trunk_inclination"] - still["trunk_inclination"] == pytest.approx(25.0, abs=1e-6)
    assert told(body, upright(legs, turn_y(12))).angles_deg["trunk_lateral_lean"] == pytest.approx(
        12.0, abs=1e-6
    )
    assert told(body, upright(legs, turn_y(-7))).angles_deg["pelvic_obliquity"] == pytest.approx(
        7.0, abs=1e-6
    )
    assert told(body, upright(legs, turn_z(18))).angles_deg["pelvis_roll"] == pytest.approx(18.0, abs=1e-6)


@pytest.mark.parametrize("roll_deg", [-10.0, 0.0, 15.0, 30.0])
def test_a_pelvis_lying_on_its_side_reads_its_roll_backward_positive(roll_deg):
    one = posed("clamshell", roll_deg=roll_deg)
    assert one.angles_deg["pelvis_roll"] == pytest.approx(roll_deg, abs=1e-6)
    assert np.isnan(one.angles_deg["pelvic_obliquity"])
    assert mirrored(one).angles_deg["pelvis_roll"] == pytest.approx(roll_deg, abs=1e-6)


def test_a_bridge_is_straight_at_its_top_and_bent_at_rest():
    assert abs(posed("bridge", 1.0).angles_deg["hip_flexion.L"]) < 15.0
    assert posed("bridge", 0.0).angles_deg["hip_flexion.L"] > 45.0
    assert posed("bridge", 0.0, knee_deg=0.0).angles_deg["knee_flexion.L"] == pytest.approx(
        0.0, abs=HALF_A_DEGREE
    )


def test_only_one_leg_lifts_in_a_march():
    angles = posed("seated_march", 1.0).angles_deg
    assert angles["thigh_elevation.L"] == pytest.approx(28.0, abs=1e-6)
    assert angles["thigh_elevation.R"] == pytest.approx(-2.0, abs=1e-6)


@pytest.mark.parametrize("exercise", list(EXERCISES))
def test_nobody_sinks_through_the_floor(exercise):
    what = EXERCISES[exercise]
    for name in ("f60", "m85"):
        body = load_body(name)
        for phase in (0.0, 1.0):
            settings = blend(what.rest, repetition(what, "L").end, phase)
            mesh = solve(body, what.poser(body, what.rest, what.arms[0])(settings)).mesh()
            assert -0.04 < mesh[skin(body.template), 2].min() < 0.03


# What is put in


EFFECTS = {
    ("squat", "shallow_depth"): ("knee_flexion.L", -1),
    ("squat", "too_deep"): ("knee_flexion.L", 1),
    ("squat", "forward_lean"): ("trunk_inclination", 1),
    ("squat", "knee_valgus"): ("hip_abduction.R", -1),
    ("squat", "knee_valgus_L"): ("hip_abduction.L", -1),
    ("squat", "lateral_lean"): ("trunk_lateral_lean", 1),
    ("bridge", "incomplete_extension"): ("hip_flexion.L", 1),
    ("bridge", "lumbar_overextension"): ("hip_flexion.L", -1),
    ("clamshell", "pelvis_rollback"): ("pelvis_roll", 1),
    ("clamshell", "low_opening"): ("hip_external_rotation.L", -1),
    ("seated_march", "lean_back"): ("trunk_inclination", -1),
    ("seated_march", "low_lift"): ("thigh_elevation.L", -1),
    ("seated_march", "too_high"): ("thigh_elevation.L", 1),
}


@pytest.mark.parametrize(("which", "effect"), EFFECTS.items(), ids=lambda v: "-".join(map(str, v)))
def test_what_is_put_in_shows_in_the_truth(which, effect):
    (exercise, name), (angle, sign) = which, effect
    good, other = (posed(exercise, 1.0, n).angles_deg[angle] for n in ("none", name))
    assert sign * (other - good) > 4.0


def test_every_fault_changes_something_and_is_named_once():
    assert len({(one.exercise, one.name) for one in FAULTS}) == len(FAULTS)
    for one in FAULTS:
        assert one.end or one.rest or one.tempo or one.tracks


def test_half_a_fault_is_half_way():
    good = repetition(EXERCISES["squat"])
    half = with_fault(good, fault("squat", "forward_lean"), 0.5)
    assert half.end["trunk_deg"] == pytest.approx((38 + 63) / 2)


def test_an_unknown_fault_is_named_with_those_there_are():
    with pytest.raises(KeyError, match="pelvis_rollback"):
        fault("clamshell", "levitation")
    assert "levitation" not in names("clamshell")


# Over time


def test_a_course_goes_out_holds_and_comes_back():
    rep = repetition(EXERCISES["squat"], tempo=Tempo(1.0, 0.5, 1.0, 0.5))
    run = course(EXERCISES["squat"].rest, [rep, rep], 10.0)
    knee = np.array([value(s, "knee_deg") for s in run.settings])
    assert knee[0] == knee[-1] == 3.0
    assert knee.max() == 95.0
    assert (run.phase[20:26] == 1.0).all()
    assert [b.end for b in run.bounds] == [3.5, 6.5]


def test_a_track_follows_the_clock_and_adds_up():
    rep = with_fault(repetition(EXERCISES["squat"]), fault("squat", "loss_of_balance"))
    run = course(EXERCISES["squat"].rest, [rep], 30.0)
    step = np.array([value(s, "step_m", "L") for s in run.settings])
    assert step.max() == pytest.approx(0.28)
    after_s = run.time_s[step > 0.01] - run.bounds[0].release
    assert after_s.min() > 0.3
    assert after_s.max() < 1.7
    assert Track("x", (("start", 0, 1.0),)).keys


# The mirror


def test_the_mirrored_truth_is_that_of_the_mirrored_movement():
    body, what = load_body("f65"), EXERCISES["seated_march"]
    pose = what.poser(body, what.rest, "seat")
    left, right = (
        told(body, pose(blend(what.rest, faulty("seated_march", "lateral_sway", side).end, 1.0)))
        for side in SIDES
    )
    flipped = mirrored(left)
    for name in ANGLES:
        assert flipped.angles_deg[name] == pytest.approx(right.angles_deg[name], abs=0.05), name
    for name in ("hip.L", "knee.R", "ankle.L", "shoulder.R"):
        assert flipped.joints_m[name] == pytest.approx(right.joints_m[name], abs=1e-3)
    assert set(flipped.joints_m) == set(JOINT_NAMES)
    assert set(flipped.turns) == set(TURN_NAMES)


# Bodies


def test_a_mixture_lies_between_its_parts_and_stretches():
    a, b = load_body("f80"), load_body("m67")
    half = make_body({"f80": 1.0, "m67": 1.0})
    assert half.height_m == pytest.approx((a.height_m + b.height_m) / 2, abs=0.01)
    assert make_body({"f80": 1.0}, scale=1.1).thigh_m == pytest.approx(1.1 * a.thigh_m)
    assert make_body({"f80": 1.0}, legs=1.1).shank_m > 1.08 * a.shank_m

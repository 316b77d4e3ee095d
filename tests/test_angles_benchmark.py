"""The benchmark of angles: its arithmetic on people made up, and that it reads what is shipped."""

from __future__ import annotations

import json
import math
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks import angles
from benchmarks.angles import Clip, Errors, errors_of, flexions_deg, meets, verdicts, view_of
from formcheck.pose import recorded
from formcheck.pose.recorded import Recording
from formcheck.pose.sighting import Candidate, Sighting
from formcheck.pose.skeleton import Landmark
from formcheck.results import Software, Source

FRAMES, KNEE_DEG = 40, 60.0


def standing(knee_deg=KNEE_DEG):
    """Return a person seen from their left side: trunk and thighs upright, shanks bent backward."""
    image = np.full((33, 2), 100.0, np.float32)
    world = np.zeros((33, 3), np.float32)
    bend = np.radians(knee_deg)
    places = {"SHOULDER": (0, -0.5), "HIP": (0, 0), "KNEE": (0, 0.4)}
    places["ANKLE"] = (0.4 * np.sin(bend), 0.4 + 0.4 * np.cos(bend))
    for side, depth in (("LEFT", -0.1), ("RIGHT", 0.1)):
        for name, (x, y) in places.items():
            at = Landmark[f"{side}_{name}"]
            image[at] = 200.0 + 100.0 * x, 200.0 + 100.0 * y
            world[at] = x, y, depth
    ones = np.ones(33, np.float32)
    return Candidate(image, world, ones, ones)


def made_up(true_deg, view="side", near="L", exercise="squat"):
    """Return a clip of somebody who stands still with knees that look bent by 60 degrees."""
    source = Source("x.mp4", None, None, FRAMES / 15, FRAMES, FRAMES, 400, 400, 0)
    one = standing()
    sightings = [Sighting(i / 15, (400, 400), (one,), 0, False, 0.5, 1) for i in range(FRAMES)]
    recording = Recording(source, Software("0", "0", "pose_full", "0"), sightings=sightings)
    pixels = {
        f"{name.lower()}.{side[0]}": np.tile(one.image_px[Landmark[f"{side}_{name}"]], (FRAMES, 1))
        for name in ("SHOULDER", "HIP", "KNEE", "ANKLE")
        for side in ("LEFT", "RIGHT")
    }
    true = {name: np.full(FRAMES, float(value)) for name, value in true_deg.items()}
    return Clip("x", exercise, view, near, 90.0, recording, true, pixels)


def errors(side, off, *, view="side", way="reported", half=()):
    bands = {way: np.array(half, float)} if half else {}
    return Errors("x", "squat", view, side, "knee_flexion", {way: np.array(off, float)}, bands)


def test_the_models_angles_are_compared_with_the_truth_frame_by_frame():
    (left, right) = errors_of(made_up({"knee_flexion.L": 57.0, "knee_flexion.R": 65.0}), None)
    assert (left.side, right.side) == ("near", "far")
    for way in ("model, image", "model, world"):
        assert left.off_deg[way] == pytest.approx(np.full(FRAMES, 3.0), abs=0.01)
        assert right.off_deg[way] == pytest.approx(np.full(FRAMES, 5.0), abs=0.01)
    assert left.off_deg["reported"].shape == (FRAMES,)
    assert "corrected" not in left.off_deg


def test_a_correction_adds_its_columns_and_its_other_angles():
    def correct(pose):
        assert pose.frame_size == (400, 400)
        said = {"left_knee_flexion": 58.0, "left_hip_abduction": 4.0, "trunk_inclination": 1.0}
        half = {"left_knee_flexion": 1.5, "left_hip_abduction": 3.0, "trunk_inclination": 0.5}
        return SimpleNamespace(angles_deg=said, half_deg=half)

    clip = made_up(
        {"knee_flexion.L": 57.0, "hip_abduction.L": 8.0, "trunk_inclination": 1.0, "pelvis_roll": 3.0}
    )
    knee, abduction, trunk = errors_of(clip, correct)
    assert knee.off_deg["corrected"] == pytest.approx(np.full(FRAMES, 1.0))
    assert angles.covered_share([knee], "corrected") == 1.0
    assert list(abduction.off_deg) == ["corrected"]
    assert angles.covered_share([abduction], "corrected") == 0.0
    assert trunk.side == "whole"
    text = angles.section([clip], [knee, abduction, trunk], judged=True)[1]
    assert "| squat | side | near | knee flexion | 1 | 3.0 / 3.0 | 3.0 / 3.0 |" in text
    assert "| 1.0 / 1.0 | 100 % | 3 |" in text
    assert "| hip abduction | squat | side | near | 4.0 / 4.0 | 0 % |" in text


@pytest.mark.parametrize(
    ("side", "view", "off", "met"),
    [
        ("near", "side", [3.0] * 4, True),
        ("near", "side", [3.1] * 4, False),
        ("near", "oblique", [5.0] * 4, True),
        ("both", "front", [5.1] * 4, False),
        ("far", "side", [7.0] * 4, True),
        ("far", "oblique", [7.1] * 4, False),
        ("near", "side", [1.0, 1.0, math.nan, math.nan], True),
        ("near", "side", [1.0, math.nan, math.nan, math.nan], False),
        ("near", "side", [math.nan] * 4, False),
    ],
)
def test_goals_are_held_at_their_limits_and_need_answers(side, view, off, met):
    rows = [errors(side, off, view=view)]
    assert meets(rows, "reported") is met
    fine, told = verdicts(rows, ["reported"])
    assert fine is met
    assert told.startswith("- pass: reported" if met else "- fail: reported")


@pytest.mark.parametrize(("inside", "met"), [(17, True), (19, True), (16, False), (20, False)])
def test_a_band_must_hold_the_truth_neither_too_rarely_nor_too_often(inside, met):
    row = errors("near", [1.0] * 20, half=[1.5] * inside + [0.5] * (20 - inside))
    fine, told = verdicts([row], ["reported"])
    assert fine is met
    assert told.splitlines()[-1].startswith(f"- {'pass' if met else 'fail'}: reported, the band")


def test_frames_are_pooled_over_clips_and_unknown_ones_left_out():
    rows = [errors("near", [1.0, 2.0]), errors("near", [6.0, math.nan])]
    assert angles.mean_deg(angles.pooled(rows, "reported")) == 3.0
    assert angles.share_known(angles.pooled(rows, "reported")) == 0.75
    assert math.isnan(angles.covered_share(rows, "reported"))


def test_directions_are_never_more_than_half_a_turn_apart():
    off = angles.apart_deg(np.array([-100.0, 170.0, 5.0]), np.array([95.0, -170.0, 2.0]))
    assert off == pytest.approx([165.0, 20.0, 3.0])


def test_views_go_by_the_true_yaw():
    assert [view_of("squat", yaw) for yaw in (0, 30, 31, 54, 56, 90, 126, 150, 329, 331)] == [
        *("front", "front", "oblique", "oblique", "side", "side", "oblique", "back", "oblique", "front")
    ]
    assert [view_of("clamshell", yaw) for yaw in (352, 40, 90, 175)] == [
        "front",
        "oblique",
        "oblique",
        "back",
    ]


def test_sides_are_near_far_or_both():
    oblique = made_up({}, view="oblique", near="R")
    assert [angles.place_of(oblique, side) for side in ("L", "R", "")] == ["far", "near", "whole"]
    assert angles.place_of(made_up({}, view="front"), "L") == "both"
    assert angles.place_of(made_up({}, view="front", exercise="clamshell"), "L") == "near"


def test_somebody_else_who_is_followed_is_told():
    clip = made_up({})
    assert (angles.on_person(clip) == 1.0).all()
    elsewhere = {name: places + 60.0 for name, places in clip.joints_px.items()}
    away = Clip(**{**{name: getattr(clip, name) for name in Clip.__slots__}, "joints_px": elsewhere})
    assert (angles.on_person(away) == 0.0).all()


def test_flexion_of_true_joints_is_signed_across_the_hip_line():
    def person(thigh):
        joints = {"shoulder": (0.0, 0.0, 0.5), "hip": (0.0, 0.0, 0.0), "knee": thigh}
        joints["ankle"] = tuple(2.0 * np.array(thigh))
        return {
            f"{name}.{side}": np.array([place]) + np.array([[0.1 if side == "L" else -0.1, 0.0, 0.0]])
            for name, place in joints.items()
            for side in "LR"
        }

    forward, backward = (flexions_deg(person((0.0, y, -0.4))) for y in (-0.4, 0.1))
    assert forward["hip_flexion.L"] == pytest.approx([45.0])
    assert backward["hip_flexion.R"] == pytest.approx([-14.036], abs=0.01)
    # the ankle is shifted with the hip, so that hip, knee and ankle stay on a line
    assert forward["knee_flexion.L"] == pytest.approx([0.0], abs=1e-5)


def test_a_trial_is_read_scored_and_printed_into_a_document(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(angles, "correction", lambda: None)
    clip = made_up({"knee_flexion.L": 60.0})
    with (tmp_path / "x.poses.npz").open("wb") as file:
        recorded.save(clip.recording, file)
    header = {"name": "x", "exercise": "squat", "yaw_deg": 90.0, "near": "L"}
    names = sorted(clip.joints_px)
    np.savez_compressed(
        tmp_path / "x.truth.npz",
        header=np.array(json.dumps(header)),
        angle_names=np.array(["knee_flexion.L"]),
        joint_names=np.array(names),
        angles_deg=np.full((FRAMES, 1), KNEE_DEG, np.float32),
        joints_px=np.stack([clip.joints_px[name] for name in names], axis=1),
        unit_px=np.array(1.0),
        joints_m=np.zeros((FRAMES, len(names), 3)),
        unit_m=np.array(1.0),
    )
    document = tmp_path / "page.md"
    document.write_text(f"kept\n\n{angles.MARK}\nold\n", encoding="utf-8")
    code = angles.main([str(tmp_path), "--into", str(document)])
    printed = capsys.readouterr().out
    assert document.read_text(encoding="utf-8") == f"kept\n\n{angles.MARK}\n\n{printed}"
    assert "| squat | side | near | knee flexion | 1 | 0.0 / 0.0 | 0.0 / 0.0 |" in printed
    assert "| `x` | side | 90 | 40 | 0 % | 0 % |" in printed
    assert code == (0 if "fail" not in printed else 1)


def test_poses_of_another_clip_are_refused(tmp_path):
    clip = made_up({})
    with (tmp_path / "x.poses.npz").open("wb") as file:
        recorded.save(clip.recording, file)
    np.savez(
        tmp_path / "x.truth.npz",
        header=np.array(json.dumps({"name": "x"})),
        angle_names=np.array(["knee_flexion.L"]),
        joint_names=np.array(["hip.L"]),
        angles_deg=np.zeros((3, 1)),
        joints_px=np.zeros((3, 1, 2)),
        unit_px=np.array(1.0),
        joints_m=np.zeros((3, 1, 3)),
        unit_m=np.array(1.0),
    )
    with pytest.raises(ValueError, match=r"3 true frames, but 40"):
        angles.read_trial(tmp_path / "x.truth.npz")


def test_a_folder_without_trials_is_told(tmp_path, capsys):
    with pytest.raises(SystemExit):
        angles.main([str(tmp_path)])
    assert "NAME.truth.npz" in capsys.readouterr().err

"""The learned angles: what goes in, what comes out, what happens without a joint."""

from __future__ import annotations

import timeit
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from formcheck import correction
from formcheck.correction import LEG_ANGLES, NAMES, TURNED_ROUND, WHOLE_ANGLES, Correction, both, load
from formcheck.errors import ModelError
from formcheck.pose.recorded import load as load_recording
from formcheck.pose.skeleton import MIRROR_ORDER, Landmark, Pose, Side

TRIAL = Path(__file__).resolve().parent.parent / "benchmarks" / "trials" / "squat_side_a.poses.npz"


@pytest.fixture(scope="module")
def poses() -> list[Pose]:
    found = [pose for pose in load_recording(TRIAL).poses() if pose.detected]
    return found[:: len(found) // 12]


def in_a_mirror(pose: Pose) -> Pose:
    order = list(MIRROR_ORDER)
    width = pose.frame_size[0]
    return replace(
        pose,
        image_px=pose.image_px[order] * [-1.0, 1.0] + [width, 0.0],
        world_m=pose.world_m[order] * [-1.0, 1.0, 1.0],
        visibility=pose.visibility[order],
    )


def test_left_and_right_are_one_network(poses):
    for pose in poses:
        own, other = load().estimate(pose), load().estimate(in_a_mirror(pose))
        for name in LEG_ANGLES:
            for side in Side:
                assert own.angles_deg[f"{side}_{name}"] == pytest.approx(
                    other.angles_deg[f"{side.other}_{name}"], abs=1e-3
                )
        for name in WHOLE_ANGLES:
            sign = -1.0 if name in TURNED_ROUND else 1.0
            assert own.angles_deg[name] == pytest.approx(sign * other.angles_deg[name], abs=1e-3)
            assert own.half_deg[name] == pytest.approx(other.half_deg[name], abs=1e-3)


def test_the_inputs_of_the_mirrored_person_are_those_of_the_pose_in_a_mirror(poses):
    def inputs(pose):
        points = pose.image_px[None], pose.world_m[None], pose.visibility[None]
        return both(*points, np.array([pose.frame_size], dtype=np.float64), np.array([100.0]))

    for pose in poses:
        assert inputs(in_a_mirror(pose)) == pytest.approx(inputs(pose)[::-1], abs=1e-9)


def test_one_pose_at_a_time_and_many_at_once_agree(poses):
    stacks = [
        np.array([getattr(pose, name) for pose in poses]) for name in ("image_px", "world_m", "visibility")
    ]
    sizes = np.array([pose.frame_size for pose in poses], dtype=np.float64)
    angles, half = load().both_ways(*stacks, sizes, np.full(len(poses), np.nan))
    for i, pose in enumerate(poses):
        one = load().estimate(pose)
        assert list(one.angles_deg.values()) == pytest.approx(angles[i].tolist(), abs=1e-3)
        assert list(one.half_deg.values()) == pytest.approx(half[i].tolist(), abs=1e-3)


def test_the_same_pose_gives_the_same_bits(poses):
    assert load().estimate(poses[0]).angles_deg == Correction(load().weights).estimate(poses[0]).angles_deg


def test_where_the_person_stands_in_a_large_room_changes_little(poses):
    for pose in poses:
        near = load().estimate(pose)
        far = load().estimate(
            replace(pose, image_px=pose.image_px * 2.0, frame_size=tuple(2 * n for n in pose.frame_size))
        )
        assert list(near.angles_deg.values()) == pytest.approx(list(far.angles_deg.values()), abs=1e-3)


@pytest.mark.parametrize(
    ("lost", "gone"),
    [
        ((Landmark.LEFT_ANKLE,), {"left_knee_flexion", "left_hip_external_rotation", "clamshell_opening"}),
        ((Landmark.RIGHT_KNEE,), {*(f"right_{name}" for name in LEG_ANGLES), "clamshell_opening"}),
        ((Landmark.LEFT_HIP,), set(NAMES)),
        ((Landmark.RIGHT_SHOULDER,), set(NAMES)),
        ((Landmark.NOSE, Landmark.LEFT_WRIST, Landmark.RIGHT_FOOT_INDEX), set()),
    ],
)
def test_an_angle_without_its_joints_is_not_guessed(poses, lost, gone):
    image, world, visibility = (a.copy() for a in (poses[0].image_px, poses[0].world_m, poses[0].visibility))
    for points in (image, world, visibility):
        points[list(lost)] = np.nan
    one = load().estimate(replace(poses[0], image_px=image, world_m=world, visibility=visibility))
    assert {name for name, angle in one.angles_deg.items() if np.isnan(angle)} == gone
    assert {name for name, half in one.half_deg.items() if np.isnan(half)} == gone


def test_nonsense_gives_numbers_with_wide_bands(poses):
    random = np.random.default_rng(3)
    sane = np.median([list(load().estimate(pose).half_deg.values()) for pose in poses], axis=0)
    wide = []
    for _ in range(20):
        nonsense = replace(
            poses[0],
            image_px=random.uniform(0.0, 400.0, (33, 2)),
            world_m=random.normal(0.0, 0.5, (33, 3)),
        )
        one = load().estimate(nonsense)
        assert np.isfinite(list(one.angles_deg.values())).all()
        wide.append(list(one.half_deg.values()))
    knee = NAMES.index("left_knee_flexion")
    assert np.median(wide, axis=0)[knee] > 2.0 * sane[knee]


def test_the_height_when_standing_tells_how_deep_somebody_squats():
    found = [
        pose for pose in load_recording(TRIAL.with_name("squat_front_a.poses.npz")).poses() if pose.detected
    ]

    def height(pose):
        return max(pose.image_px[27, 1], pose.image_px[28, 1]) - pose.image_px[[23, 24], 1].mean()

    deep = min(found, key=height)
    told = [load().estimate(deep, height(deep) / share).angles_deg for share in (0.95, 0.85, 0.75)]
    knees = [angles["left_knee_flexion"] for angles in told]
    assert knees == sorted(knees)
    assert knees[-1] > knees[0] + 3.0


def test_inputs_are_as_many_as_the_weights_want(poses):
    pose = poses[0]
    size = np.array([pose.frame_size], dtype=np.float64)
    inputs = both(pose.image_px[None], pose.world_m[None], pose.visibility[None], size, np.array([np.nan]))
    assert inputs.shape == (2, load().weights["mean"].size)


def test_weights_that_were_altered_are_refused(monkeypatch):
    monkeypatch.setattr(correction, "SHA256", "0" * 64)
    with pytest.raises(ModelError, match=r"correction\.npz: the angle correction was altered.*reinstall"):
        load.__wrapped__()


def test_weights_that_are_missing_are_told(monkeypatch):
    monkeypatch.setattr(correction, "FILE", "nothing.npz")
    with pytest.raises(ModelError, match=r"cannot be read.*reinstall"):
        load.__wrapped__()


def test_it_takes_well_under_a_millisecond(poses):
    one = load()
    took = min(timeit.repeat(lambda: one.estimate(poses[0]), number=50, repeat=7)) / 50
    assert took < 1e-3  # 0.2 ms on a quiet machine; this one may be busy

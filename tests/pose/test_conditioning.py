"""From the model's pose to one that may be measured: what is repaired, what is refused, what is forgiven."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest

from formcheck.pose.conditioning import Conditioning, condition
from formcheck.pose.skeleton import Landmark, Pose, no_pose
from tests.synthetic import QUIET, Camera, Noise, bridge, clamshell, lie_down, seated_march, squat, walking

LEGS = [landmark for landmark in Landmark if landmark >= Landmark.LEFT_HIP]


def conditioned(poses: Iterable[Pose]) -> list[tuple[Pose, str | None]]:
    """Return every pose after conditioning, with the reason when it was refused."""
    state, out = Conditioning(), []
    for pose in poses:
        state, clean, reason = condition(state, pose)
        out.append((clean, reason))
    return out


def reasons(poses: Iterable[Pose]) -> list[str | None]:
    return [reason for _, reason in conditioned(poses)]


def moved(pose: Pose, dx: float = 0.0, dy: float = 0.0) -> Pose:
    return replace(pose, image_px=pose.image_px + np.array([dx, dy]))


def later(poses: list[Pose], by_s: float) -> list[Pose]:
    return [replace(pose, time_s=pose.time_s + by_s) for pose in poses]


def apart_px(a: Pose, b: Pose) -> float:
    return float(np.abs(a.image_px - b.image_px).max())


@pytest.mark.parametrize(
    "clip",
    [
        squat([1] * 2, noise=Noise(seed=1)),
        squat([1] * 2, camera=Camera(0), noise=Noise(seed=1, knee_forward_m=0.08)),
        bridge([1] * 2, noise=Noise(seed=2)),
        clamshell([1] * 2, noise=Noise(seed=3)),
        seated_march([1] * 2, noise=Noise(seed=4)),
        walking(noise=Noise(seed=5)),
        lie_down(noise=Noise(seed=6)),
    ],
    ids=["squat", "squat front", "bridge", "clamshell", "march", "walking", "lying down"],
)
def test_people_who_move_like_people_are_believed_throughout(clip):
    assert set(reasons(clip.poses)) == {None}


def test_the_picture_is_measured_as_it_is_and_the_world_only_smoothed():
    """The tracker smooths image landmarks already: more would only add lag."""
    poses = squat([1], noise=QUIET).poses
    for before, (after, _) in zip(poses, conditioned(poses), strict=True):
        assert apart_px(before, after) == 0
        assert np.abs(before.world_m - after.world_m).max() < 0.02


def test_the_world_becomes_steadier():
    poses = squat([0], noise=replace(QUIET, world_m=0.004), lead_s=3).poses
    before = np.std([pose.world_m for pose in poses], axis=0).mean()
    after = np.std([pose.world_m for pose, _ in conditioned(poses)], axis=0).mean()
    assert after < 0.85 * before


# --- identity -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("azimuth_deg", [90, 45, 0])
@pytest.mark.parametrize(
    "span", [(1.6, 1.63), (2.0, 3.0), (1.9, 60.0)], ids=["a frame", "a second", "for good"]
)
def test_swapped_legs_are_swapped_back(azimuth_deg, span):
    """In mid-stride, where the legs are apart; beside each other a swap does no harm."""
    motion = {"camera": Camera(azimuth_deg, distance_m=4.0)}
    clean = walking(4, noise=QUIET, **motion).poses
    swapped = walking(4, noise=replace(QUIET, swap_spans=[span]), **motion).poses
    assert any(apart_px(a, b) > 20 for a, b in zip(clean, swapped, strict=True))
    errors = [
        float(np.abs(after.image_px[LEGS] - true.image_px[LEGS]).mean())
        for (after, _), true in zip(conditioned(swapped), clean, strict=True)
    ]
    assert max(errors) < 12


def test_a_swap_moves_world_and_visibility_with_it():
    clip = walking(4, noise=replace(QUIET, swap_spans=[(2.0, 3.0)]))
    clean = walking(4, noise=QUIET)
    at = 75
    after = conditioned(clip.poses)[at][0]
    assert after.world_m[LEGS] == pytest.approx(clean.poses[at].world_m[LEGS], abs=0.03)
    assert after.visibility[LEGS] == pytest.approx(clean.poses[at].visibility[LEGS], abs=0.05)


# --- plausibility ---------------------------------------------------------------------------------------


def test_one_wild_frame_is_refused_and_forgotten():
    poses = squat([1], noise=QUIET).poses
    poses[40] = moved(poses[40], dx=200.0)
    told = reasons(poses)
    assert told[:40] == [None] * 40
    assert told[40] == "the pose jumps"
    assert told[46:] == [None] * len(told[46:])
    assert np.isnan(conditioned(poses)[40][0].image_px).all()


def test_a_jump_that_stays_is_forgiven_after_a_tenth_of_a_second():
    poses = squat([1], noise=QUIET).poses
    poses = poses[:40] + [moved(pose, dx=150.0) for pose in poses[40:]]
    told = reasons(poses)
    jumped_s = poses[40].time_s
    for pose, reason in zip(poses, told, strict=True):
        if pose.time_s < jumped_s or pose.time_s > jumped_s + 0.15:
            assert reason is None
        elif pose.time_s < jumped_s + 0.09:
            assert reason == "the pose jumps"


def test_somebody_else_after_a_pause_is_no_jump():
    poses = squat([1], noise=QUIET).poses
    gone = [no_pose(poses[40].time_s + i / 30, (640, 480)) for i in range(1, 20)]
    back = [moved(pose, dx=150.0) for pose in later(poses[41:], 20 / 30)]
    assert reasons(poses[:41] + gone + back)[-len(back) :] == [None] * len(back)


def test_image_and_world_that_contradict_each_other_are_refused():
    """A talking head with invented legs: the picture shows one posture, the model's body another."""
    standing, bottom = (squat([1], noise=QUIET).poses[i] for i in (0, 75))
    liar = replace(standing, world_m=bottom.world_m)
    assert reasons([liar]) == ["the pose contradicts itself"]
    upside_down = replace(standing, world_m=standing.world_m * [1.0, -1.0, 1.0])
    assert reasons([upside_down]) == ["the pose contradicts itself"]


def test_limbs_that_no_person_has_are_refused():
    pose = squat([1], noise=QUIET).poses[0]
    world = pose.world_m.copy()
    world[Landmark.LEFT_ANKLE] += [0.0, 0.9, 0.0]
    assert reasons([replace(pose, world_m=world)]) == ["the limbs are not a person's"]


def test_a_body_without_a_trunk_is_refused():
    pose = squat([1], noise=QUIET).poses[0]
    image = np.repeat(pose.image_px[:1], 33, axis=0)
    assert reasons([replace(pose, image_px=image)]) == ["the trunk is not seen"]


# --- the edge of the picture ------------------------------------------------------------------------------


def test_feet_far_below_the_picture_are_unseen_and_the_rest_is_kept():
    pose = squat([1], noise=QUIET, camera=Camera(90, 0, 3.0)).poses[0]
    feet = [Landmark.LEFT_ANKLE, Landmark.RIGHT_ANKLE, Landmark.LEFT_HEEL, Landmark.RIGHT_FOOT_INDEX]
    lowest = pose.image_px[:, 1].max()
    clean, reason = conditioned([moved(pose, dy=480 - lowest + 100)])[0]
    assert reason is None
    assert np.isnan(clean.image_px[feet]).all()
    assert np.isnan(clean.world_m[feet]).all()
    assert np.isnan(clean.visibility[feet]).all()
    assert np.isfinite(clean.image_px[[Landmark.LEFT_HIP, Landmark.LEFT_KNEE]]).all()


def test_a_toe_over_the_edge_is_believed():
    pose = squat([1], noise=QUIET).poses[0]
    clean, reason = conditioned([moved(pose, dy=480 - pose.image_px[:, 1].max() + 20)])[0]
    assert reason is None
    assert np.isfinite(clean.image_px).all()


def test_hips_out_of_the_picture_are_nobody():
    pose = squat([1], noise=QUIET).poses[0]
    hip_y = pose.image_px[Landmark.LEFT_HIP, 1]
    assert reasons([moved(pose, dy=480 - hip_y + 60)]) == ["the hips are out of the picture"]


def test_a_picture_of_unknown_size_has_no_edge():
    pose = replace(squat([1], noise=QUIET).poses[0], frame_size=(0, 0))
    assert reasons([moved(pose, dy=5000)]) == [None]


# --- nobody, cuts, others -----------------------------------------------------------------------------------


def test_nobody_is_told_apart_from_not_found():
    assert reasons([no_pose(0.0)]) == ["nobody is seen"]
    assert reasons([no_pose(0.0, people=1)]) == ["the person is not found"]


def test_a_cut_forgets_everything():
    """Another shot: no jump, no smoothing across, no swapped legs kept."""
    before = squat([1], noise=QUIET).poses[:40]
    other_shot = squat([1], camera=Camera(270, pan_deg=15), noise=QUIET).poses
    after = later(other_shot, before[-1].time_s + 1 / 30)
    cut = [replace(after[0], cut=True), *after[1:]]
    out = conditioned(before + cut)
    assert {reason for _, reason in out} == {None}
    assert np.array_equal(out[40][0].world_m, after[0].world_m)
    assert "the pose jumps" in reasons(before + after)


def test_after_half_a_second_of_absence_nothing_is_smoothed_across():
    poses = squat([1], noise=QUIET).poses
    back = later(poses[60:], 0.6)
    assert np.array_equal(conditioned(poses[:30] + back)[30][0].world_m, back[0].world_m)
    soon = later(poses[31:], 0.1)
    assert not np.array_equal(conditioned(poses[:30] + soon)[30][0].world_m, soon[0].world_m)


def test_the_pose_given_is_left_alone():
    pose = squat([1], noise=QUIET).poses[0]
    image = pose.image_px.copy()
    conditioned([pose, replace(pose, time_s=0.1), moved(replace(pose, time_s=0.2), dy=400)])
    assert np.array_equal(pose.image_px, image)

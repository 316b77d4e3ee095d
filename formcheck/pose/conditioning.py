"""From the model's pose to one that may be measured: identity, plausibility, smoothing.

"Detected" is not "valid": landmarks that are not to be believed become NaN, with a reason in words.
Everything is causal; the state is a value that goes in and comes out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from formcheck.pose.skeleton import LANDMARK_COUNT, MIRROR_ORDER, Floats, Pose, no_pose
from formcheck.pose.smoothing import WORLD, SmoothState, smooth

FRAME_MARGIN = 0.08
"""How far outside the picture (share of its smaller side) a landmark may lie; the model extrapolates
well over a foot's length, and invents beyond."""
JUMP_SPEED = 15.0
"""Trunk lengths a second no hip, knee or shoulder reaches in these exercises (fastest seen: 6)."""
JUMP_FORGIVEN_S = 0.1
"""A pose that stays at its new place this long is believed."""
MEMORY_S = 0.5
"""After a longer absence nothing is compared with the past."""
MISMATCH = 0.2
"""Largest disagreement of image and world landmarks (RMS, trunk lengths); valid poses stay under 0.11."""
LIMB_RATIO = 2.0
"""A thigh or shank this many trunk lengths long (world landmarks) is no human's; 0.75 to 1.1 is usual."""
SWAP_GAIN = 0.5
"""Legs are swapped back when that lowers their total displacement below this share ..."""
SWAP_MOVE = 0.15
"""... and the displacement was at least this much (mean over the joints, trunk lengths)."""

JUMPED = "the pose jumps"
_LEGS = np.array([23, 24, 25, 26, 27, 28, 29, 30, 31, 32])
_LEGS_MIRRORED = np.array([MIRROR_ORDER[i] for i in _LEGS])
_CORE = np.array([11, 12, 23, 24, 25, 26])
_NONE_OUTSIDE = np.zeros(LANDMARK_COUNT, dtype=np.bool_)
_BODY = np.array([11, 12, 23, 24, 25, 26, 27, 28])
_UPPER_ENDS, _LOWER_ENDS = np.array([23, 24, 25, 26]), np.array([25, 26, 27, 28])


@dataclass(frozen=True, slots=True, eq=False)
class Conditioning:
    """What is remembered from pose to pose; empty at first and after a cut."""

    world: SmoothState | None = None
    raw_px: Floats | None = None
    seen_s: float = float("-inf")
    swapped: bool = False
    jump_since_s: float | None = None


def condition(state: Conditioning, pose: Pose) -> tuple[Conditioning, Pose, str | None]:
    """Return the next state, the pose to measure and, when there is none, the reason in words."""
    if pose.cut:
        state = Conditioning()
    if not pose.detected:
        return state, pose, "nobody is seen" if pose.people == 0 else "the person is not found"
    if pose.time_s - state.seen_s > MEMORY_S:
        state = replace(Conditioning(), swapped=False)
    state, pose = _keep_identity(state, pose)
    trunk_px, trunk_m = _trunk(pose.image_px), _trunk(pose.world_m)
    outside = _outside(pose)
    reason = _implausible(pose, trunk_px, trunk_m)
    if reason is None and outside[23] and outside[24]:
        reason = "the hips are out of the picture"
    if reason is not None:
        return state, _unseen(pose), reason
    state, jumped = _watch_jumps(state, pose, trunk_px)
    if jumped:
        return state, _unseen(pose), JUMPED
    return _smoothed(state, _inside_picture(pose, outside), trunk_m)


def _trunk(points: Floats) -> float:
    """Return the length of mid-hip to mid-shoulder in the points' unit."""
    along = points[11] + points[12] - points[23] - points[24]
    return float(np.sqrt(along @ along)) / 2.0


def _lengths(vectors: Floats) -> Floats:
    """Return the length of each row; a third of the time of `numpy.linalg.norm` on so few."""
    lengths: Floats = np.sqrt((vectors * vectors).sum(axis=1))
    return lengths


def _centred(points: Floats) -> Floats:
    """Return the points with their mean at the origin."""
    centred: Floats = points - points.sum(axis=0) / len(points)
    return centred


def _unseen(pose: Pose) -> Pose:
    return no_pose(pose.time_s, pose.frame_size, pose.cut, pose.people)


def _keep_identity(state: Conditioning, pose: Pose) -> tuple[Conditioning, Pose]:
    """Undo a swap of the left and right leg against the frame before."""
    if state.swapped:
        pose = _swap_legs(pose)
    if state.raw_px is None:
        return state, pose
    before = state.raw_px[_LEGS]
    kept = _lengths(pose.image_px[_LEGS] - before).sum()
    if not kept > SWAP_MOVE * len(_LEGS) * max(_trunk(pose.image_px), 1e-6):
        return state, pose
    crossed = _lengths(pose.image_px[_LEGS_MIRRORED] - before).sum()
    if not crossed < SWAP_GAIN * kept:
        return state, pose
    return replace(state, swapped=not state.swapped), _swap_legs(pose)


def _swap_legs(pose: Pose) -> Pose:
    image, world, visibility = pose.image_px.copy(), pose.world_m.copy(), pose.visibility.copy()
    image[_LEGS], world[_LEGS] = pose.image_px[_LEGS_MIRRORED], pose.world_m[_LEGS_MIRRORED]
    visibility[_LEGS] = pose.visibility[_LEGS_MIRRORED]
    return replace(pose, image_px=image, world_m=world, visibility=visibility)


def _implausible(pose: Pose, trunk_px: float, trunk_m: float) -> str | None:
    """Return why the pose cannot be a person's, or None."""
    if not (trunk_px > 1.0 and trunk_m > 0.1):
        return "the trunk is not seen"
    limbs = _lengths(pose.world_m[_UPPER_ENDS] - pose.world_m[_LOWER_ENDS])
    if limbs.max() > LIMB_RATIO * trunk_m:
        return "the limbs are not a person's"
    image, world = _centred(pose.image_px[_BODY]), _centred(pose.world_m[_BODY, :2])
    scale = float((image * world).sum() / max((world * world).sum(), 1e-9))
    rest = image - scale * world
    mismatch = float(np.sqrt((rest * rest).sum() / len(_BODY))) / max(scale * trunk_m, 1e-6)
    if not mismatch < MISMATCH:
        return "the pose contradicts itself"
    return None


def _outside(pose: Pose) -> NDArray[np.bool_]:
    """Return which landmarks lie too far outside the picture to be believed, shape (33,)."""
    width, height = pose.frame_size
    if not width:
        return _NONE_OUTSIDE
    margin = FRAME_MARGIN * min(width, height)
    x, y = pose.image_px[:, 0], pose.image_px[:, 1]
    return (x < -margin) | (x > width + margin) | (y < -margin) | (y > height + margin)


def _inside_picture(pose: Pose, outside: NDArray[np.bool_]) -> Pose:
    if not outside.any():
        return pose
    return replace(
        pose,
        image_px=np.where(outside[:, None], np.nan, pose.image_px),
        world_m=np.where(outside[:, None], np.nan, pose.world_m),
        visibility=np.where(outside, np.nan, pose.visibility),
    )


def _watch_jumps(state: Conditioning, pose: Pose, trunk_px: float) -> tuple[Conditioning, bool]:
    """Return whether the body moved faster than a body can, and has not yet stayed there."""
    jumped = False
    if state.raw_px is not None:
        moved = _lengths(pose.image_px[_CORE] - state.raw_px[_CORE]).max() / trunk_px
        jumped = moved > JUMP_SPEED * max(pose.time_s - state.seen_s, 1e-3) and moved > SWAP_MOVE
    since = pose.time_s if jumped else state.jump_since_s
    settling = since is not None and pose.time_s - since < JUMP_FORGIVEN_S
    return (
        replace(
            state,
            raw_px=pose.image_px,
            seen_s=pose.time_s,
            jump_since_s=since if settling else None,
            world=None if jumped else state.world,
        ),
        settling,
    )


def _smoothed(state: Conditioning, pose: Pose, trunk_m: float) -> tuple[Conditioning, Pose, None]:
    """Smooth the noisy world landmarks; the image landmarks come smoothed by time from the tracker.

    More smoothing there only added lag: 0.1 to 0.3 degrees of mean error on rendered side views.
    """
    world = smooth(state.world, pose.time_s, pose.world_m, trunk_m, WORLD)
    return replace(state, world=world), replace(pose, world_m=world.values), None

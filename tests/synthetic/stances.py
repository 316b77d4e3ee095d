"""Where the body rests: the start postures, and legs whose feet stay where they are."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from formcheck.pose.skeleton import Side

from .body import SIDES, Body, Posture, posture, reach, rotation

Floats = NDArray[np.float64]
Feet = Mapping[Side, Floats]
"""Ankle positions in the room by side, each of shape (3,) or (n, 3)."""

SHOULDER_SUPINE_M = 0.10
HIP_SUPINE_M = 0.105
"""Heights of the model's points above the surface one lies on."""


def ankles(body: Body, x: ArrayLike, width_m: float) -> dict[Side, Floats]:
    """Return both ankles flat on the floor, ``width_m`` apart."""
    sides = zip(SIDES, (1, -1), strict=True)
    return {
        side: np.stack(
            np.broadcast_arrays(np.asarray(x, float), sign * width_m / 2, body.ankle_height), axis=-1
        )
        for side, sign in sides
    }


def poles(toe_out_deg: ArrayLike) -> dict[Side, Floats]:
    """Return the directions in which the knees point, ``toe_out_deg`` outwards of straight ahead."""
    angle = np.radians(np.asarray(toe_out_deg, float))
    zero = np.zeros_like(angle)
    return {
        side: np.stack([np.cos(angle), sign * np.sin(angle), zero], axis=-1)
        for side, sign in zip(SIDES, (1, -1), strict=True)
    }


def leg_reach(body: Body, knee_deg: ArrayLike) -> Floats:
    """Return the distance from hip to ankle of the average leg."""
    knee = np.radians(np.asarray(knee_deg, float))
    reach_m: Floats = np.sqrt(body.thigh**2 + body.shank**2 + 2 * body.thigh * body.shank * np.cos(knee))
    return reach_m


def standing(
    body: Body,
    knee_deg: ArrayLike = 6.0,
    shank_deg: ArrayLike = 3.0,
    trunk_deg: ArrayLike = 0.0,
    *,
    stance_m: float | None = None,
    toe_out_deg: float = 10.0,
    knee_in_deg: ArrayLike = 0.0,
    heel_up_deg: ArrayLike = 0.0,
    shift_m: ArrayLike = 0.0,
    step_m: ArrayLike = (0.0, 0.0),
    only: Side | None = None,
    more: Mapping[str, ArrayLike] | None = None,
) -> Posture:
    """Stand on both feet, with knee flexion, shank and trunk inclination as asked (closed chain).

    The knee angle holds for the average of the two legs; hip flexion follows as HF = TI + KF - SI.
    ``stance_m`` is the distance between the ankles (default: between the hips); ``heel_up_deg`` tips the
    feet about the toes, which stay; ``step_m`` puts the left foot that far out and up; ``only`` one leg turns
    its knee in and lifts its heel.
    """
    asked = (knee_deg, shank_deg, trunk_deg, knee_in_deg, heel_up_deg, shift_m)
    knee, shank, trunk, inward, heel, shift = np.broadcast_arrays(
        *(np.atleast_1d(np.asarray(v, float)) for v in asked)
    )
    width = body.hip_width if stance_m is None else stance_m
    distance = leg_reach(body, knee)
    narrow = np.sqrt(np.maximum(1 - ((width - body.hip_width) / 2 / distance) ** 2, 0))
    thigh = np.radians(knee - shank)
    x = body.shank * np.sin(np.radians(shank)) - body.thigh * np.sin(thigh)
    z = body.shank * np.cos(np.radians(shank)) + body.thigh * np.cos(thigh)
    heels = {side: heel if only in (None, side) else 0.0 * heel for side in SIDES}
    feet = tipped(ankles(body, 0.0, width), body, toe_out_deg, heels)
    middle = (feet[Side.LEFT] + feet[Side.RIGHT]) / 2
    feet[Side.LEFT] = feet[Side.LEFT] + np.asarray(step_m, float) @ np.eye(3)[1:]
    place = {"x": middle[:, 0] + narrow * x, "y": shift, "z": middle[:, 2] + narrow * z, "pitch": trunk}
    up = {f"heel_up_{side}": heels[side] for side in SIDES}
    p = posture(len(knee), place | {"toe_out": toe_out_deg} | up | dict(more or {}))
    turned, straight = poles(toe_out_deg - inward), poles(toe_out_deg)
    return planted(p, body, feet, {s: turned[s] if only in (None, s) else straight[s] for s in SIDES})


def tipped(feet: Feet, body: Body, toe_out_deg: float, heel_up_deg: Mapping[Side, Floats]) -> Feet:
    """Return where the ankles go when the heels come up and the toes stay."""
    out = {}
    for side, sign in zip(SIDES, (1, -1), strict=True):
        flat, toe = rotation(2, sign * toe_out_deg), body.foot_points(side)[1]
        out[side] = feet[side] + flat @ toe - flat @ rotation(1, heel_up_deg[side]) @ toe
    return out


def planted(p: Posture, body: Body, feet: Feet, towards: Feet) -> Posture:
    """Bend both legs so that the ankles are at ``feet``."""
    for side in SIDES:
        p = reach(p, body, side, feet[side], towards[side])
    return p


def seated(
    body: Body,
    frames: int = 1,
    *,
    knee_deg: float = 92.0,
    thigh_deg: float = -3.0,
    trunk_deg: ArrayLike = 0.0,
    width_m: float = 0.26,
    more: Mapping[str, ArrayLike] | None = None,
) -> Posture:
    """Sit on a chair with both feet on the floor: knee flexion, thigh elevation, trunk inclination."""
    shank = np.radians(90.0 + thigh_deg - knee_deg)  # + = knee behind the ankle
    x = body.thigh * np.cos(np.radians(thigh_deg)) + body.shank * np.sin(shank)
    z = body.ankle_height + body.shank * np.cos(shank) - body.thigh * np.sin(np.radians(thigh_deg))
    hands = {"shoulder_flexion": 25.0, "elbow_flexion": 45.0}
    p = posture(frames, {"x": 0.0, "z": z, "pitch": trunk_deg, "toe_out": 4.0} | hands | dict(more or {}))
    return planted(p, body, ankles(body, x, width_m), poles(4.0))


def hook_lying(
    body: Body,
    frames: int = 1,
    *,
    knee_deg: float = 100.0,
    width_m: float = 0.26,
    more: Mapping[str, ArrayLike] | None = None,
) -> Posture:
    """Lie on the back with the knees bent and the feet on the floor."""
    p = posture(
        frames,
        {"z": HIP_SUPINE_M, "pitch": -90.0, "toe_out": 4.0, "shoulder_abduction": 15.0} | dict(more or {}),
    )
    return planted(p, body, hook_feet(body, knee_deg, width_m), poles_up())


def hook_feet(body: Body, knee_deg: float, width_m: float) -> dict[Side, Floats]:
    """Return where the feet stand so that the resting knees are at ``knee_deg``, hips at x = 0."""
    drop, aside = HIP_SUPINE_M - body.ankle_height, (width_m - body.hip_width) / 2
    return ankles(body, np.sqrt(leg_reach(body, knee_deg) ** 2 - drop**2 - aside**2), width_m)


def poles_up() -> dict[Side, Floats]:
    """Return the direction of bent knees of somebody lying on the back: the ceiling."""
    return dict.fromkeys(SIDES, np.array([0.0, 0.0, 1.0]))


def supine(frames: int = 1, more: Mapping[str, ArrayLike] | None = None) -> Posture:
    """Lie on the back with straight legs."""
    lying = {
        "z": HIP_SUPINE_M,
        "pitch": -90.0,
        "flat_foot": 0.0,
        "knee_flexion": 3.0,
        "shoulder_abduction": 15.0,
    }
    return posture(frames, lying | dict(more or {}))


def prone(frames: int = 1, more: Mapping[str, ArrayLike] | None = None) -> Posture:
    """Lie on the belly, arms along the body."""
    lying = {"z": 0.09, "pitch": 90.0, "flat_foot": 0.0, "knee_flexion": 5.0, "dorsiflexion": -40.0}
    arms = {"shoulder_abduction": 12.0, "elbow_flexion": 5.0}
    return posture(frames, lying | arms | dict(more or {}))


def side_lying(
    body: Body, top: Side, frames: int = 1, more: Mapping[str, ArrayLike] | None = None
) -> Posture:
    """Lie on the side, ``top`` up, legs straight; the belly faces +y (right up) or -y (left up)."""
    turn = 90.0 if top is Side.RIGHT else -90.0
    under = top.other
    arms = {
        f"shoulder_flexion_{top}": 45.0,
        f"elbow_flexion_{top}": 60.0,
        f"shoulder_flexion_{under}": 100.0,
        f"shoulder_abduction_{under}": 0.0,
        f"elbow_flexion_{under}": 100.0,
    }
    lying = {"z": 0.10 + body.hip_width / 2, "pitch": -90.0, "twist": turn, "flat_foot": 0.0}
    return posture(frames, lying | arms | dict(more or {}))


def belly_heading_deg(top: Side) -> float:
    """Return the heading at which somebody lying on the side faces +x (camera azimuth 0)."""
    return -90.0 if top is Side.RIGHT else 90.0

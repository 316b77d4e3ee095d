"""What is true of a posed body: joints, turns of segments, anatomical angles.

Angles are degrees, 0 in anatomical neutral, flexion positive.  They are read off joint centres and the
turns of segments, never off what was asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .body import MARKED, Body
from .camera import MIRROR
from .rotation import Floats, limb_frame, unit
from .skeleton import JOINTS, LIMB_SEGMENTS, SEGMENTS, SIDES, Figure, hinge_at_rest

OTHER = {"L": "R", "R": "L"}
PER_SIDE = (
    "knee_flexion",
    "hip_flexion",
    "hip_flexion_pelvis",
    "hip_abduction",
    "hip_external_rotation",
    "thigh_elevation",
)
WHOLE = ("trunk_inclination", "trunk_lateral_lean", "pelvis_roll", "pelvic_obliquity")
ANGLES = (*(f"{name}.{side}" for side in "LR" for name in PER_SIDE), *WHOLE)
"""Order of the columns wherever angles are kept in a table.

``knee_flexion``: 180 minus hip-knee-ankle, negative when bent past straight.  ``hip_flexion``: trunk to
thigh in the person's sagittal plane, as the product reports it.  ``hip_flexion_pelvis``, ``hip_abduction``,
``hip_external_rotation``: thigh against pelvis in the joint coordinate system of Wu et al. 2002 (J Biomech
35:543).  ``thigh_elevation``: knee over hip, from the horizontal.  ``trunk_inclination``: hips to shoulders
from the vertical in the sagittal plane of the world (the person faces -y), forward positive;
``trunk_lateral_lean``: the same in the frontal plane, to the left; NaN where most of the trunk lies across
the plane.  ``pelvis_roll``: turn of the pelvis about its own long axis, to the
left positive; lying on the right side, from the stacked posture, backward positive.  ``pelvic_obliquity``:
left hip higher, from the horizontal; NaN lying on the side.
"""
JOINT_NAMES = (
    *(f"{name}.{side}" for name in (*JOINTS, "eye", *MARKED) for side in "LR"),
    "nose",
)
TURN_NAMES = (*SEGMENTS, *(f"{name}.{side}" for name in LIMB_SEGMENTS for side in "LR"))
"""Order of joints and segments wherever they are kept in a table."""


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What is true of one picture.

    Attributes
    ----------
    joints_m : dict[str, Floats]
        ``hip.L``, ``heel.R``, ``nose`` and so on, in the world.
    turns : dict[str, Floats]
        Rotation of ``pelvis``, ``chest``, ``head``, ``thigh.L`` and so on from the rest posture.
    angles_deg : dict[str, float]
        By `ANGLES`.
    """

    joints_m: dict[str, Floats]
    turns: dict[str, Floats]
    angles_deg: dict[str, float]


def truth(figure: Figure, mesh_m: Floats) -> Truth:
    """Return what is true of a posed body."""
    body = figure.body
    joints = {f"{joint}.{s}": figure.place(f"{bone}.{s}") for joint, bone in JOINTS.items() for s in SIDES}
    joints |= {f"eye.{s}": figure.place(f"eye.{s}") for s in SIDES}
    joints |= {name: mesh_m[vertex] for name, vertex in body.marks.items()}
    turns = {name: figure.turn(bone) for name, bone in SEGMENTS.items()}
    turns |= {
        f"{name}.{s}": figure.turn(f"{bone}.{s}") for name, bone in LIMB_SEGMENTS.items() for s in SIDES
    }
    neutral = {side: _thigh_at_rest(body, side) for side in SIDES}
    return Truth(joints, turns, angles(joints, turns, neutral))


def _thigh_at_rest(body: Body, side: str) -> Floats:
    """Return the axes of a thigh at rest: hinge (to the person's left), down, and their cross product."""
    down = body.head(f"lowerleg01.{side}") - body.head(f"upperleg01.{side}")
    return limb_frame(down, hinge_at_rest(body, side))


def angles(
    joints: Mapping[str, Floats], turns: Mapping[str, Floats], neutral: Mapping[str, Floats]
) -> dict[str, float]:
    """Return the angles of `ANGLES` from joints and turns; `neutral` are the thighs' axes at rest."""
    trunk = _middle(joints, "shoulder") - _middle(joints, "hip")
    out = {
        "trunk_inclination": _lean_deg(-trunk[1], trunk[2], trunk),
        "trunk_lateral_lean": _lean_deg(trunk[0], trunk[2], trunk),
        "pelvis_roll": _roll_deg(turns["pelvis"]),
        "pelvic_obliquity": _obliquity_deg(joints, turns["pelvis"]),
    }
    for side in SIDES:
        one = _leg_angles(joints, turns, neutral[side], side)
        out |= {f"{name}.{side}": angle for name, angle in one.items()}
    return {name: out[name] for name in ANGLES}


def _leg_angles(
    joints: Mapping[str, Floats], turns: Mapping[str, Floats], neutral: Floats, side: str
) -> dict[str, float]:
    shoulder, hip, knee, ankle = (joints[f"{name}.{side}"] for name in ("shoulder", "hip", "knee", "ankle"))
    axes = turns[f"thigh.{side}"] @ neutral
    thigh, shank = unit(knee - hip), unit(ankle - knee)
    bend = float(np.degrees(np.arctan2(np.linalg.norm(np.cross(thigh, shank)), thigh @ shank)))
    past = float(np.cross(thigh, shank) @ axes[:, 0]) < 0.0
    return {
        "knee_flexion": -bend if past else bend,
        "hip_flexion": _trunk_thigh_deg(hip - shoulder, thigh, turns["pelvis"][:, 0]),
        **_hip_angles(turns["pelvis"].T @ axes, SIDES[side]),
        "thigh_elevation": _degrees(thigh[2], float(np.hypot(thigh[0], thigh[1]))),
    }


def _trunk_thigh_deg(down: Floats, thigh: Floats, left: Floats) -> float:
    """Return the turn from the trunk's continuation to the thigh, seen along the left-right axis."""
    a, b = (v - (v @ left) * left for v in (down, thigh))
    return _degrees(float(np.cross(b, a) @ left), float(a @ b))


def _hip_angles(relative: Floats, sign: float) -> dict[str, float]:
    """Return flexion, abduction and external rotation of a thigh's axes in the pelvis' axes.

    The columns of `relative` are hinge, down and their cross product; flexion turns about the pelvis' left
    axis, rotation about the thigh, abduction about what is at right angles to both.
    """
    hinge, down = relative[:, 0], relative[:, 1]
    flexion = _degrees(-down[1], -down[2])
    abduction = float(np.degrees(np.arcsin(np.clip(sign * down[0], -1.0, 1.0))))
    floating = unit(np.cross([1.0, 0.0, 0.0], down))  # backward in neutral
    square = np.cross(down, floating)  # left in neutral, at right angles to the thigh
    rotation = _degrees(float(hinge @ floating), float(hinge @ square))
    return {
        "hip_flexion_pelvis": flexion,
        "hip_abduction": abduction,
        "hip_external_rotation": sign * rotation,
    }


def _roll_deg(pelvis: Floats) -> float:
    """Return the turn about the long axis of the pelvis from upright, lying on the back or on a side."""
    long, left = pelvis[:, 2], pelvis[:, 0]
    on_the_side = abs(long[2]) < 0.7 and abs(long[0]) > abs(long[1])
    if on_the_side:  # from the left side straight up
        side = np.cross(long, [0.0, 0.0, 1.0])
        return _degrees(float(left @ side) * (1.0 if long[0] < 0 else -1.0), abs(float(left[2])))
    level = np.array([1.0, 0.0, 0.0])
    level = unit(level - (level @ long) * long)
    return _degrees(float(np.cross(level, left) @ long), float(level @ left))


def _obliquity_deg(joints: Mapping[str, Floats], pelvis: Floats) -> float:
    across = joints["hip.L"] - joints["hip.R"]
    if abs(pelvis[0, 2]) > 0.7:
        return float("nan")
    return _degrees(across[2], float(np.hypot(across[0], across[1])))


def _lean_deg(aside: float, up: float, trunk: Floats) -> float:
    in_plane = float(np.hypot(aside, up))
    return _degrees(aside, up) if in_plane > 0.5 * float(np.linalg.norm(trunk)) else float("nan")


def _middle(joints: Mapping[str, Floats], name: str) -> Floats:
    middle: Floats = (joints[f"{name}.L"] + joints[f"{name}.R"]) / 2.0
    return middle


def _degrees(y: float, x: float) -> float:
    return float(np.degrees(np.arctan2(y, x)))


# The mirrored world


def swapped(name: str) -> str:
    """Return the name of the other side's."""
    head, _, side = name.rpartition(".")
    return f"{head}.{OTHER[side]}" if side in OTHER else name


TURNED_ROUND = ("trunk_lateral_lean", "pelvis_roll", "pelvic_obliquity")
"""Angles that change their sign in a mirror (of one side they change the side)."""


def mirrored(told: Truth) -> Truth:
    """Return what is true of the mirrored world: x reversed, left and right exchanged.

    The roll of a pelvis lying on its side stays backward positive.
    """
    on_the_side = bool(np.isnan(told.angles_deg["pelvic_obliquity"]))
    signs = {name: -1.0 for name in TURNED_ROUND if not (on_the_side and name == "pelvis_roll")}
    return Truth(
        {swapped(name): place @ MIRROR for name, place in told.joints_m.items()},
        {swapped(name): MIRROR @ turn @ MIRROR for name, turn in told.turns.items()},
        {name: signs.get(name, 1.0) * told.angles_deg[swapped(name)] for name in ANGLES},
    )

"""A jointed body: joint angles in, 33 landmarks in metres out, and the way back for a leg.

Room frame: x forward (the way a standing person faces when ``heading`` is 0), y to the person's left,
z up, the floor at z = 0.  Angles are degrees.  A *posture* is a dictionary of degrees of freedom
(:data:`NEUTRAL` lists them all), each a number or an array over time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from formcheck.pose.skeleton import LANDMARK_COUNT, Landmark, Side

Floats = NDArray[np.float64]
Posture = dict[str, Floats]
"""Degree of freedom by name, each of shape (n,)."""

FORWARD, _, UP = np.eye(3)

SIDES = (Side.LEFT, Side.RIGHT)

_ROOT = {
    "x": 0.0,  # mid-hip in the room, metres
    "y": 0.0,
    "z": 0.88,
    "heading": 0.0,  # about the vertical, + = turned to the left
    "pitch": 0.0,  # pelvis: 0 upright, + leaning forward, -90 supine, +90 prone
    "twist": 0.0,  # about the body's own long axis, + = turned to the own left
    "pelvis_list": 0.0,  # + = left hip higher (standing)
    "bend": 0.0,  # chest relative to pelvis, + = forward
    "lean": 0.0,  # chest relative to pelvis, + = towards the person's right
    "neck": 0.0,  # head relative to chest, + = chin to chest
    "head_tilt": 0.0,  # + = towards the person's right shoulder
}
_LIMB = {
    "hip_flexion": 0.0,
    "hip_abduction": 0.0,
    "hip_rotation": 0.0,  # + = external
    "knee_flexion": 0.0,
    "dorsiflexion": 0.0,
    "flat_foot": 1.0,  # 1 = sole parallel to the floor, 0 = foot follows the shank
    "toe_out": 10.0,
    "heel_up": 0.0,  # of a flat foot, about the toes
    "shoulder_flexion": 0.0,
    "shoulder_abduction": 8.0,
    "elbow_flexion": 12.0,
}
NEUTRAL: Mapping[str, float] = _ROOT | {f"{name}_{side}": v for name, v in _LIMB.items() for side in SIDES}
"""Every degree of freedom with its value in quiet standing."""


@dataclass(frozen=True, slots=True)
class Body:
    """Segment lengths in metres; the defaults are a 1.70 m person as the pose model sees one.

    The points are the pose model's, not anatomy: its hip points are only 0.42 trunk lengths apart.

    Attributes
    ----------
    asymmetry : float
        Relative left-right difference: the left thigh is that much longer and the left shank that much
        shorter than the right one (so that both feet reach the floor), likewise the arm segments; the left
        half of the shoulders and hips is wider.  0 = the two sides are mirror images.
    """

    trunk: float = 0.50
    thigh: float = 0.415
    shank: float = 0.40
    upper_arm: float = 0.25
    forearm: float = 0.24
    shoulder_width: float = 0.34
    hip_width: float = 0.21
    ankle_height: float = 0.08
    foot: float = 0.145
    head: float = 0.19
    asymmetry: float = 0.02

    @classmethod
    def of_height(cls, height_m: float, asymmetry: float = 0.02) -> Body:
        """Return a body of default proportions, scaled from 1.70 m."""
        base, scale = cls(), height_m / 1.70
        lengths = {f: getattr(base, f) * scale for f in cls.__slots__ if f != "asymmetry"}
        return cls(**lengths, asymmetry=asymmetry)

    def length(self, segment: str, side: Side) -> float:
        """Return the length of a limb segment, or a half width, of one side."""
        sign = _sign(side) * (-1 if segment in ("shank", "forearm") else 1)
        return float(getattr(self, segment)) * (1 + sign * self.asymmetry / 2)

    def foot_points(self, side: Side) -> tuple[Floats, Floats]:
        """Return heel and toe relative to the ankle: forward, left and up of the foot."""
        heel = self.ankle_height * np.array([-0.30, 0.0, -0.55])
        along = self.length("foot", side) * FORWARD
        return heel, heel + along - 0.15 * self.ankle_height * UP


def _sign(side: Side) -> int:
    return 1 if side is Side.LEFT else -1


def posture(length: int, values: Mapping[str, ArrayLike] | None = None) -> Posture:
    """Return a full posture of ``length`` frames: :data:`NEUTRAL` overwritten by ``values``.

    A limb name without a side ("knee_flexion") sets both sides.
    """
    full: dict[str, ArrayLike] = dict(NEUTRAL)
    for name, value in (values or {}).items():
        names = [f"{name}_{side}" for side in SIDES] if name in _LIMB else [name]
        unknown = [n for n in names if n not in NEUTRAL]
        if unknown:
            raise KeyError(f"no such degree of freedom: {unknown}")
        full |= dict.fromkeys(names, value)
    return {n: np.broadcast_to(np.asarray(v, float), (length,)).copy() for n, v in full.items()}


def between(start: Mapping[str, ArrayLike], end: Mapping[str, ArrayLike], weight: ArrayLike) -> Posture:
    """Return the posture ``weight`` of the way from ``start`` to ``end``, element by element."""
    w = np.atleast_1d(np.asarray(weight, float))
    a, b = posture(1, start), posture(1, end)
    return {name: a[name] + w * (b[name] - a[name]) for name in NEUTRAL}


# --- small rotations ---------------------------------------------------------------------------------


def rotation(axis: int, angle_deg: ArrayLike) -> Floats:
    """Return right-handed rotation matrices about room axis 0, 1 or 2, shape (..., 3, 3)."""
    angle = np.radians(np.asarray(angle_deg, float))
    i, j = (axis + 1) % 3, (axis + 2) % 3
    out = np.zeros((*angle.shape, 3, 3))
    out[..., axis, axis] = 1
    out[..., i, i] = out[..., j, j] = np.cos(angle)
    out[..., j, i], out[..., i, j] = np.sin(angle), -np.sin(angle)
    return out


def unit(vector: Floats) -> Floats:
    """Return the vectors scaled to length 1."""
    scaled: Floats = vector / np.linalg.norm(vector, axis=-1, keepdims=True)
    return scaled


def pelvis_frame(p: Posture) -> Floats:
    """Return the pelvis orientation, shape (n, 3, 3): columns are forward, left and up."""
    return (
        rotation(2, p["heading"])
        @ rotation(1, p["pitch"])
        @ rotation(2, p["twist"])
        @ rotation(0, p["pelvis_list"])
    )


def _chest_frame(p: Posture) -> Floats:
    level = rotation(2, p["heading"]) @ rotation(1, p["pitch"]) @ rotation(2, p["twist"])
    return level @ rotation(1, p["bend"]) @ rotation(0, p["lean"])


def _mid_hip(p: Posture) -> Floats:
    return np.stack([p["x"], p["y"], p["z"]], axis=-1)


def _mid_shoulder(p: Posture, body: Body) -> Floats:
    return _mid_hip(p) + body.trunk * _chest_frame(p)[..., 2]


def _swing(flexion: Floats, abduction: Floats, side: Side) -> Floats:
    """Flex about the lateral axis, then abduct about the (flexed) forward axis."""
    return rotation(1, -flexion) @ rotation(0, _sign(side) * abduction)


# --- forward: angles to landmarks --------------------------------------------------------------------


def landmarks(p: Posture, body: Body) -> Floats:
    """Return the 33 landmarks in the room, shape (n, 33, 3), metres."""
    out = np.empty((len(p["x"]), LANDMARK_COUNT, 3))
    for side in SIDES:
        _place_leg(out, p, body, side)
        _place_arm(out, p, body, side)
    _place_head(out, p, body)
    return out


def hip_point(p: Posture, body: Body, side: Side) -> Floats:
    """Return one hip in the room, shape (n, 3)."""
    half = _sign(side) * body.length("hip_width", side) / 2
    return _mid_hip(p) + half * pelvis_frame(p)[..., 1]


def _place_leg(out: Floats, p: Posture, body: Body, side: Side) -> None:
    def dof(name: str) -> Floats:
        return p[f"{name}_{side}"]

    hip = hip_point(p, body, side)
    thigh = pelvis_frame(p) @ _swing(dof("hip_flexion"), dof("hip_abduction"), side)
    thigh = thigh @ rotation(2, _sign(side) * dof("hip_rotation"))
    shank = thigh @ rotation(1, dof("knee_flexion"))
    knee = hip - body.length("thigh", side) * thigh[..., 2]
    ankle = knee - body.length("shank", side) * shank[..., 2]
    foot = _foot_frame(p, side, shank @ rotation(1, -dof("dorsiflexion")))
    for name, point in (("HIP", hip), ("KNEE", knee), ("ANKLE", ankle)):
        out[:, _index(side, name)] = point
    heel, toe = body.foot_points(side)
    out[:, _index(side, "HEEL")] = ankle + foot @ heel
    out[:, _index(side, "FOOT_INDEX")] = ankle + foot @ toe


def _foot_frame(p: Posture, side: Side, hanging: Floats) -> Floats:
    """Mix the foot that follows the shank with the one flat on the floor."""
    flat = rotation(2, p["heading"] + _sign(side) * p[f"toe_out_{side}"]) @ rotation(1, p[f"heel_up_{side}"])
    w = p[f"flat_foot_{side}"][:, None]
    up = unit((1 - w) * hanging[..., 2] + w * flat[..., 2])
    ahead = (1 - w) * hanging[..., 0] + w * flat[..., 0]
    ahead = unit(ahead - (ahead * up).sum(-1, keepdims=True) * up)
    return np.stack([ahead, np.cross(up, ahead), up], axis=-1)


def _place_arm(out: Floats, p: Posture, body: Body, side: Side) -> None:
    mid_shoulder, chest = _mid_shoulder(p, body), _chest_frame(p)
    half = _sign(side) * body.length("shoulder_width", side) / 2
    shoulder = mid_shoulder + half * chest[..., 1]
    upper = chest @ _swing(p[f"shoulder_flexion_{side}"], p[f"shoulder_abduction_{side}"], side)
    fore = upper @ rotation(1, -p[f"elbow_flexion_{side}"])
    elbow = shoulder - body.length("upper_arm", side) * upper[..., 2]
    wrist = elbow - body.length("forearm", side) * fore[..., 2]
    points = {"SHOULDER": shoulder, "ELBOW": elbow, "WRIST": wrist}
    inward = -_sign(side) * fore[..., 1]
    for name, along, across in (("PINKY", 0.30, -0.08), ("INDEX", 0.33, 0.06), ("THUMB", 0.15, 0.12)):
        points[name] = wrist + body.forearm * (across * inward + 0.4 * across * fore[..., 0])
        points[name] = points[name] - body.forearm * along * fore[..., 2]
    for name, point in points.items():
        out[:, _index(side, name)] = point


_FACE = {  # forward, left, up, in units of Body.head
    Landmark.NOSE: (0.65, 0.0, 1.00),
    Landmark.LEFT_EYE_INNER: (0.52, 0.09, 1.19),
    Landmark.LEFT_EYE: (0.50, 0.17, 1.19),
    Landmark.LEFT_EYE_OUTER: (0.48, 0.25, 1.18),
    Landmark.LEFT_EAR: (0.05, 0.39, 1.06),
    Landmark.MOUTH_LEFT: (0.53, 0.14, 0.75),
    Landmark.RIGHT_EYE_INNER: (0.52, -0.09, 1.19),
    Landmark.RIGHT_EYE: (0.50, -0.17, 1.19),
    Landmark.RIGHT_EYE_OUTER: (0.48, -0.25, 1.18),
    Landmark.RIGHT_EAR: (0.05, -0.39, 1.06),
    Landmark.MOUTH_RIGHT: (0.53, -0.14, 0.75),
}


def _place_head(out: Floats, p: Posture, body: Body) -> None:
    mid_shoulder = _mid_shoulder(p, body)
    head = _chest_frame(p) @ rotation(0, p["head_tilt"]) @ rotation(1, p["neck"])
    for landmark, offset in _FACE.items():
        out[:, landmark] = mid_shoulder + body.head * (head @ np.asarray(offset))


def _index(side: Side, name: str) -> Landmark:
    return Landmark[f"{side.name}_{name}"]


# --- backward: where the foot must be to leg angles --------------------------------------------------


def reach(p: Posture, body: Body, side: Side, ankle: ArrayLike, knee_towards: ArrayLike) -> Posture:
    """Return the posture with one leg bent so that its ankle is at ``ankle``.

    Parameters
    ----------
    ankle : array_like, shape (3,) or (n, 3)
        Wanted position in the room; out of reach means a straight leg pointing there.
    knee_towards : array_like, shape (3,) or (n, 3)
        Direction in the room in which the knee leaves the line from hip to ankle.
    """
    hip = hip_point(p, body, side)
    thigh_m, shank_m = body.length("thigh", side), body.length("shank", side)
    line = np.broadcast_to(np.asarray(ankle, float), hip.shape) - hip
    far = np.clip(np.linalg.norm(line, axis=-1), abs(thigh_m - shank_m) + 1e-9, thigh_m + shank_m)
    line = unit(line)
    pole = np.broadcast_to(np.asarray(knee_towards, float), hip.shape)
    pole = unit(pole - (pole * line).sum(-1, keepdims=True) * line)
    along = (thigh_m**2 - shank_m**2 + far**2) / (2 * far)
    aside = np.sqrt(np.maximum(thigh_m**2 - along**2, 0))
    thigh = unit(along[:, None] * line + aside[:, None] * pole)
    shank = unit(far[:, None] * line - thigh_m * thigh)
    return p | _leg_angles(pelvis_frame(p), thigh, shank, pole, side)


def _leg_angles(pelvis: Floats, thigh: Floats, shank: Floats, pole: Floats, side: Side) -> Posture:
    sign = _sign(side)
    t = np.einsum("nji,nj->ni", pelvis, thigh)
    flexion = np.degrees(np.arctan2(t[:, 0], -t[:, 2]))
    abduction = np.degrees(np.arcsin(np.clip(sign * t[:, 1], -1, 1)))
    swung = pelvis @ _swing(flexion, abduction, side)
    f = np.einsum("nji,nj->ni", swung, pole)  # the knee points this way, seen from the thigh
    knee = np.degrees(np.arccos(np.clip((thigh * shank).sum(-1), -1, 1)))
    turn = np.degrees(np.arctan2(sign * f[:, 1], f[:, 0]))
    names = ("hip_flexion", "hip_abduction", "hip_rotation", "knee_flexion")
    return {f"{n}_{side}": v for n, v in zip(names, (flexion, abduction, turn, knee), strict=True)}


# --- the floor ---------------------------------------------------------------------------------------

_CLEARANCE = {"HIP": 0.10, "SHOULDER": 0.08, "KNEE": 0.05, "ANKLE": 0.04, "HEEL": 0.02, "WRIST": 0.02}


def grounded(p: Posture, body: Body) -> Posture:
    """Return the posture raised or lowered so that its lowest part touches the floor."""
    points = landmarks(p, body)
    parts = [(_index(side, part), room) for part, room in _CLEARANCE.items() for side in SIDES]
    height = np.stack([points[:, i, 2] - room for i, room in parts], axis=-1).min(axis=-1)
    toes = points[:, [Landmark.LEFT_FOOT_INDEX, Landmark.RIGHT_FOOT_INDEX], 2].min(axis=-1) - 0.02
    return p | {"z": p["z"] - np.minimum(height, toes)}

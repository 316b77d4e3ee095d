"""What a rendered person really did: true joints in space, and plain formulas on them.

Written apart from formcheck's measuring code on purpose: nothing here is shared with `formcheck.kinematics`.
World: metres, z up, the person faces -y and their left is +x (lying on the back the head is at +y).  Angles
are clinical: flexion positive, 0 = anatomical neutral.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

EXERCISE_NAMES = {"march": "seated_march"}
"""Names in truth files that differ from ours."""
VIEW_NAMES = {"45": "oblique"}
SIDE_UP_TO_DEG, FRONT_FROM_DEG = 35.0, 60.0
"""Angle between the line of sight and the left-right axis: side view up to here, front or back from there."""
OTHER = {"L": "R", "R": "L"}


@dataclass(frozen=True, slots=True)
class TrueRep:
    """One programmed repetition.

    Attributes
    ----------
    start_s, end_s : float
    side : str
        Letter of the leg that moves, where one does; else empty.
    injected : str
        What was put in, or ``none``.
    """

    start_s: float
    end_s: float
    side: str
    injected: str


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """Everything true of one clip.

    Attributes
    ----------
    clip, exercise, view : str
    body : str
        Name of the rendered body; that of the clip where it is not told.
    near : str
        Letter of the side nearer to the camera.
    joints : dict[str, Floats]
        ``hip.L`` and so on, shape (frames, 3), metres.
    time_s : Floats
    rest : Bools
        Whether the person rests in this frame.
    reps : tuple[TrueRep, ...]
    """

    clip: str
    exercise: str
    view: str
    body: str
    near: str
    joints: dict[str, Floats]
    time_s: Floats
    rest: Bools
    reps: tuple[TrueRep, ...]

    def middle(self, name: str) -> Floats:
        """Return the point midway between left and right."""
        return (self.joints[f"{name}.L"] + self.joints[f"{name}.R"]) / 2

    @property
    def frame_s(self) -> float:
        """Seconds from one frame to the next."""
        return float(self.time_s[1] - self.time_s[0])

    @property
    def working(self) -> str:
        """Letter of the upper leg of a side-lying person."""
        return "L" if _z(self.joints["hip.L"])[0] > _z(self.joints["hip.R"])[0] else "R"


# Reading


def load_joints(path: Path) -> tuple[dict[str, Floats], str]:
    """Read the true joints; metres as floats, or integers in units of ``unit_m``.

    Returns
    -------
    joints : dict[str, Floats]
    body : str
        As the file names it, or empty.
    """
    with np.load(path, allow_pickle=False) as archive:
        unit_m = float(archive["unit_m"]) if "unit_m" in archive.files else 1.0
        joints = {
            name.removeprefix("joint_"): archive[name].astype(np.float64) * unit_m
            for name in archive.files
            if name.startswith("joint_")
        }
        return joints, str(archive["body"]) if "body" in archive.files else ""


def read_motion(path: Path) -> Motion | None:
    """Read the truth of one clip from ``NAME.json`` and ``NAME.npz``; None without true joints.

    Raises
    ------
    ValueError
        The camera does not stand where the truth file says.
    """
    if not path.with_suffix(".npz").exists():
        return None
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    joints, body = load_joints(path.with_suffix(".npz"))
    meta = document["meta"]
    rest = np.array(document["phase"], dtype=np.float64) == 0.0
    told = VIEW_NAMES.get(meta["view"], meta["view"])
    view, near = view_from(joints, np.array(document["camera"]["eye"], dtype=np.float64))
    if view != told:
        raise ValueError(f"{path}: the camera sees a {view} view, not {told}")
    return Motion(
        clip=path.stem,
        exercise=EXERCISE_NAMES.get(meta["exercise"], meta["exercise"]),
        view=view,
        body=meta.get("body_file") or body or path.stem,
        near=near,
        joints=joints,
        time_s=np.arange(len(rest), dtype=np.float64) / float(document["fps"]),
        rest=rest,
        reps=tuple(
            TrueRep(
                float(rep["start"]),
                float(rep["end"]),
                str(rep.get("side", "")),
                str(rep.get("fault", "none")),
            )
            for rep in document["reps"]
        ),
    )


def view_from(joints: Mapping[str, Floats], eye: Floats) -> tuple[str, str]:
    """Return from where the camera sees the person in the first frame, and the nearer side's letter."""
    hips, shoulders = ((joints[f"{name}.L"][0] + joints[f"{name}.R"][0]) / 2 for name in ("hip", "shoulder"))
    left = _unit(joints["hip.L"][0] - joints["hip.R"][0])
    chest = np.cross(left, _unit(shoulders - hips))
    sight = _unit(eye - hips)
    off_deg = float(np.degrees(np.arccos(min(1.0, abs(float(sight @ left))))))
    near = "L" if sight @ left > 0 else "R"
    if off_deg <= SIDE_UP_TO_DEG:
        return "side", near
    if off_deg < FRONT_FROM_DEG:
        return "oblique", near
    return ("front" if sight @ chest > 0 else "back"), near


def projected(points: Floats, camera: Mapping[str, Any], size: tuple[int, int]) -> Floats:
    """Return where a camera sees points in space, pixels, shape (frames, 2)."""
    seen = (points - np.array(camera["eye"])) @ np.array(camera["R"]).T
    flat: Floats = seen[:, :2] / seen[:, 2:] * float(camera["f"]) + np.array(size) / 2
    return flat


def interior_deg(first: Floats, vertex: Floats, last: Floats) -> Floats:
    """Return the angle at the vertex, 0 to 180, in the plane or in space."""
    a, b = _unit(first - vertex), _unit(last - vertex)
    angle: Floats = np.degrees(np.arccos(np.clip((a * b).sum(axis=-1), -1.0, 1.0)))
    return angle


def opening_deg(joints: Mapping[str, Floats]) -> Floats:
    """Return the angle between the planes of the two legs (clinical OPEN), from ``hip.L`` and so on.

    Legs that are straight have no plane: 90 degrees then, as good as any.
    """
    normals = []
    for side in "LR":
        hip, knee, ankle = (np.asarray(joints[f"{name}.{side}"]) for name in ("hip", "knee", "ankle"))
        normal = np.cross(knee - hip, ankle - knee)
        normals.append(normal / np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-9))
    opening: Floats = np.degrees(np.arccos(np.clip((normals[0] * normals[1]).sum(axis=-1), -1.0, 1.0)))
    return opening


# Small geometry


def _z(points: Floats) -> Floats:
    return points[..., 2]


def _unit(vector: Floats) -> Floats:
    unit: Floats = vector / np.linalg.norm(vector, axis=-1, keepdims=True)
    return unit


def _length(vector: Floats) -> Floats:
    return np.asarray(np.linalg.norm(vector, axis=-1), dtype=np.float64)


def _sagittal(vector: Floats) -> Floats:
    """Return (forward, up)."""
    return np.stack([-vector[..., 1], vector[..., 2]], axis=-1)


def _cross(a: Floats, b: Floats) -> Floats:
    flat: Floats = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    return flat


def _trunk(motion: Motion) -> Floats:
    return motion.middle("shoulder") - motion.middle("hip")


def _trunk_m(motion: Motion) -> float:
    return float(np.median(_length(_trunk(motion))[motion.rest]))


def _limb_m(motion: Motion, upper: str, lower: str) -> float:
    return float(
        np.mean([_length(motion.joints[f"{upper}.{s}"] - motion.joints[f"{lower}.{s}"]).mean() for s in "LR"])
    )


def _degrees(y: Floats, x: Floats) -> Floats:
    angle: Floats = np.degrees(np.arctan2(y, x))
    return angle


# Formulas: value per frame; ``side`` is a letter


def knee_flexion(motion: Motion, side: str) -> Floats:
    """Return 180 minus the angle hip-knee-ankle in space."""
    hip, knee, ankle = (motion.joints[f"{name}.{side}"] for name in ("hip", "knee", "ankle"))
    return 180.0 - interior_deg(hip, knee, ankle)


def hip_flexion(motion: Motion, side: str) -> Floats:
    """Return the signed trunk-thigh angle in the sagittal plane, thigh in front positive."""
    shoulder, hip, knee = (motion.joints[f"{name}.{side}"] for name in ("shoulder", "hip", "knee"))
    down, thigh = _sagittal(hip - shoulder), _sagittal(knee - hip)
    return _degrees(_cross(down, thigh), (down * thigh).sum(axis=-1))


def trunk_inclination(motion: Motion, _: str) -> Floats:
    """Return the trunk's lean from the vertical in the sagittal plane, forward positive."""
    lean = _sagittal(_trunk(motion))
    return _degrees(lean[:, 0], lean[:, 1])


def trunk_lateral_lean(motion: Motion, _: str) -> Floats:
    """Return the trunk's lean from the vertical in the frontal plane, left positive."""
    trunk = _trunk(motion)
    return _degrees(trunk[:, 0], trunk[:, 2])


def foot_pitch(motion: Motion, side: str) -> Floats:
    """Return how far the heel lies above the toe, as an angle from the horizontal."""
    foot = motion.joints[f"heel.{side}"] - motion.joints[f"toe.{side}"]
    return _degrees(foot[:, 2], np.hypot(foot[:, 0], foot[:, 1]))


def thigh_elevation(motion: Motion, side: str) -> Floats:
    """Return the thigh's angle above the horizontal."""
    thigh = motion.joints[f"knee.{side}"] - motion.joints[f"hip.{side}"]
    return _degrees(thigh[:, 2], np.hypot(thigh[:, 0], thigh[:, 1]))


def knee_rise(motion: Motion, side: str) -> Floats:
    """Return the knee's height over its place at rest, in shank lengths."""
    height = _z(motion.joints[f"knee.{side}"])
    return (height - np.median(height[motion.rest])) / _limb_m(motion, "knee", "ankle")


def knee_gap(motion: Motion, _: str) -> Floats:
    """Return the rise of the upper knee over the lower one since rest, in thigh lengths (clamshell)."""
    up = motion.working
    gap = _z(motion.joints[f"knee.{up}"]) - _z(motion.joints[f"knee.{OTHER[up]}"])
    return (gap - np.median(gap[motion.rest])) / _limb_m(motion, "hip", "knee")


def hip_drop(motion: Motion, _: str) -> Floats:
    """Return how far the hips have come down, as a share of their height over the ankles at rest."""
    height = _z(motion.middle("hip"))
    ankles = np.minimum(_z(motion.joints["ankle.L"]), _z(motion.joints["ankle.R"]))
    stand = float(np.median((height - ankles)[motion.rest]))
    return 1.0 - (height - ankles) / stand


def hip_height(motion: Motion, _: str) -> Floats:
    """Return how far the hips have risen since rest, in trunk lengths (bridge)."""
    height = _z(motion.middle("hip"))
    return (height - np.median(height[motion.rest])) / _trunk_m(motion)


def hip_line_offset(motion: Motion, side: str) -> Floats:
    """Return the hip's distance from the line shoulder-knee in trunk lengths, above positive."""
    shoulder, hip, knee = (motion.joints[f"{name}.{side}"] for name in ("shoulder", "hip", "knee"))
    along = _unit(_sagittal(knee - shoulder))
    return _cross(along, _sagittal(hip - shoulder)) / _length(_sagittal(hip - shoulder))


def head_rise(motion: Motion, _: str) -> Floats:
    """Return the height of the ears (of the nose, where there are none), in trunk lengths.

    From its rest value it is how far the head has left floor or pillow.  The height over the shoulders would
    not do: they rise and tilt themselves in a bridge, and with the head.
    """
    head = motion.middle("ear") if "ear.L" in motion.joints else motion.joints["nose"]
    return _z(head) / _trunk_m(motion)


def knee_separation_ratio(motion: Motion, _: str) -> Floats:
    """Return the knees' distance over the ankles', sideways."""
    knees, ankles = (np.abs(_apart(motion, name)[:, 0]) for name in ("knee", "ankle"))
    ratio: Floats = knees / ankles
    return ratio


def knee_medial_displacement(motion: Motion, side: str) -> Floats:
    """Return how far the knee lies inside the line hip-ankle in the frontal plane, in shank lengths."""
    hip, knee, ankle = (motion.joints[f"{name}.{side}"] for name in ("hip", "knee", "ankle"))
    share = (knee - hip)[:, 2] / (ankle - hip)[:, 2]
    line = hip[:, 0] + share * (ankle - hip)[:, 0]
    inward = np.sign(motion.joints[f"hip.{OTHER[side]}"][:, 0] - hip[:, 0])
    return (knee[:, 0] - line) * inward / _limb_m(motion, "knee", "ankle")


def hip_shift(motion: Motion, _: str) -> Floats:
    """Return how far the hips stand beside the middle of the feet, in ankle distances."""
    beside = (motion.middle("hip") - motion.middle("ankle"))[:, 0]
    return beside / np.abs(_apart(motion, "ankle")[:, 0])


def stance_ratio(motion: Motion, _: str) -> Floats:
    """Return the ankles' distance over the shoulders', sideways."""
    ankles, shoulders = (np.abs(_apart(motion, name)[:, 0]) for name in ("ankle", "shoulder"))
    ratio: Floats = ankles / shoulders
    return ratio


def ankles_apart_x(motion: Motion, _: str) -> Floats:
    """Return how far the ankles are apart sideways, in leg lengths."""
    return _apart(motion, "ankle")[:, 0] / _leg_m(motion)


def ankles_apart_y(motion: Motion, _: str) -> Floats:
    """Return how far one ankle is above the other, in leg lengths."""
    return _apart(motion, "ankle")[:, 2] / _leg_m(motion)


def pelvic_obliquity(motion: Motion, _: str) -> Floats:
    """Return the hip line's angle from the horizontal in the frontal plane."""
    across = _apart(motion, "hip")
    return _degrees(across[:, 2], np.abs(across[:, 0]))


def trunk_length(motion: Motion, _: str) -> Floats:
    """Return the trunk's length in the frontal plane, metres."""
    trunk = _trunk(motion)
    return np.hypot(trunk[:, 0], trunk[:, 2])


def feet_gap(motion: Motion, _: str) -> Floats:
    """Return how far apart the feet are, the nearer of ankles and toes, in shank lengths."""
    ankles, toes = (_length(_apart(motion, name)) for name in ("ankle", "toe"))
    return np.minimum(ankles, toes) / _limb_m(motion, "knee", "ankle")


def pelvis_roll(motion: Motion, _: str) -> Floats:
    """Return how far the hip line has rolled about the trunk since rest, degrees, either way."""
    return _rolled(motion, "hip")


def trunk_roll(motion: Motion, _: str) -> Floats:
    """Return how far the shoulder line has rolled about the trunk since rest, degrees, either way."""
    return _rolled(motion, "shoulder")


def _rolled(motion: Motion, name: str) -> Floats:
    along, across = _unit(_trunk(motion)), _apart(motion, name)
    flat = _unit(across - (across * along).sum(axis=-1, keepdims=True) * along)
    before = _unit(np.median(flat[motion.rest], axis=0))
    angle: Floats = np.degrees(np.arccos(np.clip(flat @ before, -1.0, 1.0)))
    return angle


def _apart(motion: Motion, name: str) -> Floats:
    return motion.joints[f"{name}.L"] - motion.joints[f"{name}.R"]


def _leg_m(motion: Motion) -> float:
    return _limb_m(motion, "hip", "knee") + _limb_m(motion, "knee", "ankle")


FORMULAS: Mapping[str, Callable[[Motion, str], Floats]] = {
    one.__name__: one
    for one in (
        knee_flexion,
        hip_flexion,
        trunk_inclination,
        trunk_lateral_lean,
        foot_pitch,
        thigh_elevation,
        knee_rise,
        knee_gap,
        hip_drop,
        hip_height,
        hip_line_offset,
        head_rise,
        knee_separation_ratio,
        knee_medial_displacement,
        hip_shift,
        stance_ratio,
        ankles_apart_x,
        ankles_apart_y,
        pelvic_obliquity,
        trunk_length,
        feet_gap,
        pelvis_roll,
        trunk_roll,
    )
}
"""By name; where formcheck has a measure of that name it means the same, taken from the picture."""

"""What the product promises to measure, and what is true of it: one row a measure.

Truth is the clinical definition on the body's true joints in space; what is defined in the frontal plane is
taken in the person's own, as a camera infinitely far in front of them would see it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from formcheck.kinematics import BY_NAME, SIDES, Body, body_of
from formcheck.observer import NOTHING as ON_EVERY_FRAME
from formcheck.observer import Observation
from formcheck.pose.skeleton import Side

Floats = NDArray[np.float64]

LETTERS = {Side.LEFT: "L", Side.RIGHT: "R"}
SIDE_OF: Mapping[str, Side] = {letter: side for side, letter in LETTERS.items()}
OTHER = {"L": "R", "R": "L"}
STANDING_WITHIN = 0.3
"""Share by which a standing height that the model saw may be off and still be this person's."""


# What is true


@dataclass(frozen=True, slots=False, eq=False)
class Case:
    """What is true of a still.

    Attributes
    ----------
    exercise : str
    split : str
        ``train`` or ``test``: whose bodies.
    phase : float
    working : str
        ``L`` or ``R`` where one leg works, as in the picture; else empty.
    yaw_deg : float
        Camera around the person: 0 = in front (bridge: at the feet), 90 = at a side, 180 = behind (bridge:
        at the head); lying on the side it grows towards the feet, -180 to 180.
    joints_m : dict[str, Floats]
        ``hip.L`` and so on; z up, the person faces -y, their left is +x.
    angles_deg : dict[str, float]
        By `truth.ANGLES`.
    hidden : dict[str, bool]
    eye_m : Floats, shape (3,)
    axes : Floats, shape (3, 3)
    focal_px : float
    size : tuple[int, int]
    extras : frozenset[str]
    rest : Case | None
        The same person before the same camera at rest, where that is known.
    seen_standing_px : float
        Height of the hips over the lower ankle in the picture, as the pose model sees this person stand;
        NaN = not known.
    """

    exercise: str
    split: str
    phase: float
    working: str
    yaw_deg: float
    joints_m: dict[str, Floats]
    angles_deg: dict[str, float]
    hidden: dict[str, bool]
    eye_m: Floats
    axes: Floats
    focal_px: float
    size: tuple[int, int]
    extras: frozenset[str] = frozenset()
    rest: Case | None = None
    seen_standing_px: float = math.nan

    def middle(self, name: str) -> Floats:
        """Return the point between left and right."""
        between: Floats = (self.joints_m[f"{name}.L"] + self.joints_m[f"{name}.R"]) / 2.0
        return between

    def length_m(self, one: str, other: str, side: str = "") -> float:
        """Return the length of a segment, of the mean of both sides where none is told."""
        if side:
            return float(np.linalg.norm(self.joints_m[f"{one}.{side}"] - self.joints_m[f"{other}.{side}"]))
        return (self.length_m(one, other, "L") + self.length_m(one, other, "R")) / 2.0

    @cached_property
    def trunk_m(self) -> float:
        """Length from the middle of the hips to that of the shoulders."""
        return float(np.linalg.norm(self.middle("shoulder") - self.middle("hip")))

    @cached_property
    def leg_m(self) -> float:
        """Thigh and shank, mean of both legs."""
        return self.length_m("hip", "knee") + self.length_m("knee", "ankle")

    @cached_property
    def upper(self) -> str:
        """Side that is up."""
        return "L" if self.joints_m["hip.L"][2] > self.joints_m["hip.R"][2] else "R"

    def project(self, point_m: Floats) -> Floats:
        """Return where a point lands, pixels."""
        x, y, depth = (point_m - self.eye_m) @ self.axes.T
        flat: Floats = np.array([x, y]) / depth * self.focal_px + np.array(self.size) / 2.0
        return flat

    @cached_property
    def trunk_px(self) -> float:
        """Length that the trunk would have in the picture across the line of sight."""
        depth = float((self.middle("hip") - self.eye_m) @ self.axes[2])
        return self.trunk_m * self.focal_px / depth

    @cached_property
    def stand_px(self) -> float:
        """Height of the hips over the lower ankle in the picture if the person stood up.

        As the pose model sees it, or in truth where that is not known or absurd (somebody else was seen).
        """
        feet = self.middle("ankle")
        lower = max(self.project(self.joints_m[f"ankle.{s}"])[1] for s in "LR")
        truly = float(lower - self.project(feet + np.array([0.0, 0.0, self.leg_m]))[1])
        plausible = abs(self.seen_standing_px / truly - 1.0) < STANDING_WITHIN
        return self.seen_standing_px if plausible else truly

    @property
    def tilt(self) -> Floats:
        """Matrix that turns points (rows) in the camera's axes into those of a level camera."""
        forward = self.axes[2] * [1.0, 1.0, 0.0]
        forward = forward / np.linalg.norm(forward)
        down = np.array([0.0, 0.0, -1.0])
        level = np.stack([np.cross(down, forward), down, forward])
        turned: Floats = self.axes @ level.T
        return turned

    def frontal(self) -> Body:
        """Return the body as a camera infinitely far in front of it sees it: 1000 pixels to the metre."""
        across = self.joints_m["hip.L"] - self.joints_m["hip.R"]
        across = np.array([across[0], across[1], 0.0]) / math.hypot(across[0], across[1])
        image = [complex(math.nan, math.nan)] * 33
        for side, at in SIDES.items():
            for name in ("shoulder", "hip", "knee", "ankle", "heel", "toe", "ear"):
                point = self.joints_m.get(f"{name}.{LETTERS[side]}")
                if point is not None:
                    image[getattr(at, name)] = 1000.0 * complex(float(point @ across), -float(point[2]))
        nothing = (math.nan, math.nan, math.nan)
        left, right = SIDES[Side.LEFT], SIDES[Side.RIGHT]
        shoulder, hip, ankle = (
            (image[getattr(left, name)] + image[getattr(right, name)]) / 2
            for name in ("shoulder", "hip", "ankle")
        )
        return Body(
            image=image,
            world=[nothing] * 33,
            visibility=[1.0] * 33,
            mid_shoulder=shoulder,
            mid_hip=hip,
            mid_ankle=ankle,
            trunk_px=abs(shoulder - hip),
            scale_px=1000.0,
            lateral=nothing,
            up=nothing,
            front=nothing,
        )


def _angle(name: str, sign: float = 1.0) -> Callable[[Case, str], float]:
    return lambda case, side: sign * case.angles_deg[f"{name}.{side}" if side else name]


def _frontal(name: str) -> Callable[[Case, str], float]:
    """Return what the product's own definition gives in the person's own frontal plane."""
    row = BY_NAME[name]

    def true(case: Case, side: str) -> float:
        body = case.frontal()
        return float(row.function(body, SIDES[SIDE_OF[side]]) if row.sided else row.function(body))

    return true


def _up(case: Case, one: str, other: str) -> float:
    return float((case.joints_m[one] - case.joints_m[other])[2])


def _hip_drop(case: Case, _: str) -> float:
    lower = min(case.joints_m[f"ankle.{s}"][2] for s in "LR")
    return 1.0 - float(case.middle("hip")[2] - lower) / case.leg_m


def _hip_height(case: Case, _: str) -> float:
    """Return the distance of the hips from the line shoulders-ankles, to the front (the ceiling) positive."""
    line = case.middle("shoulder") - case.middle("ankle")
    to_hip = case.middle("hip") - case.middle("ankle")
    off = to_hip - (to_hip @ line) / (line @ line) * line
    return float(np.copysign(np.linalg.norm(off), off[2])) / case.trunk_m


def _hip_line_offset(case: Case, side: str) -> float:
    shoulder, hip, knee = (case.joints_m[f"{name}.{side}"] for name in ("shoulder", "hip", "knee"))
    line = knee - shoulder
    off = (hip - shoulder) - ((hip - shoulder) @ line) / (line @ line) * line
    return float(np.copysign(np.linalg.norm(off), off[2]) / np.linalg.norm(hip - shoulder))


def _knee_rise(case: Case, side: str) -> float:
    return _up(case, f"knee.{side}", f"hip.{side}") / case.length_m("knee", "ankle", side)


def _knee_lead(case: Case, _: str) -> float:
    return _up(case, "knee.L", "knee.R") / case.length_m("knee", "ankle")


def _clamshell_rise(case: Case, _: str) -> float:
    return _up(case, f"knee.{case.upper}", f"knee.{OTHER[case.upper]}") / case.length_m("hip", "knee")


BENT_DEG = 20.0
"""Knee flexion from which a leg spans a plane."""


def _opening_deg(case: Case, _: str) -> float:
    """Return the angle between the planes of the legs; NaN where one is nearly straight."""
    if min(case.angles_deg[f"knee_flexion.{side}"] for side in "LR") < BENT_DEG:
        return math.nan
    normals = []
    for side in "LR":
        hip, knee, ankle = (case.joints_m[f"{name}.{side}"] for name in ("hip", "knee", "ankle"))
        normals.append(np.cross(knee - hip, ankle - knee))
    a, b = normals
    return float(np.degrees(np.arctan2(np.linalg.norm(np.cross(a, b)), a @ b)))


def _trunk_roll_deg(case: Case, _: str) -> float:
    """Return how far the shoulders are rolled backward from the stacked posture, lying on the side."""
    long = case.middle("shoulder") - case.middle("hip")
    long = long / np.linalg.norm(long)
    up = np.array([0.0, 0.0, 1.0]) - long[2] * long
    across = case.joints_m["shoulder.L"] - case.joints_m["shoulder.R"]
    roll = np.degrees(np.arctan2(across @ up, np.cross(across, long) @ up))
    return float(90.0 - abs(roll))


def _foot_pitch_deg(case: Case, side: str) -> float:
    heel, toe = case.joints_m[f"heel.{side}"], case.joints_m[f"toe.{side}"]
    return float(np.degrees(np.arctan2((heel - toe)[2], math.hypot(*(heel - toe)[:2]))))


def _shank_deg(case: Case, side: str) -> float:
    """Return the shank's inclination in the person's sagittal plane, knee forward positive."""
    up = case.joints_m[f"knee.{side}"] - case.joints_m[f"ankle.{side}"]
    return float(np.degrees(np.arctan2(-up[1], up[2])))


# What is measured


def _taken(seen: Observation, name: str, side: str = "") -> float:
    """Return a measure as the product takes it: on every frame, or when a form rule asks."""
    key = f"{SIDE_OF[side]}_{name}" if side else name
    if key in ON_EVERY_FRAME:
        return seen.values[key]
    assert seen.body is not None
    function = BY_NAME[name].function
    return float(function(seen.body, SIDES[SIDE_OF[side]]) if side else function(seen.body))


def _upper_over_lower(seen: Observation, case: Case, _: str) -> float:
    return _taken(seen, "clamshell_rise") * (1.0 if case.upper == "L" else -1.0)


def _backward_roll(name: str) -> Callable[[Observation, Case, str], float]:
    """Return what reads a roll from the stacked posture, with the camera's own tilt taken out.

    The product counts rolls from the person's rest posture, which has the tilt as well; a still has none.
    """

    def read(seen: Observation, case: Case, _: str) -> float:
        level = body_of(replace(seen.pose, world_m=seen.pose.world_m @ case.tilt))
        backward = 90.0 - BY_NAME[name].function(level) * (1.0 if case.upper == "L" else -1.0)
        return float((backward + 180.0) % 360.0 - 180.0)

    return read


def _drop_from_standing(seen: Observation, case: Case, _: str) -> float:
    """Return the drop from the height at which this person stands: a still has no rest of its own."""
    assert seen.body is not None
    height_px = (1.0 - seen.values["hip_drop_2d"]) * seen.body.stand_px
    return 1.0 - height_px / case.stand_px


LEG = ("hip", "knee", "ankle")
TRUNK = ("shoulder", "hip")
UPRIGHT = ("squat", "seated_march")
EVERY = ("squat", "seated_march", "bridge", "clamshell")


@dataclass(frozen=True, slots=True)
class Promise:
    """A measure and what it promises: one row of the atlas' table.

    Attributes
    ----------
    measure : str
        Of `formcheck.kinematics.BY_NAME`.
    true : Callable
        From case and side (``L``, ``R`` or empty) to the truth in the measure's unit.
    exercises : tuple[str, ...]
    joints : tuple[str, ...]
        Of which visibility is asked.
    read : Callable | None
        Where the product's value needs turning; by default as it is.
    """

    measure: str
    true: Callable[[Case, str], float]
    exercises: tuple[str, ...] = EVERY
    joints: tuple[str, ...] = LEG
    read: Callable[[Observation, Case, str], float] | None = None

    def value(self, seen: Observation, case: Case, side: str) -> float:
        """Return what the product measured."""
        return self.read(seen, case, side) if self.read else _taken(seen, self.measure, side)


PROMISES: tuple[Promise, ...] = (
    Promise("knee_flexion", _angle("knee_flexion")),
    Promise("knee_flexion_3d", _angle("knee_flexion")),
    Promise("hip_flexion", _angle("hip_flexion"), joints=("shoulder", *LEG)),
    Promise("hip_flexion_3d", _angle("hip_flexion"), joints=("shoulder", "hip", "knee")),
    Promise("hip_abduction", _angle("hip_abduction"), joints=("hip", "knee")),
    Promise("thigh_elevation", _angle("thigh_elevation"), UPRIGHT, ("hip", "knee")),
    Promise("trunk_inclination", _angle("trunk_inclination"), UPRIGHT, TRUNK),
    Promise("trunk_lateral_lean", _angle("trunk_lateral_lean", -1.0), UPRIGHT, TRUNK),
    Promise("pelvic_obliquity", _angle("pelvic_obliquity"), (*UPRIGHT, "bridge"), ("hip",)),
    Promise("shank_inclination", _shank_deg, ("squat",), ("knee", "ankle")),
    Promise("foot_pitch", _foot_pitch_deg, ("squat", "bridge"), ("heel", "toe")),
    Promise("frontal_plane_projection", _frontal("frontal_plane_projection"), ("squat",)),
    Promise("knee_medial_displacement", _frontal("knee_medial_displacement"), ("squat",)),
    Promise("knee_separation_ratio", _frontal("knee_separation_ratio"), ("squat",), ("knee", "ankle")),
    Promise("hip_shift", _frontal("hip_shift"), ("squat",), ("hip", "ankle")),
    Promise("stance_ratio", _frontal("stance_ratio"), ("squat",), ("shoulder", "ankle")),
    Promise("hip_drop", _hip_drop, ("squat",)),
    Promise("hip_drop_2d", _hip_drop, ("squat",), ("hip", "ankle"), _drop_from_standing),
    Promise("knee_rise", _knee_rise, ("seated_march",)),
    Promise("knee_lead", _knee_lead, ("seated_march",), ("knee", "ankle")),
    Promise("hip_height", _hip_height, ("bridge",), ("shoulder", "hip", "ankle")),
    Promise("hip_line_offset", _hip_line_offset, ("bridge",), ("shoulder", "hip", "knee")),
    Promise("clamshell_rise", _clamshell_rise, ("clamshell",), ("knee",), _upper_over_lower),
    Promise("clamshell_opening", _opening_deg, ("clamshell",)),
    Promise("pelvis_roll", _angle("pelvis_roll"), ("clamshell",), TRUNK, _backward_roll("pelvis_roll")),
    Promise("trunk_roll", _trunk_roll_deg, ("clamshell",), TRUNK, _backward_roll("trunk_roll")),
)
"""Everything that is compared."""
CORRECTABLE: tuple[Promise, ...] = (
    Promise("knee_flexion", _angle("knee_flexion")),
    Promise("hip_flexion", _angle("hip_flexion"), joints=("shoulder", *LEG)),
    Promise("hip_abduction", _angle("hip_abduction"), joints=("hip", "knee")),
    Promise("hip_external_rotation", _angle("hip_external_rotation")),
    Promise("thigh_elevation", _angle("thigh_elevation"), UPRIGHT, ("hip", "knee")),
    Promise("trunk_inclination", _angle("trunk_inclination"), UPRIGHT, TRUNK),
    Promise("trunk_lateral_lean", _angle("trunk_lateral_lean"), UPRIGHT, TRUNK),
    Promise("pelvic_obliquity", _angle("pelvic_obliquity"), (*UPRIGHT, "bridge"), ("hip",)),
    Promise("pelvis_roll", _angle("pelvis_roll"), ("clamshell",), TRUNK),
    Promise("clamshell_opening", _opening_deg, ("clamshell",)),
)
"""What the learned correction may tell, in the signs of `truth.ANGLES`; what it does not is passed over."""
CHANGES = frozenset(
    {
        *("knee_rise", "knee_lead", "hip_drop", "hip_drop_2d", "hip_height", "clamshell_rise"),
        *("trunk_inclination", "trunk_lateral_lean", "thigh_elevation", "foot_pitch", "hip_shift"),
        *("knee_medial_displacement", "clamshell_opening", "trunk_roll", "pelvis_roll"),
    }
)
"""What the product counts from the person's own rest (repetitions that are ratios, form rules)."""
SIDED = frozenset({"hip_external_rotation", *(row.name for row in BY_NAME.values() if row.sided)})

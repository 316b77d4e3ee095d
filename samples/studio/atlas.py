"""The error atlas: what the product measures on stills of which everything is true, beside the truth.

Every still's landmarks go through the product's own code (`formcheck.observer.Observer`); each measure is
compared with what is true of the body, and the errors are put together by exercise, view, leg, phase and
visibility.  The table ships with the package and is read by `formcheck.atlas`.
"""

from __future__ import annotations

import csv
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from io import StringIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formcheck.atlas import ALL, BOTH, COLUMNS, CORRECTED, Cell
from formcheck.kinematics import BY_NAME, SIDES, Body, body_of
from formcheck.observer import NOTHING as ON_EVERY_FRAME
from formcheck.observer import Observation, Observer
from formcheck.pose.skeleton import Pose, Side
from formcheck.results import ViewLabel

Floats = NDArray[np.float64]
Table = Mapping[str, Any]

LETTERS = {Side.LEFT: "L", Side.RIGHT: "R"}
OTHER = {"L": "R", "R": "L"}
LOOKS, STEP_S = 5, 0.033
"""How often a pose is shown to the product, and how far apart: its averages settle."""
ELSEWHERE = 0.75
"""Middle of shoulders, hips or knees so many trunk lengths from the truth: somebody or something else."""
REST_PHASE, END_PHASE = 0.1, 0.9
BELIEVED = 0.5
"""Visibility from which the product shows a joint's angle."""
FEWEST, FEWEST_OF_A_PART = 20, 50
"""Cells with fewer values are dropped; of one phase or visibility alone."""
TEST = "test"


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
        """Height of the hips over the lower ankle in the picture if the person stood up."""
        feet = self.middle("ankle")
        lower = max(self.project(self.joints_m[f"ankle.{s}"])[1] for s in "LR")
        return float(lower - self.project(feet + np.array([0.0, 0.0, self.leg_m]))[1])

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
        return float(row.function(body, SIDES[_SIDE[side]]) if row.sided else row.function(body))

    return true


_SIDE: Mapping[str, Side] = {letter: side for side, letter in LETTERS.items()}


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


def _opening_deg(case: Case, _: str) -> float:
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
    key = f"{_SIDE[side]}_{name}" if side else name
    if key in ON_EVERY_FRAME:
        return seen.values[key]
    assert seen.body is not None
    function = BY_NAME[name].function
    return float(function(seen.body, SIDES[_SIDE[side]]) if side else function(seen.body))


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


def _drop_from_true_stand(seen: Observation, case: Case, _: str) -> float:
    """Return the drop from the height at which this person truly stands: a still has no rest of its own."""
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
    Promise("hip_drop_2d", _hip_drop, ("squat",), ("hip", "ankle"), _drop_from_true_stand),
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
CORRECTABLE = {
    "knee_flexion": LEG,
    "hip_flexion": ("shoulder", *LEG),
    "hip_abduction": ("hip", "knee"),
    "hip_external_rotation": LEG,
    "trunk_inclination": TRUNK,
    "pelvis_roll": TRUNK,
    "pelvic_obliquity": ("hip",),
}
"""What the learned correction may tell (names of `truth.ANGLES`), and the joints it needs."""
SIDED = frozenset({"hip_external_rotation", *(row.name for row in BY_NAME.values() if row.sided)})


# From shards to errors


@dataclass(frozen=True, slots=True)
class Compared:
    """One measure of one still beside the truth.

    Attributes
    ----------
    measure, exercise, view : str
        The view as the product labels it.
    side : str
        ``near``, ``far`` (as the product thinks) or ``neither``.
    leg : str
        ``upper`` or ``lower`` lying on the side, else empty.
    phase : str
    hidden : bool
        Whether one of the joints truly is.
    believed : bool
        Whether the model holds all of them to be visible.
    yaw_deg : float
    faces : bool | None
        Whether the leg truly is on the camera's side; None for the whole body.
    error : float
        Measured minus true.
    half : float
        What the learned correction said that it may be off by; NaN for measures.
    """

    measure: str
    exercise: str
    view: str
    side: str
    leg: str
    phase: str
    hidden: bool
    believed: bool
    yaw_deg: float
    faces: bool | None
    error: float
    half: float = math.nan


@dataclass(slots=True)
class Counts:
    """How many stills there were, and what became of them, by exercise and by what is in the picture."""

    what: Counter[tuple[str, str]] = field(default_factory=Counter)
    labels: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    near_right: Counter[tuple[str, bool]] = field(default_factory=Counter)


def cases(table: Table) -> Iterator[Case]:
    """Yield what is true of every still of `shards.load`."""
    names = [str(name) for name in table["joint_names"]]
    angles = [str(name) for name in table["angle_names"]]
    splits = table.get("split", ["train"] * len(table["design"]))
    for i, design in enumerate(table["design"]):
        side, mirrored = str(design["side"]), bool(design["mirrored"])
        yaw = (float(design["yaw_deg"]) + 180.0) % 360.0 - 180.0
        yield Case(
            exercise=str(design["exercise"]),
            split=str(splits[i]),
            phase=float(design["phase"]),
            working=OTHER[side] if side and mirrored else side,
            yaw_deg=yaw if design["exercise"] == "clamshell" else abs(yaw),
            joints_m=dict(zip(names, table["joints_m"][i].astype(float), strict=True)),
            angles_deg=dict(zip(angles, table["angles_deg"][i].tolist(), strict=True)),
            hidden=dict(zip(names, table["hidden"][i].tolist(), strict=True)),
            eye_m=table["eye_m"][i].astype(float),
            axes=table["axes"][i].astype(float),
            focal_px=float(table["focal_px"][i]),
            size=(int(table["size"][i][0]), int(table["size"][i][1])),
            extras=frozenset(str(design["extras"]).split()),
        )


def pose_of(table: Table, i: int, time_s: float = 0.0) -> Pose:
    """Return a still's landmarks as the product gets them."""
    return Pose(
        time_s,
        table["image_px"][i].astype(float),
        table["world_m"][i].astype(float),
        table["visibility"][i].astype(float),
        (int(table["size"][i][0]), int(table["size"][i][1])),
    )


def is_the_person(pose: Pose, case: Case) -> bool:
    """Return whether the model found the person that the truth is about, however badly.

    Middles of left and right are compared, so that swapped sides are an error and not another person.
    """
    for name in ("shoulder", "hip", "knee"):
        at = [getattr(one, name) for one in SIDES.values()]
        truly = (case.project(case.joints_m[f"{name}.L"]) + case.project(case.joints_m[f"{name}.R"])) / 2.0
        if not np.linalg.norm(pose.image_px[at].mean(axis=0) - truly) < ELSEWHERE * case.trunk_px:
            return False
    return True


def observed(pose: Pose) -> Observation:
    """Return what the product makes of a pose that it sees for a while."""
    observer = Observer()
    return [observer.observe(replace(pose, time_s=i * STEP_S)) for i in range(LOOKS)][-1]


Estimate = Callable[[Pose], tuple[Mapping[str, float], Mapping[str, float]]]
"""From a pose to angles and half-widths by name (``left_knee_flexion``)."""


def learned() -> Estimate | None:
    """Return the learned correction where this version of the product has one."""
    if find_spec("formcheck.correction") is None:
        return None
    model = import_module("formcheck.correction").load()

    def estimate(pose: Pose) -> tuple[Mapping[str, float], Mapping[str, float]]:
        told = model.estimate(pose.image_px, pose.world_m, pose.visibility, pose.frame_size)
        return told.angles_deg, told.half_deg

    return estimate


def compare(table: Table, correction: Estimate | None = None) -> tuple[list[Compared], Counts]:
    """Compare every measure of every still with its truth.

    Parameters
    ----------
    table : mapping
        As `shards.load` returns it; with a column ``split`` the correction is tried on ``test`` alone.
    correction : callable, optional
        Its angles become measures of their own, on bodies that it was not trained on.
    """
    rows: list[Compared] = []
    counts = Counts()
    for i, case in enumerate(cases(table)):
        pose = pose_of(table, i)
        seen, fate = None, "nobody found"
        if table["found"][i]:
            fate = "somebody else"
            if is_the_person(pose, case):
                seen = observed(pose)
                fate = "used" if seen.reason is None else "not believed"
        for group in (case.exercise, *case.extras, "all"):
            counts.what[group, fate] += 1
        if seen is None or seen.reason is not None:
            continue
        counts.labels[case.exercise, true_view(case), str(seen.label)] += 1
        if seen.camera_side is not None:
            counts.near_right[case.exercise, bool(_faces(case, LETTERS[seen.camera_side]))] += 1
        rows += _measured(seen, case)
        if correction is not None and case.split == TEST:
            rows += _corrected(seen, case, correction)
    return rows, counts


def true_view(case: Case) -> str:
    """Return the view as the product would label it if it knew where the camera is (upright, on the back)."""
    off_deg = min(case.yaw_deg % 180.0, -case.yaw_deg % 180.0)
    if case.exercise == "clamshell":
        return ("front" if abs(case.yaw_deg) < 90.0 else "back") if off_deg < 45.0 else "end"
    if off_deg >= 55.0:
        return ViewLabel.SIDE
    if case.exercise == "bridge":
        return ViewLabel.OBLIQUE if off_deg > 38.0 else "end"
    return ViewLabel.OBLIQUE if off_deg > 30.0 else ViewLabel.FRONT if case.yaw_deg < 90.0 else ViewLabel.BACK


def _faces(case: Case, side: str) -> bool:
    """Return whether a side is the one nearer to the camera."""
    own, other = (case.joints_m[f"hip.{s}"] for s in (side, OTHER[side]))
    return float(np.linalg.norm(own - case.eye_m)) < float(np.linalg.norm(other - case.eye_m))


def _measured(seen: Observation, case: Case) -> Iterator[Compared]:
    for promise in PROMISES:
        if case.exercise in promise.exercises:
            for side in "LR" if promise.measure in SIDED else ("",):
                error = promise.value(seen, case, side) - promise.true(case, side)
                if math.isfinite(error):
                    yield _record(seen, case, promise.measure, side, joints=promise.joints, error=error)


def _corrected(seen: Observation, case: Case, correction: Estimate) -> Iterator[Compared]:
    angles, halves = correction(seen.pose)
    for name, joints in CORRECTABLE.items():
        for side in "LR" if name in SIDED else ("",):
            key = f"{_SIDE[side]}_{name}" if side else name
            error = angles.get(key, math.nan) - case.angles_deg[f"{name}.{side}" if side else name]
            if math.isfinite(error):
                row = _record(seen, case, name + CORRECTED, side, joints=joints, error=error)
                yield replace(row, half=halves.get(key, math.nan))


def _record(
    seen: Observation, case: Case, name: str, side: str, *, joints: Sequence[str], error: float
) -> Compared:
    near = seen.camera_side
    idle = bool(side and case.working) and side != case.working
    phase = "rest" if case.phase <= REST_PHASE or idle else "end" if case.phase >= END_PHASE else "moving"
    sides = (side,) if side else ("L", "R")
    lying = case.exercise == "clamshell" and bool(side)
    visible = min(seen.pose.visibility[getattr(SIDES[_SIDE[s]], joint)] for s in sides for joint in joints)
    return Compared(
        measure=name,
        exercise=case.exercise,
        view=str(seen.label),
        side="neither" if not side or near is None else "near" if LETTERS[near] == side else "far",
        leg=("upper" if side == case.upper else "lower") if lying else "",
        phase=phase,
        hidden=any(case.hidden[f"{joint}.{s}"] for s in sides for joint in joints),
        believed=bool(visible >= BELIEVED),
        yaw_deg=case.yaw_deg,
        faces=_faces(case, side) if side else None,
        error=error,
    )


# From errors to the table


@dataclass(frozen=True, slots=True)
class Summary:
    """The errors of one cell: how many, mean, standard deviation, mean and 90th percentile of their size."""

    n: int
    bias: float
    sd: float
    mae: float
    p90: float


def summary(errors: Iterable[float]) -> Summary:
    """Return what is to be known of some errors."""
    all_of_them = np.fromiter(errors, dtype=np.float64)
    size = np.abs(all_of_them)
    return Summary(
        len(all_of_them),
        float(all_of_them.mean()),
        float(all_of_them.std()),
        float(size.mean()),
        float(np.percentile(size, 90.0)),
    )


def cells_of(row: Compared) -> Iterator[Cell]:
    """Yield the cells of the table that an error belongs to."""
    sides = [BOTH, *([row.side] if row.side in ("near", "far") else []), *([row.leg] if row.leg else [])]
    seen = [*([] if row.hidden else ["in_sight"]), *(["believed"] if row.believed else [])]
    for side in sides:
        cell = Cell(row.measure, row.exercise, row.view, side)
        yield cell
        yield replace(cell, phase=row.phase)
        yield from (replace(cell, joints=one) for one in seen)
        for view in (row.view, ALL):
            yield Cell(row.measure, ALL, view, side)
        yield Cell(row.measure, row.exercise, ALL, side)


def cells(rows: Iterable[Compared]) -> dict[Cell, Summary]:
    """Return the table: cells with enough values."""
    errors: defaultdict[Cell, list[float]] = defaultdict(list)
    for row in rows:
        for cell in cells_of(row):
            errors[cell].append(row.error)
    return {cell: summary(them) for cell, them in errors.items() if len(them) >= fewest(cell)}


def fewest(cell: Cell) -> int:
    """Return how many values a cell needs."""
    return FEWEST if (cell.phase, cell.joints) == (ALL, ALL) else FEWEST_OF_A_PART


def as_csv(table: Mapping[Cell, Summary]) -> str:
    """Return the table as `formcheck.atlas` reads it."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for cell, one in sorted(table.items(), key=lambda item: _key(item[0])):
        places = 1 if is_angle(cell.measure) else 3
        numbers = (f"{number:.{places}f}" for number in (one.bias, one.sd, one.mae, one.p90))
        writer.writerow([*_key(cell), one.n, *numbers])
    return text.getvalue()


def _key(cell: Cell) -> tuple[str, ...]:
    return cell.measure, cell.exercise, cell.view, cell.side, cell.phase, cell.joints


def is_angle(name: str) -> bool:
    """Return whether a measure is in degrees."""
    return name.endswith(CORRECTED) or BY_NAME[name].unit == "deg"

"""The error atlas: what the product measures on stills of which everything is true, beside the truth.

Every still's landmarks go through the product's own code (`formcheck.observer.Observer`); each measure is
compared with what is true of the body (`promises`), and the errors are put together by exercise, view, leg,
phase and visibility.  The table ships with the package and is read by `formcheck.atlas`.
"""

from __future__ import annotations

import csv
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from importlib.util import find_spec
from io import StringIO
from typing import Any

import numpy as np

from formcheck.atlas import ALL, BOTH, COLUMNS, CORRECTED, FROM_REST, Cell
from formcheck.kinematics import BY_NAME, SIDES, body_of
from formcheck.observer import Observation, Observer, Values
from formcheck.pose.skeleton import Pose, Side
from formcheck.results import Posture, ViewLabel
from formcheck.view import Axes, follow

from .promises import CHANGES, CORRECTABLE, LETTERS, OTHER, PROMISES, SIDE_OF, SIDED, Case, Promise

Table = Mapping[str, Any]

LOOKS, STEP_S = 5, 0.033
"""How often a pose is shown to the product, and how far apart: its averages settle."""
ELSEWHERE = 0.75
"""Middle of shoulders, hips or knees so many trunk lengths from the truth: somebody or something else."""
REST_PHASE, END_PHASE = 0.1, 0.9
BELIEVED = 0.5
"""Visibility from which the product shows a joint's angle."""
FEWEST, FEWEST_OF_A_PART = 20, 100
"""Cells with fewer values are dropped; of one phase or visibility alone."""
TEST = "test"


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
        Whether one of the joints truly is (of a pair that is measured together, both).
    visible : float
        How visible the model holds the least visible of them to be.
    yaw_deg : float
    faces : bool | None
        Whether the leg truly is on the camera's side; None for the whole body.
    as_asked : bool
        Whether the camera stands within 20 degrees of where its view is named for, nothing is in the way
        or odd about the picture, and the joints are in sight.
    true, error : float
        The truth, and measured minus true.
    half : float
        What the learned correction said that it may be off by; NaN for measures.
    held_back : bool
        Whether the body is one of those that nothing is learned from.
    """

    measure: str
    exercise: str
    view: str
    side: str
    leg: str
    phase: str
    hidden: bool
    visible: float
    yaw_deg: float
    faces: bool | None
    as_asked: bool
    true: float
    error: float
    half: float = math.nan
    held_back: bool = False

    @property
    def believed(self) -> bool:
        """Whether the model holds all of its joints to be visible."""
        return self.visible >= BELIEVED


@dataclass(slots=True)
class Counts:
    """How many stills there were, and what became of them, by exercise and by what is in the picture."""

    what: Counter[tuple[str, str]] = field(default_factory=Counter)
    labels: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    near_right: Counter[tuple[str, bool]] = field(default_factory=Counter)
    seeds: dict[str, tuple[int, int]] = field(default_factory=dict)


def cases(table: Table) -> Iterator[Case]:
    """Yield what is true of every still of `shards.load`."""
    names = [str(name) for name in table["joint_names"]]
    angles = [str(name) for name in table["angle_names"]]
    splits = table.get("split", ["train"] * len(table["design"]))
    for i, design in enumerate(table["design"]):
        side, mirrored = str(design["side"]), bool(design["mirrored"])
        yaw = (float(design["yaw_deg"]) + 180.0) % 360.0 - 180.0
        case = Case(
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
            seen_standing_px=float(table["stand_px"][i]) if "stand_px" in table else math.nan,
        )
        if "rest_joints_m" in table:
            rest = replace(
                case,
                phase=0.0,
                seen_standing_px=math.nan,
                joints_m=dict(zip(names, table["rest_joints_m"][i].astype(float), strict=True)),
                angles_deg=dict(zip(angles, table["rest_angles_deg"][i].tolist(), strict=True)),
            )
            case = replace(case, rest=rest)
        yield case


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


def perfectly_seen(case: Case) -> Observation:
    """Return what the product would make of a pose model without error, whatever is hidden."""
    image, world = np.full((33, 2), math.nan), np.full((33, 3), math.nan)
    middle = case.middle("hip")
    for side, at in SIDES.items():
        for name in ("ear", "shoulder", "hip", "knee", "ankle", "heel", "toe"):
            point = case.joints_m[f"{name}.{LETTERS[side]}"]
            image[getattr(at, name)] = case.project(point)
            world[getattr(at, name)] = case.axes @ (point - middle)
    pose = Pose(0.0, image, world, np.ones(33), case.size)
    body = body_of(pose)
    return Observation(
        frame=0,
        time_s=0.0,
        pose=pose,
        reason=None,
        values=Values(body, frozenset()),
        axes=follow(Axes(), body, 0.0),
        posture=Posture.UNKNOWN,
        label=ViewLabel.UNKNOWN,
        camera_side=None,
        shown=frozenset(Side),
        body=body,
    )


Estimate = Callable[[Pose, float], tuple[Mapping[str, float], Mapping[str, float]]]
"""From a pose and the standing height (pixels, NaN = not known) to angles and half-widths by name."""


def learned() -> Estimate | None:
    """Return the learned correction where this version of the product has one."""
    if find_spec("formcheck.correction") is None:
        return None
    model = import_module("formcheck.correction").load()

    def estimate(pose: Pose, stand_px: float) -> tuple[Mapping[str, float], Mapping[str, float]]:
        told = model.estimate(pose, stand_px)
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
        seed = int(table["design"][i]["seed"])
        low, high = counts.seeds.get(case.split, (seed, seed))
        counts.seeds[case.split] = min(low, seed), max(high, seed)
        pose = pose_of(table, i)
        seen, fate = None, "nobody found"
        if table["found"][i]:
            fate = "somebody else"
            if is_the_person(pose, case):
                seen = observed(pose)
                fate = "used" if seen.reason is None else "not believed"
        for group in (case.exercise, *case.extras, ALL):
            counts.what[group, fate] += 1
        if seen is None or seen.reason is not None:
            continue
        counts.labels[case.exercise, true_view(case), str(seen.label)] += 1
        if seen.camera_side is not None:
            counts.near_right[case.exercise, bool(_faces(case, LETTERS[seen.camera_side]))] += 1
        found = [*_measured(seen, case)]
        if correction is not None and case.split == TEST:
            found += _corrected(seen, case, correction)
        rows += (row for row in found if math.isfinite(row.error))
    return _from_own_rest(rows), counts


def _from_own_rest(rows: Sequence[Compared]) -> list[Compared]:
    """Return the errors with the model's mean error at rest taken out of changes.

    What the camera's place does to the value at rest is taken out of every still by geometry; what the model
    itself misplaces at rest is known in the mean alone, so that some of a person's own offset stays in.
    """
    resting: defaultdict[tuple[str, ...], list[float]] = defaultdict(list)
    for row in rows:
        if row.phase == "rest" and row.measure.endswith(FROM_REST):
            resting[row.measure, row.exercise, row.view, row.side].append(row.error)
    means = {key: float(np.mean(errors)) for key, errors in resting.items()}
    out = []
    for row in rows:
        if not row.measure.endswith(FROM_REST):
            out.append(row)
        elif row.phase != "rest":
            mean = means.get((row.measure, row.exercise, row.view, row.side), 0.0)
            out.append(replace(row, error=row.error - mean))
    return out


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


SQUARE = {ViewLabel.FRONT: 0.0, ViewLabel.SIDE: 90.0, ViewLabel.BACK: 180.0}
SQUARE_WITHIN_DEG = 20.0
"""How far beside a square view people who are told where to put the camera may be."""


def _is_square(case: Case, label: ViewLabel) -> bool:
    """Return whether the camera stands where the view's name says; oblique is anywhere between."""
    if label is ViewLabel.OBLIQUE:
        return true_view(case) == ViewLabel.OBLIQUE
    return label in SQUARE and abs(abs(case.yaw_deg) - SQUARE[label]) <= SQUARE_WITHIN_DEG


def _faces(case: Case, side: str) -> bool:
    """Return whether a side is the one nearer to the camera."""
    own, other = (case.joints_m[f"hip.{s}"] for s in (side, OTHER[side]))
    return float(np.linalg.norm(own - case.eye_m)) < float(np.linalg.norm(other - case.eye_m))


def _measured(seen: Observation, case: Case) -> Iterator[Compared]:
    at_rest = None if case.rest is None else perfectly_seen(case.rest)
    for promise in PROMISES:
        if case.exercise not in promise.exercises:
            continue
        for side in "LR" if promise.measure in SIDED else ("",):
            row = _record(seen, case, promise, side)
            error = promise.value(seen, case, side) - row.true
            yield replace(row, error=_wrapped(promise.measure, error))
            if at_rest is not None and case.rest is not None and promise.measure in CHANGES:
                rest = promise.true(case.rest, side)
                offset = promise.value(at_rest, case.rest, side) - rest
                name = promise.measure + FROM_REST
                yield replace(row, measure=name, true=row.true - rest, error=_wrapped(name, error - offset))


def _wrapped(name: str, error: float) -> float:
    """Return the difference of two angles within half a turn; ratios as they are."""
    return (error + 180.0) % 360.0 - 180.0 if is_angle(name) else error


def _corrected(seen: Observation, case: Case, correction: Estimate) -> Iterator[Compared]:
    angles, halves = correction(seen.pose, case.seen_standing_px)
    for promise in CORRECTABLE:
        if case.exercise not in promise.exercises:
            continue
        for side in "LR" if promise.measure in SIDED else ("",):
            key = f"{SIDE_OF[side]}_{promise.measure}" if side else promise.measure
            name = promise.measure + CORRECTED
            row = replace(_record(seen, case, promise, side), measure=name)
            error = _wrapped(name, angles.get(key, math.nan) - row.true)
            yield replace(row, error=error, half=halves.get(key, math.nan))


def _record(seen: Observation, case: Case, promise: Promise, side: str) -> Compared:
    """Return all about a measure but its error."""
    near = seen.camera_side
    idle = bool(side and case.working) and side != case.working
    phase = "rest" if case.phase <= REST_PHASE or idle else "end" if case.phase >= END_PHASE else "moving"
    sides = (side,) if side else ("L", "R")
    lying = case.exercise == "clamshell" and bool(side)
    hidden = any(all(case.hidden[f"{joint}.{s}"] for s in sides) for joint in promise.joints)
    visible = min(
        seen.pose.visibility[getattr(SIDES[SIDE_OF[s]], joint)] for s in sides for joint in promise.joints
    )
    return Compared(
        measure=promise.measure,
        exercise=case.exercise,
        view=str(seen.label),
        side="neither" if not side or near is None else "near" if LETTERS[near] == side else "far",
        leg=("upper" if side == case.upper else "lower") if lying else "",
        phase=phase,
        hidden=hidden,
        visible=float(visible),
        yaw_deg=case.yaw_deg,
        faces=_faces(case, side) if side else None,
        as_asked=not hidden and not case.extras - {"empty_room"} and _is_square(case, seen.label),
        true=promise.true(case, side),
        error=math.nan,
        held_back=case.split == TEST,
    )


# From errors to the table


@dataclass(frozen=True, slots=True)
class Summary:
    """The errors of one cell.

    Attributes
    ----------
    n : int
    bias, sd, mae, p90 : float
        Their mean and standard deviation; mean and 90th percentile of their size.
    guess : float
        Mean absolute error of the best fixed guess.
    """

    n: int
    bias: float
    sd: float
    mae: float
    p90: float
    guess: float


def summary(rows: Sequence[Compared]) -> Summary:
    """Return what is to be known of some errors."""
    errors = np.array([row.error for row in rows])
    size, true = np.abs(errors), np.array([row.true for row in rows])
    return Summary(
        len(errors),
        float(errors.mean()),
        float(errors.std()),
        float(size.mean()),
        float(np.percentile(size, 90.0)),
        float(np.abs(true - np.median(true)).mean()),
    )


def cells_of(row: Compared) -> Iterator[Cell]:
    """Yield the cells of the table that an error belongs to; parts of the finest only."""
    sides = [BOTH, *([row.side] if row.side in ("near", "far") else []), *([row.leg] if row.leg else [])]
    for side in sides:
        yield Cell(row.measure, row.exercise, row.view, side)
        yield Cell(row.measure, row.exercise, ALL, side)
    finest = Cell(row.measure, row.exercise, row.view, BOTH if row.side == "neither" else row.side)
    yield replace(finest, phase=row.phase)
    if row.believed:
        yield replace(finest, joints="believed")
    for view in (row.view, ALL):
        yield Cell(row.measure, ALL, view)


def every_cell_of(row: Compared) -> Iterator[Cell]:
    """Yield the one cell of the whole table: every leg, phase and visibility apart."""
    joints = f"{'hidden' if row.hidden else 'in_sight'} {'believed' if row.believed else 'doubted'}"
    side = f"{row.side} {row.leg}".strip()
    yield Cell(row.measure, row.exercise, row.view, side, row.phase, joints)


def cells(
    rows: Iterable[Compared], of: Callable[[Compared], Iterator[Cell]] = cells_of
) -> dict[Cell, Summary]:
    """Return the table: cells with enough values."""
    members: defaultdict[Cell, list[Compared]] = defaultdict(list)
    for row in rows:
        for cell in of(row):
            members[cell].append(row)
    exercises = {(cell.measure, cell.exercise) for cell in members if cell.exercise != ALL}
    several = {name for name, count in Counter(name for name, _ in exercises).items() if count > 1}
    return {
        cell: summary(them)
        for cell, them in members.items()
        if len(them) >= fewest(cell) and (cell.exercise != ALL or cell.measure in several)
    }


def fewest(cell: Cell) -> int:
    """Return how many values a cell needs."""
    return FEWEST_OF_A_PART if ALL in (cell.phase, cell.joints) and cell.phase != cell.joints else FEWEST


def as_csv(table: Mapping[Cell, Summary]) -> str:
    """Return the table as `formcheck.atlas` reads it."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for cell, one in sorted(table.items(), key=lambda item: _key(item[0])):
        places = 1 if is_angle(cell.measure) else 3
        numbers = (f"{number:.{places}f}" for number in (one.bias, one.sd, one.mae, one.p90, one.guess))
        writer.writerow([*("" if part == ALL else part for part in _key(cell)), one.n, *numbers])
    return text.getvalue()


def _key(cell: Cell) -> tuple[str, ...]:
    return cell.measure, cell.exercise, cell.view, cell.side, cell.phase, cell.joints


def is_angle(name: str) -> bool:
    """Return whether a measure is in degrees."""
    return name.endswith(CORRECTED) or BY_NAME[name.removesuffix(FROM_REST)].unit == "deg"

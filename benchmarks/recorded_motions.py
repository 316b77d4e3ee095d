"""Count and judge motions that people really made, recorded with markers and filmed by an ideal camera.

    python benchmarks/recorded_motions.py ARCHIVE.npz [--into docs/recorded-motions.md] [--views side,front]

ARCHIVE holds the five movements of the lower limb of UI-PRMD (Vakanski, Jun, Paul, Baker, Data 2018, 3(1), 2;
Open Data Commons Public Domain Dedication and License 1.0): ten people, ten repetitions, once as asked and
once as somebody with a problem would (``_inc``), 39 Plug-in Gait markers.  The ten repetitions of one person
and one kind are strung into a set; joint centres are estimated from the markers, landmarks are placed around
them as the pose model places them, and a pinhole camera sees them from the side, at 45 degrees and from the
front.  No pose model runs: what is told is of the engine alone, on timing, sway, depth and bad habits that
nobody designed.

Two things follow from the landmarks being exact.  Errors of the pose model are not in it, so that counts are
better than from a video; and the learned angles correct for errors that are not there, so that ranges are
not compared.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter as Tally
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from formcheck.analyser import UNKNOWN, Analyser
from formcheck.exercises import EXERCISES
from formcheck.observer import Observation
from formcheck.pose.skeleton import LANDMARK_COUNT, Landmark, Pose
from formcheck.recognition import recognise
from formcheck.results import Summary

Floats = NDArray[np.float64]
Markers = dict[str, Floats]
"""Marker by name, shape (frames, 3), metres: x forward, y to the person's left, z up."""

MARK = "<!-- printed by benchmarks/recorded_motions.py -->"
RATE_HZ = 100.0 / 3.0
"""The archive is thinned from 100 Hz to every third frame."""
PEOPLE, REPETITIONS = range(1, 11), range(1, 11)
AS_ASKED, OTHERWISE = "", "_inc"
SQUATS = "m01"
OTHERS = {
    "m02": "hurdle step",
    "m04": "side lunge",
    "m05": "sit to stand",
    "m06": "standing leg raise",
}
JOIN_S = 0.5
"""From the end of one repetition to the beginning of the next, which was recorded apart from it."""
LEAST_COUNTED, LEAST_EXACT = 597, 57
"""What is asked for of 600 repetitions and 60 sets."""

SIDES = (("L", "LEFT", 1.0), ("R", "RIGHT", -1.0))


@dataclass(frozen=True, slots=True)
class Size:
    """A length that markers do not give.

    Attributes
    ----------
    metres : float
    source : str
    """

    metres: float
    source: str


HIP_BACK = (-0.24, -0.0099)
HIP_UP = (-0.30, -0.0109)
HIP_OUT = (0.33, 0.0073)
"""Hip centre from midway between the front markers of the pelvis: forward by a share of the pelvis' depth, up
and outward by shares of its width, and metres (Harrington and others, J Biomech 2007, 40, 595)."""
MARKER_R = Size(0.007, "Plug-in Gait: 14 mm markers")
KNEE_HALF = Size(0.0525, "half the mean width of an adult's knee, 105 mm (Plug-in Gait asks for it)")
ANKLE_HALF = Size(0.036, "half the mean width over the malleoli, 72 mm")
SHOULDER_DOWN = Size(0.04, "the joint lies below the marker on the acromion; the pose model puts it there")
TOE_BEYOND = 0.35
"""The toes' tips lie beyond the marker on the second metatarsal by this share of heel to marker."""
SOLE_DOWN = Size(0.03, "the foot's landmarks lie near the sole, markers on the shoe above it")
EAR_DOWN, NOSE_DOWN, NOSE_AHEAD = 0.075, 0.11, 0.03
"""Metres below (and ahead of) the head band, which is worn above the ears."""
BENT_DEG = 45.0
"""From this flexion on, hip, knee and ankle tell the axis of the knee."""


# Markers


def read(archive: Mapping[str, NDArray[np.int16]], key: str, names: Sequence[str]) -> Markers:
    """Return the markers of one repetition, metres."""
    points = archive[key].astype(np.float64) / 1000.0
    return {name: points[:, place] for place, name in enumerate(names)}


def strung(pieces: Sequence[Markers], join_s: float = JOIN_S) -> Markers:
    """Return repetitions as one set: from the last posture of each to the first of the next in `join_s`.

    Each was recorded on its own, a step aside from the one before; the feet are put where the first set
    them down, and what is left of the difference is passed through evenly.
    """
    frames = max(round(join_s * RATE_HZ), 1)
    share = np.arange(1, frames)[:, None] / frames
    share = share * share * (3.0 - 2.0 * share)
    start = _between_feet(pieces[0])
    placed = [{name: at + (start - _between_feet(piece)) for name, at in piece.items()} for piece in pieces]
    whole: Markers = {}
    for name in pieces[0]:
        parts = [placed[0][name]]
        for before, after in pairwise(placed):
            parts += [before[name][-1] + share * (after[name][0] - before[name][-1]), after[name]]
        whole[name] = np.concatenate(parts)
    return whole


def _between_feet(markers: Markers) -> Floats:
    """Return the place between the feet at first, on the floor."""
    middle = np.mean([markers[name][0] for name in ("LANK", "RANK", "LTOE", "RTOE")], axis=0)
    return np.array([middle[0], middle[1], 0.0])


def facing_forward(markers: Markers) -> Markers:
    """Return the markers turned so that the pelvis faces x in the median."""
    across = markers["LASI"] - markers["RASI"]
    turn = -float(np.median(np.arctan2(-across[:, 0], across[:, 1])))
    about = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1.0]])
    return {name: at @ about.T for name, at in markers.items()}


# Joint centres


def joint_centres(markers: Markers) -> dict[str, Floats]:
    """Return ``hip.L``, ``knee.L``, ``ankle.L`` and so on, shape (frames, 3)."""
    hips = hip_centres(markers)
    joints: dict[str, Floats] = {}
    for letter, _, sign in SIDES:
        hip, knee, ankle = hips[letter], markers[f"{letter}KNE"], markers[f"{letter}ANK"]
        thigh_plane = markers[f"{letter}THI"]
        centre_k, centre_a = knee, ankle
        for _ in range(3):
            outward = knee_axis(hip, centre_k, centre_a, thigh_plane, sign)
            centre_k = knee - (KNEE_HALF.metres + MARKER_R.metres) * outward
            shank = _unit(centre_k - ankle)
            level = _unit(outward - (outward * shank).sum(axis=1, keepdims=True) * shank)
            centre_a = ankle - (ANKLE_HALF.metres + MARKER_R.metres) * level
        joints |= {f"hip.{letter}": hip, f"knee.{letter}": centre_k, f"ankle.{letter}": centre_a}
    return joints


def hip_centres(markers: Markers) -> dict[str, Floats]:
    """Return both hip centres by the regression of Harrington and others."""
    left, right = markers["LASI"], markers["RASI"]
    front, behind = (left + right) / 2, (markers["LPSI"] + markers["RPSI"]) / 2
    across = _unit(left - right)
    ahead = front - behind
    ahead = _unit(ahead - (ahead * across).sum(axis=1, keepdims=True) * across)
    up = np.cross(ahead, across)
    width = float(np.median(_length(left - right)))
    depth = float(np.median(_length(front - behind)))
    back, rise, out = (
        share * size + by for (share, by), size in ((HIP_BACK, depth), (HIP_UP, width), (HIP_OUT, width))
    )
    return {letter: front + back * ahead + rise * up + sign * out * across for letter, _, sign in SIDES}


def knee_axis(hip: Floats, knee: Floats, ankle: Floats, thigh_mark: Floats, sign: float) -> Floats:
    """Return the outward direction of the axis of a knee, frame by frame.

    It is the normal of the plane of the leg, which a bent knee tells well and a straight one not at all: it
    is learned where the knee is bent, in axes of the thigh that the marker beside it gives, and carried to
    every frame.  Of a knee that never bends, the marker's side of the thigh is outward.
    """
    along = _unit(hip - knee)
    aside = thigh_mark - knee
    aside = _unit(aside - (aside * along).sum(axis=1, keepdims=True) * along)
    third = np.cross(along, aside)
    normal = -sign * np.cross(hip - knee, ankle - knee)
    bend = np.degrees(np.arccos(np.clip(-(_unit(hip - knee) * _unit(ankle - knee)).sum(axis=1), -1.0, 1.0)))
    told = bend >= BENT_DEG
    if not told.any():
        return aside
    normal = _unit(normal[told])
    first, second = ((normal * axis[told]).sum(axis=1).mean() for axis in (aside, third))
    return _unit(first * aside + second * third)


# Landmarks as the pose model has them


def landmarks(markers: Markers) -> Floats:
    """Return the 33 landmarks in the room, shape (frames, 33, 3), metres."""
    joints = joint_centres(markers)
    out = np.empty((len(markers["LASI"]), LANDMARK_COUNT, 3))
    hips = (joints["hip.L"] + joints["hip.R"]) / 2
    trunk = _unit((markers["LSHO"] + markers["RSHO"]) / 2 - hips)
    for letter, side, _ in SIDES:
        wrist = (markers[f"{letter}WRA"] + markers[f"{letter}WRB"]) / 2
        fingers, thumb_side = markers[f"{letter}FIN"], markers[f"{letter}WRA"] - wrist
        heel, toe = markers[f"{letter}HEE"], markers[f"{letter}TOE"]
        sole = np.array([0.0, 0.0, SOLE_DOWN.metres])
        for name, at in (
            ("SHOULDER", markers[f"{letter}SHO"] - SHOULDER_DOWN.metres * trunk),
            ("ELBOW", markers[f"{letter}ELB"]),
            ("WRIST", wrist),
            ("INDEX", fingers + thumb_side / 2),
            ("PINKY", fingers - thumb_side / 2),
            ("THUMB", (wrist + fingers) / 2 + thumb_side),
            ("HIP", joints[f"hip.{letter}"]),
            ("KNEE", joints[f"knee.{letter}"]),
            ("ANKLE", joints[f"ankle.{letter}"]),
            ("HEEL", heel - sole),
            ("FOOT_INDEX", toe + TOE_BEYOND * (toe - heel) - sole),
        ):
            out[:, Landmark[f"{side}_{name}"]] = at
    _place_face(out, markers)
    return out


def _place_face(out: Floats, markers: Markers) -> None:
    """Place ears, eyes, nose and mouth below the head band."""
    band = {name: markers[f"{name}HD"] for name in ("LF", "RF", "LB", "RB")}
    front, behind = (band["LF"] + band["RF"]) / 2, (band["LB"] + band["RB"]) / 2
    left = _unit(band["LF"] + band["LB"] - band["RF"] - band["RB"])
    ahead = front - behind
    ahead = _unit(ahead - (ahead * left).sum(axis=1, keepdims=True) * left)
    down = -np.cross(ahead, left)
    face = front + NOSE_AHEAD * ahead
    out[:, Landmark.NOSE] = face + NOSE_DOWN * down
    for letter, side, sign in SIDES:
        beside = sign * left
        ear = (band[f"{letter}F"] + band[f"{letter}B"]) / 2 + EAR_DOWN * down
        out[:, Landmark[f"{side}_EAR"]] = ear
        for name, out_m in (("EYE_INNER", 0.015), ("EYE", 0.03), ("EYE_OUTER", 0.045)):
            out[:, Landmark[f"{side}_{name}"]] = face + 0.06 * down - 0.02 * ahead + out_m * beside
        out[:, Landmark[f"MOUTH_{side}"]] = face + 0.15 * down - 0.02 * ahead + 0.025 * beside


def _unit(vectors: Floats) -> Floats:
    unit: Floats = vectors / np.maximum(_length(vectors)[..., None], 1e-9)
    return unit


def _length(vectors: Floats) -> Floats:
    length: Floats = np.sqrt((vectors * vectors).sum(axis=-1))
    return length


# The camera

AZIMUTH_DEG = {"side": 90.0, "oblique": 45.0, "front": 0.0}
"""Where the camera stands about the person: 0 in front of them, 90 at their left side."""
DISTANCE_M, HEIGHT_M = 4.0, 1.0
FRAME_SIZE, FOCAL_PX = (1280, 720), 1024.0
HIDDEN = {"ELBOW": 0.15, "WRIST": 0.2, "KNEE": 0.55, "ANKLE": 0.7, "HEEL": 0.7, "FOOT_INDEX": 0.8}
"""What the pose model says of the side turned away, filmed from the side; shoulders and hips stay at 0.99."""


def filmed(room_m: Floats, view: str, rate_hz: float = RATE_HZ) -> list[Pose]:
    """Return what a camera sees that is aimed at where the person stood at first."""
    azimuth = np.radians(AZIMUTH_DEG[view])
    stand = room_m[0, [Landmark.LEFT_HIP, Landmark.RIGHT_HIP]].mean(axis=0) * np.array([1.0, 1.0, 0.0])
    eye = stand + np.array([DISTANCE_M * np.cos(azimuth), DISTANCE_M * np.sin(azimuth), HEIGHT_M])
    away = np.array([-np.cos(azimuth), -np.sin(azimuth), 0.0])
    right = np.cross(away, [0.0, 0.0, 1.0])
    axes = np.stack([right, [0.0, 0.0, -1.0], away])
    seen = (room_m - eye) @ axes.T
    image = np.array(FRAME_SIZE) / 2 + FOCAL_PX * seen[..., :2] / seen[..., 2:]
    middle = (seen[:, Landmark.LEFT_HIP] + seen[:, Landmark.RIGHT_HIP]) / 2
    world = seen - middle[:, None]
    visibility = np.full(LANDMARK_COUNT, 0.99)
    if view == "side":
        for name, value in HIDDEN.items():
            visibility[Landmark[f"RIGHT_{name}"]] = value
    return [Pose(i / rate_hz, image[i], world[i], visibility, FRAME_SIZE) for i in range(len(room_m))]


# Scoring


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """What became of one set in one view."""

    movement: str
    person: int
    kind: str
    view: str
    given: Summary | None
    recognised: Summary

    @property
    def name(self) -> str:
        """Which recording."""
        return f"{self.movement} person {self.person}{' otherwise' if self.kind else ''}, {self.view}"


def summary_of(poses: Sequence[Pose], exercise: str, seen: Sequence[Observation] = ()) -> Summary:
    """Return what the causal engine tells of an exercise; ``seen`` is what each pose told before."""
    return _told(Analyser(exercise), poses, seen)


def both_of(poses: Sequence[Pose], exercise: str | None) -> tuple[Summary | None, Summary]:
    """Return what is told with the exercise given, where one is, and recognised."""
    seen: list[Observation] = []
    plan = recognise(poses, seen)
    recognised = _told(Analyser(UNKNOWN, plan=plan), poses, seen) if plan else Analyser(UNKNOWN).finish()
    return (None if exercise is None else summary_of(poses, exercise, seen)), recognised


def _told(analyser: Analyser, poses: Sequence[Pose], seen: Sequence[Observation]) -> Summary:
    for pose, observation in zip_longest(poses, seen):
        if observation is None:
            analyser.step(pose)
        else:
            analyser.take(observation, pose)
    return analyser.finish()


def poses_of(
    archive: Mapping[str, NDArray[np.int16]],
    movement: str,
    person: int,
    kind: str,
    views: Iterable[str],
    *,
    join_s: float = JOIN_S,
) -> Iterator[tuple[str, list[Pose]]]:
    """Yield every view of the set of one person."""
    names = [str(name) for name in archive["_markers"]]
    keys = (f"{movement}_s{person:02d}_e{i:02d}{kind}" for i in REPETITIONS)
    pieces = [read(archive, key, names) for key in keys if key in archive]
    room = landmarks(facing_forward(strung(pieces, join_s)))
    for view in views:
        yield view, filmed(room, view)


def scored(
    archive: Mapping[str, NDArray[np.int16]],
    movements: Iterable[str],
    views: Sequence[str],
    join_s: float = JOIN_S,
    people: Sequence[int] = PEOPLE,
) -> Iterator[Scored]:
    """Yield what becomes of every set in every view; squats with the exercise given, too."""
    for movement in movements:
        for person in people:
            for kind in (AS_ASKED, OTHERWISE):
                for view, poses in poses_of(archive, movement, person, kind, views, join_s=join_s):
                    told = both_of(poses, "squat" if movement == SQUATS else None)
                    yield Scored(movement, person, kind, view, *told)


# Tables


def counts_table(sets: Sequence[Scored], views: Sequence[str]) -> str:
    """Return repetitions counted and sets exact, by view and in all."""
    lines = [
        "| view | sets | counted, given | sets exact | counted, recognised | sets exact |",
        "| --- " * 6 + "|",
    ]
    for view in (*views, "all"):
        own = [one for one in sets if view in (one.view, "all")]
        lines.append(f"| {view} | {len(own)} | {_counted(own, given=True)} | {_counted(own, given=False)} |")
    return "\n".join(lines) + "\n"


def _complete(one: Scored, *, given: bool) -> int:
    summary = one.given if given else one.recognised
    if summary is None or (not given and summary.exercise != "squat"):
        return 0
    return summary.reps.complete


def _counted(sets: Sequence[Scored], *, given: bool) -> str:
    """Return how many repetitions were found (no set finds more than it has) and how many sets exactly."""
    asked = len(REPETITIONS)
    found = [_complete(one, given=given) for one in sets]
    exact = sum(number == asked for number in found)
    return f"{sum(min(number, asked) for number in found)} of {asked * len(sets)} | {exact}"


def misses_table(sets: Sequence[Scored]) -> str:
    """Return the sets that were not counted exactly, with what was said of them."""
    lines = ["| set | given | partial | recognised as | counted |", "| --- " * 5 + "|"]
    for one in sets:
        numbers = _complete(one, given=True), _complete(one, given=False)
        if numbers != (len(REPETITIONS),) * 2 and one.given is not None:
            told = one.recognised
            lines.append(
                f"| {one.name} | {numbers[0]} | {one.given.reps.partial} | {told.exercise} "
                f"| {told.reps.complete} |"
            )
    return "\n".join(lines) + "\n" if len(lines) > 2 else "None.\n"


def checks_table(sets: Sequence[Scored], view: str) -> str:
    """Return what the checks said of repetitions as asked and of the others."""
    lines = [
        "| check | as asked: present | absent | not assessed | otherwise: present | absent | not assessed |",
        "| --- " * 7 + "|",
    ]
    for code in EXERCISES["squat"].codes:
        cells: list[str] = []
        for kind in (AS_ASKED, OTHERWISE):
            verdicts = Tally(
                str(check.verdict)
                for one in sets
                if one.view == view and one.kind == kind and one.given is not None
                for rep in one.given.rep_list
                if rep.complete
                for check in rep.faults
                if check.code == code
            )
            cells += [str(verdicts[name]) for name in ("present", "absent", "not_assessed")]
        if cells[0::3] != ["0", "0"] or cells[1::3] != ["0", "0"]:
            lines.append(f"| `{code}` | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def verdicts_line(sets: Sequence[Scored], view: str) -> str:
    """Return in how many complete repetitions something was present, by kind."""
    told = []
    for kind, words in ((AS_ASKED, "as asked"), (OTHERWISE, "otherwise")):
        reps = [
            rep
            for one in sets
            if one.view == view and one.kind == kind and one.given is not None
            for rep in one.given.rep_list
            if rep.complete
        ]
        present = sum(any(check.severity is not None for check in rep.faults) for rep in reps)
        told.append(f"{present} of {len(reps)} {words}")
    return f"Repetitions with something present: {', '.join(told)}.\n"


def others_table(sets: Sequence[Scored]) -> str:
    """Return what movements that are none of the four were taken for."""
    lines = ["| movement | sets | unknown | taken for (complete repetitions) |", "| --- " * 4 + "|"]
    for movement, words in OTHERS.items():
        own = [one for one in sets if one.movement == movement]
        taken: Tally[str] = Tally()
        for one in own:
            if one.recognised.reps.complete:
                taken[f"{one.recognised.exercise}, {one.view}"] += one.recognised.reps.complete
        quiet = sum(not one.recognised.reps.complete for one in own)
        names = "; ".join(f"{name}: {number}" for name, number in sorted(taken.items())) or "none"
        lines.append(f"| {words} | {len(own)} | {quiet} | {names} |")
    return "\n".join(lines) + "\n"


def report(sets: Sequence[Scored], views: Sequence[str]) -> str:
    """Return all tables."""
    squats = [one for one in sets if one.movement == SQUATS]
    parts = [
        "### Squats\n",
        counts_table(squats, views),
        "Sets not counted exactly:\n",
        misses_table(squats),
    ]
    for view in views:
        parts += [f"### Checks, {view}\n", checks_table(squats, view), verdicts_line(squats, view)]
    if len(squats) < len(sets):
        parts += ["### Other movements\n", others_table(sets)]
    return "\n".join(parts)


def fine(sets: Sequence[Scored]) -> bool:
    """Return whether as many squats and sets were found as is asked for, the exercise given."""
    asked = len(REPETITIONS)
    found = [_complete(one, given=True) for one in sets if one.movement == SQUATS]
    return (
        sum(min(number, asked) for number in found) >= LEAST_COUNTED * len(found) / 60
        and sum(number == asked for number in found) >= LEAST_EXACT * len(found) / 60
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Score the archive and print the tables; 1 if fewer squats are found than is asked for."""
    parser = argparse.ArgumentParser(description="Count and judge motions recorded with markers.")
    parser.add_argument("archive", type=Path)
    parser.add_argument("--views", default="side,oblique,front")
    parser.add_argument("--squats-only", action="store_true", help="leave the other movements out")
    parser.add_argument("--people", type=int, default=len(PEOPLE), metavar="N", help="the first N only")
    parser.add_argument("--join", type=float, default=JOIN_S, metavar="S", help="time between repetitions")
    parser.add_argument("--into", type=Path, metavar="FILE", help=f"also renew what follows {MARK} in it")
    asked = parser.parse_args(arguments)
    views = asked.views.split(",")
    with np.load(asked.archive, allow_pickle=False) as archive:
        movements = [SQUATS, *([] if asked.squats_only else OTHERS)]
        sets = list(scored(archive, movements, views, asked.join, PEOPLE[: asked.people]))
    text = report(sets, views)
    print(text, end="")
    if asked.into:
        kept = asked.into.read_text(encoding="utf-8").partition(MARK)[0]
        asked.into.write_text(f"{kept}{MARK}\n\n{text}", encoding="utf-8")
    return 0 if fine(sets) else 1


if __name__ == "__main__":
    raise SystemExit(main())

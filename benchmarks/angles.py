"""Score angles against people whose angles in space are known exactly, and print Markdown tables.

    python benchmarks/angles.py [FOLDER] [--clips FOLDER ...] [--poses CACHE] [--into docs/FILE.md]

FOLDER (default ``benchmarks/trials``) holds ``NAME.poses.npz``, what a review saw of a clip, and
``NAME.truth.npz``, what was true (`samples.studio.trials`); nothing is rendered and no pose model runs.
``--clips`` adds videos with truth as `benchmarks.accuracy` takes them; their poses are kept in CACHE.

Absolute errors in degrees, mean / 90th percentile over frames, always against the angle of the body in space:

model, image
    The angle in the picture between the bare pose model's landmarks.
model, world
    The angle between its landmarks in space; the hip's is unsigned.
reported
    What formcheck gives in ``frames.csv``, in how many of the frames, and how often its band held the truth;
    it is meant to in nine frames of ten.
corrected
    What `formcheck.correction` estimates from the bare landmarks, and how often its band held the truth.

Views go by where the camera truly stood: ``side`` up to 35 degrees off the person's left-right axis,
``front`` and ``back`` from 60 degrees on, ``oblique`` between.  Somebody on their side is seen from the front
or the back (within 30 degrees) or obliquely.  The *near* side is the camera's; from front and back both are.
Of somebody on their side it is the upper leg; the lower one lies under it and counts as the *far* side.

The exit code is 1 while a goal is missed by what is reported.
"""

from __future__ import annotations

import argparse
import importlib
import json
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.accuracy import poses_of
from benchmarks.fault_score import markdown
from benchmarks.true_motion import EXERCISE_NAMES, interior_deg, load_joints, opening_deg, projected
from formcheck.cli import native_chatter_silenced
from formcheck.errors import ModelError
from formcheck.kinematics import body_of, measure
from formcheck.pose import recorded
from formcheck.pose.recorded import Recording
from formcheck.pose.skeleton import Landmark, Pose
from formcheck.results import FrameAngles
from formcheck.review import Options, analyse

Floats = NDArray[np.float64]

TRIALS = Path(__file__).resolve().parent / "trials"
MARK = "<!-- printed by benchmarks/angles.py -->"
OFF_SIDE_DEG, OFF_FRONT_DEG = 35.0, 30.0
"""Side view: so near to the left-right axis.  Front or back: so near to the front or the back."""
SIDE_NAMES = {"L": "left", "R": "right"}
FLEXIONS = ("hip_flexion", "knee_flexion")
"""What the goals are about."""
OTHERS = ("hip_abduction", "hip_external_rotation", "thigh_elevation")
WHOLE_IN = {
    "trunk_inclination": ("squat", "bridge", "seated_march"),
    "trunk_lateral_lean": ("squat", "seated_march"),
    "pelvis_roll": ("clamshell",),
    "clamshell_opening": ("clamshell",),
    "pelvic_obliquity": ("squat", "bridge", "seated_march"),
}
"""Angles of the whole body, and in which exercises they mean something."""
WAYS = ("model, image", "model, world", "reported", "corrected")
BANDED = ("reported", "corrected")
"""Ways that come with a band."""
GOALS_DEG = {"side": 3.0, "other": 5.0, "far": 7.0}
"""Largest mean error: of the near side in side views, of it in every other view, of the far side."""
COVERED = (0.85, 0.95)
"""In how many frames a band ought to hold the truth."""
REPORTED_FROM = 0.5
"""An angle given in fewer frames than that does not meet its goal."""
ON_PERSON = 0.5
"""The hips seen lie within so many true trunk lengths of the true ones, or somebody else was followed."""
HARD = "_hard"
"""Ends the names of trials in poor light, loose clothes, under blankets; not held to the goals."""


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """What a review saw of a clip, and what was true.

    Attributes
    ----------
    name, exercise, view : str
    near : str
        Letter of the side nearer to the camera; of somebody on their side, of the upper leg.
    yaw_deg : float
        Of the camera: 0 = in front (from the feet of somebody on their back), 90 = at their left.
    recording : Recording
    true_deg : Mapping[str, Floats]
        ``knee_flexion.L``, ``trunk_inclination`` and so on, degrees per frame.
    joints_px : Mapping[str, Floats]
        ``hip.L`` and so on, shape (frames, 2).
    """

    name: str
    exercise: str
    view: str
    near: str
    yaw_deg: float
    recording: Recording
    true_deg: Mapping[str, Floats]
    joints_px: Mapping[str, Floats]


@dataclass(frozen=True, slots=True, eq=False)
class Errors:
    """Errors of one angle on one side in one clip.

    Attributes
    ----------
    clip, exercise, view : str
    side : str
        ``near``, ``far``, ``both`` (one of them), or ``whole``.
    angle : str
    off_deg : Mapping[str, Floats]
        Absolute errors per frame by way (`WAYS`), NaN where there is no answer.
    half_deg : Mapping[str, Floats]
        Half of the band around each answer, of the ways that give one; NaN where there is no answer.
    """

    clip: str
    exercise: str
    view: str
    side: str
    angle: str
    off_deg: Mapping[str, Floats]
    half_deg: Mapping[str, Floats] = field(default_factory=dict)


# Reading


def read_trial(truth: Path) -> Clip:
    """Read a trial from its ``NAME.truth.npz``; the poses lie beside it."""
    with np.load(truth, allow_pickle=False) as archive:
        header = json.loads(str(archive["header"]))
        angles = archive["angles_deg"].astype(np.float64)
        pixels = archive["joints_px"].astype(np.float64) * float(archive["unit_px"])
        angle_names, joint_names = ([str(n) for n in archive[k]] for k in ("angle_names", "joint_names"))
        places = archive["joints_m"].astype(np.float64) * float(archive["unit_m"])
    recording = recorded.load(truth.with_name(truth.name.replace(".truth.", ".poses.")))
    if len(recording.sightings) != len(angles):
        raise ValueError(f"{truth}: {len(angles)} true frames, but {len(recording.sightings)} were seen")
    return Clip(
        name=header["name"],
        exercise=header["exercise"],
        view=view_of(header["exercise"], float(header["yaw_deg"])),
        near=header["near"],
        yaw_deg=float(header["yaw_deg"]),
        recording=recording,
        true_deg={
            **{name: angles[:, i] for i, name in enumerate(angle_names)},
            "clamshell_opening": opening_deg({name: places[:, i] for i, name in enumerate(joint_names)}),
        },
        joints_px={name: pixels[:, i] for i, name in enumerate(joint_names)},
    )


def read_clip(path: Path, cache: Path | None) -> Clip:
    """Read a video's truth, ``NAME.json`` and ``NAME.npz``, and its poses; flexions and opening only."""
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    joints, _ = load_joints(path.with_suffix(".npz"))
    exercise = EXERCISE_NAMES.get(document["meta"]["exercise"], document["meta"]["exercise"])
    eye = np.array(document["camera"]["eye"], dtype=np.float64)
    x, y, _ = eye - (joints["hip.L"][0] + joints["hip.R"][0]) / 2.0
    yaw = float(np.degrees(np.arctan2(x, -y)) % 360.0)
    near = "L" if x >= 0.0 else "R"
    if exercise == "clamshell":
        near = "L" if joints["hip.L"][0, 2] > joints["hip.R"][0, 2] else "R"
    size = (int(document["size"][0]), int(document["size"][1]))
    return Clip(
        name=path.stem,
        exercise=exercise,
        view=view_of(exercise, yaw),
        near=near,
        yaw_deg=yaw,
        recording=poses_of(path.with_suffix(".mp4"), "full", cache),
        true_deg={**flexions_deg(joints), "clamshell_opening": opening_deg(joints)},
        joints_px={name: projected(places, document["camera"], size) for name, places in joints.items()},
    )


def view_of(exercise: str, yaw_deg: float) -> str:
    """Return the view from a camera's yaw: ``side``, ``oblique``, ``front`` or ``back``.

    Of somebody on their side nothing but ``front`` and ``back`` is a view of its own.
    """
    from_front = abs((yaw_deg + 180.0) % 360.0 - 180.0)
    if from_front <= OFF_FRONT_DEG:
        return "front"
    if from_front >= 180.0 - OFF_FRONT_DEG:
        return "back"
    if exercise != "clamshell" and abs(from_front - 90.0) <= OFF_SIDE_DEG:
        return "side"
    return "oblique"


def flexions_deg(joints: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return hip and knee flexion of true joints: the hip's in the plane across the hip line, signed."""
    left = joints["hip.L"] - joints["hip.R"]
    left = left / np.linalg.norm(left, axis=1, keepdims=True)
    out = {}
    for side in "LR":
        shoulder, hip, knee, ankle = (joints[f"{n}.{side}"] for n in ("shoulder", "hip", "knee", "ankle"))
        down, thigh = (v - (v * left).sum(axis=1)[:, None] * left for v in (hip - shoulder, knee - hip))
        turn = (np.cross(thigh, down) * left).sum(axis=1)
        out[f"hip_flexion.{side}"] = np.degrees(np.arctan2(turn, (down * thigh).sum(axis=1)))
        out[f"knee_flexion.{side}"] = 180.0 - interior_deg(hip, knee, ankle)
    return out


# Measuring

Correct = Callable[[Pose], Any]


def correction() -> Correct | None:
    """Return what estimates the angles of a pose, None when this formcheck has no correction."""
    try:
        estimate: Correct = importlib.import_module("formcheck.correction").load().estimate
    except (ModuleNotFoundError, ModelError) as error:
        sys.stderr.write(f"no correction: {error}\n")
        return None
    return estimate


def errors_of(clip: Clip, correct: Correct | None) -> Iterator[Errors]:
    """Yield the errors of every angle of a clip."""
    poses = list(clip.recording.poses())
    model = [measure(body_of(pose)) for pose in poses]
    given, bands = reported(clip)
    estimates = [correct(pose) for pose in poses] if correct is not None else []
    for name, true in clip.true_deg.items():
        angle, _, side = name.partition(".")
        ours = f"{SIDE_NAMES[side]}_{angle}" if side else angle
        answers: dict[str, Floats] = {}
        halves: dict[str, Floats] = {}
        if angle in FLEXIONS:
            answers["model, image"] = _column(model, ours)
            answers["model, world"] = _column(model, f"{ours}_3d")
            answers["reported"] = _column(given, ours)
            halves["reported"] = _column(bands, ours)
        elif clip.exercise not in WHOLE_IN.get(angle, ()) and angle not in OTHERS:
            continue
        if estimates and ours in estimates[0].angles_deg:
            answers["corrected"] = _column([one.angles_deg for one in estimates], ours)
            halves["corrected"] = _column([one.half_deg for one in estimates], ours)
        frames = min(len(true), len(poses))
        off = {way: apart_deg(answer[:frames], true[:frames]) for way, answer in answers.items()}
        half = {way: band[:frames] for way, band in halves.items()}
        if off:
            yield Errors(clip.name, clip.exercise, clip.view, place_of(clip, side), angle, off, half)


def apart_deg(first: Floats, second: Floats) -> Floats:
    """Return how far directions are apart, 0 to 180 degrees."""
    apart: Floats = np.abs((first - second + 180.0) % 360.0 - 180.0)
    return apart


Rows = Sequence[Mapping[str, float]]


def reported(clip: Clip) -> tuple[Rows, Rows]:
    """Return the angles of every frame as formcheck gives them, the exercise told, and their half bands."""
    clip.recording.options = {}
    review = analyse(clip.recording, Options(exercise=clip.exercise).completed_by({}))
    snapshots = list(review.snapshots())
    return [_flexions(one.angles) for one in snapshots], [_flexions(one.bands) for one in snapshots]


def _flexions(told: FrameAngles) -> dict[str, float]:
    names = [f"{side}_{angle}" for side in SIDE_NAMES.values() for angle in FLEXIONS]
    return {name: getattr(told, f"{name}_deg") for name in names}


def _column(rows: Rows, name: str) -> Floats:
    return np.array([row[name] for row in rows], dtype=np.float64)


def place_of(clip: Clip, side: str) -> str:
    """Return which side of the clip a letter is: ``near``, ``far``, ``both`` or (no letter) ``whole``."""
    if not side:
        return "whole"
    if clip.view in ("front", "back") and clip.exercise != "clamshell":
        return "both"
    return "near" if side == clip.near else "far"


def on_person(clip: Clip) -> Floats:
    """Return whether the person was followed, by frame: 1, 0 = somebody or something else, NaN = nobody."""
    true = {n: (clip.joints_px[f"{n}.L"] + clip.joints_px[f"{n}.R"]) / 2.0 for n in ("hip", "shoulder")}
    seen = np.array(
        [
            pose.image_px[[Landmark.LEFT_HIP, Landmark.RIGHT_HIP]].mean(axis=0)
            for pose in clip.recording.poses()
        ]
    ).reshape(-1, 2)
    frames = min(len(seen), len(true["hip"]))
    off = np.linalg.norm(seen[:frames] - true["hip"][:frames], axis=1)
    trunk = np.linalg.norm(true["shoulder"] - true["hip"], axis=1)[:frames]
    return np.where(np.isnan(off), np.nan, off <= ON_PERSON * np.maximum(trunk, np.median(trunk)))


# The tables


def pooled(rows: Iterable[Errors], way: str) -> Floats:
    """Return the errors of a way, all frames together; nothing where it has no answer."""
    found = [row.off_deg[way] for row in rows if way in row.off_deg]
    return np.concatenate(found) if found else np.zeros(0)


def mean_deg(errors: Floats) -> float:
    """Return the mean of the known errors, NaN without any."""
    known = errors[np.isfinite(errors)]
    return float(known.mean()) if known.size else math.nan


def share_known(errors: Floats) -> float:
    """Return in how many of the frames there is an answer; 0 without frames."""
    return float(np.isfinite(errors).mean()) if errors.size else 0.0


def covered_share(rows: Iterable[Errors], way: str) -> float:
    """Return in how many frames of a way that have a band it held the truth, NaN without any."""
    inside = [np.zeros(0, np.bool_)]
    for row in rows:
        if way in row.half_deg:
            off, half = row.off_deg[way], row.half_deg[way]
            known = np.isfinite(off) & np.isfinite(half)
            inside.append(off[known] <= half[known])
    covered = np.concatenate(inside)
    return float(covered.mean()) if covered.size else math.nan


def goal_deg(view: str, side: str) -> float:
    """Return how large the mean error may be."""
    if side == "far":
        return GOALS_DEG["far"]
    return GOALS_DEG["side" if view == "side" else "other"]


def meets(rows: Sequence[Errors], way: str) -> bool:
    """Return whether a group of one view and side meets its goal: small errors, and most frames answered."""
    errors = pooled(rows, way)
    limit = goal_deg(rows[0].view, rows[0].side)
    return share_known(errors) >= REPORTED_FROM and mean_deg(errors) <= limit


GOALS: dict[str, Callable[[Errors], bool]] = {
    "near side, side views": lambda row: row.side != "far" and row.view == "side",
    "near side or both, other views": lambda row: row.side != "far" and row.view != "side",
    "far side": lambda row: row.side == "far",
}


def grouped(rows: Iterable[Errors], *names: str) -> dict[tuple[str, ...], list[Errors]]:
    """Return the rows by some of their attributes, in order of first appearance of each."""
    groups: dict[tuple[str, ...], list[Errors]] = {}
    for row in rows:
        groups.setdefault(tuple(getattr(row, name) for name in names), []).append(row)
    return groups


VIEW_ORDER = ("side", "oblique", "front", "back")
SIDE_ORDER = ("near", "far", "both", "whole")
EXERCISE_ORDER = ("squat", "bridge", "clamshell", "seated_march")


def _in_order(rows: Iterable[Errors]) -> list[Errors]:
    return sorted(
        rows,
        key=lambda row: (
            EXERCISE_ORDER.index(row.exercise),
            VIEW_ORDER.index(row.view),
            SIDE_ORDER.index(row.side),
            row.angle,
        ),
    )


def flexion_table(rows: Sequence[Errors], ways: Sequence[str]) -> str:
    """Return the table of hip and knee flexion by exercise, view and side."""
    judged = [way for way in ("reported", "corrected") if way in ways]
    header = ["exercise", "view", "side", "angle", "clips"]
    header += [*_way_headers(ways), "goal", *(f"met, {way}" for way in judged)]
    groups = grouped(_in_order(rows), "exercise", "view", "side", "angle")
    lines = []
    for (exercise, view, side, angle), group in groups.items():
        cells = [exercise, view, side, _words(angle), str(len({row.clip for row in group}))]
        cells += [*_way_cells(group, ways), f"{goal_deg(view, side):.0f}"]
        lines.append([*cells, *(_yes(meets(group, way)) for way in judged)])
    return markdown(header, lines)


def _way_headers(ways: Sequence[str]) -> list[str]:
    out = []
    for way in ways:
        out += [way, *{"reported": ["frames", "in its band"], "corrected": ["in its band"]}.get(way, [])]
    return out


def _way_cells(group: Sequence[Errors], ways: Sequence[str]) -> list[str]:
    out = []
    for way in ways:
        errors = pooled(group, way)
        out.append(_mean_and_p90(errors))
        if way == "reported":
            out.append(_percent(share_known(errors)))
        if way in BANDED:
            out.append(_percent(covered_share(group, way)))
    return out


def other_table(rows: Sequence[Errors]) -> str:
    """Return the table of the other angles, which only the correction gives."""
    groups = grouped(sorted(_in_order(rows), key=lambda row: row.angle), "angle", "exercise", "view", "side")
    lines = [
        [_words(angle), exercise, view, side, *_way_cells(group, ("corrected",))]
        for (angle, exercise, view, side), group in groups.items()
    ]
    return markdown(("angle", "exercise", "view", "side", *_way_headers(("corrected",))), lines)


def summary_table(rows: Sequence[Errors], ways: Sequence[str]) -> str:
    """Return the table of all frames of a goal together, and of everything."""
    lines = []
    for name in (*GOALS, "everything"):
        for angle in FLEXIONS:
            group = [row for row in rows if row.angle == angle and (name not in GOALS or GOALS[name](row))]
            if group:
                lines.append([name, _words(angle), *_way_cells(group, ways)])
    return markdown(["", "angle", *_way_headers(ways)], lines)


def clip_table(clips: Sequence[Clip], rows: Sequence[Errors], ways: Sequence[str]) -> str:
    """Return the table of clips: how the person was followed, and the mean error of both hips and knees."""
    by_clip = grouped([row for row in rows if row.angle in FLEXIONS], "clip")
    lines = []
    for clip in clips:
        followed = on_person(clip)
        lost, away = (_percent(float(one.mean())) for one in (np.isnan(followed), followed == 0.0))
        cells = [f"`{clip.name}`", clip.view, f"{clip.yaw_deg:.0f}", str(len(followed)), lost, away]
        lines.append([*cells, *(_number(mean_deg(pooled(by_clip[(clip.name,)], way))) for way in ways)])
    return markdown(["clip", "view", "yaw", "frames", "nobody found", "elsewhere", *ways], lines)


def _mean_and_p90(errors: Floats) -> str:
    known = errors[np.isfinite(errors)]
    return f"{known.mean():.1f} / {np.percentile(known, 90):.1f}" if known.size else "-"


def _number(value: float) -> str:
    return f"{value:.1f}" if math.isfinite(value) else "-"


def _percent(share: float) -> str:
    return f"{100.0 * share:.0f} %" if math.isfinite(share) else "-"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _yes(met: bool) -> str:
    return "yes" if met else "no"


def verdicts(rows: Sequence[Errors], ways: Sequence[str]) -> tuple[bool, str]:
    """Return whether what is reported meets every goal, and a line for each goal."""
    groups = list(grouped(rows, "exercise", "view", "side", "angle").values())
    lines, fine = [], True
    for way in (way for way in ("reported", "corrected") if way in ways):
        for goal, belongs in GOALS.items():
            asked = [group for group in groups if belongs(group[0])]
            if not asked:
                continue
            met = sum(meets(group, way) for group in asked)
            limit = goal_deg(asked[0][0].view, asked[0][0].side)
            passed = met == len(asked)
            fine &= passed or way != "reported"
            lines.append(
                f"- {_pass(passed)}: {way}, {goal}, mean at most {limit:.0f}: {met} of {len(asked)} rows"
            )
    for way in (way for way in BANDED if way in ways):
        share = covered_share(rows, way)
        if math.isnan(share):
            continue
        passed = COVERED[0] <= share <= COVERED[1]
        fine &= passed or way != "reported"
        low, high = (f"{100 * one:.0f}" for one in COVERED)
        lines.append(
            f"- {_pass(passed)}: {way}, the band holds the truth in {_percent(share)} ({low} to {high} %)"
        )
    return fine, "\n".join(lines) + "\n"


def _pass(passed: bool) -> str:
    return "pass" if passed else "fail"


def section(clips: Sequence[Clip], rows: Sequence[Errors], *, judged: bool) -> tuple[bool, str]:
    """Return whether the goals are met (where they are asked for), and all tables of some clips."""
    ways = [way for way in WAYS if any(way in row.off_deg for row in rows)]
    flexions = [row for row in rows if row.angle in FLEXIONS]
    others = [row for row in rows if row.angle not in FLEXIONS]
    frames = sum(len(clip.recording.sightings) for clip in clips)
    text = f"{len(clips)} clips, {frames} frames.\n\n{summary_table(flexions, ways)}"
    fine, told = verdicts(flexions, ways)
    if judged:
        text += f"\n{told}"
    text += f"\n{flexion_table(flexions, ways)}"
    if others:
        text += f"\n{other_table(others)}"
    text += f"\nMeans over hips and knees of both sides, by clip.\n\n{clip_table(clips, rows, ways)}"
    return fine or not judged, text


def main(arguments: Sequence[str] | None = None) -> int:
    """Score the trials and print the tables; 1 while a goal is missed."""
    parser = argparse.ArgumentParser(description="Score angles against people whose angles are known.")
    parser.add_argument("folder", nargs="?", type=Path, default=TRIALS)
    parser.add_argument("--clips", nargs="+", type=Path, default=[], metavar="FOLDER")
    parser.add_argument("--poses", type=Path, metavar="CACHE", help="keep the poses of clips in this folder")
    parser.add_argument(
        "--into", type=Path, metavar="FILE", help=f"also renew what follows {MARK} in this file"
    )
    asked = parser.parse_args(arguments)
    trials = [read_trial(path) for path in sorted(asked.folder.glob("*.truth.npz"))]
    if not trials:
        parser.error(f"there is no NAME.truth.npz in {asked.folder}")
    with native_chatter_silenced():
        clips = [
            read_clip(path, asked.poses)
            for folder in asked.clips
            for path in sorted(folder.glob("*.json"))
            if path.with_suffix(".npz").exists() and path.with_suffix(".mp4").exists()
        ]
    correct = correction()
    fine, text = True, ""
    for title, chosen, judged in (
        ("Trials", [one for one in trials if not one.name.endswith(HARD)], True),
        ("Hard trials", [one for one in trials if one.name.endswith(HARD)], False),
        ("Clips", clips, False),
    ):
        if chosen:
            rows = [row for clip in chosen for row in errors_of(clip, correct)]
            met, tables = section(chosen, rows, judged=judged)
            fine, text = fine and met, f"{text}### {title}\n\n{tables}\n"
    print(text.rstrip("\n"))
    if asked.into:
        kept = asked.into.read_text(encoding="utf-8").partition(MARK)[0]
        asked.into.write_text(f"{kept}{MARK}\n\n{text.rstrip()}\n", encoding="utf-8")
    return 0 if fine else 1


if __name__ == "__main__":
    raise SystemExit(main())

"""Set two versions of formcheck side by side on every clip at hand: counts, verdicts, ranges, traces.

    python benchmarks/compare.py snapshot OUT.json [FOLDER ...] [--poses FOLDER] [--labels FILE]
                                 [--angles OUT.npz]
    python benchmarks/compare.py table BEFORE.json AFTER.json [--into docs/before-after.md]
    python benchmarks/compare.py traces NAME ... --poses FOLDER [--labels FILE] [--before BEFORE.npz]
                                 [--out docs/traces] [--into docs/before-after.md]

``snapshot`` reviews every clip, the exercise given and recognised, and writes what came out.  A FOLDER holds
videos with truth as `benchmarks.accuracy` takes them, or trials (`samples.studio.trials`); default: all that
come with formcheck.  In ``--poses`` lie recorded poses, ``NAME.npz``: those of the videos, so that no pose
model has to run, and those of other clips, which are reviewed too.  ``--labels`` is JSON that says of some of
them what they show (``files``: name -> ``formcheck_exercise``, ``expected_repetitions``, ``view``).
``--angles`` keeps what is reported in every frame of those.

For an older version, put this file into its ``benchmarks`` folder and run it there, with the folders of
today as arguments::

    git worktree add ../before a633bbc && cp benchmarks/compare.py ../before/benchmarks/

``table`` prints what changed, in Markdown.  What a verdict ought to be is taken from the newer file: a
snapshot knows it where the true joints are known (`benchmarks.fault_truth`).

``traces`` draws hip and knee flexion over time for the clips named, and prints how the learned angles hold on
them.  No picture and no landmark of anybody is kept.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.accuracy import poses_of, read_truth
from benchmarks.fault_truth import profile_for
from benchmarks.true_motion import Motion
from formcheck.cli import native_chatter_silenced
from formcheck.exercises import EXERCISES
from formcheck.kinematics import BY_NAME, SIDES, body_of
from formcheck.pose import recorded
from formcheck.pose.recorded import Recording
from formcheck.pose.skeleton import Side
from formcheck.profile import STANDARD, Profile
from formcheck.results import FaultVerdict, Phase, Summary, ViewLabel
from formcheck.review import Options, analyse

Floats = NDArray[np.float64]

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = tuple(
    ROOT / name for name in ("samples", "benchmarks/clips", "benchmarks/holdout", "benchmarks/trials")
)
OTHER_CLIPS = "other clips"
"""Stands for the folder of clips of which there are only poses."""
PRESENT, ABSENT, SILENT = (str(one) for one in FaultVerdict)
JOINTS = ("hip", "knee")
ANGLE_NAMES = tuple(f"{side}_{joint}_flexion" for joint in JOINTS for side in Side)
TABLE_MARK = "<!-- printed by benchmarks/compare.py table -->"
TRACES_MARK = "<!-- printed by benchmarks/compare.py traces -->"
END_MARK = "<!-- end -->"
"""What is printed into a page goes between a mark and this; words around it stay."""


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """One clip that can be reviewed.

    Attributes
    ----------
    name, folder : str
    recording : Recording
    exercise : str
        What it shows; empty when not known, ``unknown`` for none of ours.
    reps : int | None
        How many complete repetitions it shows.
    profile : Profile
    view : str
        From where it was filmed; empty when not known.
    truth : dict[str, Any]
        As `truth_of` gives it; empty when not known.
    rendered : bool
        Whether nobody real is in it.
    """

    name: str
    folder: str
    recording: Recording
    exercise: str = ""
    reps: int | None = None
    profile: Profile = STANDARD
    view: str = ""
    truth: dict[str, Any] = field(default_factory=dict)
    rendered: bool = False


# Reading clips


def clips_in(folder: Path, poses: Path | None) -> Iterator[Clip]:
    """Yield the trials or the videos with truth in a folder."""
    for path in sorted(folder.glob("*.truth.npz")):
        yield read_trial(path)
    for path in sorted(folder.glob("*.json")):
        if path.with_suffix(".mp4").exists():
            yield read_video(path, poses)


def read_trial(path: Path) -> Clip:
    """Read a trial from its ``NAME.truth.npz``."""
    with np.load(path, allow_pickle=False) as archive:
        header = json.loads(str(archive["header"]))
    motions = trial_motions(path)
    return Clip(
        name=header["name"],
        folder=path.parent.name,
        recording=recorded.load(path.with_name(path.name.replace(".truth.", ".poses."))),
        exercise=header["exercise"],
        reps=len(header["reps"]),
        view=motions[0].view if motions else "",
        truth=truth_of(motions),
        rendered=True,
    )


def read_video(path: Path, poses: Path | None) -> Clip:
    """Read a video from its truth, ``NAME.json``; its poses from a folder, where they are kept too."""
    truth = read_truth(path)
    with native_chatter_silenced():
        recording = poses_of(truth.video, "full", poses)
    return Clip(
        name=path.stem,
        folder=path.parent.name,
        recording=recording,
        exercise=truth.exercise,
        reps=len(truth.reps),
        profile=profile_for(truth.motion),
        view=truth.view,
        truth=truth_of([truth.motion] if truth.motion is not None else []),
        rendered=truth.motion is not None,
    )


def others_in(
    poses: Path, labels: Mapping[str, Mapping[str, Any]], known: Iterable[str] = ()
) -> Iterator[Clip]:
    """Yield the clips of which there are only poses, but for those already known by name."""
    told = {Path(name).stem: row for name, row in labels.items()}
    for path in sorted(poses.glob("*.npz")):
        if path.stem not in set(known):
            label = told.get(path.stem, {})
            yield Clip(
                path.stem,
                OTHER_CLIPS,
                recorded.load(path),
                str(label.get("formcheck_exercise", "")),
                label.get("expected_repetitions"),
                view=str(label.get("view", "")),
            )


def read_labels(path: Path | None) -> Mapping[str, Mapping[str, Any]]:
    """Return what a file of labels says of each clip."""
    if path is None:
        return {}
    rows: Mapping[str, Mapping[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["files"]
    return rows


# The truth, where this version can tell it


def trial_motions(path: Path) -> list[Motion]:
    """Return what was true of a trial, for every view it may be seen from; nothing in older versions."""
    try:
        from benchmarks.trial_faults import read_motions  # noqa: PLC0415
    except ModuleNotFoundError:
        return []
    return read_motions(path)


def truth_of(motions: Sequence[Motion]) -> dict[str, Any]:
    """Return the true repetitions with the verdicts they ought to have, and the true ranges.

    Where a rule judges though the fault is said not to be seen from there, the true motion tells what it
    ought to say.

    ``reps``: ``start_s``, ``end_s``, ``side`` and ``expected`` (code -> verdict, null = any will do);
    ``ranges``: angle -> smallest and largest value during the repetitions, degrees.
    """
    if not motions:
        return {}
    try:
        from benchmarks.angles import flexions_deg  # noqa: PLC0415
        from benchmarks.trial_faults import cases, opened  # noqa: PLC0415
    except ModuleNotFoundError:
        return {}
    first, profile = motions[0], profile_for(motions[0])
    reps: list[dict[str, Any]] = [
        {"start_s": rep.start_s, "end_s": rep.end_s, "side": rep.side, "expected": {}} for rep in first.reps
    ]
    for case in (*cases(motions, profile, []), *opened(first, profile, [])):
        told = case.expected.verdict
        reps[case.rep - 1]["expected"][case.code] = None if told is None else str(told)
    moving = np.zeros(len(first.time_s), np.bool_)
    for rep in first.reps:
        moving |= (first.time_s >= rep.start_s) & (first.time_s <= rep.end_s)
    letters = {"L": "left", "R": "right"}
    ranges = {
        f"{letters[name[-1]]}_{name[:-2]}": [float(values[moving].min()), float(values[moving].max())]
        for name, values in flexions_deg(first.joints).items()
    }
    return {"reps": reps, "ranges": ranges}


# The snapshot


def snapshot_of(clip: Clip) -> dict[str, Any]:
    """Return what a review says of a clip, as JSON has it."""
    clip.recording.options = {}
    auto = analyse(clip.recording, Options().completed_by({})).summary
    given = None
    if clip.exercise in EXERCISES:
        options = Options(exercise=clip.exercise, profile=clip.profile)
        given = described(analyse(clip.recording, options.completed_by({})).summary)
    return {
        "folder": clip.folder,
        "exercise": clip.exercise,
        "view": clip.view,
        "true": clip.reps,
        "given": given,
        "auto": described(auto),
        "truth": clip.truth,
    }


def described(summary: Summary) -> dict[str, Any]:
    """Return the counts, verdicts, ranges and warnings of a summary."""
    ranges = {
        f"{side}_{joint}": [one.min_deg, one.max_deg, one.error_deg]
        for joint, sides in summary.range_of_motion.items()
        for side, one in (("left", sides.left), ("right", sides.right))
        if one is not None
    }
    return {
        "exercise": summary.exercise,
        "complete": summary.reps.complete,
        "partial": summary.reps.partial,
        "view": str(summary.view.label),
        "totals": {
            code: [total.present, total.absent, total.not_assessed] for code, total in summary.faults.items()
        },
        "reps": [
            {
                "start_s": rep.start_s,
                "end_s": rep.end_s,
                "side": "" if rep.side is None else rep.side[0].upper(),
                "complete": rep.complete,
                "faults": {check.code: str(check.verdict) for check in rep.faults},
            }
            for rep in summary.rep_list
        ],
        "ranges": {name.removesuffix("_deg"): found for name, found in ranges.items()},
        "warnings": list(summary.quality.warnings),
    }


def reported_angles(recording: Recording) -> Floats:
    """Return what is reported of hips and knees in every frame, shape (frames, `ANGLE_NAMES`), degrees."""
    recording.options = {}
    review = analyse(recording, Options().completed_by({}))
    return np.array(
        [[getattr(one.angles, f"{name}_deg") for name in ANGLE_NAMES] for one in review.snapshots()],
        dtype=np.float64,
    ).reshape(-1, len(ANGLE_NAMES))


# What changed


@dataclass(frozen=True, slots=True)
class Change:
    """A verdict that changed.

    Attributes
    ----------
    rep : int
        Number of the true repetition, or of the newer one where no truth is known, from 1.
    code, before, after : str
    way : str
        ``nearer`` to the truth, ``further`` from it, or ``open`` where the truth says nothing.
    """

    rep: int
    code: str
    before: str
    after: str
    way: str


def changes_of(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Return the verdicts that changed in one clip: the exercise given, or recognised if it is not known."""
    old, new = (_judged(one) for one in (before, after))
    true = after["truth"].get("reps", [])
    out = []
    for number, rep in enumerate(true or new, start=1):
        said = [_verdicts(largest_overlap(rep, reps)) for reps in (old, new)]
        if not true and not said[0]:
            continue
        expected = rep.get("expected", {})
        for code in dict.fromkeys([*expected, *said[0], *said[1]]):
            was, now = (one.get(code, SILENT) for one in said)
            if was != now:
                out.append(Change(number, code, was, now, way_of(expected.get(code), was, now)))
    return out


def _judged(one: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    reps: Sequence[Mapping[str, Any]] = (one["given"] or one["auto"])["reps"]
    return reps


def _verdicts(rep: Mapping[str, Any] | None) -> Mapping[str, str]:
    return {} if rep is None else rep["faults"]


def largest_overlap(one: Mapping[str, Any], reps: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Return the repetition of the same leg that overlaps one most, None when none does."""
    best, most_s = None, 0.0
    for rep in reps:
        shared_s = min(one["end_s"], rep["end_s"]) - max(one["start_s"], rep["start_s"])
        same_leg = not one["side"] or not rep["side"] or one["side"] == rep["side"]
        if same_leg and shared_s > most_s:
            best, most_s = rep, shared_s
    return best


def way_of(expected: str | None, before: str, after: str) -> str:
    """Return whether a verdict came nearer to what it ought to be: right, silent, wrong in this order."""
    if expected is None:
        return "open"
    was, now = (_away(expected, one) for one in (before, after))
    return "nearer" if now < was else "further" if now > was else "open"


def _away(expected: str, said: str) -> int:
    return 0 if said == expected else 1 if said == SILENT else 2


def off_by(one: Mapping[str, Any], how: str) -> int | None:
    """Return how far a count is off, the exercise ``given`` or recognised (``auto``); None = not known."""
    true, result = one["true"], one[how]
    if true is None or result is None:
        return None
    ours = one["exercise"] in EXERCISES
    counted = result["complete"] if not ours or result["exercise"] == one["exercise"] else 0
    return abs(int(true) - int(counted))


@dataclass(frozen=True, slots=True)
class Pair:
    """One clip before and after."""

    name: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    changes: tuple[Change, ...]

    @property
    def counts_differ(self) -> bool:
        """Whether anything counted differs."""
        return _counted(self.before) != _counted(self.after)

    def counts_way(self) -> str:
        """Return whether the counts came nearer to the truth."""
        old, new = (
            [
                off
                for how in ("given", "auto")
                if (off := off_by(one | {"true": self.after["true"]}, how)) is not None
            ]
            for one in (dict(self.before), dict(self.after))
        )
        if not old or len(old) != len(new):
            return "open"
        if any(b > a for a, b in zip(old, new, strict=True)):
            return "further"
        return "nearer" if sum(new) < sum(old) else "open"


def _counted(one: Mapping[str, Any]) -> list[Any]:
    return [(result["exercise"], result["complete"]) for how in ("given", "auto") if (result := one[how])]


def paired(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Pair]:
    """Return the clips that both snapshots have."""
    old, new = before["clips"], after["clips"]
    return [
        Pair(name, old[name], new[name], tuple(changes_of(old[name], new[name])))
        for name in new
        if name in old
    ]


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def comparison(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Return the table of what changed, and in words whether it is no worse."""
    pairs = paired(before, after)
    rows = []
    for folder, group in groupby(pairs, key=lambda pair: pair.after["folder"]):
        own = list(group)
        changed = [pair for pair in own if pair.counts_differ or pair.changes]
        rows += [_clip_row(pair) for pair in changed]
        rows.append(_folder_row(folder, own, len(own) - len(changed)))
    left = sorted({*before["clips"]} ^ {*after["clips"]})
    return (
        f"{markdown(('clip', 'true', 'before', 'after', 'verdicts that changed'), rows)}\n"
        "Before and after: complete repetitions, the exercise given / recognised.  *Nearer* to the truth or "
        "*further* from it: a right verdict, none, a wrong one, in this order; *open*: the truth says "
        "nothing, or is not known.\n\n"
        f"{statement(pairs)}\n\n{ranges_section(pairs)}"
        + (f"\nIn one snapshot only: {', '.join(left)}.\n" if left else "")
    )


def _clip_row(pair: Pair) -> Sequence[str]:
    true = pair.after["true"]
    told = "; ".join(_told(pair.changes)) or "none"
    way = pair.counts_way()
    if pair.counts_differ and way != "open":
        told = f"count *{way}*; {told}"
    return (
        f"`{pair.name}`",
        "-" if true is None else str(true),
        _counts(pair.before),
        _counts(pair.after),
        told,
    )


def _told(changes: Iterable[Change]) -> list[str]:
    """Return changes in words, repetitions with the same one together."""
    groups: dict[tuple[str, str, str, str], list[int]] = {}
    for one in changes:
        groups.setdefault((one.code, one.before, one.after, one.way), []).append(one.rep)
    return [
        f"{code} {_numbers(reps)}: {_plain(old)} → {_plain(new)}" + ("" if way == "open" else f" (*{way}*)")
        for (code, old, new, way), reps in groups.items()
    ]


def _numbers(reps: Sequence[int]) -> str:
    """Return numbers as 1, 3-5."""
    runs: list[list[int]] = []
    for one in reps:
        if runs and one == runs[-1][-1] + 1:
            runs[-1].append(one)
        else:
            runs.append([one])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def _plain(verdict: str) -> str:
    return verdict.replace("_", " ")


def _counts(one: Mapping[str, Any]) -> str:
    given, auto = one["given"], one["auto"]
    told = "-" if given is None else str(given["complete"])
    other = auto["exercise"] != one["exercise"] and auto["exercise"] != "unknown"
    return f"{told} / {auto['complete']}" + (f" {auto['exercise']}" if other else "")


def _folder_row(folder: str, pairs: Sequence[Pair], same: int) -> Sequence[str]:
    true = [pair.after["true"] for pair in pairs if pair.after["true"] is not None]
    sums = [
        " / ".join(
            str(sum(one[how]["complete"] for one in side if one[how] is not None))
            for how in ("given", "auto")
        )
        for side in ([pair.before for pair in pairs], [pair.after for pair in pairs])
    ]
    told = f"{same} of {len(pairs)} clips as before; {_ways(pairs)}"
    return f"**{folder}**", str(sum(true)) if true else "-", *sums, told


def _ways(pairs: Sequence[Pair]) -> str:
    ways = [one.way for pair in pairs for one in pair.changes]
    return ", ".join(f"{ways.count(way)} {way}" for way in ("nearer", "further", "open"))


def statement(pairs: Sequence[Pair]) -> str:
    """Return in a sentence whether counts and verdicts are no worse."""
    ways = {way: [pair.name for pair in pairs if pair.counts_way() == way] for way in ("nearer", "further")}
    further = [(pair.name, [one for one in pair.changes if one.way == "further"]) for pair in pairs]
    worse = [f"`{name}` {'; '.join(_told(changes))}" for name, changes in further if changes]
    found = (
        f"Of {len(pairs)} clips {len(ways['nearer'])} are counted nearer to the truth and "
        f"{len(ways['further'])} further from it; verdicts: {_ways(pairs)}"
    )
    if not worse and not ways["further"]:
        return f"{found}: counts and verdicts are no worse than before."
    counted = [f"the count of `{name}`" for name in ways["further"]]
    return f"{found}: they are **worse** in {', '.join([*counted, *worse])}."


# Ranges of motion


SHORT_SPAN, MOVED_DEG = 0.6, 25.0
"""A range that spans less than this share of the true one misses most of the movement; asked only where
something moved by so much."""


@dataclass(frozen=True, slots=True)
class Reach:
    """A reported range of motion against the true one, degrees.

    Attributes
    ----------
    clip, exercise, view, angle : str
    low_off, high_off : float
        Reported less true, at either end.
    error : float | None
        The stated one.
    short : bool
        Whether it misses most of the movement.
    """

    clip: str
    exercise: str
    view: str
    angle: str
    low_off: float
    high_off: float
    error: float | None
    short: bool

    @property
    def joint(self) -> str:
        """Hip or knee."""
        return self.angle.split("_")[1]


def reaches(pairs: Sequence[Pair], which: str) -> list[Reach]:
    """Return every range reported ``before`` or ``after`` of which the true one is known."""
    out = []
    for pair in pairs:
        found = _ranges(getattr(pair, which))
        for angle, (low, high) in pair.after["truth"].get("ranges", {}).items():
            if angle in found:
                least, most, error = found[angle]
                short = high - low >= MOVED_DEG and most - least < SHORT_SPAN * (high - low)
                place = (pair.name, pair.after["exercise"], pair.after["view"], angle)
                out.append(Reach(*place, least - low, most - high, error, short))
    return out


def _ranges(one: Mapping[str, Any]) -> Mapping[str, Any]:
    ranges: Mapping[str, Any] = (one["given"] or one["auto"])["ranges"]
    return ranges


def ranges_section(pairs: Sequence[Pair]) -> str:
    """Return how many ranges of motion are reported, and how far their ends are off, in words and a table."""
    reported = [sum(len(_ranges(one)) for one in side) for side in _sides(pairs)]
    text = f"Ranges of motion reported: {reported[0]} before, {reported[1]} after"
    before, after = reaches(pairs, "before"), reaches(pairs, "after")
    if not after:
        return f"{text}.\n"
    same = {(one.clip, one.angle) for one in before} & {(one.clip, one.angle) for one in after}
    shared, kept = ([one for one in side if (one.clip, one.angle) in same] for side in (before, after))
    shorts = [sum(one.short for one in side) for side in (before, after)]
    views = sorted({(one.exercise, one.view, one.joint) for one in (*before, *after)})
    rows = [
        (*place, *_reach_cells(before, place), *_reach_cells(after, place), _held(after, place))
        for place in views
    ]
    header = (
        "exercise",
        "view",
        "joint",
        *REACH_COLUMNS,
        *REACH_COLUMNS,
        "true ends within the stated error",
    )
    return (
        f"{text}.  Where the true ones are known their ends are off by {_mean_off(before)} before and "
        f"{_mean_off(after)} after; of those reported both times by {_mean_off(shared)} and "
        f"{_mean_off(kept)}.  Ranges that span less than {100 * SHORT_SPAN:.0f} % of the true one: "
        f"{shorts[0]} before, {shorts[1]} after.\n\n"
        "Before, then after: how many ranges; their lower and upper end against the truth, mean; how many "
        f"miss most of the movement.\n\n{markdown(header, rows)}"
    )


REACH_COLUMNS = ("ranges", "lower end", "upper end", "cut short")


def _at(found: Iterable[Reach], place: tuple[str, str, str]) -> list[Reach]:
    return [one for one in found if (one.exercise, one.view, one.joint) == place]


def _reach_cells(found: Iterable[Reach], place: tuple[str, str, str]) -> Sequence[str]:
    own = _at(found, place)
    if not own:
        return "0", "-", "-", "-"
    low, high = (sum(ends) / len(own) for ends in ([o.low_off for o in own], [o.high_off for o in own]))
    return str(len(own)), f"{low:+.0f}°", f"{high:+.0f}°", str(sum(one.short for one in own))


def _held(found: Iterable[Reach], place: tuple[str, str, str]) -> str:
    """Return in how many ends the stated error holds the truth."""
    held = [
        abs(off) <= one.error
        for one in _at(found, place)
        if one.error is not None
        for off in (one.low_off, one.high_off)
    ]
    return f"{100 * sum(held) / len(held):.0f} %" if held else "-"


def _mean_off(found: Sequence[Reach]) -> str:
    if not found:
        return "nothing (none)"
    offs = [abs(off) for one in found for off in (one.low_off, one.high_off)]
    return f"{sum(offs) / len(offs):.1f}° ({len(offs)} ends)"


def _sides(pairs: Sequence[Pair]) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    return [pair.before for pair in pairs], [pair.after for pair in pairs]


# Traces


SIDE_YAW_DEG = 20.0
"""A true side view: the trunk's left-right axis lies within this of the line of sight."""
ENOUGH = 20
"""Frames below which nothing is said of how two angles agree."""
LIMITS_DEG = {"hip": (-25.0, 135.0), "knee": (-10.0, 155.0)}
"""Nobody's joints go further."""
WAYS = ("image", "world", "corrected")
SHOWN_DEG = (-45.0, 170.0)
COLOURS = 128
"""Of a picture, which makes it half as large."""


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """Angles of one clip over time.

    Attributes
    ----------
    name : str
    time_s : Floats
    angles_deg : dict[str, Floats]
        By way (`WAYS`, ``band``, ``before``, ``after``), shape (frames, `ANGLE_NAMES`), NaN = none.
    views : list[str]
        By frame.
    side_on : NDArray[np.bool_]
        True side view, by frame and column of the angles: the side is the camera's.
    rest : NDArray[np.bool_]
        Whether the person rests between repetitions, by frame; nowhere while no exercise of ours is done.
    near : str
        Side that mostly faces the camera; empty from front and back.
    """

    name: str
    time_s: Floats
    angles_deg: dict[str, Floats]
    views: list[str]
    side_on: NDArray[np.bool_]
    rest: NDArray[np.bool_]
    near: str


def trace_of(clip: Clip, before: Floats | None) -> Trace:
    """Review a clip and take its angles, with those an older version reported beside them."""
    clip.recording.options = {}
    given = clip.exercise if clip.exercise in EXERCISES else None
    review = analyse(clip.recording, Options(exercise=given).completed_by({}))
    columns: dict[str, list[list[float]]] = {name: [] for name in (*WAYS, "band", "after")}
    times, views, side_on, rest, near = [], [], [], [], []
    nothing = [math.nan] * len(ANGLE_NAMES)
    for one in review.snapshots():
        estimate, seen = one.estimate, one.pose.detected
        body = body_of(one.pose) if seen else None
        for way, suffix in (("image", ""), ("world", "_3d")):
            columns[way].append(
                nothing
                if body is None
                else [
                    BY_NAME[f"{joint}_flexion{suffix}"].function(body, SIDES[side])
                    for joint in JOINTS
                    for side in Side
                ]
            )
        columns["corrected"].append(
            nothing if estimate is None else [estimate.angles_deg[name] for name in ANGLE_NAMES]
        )
        columns["band"].append(
            nothing if estimate is None else [estimate.half_deg[name] for name in ANGLE_NAMES]
        )
        columns["after"].append([getattr(one.angles, f"{name}_deg") for name in ANGLE_NAMES])
        times.append(one.time_s)
        views.append(str(one.view.label))
        true_side = one.view.label is ViewLabel.SIDE and (one.view.yaw_deg or 0.0) <= SIDE_YAW_DEG
        side_on.append([true_side and side is one.camera_side for _ in JOINTS for side in Side])
        rest.append(one.exercise in EXERCISES and one.valid and one.phase is Phase.REST)
        near.append("" if one.camera_side is None else str(one.camera_side))
    angles = {way: np.array(rows, dtype=np.float64) for way, rows in columns.items()}
    angles["before"] = np.full_like(angles["after"], np.nan) if before is None else before
    return Trace(
        clip.name, np.array(times), angles, views, np.array(side_on), np.array(rest), _most_common(near)
    )


def _most_common(values: Sequence[str]) -> str:
    return max(sorted(set(values)), key=values.count) if values else ""


@dataclass(frozen=True, slots=True)
class Numbers:
    """How one angle of one clip behaves; degrees, NaN = cannot be told.

    Attributes
    ----------
    agreement, bias, apart : float
        Correlation with the image angle in true side views, mean and mean absolute difference from it.
    jitter : dict[str, float]
        By way: how far a frame lies from the middle between the one before and the one after, mean.
    rest : dict[str, float]
        By way: median at rest.
    switches : int
        How often what is reported changes over from the learned angle to another one, or back.
    band : float
        Median half-width.
    beyond : float
        Share of the frames beyond `LIMITS_DEG`.
    before, after : float
        Share of the frames in which the angle is reported.
    """

    agreement: float
    bias: float
    apart: float
    jitter: dict[str, float]
    rest: dict[str, float]
    switches: int
    band: float
    beyond: float
    before: float
    after: float


def numbers_of(trace: Trace, column: int) -> Numbers:
    """Return the numbers of one angle."""
    image, ours = (trace.angles_deg[way][:, column] for way in ("image", "corrected"))
    both = np.isfinite(image) & np.isfinite(ours) & trace.side_on[:, column]
    enough = int(both.sum()) >= ENOUGH
    off = ours[both] - image[both]
    known = ours[np.isfinite(ours)]
    low, high = LIMITS_DEG[ANGLE_NAMES[column].split("_")[1]]
    return Numbers(
        agreement=_correlation(ours[both], image[both]) if enough else math.nan,
        bias=float(off.mean()) if enough else math.nan,
        apart=float(np.abs(off).mean()) if enough else math.nan,
        jitter={way: jitter_deg(trace.angles_deg[way][:, column]) for way in (*WAYS, "before", "after")},
        rest={way: _median(trace.angles_deg[way][trace.rest, column]) for way in WAYS},
        switches=switches_of(trace.angles_deg["after"][:, column], ours),
        band=_median(trace.angles_deg["band"][:, column]),
        beyond=float(((known < low) | (known > high)).mean()) if known.size else math.nan,
        before=float(np.isfinite(trace.angles_deg["before"][:, column]).mean()),
        after=float(np.isfinite(trace.angles_deg["after"][:, column]).mean()),
    )


def _correlation(first: Floats, second: Floats) -> float:
    """Return the correlation; NaN where one does not change."""
    if not (np.ptp(first) > 0.0 and np.ptp(second) > 0.0):
        return math.nan
    return float(np.corrcoef(first, second)[0, 1])


def jitter_deg(angle_deg: Floats) -> float:
    """Return how far a frame lies from the middle of its neighbours, mean; NaN without three in a row."""
    off = np.abs(angle_deg[1:-1] - (angle_deg[:-2] + angle_deg[2:]) / 2.0)
    known = off[np.isfinite(off)]
    return float(known.mean()) if known.size else math.nan


def switches_of(reported_deg: Floats, learned_deg: Floats) -> int:
    """Return how often what is reported changes over between the learned angle and another one."""
    known = np.isfinite(reported_deg)
    learned = reported_deg[known] == learned_deg[known]
    return int((learned[1:] != learned[:-1]).sum())


def _median(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else math.nan


def traces_table(traces: Sequence[Trace]) -> str:
    """Return the table of numbers, a row per clip and angle."""
    header = (
        "clip",
        "view",
        "angle",
        "reported before",
        "after",
        "band ±",
        "correlation",
        "bias",
        "apart",
        "jitter image / world / corrected",
        "jitter reported before / after",
        "switches",
        "at rest image / world / corrected",
        "beyond the joint",
    )
    rows = []
    for trace in traces:
        for column, name in enumerate(ANGLE_NAMES):
            one, side = numbers_of(trace, column), name.split("_")[0]
            place = "" if not trace.near else ", near" if side == trace.near else ", far"
            rows.append(
                (
                    f"`{trace.name}`",
                    _most_common(trace.views),
                    f"{name.split('_')[1]} {side}{place}",
                    f"{100 * one.before:.0f} %",
                    f"{100 * one.after:.0f} %",
                    _number(one.band),
                    _number(one.agreement, 2),
                    _number(one.bias),
                    _number(one.apart),
                    " / ".join(_number(one.jitter[way]) for way in WAYS),
                    " / ".join(_number(one.jitter[way]) for way in ("before", "after")),
                    str(one.switches),
                    " / ".join(_number(one.rest[way], 0) for way in WAYS),
                    "-" if math.isnan(one.beyond) else f"{100 * one.beyond:.0f} %",
                )
            )
    return markdown(header, rows)


def _number(value: float, digits: int = 1) -> str:
    return "-" if math.isnan(value) else f"{value:.{digits}f}"


def draw(trace: Trace, path: Path) -> None:
    """Draw the traces of one clip into a file; needs matplotlib (the extra ``studio``)."""
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(11.0, 6.2), layout="constrained")
    axes = figure.subplots(2, 2, sharex=True, sharey="row")
    for column, (name, ax) in enumerate(zip(ANGLE_NAMES, axes.flat, strict=True)):
        side, joint, _ = name.split("_")
        angle = {way: values[:, column] for way, values in trace.angles_deg.items()}
        low, high = (np.clip(angle["corrected"] + sign * angle["band"], *SHOWN_DEG) for sign in (-1.0, 1.0))
        ax.plot(trace.time_s, angle["before"], color="#f2b134", lw=4.0, alpha=0.7, label="reported before")
        ax.fill_between(trace.time_s, low, high, color="#c0392b", alpha=0.15, lw=0, label="band")
        ax.plot(trace.time_s, angle["image"], color="#1f5fa8", lw=0.8, label="image angle")
        ax.plot(trace.time_s, angle["world"], color="#2e8b57", lw=0.8, ls="--", label="world landmarks")
        ax.plot(trace.time_s, angle["corrected"], color="#c0392b", lw=0.8, label="corrected")
        ax.plot(trace.time_s, angle["after"], color="#c0392b", lw=2.0, label="reported after")
        ax.axhline(0.0, color="0.6", lw=0.6, zorder=0)
        place = "" if not trace.near else " (near)" if side == trace.near else " (far)"
        ax.set_title(f"{side} {joint} flexion{place}", fontsize=9)
        _paint_views(ax, trace)
        if side == "left":
            ax.set_ylabel("degrees")
    for ax in axes.flat:
        bottom, top = ax.get_ylim()
        ax.set_ylim(max(bottom, SHOWN_DEG[0]), min(top, SHOWN_DEG[1]))
    for ax in axes[1]:
        ax.set_xlabel("seconds")
    lines, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(lines, labels, loc="outside lower center", ncols=6, fontsize=8, frameon=False)
    figure.suptitle(trace.name, fontsize=10)
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = BytesIO()
    figure.savefig(picture, dpi=90, format="png")
    Image.open(picture).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


def _paint_views(ax: Any, trace: Trace) -> None:
    """Write under the axes from where the camera sees the person."""
    start = 0
    for view, group in groupby(trace.views):
        count = len(list(group))
        begin_s, end_s = trace.time_s[start], trace.time_s[start + count - 1]
        if view != ViewLabel.SIDE:
            ax.axvspan(begin_s, end_s, color="0.93", lw=0, zorder=-1)
        if count > len(trace.views) / 12:
            at = ((begin_s + end_s) / 2.0, 0.02)
            ax.text(*at, view, transform=ax.get_xaxis_transform(), ha="center", fontsize=7, color="0.4")
        start += count


# The commands


def put_into(path: Path, mark: str, text: str) -> None:
    """Renew what stands between a mark and the next `END_MARK`; a page without it is extended."""
    page = path.read_text(encoding="utf-8") if path.exists() else ""
    head, _, rest = page.partition(mark)
    tail = rest.partition(END_MARK)[2] if END_MARK in rest else "\n"
    path.write_text(f"{head}{mark}\n\n{text.rstrip()}\n\n{END_MARK}{tail}", encoding="utf-8")


def snapshot(asked: argparse.Namespace) -> int:
    """Review every clip and write what came out."""
    labels = read_labels(asked.labels)
    clips: dict[str, dict[str, Any]] = {}
    angles: dict[str, Floats] = {}
    known: set[str] = set()
    for folder in asked.folders:
        for clip in clips_in(folder, asked.poses):
            _tell(clip)
            clips[f"{clip.folder}/{clip.name}"] = snapshot_of(clip)
            known.add(clip.name)
            if not clip.rendered:
                angles[clip.name] = reported_angles(clip.recording)
    for clip in others_in(asked.poses, labels, known) if asked.poses else ():
        _tell(clip)
        clips[clip.name] = snapshot_of(clip)
        angles[clip.name] = reported_angles(clip.recording)
    asked.out.write_text(json.dumps({"clips": clips}, indent=1) + "\n", encoding="utf-8")
    if asked.angles:
        with asked.angles.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **angles)
    return 0


def _tell(clip: Clip) -> None:
    sys.stderr.write(f"{clip.folder}: {clip.name}\n")


def table(asked: argparse.Namespace) -> int:
    """Print what changed; 1 if anything is worse."""
    before, after = (json.loads(path.read_text(encoding="utf-8")) for path in (asked.before, asked.after))
    text = comparison(before, after)
    print(text, end="")
    if asked.into:
        put_into(asked.into, TABLE_MARK, text)
    return 1 if "**worse**" in text else 0


def traces(asked: argparse.Namespace) -> int:
    """Draw the traces of the clips named, and print their numbers."""
    labels = read_labels(asked.labels)
    older: dict[str, Floats] = {}
    if asked.before:
        with np.load(asked.before, allow_pickle=False) as archive:
            older = {name: archive[name] for name in archive.files}
    found = []
    for clip in others_in(asked.poses, labels):
        if clip.name in asked.names:
            trace = trace_of(clip, older.get(clip.name))
            draw(trace, asked.out / f"{clip.name}.png")
            found.append(trace)
    text = traces_table(found)
    print(text, end="")
    if asked.into:
        put_into(asked.into, TRACES_MARK, text)
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of the commands."""
    parser = argparse.ArgumentParser(description="Set two versions of formcheck side by side.")
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("snapshot", help="review every clip and write what came out")
    one.add_argument("out", type=Path, metavar="OUT.json")
    one.add_argument("folders", nargs="*", type=Path, default=list(FOLDERS), metavar="FOLDER")
    one.add_argument("--angles", type=Path, metavar="OUT.npz", help="what is reported of clips without truth")
    one.set_defaults(run=snapshot)
    two = commands.add_parser("table", help="print what changed")
    two.add_argument("before", type=Path, metavar="BEFORE.json")
    two.add_argument("after", type=Path, metavar="AFTER.json")
    two.set_defaults(run=table)
    three = commands.add_parser("traces", help="draw angles over time")
    three.add_argument("names", nargs="+", metavar="NAME")
    three.add_argument("--before", type=Path, metavar="BEFORE.npz", help="what an older version reported")
    three.add_argument("--out", type=Path, default=ROOT / "docs" / "traces")
    three.set_defaults(run=traces)
    for command in (one, three):
        command.add_argument("--poses", type=Path, metavar="FOLDER", required=command is three)
        command.add_argument("--labels", type=Path, metavar="FILE")
    for command in (two, three):
        command.add_argument("--into", type=Path, metavar="FILE", help="also renew its part of this page")
    asked = parser.parse_args(arguments)
    run: Any = asked.run
    return int(run(asked))


if __name__ == "__main__":
    raise SystemExit(main())

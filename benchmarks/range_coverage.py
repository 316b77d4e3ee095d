"""Check stated ranges against people whose true angles are known, and print Markdown tables.

    python benchmarks/range_coverage.py [--clips FOLDER ...] [--poses CACHE] [--into docs/range-coverage.md]

Takes the shipped trials, whose poses are kept, and every video with truth under ``--clips`` (default:
``samples``, ``benchmarks/clips`` and ``benchmarks/holdout``); their poses are kept in CACHE.

An *end* is the smallest or largest knee or hip flexion of one leg in one clip: what the summary states, and
what was true, the extreme that was truly held for 0.1 s in the repetitions that were counted.  A clip is one
person in one room; its repetitions share their error, so they are one end.

ends
    By view and leg: how many were stated, how often the stated error interval held the truth (meant to: 85
    to 95 %), the median half-width, and the same half-width before (`BEFORE_DEG`).  Front and back are
    pooled, both legs.
at least
    Ends that were only partly measured: how far above the truth the furthest statement lies, in half-widths
    (above 1 is a false statement).
comparisons
    Pairs of clips of different people, by how far they truly differ: how often `formcheck.report.assessment`
    declares a change.

The factors `formcheck.ranges.NEAR_BAND` and the like were chosen on ``samples`` and ``benchmarks/clips``; the
trials and ``benchmarks/holdout`` show them.  The exit code is 1 while a goal is missed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, groupby
from pathlib import Path
from statistics import fmean, median

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.angles import HARD, TRIALS, Clip, place_of, read_clip, read_trial
from benchmarks.fault_score import markdown
from formcheck.cli import native_chatter_silenced
from formcheck.movement import held_extreme
from formcheck.report.assessment import Change, assess
from formcheck.results import JointRange, Rep, Summary
from formcheck.review import Options, analyse

Floats = NDArray[np.float64]

ROOT = Path(__file__).resolve().parent.parent
CLIPS = tuple(ROOT / name for name in ("samples", "benchmarks/clips", "benchmarks/holdout"))
MARK = "<!-- printed by benchmarks/range_coverage.py -->"
CHOSEN_ON = ("samples", "clips")
"""Folders on which the factors on the intervals were chosen."""
LETTERS = {"left": "L", "right": "R"}
FLEXIONS = ("knee_flexion", "hip_flexion")
FRONTAL = "front, back"
BEFORE_DEG: Mapping[tuple[str, str], float] = {
    ("side", "near"): 8.3,
    ("side", "far"): 9.3,
    ("oblique", "near"): 10.5,
    ("oblique", "far"): 10.2,
    (FRONTAL, "all"): 13.4,
}
"""Median half-width before ends were measured (commit b4d8600), over the same clips."""
ENOUGH = 30
"""Ends from which a cell is judged alone."""
COVERED = (0.85, 0.95)
EQUAL_DEG = 3.0
"""True ends this near are equal: a third of the smallest change that may be declared."""
LARGE_DEG = 25.0
"""Truly this far apart: a comparison ought to declare it."""
DECLARED = 0.05
"""Largest share of comparisons of equal ranges that may declare a change."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One clip: what was stated and what was true."""

    clip: Clip
    folder: str
    summary: Summary

    @property
    def hard(self) -> bool:
        """Whether it is filmed in poor light, loose clothes or under blankets."""
        return self.clip.name.endswith(HARD)


@dataclass(frozen=True, slots=True)
class End:
    """One stated end.

    Attributes
    ----------
    clip, folder, exercise, view, leg, joint : str
    way : int
        1 = the largest angle, -1 = the smallest.
    stated_deg, half_deg, true_deg : float
    at_least : bool
    hard : bool
    """

    clip: str
    folder: str
    exercise: str
    view: str
    leg: str
    joint: str
    way: int
    stated_deg: float
    half_deg: float
    true_deg: float
    at_least: bool
    hard: bool

    @property
    def beyond_deg(self) -> float:
        """How much further it was stated than true."""
        return self.way * (self.stated_deg - self.true_deg)

    @property
    def holds(self) -> bool:
        """Whether the interval holds the truth."""
        return abs(self.beyond_deg) <= self.half_deg


# Reading


def seen(clip: Clip, folder: str) -> Seen:
    """Return what a review states of a clip, the exercise told."""
    clip.recording.options = {}
    review = analyse(clip.recording, Options(exercise=clip.exercise).completed_by({}))
    return Seen(clip, folder, review.summary)


def ends_of(one: Seen) -> Iterator[End]:
    """Yield every end that a summary states of hips and knees, and the clamshell's opening."""
    for joint, sides in one.summary.range_of_motion.items():
        for side, letter in LETTERS.items():
            stated: JointRange | None = getattr(sides, side)
            if stated is None:
                continue
            low, high = true_range(one, f"{joint}.{letter}" if joint in FLEXIONS else joint)
            common = (
                *(one.clip.name, one.folder, one.clip.exercise, _view(one.clip)),
                *(place_of(one.clip, letter), joint),
            )
            for way, angle, half, true, at_least in (
                (-1, stated.min_deg, stated.min_error_deg, low, stated.min_at_least),
                (1, stated.max_deg, stated.max_error_deg, high, stated.max_at_least),
            ):
                assert half is not None
                yield End(*common, way, angle, half, true, at_least, one.hard)


def true_range(one: Seen, name: str) -> tuple[float, float]:
    """Return the smallest and largest angle that was truly held in the repetitions that were counted."""
    held = held_of(one, name)
    return min(low for low, _ in held), max(high for _, high in held)


def held_of(one: Seen, name: str, *, complete: bool = False) -> list[tuple[float, float]]:
    """Return the same of every repetition, or of every complete one."""
    times = [sighting.time_s for sighting in one.clip.recording.sightings]
    true = one.clip.true_deg[name]
    return [_held(true, times, rep) for rep in one.summary.rep_list if rep.complete or not complete]


def _held(true: Floats, times: Sequence[float], rep: Rep) -> tuple[float, float]:
    trace = [
        (time_s, float(angle))
        for time_s, angle in zip(times, true, strict=False)
        if rep.start_s <= time_s <= rep.end_s
    ]
    return held_extreme(trace, -1), held_extreme(trace, 1)


def _view(clip: Clip) -> str:
    return FRONTAL if clip.view in ("front", "back") else clip.view


# Ends


def cells(ends: Iterable[End]) -> dict[tuple[str, str], list[End]]:
    """Return measured ends of hips and knees by view and leg; views from front and back are pooled."""
    out: dict[tuple[str, str], list[End]] = {}
    for end in ends:
        if not end.at_least and end.joint in FLEXIONS:
            out.setdefault((end.view, "all" if end.view == FRONTAL else end.leg), []).append(end)
    return dict(sorted(out.items()))


def covered(ends: Sequence[End]) -> float:
    """Return how often the intervals hold the truth."""
    return fmean(end.holds for end in ends)


def half_deg(ends: Sequence[End]) -> float:
    """Return the median half-width."""
    return median(end.half_deg for end in ends)


def missed(ends: Sequence[End]) -> list[str]:
    """Return the goals that the ends miss, a line each."""
    out = []
    for (view, leg), found in cells(ends).items():
        share = covered(found)
        if len(found) >= ENOUGH and not COVERED[0] <= share <= COVERED[1]:
            out.append(f"{view}, {leg}: {share:.1%} of {len(found)} intervals hold the truth")
        if half_deg(found) > BEFORE_DEG[view, leg] + 0.05:
            out.append(f"{view}, {leg}: half-width {half_deg(found):.1f}, before {BEFORE_DEG[view, leg]}")
    out += [f"{end.clip} {end.joint}: 'at least' above the truth" for end in overstated(ends)]
    return out


def overstated(ends: Iterable[End]) -> list[End]:
    """Return the ends that went "at least" further than the truth and its interval."""
    return [end for end in ends if end.at_least and end.beyond_deg > end.half_deg]


def ends_table(ends: Sequence[End]) -> str:
    """Return the table of measured ends."""
    rows = [
        _row(f"{view}, {leg} leg" if leg != "all" else view, found, BEFORE_DEG.get((view, leg)))
        for (view, leg), found in cells(ends).items()
    ]
    flexions = [end for end in ends if end.joint in FLEXIONS]
    chosen, shown = (
        [end for end in flexions if (end.folder in CHOSEN_ON) is wanted] for wanted in (True, False)
    )
    groups = (
        *((f"exercise: {name}", _where(flexions, "exercise", name)) for name in _names(flexions, "exercise")),
        *((f"joint: {name}", _where(ends, "joint", name)) for name in _names(ends, "joint")),
        ("smallest angles", [end for end in flexions if end.way < 0]),
        ("largest angles", [end for end in flexions if end.way > 0]),
        ("factors chosen on these", chosen),
        ("not chosen on these", shown),
        ("of them hard to see", [end for end in shown if end.hard]),
        ("everything", flexions),
    )
    rows += [_row(name, [end for end in found if not end.at_least], None) for name, found in groups]
    head = ["", "ends", "hold the truth", "median half-width", "before", "bias", "90 % are within"]
    return markdown(head, rows)


def _where(ends: Iterable[End], field: str, value: str) -> list[End]:
    return [end for end in ends if getattr(end, field) == value]


def _names(ends: Iterable[End], field: str) -> list[str]:
    return sorted({getattr(end, field) for end in ends})


def _row(name: str, ends: Sequence[End], before: float | None) -> list[str]:
    if not ends:
        return [name.replace("_", " "), "0", *["-"] * 5]
    off = [end.beyond_deg for end in ends]
    return [
        name.replace("_", " "),
        str(len(ends)),
        f"{covered(ends):.0%}",
        f"{half_deg(ends):.1f}",
        "-" if before is None else f"{before:.1f}",
        f"{fmean(off):+.1f}",
        f"{float(np.quantile(np.abs(off), 0.9)):.1f}",
    ]


def at_least_table(ends: Sequence[End]) -> str:
    """Return the table of ends that were only partly measured."""
    rows = []
    found = [end for end in ends if end.at_least]
    for view in _names(found, "view"):
        some = _where(found, "view", view)
        worst = max(end.beyond_deg / end.half_deg for end in some)
        short = [-end.beyond_deg for end in some]
        rows.append([view, str(len(some)), f"{median(short):.1f}", f"{worst:.2f}"])
    return markdown(["", "ends", "short of the truth, median", "furthest beyond it, half-widths"], rows)


# Comparisons


@dataclass(frozen=True, slots=True)
class Compared:
    """One number of two clips, and how far they truly differ."""

    label: str
    exercise: str
    view: str
    change: Change
    apart_deg: float

    @property
    def equal(self) -> bool:
        """Whether there is nothing to declare."""
        return self.apart_deg <= EQUAL_DEG


def comparisons(clips: Sequence[Seen]) -> Iterator[Compared]:
    """Yield every number that is compared between two clips of one exercise and view."""

    def group(one: Seen) -> tuple[str, str]:
        return one.clip.exercise, one.summary.view.label.value

    usable = sorted((one for one in clips if one.summary.rep_list and not one.hard), key=group)
    for (exercise, view), some in groupby(usable, key=group):
        for first, second in combinations(list(some), 2):
            for change in assess([_dated(first, 1), _dated(second, 2)]).changes:
                truths = [_truth_of(one, change.label) for one in (first, second)]
                before, after = truths
                if change.compared and before is not None and after is not None:
                    yield Compared(change.label, exercise, view, change, abs(after - before))


def _dated(one: Seen, month: int) -> Summary:
    source = replace(one.summary.source, recorded_at=f"2026-{month:02}-01T10:00:00")
    return replace(one.summary, source=source)


def _truth_of(one: Seen, label: str) -> float | None:
    """Return the true number behind the label of a change of hip or knee, None of other numbers."""
    names = {"knee flexion": "knee_flexion", "hip flexion (trunk-thigh)": "hip_flexion"}
    what, _, number = label.partition(", ")
    side, _, joint = what.partition(" ")
    if number in ("largest", "smallest") and joint in names:
        low, high = true_range(one, f"{names[joint]}.{LETTERS[side]}")
        return high if number == "largest" else low
    near = one.summary.camera_side
    if number != "end position, median" or what not in names or near is None:
        return None
    held = held_of(one, f"{names[what]}.{LETTERS[near]}", complete=True)
    return median(low if one.clip.exercise == "bridge" else high for low, high in held)


def comparison_table(found: Sequence[Compared]) -> str:
    """Return the table of comparisons of equal ranges, and of very different ones."""
    rows = []
    equal = [one for one in found if one.equal]
    for exercise in sorted({one.exercise for one in found}):
        some = [one for one in equal if one.exercise == exercise]
        rows.append(_comparison_row(f"equal, {exercise.replace('_', ' ')}", some))
    rows.append(_comparison_row("equal, everything", equal))
    large = [one for one in found if one.apart_deg >= LARGE_DEG]
    rows.append(_comparison_row(f"{LARGE_DEG:g} degrees apart and more", large))
    return markdown(["", "comparisons", "declare a change", "smallest detectable change, median"], rows)


def _comparison_row(name: str, found: Sequence[Compared]) -> list[str]:
    declared = sum(one.change.meaningful for one in found)
    errors = [one.change.error for one in found if one.change.error is not None]
    share = declared / max(len(found), 1)
    return [
        name,
        str(len(found)),
        f"{declared} ({share:.1%})",
        f"{median(errors):.1f}" if errors else "-",
    ]


def tables(clips: Sequence[Seen]) -> tuple[list[str], str]:
    """Return the goals that are missed and all tables."""
    ends = [end for one in clips for end in ends_of(one)]
    compared = list(comparisons(clips))
    failures = missed(ends)
    equal = [one for one in compared if one.equal]
    share = fmean(one.change.meaningful for one in equal) if equal else 0.0
    if share > DECLARED:
        failures.append(f"{share:.1%} of comparisons of equal ranges declare a change")
    judged = "\n".join(f"- missed: {one}" for one in failures) or "Every goal is met."
    text = (
        f"{len(clips)} clips.\n\n{judged}\n\n### Ends, degrees\n\n{ends_table(ends)}\n"
        f"### At least, degrees\n\n{at_least_table(ends)}\n"
        f"### Comparisons, degrees\n\n{comparison_table(compared)}"
    )
    return failures, text


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables; 1 while a goal is missed."""
    parser = argparse.ArgumentParser(description="Check stated ranges against people whose angles are known.")
    parser.add_argument("--clips", nargs="*", type=Path, default=list(CLIPS), metavar="FOLDER")
    parser.add_argument("--poses", type=Path, metavar="CACHE", help="keep the poses of clips in this folder")
    parser.add_argument("--into", type=Path, metavar="FILE", help=f"renew what follows {MARK} in this file")
    asked = parser.parse_args(arguments)
    clips = [seen(read_trial(path), "trials") for path in sorted(TRIALS.glob("*.truth.npz"))]
    with native_chatter_silenced():
        for folder in asked.clips:
            paths = [path for path in sorted(folder.glob("*.json")) if path.with_suffix(".npz").exists()]
            clips += [seen(read_clip(path, asked.poses), folder.name) for path in paths]
    failures, text = tables(clips)
    print(text)
    if asked.into:
        kept = asked.into.read_text(encoding="utf-8").partition(MARK)[0]
        asked.into.write_text(f"{kept}{MARK}\n\n{text.rstrip()}\n", encoding="utf-8")
    return 1 if failures else 0


if __name__ == "__main__":
    raise SystemExit(main())

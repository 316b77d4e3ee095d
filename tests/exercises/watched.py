"""Synthetic people watched by the engine: what the tables of the exercises share.

Amplitudes are shares of an exercise's full range.  One table serves all four exercises, because a
repetition is the same thing in each of them: leaving rest, far enough, and back again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from formcheck.analyser import Analyser
from formcheck.exercises import EXERCISES
from formcheck.plan import Segment
from formcheck.pose.skeleton import Pose
from formcheck.results import Rep, Summary
from tests import synthetic
from tests.synthetic import Noise, Tempo, Tremor
from tests.synthetic.clip import Clip, Truth

BOUNDARY_S = 0.27
"""Start and end of a repetition may be this far from the truth, at the median (issue 2)."""


HALF = -1.0
"""Stands for three quarters of the exercise's minimum excursion: a partial repetition."""
SMALL = -2.0
"""Stands for three tenths of it: nothing."""
MINIMUM = {"squat": 0.36, "bridge": 0.28, "clamshell": 0.28, "seated_march": 0.255}
"""The share of the full range at which a repetition becomes complete (measured without noise)."""


def amplitudes_of(exercise: str, amplitudes: Iterable[float]) -> list[float]:
    """Replace the stand-ins by the exercise's own amplitudes."""
    shares = {HALF: 0.75 * MINIMUM[exercise], SMALL: 0.3 * MINIMUM[exercise]}
    return [shares.get(amplitude, amplitude) for amplitude in amplitudes]


def usual(seed: int = 1, **more: Any) -> Noise:
    """What the pose model adds in a well lit room (rendered clips: 0.3 to 0.6 px a joint)."""
    return Noise(**{"seed": seed, "jitter_px": 0.3, "drift_px": 0.5, "knee_forward_m": 0.07} | more)


def rough(seed: int = 1, **more: Any) -> Noise:
    """A blurred webcam: twice and three times as much."""
    return usual(seed, **{"jitter_px": 1.0, "drift_px": 1.0} | more)


def filmed(exercise: str, amplitudes: Iterable[float], **options: Any) -> Clip:
    """Let somebody do the exercise, with the usual noise unless told otherwise."""
    return getattr(synthetic, exercise)(
        amplitudes_of(exercise, amplitudes), **{"noise": usual(), "rate_hz": 20.0} | options
    )


def analysed(poses: Iterable[Pose], exercise: str, **options: Any) -> Summary:
    """Run the whole engine over the poses."""
    analyser = Analyser(exercise, **options)
    for pose in poses:
        analyser.step(pose)
    return analyser.finish()


def counts(summary: Summary) -> tuple[int, int]:
    """Return (complete, partial)."""
    return summary.reps.complete, summary.reps.partial


def count(poses: Iterable[Pose], exercise: str) -> tuple[int, int]:
    """Return (complete, partial) of the exercise in the poses."""
    return counts(analysed(poses, exercise))


def complete_reps(summary: Summary) -> list[Rep]:
    return [rep for rep in summary.rep_list if rep.complete]


def count_as_each(poses: Iterable[Pose]) -> dict[str, int]:
    """Return the complete repetitions that each of the four exercises would count; zeros left out.

    One pass: an analyser whose plan counts all four from beginning to end.
    """
    analyser = Analyser(plan=[Segment(name) for name in EXERCISES])
    for pose in poses:
        analyser.step(pose)
    tally: Counter[str] = Counter()
    for one in analyser.finish().sets:
        tally[one.exercise] += one.complete
    return {name: number for name, number in tally.items() if number}


def boundary_errors_s(summary: Summary, truth: Truth) -> tuple[float, float]:
    """Return the median distance of starts and of ends from the truth."""
    real = [rep for rep in truth.repetitions if rep.kind in ("complete", "partial")]
    pairs = list(zip(summary.rep_list, real, strict=True))
    starts = [abs(rep.start_s - true.start_s) for rep, true in pairs]
    ends = [abs(rep.end_s - true.end_s) for rep, true in pairs]
    return median(starts), median(ends)


def assert_counted_as_put_in(clip: Clip, exercise: str) -> Summary:
    """Counts, order, sides and boundaries are those of the truth."""
    summary = analysed(clip.poses, exercise)
    truth = [rep for rep in clip.truth.repetitions if rep.kind in ("complete", "partial")]
    counted = [rep.complete for rep in summary.rep_list]
    assert counted == [rep.kind == "complete" for rep in truth]
    sides = [rep.side for rep in summary.rep_list]
    assert sides == [rep.side for rep in truth]
    start_error_s, end_error_s = boundary_errors_s(summary, clip.truth)
    assert start_error_s <= BOUNDARY_S
    assert end_error_s <= BOUNDARY_S
    return summary


@dataclass(frozen=True)
class Told:
    """One line of the common table: what is done, and what is to be counted."""

    name: str
    amplitudes: tuple[float, ...]
    complete: int
    partial: int = 0
    options: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name


SLOW = Tempo(3.6, 0.8, 3.6, 1.0)
FAST = Tempo(0.45, 0.1, 0.45, 0.3)
LONG_HOLD = Tempo(1.2, 2.0, 1.2, 0.8)
NO_PAUSE = Tempo(1.2, 0.2, 1.2, 0.0)
LATE = 0.93
"""Of the last repetition: more than 60 % of the way back is done."""
EARLY = 0.76
"""Of the last repetition: less than 60 % of the way back is done."""

COMMON: tuple[Told, ...] = (
    Told("a clean set", (1.0,) * 5, 5),
    Told("every repetition another depth", (1.0, 0.7, 0.9, 0.6, 0.8), 5),
    Told("half-range repetitions are partial", (1.0, HALF, 1.0, HALF), 2, 2),
    Told("only half-range repetitions", (HALF,) * 3, 0, 3),
    Told("too small to be anything", (SMALL, SMALL, SMALL), 0),
    Told("too small ones between good ones", (1.0, SMALL, 1.0), 2),
    Told("slow: 8 seconds each", (1.0,) * 3, 3, options={"tempo": SLOW}),
    Told("fast: 1 second each", (1.0,) * 6, 6, options={"tempo": FAST}),
    Told("slow and fast mixed", (1.0,) * 4, 4, options={"tempo": (SLOW, FAST, FAST, SLOW)}),
    Told("a long hold", (1.0,) * 3, 3, options={"tempo": LONG_HOLD}),
    Told("back to back without a pause", (1.0,) * 5, 5, options={"tempo": NO_PAUSE}),
    Told("the set starts at once", (1.0,) * 4, 4, options={"lead_s": 0.0}),
    Told("the recording stops with the set", (1.0,) * 4, 4, options={"tail_s": 0.1}),
    Told(
        "a shaky top is one repetition",
        (1.0,) * 3,
        3,
        options={"tempo": LONG_HOLD, "tremor": Tremor(0.05, 5.0)},
    ),
    Told(
        "a slow wobble at the top is one repetition",
        (1.0,) * 3,
        3,
        options={"tempo": LONG_HOLD, "tremor": Tremor(0.045, 1.5)},
    ),
    Told("coming back by three quarters is enough", (1.0,) * 4, 4, options={"residual": 0.25}),
    Told("coming back by less than half is not", (1.0,) * 4, 1, options={"residual": 0.55}),
    Told("the recording ends nearly back", (1.0,) * 3, 3, options={"end_fraction": LATE}),
    Told("the recording ends on the way back", (1.0,) * 3, 2, options={"end_fraction": EARLY}),
    Told("the recording ends at the top", (1.0,) * 3, 2, options={"end_fraction": 0.5}),
)
"""What every exercise must count, whatever its signal."""

RATES_HZ = (10.0, 15.0, 24.0, 29.97, 60.0)

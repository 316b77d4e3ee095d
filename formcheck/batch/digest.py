"""What the morning page tells of a run: counts, distributions, the recordings to open; of bounded size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

MOST_LISTED = 2000
"""So many recordings in a list of the page; all are in the tables."""
GRAVEST = ("stop_severity", "limit_exceeded", "exercise_mismatch", "no_repetition", "count_uncertain")
"""Reasons to look at a recording that come first."""
_BAR_WIDTHS = {"deg": 10.0, "ratio": 0.1}


@dataclass(slots=True)
class Histogram:
    """Counts of values in bars of one width."""

    width: float
    bars: Counter[int] = field(default_factory=Counter)

    def add(self, value: float | None) -> None:
        """Count a value; nothing for None."""
        if value is not None:
            self.bars[int(value // self.width)] += 1

    def steps(self) -> list[tuple[float, int]]:
        """Return the lower end and the count of every bar from the first to the last, empty ones included."""
        if not self.bars:
            return []
        return [(i * self.width, self.bars[i]) for i in range(min(self.bars), max(self.bars) + 1)]


@dataclass(frozen=True, slots=True)
class Listed:
    """A recording in a list of the page.

    ``why`` are reasons to look at it, or the reason code of its failure.
    """

    path: str
    id: str
    why: tuple[str, ...]
    message: str | None
    exercise: str | None
    view: str | None
    reps: int | None
    participant: str | None
    report: bool


@dataclass(slots=True)
class Digest:
    """Collected row by row.

    Attributes
    ----------
    needing : int
        Rows that somebody should look at.
    counts : dict[str, Counter[str]]
        Of ``status``, ``reason``, ``review``, ``exercise``, ``view``, ``verdict``; rows, but of ``verdict``
        repetitions.
    rep_counts, covered, durations_min : Histogram
        Complete repetitions, measurable share (%), length (minutes) of recordings.
    peaks : dict[tuple[str, str], Histogram]
        By exercise and unit.
    to_review, failed : list[Listed]
        At most twice `MOST_LISTED` each; `first` gives the gravest.
    scored : list[Listed]
        The first `MOST_LISTED` that are ok.
    """

    needing: int = 0
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    rep_counts: Histogram = field(default_factory=lambda: Histogram(1.0))
    covered: Histogram = field(default_factory=lambda: Histogram(10.0))
    durations_min: Histogram = field(default_factory=lambda: Histogram(0.5))
    peaks: dict[tuple[str, str], Histogram] = field(default_factory=dict)
    to_review: list[Listed] = field(default_factory=list)
    failed: list[Listed] = field(default_factory=list)
    scored: list[Listed] = field(default_factory=list)

    def count(self, kind: str, value: str | None) -> None:
        """Count one."""
        if value is not None:
            self.counts.setdefault(kind, Counter())[value] += 1

    def add(self, video: dict[str, Any], reps: Sequence[dict[str, Any]], report: bool) -> None:
        """Take in a row of ``videos`` and its rows of ``reps``."""
        self.count("status", video["status"])
        self.count("reason", video["reason"])
        self.count("exercise", video["exercise"])
        self.count("view", video["view"])
        if video["needs_review"]:
            self.needing += 1
            for reason in video["review_reasons"]:
                self.count("review", reason)
            self._list(self.to_review, _listed(video, video["review_reasons"], report))
        if video["status"] == "failed":
            self._list(self.failed, _listed(video, [video["reason"]], False))
        if video["status"] == "ok":
            self._measure(video, reps)
            if len(self.scored) < MOST_LISTED:
                self.scored.append(_listed(video, video["review_reasons"], report))

    def _measure(self, video: dict[str, Any], reps: Sequence[dict[str, Any]]) -> None:
        self.rep_counts.add(video["reps_complete"])
        self.covered.add(min(99.9, 100 * video["valid_fraction"]))
        self.durations_min.add(video["duration_s"] / 60)
        for rep in reps:
            self.count("verdict", rep["verdict"])
            unit = rep["signal_unit"]
            if rep["verdict"] != "partial" and rep["exercise"] is not None:
                key = (rep["exercise"], unit)
                self.peaks.setdefault(key, Histogram(_BAR_WIDTHS.get(unit, 10.0))).add(rep["peak"])

    def _list(self, rows: list[Listed], one: Listed) -> None:
        rows.append(one)
        if len(rows) >= 2 * MOST_LISTED:
            rows[:] = sorted(rows, key=gravity)[:MOST_LISTED]

    def first(self, rows: list[Listed]) -> list[Listed]:
        """Return what is shown of a list, the gravest first."""
        return sorted(rows, key=gravity)[:MOST_LISTED]


def gravity(one: Listed) -> tuple[int, int]:
    """Return what to sort by: the gravest reason, then more reasons before fewer."""
    return min(map(rank, one.why), default=len(GRAVEST)), -len(one.why)


def rank(reason: str) -> int:
    """Return the place of a reason among all; those of the same place are as grave."""
    return GRAVEST.index(reason) if reason in GRAVEST else len(GRAVEST)


def _listed(video: dict[str, Any], why: Sequence[str], report: bool) -> Listed:
    return Listed(
        path=video["path"],
        id=video["id"],
        why=tuple(why),
        message=video["message"],
        exercise=video["exercise"],
        view=video["view"],
        reps=video["reps_complete"],
        participant=video["participant"],
        report=report,
    )

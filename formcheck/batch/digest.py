"""What the morning page tells of a run: counts, distributions, the recordings to open; of bounded size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from formcheck.batch.ranking import FAILED, Priority, grade_of, priority

MOST_LISTED = 2000
"""So many recordings in a list of the page; all are in the tables."""
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
class Passing:
    """A row of ``videos`` as it passes by.

    Attributes
    ----------
    video : dict
    reps : Sequence[dict]
        Its rows of ``reps``, none for a duplicate.
    place : str
        Where the recording is.
    report : bool
        There is a report to open.
    first : bool
        It is the first row of its id.
    moments : Mapping[str, float]
        Second at which a reason to look can be seen.
    details : Mapping[str, str]
        What the result says about a reason.
    """

    video: dict[str, Any]
    reps: Sequence[dict[str, Any]] = ()
    place: str = ""
    report: bool = False
    first: bool = True
    moments: Mapping[str, float] = field(default_factory=dict)
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Listed:
    """A recording in a list of the page.

    ``why`` are reasons to look at it, or the reason code of its failure; the rest as in `Passing`.
    """

    path: str
    place: str
    id: str
    why: tuple[str, ...]
    message: str | None
    exercise: str | None
    view: str | None
    reps: int | None
    participants: tuple[str, ...]
    report: bool
    failed: bool
    moments: Mapping[str, float]
    details: Mapping[str, str]

    @property
    def priority(self) -> Priority:
        """What the list is sorted by."""
        return priority("failed" if self.failed else "ok", self.why) or Priority(FAILED + 9, 0)


@dataclass(slots=True)
class Digest:
    """Collected row by row.

    Attributes
    ----------
    needing : int
        Rows that are scored and that somebody should look at.
    counts : dict[str, Counter[str]]
        Of ``status``, ``reason``, ``review``, ``exercise``, ``view``, ``verdict``; rows, but of ``verdict``
        repetitions.
    rep_counts, covered, durations_min : Histogram
        Complete repetitions, measurable share (%), length (minutes) of recordings.
    peaks : dict[tuple[str, str, str], Histogram]
        By exercise, measure and unit.
    to_open : list[Listed]
        What to look at or failed, each result once; at most twice `MOST_LISTED`.
    scored : list[Listed]
        The first `MOST_LISTED` that are ok.
    """

    needing: int = 0
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    rep_counts: Histogram = field(default_factory=lambda: Histogram(1.0))
    covered: Histogram = field(default_factory=lambda: Histogram(10.0))
    durations_min: Histogram = field(default_factory=lambda: Histogram(0.5))
    peaks: dict[tuple[str, str, str], Histogram] = field(default_factory=dict)
    to_open: list[Listed] = field(default_factory=list)
    scored: list[Listed] = field(default_factory=list)

    def count(self, kind: str, value: str | None) -> None:
        """Count one."""
        if value is not None:
            self.counts.setdefault(kind, Counter())[value] += 1

    def add(self, row: Passing) -> None:
        """Take in a row of ``videos``."""
        video = row.video
        self.count("status", video["status"])
        self.count("reason", video["reason"])
        self.count("exercise", video["exercise"])
        self.count("view", video["view"])
        failed = video["status"] == "failed"
        if video["needs_review"]:
            self.needing += 1
            for reason in video["review_reasons"]:
                self.count("review", reason)
        if row.first and (failed or video["review_reasons"]):
            self._open(_listed(row, [video["reason"]] if failed else video["review_reasons"]))
        if video["status"] == "ok":
            self._measure(video, row.reps)
            if len(self.scored) < MOST_LISTED:
                self.scored.append(_listed(row, video["review_reasons"]))

    def _measure(self, video: dict[str, Any], reps: Sequence[dict[str, Any]]) -> None:
        self.rep_counts.add(video["reps_complete"])
        self.covered.add(min(99.9, 100 * video["valid_fraction"]))
        self.durations_min.add(video["duration_s"] / 60)
        for rep in reps:
            self.count("verdict", rep["verdict"])
            unit = rep["signal_unit"]
            if rep["verdict"] != "partial" and rep["exercise"] is not None:
                key = (rep["exercise"], rep["signal"], unit)
                self.peaks.setdefault(key, Histogram(_BAR_WIDTHS.get(unit, 10.0))).add(rep["peak"])

    def _open(self, one: Listed) -> None:
        self.to_open.append(one)
        if len(self.to_open) >= 2 * MOST_LISTED:
            self.to_open = self.first()

    def first(self) -> list[Listed]:
        """Return what is listed to be opened, in that order."""
        return sorted(self.to_open, key=lambda one: one.priority)[:MOST_LISTED]


def ordered(why: Sequence[str]) -> list[str]:
    """Return reasons to look, the gravest first."""
    return sorted(why, key=grade_of)


def _listed(row: Passing, why: Sequence[str]) -> Listed:
    video = row.video
    return Listed(
        path=video["path"],
        place=row.place,
        id=video["id"],
        why=tuple(why),
        message=video["message"],
        exercise=video["exercise"],
        view=video["view"],
        reps=video["reps_complete"],
        participants=tuple(video["participants"]),
        report=row.report,
        failed=video["status"] == "failed",
        moments=row.moments,
        details=row.details,
    )

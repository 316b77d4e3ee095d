"""Which recordings to open first, why, and at which moment.

The order: what the plan says to stop for; what failed, since nobody knows what it shows; what may be counted
or named wrongly; what could be measured in part.  Of equals the one with more reasons comes first, then the
one that was given first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

Record = dict[str, Any]

SEVERAL_PARTICIPANTS = "several_participants"
STOP, FAILED, DOUBTFUL, IN_PART = range(4)
GRADES: Mapping[int, tuple[str, ...]] = MappingProxyType(
    {
        STOP: ("stop_severity", "limit_exceeded"),
        DOUBTFUL: (
            *(SEVERAL_PARTICIPANTS, "exercise_mismatch", "unknown_exercise", "no_repetition"),
            *("not_counted", "count_uncertain", "sideways", "several_takes"),
        ),
    }
)
"""Reasons by how much they matter; those that are not named are `IN_PART`."""
NEAR_THE_END_S = 3.0
"""Where a recording whose end is missing is opened, before its end."""


class Priority(NamedTuple):
    """What is sorted by, the first to open lowest."""

    grade: int
    fewer_reasons: int


def grade_of(reason: str) -> int:
    """Return how much a reason to look matters."""
    return next((grade for grade, codes in GRADES.items() if reason in codes), IN_PART)


def priority(status: str, reasons: Sequence[str]) -> Priority | None:
    """Return the priority of a row; None when nobody needs to look at it."""
    if status == "failed":
        return Priority(FAILED, 0)
    if not reasons:
        return None
    return Priority(min(map(grade_of, reasons)), -len(reasons))


def review_reasons(summary: Record, participants: Sequence[str] = ()) -> list[str]:
    """Return why somebody should look at a result; empty when nobody needs to.

    Parameters
    ----------
    summary : dict
        As in ``summary.json``.
    participants : Sequence[str]
        Under whom the recording is listed.
    """
    quality, reps = summary["quality"], summary["rep_list"]
    reasons = [SEVERAL_PARTICIPANTS] if len(participants) > 1 else []
    if not quality["needs_review"]:
        return reasons
    reasons += quality["warnings"]
    if all(rep["verdict"] == "partial" for rep in reps):
        reasons.append("no_repetition")
    if summary["not_counted"]:
        reasons.append("not_counted")
    if any(fault["severity"] == "stop" for rep in reps for fault in rep["faults"]):
        reasons.append("stop_severity")
    return reasons


# Moments


def moments(summary: Record, reasons: Sequence[str]) -> dict[str, float]:
    """Return the second at which each reason can be seen, where there is such a moment."""
    found = {reason: _MOMENTS[reason](summary) for reason in reasons if reason in _MOMENTS}
    return {reason: time_s for reason, time_s in found.items() if time_s is not None}


def details(summary: Record) -> dict[str, str]:
    """Return what the result itself says about a reason, where it says more than the reason."""
    why = dict.fromkeys(one["reason"] for one in summary["not_counted"])
    return {"not_counted": "; ".join(why)} if why else {}


def _first_stop(summary: Record) -> float | None:
    faults = [fault for rep in summary["rep_list"] for fault in rep["faults"] if fault["severity"] == "stop"]
    times = [fault["worst_s"] if fault["start_s"] is None else fault["start_s"] for fault in faults]
    return min((time_s for time_s in times if time_s is not None), default=None)


def _first_not_counted(summary: Record) -> float | None:
    times = [one["start_s"] for one in summary["not_counted"]]
    partial = [rep["start_s"] for rep in summary["rep_list"] if rep["verdict"] == "partial"]
    return min(times or partial, default=None)


def _longest(summary: Record) -> float | None:
    lasting = [(rep["end_s"] - rep["start_s"], float(rep["start_s"])) for rep in summary["rep_list"]]
    return max(lasting)[1] if lasting else None


def _second_exercise(summary: Record) -> float | None:
    sets = summary["sets"]
    return min(
        (float(one["start_s"]) for one in sets if one["exercise"] != sets[0]["exercise"]), default=None
    )


def _end(summary: Record) -> float | None:
    duration_s: float = summary["source"]["duration_s"]
    return max(0.0, duration_s - NEAR_THE_END_S)


_MOMENTS: Mapping[str, Callable[[Record], float | None]] = MappingProxyType(
    {
        "stop_severity": _first_stop,
        "limit_exceeded": _first_stop,
        "no_repetition": _first_not_counted,
        "not_counted": _first_not_counted,
        "count_uncertain": _first_not_counted,
        "long_repetition": _longest,
        "several_exercises": _second_exercise,
        "truncated": _end,
    }
)

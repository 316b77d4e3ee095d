"""What several recordings of one person say together; pure, from their summaries.

Recordings of the same day (or of unknown days) that show one exercise from different sides complement each
other: a check that one cannot judge, the other may.  Recordings of one exercise from the same side are
compared, the earliest with each later one: the same leg, in the same place to the camera.  A change is
declared where it exceeds the smallest detectable one, which follows from the error of both numbers; an end
that was not measured ("at least") declares none.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from types import MappingProxyType

from formcheck.exercises import EXERCISES
from formcheck.ranges import smallest_detectable_deg
from formcheck.report.exercise_text import title_of
from formcheck.report.words import VIEW_WORDS
from formcheck.results import FaultVerdict, JointRange, Rep, Summary, ViewLabel

CHANGE_DEG = 10.0
"""Smallest change of an angle that means something, however small the errors (clinical 3.2: test-retest of
goniometers in hip osteoarthritis 9.7 degrees [V#49])."""
SIGNAL_CHANGES: Mapping[tuple[str, str], float] = MappingProxyType(
    {
        ("clamshell", "knee_rise"): 0.12,  # 10 degrees of opening, 0.35 thigh lengths being 30 (product §5)
        (
            "squat",
            "hip_drop",
        ): 0.06,  # 10 degrees of knee flexion at 70 (formcheck.exercises.squat.hip_drop_at)
    }
)
"""The same for ratios, by exercise and signal."""
UNITS: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("clamshell", "knee_rise"): "thigh lengths",
        ("squat", "hip_drop"): "leg lengths",
        ("bridge", "hip_height"): "trunk lengths",
    }
)
SIGNAL_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "knee_flexion": "knee flexion",
        "hip_flexion": "hip flexion (trunk-thigh)",
        "hip_drop": "drop of the hips",
        "hip_height": "height of the hips",
        "knee_rise": "rise of the knee",
        "thigh_elevation": "elevation of the thigh",
    }
)
RANGE_ERROR = math.sqrt(2.0)
"""Error of a range in errors of its end: that of the rest position is about as large, and independent."""
CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class ViewVerdict:
    """What one recording says of a check.

    Attributes
    ----------
    section : int
        Number of the recording, from 0.
    present, judged : int
        Repetitions.
    """

    section: int
    present: int
    judged: int


@dataclass(frozen=True, slots=True)
class MergedCheck:
    """One check of one exercise over complementary views.

    Attributes
    ----------
    exercise, code : str
    verdict : str
        ``present`` or ``absent`` where all recordings that can judge agree, ``conflict`` where one found it
        and another, that could have, did not; else ``not_assessed``.
    each : tuple[ViewVerdict, ...]
        Of every recording that can judge.
    reason : str | None
        Why none can.
    """

    exercise: str
    code: str
    verdict: str
    each: tuple[ViewVerdict, ...] = ()
    reason: str | None = None

    @property
    def present(self) -> int:
        """Repetitions in which it was found."""
        return sum(one.present for one in self.each)

    @property
    def judged(self) -> int:
        """Repetitions in which it could be judged."""
        return sum(one.judged for one in self.each)

    @property
    def sections(self) -> tuple[int, ...]:
        """The recordings that can judge."""
        return tuple(one.section for one in self.each)


@dataclass(frozen=True, slots=True)
class Change:
    """One number in an earlier and a later recording.

    Attributes
    ----------
    exercise : str
    label : str
    unit : str
    before, after : float
    error : float | None
        Smallest detectable change: one up to this says nothing; None = not known.
    sections : tuple[int, int]
        Numbers of the recordings, from 0.
    open_ended : tuple[str, str]
        ``at least`` or ``at most`` before a number whose end was not measured, else empty.
    """

    exercise: str
    label: str
    unit: str
    before: float
    after: float
    error: float | None
    sections: tuple[int, int]
    open_ended: tuple[str, str] = ("", "")

    @property
    def compared(self) -> bool:
        """Whether it can be told whether there is a change."""
        return self.error is not None and not any(self.open_ended)

    @property
    def meaningful(self) -> bool:
        """Whether the change is larger than the smallest detectable one."""
        return self.compared and self.error is not None and abs(self.after - self.before) > self.error


@dataclass(frozen=True, slots=True)
class Assessment:
    """What several recordings say together.

    Attributes
    ----------
    merged : tuple[MergedCheck, ...]
        Empty when no two recordings complement each other.
    changes : tuple[Change, ...]
        Empty when no two recordings can be compared.
    notes : tuple[str, ...]
        What to know about both, a sentence each.
    """

    merged: tuple[MergedCheck, ...] = ()
    changes: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()


def assess(summaries: Sequence[Summary]) -> Assessment:
    """Return what recordings of one person say together, in the order given."""
    merged: list[MergedCheck] = []
    changes: list[Change] = []
    notes: list[str] = []
    for exercise in EXERCISES:
        having = [i for i, one in enumerate(summaries) if reps_of(one, exercise)]
        for group in _same_day(summaries, having):
            if len({summaries[i].view.label for i in group}) > 1:
                merged += _merged(exercise, summaries, group)
        pairs, said = _pairs(exercise, summaries, having)
        notes += said
        for pair in pairs:
            notes += _other_leg(exercise, summaries, pair)
            changes += _changes(exercise, summaries, pair)
    return Assessment(tuple(merged), tuple(changes), tuple(dict.fromkeys(notes)))


def reps_of(summary: Summary, exercise: str) -> list[Rep]:
    """Return the repetitions of an exercise, partial ones too."""
    sets = {one.index for one in summary.sets if one.exercise == exercise}
    return [rep for rep in summary.rep_list if rep.set in sets]


def recorded_at(summary: Summary) -> datetime | None:
    """Return when a recording was made, None when the file does not say."""
    try:
        return datetime.fromisoformat(summary.source.recorded_at or "")
    except ValueError:
        return None


# Complementary views


def _same_day(summaries: Sequence[Summary], numbers: Iterable[int]) -> Iterator[list[int]]:
    """Yield the recordings of each day; those of unknown days are taken for one."""
    days: dict[object, list[int]] = {}
    for i in numbers:
        at = recorded_at(summaries[i])
        days.setdefault(at.date() if at else None, []).append(i)
    yield from days.values()


def _merged(exercise: str, summaries: Sequence[Summary], group: Sequence[int]) -> Iterator[MergedCheck]:
    for code in EXERCISES[exercise].codes:
        views = {view for rule in EXERCISES[exercise].rules if rule.code == code for view in rule.views}
        found: list[ViewVerdict] = []
        reasons: Counter[str] = Counter()
        for i in group:
            checks = [c for rep in reps_of(summaries[i], exercise) for c in rep.faults if c.code == code]
            judged = [check for check in checks if check.verdict is not FaultVerdict.NOT_ASSESSED]
            reasons.update(check.reason for check in checks if check.reason)
            if judged and _allows(views, summaries[i], exercise):
                present = sum(check.verdict is FaultVerdict.PRESENT for check in judged)
                found.append(ViewVerdict(i, present, len(judged)))
        yield MergedCheck(exercise, code, _verdict(found), tuple(found), _why_not(found, reasons))


def _allows(views: set[ViewLabel], summary: Summary, exercise: str) -> bool:
    """Whether a check can be judged from where a recording was mostly filmed."""
    return summary.exercise != exercise or summary.view.label in views


def _verdict(found: Sequence[ViewVerdict]) -> str:
    if not found:
        return FaultVerdict.NOT_ASSESSED.value
    shown = [one.present > 0 for one in found]
    if any(shown) and not all(shown):
        return CONFLICT
    return (FaultVerdict.PRESENT if any(shown) else FaultVerdict.ABSENT).value


def _why_not(found: Sequence[ViewVerdict], reasons: Counter[str]) -> str | None:
    if found:
        return None
    return reasons.most_common(1)[0][0] if reasons else "the view does not show it"


# Comparison


def _pairs(
    exercise: str, summaries: Sequence[Summary], having: Sequence[int]
) -> tuple[list[tuple[int, int]], list[str]]:
    """Return which recordings are compared, earlier first, and what to say about that."""
    times = {i: recorded_at(summaries[i]) for i in having}
    known = [at for at in times.values() if at is not None]
    ordered = list(having)
    notes = []
    if len(known) == len(having):
        ordered.sort(key=lambda i: _comparable(times[i]))
    pairs = []
    by_view: dict[ViewLabel, list[int]] = {}
    for i in ordered:
        by_view.setdefault(summaries[i].view.label, []).append(i)
    for first, *later in by_view.values():
        pairs += [(first, other) for other in later]
    name = title_of(exercise)
    if pairs and len(known) < len(having):
        notes.append(
            f"{name}: when they were recorded is not known of all files, so they are compared in the order "
            "given, the first as the earlier one."
        )
    if len(by_view) > 1 and len({at.date() for at in known}) > 1:
        told = ", ".join(f"{summaries[i].source.path} {VIEW_WORDS[summaries[i].view.label]}" for i in ordered)
        notes.append(f"{name}: only recordings from the same side are compared ({told}).")
    return pairs, notes


def _comparable(at: datetime | None) -> float:
    """Return a time to sort by; one without a zone is taken as local time."""
    return 0.0 if at is None else at.timestamp()


def _same_place(summaries: Sequence[Summary], pair: tuple[int, int]) -> bool:
    """Return whether the same side of the person faced the camera in both recordings."""
    return summaries[pair[0]].camera_side is summaries[pair[1]].camera_side


def _other_leg(exercise: str, summaries: Sequence[Summary], pair: tuple[int, int]) -> Iterator[str]:
    if not _same_place(summaries, pair):
        first, second = (summaries[i].source.path for i in pair)
        yield (
            f"{title_of(exercise)}: in {first} and {second} different sides face the camera, so angles are "
            "not compared."
        )


Number = Callable[[Rep], float | None]
Both = Sequence[Sequence[Rep]]
"""The repetitions of the earlier and the later recording."""


def _changes(exercise: str, summaries: Sequence[Summary], pair: tuple[int, int]) -> Iterator[Change]:
    before, after = ([rep for rep in reps_of(summaries[i], exercise) if rep.complete] for i in pair)
    comparable = _same_place(summaries, pair)
    sides = [side for side in dict.fromkeys(rep.side for rep in before) if side in {r.side for r in after}]
    for side in sides:
        both = [[rep for rep in reps if rep.side is side] for reps in (before, after)]
        prefix = f"{side.value} " if side else ""
        for words, unit, error, number in (*(_of_signal(exercise, both) if comparable else ()), *_TIMES):
            medians = [_median(reps, number) for reps in both]
            if medians[0] is not None and medians[1] is not None:
                label = f"{prefix}{words}, median"
                yield Change(exercise, label, unit, medians[0], medians[1], error, pair)
    if comparable and all(summaries[i].exercise == exercise for i in pair):
        yield from _of_joints(exercise, [summaries[i] for i in pair], pair)


def _median(reps: Sequence[Rep], number: Number) -> float | None:
    values = [value for value in map(number, reps) if value is not None]
    return float(median(values)) if values else None


def _of_signal(exercise: str, both: Both) -> Iterator[tuple[str, str, float | None, Number]]:
    """Yield words, unit, smallest detectable change and number of what repetitions are counted by.

    Of a range, peak minus rest, both ends have an error of about that size.
    """
    signals = {(rep.signal, rep.signal_unit) for reps in both for rep in reps}
    if len(signals) != 1:
        return
    signal, unit = signals.pop()
    name = SIGNAL_WORDS.get(signal, signal.replace("_", " "))
    halves = [_median(reps, _error) for reps in both]
    if unit == "deg":
        ends = [None if half is None else half * RANGE_ERROR for half in halves]
        yield f"{name}, range", "degrees", _detectable(ends, CHANGE_DEG), _range
        yield f"{name}, end position", "degrees", _detectable(halves, CHANGE_DEG), _peak
    else:
        least = SIGNAL_CHANGES.get((exercise, signal), 0.0)
        yield f"{name}, range", UNITS.get((exercise, signal), ""), _detectable(halves, least), _range


def _detectable(halves: Sequence[float | None], least: float) -> float | None:
    """Return the smallest detectable change of two numbers with these errors, None where one is unknown."""
    before, after = halves
    if before is None or after is None:
        return None
    return max(least, smallest_detectable_deg(before, after))


def _of_joints(exercise: str, both: Sequence[Summary], pair: tuple[int, int]) -> Iterator[Change]:
    """Yield the changes of the ranges used."""
    earlier, later = (one.range_of_motion for one in both)
    for joint in earlier:
        for side in ("left", "right"):
            before, after = (getattr(one[joint], side) if joint in one else None for one in (earlier, later))
            if before is None or after is None:
                continue
            name = f"{side} {SIGNAL_WORDS.get(joint, joint.replace('_', ' '))}"
            yield _of_ends(exercise, f"{name}, largest", map(_largest, (before, after)), pair)
            yield _of_ends(exercise, f"{name}, smallest", map(_smallest, (before, after)), pair)


End = tuple[float, float | None, str]
"""Angle, half of its error interval, and ``at least`` or ``at most`` where it was not measured."""


def _largest(one: JointRange) -> End:
    return one.max_deg, one.max_error_deg, "at least" if one.max_at_least else ""


def _smallest(one: JointRange) -> End:
    return one.min_deg, one.min_error_deg, "at most" if one.min_at_least else ""


def _of_ends(exercise: str, label: str, ends: Iterable[End], pair: tuple[int, int]) -> Change:
    (old, old_half, old_open), (new, new_half, new_open) = ends
    error = _detectable((old_half, new_half), CHANGE_DEG)
    return Change(exercise, label, "degrees", old, new, error, pair, (old_open, new_open))


def _error(rep: Rep) -> float | None:
    return rep.error


def _range(rep: Rep) -> float | None:
    return rep.range


def _peak(rep: Rep) -> float | None:
    return rep.peak


def _outbound(rep: Rep) -> float | None:
    return rep.outbound_s


def _back(rep: Rep) -> float | None:
    return rep.return_s


_TIMES: tuple[tuple[str, str, float | None, Number], ...] = (
    ("time out", "s", None, _outbound),
    ("time back", "s", None, _back),
)

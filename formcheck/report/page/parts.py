"""What one recording shows, set by set where it shows several things: the unit that a section is about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from formcheck import profile_file
from formcheck.errors import UsageError
from formcheck.exercises import EXERCISES
from formcheck.exercises.spec import Exercise
from formcheck.pose.skeleton import Side
from formcheck.profile import STANDARD, Profile
from formcheck.report.form_text import Level, gravity, level_of
from formcheck.report.page.decided import Decided
from formcheck.report.page.section import Section, Series, SeriesBuilder
from formcheck.results import FaultCheck, FaultTotals, FaultVerdict, NotCounted, Rep, Set, Severity, Summary
from formcheck.rules import RANGE_LIMIT

AROUND_S = 1.0
"""So much before and after a set belongs to its part."""

Found = list[tuple[Rep, FaultCheck]]


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One exercise on one side in one recording.

    Attributes
    ----------
    section : Section
        The recording.
    recording : int
        Its number on the page, from 0.
    number : int
        Of the part on the page, from 0.
    series : Series
        Of the whole recording.
    exercise : str
        As in results.
    side : Side | None
        Working side throughout, where there is one.
    sets : tuple[Set, ...]
    reps : tuple[Rep, ...]
        Complete and partial ones of these sets.
    profile : Profile
        What judged.
    span_s : tuple[float, float]
        Which part of the recording is shown first.
    whole : bool
        The recording shows nothing else.
    leads : bool
        The first part of its recording, to which repetitions that were not found are added.
    decided : Decided
        What a therapist decided about the recording.
    """

    section: Section
    recording: int
    number: int
    series: Series
    exercise: str
    side: Side | None
    sets: tuple[Set, ...]
    reps: tuple[Rep, ...]
    profile: Profile
    span_s: tuple[float, float]
    whole: bool
    leads: bool = True
    decided: Decided = field(default_factory=Decided)

    @property
    def summary(self) -> Summary:
        """Summary of the whole recording."""
        return self.section.review.summary

    @property
    def table(self) -> Exercise | None:
        """What the exercise is; None when it was not recognised."""
        return EXERCISES.get(self.exercise)

    @property
    def complete(self) -> tuple[Rep, ...]:
        """Repetitions that count, as the software says."""
        return tuple(rep for rep in self.reps if rep.complete)

    @property
    def signal(self) -> tuple[str, str]:
        """Signal and unit of most repetitions; seen from another side a few may be in another."""
        return Counter((rep.signal, rep.signal_unit) for rep in self.reps).most_common(1)[0][0]

    @property
    def sized(self) -> tuple[Rep, ...]:
        """The repetitions that are reported in `signal`, so that their numbers can stand side by side."""
        return tuple(rep for rep in self.reps if (rep.signal, rep.signal_unit) == self.signal)

    @property
    def counted(self) -> tuple[Rep, ...]:
        """Repetitions that count, as the therapist says where there is a decision."""
        return tuple(rep for rep in self.reps if self.decided.counts.get(rep.index, rep.complete))

    @property
    def count(self) -> int:
        """How many count, with those that the therapist added."""
        return len(self.counted) + (self.decided.added if self.leads else 0)

    @property
    def not_counted(self) -> tuple[NotCounted, ...]:
        """Movements of about full size that were not counted."""
        if self.whole:
            return self.summary.not_counted
        low, high = self.span_s
        return tuple(
            one
            for one in self.summary.not_counted
            if one.exercise == self.exercise and low <= one.peak_s <= high
        )

    def totals(self) -> dict[str, FaultTotals]:
        """Return how often each check spoke, was silent or could not judge, in the order of the tables."""
        codes = self.table.codes if self.table else ()
        checks: dict[str, list[FaultCheck]] = {code: [] for code in codes}
        for rep in self.reps:
            for check in rep.faults:
                checks.setdefault(check.code, []).append(check)
        if not self.reps:
            return dict(self.summary.faults) if self.whole else {}
        return {code: _totals(found) for code, found in checks.items() if found}

    def found(self) -> dict[str, Found]:
        """Return what the software found by code, the gravest first, then what was found most often."""
        return self._ordered(lambda _, check: check.verdict is FaultVerdict.PRESENT)

    def standing(self) -> dict[str, Found]:
        """Return `found` as it stands after the therapist's decisions.

        What was rejected is left out; what only the therapist saw is there, without a value.
        """
        return self._ordered(self._stands)

    def level(self, rep: Rep) -> Level:
        """Return the level of a repetition, after the therapist's decisions."""
        return level_of(rep, (_seen(check) for check in rep.faults if self._stands(rep, check)))

    def _stands(self, rep: Rep, check: FaultCheck) -> bool:
        if check.verdict is FaultVerdict.PRESENT:
            return not self.decided.rejected(rep.index, check.code)
        return self.decided.missed(rep.index, check.code)

    def _ordered(self, wanted: Callable[[Rep, FaultCheck], bool]) -> dict[str, Found]:
        codes = self.table.codes if self.table else ()
        present: dict[str, Found] = {code: [] for code in codes}
        for rep in self.reps:
            for check in rep.faults:
                if wanted(rep, check):
                    present.setdefault(check.code, []).append((rep, _seen(check)))
        order = sorted(
            (code for code, pairs in present.items() if pairs),
            key=lambda code: (code != RANGE_LIMIT, -gravity(present[code]), -len(present[code])),
        )
        return {code: present[code] for code in order}


def _seen(check: FaultCheck) -> FaultCheck:
    """Return a check as it stands: one that only the therapist saw has no value and is to correct."""
    if check.verdict is FaultVerdict.PRESENT:
        return check
    seen = replace(check, value=None, limit=None, worst_s=None, start_s=None, end_s=None, reason=None)
    return replace(seen, verdict=FaultVerdict.PRESENT, severity=Severity.CORRECT)


def _totals(checks: Sequence[FaultCheck]) -> FaultTotals:
    verdicts = Counter(check.verdict for check in checks)
    reasons = Counter(check.reason for check in checks if check.verdict is FaultVerdict.NOT_ASSESSED)
    return FaultTotals(
        verdicts[FaultVerdict.PRESENT],
        verdicts[FaultVerdict.ABSENT],
        verdicts[FaultVerdict.NOT_ASSESSED],
        reasons.most_common(1)[0][0] if reasons else None,
    )


def parts_of(sections: Sequence[Section]) -> tuple[Part, ...]:
    """Return the parts of all recordings; a recording of one exercise on one side is a single part."""
    parts: list[Part] = []
    for recording, section in enumerate(sections):
        series = section.series or _series(section)
        profile = _profile(section)
        parts += _of_recording(section, recording, len(parts), series, profile)
    return tuple(parts)


def _of_recording(
    section: Section, recording: int, first: int, series: Series, profile: Profile
) -> Iterator[Part]:
    summary = section.review.summary
    kinds = {(one.exercise, one.working_side) for one in summary.sets}
    groups: list[tuple[Set, ...]] = [(one,) for one in summary.sets] if len(kinds) > 1 else [summary.sets]
    decided = Decided.of(section.decisions)
    start_s, end_s = (float(series.time_s[0]), float(series.time_s[-1])) if len(series.time_s) else (0.0, 0.0)
    for offset, sets in enumerate(groups):
        indices = {one.index for one in sets}
        whole = len(groups) == 1
        lead = sets[0] if sets else None
        span = (start_s, end_s)
        if lead is not None and not whole:
            span = (max(start_s, lead.start_s - AROUND_S), min(end_s, lead.end_s + AROUND_S))
        yield Part(
            section=section,
            recording=recording,
            number=first + offset,
            series=series,
            exercise=lead.exercise if lead else summary.exercise,
            side=lead.working_side if lead else None,
            sets=sets,
            reps=tuple(rep for rep in summary.rep_list if whole or rep.set in indices),
            profile=profile,
            span_s=span,
            whole=whole,
            leads=offset == 0,
            decided=decided,
        )


def _series(section: Section) -> Series:
    builder = SeriesBuilder(section.review.summary)
    for snapshot in section.review.snapshots():
        builder.add(snapshot)
    return builder.series()


def _profile(section: Section) -> Profile:
    """Return the profile that judged, as it is kept with the poses."""
    kept = section.review.recording.options.get("profile")
    if not kept:
        return STANDARD
    try:
        return profile_file.parse(str(kept), "the profile kept with the poses")
    except UsageError:
        return STANDARD

"""Comparing formcheck's fault verdicts with what the truth expects, as tables and plain statements."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from benchmarks.fault_truth import (
    ABSENT,
    NOT_ASSESSED,
    PRESENT,
    SEEN,
    Expected,
    expectations,
    injected_code,
)
from benchmarks.true_motion import Motion, TrueRep
from formcheck.exercises import EXERCISES
from formcheck.profile import Profile
from formcheck.results import FaultCheck, FaultVerdict, Rep

MIN_CASES, MIN_BODIES = 4, 2
"""A rule with fewer true cases, or true cases of fewer bodies, is not validated."""
MIN_RECALL = 0.9
GOOD_REPS, MOST_FALSE = 40, 1.0
"""At most so many false ``present`` in so many good repetitions."""

MEASURED = "[M]"
"""Marks such a limit in a rule's evidence."""

Row = tuple[str, str, str]
"""Exercise, fault, view."""


@dataclass(frozen=True, slots=True)
class Case:
    """One fault in one repetition: what the truth expects, and what formcheck said.

    Attributes
    ----------
    clip, exercise, view, body : str
    rep : int
        Number of the true repetition, from 1.
    code : str
    injected : bool
        Whether this fault was put in on purpose.
    expected : Expected
    said : FaultCheck | None
        None: the repetition was not found.
    """

    clip: str
    exercise: str
    view: str
    body: str
    rep: int
    code: str
    injected: bool
    expected: Expected
    said: FaultCheck | None

    @property
    def row(self) -> Row:
        """Row of the table it belongs to."""
        return self.exercise, self.code, self.view

    @property
    def verdict(self) -> FaultVerdict:
        """What formcheck said; a repetition that was not found is not assessed."""
        return self.said.verdict if self.said is not None else NOT_ASSESSED

    @property
    def wrong(self) -> bool:
        """Whether it is a miss or a false alarm; silence about an absent fault is neither."""
        if self.expected.verdict is PRESENT:
            return self.verdict is not PRESENT
        return self.expected.verdict is ABSENT and self.verdict is PRESENT


@dataclass(frozen=True, slots=True)
class Tally:
    """One row of the table of faults."""

    row: Row
    true: int
    bodies: int
    found: int
    silent: int
    good: int
    alarms: int
    silent_on_good: int

    @property
    def missed(self) -> int:
        """True cases that were not found, those not assessed among them."""
        return self.true - self.found

    @property
    def recall(self) -> float:
        """Share of the true cases that was found; NaN without any."""
        return self.found / self.true if self.true else math.nan


# Comparing


def compare(motion: Motion, profile: Profile, found: Sequence[Rep]) -> Iterator[Case]:
    """Yield every fault of every true repetition with what formcheck said of it."""
    for number, (rep, table) in enumerate(
        zip(motion.reps, expectations(motion, profile), strict=True), start=1
    ):
        match = largest_overlap(rep, found)
        said = {check.code: check for check in match.faults} if match is not None else {}
        for code, expected in table.items():
            yield Case(
                clip=motion.clip,
                exercise=motion.exercise,
                view=motion.view,
                body=motion.body,
                rep=number,
                code=code,
                injected=injected_code(motion, rep) == code,
                expected=expected,
                said=said.get(code),
            )


def largest_overlap(true: TrueRep, found: Sequence[Rep]) -> Rep | None:
    """Return the found repetition of the same leg that overlaps the true one most, None when none does."""
    found = [rep for rep in found if not true.side or rep.side is None or rep.side[0].upper() == true.side]
    overlaps = [min(true.end_s, rep.end_s) - max(true.start_s, rep.start_s) for rep in found]
    if not overlaps or max(overlaps) <= 0:
        return None
    return found[overlaps.index(max(overlaps))]


def tallies(cases: Iterable[Case]) -> list[Tally]:
    """Return the rows of the table of faults, in the order of formcheck's tables."""
    ordered = sorted(cases, key=lambda case: _place(case.row))
    rows = (tally(row, list(group)) for row, group in groupby(ordered, key=lambda case: case.row))
    return [one for one in rows if one.true or one.good]


def tally(row: Row, cases: Sequence[Case]) -> Tally:
    """Return one row of the table of faults."""
    true = [case for case in cases if case.expected.verdict is PRESENT]
    good = [case for case in cases if case.expected.verdict is ABSENT]
    return Tally(
        row=row,
        true=len(true),
        bodies=len({case.body for case in true}),
        found=sum(case.verdict is PRESENT for case in true),
        silent=sum(case.verdict is NOT_ASSESSED for case in true),
        good=len(good),
        alarms=sum(case.verdict is PRESENT for case in good),
        silent_on_good=sum(case.verdict is NOT_ASSESSED for case in good),
    )


def _place(row: Row) -> tuple[int, int, str]:
    exercise, code, view = row
    return list(EXERCISES).index(exercise), EXERCISES[exercise].codes.index(code), view


def good_reps(cases: Sequence[Case]) -> tuple[int, int]:
    """Return how many repetitions have no fault in any scored expectation, and the false alarms in them."""
    by_rep: dict[tuple[str, int], list[Case]] = {}
    for case in cases:
        if case.expected.verdict in (PRESENT, ABSENT):
            by_rep.setdefault((case.clip, case.rep), []).append(case)
    good = [rep for rep in by_rep.values() if all(case.expected.verdict is ABSENT for case in rep)]
    return len(good), sum(case.verdict is PRESENT for rep in good for case in rep)


def false_per_good(cases: Sequence[Case]) -> float:
    """Return the false alarms in good repetitions, per `GOOD_REPS`."""
    reps, alarms = good_reps(cases)
    return GOOD_REPS * alarms / reps if reps else 0.0


def impossible(cases: Iterable[Case]) -> list[Case]:
    """Return what was answered although it cannot be seen."""
    return [
        case for case in cases if case.expected.verdict is NOT_ASSESSED and case.verdict is not NOT_ASSESSED
    ]


# Tables


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def faults_table(rows: Sequence[Tally]) -> str:
    """Return the table of faults."""
    header = (
        "exercise",
        "fault",
        "view",
        "true cases",
        "bodies",
        "found",
        "missed",
        "of these not assessed",
        "recall",
        "good",
        "false alarms",
        "good, not assessed",
    )
    counts = (
        (
            *one.row,
            one.true,
            one.bodies,
            one.found,
            one.missed,
            one.silent,
            f"{one.recall:.2f}" if one.true else "-",
            one.good,
            one.alarms,
            one.silent_on_good,
        )
        for one in rows
    )
    return markdown(header, [tuple(map(str, row)) for row in counts])


def wrong_table(cases: Iterable[Case]) -> str:
    """Return every miss and false alarm with the true number and what formcheck said."""
    header = ("clip", "repetition", "fault", "truth", "limit", "expected", "said", "its number or reason")
    rows = [
        (
            case.clip,
            str(case.rep),
            case.code,
            _number(case.expected.value),
            _number(case.expected.limit),
            str(case.expected.verdict),
            str(case.verdict) if case.said is not None else "not counted",
            _said(case.said),
        )
        for case in cases
        if case.wrong
    ]
    return markdown(header, rows) if rows else "No miss and no false alarm.\n"


def impossible_table(cases: Sequence[Case]) -> str:
    """Return how often a fault that a view cannot show was expected ``not_assessed``, and answered."""
    unseen = sorted(
        (case for case in cases if case.expected.verdict is NOT_ASSESSED),
        key=lambda case: (_place((case.exercise, case.code, case.view))[0], case.view),
    )
    rows = []
    for (exercise, view), group in groupby(unseen, key=lambda case: (case.exercise, case.view)):
        own = list(group)
        codes = [code for code in SEEN[exercise] if code in {case.code for case in own}]
        rows.append((exercise, view, ", ".join(codes), str(len(own)), str(len(impossible(own)))))
    return markdown(("exercise", "view", "faults", "expected not_assessed", "answered otherwise"), rows)


def unjudged_table(cases: Iterable[Case]) -> str:
    """Return the injected faults that the truth does not call present."""
    header = ("clip", "fault", "repetitions", "truth", "limit", "because")
    left = [
        case
        for case in cases
        if case.injected
        and case.expected.verdict is not PRESENT
        and case.expected.verdict is not NOT_ASSESSED
    ]
    rows = []
    for (clip, code), group in groupby(left, key=lambda case: (case.clip, case.code)):
        own = list(group)
        rows.append(
            (
                clip,
                code,
                ", ".join(str(case.rep) for case in own),
                ", ".join(_number(case.expected.value) for case in own),
                _number(own[0].expected.limit),
                "; ".join(dict.fromkeys(_why(case.expected) for case in own)),
            )
        )
    return markdown(header, rows) if rows else "None.\n"


def _why(expected: Expected) -> str:
    if expected.verdict is ABSENT:
        return "within the limit by the truth"
    return "in the dead zone" if not math.isnan(expected.limit) else "not scored in this view or plan"


def _number(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.2f}"


def _said(check: FaultCheck | None) -> str:
    if check is None:
        return "-"
    return f"{check.value:.2f}" if check.value is not None else check.reason or "-"


# Statements


def report(cases: Sequence[Case]) -> str:
    """Return the section on form faults."""
    rows = tallies(cases)
    reps, alarms = good_reps(cases)
    return (
        f"Form faults: verdicts against the truth.\n\n{faults_table(rows)}\n"
        f"Good repetitions (every scored fault absent): {reps}; false alarms in them: {alarms}, "
        f"{false_per_good(cases):.2f} per {GOOD_REPS}.\n\n"
        f"Misses and false alarms.\n\n{wrong_table(cases)}\n"
        f"Cannot be seen from here.\n\n{impossible_table(cases)}\n"
        f"Injected but not judged by the truth.\n\n{unjudged_table(cases)}\n"
        + "".join(f"{line}\n" for line in statements(rows, cases))
    )


def statements(rows: Sequence[Tally], cases: Sequence[Case]) -> list[str]:
    """Return what may and may not be said of the rules."""
    built = [one for one in rows if is_built(one.row)]
    short = [f"{_name(one.row)} {one.recall:.2f} of {one.true}" for one in built if _falls_short(one)]
    few = [f"{_name(one.row)} {one.true} of {one.bodies}" for one in built if _is_few(one)]
    true_rows = {one.row for one in rows if one.true}
    none = [_name(row) for row in built_rows() if row not in true_rows]
    unbuilt = [f"{_name(one.row)} {one.true} cases" for one in rows if one.true and not is_built(one.row)]
    answered = impossible(cases)
    return [
        _line(f"Recall below {MIN_RECALL}", short),
        _line(f"Fewer than {MIN_CASES} true cases or {MIN_BODIES} bodies (cases of bodies)", few),
        _line("Not validated, no true case in any clip", none),
        _line("True cases that no rule looks for", unbuilt),
        _line("Answered though it cannot be seen", [f"{one.clip} {one.rep} {one.code}" for one in answered]),
        _line("Limits set on rendered people, these clips among them, so no independent test", tuned()),
    ]


def passed(cases: Sequence[Case]) -> bool:
    """Return whether no well-covered rule falls short, and nothing false or impossible is said too often."""
    counted = [one for one in tallies(cases) if is_built(one.row) and one.true >= MIN_CASES]
    short = any(_falls_short(one) for one in counted)
    return not short and false_per_good(cases) <= MOST_FALSE and not impossible(cases)


def built_rows() -> list[Row]:
    """Return every (exercise, fault, view) that a rule row looks at; ``range_limit`` is a plan's own."""
    rows = [
        (name, rule.code, str(view))
        for name, exercise in EXERCISES.items()
        for rule in exercise.rules
        for view in rule.views
        if rule.code in SEEN[name]
    ]
    return sorted(dict.fromkeys(rows), key=_place)


def tuned() -> list[str]:
    """Return the faults whose limits were set by what formcheck read off rendered people."""
    return [
        f"{name} {code}"
        for name, exercise in EXERCISES.items()
        for code in dict.fromkeys(rule.code for rule in exercise.rules if MEASURED in rule.evidence)
    ]


def is_built(row: Row) -> bool:
    """Return whether a rule row looks at this."""
    return row in built_rows()


def _falls_short(one: Tally) -> bool:
    return one.true > 0 and one.recall < MIN_RECALL


def _is_few(one: Tally) -> bool:
    return one.true > 0 and (one.true < MIN_CASES or one.bodies < MIN_BODIES)


def _name(row: Row) -> str:
    return f"{row[0]} {row[1]} ({row[2]})"


def _line(what: str, names: Sequence[str]) -> str:
    return f"- {what}: {', '.join(names) if names else 'none'}."

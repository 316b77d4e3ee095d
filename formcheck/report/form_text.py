"""What the form checks found, for a therapist at the terminal: a line each, the gravest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType

from formcheck.exercises import EXERCISES
from formcheck.exercises.spec import Exercise, FaultRule
from formcheck.pose.skeleton import Side
from formcheck.report.rule_text import UNIT_WORDS, look_of, reason_text, shown_value, speaks_above
from formcheck.report.words import CHECK_WORDS, FOUND_WORDS, SEVERITY_WORDS
from formcheck.results import FaultCheck, FaultTotals, FaultVerdict, Rep, Severity, Summary
from formcheck.rules import MISSING, RANGE_LIMIT, SEVERITIES

DIGITS = {"deg": 0, "ratio": 2, "s": 1}
"""Decimals by unit; more where a value would read like its limit."""


class Level(StrEnum):
    """A repetition by the gravest thing found in it, as people read it."""

    CORRECT = "to correct"
    IMPROVE = "to improve"
    NOTED = "noted"
    """Something for the record only."""
    CLEAR = "nothing found"
    """In the checks that could be judged; says nothing about the others."""
    UNJUDGED = "not judged"


LEVELS: Mapping[Severity, Level] = MappingProxyType(
    {
        Severity.STOP: Level.CORRECT,
        Severity.CORRECT: Level.CORRECT,
        Severity.IMPROVE: Level.IMPROVE,
        Severity.LOG: Level.NOTED,
    }
)


def level_of(rep: Rep, found: Iterable[FaultCheck]) -> Level:
    """Return the level of a repetition from the checks that were found in it."""
    gravest = max((_severity(check) for check in found), key=SEVERITIES.index, default=None)
    if gravest is not None:
        return LEVELS[gravest]
    judged = any(check.verdict is not FaultVerdict.NOT_ASSESSED for check in rep.faults)
    return Level.CLEAR if judged else Level.UNJUDGED


def levels_text(levels: Sequence[Level]) -> str:
    """Return the repetitions by level: "1 of 5 repetitions to correct, 4 with nothing found"."""
    counts, total = Counter(levels), len(levels)
    if len(counts) == 1:
        each = {1: "1 repetition", 2: "both repetitions"}.get(total, f"all {total} repetitions")
        return f"{each} {_WITH.get(levels[0], levels[0])}"
    first, *others = [one for one in Level if counts[one]]
    said = [f"{counts[first]} of {total} repetitions {_WITH.get(first, first)}"]
    return ", ".join([*said, *(f"{counts[one]} {_WITH.get(one, one)}" for one in others)])


_WITH = {Level.NOTED: "with a note only", Level.CLEAR: "with nothing found"}


def form_lines(summary: Summary) -> list[str]:
    """Return what was found, the gravest first, what was not, and what could not be judged."""
    return [line for line in _lines(summary) if line]


def _lines(summary: Summary) -> Iterator[str]:
    judged = {code: totals for code, totals in summary.faults.items() if totals.present or totals.absent}
    found = [code for code, totals in judged.items() if totals.present]
    if judged:
        yield _verdicts(summary, len(judged))
    checks = {code: _present(summary, code) for code in found}
    found.sort(key=lambda code: (code != RANGE_LIMIT, -gravity(checks[code]), -judged[code].present))
    yield from (f"- {_found(summary, code, checks[code])}" for code in found)
    clear = [_named(code, totals) for code, totals in judged.items() if not totals.present]
    if clear:
        yield f"{'Also checked' if found else 'Checked'}, nothing found: {_listed(clear)}."
    yield from _not_judged(summary)


def _verdicts(summary: Summary, judged: int) -> str:
    present = [
        (rep, [check for check in rep.faults if check.verdict is FaultVerdict.PRESENT])
        for rep in summary.rep_list
        if rep.complete
    ]
    if not present:
        return ""
    levels = [level_of(rep, found) for rep, found in present]
    return f"Form, from {judged} of {len(summary.faults)} checks: {levels_text(levels)}."


def _present(summary: Summary, code: str) -> list[tuple[Rep, FaultCheck]]:
    return [
        (rep, check)
        for rep in summary.rep_list
        for check in rep.faults
        if check.code == code and check.verdict is FaultVerdict.PRESENT
    ]


def _severity(check: FaultCheck) -> Severity:
    return Severity(check.severity) if check.severity else Severity.LOG


def gravity(checks: Sequence[tuple[Rep, FaultCheck]]) -> int:
    """Return the place in `formcheck.rules.SEVERITIES` of the gravest; -1 of none."""
    return max((SEVERITIES.index(_severity(check)) for _, check in checks), default=-1)


def _found(summary: Summary, code: str, checks: Sequence[tuple[Rep, FaultCheck]]) -> str:
    """Return one check that spoke: how often, the worst value and its limit, how much it matters."""
    totals = summary.faults[code]
    judged = totals.present + totals.absent
    of = f"{judged} judged" if totals.not_assessed else f"{judged} repetition{'' if judged == 1 else 's'}"
    parts = [f"{FOUND_WORDS.get(code, code)}: {totals.present} of {of}{_by_side(summary, checks)}"]
    if checks:
        parts += [_worst(summary, checks), _weights(checks)]
    return ", ".join(part for part in parts if part)


def _by_side(summary: Summary, checks: Sequence[tuple[Rep, FaultCheck]]) -> str:
    """Return how often on either side, where both sides worked."""
    if not checks or {rep.side for rep in summary.rep_list if rep.side} != set(Side):
        return ""
    sides = Counter(rep.side for rep, _ in checks)
    return f" ({', '.join(f'{side} {sides[side]}' for side in Side)})"


def _weights(checks: Sequence[tuple[Rep, FaultCheck]]) -> str:
    counted = Counter(_severity(check) for _, check in checks)
    if len(counted) == 1:
        return SEVERITY_WORDS[next(iter(counted))]
    return ", ".join(f"{counted[one]} {SEVERITY_WORDS[one]}" for one in reversed(SEVERITIES) if counted[one])


def _worst(summary: Summary, checks: Sequence[tuple[Rep, FaultCheck]]) -> str:
    def weight(one: tuple[Rep, FaultCheck]) -> tuple[int, float]:
        check = one[1]
        if check.value is None or check.limit is None:
            return -1, 0.0
        return SEVERITIES.index(_severity(check)), abs(check.value - check.limit)

    rep, check = max(checks, key=weight)
    if check.value is None or check.limit is None:
        return ""
    exercise = next((one.exercise for one in summary.sets if one.index == rep.set), summary.exercise)
    rule = rule_of(EXERCISES.get(exercise), check)
    value, limit, above = check.value, check.limit, check.value > check.limit
    unit = UNIT_WORDS.get(check.unit or "", check.unit or "")
    if rule is not None:
        value, limit, above = shown_value(rule, value), shown_value(rule, limit), speaks_above(rule)
        unit = look_of(rule).unit
    said = f"{extreme(above, check.unit, len(checks))}{numbers(value, limit, check.unit)} {unit}".rstrip()
    when_s = check.worst_s if check.worst_s is not None else rep.peak_s
    return f"{said} at {when_s:.1f} s (limit {limit_number(value, limit, check.unit)})"


def extreme(above: bool, unit: str | None, count: int) -> str:
    """Return what stands before the furthest of several values; empty for a single one."""
    if count == 1:
        return ""
    if unit == "s":
        return "as long as " if above else "as short as "
    return "up to " if above else "down to "


def rule_of(exercise: Exercise | None, check: FaultCheck) -> FaultRule | None:
    """Return the row that a present check came from, None when several would do and say different things."""
    if exercise is None or check.value is None or check.limit is None:
        return None
    rows = [
        rule
        for rule in exercise.rules
        if (rule.code, rule.unit) == (check.code, check.unit) and rule.above is (check.value > check.limit)
    ]
    own = [rule for rule in rows if any(limit.on == check.limit for limit in rule.limits)] or rows
    return own[0] if own and len({look_of(rule).unit for rule in own}) == 1 else None


def numbers(value: float, limit: float, unit: str | None) -> str:
    """Return a value with as many digits as its unit deserves, and as tell it from its limit."""
    digits = DIGITS.get(unit or "", 0)
    while round(value, digits) == round(limit, 2) and digits < 3:
        digits += 1
    return f"{value:.{digits}f}"


def limit_number(value: float, limit: float, unit: str | None) -> str:
    """Return a limit, degrees whole unless the value would then read like it."""
    digits = 2
    if unit == "deg":
        digits = 1 if round(value) == round(limit) else 0
    return f"{round(limit, digits):g}"


def _named(code: str, totals: FaultTotals) -> str:
    words = CHECK_WORDS.get(code, code)
    judged = totals.present + totals.absent
    return f"{words} (judged in {judged} of {judged + totals.not_assessed})" if totals.not_assessed else words


def _listed(words: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(words))


def _not_judged(summary: Summary) -> Iterator[str]:
    """Yield the checks that judged nothing, by reason."""
    by_reason: dict[str, list[str]] = {}
    for code, totals in summary.faults.items():
        if totals.not_assessed and not totals.present and not totals.absent:
            by_reason.setdefault(_reason(totals), []).append(CHECK_WORDS.get(code, code))
    if len(by_reason) == 1 and sum(map(len, by_reason.values())) == len(summary.faults) > 1:
        yield f"No form check could be judged: {next(iter(by_reason))}."
    elif by_reason:
        yield "Not judged:"
        yield from (f"- {reason}: {_listed(checks)}" for reason, checks in by_reason.items())


def _reason(totals: FaultTotals) -> str:
    if totals.reason in MISSING.values():
        return "not set in the plan"
    return reason_text(totals.reason) if totals.reason else "no reason given"

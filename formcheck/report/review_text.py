"""What a review says beside its results, for the terminal: decisions, and several recordings together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from formcheck.report.assessment import CONFLICT, Assessment, Change, MergedCheck
from formcheck.report.decisions import Agreement, Decisions, agreement, complete_reps
from formcheck.report.exercise_text import title_of
from formcheck.report.text import indented, printable
from formcheck.report.words import CHECK_WORDS, FOUND_WORDS
from formcheck.results import FaultVerdict, Summary


def decisions_text(summary: Summary, decisions: Decisions) -> str:
    """Return what the therapist decided, beside what the software found."""
    saved = f" (saved {printable(decisions.saved_at)})" if decisions.saved_at else ""
    counted, found = complete_reps(summary, decisions), summary.reps.complete
    same = "as the software counted" if counted == found else f"the software counted {found}"
    lines = [
        f"Therapist's decisions{saved}: {counted} complete repetition{'' if counted == 1 else 's'}, {same}.",
        *map(_agreement, agreement(summary, decisions)),
    ]
    return _block(lines)


def _agreement(one: Agreement) -> str:
    parts = [
        f"{count} {word}"
        for count, word in (
            (one.confirmed, "confirmed"),
            (one.rejected, "rejected"),
            (one.missed, "missed by the software"),
            (one.open, "not decided yet"),
        )
        if count
    ]
    share = f"agreement in {one.confirmed} of {one.decided}"
    return f"- {FOUND_WORDS.get(one.code, one.code)} ({one.code}): {share}: {', '.join(parts)}."


def assessment_text(report: str, assessment: Assessment, titles: Sequence[str]) -> str:
    """Return where the report of several recordings is, and what they say together."""
    names = [printable(title) for title in titles]
    lines = [
        *_merged_lines(assessment.merged, names),
        *_change_lines(assessment.changes, names),
        *assessment.notes,
    ]
    return f"  Together in {printable(report)}\n{_block(lines)}"  # a path is not broken into lines


def _merged_lines(merged: Sequence[MergedCheck], names: Sequence[str]) -> Iterator[str]:
    for check in merged:
        counts = [f"{one.present} of {one.judged} in {names[one.section]}" for one in check.each]
        if check.verdict == FaultVerdict.PRESENT.value:
            yield f"- {FOUND_WORDS.get(check.code, check.code)}: {', '.join(counts)}."
        elif check.verdict == CONFLICT:
            yield f"- {CHECK_WORDS.get(check.code, check.code)}: the recordings differ: {', '.join(counts)}."
    unseen = [c.code for c in merged if c.verdict == FaultVerdict.NOT_ASSESSED.value]
    if unseen:
        yield f"- not judged in any: {', '.join(CHECK_WORDS.get(code, code) for code in unseen)}."


def _change_lines(changes: Sequence[Change], names: Sequence[str]) -> Iterator[str]:
    for change in changes:
        if change.meaningful:
            digits = 0 if change.unit == "degrees" else 2
            yield (
                f"- {title_of(change.exercise)}, {change.label}: {change.before:.{digits}f} to "
                f"{change.after:.{digits}f} {change.unit} (smallest detectable change "
                f"{change.error:.{digits}f}), {names[change.sections[0]]} to {names[change.sections[1]]}."
            )
    small = sum(change.compared and not change.meaningful for change in changes)
    if small:
        yield (
            f"- {small} other number{'' if small == 1 else 's'} changed by less than the smallest detectable "
            "change."
        )
    open_ended = sum(any(change.open_ended) for change in changes)
    if open_ended:
        yield (f"- {open_ended} not compared: the end position was not measured in one of the recordings.")


def _block(lines: Sequence[str]) -> str:
    return "".join(f"{indented(line)}\n" for line in lines)

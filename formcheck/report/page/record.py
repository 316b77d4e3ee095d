"""Plain text for the patient's record: what a therapist would paste, complete on its own."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from formcheck.exercises import EXERCISES
from formcheck.report.page import told
from formcheck.report.page.parts import Part


def record_text(parts: Sequence[Part]) -> str:
    """Return the text about one recording, as it stands after the therapist's decisions."""
    decided = parts[0].decided
    patient = decided.patient or parts[0].section.patient
    blocks = [f"Patient: {patient}"] if patient else []
    blocks += map(part_text, parts)
    if decided.note:
        blocks.append(f"Note: {decided.note}")
    blocks.append(measured_by(parts[0]))
    return "\n\n".join(blocks)


def part_text(part: Part) -> str:
    """Return what is recorded of one exercise."""
    return "\n".join(filter(None, _lines(part)))


def _lines(part: Part) -> Iterator[str]:
    yield from head_lines(part)
    if part.exercise in EXERCISES and part.reps:
        yield count_line(part)
        yield from range_lines(part)
        standing = part.standing()
        yield from (f"- {told.found_text(part, code, found)}" for code, found in standing.items())
        yield told.nothing_text(part) if not standing else clear_text(part, standing)
        yield told.rejected_text(part)
        yield from tail_lines(part)
    else:
        yield from told.findings(part)
        yield from not_counted_lines(part)


def head_lines(part: Part) -> list[str]:
    """Return what was filmed, when and how, and which plan judged."""
    lines = [f"{told.heading(part)}: video, {told.recorded(part)}, {told.filmed(part)}", told.planned(part)]
    return [f"{line[:1].upper()}{line[1:]}." for line in lines]


def count_line(part: Part) -> str:
    """Return how many repetitions there were, and by whose count."""
    plural = "" if part.count == 1 else "s"
    note = told.count_note(part)
    return f"{part.count} complete repetition{plural}{f' ({note})' if note else ''}."


def range_lines(part: Part) -> list[str]:
    """Return how far and how fast."""
    number = told.peak_number(part)
    note = f" ({number.note})" if number.note else ""
    pace = told.pace_text(part)
    return [f"{number.label}: {number.value}{note}.", *([f"Pace: {pace}."] if pace else [])]


def clear_text(part: Part, standing: Collection[str]) -> str:
    """Return which checks found nothing, where others did."""
    clear = [
        code for code, one in part.totals().items() if one.absent and not one.present and code not in standing
    ]
    return f"Checked, nothing found: {told.clear_list(part, clear)}." if clear else ""


def tail_lines(part: Part) -> list[str]:
    """Return what was not judged, and why, and what was not counted."""
    reasons = [f"{told.listed(codes)} ({reason})" for reason, codes in told.not_judged(part)]
    unjudged = [f"Not judged: {'; '.join(reasons)}."] if reasons else []
    return [*unjudged, *not_counted_lines(part)]


def not_counted_lines(part: Part) -> list[str]:
    """Return the movements that were not counted."""
    return [
        f"Not counted: {one.start_s:.1f} to {one.end_s:.1f} s, {told.not_counted_text(part, one)}."
        for one in part.not_counted
    ]


def measured_by(part: Part) -> str:
    """Return what measured, and how sure it is."""
    return (
        f"Measured from video with formcheck {part.summary.software.formcheck}; ± is the range that holds "
        "the true value in 9 of 10 cases. Not a diagnosis."
    )

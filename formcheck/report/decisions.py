"""``decisions.json``: what a therapist decided about what the software found; read back, never written over.

One recording::

    {"schema": "formcheck.decisions/1", "source_sha256": "...",
     "reps": {"3": {"count": false, "note": "walking"}}, "added_reps": 1,
     "faults": [{"rep": 1, "code": "forward_lean", "decision": "confirmed", "note": ""}],
     "note": "", "patient": "A. B.", "for_patient": "Twice a day.", "saved_at": "2026-11-25T10:00:00Z"}

Several: ``{"schema": ..., "recordings": [...]}``.  All keys but ``source_sha256`` may be missing; files from
before 0.2 have neither ``patient`` nor ``for_patient``.  Decisions stand beside the software's results, they
never change them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, NoReturn

from formcheck.errors import UsageError
from formcheck.results import FaultVerdict, Rep, Summary

SCHEMA = "formcheck.decisions/1"
MOST_REPS = 9999
LARGEST_BYTES = 10_000_000
"""A larger file is something else."""

_KEYS = frozenset(
    {"source_sha256", "reps", "added_reps", "faults", "note", "patient", "for_patient", "saved_at"}
)
_REP_KEYS = frozenset({"count", "note"})
_FAULT_KEYS = frozenset({"rep", "code", "decision", "note"})
_DIGITS = frozenset("0123456789")


class Decision(StrEnum):
    """What a therapist says of one check in one repetition."""

    CONFIRMED = "confirmed"
    """It is as the software found."""
    REJECTED = "rejected"
    """The software found something that is not there."""
    MISSED = "missed"
    """It is there, and the software found nothing or could not judge."""


@dataclass(frozen=True, slots=True)
class RepDecision:
    """Whether a repetition counts as a complete one; None = as the software says."""

    index: int
    count: bool | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class FaultDecision:
    """A decision on one check in one repetition; None = nothing but a note."""

    rep: int
    code: str
    decision: Decision | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Decisions:
    """What was decided about one recording.

    Attributes
    ----------
    source_sha256 : str | None
        Of the recording; None where it has none (a live session).
    reps : tuple[RepDecision, ...]
    faults : tuple[FaultDecision, ...]
    added_reps : int | None
        Complete repetitions that the software did not count.
    note : str
        For the therapist's own record.
    saved_at : str | None
        As the page wrote it.
    patient : str
        Name or initials, as the therapist typed them.
    for_patient : str
        What the therapist wrote for the patient; stands on the patient's sheet.
    """

    source_sha256: str | None
    reps: tuple[RepDecision, ...] = ()
    faults: tuple[FaultDecision, ...] = ()
    added_reps: int | None = None
    note: str = ""
    saved_at: str | None = None
    patient: str = ""
    for_patient: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return them as the file holds them, without the schema; optional texts only where there are any."""
        written = {"patient": self.patient, "for_patient": self.for_patient}
        return {
            "source_sha256": self.source_sha256,
            "reps": {str(one.index): {"count": one.count, "note": one.note} for one in self.reps},
            "added_reps": self.added_reps,
            "faults": [
                {
                    "rep": one.rep,
                    "code": one.code,
                    "decision": None if one.decision is None else one.decision.value,
                    "note": one.note,
                }
                for one in self.faults
            ],
            "note": self.note,
            **{key: text for key, text in written.items() if text},
            "saved_at": self.saved_at,
        }


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often therapist and software agree on one check.

    Attributes
    ----------
    code : str
    confirmed, rejected, missed : int
        Repetitions.
    open : int
        Found by the software, not decided yet.
    """

    code: str
    confirmed: int
    rejected: int
    missed: int
    open: int

    @property
    def decided(self) -> int:
        """Repetitions with a decision."""
        return self.confirmed + self.rejected + self.missed


# Reading and writing


def load(path: Path) -> tuple[Decisions, ...]:
    """Read a decisions file; one entry for each recording it speaks of.

    Raises
    ------
    UsageError
        It cannot be read, or is no such file; the message names the key.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_BYTES + 1)
        if len(raw) > LARGEST_BYTES:
            raise UsageError(f"{path}: is too large for a decisions file; give the file that the page saved")
        document = json.loads(raw.decode("utf-8-sig"))
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be read ({error.strerror}); give the file that the page saved"
        ) from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: is no JSON ({error}); give the file that the page saved") from None
    return parse(document, str(path))


def parse(document: object, name: str) -> tuple[Decisions, ...]:
    """Check and return what a decisions file holds.

    Parameters
    ----------
    document : object
        As JSON gives it.
    name : str
        What to call the file in messages.

    Raises
    ------
    UsageError
        As of `load`.
    """
    reader = _Reader(name)
    top = reader.mapping(document, "")
    if top.get("schema") != SCHEMA:
        reader.refuse("schema", f"is {_shown(top.get('schema'))}, expected {SCHEMA!r}")
    if "recordings" not in top:
        return (reader.decisions({key: value for key, value in top.items() if key != "schema"}, ""),)
    reader.known(top, "", frozenset({"schema", "recordings", "note", "saved_at"}))
    entries = reader.sequence(top["recordings"], "recordings")
    found = tuple(reader.decisions(one, f"recordings[{i}]") for i, one in enumerate(entries))
    sources = [one.source_sha256 for one in found]
    for i, source in enumerate(sources):
        if source in sources[:i]:
            reader.refuse(f"recordings[{i}].source_sha256", "is that of an entry before")
    return found


def to_json(decisions: Sequence[Decisions]) -> str:
    """Return the text of a decisions file."""
    entries = [one.to_dict() for one in decisions]
    document = (
        {"schema": SCHEMA, **entries[0]} if len(entries) == 1 else {"schema": SCHEMA, "recordings": entries}
    )
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


class _Reader:
    """Takes JSON apart; every complaint names the file and the key."""

    def __init__(self, name: str) -> None:
        self._name = name

    def refuse(self, key: str, what: str) -> NoReturn:
        """Complain about a key."""
        raise UsageError(f"{self._name}: {f'{key} ' if key else ''}{what}")

    def known(self, value: Mapping[str, object], key: str, keys: Iterable[str]) -> None:
        """Refuse keys that nobody would read: a typing error must not pass for a decision."""
        allowed = sorted(keys)
        for one in value:
            if one not in allowed:
                self.refuse(_within(key, one), f"is not known; there are: {', '.join(allowed)}")

    def mapping(self, value: object, key: str) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            self.refuse(key, f"is {_shown(value)}, expected an object")
        return value

    def sequence(self, value: object, key: str) -> list[Any]:
        if not isinstance(value, list):
            self.refuse(key, f"is {_shown(value)}, expected a list")
        return value

    def text(self, value: object, key: str) -> str:
        if not isinstance(value, str):
            self.refuse(key, f"is {_shown(value)}, expected text")
        return str(value)

    def number(self, value: object, key: str, low: int) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= MOST_REPS:
            self.refuse(key, f"is {_shown(value)}, expected a whole number from {low} to {MOST_REPS}")
        return value

    def decisions(self, value: object, key: str) -> Decisions:
        entry = {**self.mapping(value, key)}
        if entry.pop("schema", SCHEMA) != SCHEMA:  # the page writes it into every entry
            self.refuse(_within(key, "schema"), f"is not {SCHEMA!r}")
        self.known(entry, key, _KEYS)
        if "source_sha256" not in entry:
            self.refuse(_within(key, "source_sha256"), "is missing: which recording is it about?")
        source, saved_at = entry["source_sha256"], entry.get("saved_at")
        added = entry.get("added_reps")
        reps = self.mapping(entry.get("reps", {}), _within(key, "reps"))
        faults = self.sequence(entry.get("faults", []), _within(key, "faults"))
        found = tuple(self.fault(one, f"{_within(key, 'faults')}[{i}]") for i, one in enumerate(faults))
        pairs = [(one.rep, one.code) for one in found]
        for i, pair in enumerate(pairs):
            if pair in pairs[:i]:
                self.refuse(f"{_within(key, 'faults')}[{i}]", "decides the same as an entry before")
        return Decisions(
            None if source is None else self.text(source, _within(key, "source_sha256")).lower(),
            tuple(sorted((self.rep(*item, _within(key, "reps")) for item in reps.items()), key=_index)),
            found,
            None if added is None else self.number(added, _within(key, "added_reps"), 0),
            self.text(entry.get("note", ""), _within(key, "note")),
            None if saved_at is None else self.text(saved_at, _within(key, "saved_at")),
            self.text(entry.get("patient", ""), _within(key, "patient")),
            self.text(entry.get("for_patient", ""), _within(key, "for_patient")),
        )

    def rep(self, name: str, value: object, key: str) -> RepDecision:
        key = f'{key}."{name}"'
        if not name or not set(name) <= _DIGITS:
            self.refuse(key, "is not the number of a repetition")
        entry = self.mapping(value, key)
        self.known(entry, key, _REP_KEYS)
        count = entry.get("count")
        if count is not None and not isinstance(count, bool):
            self.refuse(f"{key}.count", f"is {_shown(count)}, expected true, false or null")
        return RepDecision(
            self.number(int(name[:9]), key, 1), count, self.text(entry.get("note", ""), f"{key}.note")
        )

    def fault(self, value: object, key: str) -> FaultDecision:
        entry = self.mapping(value, key)
        self.known(entry, key, _FAULT_KEYS)
        for name in ("rep", "code"):
            if name not in entry:
                self.refuse(f"{key}.{name}", "is missing")
        decision = entry.get("decision")
        choices = [one.value for one in Decision]
        if decision is not None and decision not in choices:
            self.refuse(f"{key}.decision", f"is {_shown(decision)}, expected {', '.join(choices)} or null")
        return FaultDecision(
            self.number(entry["rep"], f"{key}.rep", 1),
            self.text(entry["code"], f"{key}.code"),
            None if decision is None else Decision(decision),
            self.text(entry.get("note", ""), f"{key}.note"),
        )


def _index(one: RepDecision) -> int:
    return one.index


def _within(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:39]}…"


# Beside what the software found


def matching(given: Sequence[Decisions], summary: Summary, name: str) -> Decisions | None:
    """Return the decisions about this recording, None when there are none.

    Raises
    ------
    UsageError
        They are about this recording, but speak of a repetition or check that was not found: the review
        had other options.
    """
    sha256 = summary.source.sha256
    own = next((one for one in given if one.source_sha256 == sha256), None)
    if own is None:
        return None
    reps = {rep.index: rep for rep in summary.rep_list}
    for rep in own.reps:
        if rep.index not in reps:
            raise UsageError(_not_there(name, f'reps."{rep.index}"', summary))
    for i, fault in enumerate(own.faults):
        if fault.rep not in reps:
            raise UsageError(_not_there(name, f"faults[{i}].rep", summary))
        if fault.code not in [check.code for check in reps[fault.rep].faults]:
            raise UsageError(
                f"{name}: faults[{i}].code {_shown(fault.code)} is no check of repetition {fault.rep} "
                f"({summary.source.path}); is the exercise the same as when it was saved?"
            )
    return own


def _not_there(name: str, key: str, summary: Summary) -> str:
    return (
        f"{name}: {key} is a repetition that is not there: {len(summary.rep_list)} were found in "
        f"{summary.source.path}; review it with the options that the file was saved with"
    )


def check_about(given: Sequence[Decisions], sources: Mapping[str, str | None], name: str) -> None:
    """Make sure that a file decides about at least one of these recordings.

    Parameters
    ----------
    given : sequence of Decisions
    sources : Mapping[str, str | None]
        SHA-256 by name of the recording.
    name : str
        Of the file.

    Raises
    ------
    UsageError
        It is about others.
    """
    if any(one.source_sha256 in sources.values() for one in given):
        return
    key = "source_sha256" if len(given) == 1 else "recordings[…].source_sha256"
    theirs = ", ".join(str(one.source_sha256)[:12] for one in given) or "none"
    ours = ", ".join(f"{path} is {str(sha256)[:12]}" for path, sha256 in sources.items())
    raise UsageError(f"{name}: {key} is that of another recording: {theirs}; {ours}")


def complete_reps(summary: Summary, decisions: Decisions) -> int:
    """Return how many complete repetitions of the summary's exercise the therapist counts."""
    decided = {one.index: one.count for one in decisions.reps}
    ours = [rep for rep in summary.rep_list if _of_main_exercise(summary, rep)]
    corrected = [rep.complete if decided.get(rep.index) is None else decided[rep.index] for rep in ours]
    return sum(map(bool, corrected)) + (decisions.added_reps or 0)


def _of_main_exercise(summary: Summary, rep: Rep) -> bool:
    return any(one.index == rep.set and one.exercise == summary.exercise for one in summary.sets)


def agreement(summary: Summary, decisions: Decisions) -> tuple[Agreement, ...]:
    """Return how therapist and software agree, for every check that was decided on, in order of codes."""
    decided = {(one.rep, one.code): one.decision for one in decisions.faults if one.decision}
    checks = [(rep.index, check) for rep in summary.rep_list for check in rep.faults]
    codes = dict.fromkeys(check.code for index, check in checks if (index, check.code) in decided)
    found = []
    for code in codes:
        own = [(index, check) for index, check in checks if check.code == code]
        said = [decided.get((index, code)) for index, _ in own]
        undecided = sum(
            check.verdict is FaultVerdict.PRESENT and one is None
            for (_, check), one in zip(own, said, strict=True)
        )
        found.append(
            Agreement(
                code,
                said.count(Decision.CONFIRMED),
                said.count(Decision.REJECTED),
                said.count(Decision.MISSED),
                undecided,
            )
        )
    return tuple(found)

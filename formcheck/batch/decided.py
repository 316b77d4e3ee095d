"""What therapists decided about the results of a run: ``decisions.json`` files, beside what was found.

A decision is about a recording, by the hash of its content, and its numbers are those of one review.  A file
in ``results/ID`` is about that result; of any other the first result of the content that it fits.  Of several
files about one result the one saved last counts.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from formcheck.batch.values import moment_or_none
from formcheck.errors import UsageError
from formcheck.report.decisions import LARGEST_BYTES, Decision, Decisions, complete_reps, matching, parse
from formcheck.results import FaultVerdict, Rep, Summary

Record = dict[str, Any]
RESULTS = "results"
MOST_COMPLAINTS = 50
_COUNTED = {True: "counted", False: "not_counted", None: None}


@dataclass(frozen=True, slots=True)
class Found:
    """What one file says of one recording.

    Attributes
    ----------
    file : str
    home : str | None
        Id of the result in whose folder it lies.
    decisions : Decisions
    """

    file: str
    home: str | None
    decisions: Decisions

    @property
    def saved_at(self) -> datetime | None:
        """When it was saved."""
        return moment_or_none(self.decisions.saved_at)


@dataclass(slots=True)
class Agreed:
    """How therapists and the software agree on one check, or (``code`` None) on the counts of an exercise."""

    recordings: int = 0
    said: Counter[str] = field(default_factory=Counter)
    open: int = 0
    exact: int = 0
    reps_software: int = 0
    reps_therapist: int = 0
    reps_off: int = 0


@dataclass(slots=True)
class Decided:
    """The decisions about a run, and how they agree with its results.

    Attributes
    ----------
    files : int
        That were found.
    complaints : list[str]
        What is wrong with those that cannot be used.
    agreed : dict[tuple[str, str | None], Agreed]
        By exercise and check; None for the counts.
    """

    files: int = 0
    complaints: list[str] = field(default_factory=list)
    agreed: dict[tuple[str, str | None], Agreed] = field(default_factory=dict)
    _waiting: dict[str | None, list[Found]] = field(default_factory=dict)
    _met: set[str | None] = field(default_factory=set)

    def read(self, name: str, raw: bytes) -> None:
        """Take in a file; what is wrong with it is noted."""
        self.files += 1
        try:
            for one in _parsed(name, raw):
                self._waiting.setdefault(one.decisions.source_sha256, []).append(one)
        except UsageError as error:
            self._complain(str(error))

    def _complain(self, what: str) -> None:
        if len(self.complaints) < MOST_COMPLAINTS:
            self.complaints.append(what)

    def about(self, source_sha256: str | None) -> bool:
        """Whether anything waits that was decided about a recording."""
        return bool(source_sha256) and source_sha256 in self._waiting

    def rows(self, id: str, recording_id: str | None, summary: Summary) -> Iterator[Record]:
        """Yield the rows of ``decisions`` that are about a result, and count the agreement."""
        fitting: list[Found] = []
        others: list[Found] = []
        for one in self._waiting.pop(summary.source.sha256, []):
            (fitting if _fits(one, id, summary) else others).append(one)
        if others:
            self._waiting[summary.source.sha256] = others
            self._met.add(summary.source.sha256)
        fitting.sort(key=lambda one: (one.saved_at or datetime.min, one.file))
        for one in fitting:
            latest = one is fitting[-1]
            if latest:
                self._agree(summary, one.decisions)
            yield from _rows(one, id, recording_id, summary, superseded=not latest)

    def rest(self) -> Iterator[Record]:
        """Yield the rows of what is about no result of this run, and note it."""
        for source, several in self._waiting.items():
            for one in several:
                self._complain(
                    f"{one.file}: speaks of repetitions or checks that no result of its recording has; was "
                    "it reviewed with other options?"
                    if source in self._met
                    else f"{one.file}: is about no recording of this run ({str(source)[:12]})"
                )
                yield from _rows(one, None, source[:20] if source else None, None, superseded=False)
        self._waiting.clear()

    def _agree(self, summary: Summary, decisions: Decisions) -> None:
        decided = {(one.rep, one.code): one.decision for one in decisions.faults if one.decision}
        own: dict[tuple[str, str | None], Agreed] = {}
        for rep in summary.rep_list:
            for check in rep.faults:
                here = own.setdefault((_exercise(summary, rep), check.code), Agreed())
                said = decided.get((rep.index, check.code))
                if said is not None:
                    here.said[said.value] += 1
                elif check.verdict is FaultVerdict.PRESENT:
                    here.open += 1
        for key, here in own.items():
            if here.said:
                total = self.agreed.setdefault(key, Agreed())
                total.recordings += 1
                total.said += here.said
                total.open += here.open
        if decisions.added_reps is not None or any(one.count is not None for one in decisions.reps):
            self._count(summary, complete_reps(summary, decisions))

    def _count(self, summary: Summary, corrected: int) -> None:
        total = self.agreed.setdefault((summary.exercise, None), Agreed())
        total.recordings += 1
        total.exact += corrected == summary.reps.complete
        total.reps_software += summary.reps.complete
        total.reps_therapist += corrected
        total.reps_off += abs(corrected - summary.reps.complete)

    def agreement(self) -> Iterator[Record]:
        """Yield the rows of ``agreement``."""
        for (exercise, code), one in sorted(
            self.agreed.items(), key=lambda item: (item[0][0], item[0][1] or "")
        ):
            row: Record = {"exercise": exercise, "code": code, "recordings": one.recordings}
            if code is None:
                yield row | {
                    "agreement": one.exact / one.recordings,
                    "reps_software": one.reps_software,
                    "reps_therapist": one.reps_therapist,
                    "reps_off": one.reps_off,
                }
                continue
            said = {kind.value: one.said[kind.value] for kind in Decision}
            yield (
                row
                | said
                | {
                    "open": one.open,
                    "agreement": said[Decision.CONFIRMED.value] / sum(said.values()),
                }
            )


def collected(files: Iterable[tuple[str, bytes]]) -> Decided:
    """Return what is decided in files, given by name and content."""
    decided = Decided()
    for name, raw in files:
        decided.read(name, raw)
    return decided


def _parsed(name: str, raw: bytes) -> list[Found]:
    if len(raw) > LARGEST_BYTES:
        raise UsageError(f"{name}: is too large for a decisions file")
    try:
        document = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{name}: is no JSON ({error})") from error
    folder = PurePosixPath(name.replace("\\", "/")).parent
    home = folder.name if folder.parent.name == RESULTS else None
    return [Found(name, home, one) for one in parse(document, name)]


def _fits(one: Found, id: str, summary: Summary) -> bool:
    if one.home not in (None, id):
        return False
    try:
        return matching([one.decisions], summary, one.file) is not None
    except UsageError:
        return False


def _exercise(summary: Summary, rep: Rep) -> str:
    return next((one.exercise for one in summary.sets if one.index == rep.set), summary.exercise)


def _rows(
    one: Found, id: str | None, recording_id: str | None, summary: Summary | None, *, superseded: bool
) -> Iterator[Record]:
    said = one.decisions
    reps = {} if summary is None else {rep.index: rep for rep in summary.rep_list}
    start: Record = {
        "id": id,
        "recording_id": recording_id,
        "file": one.file,
        "saved_at": one.saved_at,
        "superseded": superseded,
    }
    yield start | {
        "kind": "recording",
        "exercise": None if summary is None else summary.exercise,
        "reps_software": None if summary is None else summary.reps.complete,
        "reps_therapist": None if summary is None else complete_reps(summary, said),
        "note": said.note or None,
    }
    for told in said.reps:
        rep = reps.get(told.index)
        yield start | {
            "kind": "repetition",
            "exercise": None if summary is None or rep is None else _exercise(summary, rep),
            "rep": told.index,
            "software": None if rep is None else rep.verdict.value,
            "decision": _COUNTED[told.count],
            "note": told.note or None,
        }
    for judged in said.faults:
        rep = reps.get(judged.rep)
        checks = {} if rep is None else {check.code: check for check in rep.faults}
        yield start | {
            "kind": "check",
            "exercise": None if summary is None or rep is None else _exercise(summary, rep),
            "rep": judged.rep,
            "code": judged.code,
            "software": checks[judged.code].verdict.value if judged.code in checks else None,
            "decision": None if judged.decision is None else judged.decision.value,
            "note": judged.note or None,
        }

"""What a therapist decided about one recording, looked up by repetition and check.

The page's script does the same from the same document (``class Book`` in page.js), so that paper, a browser
without scripts and one with them say the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from formcheck.report.decisions import Decision
from formcheck.report.page.section import Decisions

_NOTHING: Mapping[Any, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Decided:
    """The decisions about one recording; of nothing where there are none.

    Attributes
    ----------
    counts : Mapping[int, bool]
        Whether a repetition counts, where the therapist said so.
    faults : Mapping[tuple[int, str], Decision]
        By repetition and code.
    fault_notes : Mapping[tuple[int, str], str]
    rep_notes : Mapping[int, str]
    added : int
        Complete repetitions that the software did not find.
    note, patient, for_patient : str
        As of `formcheck.report.decisions.Decisions`.
    """

    counts: Mapping[int, bool] = field(default_factory=lambda: _NOTHING)
    faults: Mapping[tuple[int, str], Decision] = field(default_factory=lambda: _NOTHING)
    fault_notes: Mapping[tuple[int, str], str] = field(default_factory=lambda: _NOTHING)
    rep_notes: Mapping[int, str] = field(default_factory=lambda: _NOTHING)
    added: int = 0
    note: str = ""
    patient: str = ""
    for_patient: str = ""

    @classmethod
    def of(cls, decisions: Decisions | None) -> Decided:
        """Return what a decisions document says."""
        if decisions is None:
            return cls()
        document = decisions.to_dict()
        reps = {int(index): one for index, one in document.get("reps", {}).items()}
        faults = {(int(one["rep"]), str(one["code"])): one for one in document.get("faults", ())}
        return cls(
            {index: bool(one["count"]) for index, one in reps.items() if one.get("count") is not None},
            {key: Decision(one["decision"]) for key, one in faults.items() if one.get("decision")},
            {key: str(one["note"]) for key, one in faults.items() if one.get("note")},
            {index: str(one["note"]) for index, one in reps.items() if one.get("note")},
            int(document.get("added_reps") or 0),
            str(document.get("note") or ""),
            str(document.get("patient") or ""),
            str(document.get("for_patient") or ""),
        )

    def rejected(self, rep: int, code: str) -> bool:
        """Return whether what the software found there is not there."""
        return self.faults.get((rep, code)) is Decision.REJECTED

    def missed(self, rep: int, code: str) -> bool:
        """Return whether the therapist saw there what the software did not find."""
        return self.faults.get((rep, code)) is Decision.MISSED

    def confirmed(self, rep: int, code: str) -> bool:
        """Return whether it is there as the software found it."""
        return self.faults.get((rep, code)) is Decision.CONFIRMED

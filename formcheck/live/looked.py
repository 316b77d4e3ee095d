"""What the verdicts of a set say: which checks were judged how often, which never and why.  Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from formcheck.results import FaultVerdict, Rep, Severity


@dataclass(frozen=True, slots=True)
class Looked:
    """The verdicts on the repetitions of a set, or of several, added up.

    Attributes
    ----------
    reps : int
        Repetitions with verdicts.
    judged, present : Mapping[str, int]
        In how many of them a check was judged, and was present as more than a note (``log``).
    """

    reps: int = 0
    judged: Mapping[str, int] = field(default_factory=dict)
    present: Mapping[str, int] = field(default_factory=dict)

    def share_present(self, code: str) -> float:
        """Return in which share of the repetitions that were judged it was present."""
        return self.present.get(code, 0) / max(1, self.judged.get(code, 0))


def look_at(looked: Looked, reps: Iterable[Rep]) -> Looked:
    """Add the verdicts on repetitions."""
    for rep in reps:
        checks = [check for check in rep.faults if check.verdict is not FaultVerdict.NOT_ASSESSED]
        there = [
            one for one in checks if one.verdict is FaultVerdict.PRESENT and one.severity != Severity.LOG
        ]
        looked = replace(
            looked,
            reps=looked.reps + 1,
            judged=_plus(looked.judged, [one.code for one in checks]),
            present=_plus(looked.present, [one.code for one in there]),
        )
    return looked


def together(every: Sequence[Looked]) -> Looked:
    """Add the verdicts of several sets."""
    judged: Counter[str] = Counter()
    present: Counter[str] = Counter()
    for one in every:
        judged.update(one.judged)
        present.update(one.present)
    return Looked(sum(one.reps for one in every), judged, present)


def _plus(counts: Mapping[str, int], codes: Iterable[str]) -> dict[str, int]:
    return dict(Counter(counts) + Counter(codes))

"""What is worth saying about form, and when: at most one cue per repetition and one per 4 seconds.

What stays after it was said twice is not met by silence: an easier version is offered, and what matters
enough and stays even then ends the set (`Step`).  A stop needs the person's own body
(`formcheck.live.evidence`).

Pure: a state goes in and comes out, time comes with the events.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from formcheck.live.script import BETTER, EASIER, SET_LEFT
from formcheck.profile import ExercisePlan
from formcheck.report.cues import CUES
from formcheck.results import Event, Severity, ViewLabel
from formcheck.rules import LIMIT_NEAR, RANGE_LIMIT

SPACING_S = 4.0
"""Between two cues (issue 4, clinical 0.8)."""
WINDOW = 3
PERSISTENT = 2
"""Improve cues: present in this many of the last ``WINDOW`` repetitions (clinical 0.8)."""
MOST_PER_SET = 2
"""Any cue at most this often in a set, then in the summary (issue 4)."""
REPEAT_REPS = 3
"""The same cue not again within this many repetitions (clinical 0.8)."""
CLEAR_WITHIN_REPS = 2
"""Gone within this many repetitions after it was said: "Better."."""
END_REPS = 2
"""Still there, and more than a detail, in this many repetitions of the easier version: the set ends.  One may
be the repetition in which the change is tried."""
SPOKEN: frozenset[str] = frozenset(
    {
        *("knee_valgus", "forward_lean", "too_deep", "weight_shift"),
        *("fast_drop", "lean_back"),
        *("pelvis_rollback", "feet_apart", "setup_hip_flexion"),
        *("lumbar_overextension", "hips_drop", "neck_lift"),
    }
)
"""The twelve spoken by default (clinical 6, item 5)."""
RANGE_CUES: frozenset[str] = frozenset({"shallow_depth", "incomplete_extension", "low_opening", "low_lift"})
"""Said once a set (clinical 2): this may be the range of today."""
WEIGHT = {Severity.STOP: 3, Severity.CORRECT: 2, Severity.IMPROVE: 1, Severity.LOG: 0}


class Step(StrEnum):
    """What a cue does besides being said."""

    SAY = "say"
    EASIER = "easier"
    """From here on a smaller movement is asked for."""
    END_SET = "end_set"


@dataclass(frozen=True, slots=True)
class Cue:
    """One thing said about form.

    Attributes
    ----------
    code : str
        Fault code, ``limit_near`` or ``better``.
    text : str
    severity : Severity
    step : Step
    """

    code: str
    text: str
    severity: Severity
    step: Step = Step.SAY


@dataclass(frozen=True, slots=True)
class Saying:
    """What was said of one code in this set."""

    times: int = 0
    in_rep: int = -REPEAT_REPS
    view: ViewLabel = ViewLabel.UNKNOWN
    answered: bool = True


@dataclass(frozen=True, slots=True)
class PolicyState:
    """What the policy remembers over a set.

    Attributes
    ----------
    now : Mapping[str, Severity]
        Present in the repetition in progress, with the gravest severity.
    reps : tuple[frozenset[str], ...]
        Present in each repetition so far.
    grave : tuple[frozenset[str], ...]
        Of these, what was ``correct``.
    said : Mapping[str, Saying]
    last_s : float
        When the last cue was said.
    spoke_in_rep : bool
    improved : frozenset[str]
        What cleared after it was said.
    easier : tuple[str, int] | None
        What the easier version was offered for, and after how many repetitions of the set.
    left : bool
        The end of the set was said.
    """

    now: Mapping[str, Severity] = field(default_factory=dict)
    reps: tuple[frozenset[str], ...] = ()
    grave: tuple[frozenset[str], ...] = ()
    said: Mapping[str, Saying] = field(default_factory=dict)
    last_s: float = -math.inf
    spoke_in_rep: bool = False
    improved: frozenset[str] = frozenset()
    easier: tuple[str, int] | None = None
    left: bool = False

    def counts(self) -> Counter[str]:
        """Return in how many repetitions of the set each code was present."""
        return Counter(code for rep in self.reps for code in rep)

    @property
    def reps_with_something(self) -> int:
        """How many repetitions had anything at all."""
        return sum(bool(rep) for rep in self.reps)


def spoken_codes(plan: ExercisePlan, more: Iterable[str] = ()) -> frozenset[str]:
    """Return what may be spoken: the twelve, what the plan gives a severity, and ``more``."""
    chosen = {code for code, check in plan.checks.items() if check.enabled and check.severity is not None}
    silent = {code for code, check in plan.checks.items() if not check.enabled}
    return (SPOKEN | chosen | {RANGE_LIMIT, "loss_of_balance"} | frozenset(more)) - silent


def consider(
    state: PolicyState,
    time_s: float,
    events: Sequence[Event],
    spoken: frozenset[str] = SPOKEN,
    *,
    judging: bool = True,
    view: ViewLabel = ViewLabel.UNKNOWN,
    exercise: str = "",
    stops: bool = True,
    smaller: bool = False,
) -> tuple[PolicyState, Cue | None]:
    """Take in what happened with one pose; return the next state and the one cue to say now, if any.

    Parameters
    ----------
    state : PolicyState
    time_s : float
    events : Sequence[Event]
        Of the snapshot.
    spoken : frozenset[str]
        Codes that may be said.
    judging : bool
        False while the view is lost: what is raised then is not believed, except ``stop``.
    view : ViewLabel
        From where it was seen: only the same view can tell that something is better.
    exercise : str
        Its words for an easier version.
    stops : bool
        False: what is seen may be somebody else's body, a stop is not believed.
    smaller : bool
        The easier version is done already.
    """
    given, cue = _Given(time_s, spoken, judging, view, exercise, stops, smaller), None
    for event in events:
        state, said = _take(state, event, given)
        cue = _heavier(cue, said)
    return state, cue


@dataclass(frozen=True, slots=True)
class _Given:
    time_s: float
    spoken: frozenset[str]
    judging: bool
    view: ViewLabel
    exercise: str = ""
    stops: bool = True
    smaller: bool = False


def _heavier(one: Cue | None, other: Cue | None) -> Cue | None:
    if one is None or other is None:
        return one or other
    return max(one, other, key=lambda cue: WEIGHT[cue.severity])


def _take(state: PolicyState, event: Event, given: _Given) -> tuple[PolicyState, Cue | None]:
    if event.event == LIMIT_NEAR:
        return _speak(state, given, LIMIT_NEAR, Severity.CORRECT, about=len(state.reps))
    if event.event == "fault_raised":
        return _raised(state, dict(event.details), given)
    if event.event in ("rep_completed", "rep_partial"):
        return _rep_ended(state, given, complete=event.event == "rep_completed")
    return state, None


def _raised(
    state: PolicyState, details: Mapping[str, str | float | int | None], given: _Given
) -> tuple[PolicyState, Cue | None]:
    code, severity = str(details["code"]), Severity(str(details["severity"]))
    if severity is Severity.STOP and not given.stops:
        return state, None
    if severity is Severity.STOP:
        return replace(state, last_s=given.time_s, spoke_in_rep=True), Cue(code, CUES[code], severity)
    if not given.judging:
        return state, None
    before = state.now.get(code, Severity.LOG)
    gravest = severity if WEIGHT[severity] > WEIGHT[before] else before
    state = replace(state, now={**state.now, code: gravest})
    if severity is not Severity.CORRECT or code not in given.spoken:
        return state, None
    return _speak(state, given, code, severity, about=len(state.reps))


def _may_speak(state: PolicyState, time_s: float, code: str, about: int) -> bool:
    saying = state.said.get(code, Saying())
    most = 1 if code in RANGE_CUES else MOST_PER_SET
    return (
        not state.spoke_in_rep
        and time_s - state.last_s >= SPACING_S
        and saying.times < most
        and about - saying.in_rep >= REPEAT_REPS
    )


def _speak(
    state: PolicyState, given: _Given, code: str, severity: Severity, *, about: int
) -> tuple[PolicyState, Cue | None]:
    """Say it, about the repetition with this index, if it may be said."""
    if not _may_speak(state, given.time_s, code, about):
        return state, None
    times = state.said.get(code, Saying()).times + 1
    said = {**state.said, code: Saying(times, about, given.view, answered=False)}
    return replace(state, said=said, last_s=given.time_s, spoke_in_rep=True), Cue(code, CUES[code], severity)


def _rep_ended(state: PolicyState, given: _Given, *, complete: bool) -> tuple[PolicyState, Cue | None]:
    """Close the repetition: say what persists, or that something is better, or nothing."""
    present = state.now
    grave = frozenset(code for code, severity in present.items() if severity is Severity.CORRECT)
    state = replace(state, reps=(*state.reps, frozenset(present)), grave=(*state.grave, grave))
    state, cue = _escalate(state, given)
    for code in _candidates(state, present, given.spoken) if cue is None else ():
        state, cue = _speak(state, given, code, present[code], about=len(state.reps) - 1)
        if cue is not None:
            break
    if complete:
        state, better = _answered(state, given)
        cue = cue or better
    return replace(state, now={}, spoke_in_rep=False), cue


def unanswered(state: PolicyState, spoken: frozenset[str] = SPOKEN) -> str | None:
    """Return what is there still although it was said as often as may be; None when nothing is.

    Present in the last repetition, and in most of those since it was said last.
    """
    staying = []
    for code, saying in state.said.items():
        since = state.reps[saying.in_rep + 1 :]
        often = sum(code in rep for rep in since)
        said = saying.times >= MOST_PER_SET and code not in RANGE_CUES and code in spoken
        if said and since and code in since[-1] and 2 * often > len(since):
            staying.append((often, code))
    return max(staying)[1] if staying else None


def _escalate(state: PolicyState, given: _Given) -> tuple[PolicyState, Cue | None]:
    """Return the offer of an easier version, or the end of the set, where cues did not help."""
    code = unanswered(state, given.spoken)
    if code is None or not given.judging or state.spoke_in_rep or state.left:
        return state, None
    if state.easier is None and not given.smaller:
        if given.time_s - state.last_s < SPACING_S:
            return state, None
        state = replace(state, easier=(code, len(state.reps)), last_s=given.time_s)
        return state, Cue(code, EASIER[given.exercise], Severity.IMPROVE, Step.EASIER)
    since = state.said[code].in_rep + 1 if state.easier is None else state.easier[1]
    if sum(code in rep for rep in state.grave[since:]) < END_REPS:
        return state, None
    state = replace(state, last_s=given.time_s, left=True)
    return state, Cue(code, SET_LEFT, Severity.CORRECT, Step.END_SET)


def _candidates(state: PolicyState, present: Mapping[str, Severity], spoken: frozenset[str]) -> list[str]:
    """Return what the last repetition gives reason to say: severity before persistence."""
    recent = Counter(code for rep in state.reps[-WINDOW:] for code in rep)

    def worth_it(code: str) -> bool:
        often = present[code] is Severity.IMPROVE and recent[code] >= PERSISTENT
        return code in spoken and (often or present[code] is Severity.CORRECT)

    return sorted(filter(worth_it, present), key=lambda code: (-WEIGHT[present[code]], -recent[code]))


def _answered(state: PolicyState, given: _Given) -> tuple[PolicyState, Cue | None]:
    """Return "Better." when the last repetition no longer has what was said before it."""
    waiting = {code: one for code, one in state.said.items() if code != LIMIT_NEAR and not one.answered}
    age = {code: len(state.reps) - 1 - one.in_rep for code, one in waiting.items()}
    cleared = {
        code
        for code, one in waiting.items()
        if 1 <= age[code] <= CLEAR_WITHIN_REPS and code not in state.reps[-1] and given.view is one.view
    }
    say = bool(cleared) and not state.spoke_in_rep and given.time_s - state.last_s >= SPACING_S
    over = {code for code in waiting if age[code] >= CLEAR_WITHIN_REPS} | (cleared if say else set())
    said = {code: replace(one, answered=one.answered or code in over) for code, one in state.said.items()}
    state = replace(state, said=said, improved=state.improved | cleared)
    if not say:
        return state, None
    return replace(state, last_s=given.time_s), Cue("better", BETTER, Severity.LOG)


WORK_ON_REPS = 2
"""Present in this many repetitions of the session: worth naming in the summary."""


def work_on(sets: Iterable[PolicyState], spoken: frozenset[str] = SPOKEN) -> str | None:
    """Return the code to work on: present most often and not changed yet, those that were said first."""
    total: Counter[str] = Counter()
    said: set[str] = set()
    improved: set[str] = set()
    for one in sets:
        total += one.counts()
        said |= set(one.said)
        improved |= one.improved
    often = [
        code
        for code in total
        if total[code] >= WORK_ON_REPS and code not in improved and (code in spoken or code in said)
    ]
    return max(often, key=lambda code: (code in said, total[code]), default=None)

"""What is said when it is over: repetitions per set, the best thing, the one thing to work on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from formcheck.live import cue_policy, script
from formcheck.live.acts import Tune
from formcheck.live.cue_policy import PolicyState
from formcheck.live.script import capital, number
from formcheck.pose.skeleton import Side
from formcheck.report.cues import CUES


@dataclass(frozen=True, slots=True)
class SetRecord:
    """One set that was done.

    Attributes
    ----------
    index : int
        From 1; of its side, where the sides are done one after the other.
    side : Side | None
        The working side, where one works throughout.
    complete, partial : int
    ranges : tuple[float, ...]
        Of each repetition, in the unit of the counting signal.
    policy : PolicyState
        What was seen and said.
    steady : bool
        The last repetitions were as large as the first.
    """

    index: int
    side: Side | None
    complete: int
    partial: int
    ranges: tuple[float, ...]
    policy: PolicyState
    steady: bool


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """What there is to keep of a session (``formcheck history``).

    ``reason`` is that of `formcheck.live.acts.Ended`; pain is 0 to 10, None = not told; ``voice`` is how
    loud and fast the voice was in the end.
    """

    exercise: str
    sets: tuple[SetRecord, ...]
    pain_before: int | None
    pain_after: int | None
    reason: str
    voice: Tune


def summary_lines(done: Sequence[SetRecord], reason: str, spoken: frozenset[str]) -> list[str]:
    """Return the summary, one sentence each."""
    if not done:
        return [script.NOTHING_DONE]
    lines = [set_line(one) for one in done]
    lines.append(script.BEST[best_of(done, reason)])
    code = cue_policy.work_on((one.policy for one in done), spoken)
    if reason != "pain":
        lines.append(script.WORK_ON.format(cue=CUES[code]) if code else script.NOTHING_TO_WORK_ON)
    return lines


def set_line(one: SetRecord) -> str:
    """Return what was done in a set."""
    if one.side is None:
        text = script.SET_LINE_SHORT if one.partial else script.SET_LINE
    else:
        text = script.SIDE_LINE_SHORT if one.partial else script.SIDE_LINE
    return text.format(
        side=capital(script.side_word(one.side)),
        index=number(one.index),
        count=number(one.complete),
        short=number(one.partial),
    )


def best_of(done: Sequence[SetRecord], reason: str) -> str:
    """Return which good thing to name, a row of `formcheck.live.script.BEST`."""
    if any(one.policy.improved for one in done):
        return "improved"
    if all(one.steady for one in done):
        return "steady"
    if reason == "done" and not any(one.partial for one in done):
        return "complete"
    return "clean" if not any(one.policy.reps_with_something for one in done) else "began"

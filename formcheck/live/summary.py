"""What is said when it is over: repetitions per set, the best thing, what happened most, what was not seen.

Only what the verdicts carry: nothing is praised that was not looked at, and what happened in most repetitions
is named.  What to do next time comes last, after the pain was told (`next_time`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from formcheck.exercises import EXERCISES
from formcheck.live import cue_policy, script
from formcheck.live.acts import Tune
from formcheck.live.cue_policy import PolicyState
from formcheck.live.looked import Looked, together
from formcheck.live.script import capital, number
from formcheck.pose.skeleton import Side
from formcheck.report.cues import CUES

OFTEN = 0.5
"""Present in more than this share of what was judged: it is named, and nothing about form is praised."""
MOST_REPS, MOST_SHARE = 2, 0.2
"""Present in at least so many repetitions of the session, and in this share: worth naming."""
SEEN_SHARE = 0.5
"""Form is praised only where its checks were judged in this share of the repetitions."""
NOT_LOOKED_AT_MOST = 2
"""So many things are named that were not looked at."""
PAIN_SOME, PAIN_HIGH, PAIN_MORE = 3, 6, 2
"""Pain afterwards: up to 2 is fine, up to 5 acceptable, more asks for less (clinical 3.7); two more than
before is a change that matters (clinical 3.6)."""


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
    target : int | None
        Repetitions that were meant; None = no limit.
    looked : Looked
        The verdicts of the analysis.
    smaller : bool
        A smaller movement was agreed on.
    not_counted : tuple[str, ...]
        Why movements of full size were not counted, a reason each.
    """

    index: int
    side: Side | None
    complete: int
    partial: int
    ranges: tuple[float, ...]
    policy: PolicyState
    steady: bool
    target: int | None = None
    looked: Looked = field(default_factory=Looked)
    smaller: bool = False
    not_counted: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether every repetition that was meant was done."""
        return self.target is not None and self.complete >= self.target


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """What there is to keep of a session (``formcheck history``).

    ``reason`` is that of `formcheck.live.acts.Ended`; pain is 0 to 10, None = not told; ``voice`` is how
    loud and fast the voice was in the end; ``range_share`` the share of the plan's range that was done.
    """

    exercise: str
    sets: tuple[SetRecord, ...]
    pain_before: int | None
    pain_after: int | None
    reason: str
    voice: Tune
    range_share: float = 1.0


def summary_lines(
    done: Sequence[SetRecord],
    reason: str,
    spoken: frozenset[str],
    exercise: str = "",
    slow_hz: float | None = None,
) -> list[str]:
    """Return the summary, one sentence each.

    Parameters
    ----------
    done : Sequence[SetRecord]
    reason : str
        Why it ended.
    spoken : frozenset[str]
        Codes that may be said.
    exercise : str
    slow_hz : float | None
        How often the computer looked, where that was too seldom.
    """
    slow = [script.SLOW_LINE.format(times=script.times(slow_hz))] if slow_hz is not None else []
    if not done:
        return [script.NOTHING_DONE, *slow, *not_counted_line(done)]
    return [
        *map(set_line, done),
        *not_counted_line(done),
        script.BEST[best_of(done, reason, spoken, exercise, slow=slow_hz is not None)],
        *most_line(done, spoken),
        *slow,
        *([] if slow else not_looked_at_line(done, spoken, exercise)),
    ]


def next_time(
    done: Sequence[SetRecord],
    reason: str,
    spoken: frozenset[str],
    pain: tuple[int | None, int | None],
    *,
    smaller: bool = False,
) -> list[str]:
    """Return what to do next time, from what was done and from the pain before and after.

    Parameters
    ----------
    done, reason, spoken
        As in `summary_lines`.
    pain : tuple[int | None, int | None]
        Before and after; None = not told.
    smaller : bool
        A smaller movement was done.
    """
    before, after = pain
    if after is not None and after >= PAIN_HIGH:
        return [script.NEXT_TIME["high"]]
    if after is not None and before is not None and after - before >= PAIN_MORE:
        return [script.NEXT_TIME["more"]]
    lines = [] if after is None else [script.NEXT_TIME["some" if after >= PAIN_SOME else "low"]]
    if reason == "pain" or not done:
        return lines
    code = work_on(done, spoken)
    if code is not None:
        eased = any(one.policy.easier is not None for one in done)
        cue = CUES[code]
        return [
            *lines,
            (script.WORK_ON_EASIER if eased else script.WORK_ON).format(cue=_lower(cue) if eased else cue),
        ]
    if smaller or (before or 0) >= PAIN_SOME + 1:
        return [*lines, script.AS_GENTLY]
    same = reason == "done" and (after is None or after < PAIN_SOME)
    return [*lines, script.SAME_AGAIN if same else script.AS_YOU_LIKE]


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def set_line(one: SetRecord) -> str:
    """Return what was done in a set."""
    if one.side is None:
        short = script.SET_LINE_SMALLER if one.smaller else script.SET_LINE_SHORT
        text = short if one.partial else script.SET_LINE
    else:
        short = script.SIDE_LINE_SMALLER if one.smaller else script.SIDE_LINE_SHORT
        text = short if one.partial else script.SIDE_LINE
    return text.format(
        side=capital(script.side_word(one.side)),
        index=number(one.index),
        count=number(one.complete),
        short=number(one.partial),
    )


def work_on(done: Sequence[SetRecord], spoken: frozenset[str]) -> str | None:
    """Return the code to work on next time: what was said and did not change, else what happened most."""
    named = cue_policy.work_on((one.policy for one in done), spoken) or most_of(done, spoken)
    return None if named in _changed(done) else named


def _changed(done: Sequence[SetRecord]) -> frozenset[str]:
    """Return what changed when it was asked for, and stayed so in most of the repetitions after that."""
    changed: set[str] = set()
    back: set[str] = set()
    for one in done:
        for code, saying in one.policy.said.items():
            since = one.policy.reps[saying.in_rep + 1 :]
            stays = 2 * sum(code in rep for rep in since) > len(since)
            if stays:
                back.add(code)
            elif code in one.policy.improved:
                changed.add(code)
    return frozenset(changed - back)


def troubles(done: Sequence[SetRecord], spoken: frozenset[str]) -> frozenset[str]:
    """Return what was present in most repetitions in which it was judged, and did not change."""
    every = together([one.looked for one in done])
    often = {code for code in every.present if code in spoken and every.share_present(code) > OFTEN}
    return frozenset(often) - _changed(done)


def most_of(done: Sequence[SetRecord], spoken: frozenset[str]) -> str | None:
    """Return what was present in most repetitions, of what may be spoken of; None when nothing was often."""
    every = together([one.looked for one in done])
    allowed = spoken | {code for one in done for code in one.policy.said}
    often = [
        code
        for code, times in every.present.items()
        if code in allowed and times >= MOST_REPS and every.share_present(code) >= MOST_SHARE
    ]
    return max(often, key=lambda code: (every.present[code], every.share_present(code)), default=None)


def most_line(done: Sequence[SetRecord], spoken: frozenset[str]) -> list[str]:
    """Return what happened most, and in how many of the repetitions in which it could be judged."""
    code = most_of(done, spoken)
    if code is None:
        return []
    every = together([one.looked for one in done])
    count, total = number(every.present[code]), number(every.judged[code])
    return [script.MOST.format(what=script.HAPPENED[code], count=count, total=total)]


def not_looked_at_line(done: Sequence[SetRecord], spoken: frozenset[str], exercise: str) -> list[str]:
    """Return what is spoken of in this exercise and could be judged in no repetition."""
    if exercise not in EXERCISES:
        return []
    judged = together([one.looked for one in done]).judged
    named = [code for code in EXERCISES[exercise].codes if code in spoken and code in script.LOOKED_AT]
    capped = {"too_deep"}  # without a cap in the plan there is nothing to look at
    missing = [script.LOOKED_AT[code] for code in named if code not in judged and code not in capped]
    if not missing or not together([one.looked for one in done]).reps:
        return []
    return [script.NOT_LOOKED_AT.format(what=script.listed(missing[:NOT_LOOKED_AT_MOST]))]


def not_counted_line(done: Sequence[SetRecord]) -> list[str]:
    """Return how many movements of full size were not counted, and why most of them."""
    reasons = Counter(reason for one in done for reason in one.not_counted)
    if not reasons:
        return []
    reason, count = script.plain(reasons.most_common(1)[0][0]), sum(reasons.values())
    with_reason = script.NOT_COUNTED_LINE_ONE if count == 1 else script.NOT_COUNTED_LINE
    text = with_reason if reason else script.NOT_COUNTED_LINE_PLAIN
    return [text.format(count=number(count), reason=reason)]


def best_of(
    done: Sequence[SetRecord],
    reason: str,
    spoken: frozenset[str] = cue_policy.SPOKEN,
    exercise: str = "",
    *,
    slow: bool = False,
) -> str:
    """Return which good thing to name, a row of `formcheck.live.script.BEST`: one that the numbers carry."""
    every = together([one.looked for one in done])
    if troubles(done, spoken):
        return "began"
    if _changed(done):
        return "improved"
    if all(one.steady for one in done):
        return "steady"
    if reason == "done" and all(one.whole for one in done):
        return "complete"
    nothing = not any(one.policy.reps_with_something for one in done) and not every.present
    return "clean" if nothing and not slow and _looked_enough(every, spoken, exercise) else "began"


def _looked_enough(every: Looked, spoken: frozenset[str], exercise: str) -> bool:
    """Return whether something that is spoken of in this exercise was judged in enough repetitions."""
    codes = [code for code in EXERCISES[exercise].codes if code in spoken] if exercise in EXERCISES else []
    return any(every.judged.get(code, 0) >= SEEN_SHARE * max(1, every.reps) for code in codes)

"""Whose turn it is to be said: a pure queue, time given from outside.

- `Kind.STOP` cuts whatever is being said and clears what waits. Only another stop is neither cut nor
  cleared: they are said one after the other, so that no safety word is ever lost.
- A number comes first: it cuts guidance or a pace that is being said, and waits only for a cue or another
  number. Guidance that was cut is said again after it, once, unless it has a time of its own.
- The beat (`Kind.COUNT`, `Kind.PACE`) has one place: a newer number takes the place of an older one, a pace
  never that of a number. It is said within its time or dropped, 2.5 s for a number and 0.7 s for a pace where
  none is given; one asked for after a cue comes after it, so that somebody who rushes is told so.
- An urgent cue, about the movement under way, comes next: it cuts guidance or a pace that is being said,
  and nothing else.
- Then other cues, then guidance, each in the order asked. Nothing else cuts them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from formcheck.live.acts import Kind, Say

BEAT_LIMIT_S = 0.7
"""A pace that would start later than this no longer fits the movement (issue 4)."""
COUNT_LIMIT_S = 2.5
"""A number waits for a cue to end, which takes up to 2.4 s; later the next repetition is about to be over."""
BEAT = (Kind.COUNT, Kind.PACE)
RANK = {Kind.STOP: 0, Kind.COUNT: 1, Kind.PACE: 3, Kind.CUE: 4, Kind.GUIDE: 5}
URGENT_RANK = 2
GIVES_WAY = (Kind.PACE, Kind.GUIDE)
"""To an urgent cue, and to a number."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Words somebody asked for.

    Attributes
    ----------
    number : int
        Running number of the request.
    say : Say
    asked_s : float
        When it was asked for, seconds.
    again : bool
        It was cut by a number and is said once more.
    """

    number: int
    say: Say
    asked_s: float
    again: bool = False

    @property
    def rank(self) -> int:
        """Whose turn comes first: the lowest."""
        return URGENT_RANK if self.say.urgent and self.say.kind is Kind.CUE else RANK[self.say.kind]

    @property
    def deadline_s(self) -> float:
        """The last moment at which its sound may start; infinite for a stop."""
        if self.say.kind is Kind.STOP:
            return float("inf")
        most_s = {Kind.COUNT: COUNT_LIMIT_S, Kind.PACE: BEAT_LIMIT_S}.get(self.say.kind, float("inf"))
        return self.asked_s + min(self.say.within_s, most_s)


@dataclass(frozen=True, slots=True)
class Queue:
    """What is being said and what waits; every method returns the queue as it is afterwards.

    Attributes
    ----------
    speaking : Asked | None
        None after `put` where something was being said: it must be cut.
    waiting : tuple[Asked, ...]
        In the order asked.
    """

    speaking: Asked | None = None
    waiting: tuple[Asked, ...] = ()

    def put(self, asked: Asked) -> Queue:
        """Return the queue with these words in it, or without them where they have no place."""
        if asked.say.kind is Kind.STOP:
            return self._stop(asked)
        if asked.say.kind in BEAT:
            return self._beat(asked)
        cut = self.speaking is not None and asked.rank == URGENT_RANK and self.speaking.say.kind in GIVES_WAY
        return Queue(None if cut else self.speaking, (*self.waiting, asked))

    def take(self, now_s: float) -> Queue:
        """Return the queue with the next words being said, where it is anybody's turn, late ones dropped."""
        waiting = tuple(one for one in self.waiting if one.deadline_s >= now_s)
        if self.speaking is not None or not waiting:
            return replace(self, waiting=waiting)
        first = min(waiting, key=lambda one: one.rank)
        if first.say.kind in BEAT:
            cues = [one for one in waiting if one.say.kind is Kind.CUE and one.number < first.number]
            first = min([*cues, first], key=lambda one: one.number)
        return Queue(first, tuple(one for one in waiting if one is not first))

    def over(self) -> Queue:
        """Return the queue after what was being said came to its end."""
        return replace(self, speaking=None)

    def _stop(self, asked: Asked) -> Queue:
        everything = (self.speaking, *self.waiting)
        stops = [one for one in everything if one is not None and one.say.kind is Kind.STOP]
        if any(one.say.text == asked.say.text for one in stops):
            return self
        speaking = self.speaking if self.speaking in stops else None
        return Queue(speaking, (*(one for one in stops if one is not speaking), asked))

    def _beat(self, asked: Asked) -> Queue:
        kinds = [one.say.kind for one in self.waiting]
        if asked.say.kind is Kind.PACE and Kind.COUNT in kinds:
            return self
        waiting = (*(one for one in self.waiting if one.say.kind not in BEAT), asked)
        cut = self.speaking
        if asked.say.kind is not Kind.COUNT or cut is None or cut.say.kind not in GIVES_WAY:
            return replace(self, waiting=waiting)
        once_more = cut.say.kind is Kind.GUIDE and cut.deadline_s == float("inf") and not cut.again
        return Queue(None, (*([replace(cut, again=True)] if once_more else []), *waiting))


def speaking_s(text: str, rate: float) -> float:
    """Return about how long these words take at `rate` words a minute, seconds."""
    return max(1, len(text.split())) * 60.0 / rate

"""One sentence at a time: what waits to be said, and when the voice is free again."""

from __future__ import annotations

import math
from collections import deque

from formcheck.live.acts import Kind, Say
from formcheck.live.script import speech_s

JUST_SAID_S = 0.3
"""A voice needs this long to be heard speaking."""


class Narrator:
    """Holds the guidance back until the voice is free, so that it can be skipped.

    Attributes
    ----------
    speaking : bool | None
        Whether the voice is busy, if somebody knows; None = estimated from the length of what was said.
    """

    def __init__(self) -> None:
        self._lines: deque[str] = deque()
        self._busy_until_s = self._said_s = -math.inf
        self.speaking: bool | None = None

    def tell(self, *texts: str) -> None:
        """Say these one after the other, when there is time."""
        self._lines.extend(text for text in texts if text)

    def tell_first(self, text: str) -> None:
        """Say this before what waits."""
        self._lines.appendleft(text)

    def rest(self) -> list[str]:
        """Return what waits, and forget it."""
        lines = list(self._lines)
        self._lines.clear()
        return lines

    def at_once(
        self, text: str, kind: Kind, now: float, within_s: float = math.inf, *, urgent: bool = False
    ) -> Say:
        """Return the words to hand to the voice now; nothing else until they are over."""
        start_s = now if urgent or kind is Kind.STOP else max(now, self._busy_until_s)
        self._busy_until_s = start_s + speech_s(text)
        self._said_s = now
        return Say(text, kind, within_s, urgent)

    def hush(self, now: float) -> None:
        """Forget what was still to be said."""
        self._lines.clear()
        self._busy_until_s = min(self._busy_until_s, now)

    def busy(self, now: float) -> bool:
        """Whether something is being said."""
        if now - self._said_s < JUST_SAID_S:
            return True
        return self.speaking if self.speaking is not None else now < self._busy_until_s

    @property
    def waiting(self) -> bool:
        """Whether there is something that nobody has begun to say."""
        return bool(self._lines)

    def quiet(self, now: float) -> bool:
        """Whether all has been said."""
        return not self._lines and not self.busy(now)

    def next(self, now: float) -> Say | None:
        """Return the next sentence when its turn has come."""
        if not self._lines or self.busy(now):
            return None
        return self.at_once(self._lines.popleft(), Kind.GUIDE, now)

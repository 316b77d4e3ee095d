"""Which pictures are analysed: no more a second than needed, and none that only repeats the one before.

One causal rule for live sessions, ``review`` and ``batch``.

*Rate.*  Recordings of 60, 120 and 240 frames a second tell no more about an exercise than those of 30, take
twice to eight times as long, and no limit was ever set on any.  Turns are a step of time apart; of the frames
around a turn the nearest is taken, as far as the interval before it tells, since clocks of cameras jitter.

*Repeats.*  A recorder that sees 8 different pictures a second writes each several times into a file of 30.
The repeats carry no news: they make a movement stand still and leap, and speeds of it are those of the
leaps.  A picture repeats the one before where hardly anything changed although much changes around it in
time; only where that comes about again and again (somebody who stands still changes little as well) are
repeats left out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np

from formcheck.frame import Frame
from formcheck.pose.picture import Pixels, Singles, brightness
from formcheck.reading import MAX_RATE_HZ

# --- repeats (measured: changes below in thousandths of the whole scale of brightness) -------------------
BUSIEST = 0.05
"""Share of the samples, those that changed most, whose mean change counts: a knee is a twentieth of a
picture, the rest of which stands still."""
REPEATS = 0.008
"""Change of a repeat at most, 2 of 255 steps.  Repeats encoded anew: 0 to 3 in a file with 8 different
pictures among 30; different ones of somebody who moves: 5 to 350 in six real and three rendered clips."""
REPEAT_SHARE = 0.05
"""And this share of what changed most a moment ago.  Within a movement that slows down and turns, 0.13 and
more from one picture to the next (real clamshell), between a repeat and its neighbours 0.03 and less."""
MOST = 0.66
"""And this share of the pictures of the last `WITHIN_S` at least repeats the one before: a file of 30 with 10
different pictures a second.  In a slow movement that an encoder kept small, now and then a picture changes
as little (up to 0.6 of them in a second of a rendered bridge, none of which may be left out)."""
MOMENT_S = 0.5
"""Time constant with which that is forgotten."""
AGAIN = 3
"""So many times must a different picture have followed a repeat ..."""
WITHIN_S = 1.0
"""... within this time.  Coming to rest does so once a repetition."""
LONGEST_S = 0.5
"""A repeat is taken all the same when the last picture was this long ago: no analysis is left blind."""

# --- what is too slow ---------------------------------------------------------------------------------
MIN_RATE_HZ = 10.0
"""Below this rate quick faults fall between two frames."""
MAX_GAP_S = 0.5
"""A longer gap between two frames can hide the end of a repetition."""
SLOW_IN_ALL_S, SLOW_SHARE = 1.0, 0.05
"""So much time with fewer different pictures than that is worth a warning, about one way of a repetition; and
this share of the whole."""


class Thinning:
    """Says of every picture, in order, whether it is analysed.

    Parameters
    ----------
    max_rate_hz : float
        Most pictures a second.

    Attributes
    ----------
    left_out : int
        Pictures above that rate so far.
    repeated : int
        Pictures left out because they repeat the one before.
    """

    def __init__(self, max_rate_hz: float = MAX_RATE_HZ) -> None:
        self._step_s = 1.0 / max_rate_hz
        self._due_s = self._shown_s = float("-inf")
        self._luma: Singles | None = None
        self._size = (0, 0)
        self._time_s = self._taken_s = float("-inf")
        self._recent = 0.0
        self._repeats = False
        self._resumed_s: deque[float] = deque(maxlen=AGAIN)
        self._lately: deque[tuple[float, bool]] = deque()
        self.left_out = self.repeated = 0

    def takes(self, frame: Frame) -> bool:
        """Return whether this picture is analysed; times must not decrease."""
        if not self._has_its_turn(frame.time_s):
            self.left_out += 1
            return False
        if self._only_repeats(frame):
            self.repeated += 1
            return False
        self._taken_s = frame.time_s
        return True

    def _has_its_turn(self, time_s: float) -> bool:
        interval_s = min(time_s - self._shown_s, self._step_s)
        self._shown_s = time_s
        if time_s + interval_s / 2.0 < self._due_s:  # the next frame will be nearer
            return False
        late = time_s >= self._due_s + self._step_s
        self._due_s = (time_s if late else self._due_s) + self._step_s
        return True

    def _only_repeats(self, frame: Frame) -> bool:
        """Whether a picture repeats the one before, as others did just now, and can be spared."""
        repeats = self._is_repeat(frame.image, frame.time_s)
        if self._repeats and not repeats:
            self._resumed_s.append(frame.time_s)
        self._repeats = repeats
        again = len(self._resumed_s) == AGAIN and frame.time_s - self._resumed_s[0] <= WITHIN_S
        most = self._share_of_repeats(repeats, frame.time_s) >= MOST
        return repeats and again and most and frame.time_s - self._taken_s < LONGEST_S

    def _share_of_repeats(self, repeats: bool, time_s: float) -> float:
        """Return the share of the last pictures, this one among them, that repeat the one before."""
        self._lately.append((time_s, repeats))
        while self._lately[0][0] < time_s - WITHIN_S:
            self._lately.popleft()
        return sum(one for _, one in self._lately) / len(self._lately)

    def _is_repeat(self, image: Pixels, time_s: float) -> bool:
        luma, size = brightness(image), (image.shape[1], image.shape[0])
        before, same_size = self._luma, size == self._size
        forgotten = float(np.exp(-max(time_s - self._time_s, 0.0) / MOMENT_S))
        self._luma, self._size, self._time_s = luma, size, time_s
        if before is None or not same_size:
            return False
        changed = busiest(luma, before)
        self._recent = max(changed, forgotten * self._recent)
        return changed <= min(REPEATS, REPEAT_SHARE * self._recent)


def busiest(now: Singles, before: Singles) -> float:
    """Return the mean change of brightness, 0 to 1, where it changed most."""
    changes = np.abs(now - before).ravel()
    count = max(1, round(BUSIEST * changes.size))
    return float(np.partition(changes, -count)[-count:].mean())


def is_slow(times_s: Sequence[float]) -> bool:
    """Return whether the pictures at these times come too slowly to judge speed by.

    Most of them too far apart, or some for so long that a movement falls into it, or a gap.
    """
    steps_s = np.diff(times_s)
    if not len(steps_s):
        return False
    long = 1.01 / MIN_RATE_HZ
    slow_s, all_s = float(steps_s[steps_s > long].sum()), float(steps_s.sum())
    often = slow_s > max(SLOW_IN_ALL_S, SLOW_SHARE * all_s)
    return bool(np.median(steps_s) > long or steps_s.max() > MAX_GAP_S or often)

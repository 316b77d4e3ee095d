"""Whether what is seen is the person's own body, and how often the computer looks.  Pure, causal.

A stop ("Hold on to something steady", "Are you all right?") interrupts somebody who may be well: it needs
the subject's own body, in plain sight, continuous in place and size, and nobody else near.  The pose model
may take the legs of somebody who walks through the picture for the subject's; it looks for other people about
once a second only, so their number alone comes too late.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import median

import numpy as np

from formcheck.kinematics import body_of
from formcheck.live.gestures import trunk_of
from formcheck.pose.conditioning import JUMPED
from formcheck.pose.skeleton import Pose
from formcheck.results import Snapshot

ALONE_S = 2.5
"""After somebody else was seen it takes this long until a stop is believed again: the pose model looks for
others once a second (`formcheck.pose.blazepose.LOOK_EVERY_S`), and the walk past takes one to two."""
STEADY_S = 1.0
"""The body was continuous for this long."""
RECENT_S = 0.5
PLAIN_SHARE = 0.8
"""Share of the looks of the last ``RECENT_S`` with one whole side of the body in plain sight."""
VISIBLE = 0.5
"""Visibility from which a landmark is used (clinical 0.5)."""
JUMP_TRUNKS, JUMP_TRUNKS_PER_S = 0.35, 9.0
"""Between two looks no hip moves further: a body in free fall over the height of a hip, 4.4 m/s, moves nine
trunk lengths a second; 0.35 is the noise of hidden hips."""
SIZE_S, SIZE_RATIO = 0.3, 1.3
"""No body grows or shrinks by more than this factor within so short a time: 25 % (clinical 0.5) and noise; a
body that falls towards a camera three metres away grows by 1.5 in 0.6 s."""
SHANKS_RATIO = 1.4
"""The two lower legs of one body seen from the front are about equally long in the picture (rendered squats
1.0 to 1.2); those of two people at different distances are not."""

RATE_S = 5.0
"""The rate of looks is told from the last so many seconds ..."""
RATE_LOOKS = 6
"""... and at least so many looks."""
RATE_COUNTS_HZ = 9.5
"""Below this repetitions may be missed and form is not judged (`formcheck.analyser.LOW_FRAME_RATE_HZ`)."""

_CHAINS = ((11, 23, 25, 27), (12, 24, 26, 28))
_SHANKS = ((25, 27), (26, 28))


@dataclass(frozen=True, slots=True)
class _Look:
    time_s: float
    plain: bool
    hips: complex = complex(math.nan, math.nan)
    trunk_px: float = math.nan
    scale_px: float = math.nan


@dataclass(frozen=True, slots=True)
class BodyEvidence:
    """What the last looks say about whose body is seen.

    Attributes
    ----------
    looks : tuple
        Of the last `STEADY_S` and a little more.
    others_s : float
        When somebody else was last seen.
    odd_s : float
        When the body last changed its place or size as no body does.
    """

    looks: tuple[_Look, ...] = ()
    others_s: float = -math.inf
    odd_s: float = -math.inf

    def alone(self, now_s: float) -> bool:
        """Return whether nobody else has been seen lately."""
        return now_s - self.others_s >= ALONE_S

    def continuous(self, now_s: float) -> bool:
        """Return whether the body has kept its place and size lately, as one body does."""
        return now_s - self.odd_s >= STEADY_S

    def plain(self, now_s: float) -> bool:
        """Return whether it is in plain sight, and was in most of the last looks."""
        recent = [one.plain for one in self.looks if now_s - one.time_s <= RECENT_S]
        return bool(recent) and recent[-1] and sum(recent) >= PLAIN_SHARE * len(recent)

    def own_body(self, now_s: float) -> bool:
        """Return whether a stop may be believed: their own body, plainly seen, and only one."""
        return self.alone(now_s) and self.continuous(now_s) and self.plain(now_s)


def follow_body(state: BodyEvidence, snapshot: Snapshot) -> BodyEvidence:
    """Take in one look."""
    now, pose = snapshot.time_s, snapshot.pose
    look = _look(pose, now)
    before = [one for one in state.looks if not math.isnan(one.trunk_px)]
    odd = pose.cut or snapshot.reason == JUMPED
    odd |= pose.detected and (_jumps(before, look) or _unlike_legs(pose, look))
    kept = tuple(one for one in state.looks if now - one.time_s <= STEADY_S)
    return replace(
        state,
        looks=(*kept, look),
        others_s=now if pose.people > 1 else state.others_s,
        odd_s=now if odd else state.odd_s,
    )


def _look(pose: Pose, now_s: float) -> _Look:
    if not pose.detected:
        return _Look(now_s, plain=False)
    body = body_of(pose)
    seen = pose.visibility >= VISIBLE
    plain = any(all(seen[i] and np.isfinite(pose.image_px[i, 0]) for i in chain) for chain in _CHAINS)
    return _Look(now_s, plain, body.mid_hip, abs(trunk_of(pose)), body.scale_px)


def _jumps(before: list[_Look], look: _Look) -> bool:
    """Return whether place or size changed since the looks before as no body's does."""
    if not before:
        return False
    last = before[-1]
    size_px = max(last.trunk_px, last.scale_px / 2, 1.0)  # half a metre, where the trunk points at the lens
    reach_px = (JUMP_TRUNKS + JUMP_TRUNKS_PER_S * (look.time_s - last.time_s)) * size_px
    lately = [one.scale_px for one in before if look.time_s - one.time_s <= SIZE_S and one.scale_px > 0]
    ratio = look.scale_px / lately[0] if lately and look.scale_px > 0 else 1.0
    return abs(look.hips - last.hips) > reach_px or not 1 / SIZE_RATIO <= ratio <= SIZE_RATIO


def _unlike_legs(pose: Pose, look: _Look) -> bool:
    """Return whether the lower legs are too different for one body that is seen from the front."""
    shoulders = pose.image_px[11] - pose.image_px[12]
    if not float(np.hypot(*shoulders)) > look.trunk_px / 2:  # from the side perspective differs, too
        return False
    lengths = [float(np.hypot(*(pose.image_px[a] - pose.image_px[b]))) for a, b in _SHANKS]
    if not all(length > 0 for length in lengths):
        return False
    return max(lengths) > SHANKS_RATIO * min(lengths)


@dataclass(frozen=True, slots=True)
class LookRate:
    """When the computer looked, over the last seconds."""

    times_s: tuple[float, ...] = ()

    @property
    def hz(self) -> float | None:
        """Looks a second, the median over the last seconds; None while there are too few."""
        if len(self.times_s) < RATE_LOOKS or self.times_s[-1] - self.times_s[0] < RATE_S / 2:
            return None
        gaps = [b - a for a, b in zip(self.times_s, self.times_s[1:], strict=False)]
        return 1.0 / median(gaps)

    @property
    def low(self) -> bool:
        """Whether repetitions may be missed."""
        return self.hz is not None and self.hz < RATE_COUNTS_HZ


def follow_rate(rate: LookRate, time_s: float) -> LookRate:
    """Take in one look."""
    return LookRate((*(one for one in rate.times_s if time_s - one <= RATE_S), time_s))

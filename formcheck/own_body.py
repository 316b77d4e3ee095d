"""Whether what is seen goes on being one body: what a rule that may end a set asks for.  Pure, causal.

The pose model may take somebody who walks past for the subject, or only their legs; feet that are elsewhere
within one picture are somebody else's.  The coach asks the same of what it says (`formcheck.live.evidence`);
here the verdict hangs on it, in review as in live.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from formcheck.kinematics import LEFT, RIGHT, Body
from formcheck.observer import Observation
from formcheck.pose.conditioning import JUMPED

SETTLED_S = 1.0
"""After a leap the body is believed to be the same again when it went on for this long."""
OTHERS_S = 2.5
"""After somebody else was seen: the pose model looks for others once a second, and a walk past takes one to
two."""
LEAP_TRUNKS, LEAP_TRUNKS_PER_S = 0.15, 9.0
"""Between two pictures no ankle or knee in sight moves further: the foot of a fast step moves 4 m/s, eight
trunk lengths a second; 0.15 is the model's noise (`formcheck.pose.conditioning.SWAP_MOVE`)."""
VISIBLE = 0.5
SIZE_S, SIZE_RATIO = 0.3, 1.3
"""Nor does a trunk grow or shrink in the picture by more than this within so short a time."""

NOWHERE = complex(math.nan, math.nan)
_JOINTS = (LEFT.knee, RIGHT.knee, LEFT.ankle, RIGHT.ankle)


@dataclass(frozen=True, slots=True)
class OwnBody:
    """What the last pictures say about whose body is seen.

    Attributes
    ----------
    time_s : float
        Of the last picture with a body.
    joints : tuple[complex, ...]
        Its knees and ankles.
    sizes : tuple[tuple[float, float], ...]
        (time, trunk length in pixels) of the last `SIZE_S`.
    leapt_s, others_s : float
        When it last changed as no body does, and when somebody else was last seen.
    """

    time_s: float = math.nan
    joints: tuple[complex, ...] = ()
    sizes: tuple[tuple[float, float], ...] = ()
    leapt_s: float = -math.inf
    others_s: float = -math.inf

    def continuous(self, now_s: float) -> bool:
        """Return whether one body has been seen without a leap for long enough."""
        return now_s - self.leapt_s >= SETTLED_S

    def alone(self, now_s: float) -> bool:
        """Return whether nobody else has been seen lately."""
        return now_s - self.others_s >= OTHERS_S


def follow_body(state: OwnBody, observation: Observation) -> OwnBody:
    """Take in one picture."""
    now_s, body = observation.time_s, observation.body
    others_s = now_s if observation.pose.people > 1 else state.others_s
    if body is None:
        leapt_s = now_s if observation.reason == JUMPED else state.leapt_s
        return OwnBody(state.time_s, state.joints, state.sizes, leapt_s, others_s)
    joints = tuple(body.image[i] if body.visibility[i] >= VISIBLE else NOWHERE for i in _JOINTS)
    sizes = tuple(one for one in state.sizes if now_s - one[0] <= SIZE_S)
    leapt = observation.pose.cut or _leapt(state, body, joints, now_s) or _resized(sizes, body)
    return OwnBody(
        now_s, joints, (*sizes, (now_s, body.trunk_px)), now_s if leapt else state.leapt_s, others_s
    )


def _leapt(state: OwnBody, body: Body, joints: tuple[complex, ...], now_s: float) -> bool:
    """Return whether a knee or an ankle moved further than one of the same body can."""
    if not state.joints:
        return False
    reach_px = (LEAP_TRUNKS + LEAP_TRUNKS_PER_S * (now_s - state.time_s)) * body.trunk_px
    return any(abs(here - there) > reach_px for here, there in zip(joints, state.joints, strict=True))


def _resized(sizes: tuple[tuple[float, float], ...], body: Body) -> bool:
    ratios = [body.trunk_px / px for _, px in sizes if px > 0]
    return any(not 1 / SIZE_RATIO <= ratio <= SIZE_RATIO for ratio in ratios)

"""The first two repetitions paced aloud, and a prescribed hold counted aloud.  Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from formcheck.live.script import HOLD_ONE, OWN_PACE, WORDS, capital, number
from formcheck.profile import ExercisePlan
from formcheck.results import Phase

PACED_REPS = 2
"""Paced aloud (issue 4)."""
PAUSE_S = 1.2
"""From being back to the next "Up"."""
LEAD_S = 1.5
"""From "Ready. Begin." to the first word."""
TEMPO_S: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"squat": (2.5, 1.5), "bridge": (2.0, 2.5), "clamshell": (2.0, 2.5), "seated_march": (1.5, 1.5)}
)
"""Way out and way back (clinical 1, tempo) where the plan names none."""


@dataclass(frozen=True, slots=True)
class Pacing:
    """Where the paced repetition is.

    Attributes
    ----------
    out_at_s : float
        When the next "up" is due.
    rested : bool
        Rest was seen: what is under way before that, as "Begin" is said, is not paced.
    out_s : float | None
        When it was said.
    top_s : float | None
        When the end position was reached.
    counted : int
        Seconds of the hold said.
    back_said : bool
    """

    out_at_s: float = math.inf
    rested: bool = False
    out_s: float | None = None
    top_s: float | None = None
    counted: int = 0
    back_said: bool = False


def begin(now_s: float, rep: int) -> Pacing:
    """Return the pacing for the repetition with this index (from 0)."""
    if rep >= PACED_REPS:
        return Pacing()
    return Pacing(now_s + (LEAD_S if rep == 0 else PAUSE_S))


def advance(
    pacing: Pacing, time_s: float, phase: Phase, *, exercise: str, plan: ExercisePlan, rep: int
) -> tuple[Pacing, str]:
    """Return the next state and the word to say now, empty for none.

    The person leads: "and down" comes when the end position is reached, or after the tempo's time.

    Parameters
    ----------
    pacing : Pacing
    time_s : float
    phase : Phase
    exercise : str
    plan : ExercisePlan
        Its tempo and hold.
    rep : int
        Index of the repetition in progress, from 0.
    """
    words = WORDS[exercise]
    if phase is Phase.REST:
        pacing = replace(pacing, rested=True)
        if pacing.out_s is None and rep < PACED_REPS and time_s >= pacing.out_at_s:
            return replace(pacing, out_s=time_s), f"{words.out}..."
    if phase is Phase.REST or not pacing.rested:
        return pacing, ""
    if pacing.top_s is None and _at_top(pacing, time_s, phase, exercise, plan):
        pacing = replace(pacing, top_s=time_s)
    if pacing.top_s is None or pacing.back_said:
        return pacing, ""
    hold_s = plan.hold_s or 0.0
    if time_s - pacing.top_s >= hold_s:
        paced = rep < PACED_REPS or hold_s > 0
        return replace(pacing, back_said=True), capital(words.back) if paced else ""
    due = int(time_s - pacing.top_s) + 1
    if due > pacing.counted and phase is not Phase.RETURN:
        return replace(pacing, counted=due), HOLD_ONE if due == 1 else f"{capital(number(due))}."
    return pacing, ""


def _at_top(pacing: Pacing, time_s: float, phase: Phase, exercise: str, plan: ExercisePlan) -> bool:
    if phase in (Phase.END_RANGE, Phase.RETURN):
        return True
    out_s, _ = plan.tempo_s or TEMPO_S[exercise]
    return pacing.out_s is not None and not plan.hold_s and time_s - pacing.out_s >= 2 * out_s


def after(rep: int) -> str:
    """Return what is said after so many repetitions: the pacing ends."""
    return OWN_PACE if rep == PACED_REPS else ""

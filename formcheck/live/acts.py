"""What live mode does for the person: words, tones and what the screen shows, as plain records.

The coach (pure) returns them, the edges carry them out: `formcheck.live.speech` says and sounds,
`formcheck.live.window` shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from formcheck.live.inputs import Question


class Kind(StrEnum):
    """Why something is said; in order of weight, the heaviest last."""

    COUNT = "count"
    """The number of a repetition: before everything but a stop, and a cue that is being said."""
    PACE = "pace"
    """Up, down, the seconds of a hold: said at once or not at all."""
    CUE = "cue"
    GUIDE = "guide"
    """Set-up, how to do it, rest, summary: waits its turn."""
    STOP = "stop"
    """Interrupts everything."""


@dataclass(frozen=True, slots=True)
class Say:
    """Words to be spoken.

    Attributes
    ----------
    text : str
    kind : Kind
    within_s : float
        Dropped when its sound cannot start this soon; infinite = waits.
    urgent : bool
        About the movement under way: cuts a pace or guidance that is being said.
    """

    text: str
    kind: Kind = Kind.GUIDE
    within_s: float = float("inf")
    urgent: bool = False


class Tone(StrEnum):
    """Short sounds, told apart by pitch and length."""

    REP = "rep"
    """A complete repetition: a bright, short tone."""
    PARTIAL = "partial"
    """A partial one: lower and softer."""
    READY = "ready"
    """Two rising tones: begin."""
    REST = "rest"
    """Two falling tones: the set is over."""
    ATTENTION = "attention"
    """A calm, low double tone before a stop or a lost camera."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A tone to be played at once."""

    tone: Tone


@dataclass(frozen=True, slots=True)
class Screen:
    """What is shown besides the picture: the little that is read from 3 m, and in full all that is said.

    With what stands here a session is complete without any sound.

    Attributes
    ----------
    headline : str
        The one thing to know or do now, at most about 40 letters.
    count : int | None
        Repetitions of this set; None outside a set.
    target : int | None
        Repetitions prescribed; None = no limit.
    phase : str
        In words: "rest", "moving out", ...
    cue : str
        The one current cue, empty for none.
    severity : str
        Of the cue: ``stop``, ``correct``, ``improve``, ``log`` or empty; decides its colour and shape.
    reached : float | None
        How far the movement is towards its target, 0 to 1 and beyond; drawn as an arc at the joint.
    limited : str
        What cannot be judged in this set from where the person is; empty for nothing.
    paused : bool
    demonstration : str
        Exercise whose demonstration is shown instead of the camera's picture; empty: the camera's.
    demonstration_mirrored : bool
        With the right side to the camera, or up, instead of the left.
    stage : str
        Where in the session (`formcheck.live.coach.Stage`).
    caption : str
        What is being said or was said last, for as long as it takes to read; counts and paces stand in
        ``beat``.
    beat : str
        The number or the pace said last: "Four.", "And down.".
    instructions : tuple[str, ...]
        All that is said in this stage and must be read, a sentence each: "Before you start", how the
        exercise goes, why a set was stopped.
    question : Question | None
        What is asked now, with its answers.
    summary : tuple[str, ...]
        What was done, once it is over.
    smaller : bool
        A smaller movement than the plan's was agreed on: ``reached`` and what counts as short follow it.
    """

    headline: str = ""
    count: int | None = None
    target: int | None = None
    phase: str = ""
    cue: str = ""
    severity: str = ""
    reached: float | None = None
    limited: str = ""
    paused: bool = False
    demonstration: str = ""
    demonstration_mirrored: bool = False
    stage: str = ""
    caption: str = ""
    beat: str = ""
    instructions: tuple[str, ...] = ()
    question: Question | None = None
    summary: tuple[str, ...] = ()
    smaller: bool = False


@dataclass(frozen=True, slots=True)
class Tune:
    """Speak louder or quieter, faster or slower from now on; what is being said is cut.

    Attributes
    ----------
    volume : float
        0 to 2, 1 = as the computer is set.
    rate : float
        Words a minute.
    """

    volume: float
    rate: float


@dataclass(frozen=True, slots=True)
class Ended:
    """The session is over.

    Attributes
    ----------
    reason : str
        ``done``, ``pain``, ``tired``, ``interrupted``, ``stopped`` or ``other``.
    """

    reason: str


Act = Say | Sound | Screen | Tune | Ended

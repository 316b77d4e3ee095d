"""What an exercise is: one row of data.  The engine has no exercise of its own."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from formcheck.reps import RepCycle
from formcheck.results import Posture, ViewLabel


class Legs(StrEnum):
    """Whose movement is counted."""

    TOGETHER = "together"
    """Both legs move as one (squat, bridge)."""
    EACH = "each"
    """Left and right are counted apart, one leg at a time (seated march)."""
    UPPER = "upper"
    """The leg that is up when side-lying works (clamshell)."""


class Of(StrEnum):
    """On which side a measure is taken."""

    BODY = "body"
    NEAR = "near"
    """The side that faces the camera."""
    WORKING = "working"
    """The leg of the repetition."""
    BOTH_MIN = "both_min"
    """The smaller value of left and right."""
    APART = "apart"
    """How far left and right differ."""
    WORKING_OVER_OTHER = "working_over_other"
    """A left-over-right measure, turned so that the working side counts positive."""


class Statistic(StrEnum):
    """How a gate looks at a measure over one repetition."""

    CHANGE = "change"
    """Largest value minus the value at the start."""
    AT_PEAK = "at_peak"
    """Median while the signal is within 10 % of its peak."""
    LARGEST = "largest"
    """Largest value that was held for 0.1 s."""
    AT_START = "at_start"
    AT_END = "at_end"


@dataclass(frozen=True, slots=True)
class Gate:
    """What else must hold for a movement to be this exercise and not another.

    ``low`` and ``high`` bound the statistic, times the repetition's own excursion to this ``power``.
    An unmeasurable statistic lets the repetition pass: absence of evidence rejects nothing.
    """

    measure: str
    of: Of
    statistic: Statistic
    why: str
    low: float = float("-inf")
    high: float = float("inf")
    power: int = 0
    source: str = ""


@dataclass(frozen=True, slots=True)
class Channel:
    """A signal to count from.

    Attributes
    ----------
    measure : str
        Row of `formcheck.kinematics.MEASURES`.
    of : Of
    views : tuple[ViewLabel, ...]
        Where this channel is used; the first channel that fits wins.
    cycle : RepCycle
    edge_measure : str
        Measure whose rise and fall mark start and end better than the signal itself does; empty = the
        signal.
    edge_of : Of
        On which side the edge measure is taken.
    edge_reach : float
        How far start and end lie beyond where a small share of the excursion is crossed, in times of the
        way from three times that share to it.  1.3 is exact for an angle that follows a raised cosine,
        2.8 for a height, which follows the angle's square.
    """

    measure: str
    of: Of
    views: tuple[ViewLabel, ...]
    cycle: RepCycle
    edge_measure: str = ""
    edge_of: Of = Of.BODY
    edge_reach: float = 1.3


@dataclass(frozen=True, slots=True)
class Reported:
    """What a repetition's ``signal``, ``peak`` and ``range`` are taken from.

    Attributes
    ----------
    name : str
        As in results.
    measure : str
    of : Of
    unit : str
        ``deg`` or ``ratio``.
    views : tuple[ViewLabel, ...]
    direction : int
        +1 when the value grows away from rest, -1 when it falls (hip flexion in a bridge).
    scale : float
        Factor from the measure's unit to the reported one.
    min_range : float | None
        Where the range could be measured, it and not the counting signal decides: complete from here
        on, partial from half of it.
    near_only : bool
        Not measurable on the side turned away from the camera: the lift counts, its size is not known.
    """

    name: str
    measure: str
    of: Of
    unit: str
    views: tuple[ViewLabel, ...]
    direction: int = 1
    scale: float = 1.0
    min_range: float | None = None
    near_only: bool = False

    @property
    def relative(self) -> bool:
        """Whether the peak is counted from rest: ratios are rises and drops, only angles are absolute."""
        return self.unit == "ratio"


@dataclass(frozen=True, slots=True)
class Exercise:
    """An exercise as data.

    Attributes
    ----------
    name : str
        As on the command line and in results.
    title : str
        For people.
    legs : Legs
    postures : tuple[Posture, ...]
        In which the signal is believed.
    channels : tuple[Channel, ...]
        What is counted from, by view.
    reported : tuple[Reported, ...]
        What is reported, by view; the first that fits.
    gates : tuple[Gate, ...]
    needs : str
        The measure whose view decides whether the recording is assessable.
    codes : tuple[str, ...]
        Fault codes in the order of the tables.
    """

    name: str
    title: str
    legs: Legs
    postures: tuple[Posture, ...]
    channels: tuple[Channel, ...]
    reported: tuple[Reported, ...]
    gates: tuple[Gate, ...]
    needs: str
    codes: tuple[str, ...]

"""What an exercise is: one row of data.  The engine has no exercise of its own."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from formcheck.reps import RepCycle
from formcheck.results import Phase, Posture, Severity, ViewLabel


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
    EITHER = "either"
    """Left and right apart, the one further beyond the limit decides."""


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
    ``signals`` names the counting signals it applies to, ``views`` from where the repetition was mostly seen;
    empty = all.  ``start_unseen`` has the stricter bounds of a movement whose beginning was not seen.
    """

    measure: str
    of: Of
    statistic: Statistic
    why: str
    low: float = float("-inf")
    high: float = float("inf")
    power: int = 0
    signals: tuple[str, ...] = ()
    views: tuple[ViewLabel, ...] = ()
    start_unseen: tuple[float, float] | None = None
    source: str = ""


class When(StrEnum):
    """How a form rule looks at a repetition."""

    HELD = "held"
    """Every frame; beyond the limit for long enough."""
    AT_REST = "at_rest"
    """The rest posture before it."""
    AT_TOP = "at_top"
    """The median while the signal is within 10 % of its peak, when it has ended."""
    AT_END = "at_end"
    """One number of the whole repetition (`formcheck.rules.REP_MEASURES`), when it has ended."""


class Against(StrEnum):
    """What a limit is counted from."""

    NEUTRAL = "neutral"
    """Anatomical neutral: the value itself."""
    REST = "rest"
    """The change from the person's rest posture."""
    REST_EITHER_WAY = "rest_either_way"
    """The size of that change."""
    REST_SHARE = "rest_share"
    """The value as a share of that at rest."""
    BEST = "best"
    """How far it has risen from its lowest since the repetition began, while it is nearly still."""


class FromPlan(StrEnum):
    """Which number of the profile a limit comes from."""

    TARGET = "target"
    """Short of `TARGET_SHARE` of the target range by more than the error."""
    COMFORT_CAP = "comfort_cap"
    CEILING = "ceiling"
    HOLD = "hold"
    PACE = "pace"


def as_it_is(value: float) -> float:
    """Return the value: the target is in the unit of the measure."""
    return value


@dataclass(frozen=True, slots=True)
class Limit:
    """From where a rule speaks, and how seriously.

    ``off`` is where it falls silent again (hysteresis), for the first limit of a row that is held; the
    measure's error comes on top of the first (`FaultRule.error`).
    """

    on: float
    off: float
    severity: Severity


_MOVING = (Phase.OUTBOUND, Phase.END_RANGE, Phase.RETURN)


@dataclass(frozen=True, slots=True)
class FaultRule:
    """One row of the table of form faults.  Several rows may share a code: any of them makes it present.

    Attributes
    ----------
    code : str
        As in results.
    measure : str
        Row of `formcheck.kinematics.MEASURES` or ``PROXIES``; for `When.AT_END` of
        `formcheck.judging.REP_MEASURES`, or ``peak``.
    of : Of
        On which side it is taken.
    unit : str
        Of value and limit: ``deg``, ``ratio``, ``s``, ``per_min`` or ``lifts``.
    limits : tuple[Limit, ...]
        In order of weight, the strongest last; empty where the profile gives the only limit.
    views : tuple[ViewLabel, ...]
        From where it can be seen.
    above : bool
        Beyond a limit is above it; else below.
    against : Against
    rest_measure : str
        `Against.REST`: the measure whose rest value is taken off; empty = the rule's own.
    when : When
    phases : tuple[Phase, ...]
        In which it holds (`When.HELD`).
    min_rise : float
        ... and only where the counting signal has risen this far from rest.
    still_per_s : float
        `Against.BEST`: slower than this counts as still, in the measure's unit per second.
    min_duration_s : float
        Beyond the limit for this long before it is raised.
    landmarks : tuple[str, ...]
        Names in `formcheck.kinematics.SideLandmarks` that must be visible.
    min_visibility : float
    max_off_deg : float
        Views from the front or behind: largest yaw off it.
    min_rate_hz : float
        Fewer frames a second cannot tell.
    alone : bool
        Not judged while another person is in the picture, whose legs may be taken for the subject's.
    from_plan : FromPlan | None
        The limit comes from the profile.
    plan_key : str
        Measure that ceilings and comfort caps name.
    from_rest : bool
        `FromPlan.TARGET`: the target range begins at the person's rest, not at neutral, and the target is
        moved by what `rest_measure` reads at rest.
    scaled : Callable
        Turns the target into the measure's unit.
    error : float
        The measure's error there, in its unit (`formcheck.exercises.guards`).  The first limit of a row, and
        one that the profile gives, has to be passed by more than it: nearer to the limit the body may be on
        either side.  Stronger limits lie further than this beyond the first, and are as they stand.
    confirmed_by : str
        `Against.REST`: a second measure that has to have changed as far, where the first alone moves for
        other reasons too; empty = none.
    widest : float
        `FromPlan.TARGET`: half of the widest band around the peak that still judges, where it is a learned
        angle.
    valid_fraction : float
        A verdict needs this share of measurable frames (clinical gate).
    evidence : str
        Where limits come from; ``[D]`` = judgement, ``[V]`` = published, ``[C]`` = geometry,
        ``[M]`` = measured on rendered people (docs/accuracy.md).
    """

    code: str
    measure: str
    of: Of
    unit: str
    limits: tuple[Limit, ...]
    views: tuple[ViewLabel, ...]
    above: bool = True
    against: Against = Against.NEUTRAL
    rest_measure: str = ""
    when: When = When.HELD
    phases: tuple[Phase, ...] = _MOVING
    min_rise: float = 0.0
    still_per_s: float = 0.0
    min_duration_s: float = 0.3
    landmarks: tuple[str, ...] = ()
    min_visibility: float = 0.5
    max_off_deg: float = 90.0
    min_rate_hz: float = 0.0
    alone: bool = False
    from_plan: FromPlan | None = None
    plan_key: str = ""
    from_rest: bool = False
    scaled: Callable[[float], float] = as_it_is
    error: float = 0.0
    confirmed_by: str = ""
    widest: float = math.inf
    valid_fraction: float = 0.7
    evidence: str = ""

    @property
    def needs_rest(self) -> bool:
        """Whether it cannot judge before the person was seen at rest."""
        return (
            self.when is When.AT_REST
            or bool(self.rest_measure)
            or self.against
            in (
                Against.REST,
                Against.REST_EITHER_WAY,
                Against.REST_SHARE,
            )
        )


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
    middle_share : float
        Share of the time of one smooth way that the signal spends between 30 and 80 % of its excursion:
        0.28 (minimum jerk) to 0.34 (raised cosine) for an angle, 0.22 to 0.26 for a height.
    """

    measure: str
    of: Of
    views: tuple[ViewLabel, ...]
    cycle: RepCycle
    edge_measure: str = ""
    edge_of: Of = Of.BODY
    edge_reach: float = 1.3
    middle_share: float = 0.31


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
    error_of : str
        Row of the error atlas in the reported unit; empty = that of the measure.
    least_range : float
        Where the range could be measured and is smaller, the movement was none: something else moved.
    near_only : bool
        Not measurable on the side turned away from the camera: the lift counts, its size is not known.
    joint : str
        Joint of the side that faces the camera (`formcheck.ranges.JOINTS`) whose end position stands for the
        measure in results and range rules; the measure itself then only decides whether the repetition
        counts.  Empty = the measure.
    """

    name: str
    measure: str
    of: Of
    unit: str
    views: tuple[ViewLabel, ...]
    direction: int = 1
    scale: float = 1.0
    min_range: float | None = None
    least_range: float = 0.0
    near_only: bool = False
    error_of: str = ""
    joint: str = ""

    @property
    def relative(self) -> bool:
        """Whether the peak is counted from rest: ratios are rises and drops, only angles are absolute."""
        return self.unit == "ratio"


@dataclass(frozen=True, slots=True)
class OwnRange:
    """A range of motion of the working leg.

    Attributes
    ----------
    measure : str
        A learned angle, of `formcheck.correction.WHOLE_ANGLES`.
    views : tuple[ViewLabel, ...]
        From where the error atlas calls it good.
    """

    measure: str
    views: tuple[ViewLabel, ...]


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
        Fault codes in the order of the tables; ``range_limit`` last.
    rules : tuple[FaultRule, ...]
        What judges them.
    unseen : tuple[tuple[str, str], ...]
        (code, why) of what no rule can judge yet.
    ranges : tuple[OwnRange, ...]
        Told of the working leg beside those of hips and knees.
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
    rules: tuple[FaultRule, ...] = ()
    unseen: tuple[tuple[str, str], ...] = ()
    ranges: tuple[OwnRange, ...] = ()

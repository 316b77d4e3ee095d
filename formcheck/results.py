"""What an analysis yields: the snapshot after one pose, the repetitions, the summary.

Plain frozen records; `formcheck.report` writes them, nothing here opens a file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from formcheck.correction import Estimate
from formcheck.pose.skeleton import Pose, Side


class Phase(StrEnum):
    """Where in a repetition the movement is; named by direction, not by muscle action."""

    REST = "rest"
    OUTBOUND = "outbound"
    END_RANGE = "end_range"
    RETURN = "return"


class Verdict(StrEnum):
    """Of a repetition (product.md §3)."""

    GOOD = "good"
    FAULTY = "faulty"
    PARTIAL = "partial"
    NOT_ASSESSED = "not_assessed"


class FaultVerdict(StrEnum):
    """Of one fault in one repetition."""

    PRESENT = "present"
    ABSENT = "absent"
    NOT_ASSESSED = "not_assessed"


class Severity(StrEnum):
    """How much a present fault matters, from the most (product.md §4, clinical severity ladder)."""

    STOP = "stop"
    CORRECT = "correct"
    IMPROVE = "improve"
    LOG = "log"


class ViewLabel(StrEnum):
    """Where the camera stands relative to the person."""

    SIDE = "side"
    FRONT = "front"
    BACK = "back"
    OBLIQUE = "oblique"
    FOOT_END = "foot_end"
    HEAD_END = "head_end"
    UNKNOWN = "unknown"


class Posture(StrEnum):
    """How the person is placed."""

    STANDING = "standing"
    SEATED = "seated"
    SUPINE = "supine"
    SIDE_LYING = "side_lying"
    PRONE = "prone"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class View:
    """The camera's view of the person.

    Attributes
    ----------
    label : ViewLabel
    yaw_deg : float | None
        0 = true side view, 90 = front or back; None when unknown.
    elevation_deg : float | None
        How far the camera looks down on the person; None when unknown.
    assessable : bool
        Whether the exercise's own measure can be judged from here.
    reason : str | None
        Why not, in words.
    """

    label: ViewLabel = ViewLabel.UNKNOWN
    yaw_deg: float | None = None
    elevation_deg: float | None = None
    assessable: bool = False
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, one line of ``events.jsonl``.

    ``event`` is ``rep_completed``, ``rep_partial``, ``rep_not_counted`` (`NotCounted`, when it is known),
    ``tracking_lost``, ``tracking_regained``, later also
    ``fault_raised``, ``fault_cleared``, ``limit_near`` and ``said``.  ``details`` are further
    (name, value) pairs, JSON scalars.
    """

    time_s: float
    event: str
    details: tuple[tuple[str, str | float | int | None], ...] = ()


@dataclass(frozen=True, slots=True)
class FaultCheck:
    """The verdict on one fault in one repetition (product.md §3)."""

    code: str
    verdict: FaultVerdict
    severity: str | None = None
    start_s: float | None = None
    end_s: float | None = None
    worst_s: float | None = None
    value: float | None = None
    unit: str | None = None
    limit: float | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Checks:
    """How many of the exercise's faults could be judged in a repetition."""

    assessed: int
    of: int


@dataclass(frozen=True, slots=True)
class RepJoint:
    """One joint of one leg in one repetition, one row of ``joints.parquet``; None = not measurable.

    Attributes
    ----------
    joint : str
        ``knee_flexion``, ``hip_flexion`` or another measured angle.
    side : Side
    near : bool | None
        Whether this side faces the camera; None when neither side does.
    rest_deg, peak_deg, range_deg : float | None
        Angle at rest before the repetition, at its end position, and the difference.
    error_deg : float | None
        90 % half-width of the error interval at the peak.
    valid_fraction : float
        Share of the repetition's frames in which the angle was reportable.
    at_least : bool
        The end position itself was not measurable: ``peak_deg`` is how far it was seen to go.
    """

    joint: str
    side: Side
    near: bool | None
    rest_deg: float | None
    peak_deg: float | None
    range_deg: float | None
    error_deg: float | None
    valid_fraction: float
    at_least: bool = False


@dataclass(frozen=True, slots=True)
class Rep:
    """One complete or partial repetition; fields in the order of ``reps.csv`` (product.md §3).

    ``peak``, ``range`` and ``peak_velocity`` are in ``signal_unit`` (and per second).  ``peak`` is
    absolute, ``range`` is the size of the excursion from rest, never negative.
    """

    index: int
    set: int
    side: Side | None
    start_s: float
    peak_s: float
    end_s: float
    signal: str
    signal_unit: str
    peak: float | None
    range: float | None
    error: float | None
    outbound_s: float
    hold_s: float
    return_s: float
    peak_velocity: float | None
    valid_fraction: float
    verdict: Verdict
    checks: Checks
    faults: tuple[FaultCheck, ...]
    joints: tuple[RepJoint, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether it counts."""
        return self.verdict is not Verdict.PARTIAL


@dataclass(frozen=True, slots=True)
class Set:
    """Repetitions of one exercise (and one working side) that belong together."""

    index: int
    exercise: str
    working_side: Side | None
    start_s: float
    end_s: float
    complete: int
    partial: int


@dataclass(frozen=True, slots=True)
class RepCounts:
    """Totals over all sets of the summary's exercise; left and right where legs count apart."""

    complete: int
    partial: int
    left: int | None = None
    right: int | None = None


@dataclass(frozen=True, slots=True)
class NotCounted:
    """A movement about as large as a repetition that was not counted, and why.

    Attributes
    ----------
    exercise : str
    side : Side | None
    start_s, peak_s, end_s : float
    signal, signal_unit : str
        As in `Rep`.
    size : float | None
        Excursion from rest, in ``signal_unit``.
    reason : str
        One phrase in plain words: "began before the recording", "the knees did not bend far enough".
    """

    exercise: str
    side: Side | None
    start_s: float
    peak_s: float
    end_s: float
    signal: str
    signal_unit: str
    size: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class FaultTotals:
    """How often a fault was present, absent or not assessed over the repetitions."""

    present: int
    absent: int
    not_assessed: int
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class JointRange:
    """Smallest and largest angle held for at least 0.1 s during the repetitions, degrees.

    Attributes
    ----------
    min_deg, max_deg : float
    error_deg : float | None
        The wider of the two half-widths below.
    min_error_deg, max_error_deg : float | None
        90 % half-width of the error interval at that extreme.
    min_at_least, max_at_least : bool
        The movement went at least so far: its end was not measurable.
    reason : str | None
        Why an end was not measurable, in words.
    """

    min_deg: float
    max_deg: float
    error_deg: float | None = None
    min_error_deg: float | None = None
    max_error_deg: float | None = None
    min_at_least: bool = False
    max_at_least: bool = False
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Sides:
    """A range for each side; None where it was not measurable."""

    left: JointRange | None = None
    right: JointRange | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """The recording the result belongs to.

    Attributes
    ----------
    rotation_deg : int
        Clockwise turn that was applied: the file's own and the one asked for.
    mirrored : bool
        Left and right were put right (``--mirrored``).
    slow_motion : float
        The recording plays so many times slower than life; times are those of life.
    max_rate_hz : float | None
        Highest rate at which frames were analysed; None = all of them.
    person : str | None
        Who was chosen (``left``, ``right``, ``largest``, ``at:SECONDS,X,Y``); None = automatic.
    """

    path: str
    sha256: str | None
    recorded_at: str | None
    duration_s: float
    frames: int
    frames_analysed: int
    width: int
    height: int
    rotation_deg: int
    mirrored: bool = False
    slow_motion: float = 1.0
    max_rate_hz: float | None = None
    person: str | None = None


@dataclass(frozen=True, slots=True)
class Quality:
    """How much of the recording could be measured, and what to know about it."""

    pose_detected_fraction: float
    valid_fraction: float
    needs_review: bool
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProfileRef:
    """Which profile judged."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Software:
    """Which software measured."""

    formcheck: str
    mediapipe: str | None
    model: str | None
    model_sha256: str | None


@dataclass(frozen=True, slots=True)
class Summary:
    """``summary.json``, schema ``formcheck.summary/2``, field by field (product.md §3)."""

    source: Source
    exercise: str
    exercise_source: str
    exercise_confidence: float
    camera_side: Side | None
    affected_side: str | None
    view: View
    sets: tuple[Set, ...]
    reps: RepCounts
    rep_list: tuple[Rep, ...]
    faults: dict[str, FaultTotals]
    range_of_motion: dict[str, Sides]
    quality: Quality
    profile: ProfileRef
    software: Software
    not_counted: tuple[NotCounted, ...] = ()


@dataclass(frozen=True, slots=True)
class FrameAngles:
    """The angles of one frame in degrees, clinical signs; NaN = not measurable.

    From any view: those of the body, not of the picture (`formcheck.correction`).  Hip flexion is
    trunk-thigh.  ``trunk_inclination_deg`` is the angle of the trunk line from the vertical, forward (toward
    the toes) positive.
    """

    left_knee_flexion_deg: float = float("nan")
    right_knee_flexion_deg: float = float("nan")
    left_hip_flexion_deg: float = float("nan")
    right_hip_flexion_deg: float = float("nan")
    trunk_inclination_deg: float = float("nan")


@dataclass(frozen=True, slots=True)
class Raised:
    """A fault that is raised at this moment, for those who show or say it.

    ``side`` is the leg of the repetition, where the exercise has one.
    """

    code: str
    severity: Severity
    side: Side | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A repetition seen in a coached session while nothing counts; it may yet be taken into a set.

    Attributes
    ----------
    side : Side | None
        The leg that worked, where the exercise tells.
    start_s, end_s : float
    excursion : float
        In the unit of the counting signal.
    complete : bool
    """

    side: Side | None
    start_s: float
    end_s: float
    excursion: float
    complete: bool


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that is known after one pose; what sinks receive.

    Attributes
    ----------
    frame : int
        Number of the analysed frame, from 0.
    time_s : float
    pose : Pose
        The chosen person after smoothing, identity repair and plausibility checks: landmarks that
        are not to be believed are NaN.
    valid : bool
        Whether the exercise's own measure could be taken in this frame.
    reason : str | None
        Why not, in words.
    posture : Posture
    view : View
    camera_side : Side | None
    angles : FrameAngles
    signal : float
        The value that repetitions are counted from, in the exercise's unit; NaN = not measurable.
    phase : Phase
    working_side : Side | None
        Side of the repetition in progress, where the exercise has one.
    exercise : str
        The exercise being counted at this time, or ``unknown``.
    complete, partial, left, right : int
        Repetitions so far.
    events : tuple[Event, ...]
        What happened with this pose.
    raised : tuple[Raised, ...]
        Faults raised now, the gravest first; what only the end of a repetition tells stays for a moment.
    reps : tuple[Rep, ...]
        Repetitions, complete or partial, that ended with this pose, with their verdicts.
    bands : FrameAngles
        Half of the band around each angle that is meant to hold the truth in nine cases of ten.
    estimate : Estimate | None
        All learned angles, however wide their bands; None when the pose was not believed.
    waiting : tuple[Waiting, ...]
        The last repetitions seen while nothing counts, in a coached session.
    """

    frame: int
    time_s: float
    pose: Pose
    valid: bool
    reason: str | None
    posture: Posture
    view: View
    camera_side: Side | None
    angles: FrameAngles
    signal: float
    phase: Phase
    working_side: Side | None
    exercise: str
    complete: int = 0
    partial: int = 0
    left: int = 0
    right: int = 0
    events: tuple[Event, ...] = field(default=())
    raised: tuple[Raised, ...] = field(default=())
    reps: tuple[Rep, ...] = field(default=())
    bands: FrameAngles = FrameAngles()
    estimate: Estimate | None = None
    waiting: tuple[Waiting, ...] = ()

"""What the body itself tells the coach: an arm raised, being still, going down fast.  Pure, causal.

Every state is a value that goes in and comes out; time comes with the poses.
"""

from __future__ import annotations

import cmath
import math
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import chain

from formcheck.kinematics import body_of
from formcheck.pose.skeleton import Landmark, Pose, Side
from formcheck.results import Posture, Snapshot

LYING = (Posture.SUPINE, Posture.SIDE_LYING, Posture.PRONE)

PAUSE_S, END_S = 1.5, 4.0
"""An arm up this long pauses or resumes, ends (issue 4)."""
DROPOUT_S = 0.3
"""Shorter moments without a raised arm do not break it."""
SEGMENT_UP = 0.22
"""Elbow over shoulder and wrist over elbow, in trunk lengths: half of an upper arm or forearm."""
UPRIGHTNESS = 0.85
"""Cosine of the arm's angle from straight up (32 degrees)."""
STRAIGHT_COS = -0.75
"""Cosine of the angle at the elbow: 140 degrees and more are a straight arm."""
VISIBLE = 0.35
"""Elbow and wrist below this are the model's guess: hidden arms of side views read 0.15 to 0.3."""
TRUNK_M = 0.5
"""In the model's metres: the measure of a trunk that points at the camera."""
PLACE_S, PLACE_MOVE = 1.0, 0.4
"""In one place: what a posture rests on (feet when standing, else the shoulders) moved no further in this
time, in trunk lengths.  At most 0.33 in all samples and benchmarks/clips, in a real squat that sets its feet
anew 0.4 for a moment; rendered people who walk 0.7 to 1.5 (chosen on these; benchmarks/holdout: 0.31)."""
STILL_S = 1.0
UNSEEN_S = 0.5
"""Shorter moments without a pose tell nothing about moving."""
STILL_MOVE = 0.12
"""Still: no hip, shoulder, knee or ankle moved further in a second, in trunk lengths (noise: 0.05)."""
FALL_S = 1.5
"""From standing to the floor in this time is no lying down (issue 4) ..."""
FALL_TRUNKS = 1.8
"""... when the shoulders came down by this many trunk lengths: to sit on a chair takes 0.8, a deep squat
0.9, sitting down on the floor 1.6, lying 2.4; lying down within 3 seconds brings 1.7 in any 1.5."""
FALL_ALONE_S = 1.1
"""Somebody else seen within this time after the way down puts it in doubt: others are looked for once a
second."""
FALL_STILL_S = 2.0
"""... and nothing moved for this long afterwards."""
STANDING_COS = 0.82
"""Standing: the trunk within 35 degrees of upright."""


class Gesture(StrEnum):
    """What an arm says."""

    PAUSE = "pause"
    END = "end"


@dataclass(frozen=True, slots=True)
class ArmState:
    """Since when an arm is up, when it last was, and what was understood of it already."""

    since_s: float | None = None
    seen_s: float = -math.inf
    told: Gesture | None = None


@dataclass(frozen=True, slots=True)
class _Arm:
    shoulder: complex
    elbow: complex
    wrist: complex
    visible: bool


def _at(pose: Pose, index: int) -> complex:
    x, y = pose.image_px[index]
    return complex(x, y)


def _arm(pose: Pose, side: Side) -> _Arm:
    offset = 0 if side is Side.LEFT else 1
    shoulder, elbow, wrist = (
        int(i) + offset for i in (Landmark.LEFT_SHOULDER, Landmark.LEFT_ELBOW, Landmark.LEFT_WRIST)
    )
    seen = [float(pose.visibility[i]) for i in (elbow, wrist)]
    visible = all(not value < VISIBLE for value in seen)  # NaN: out of the picture, judged by place
    return _Arm(_at(pose, shoulder), _at(pose, elbow), _at(pose, wrist), visible)


def trunk_of(pose: Pose) -> complex:
    """Return the way from mid-hip to mid-shoulder in the picture."""
    return (_at(pose, 11) + _at(pose, 12) - _at(pose, 23) - _at(pose, 24)) / 2


def _up(pose: Pose, posture: Posture) -> complex:
    """Return the direction in the picture that counts as up: the ceiling, for upright people the head."""
    trunk = trunk_of(pose)
    return -1j if posture in LYING or not abs(trunk) > 0 else trunk / abs(trunk)


def _along(vector: complex, up: complex) -> float:
    return (vector * up.conjugate()).real


def _is_up(arm: _Arm, up: complex, trunk_px: float, height_px: float) -> bool:
    """Whether this arm points straight up; a hand above the picture's edge is taken for granted."""
    upper = arm.elbow - arm.shoulder
    if not (arm.visible and _along(upper, up) > SEGMENT_UP * trunk_px):
        return False
    if math.isnan(arm.wrist.real):
        at_the_edge = height_px > 0 and arm.elbow.imag < trunk_px / 2
        return at_the_edge and _along(upper, up) > UPRIGHTNESS * abs(upper)
    fore, whole = arm.wrist - arm.elbow, arm.wrist - arm.shoulder
    bend = _along(-upper, fore / (abs(fore) or 1.0)) / (abs(upper) or 1.0)
    return (
        _along(fore, up) > SEGMENT_UP * trunk_px
        and _along(whole, up) > UPRIGHTNESS * abs(whole)
        and bend < STRAIGHT_COS
    )


def arm_raised(snapshot: Snapshot) -> bool:
    """Return whether exactly one arm is raised straight up.

    Standing and seated: along the trunk; lying: towards the ceiling, which is up in the picture.  Arms held
    forward, hands behind the head and both arms up are not it.
    """
    pose = snapshot.pose
    if not pose.detected:
        return False
    trunk_px, up = abs(trunk_of(pose)), _up(pose, snapshot.posture)
    return sum(_is_up(_arm(pose, side), up, trunk_px, pose.frame_size[1]) for side in Side) == 1


def follow_arm(state: ArmState, time_s: float, raised: bool) -> tuple[ArmState, Gesture | None]:
    """Take in whether an arm is up; return the next state and what has just been understood."""
    if not raised:
        return (ArmState() if time_s - state.seen_s > DROPOUT_S else state), None
    since = time_s if state.since_s is None else state.since_s
    state = replace(state, since_s=since, seen_s=time_s)
    if time_s - since >= END_S and state.told is not Gesture.END:
        return replace(state, told=Gesture.END), Gesture.END
    if time_s - since >= PAUSE_S and state.told is None:
        return replace(state, told=Gesture.PAUSE), Gesture.PAUSE
    return state, None


# Being still

_BODY = (11, 12, 23, 24, 25, 26, 27, 28)
Places = tuple[complex, ...]


@dataclass(frozen=True, slots=True)
class Stillness:
    """Where the joints were over the last second, and since when nothing moved.

    ``since_s`` is None while something moves or nobody is seen.
    """

    recent: tuple[tuple[float, float, Places], ...] = ()
    since_s: float | None = None

    def for_s(self, now_s: float) -> float:
        """Return for how long nothing has moved."""
        return 0.0 if self.since_s is None else now_s - self.since_s


def follow_stillness(state: Stillness, snapshot: Snapshot) -> Stillness:
    """Return the state with one more pose."""
    now, pose = snapshot.time_s, snapshot.pose
    if not pose.detected:
        lately = bool(state.recent) and now - state.recent[-1][0] <= UNSEEN_S
        return state if lately else Stillness()
    size_px = max(abs(trunk_of(pose)), TRUNK_M * body_of(pose).scale_px)
    sample = (now, size_px, tuple(_at(pose, i) for i in _BODY))
    recent = (*(s for s in state.recent if now - s[0] <= STILL_S), sample)
    still = now - recent[0][0] >= 0.5 * STILL_S and not _moved(recent)
    if not still:
        return Stillness(recent, None)
    return Stillness(recent, recent[0][0] if state.since_s is None else state.since_s)


def _moved(recent: tuple[tuple[float, float, Places], ...]) -> bool:
    """Whether a joint left its first place by more than noise; joints seen only once tell nothing."""
    first, far = recent[0][2], STILL_MOVE * recent[-1][1]
    return any(
        abs(place - start) > far
        for place, start in chain.from_iterable(
            zip(places, first, strict=True) for _, _, places in recent[1:]
        )
    )


# Being in one place


@dataclass(frozen=True, slots=True)
class Place:
    """What a posture rests on over the last second, and since when it has not gone anywhere.

    ``recent`` holds (time, trunk length, place), ``posture`` what they are of.
    """

    recent: tuple[tuple[float, float, complex], ...] = ()
    posture: Posture = Posture.UNKNOWN
    since_s: float | None = None

    def for_s(self, now_s: float) -> float:
        """For how long somebody has been in one place, whatever else moves."""
        return 0.0 if self.since_s is None else now_s - self.since_s


def follow_place(state: Place, snapshot: Snapshot) -> Place:
    """Return the state with one more pose."""
    now, pose, posture = snapshot.time_s, snapshot.pose, snapshot.posture
    at = _rests_on(pose, posture)
    if cmath.isnan(at):
        lately = bool(state.recent) and now - state.recent[-1][0] <= UNSEEN_S
        return state if lately else Place()
    if posture is not state.posture:
        state = Place(posture=posture)
    size_px = max(abs(trunk_of(pose)), TRUNK_M * body_of(pose).scale_px)
    recent = (*(one for one in state.recent if now - one[0] <= PLACE_S), (now, size_px, at))
    gone = any(abs(at - place) > PLACE_MOVE * size_px for _, _, place in recent)
    since = None if gone else now if state.since_s is None else state.since_s
    return Place(recent, posture, since)


def _rests_on(pose: Pose, posture: Posture) -> complex:
    """Return where a posture rests in the picture; NaN when that is not seen."""
    if not pose.detected or posture is Posture.UNKNOWN:
        return complex(math.nan)
    left, right = (27, 28) if posture is Posture.STANDING else (11, 12)
    ends = [one for one in (_at(pose, left), _at(pose, right)) if not cmath.isnan(one)]
    return sum(ends) / len(ends) if ends else _at(pose, 23)


# Going down fast


@dataclass(frozen=True, slots=True)
class FallState:
    """How high somebody stood over the last moments, and since when they are suddenly down.

    ``stood`` holds (time, shoulder's place, trunk length), pixels; ``from_px`` and ``trunk_px`` are those of
    the height they came from.
    """

    stood: tuple[tuple[float, float, float], ...] = ()
    down_s: float | None = None
    from_px: float = math.nan
    trunk_px: float = math.nan


def follow_fall(
    state: FallState, snapshot: Snapshot, still_s: float, *, one_body: bool = True
) -> tuple[FallState, bool]:
    """Return the next state and whether somebody went from standing to the floor and has been still since.

    A body on the floor that is not recognised any more counts as still.

    Parameters
    ----------
    state : FallState
    snapshot : Snapshot
    still_s : float
        For how long nothing has moved.
    one_body : bool
        Whether one and the same body is seen, and nobody else (`formcheck.live.evidence`): a way down that
        leads from one person to another is no fall.  Afterwards others may come and help.
    """
    pose, now = snapshot.pose, snapshot.time_s
    if not one_body and (state.down_s is None or now - state.down_s <= FALL_ALONE_S):
        return FallState(), False
    if not pose.detected:
        unseen_there = state.down_s is not None and now - state.down_s >= 2 * FALL_STILL_S
        return (FallState(), True) if unseen_there else (state, False)
    shoulder = (_at(pose, 11) + _at(pose, 12)).imag / 2
    if state.down_s is None:
        return _watch_height(state, snapshot, shoulder), False
    if not shoulder - state.from_px > FALL_TRUNKS * state.trunk_px:
        return FallState(), False
    if now - state.down_s >= FALL_STILL_S and still_s >= FALL_STILL_S:
        return FallState(), True
    return state, False


def _watch_height(state: FallState, snapshot: Snapshot, shoulder_px: float) -> FallState:
    trunk, now = trunk_of(snapshot.pose), snapshot.time_s
    stood = tuple(one for one in state.stood if now - one[0] <= FALL_S)
    if stood:
        _, highest_px, trunk_px = min(stood, key=lambda one: one[1])
        if shoulder_px - highest_px > FALL_TRUNKS * trunk_px:
            return FallState((), now, highest_px, trunk_px)
    if snapshot.posture is Posture.STANDING and -trunk.imag > STANDING_COS * abs(trunk):
        stood = (*stood, (now, shoulder_px, abs(trunk)))
    return replace(state, stood=stood)

"""Counting one exercise: which signal, which leg, and the movements that come out of it.

Where the signal is the lead of one knee over the other (a march from the front) the lowest value is not
rest but the other leg's lift.  There rest is where both knees were lowest, each for itself: whoever
alternates from the first picture on never shows both feet down, and a recording may begin with a knee up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from math import isnan
from statistics import median
from typing import TypeGuard

from formcheck import reps
from formcheck.exercises.spec import Channel, Exercise, Legs, Of
from formcheck.geometry import NAN
from formcheck.kinematics import SIDES, shank_px
from formcheck.observer import Observation, sided
from formcheck.pose.conditioning import JUMPED
from formcheck.pose.skeleton import Side
from formcheck.reps import RepSpan, RepState
from formcheck.results import Phase, Posture, ViewLabel
from formcheck.view import upper_side

KEEP_S = 1.0
"""Observations this much older than the last quiet moment are forgotten."""
CALM_S = 0.04
"""Time constant of the signal that is counted from; what is reported is not averaged."""
STRAY_WINDOW = 3
"""The median of this many values lets one stray pose pass unnoticed."""
SIDE_CHANGE_S = 1.0
"""The working side or the channel changes when the new one has been seen this long."""
NEAR_SHARE = 0.4
"""A far leg that rises while the near one rises at least this share of it is dragged along by the model,
not lifted (the hidden leg followed by 40 to 100 % in rendered side views)."""
HAND_OVER_SHARE = 0.5
"""The other leg may start when the first has come back this far."""
TAKE_OVER = 1.3
"""Without a near side the leg that rises this much more than the other is the one that lifts."""
MOST_SAMPLES = 3600
"""Of a movement longer than this many frames (2 minutes at 30 a second) every second is kept, but for ..."""
EDGE_SAMPLES = 450
"""... this many at its beginning and end (15 s)."""
UNSURE_KEEP_S = 20.0
"""So long the frames are kept in which rest is not yet certain: a movement may have begun before them."""


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One observation and the value of the counting signal in it (NaN = not measurable)."""

    observation: Observation
    value: float


@dataclass(frozen=True, slots=True, eq=False)
class Movement:
    """A movement away from rest and back, with everything observed during it."""

    span: RepSpan
    channel: Channel
    side: Side | None
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True, eq=False)
class GivenUp:
    """A movement of the size of a repetition that is none, and why (`formcheck.reps`)."""

    movement: Movement
    reason: str


@dataclass(frozen=True, slots=True)
class Progress:
    """Where one counted leg (or both together) is in its repetition, for those who judge it.

    ``near_rest``: at rest or passing it; ``still``: hardly moving there; ``rise``: how far the signal lies
    above rest.
    """

    side: Side | None
    phase: Phase
    moving: bool
    near_rest: bool
    still: bool
    rise: float


@dataclass(slots=True)
class _Track:
    """One signal being followed: its machine and the observations since it last was at rest."""

    channel: Channel
    side: Side | None
    state: RepState = field(default_factory=RepState)
    samples: list[Sample] = field(default_factory=list)
    recent: list[float] = field(default_factory=list)
    calm: float = NAN
    given_up: list[GivenUp] = field(default_factory=list)
    cut: bool = False

    def take(self, observation: Observation, value: float) -> Movement | None:
        if observation.reason == JUMPED:
            self.state, self.recent, self.calm = reps.afresh(self.state), [], NAN
        if observation.pose.cut:
            self.cut, self.recent = True, []
        ended = self._join(observation.time_s, value) if self.cut and not isnan(value) else None
        self.samples.append(Sample(observation, value))
        self.calm = self._calmed(observation.time_s, value)
        self.state, span = reps.advance(self.state, self.channel.cycle, observation.time_s, self.calm)
        movement = self._movement(span) if span is not None else None
        self._note(self.state.given_up)
        self._trim(observation.time_s)
        return ended or movement

    def _calmed(self, time_s: float, value: float) -> float:
        """Return what the machine counts from: averaged over `CALM_S`, without single stray values."""
        self.recent = [*self.recent, value][-STRAY_WINDOW:]
        if not any(isnan(one) for one in self.recent):
            value = median(self.recent)
        share = 1.0 - math.exp((self.state.time_s - time_s) / CALM_S)
        calmed = self.calm + share * (value - self.calm)
        return value if isnan(calmed) else calmed

    def _join(self, time_s: float, value: float) -> Movement | None:
        """After a cut go on where the signal does, as where only the camera changed; else forget all.

        A movement in the middle of the cut is given up then; one that had come back when the take ended is
        returned, as at the end of a recording.
        """
        state, self.cut = self.state, False
        expected = state.value + state.speed * (time_s - state.time_s)
        if abs(value - expected) <= reps.START_SHARE * self.channel.cycle.min_excursion:
            return None
        span = reps.finish(state, self.channel.cycle)
        ended = None if span is None else self._movement(span)
        self.state = reps.broken_off(state, self.channel.cycle)
        if span is None:
            self._note(self.state.given_up)
        self.state = self.state._replace(given_up=None)
        self.samples, self.recent, self.calm = [], [], NAN
        return ended

    def _note(self, given_up: tuple[RepSpan, str] | None) -> None:
        if given_up is not None:
            self.given_up.append(GivenUp(self._movement(given_up[0]), given_up[1]))

    def close(self) -> Movement | None:
        """Return the movement that had come back when the recording ended.

        The last pictures count as they are: a window's delay is two tenths of a second at 10 a second.
        """
        if len(self.recent) == STRAY_WINDOW and not isnan(self.recent[-1] + self.recent[-2]):
            self.state = reps.fallen(self.state, (self.recent[-1] + self.recent[-2]) / 2.0)
        span = reps.finish(self.state, self.channel.cycle)
        self._note(reps.unfinished(self.state, self.channel.cycle))
        return self._movement(span) if span is not None else None

    def reset(self) -> None:
        self.state, self.samples = RepState(own=self.state.own), []
        self.recent, self.calm = [], NAN

    def hold(self, level: float) -> None:
        """Be at rest on this level, whatever was seen."""
        self.state = self.state._replace(rest=level)
        self.recent, self.calm = [level] * STRAY_WINDOW, level

    def assume(self, level: float) -> None:
        """Take this level for rest while rest is not certain."""
        state = self.state
        if not isnan(level) and state.rest_known and not state.sure:
            self.state = state._replace(base=level) if state.moving else state._replace(rest=level)

    def give_up(self) -> None:
        """Take back that a movement has begun."""
        self.state = self.state._replace(phase=Phase.REST, rest=self.state.base)

    def rise(self, value: float) -> float:
        """Return how far the value lies above rest (above the start while moving)."""
        return value - (self.state.base if self.state.moving else self.state.rest)

    def progress(self) -> Progress:
        state = self.state
        seen = bool(self.samples) and not isnan(self.samples[-1].value)
        near_rest = seen and not state.moving and state.quiet_s == state.time_s
        still = near_rest and state.still_since_s is not None
        return Progress(self.side, state.phase, state.moving, near_rest, still, self.rise(state.value))

    def _movement(self, span: RepSpan) -> Movement:
        inside = tuple(
            s for s in self.samples if span.start_s - KEEP_S <= s.observation.time_s <= span.end_s + KEEP_S
        )
        return Movement(span, self.channel, self.side, inside)

    def _trim(self, now_s: float) -> None:
        state = self.state
        since = state.start_s if state.moving else state.quiet_s if state.rest_known else now_s
        was_out = not state.highest - state.rest < self.channel.cycle.min_excursion
        if not state.sure and was_out:
            since = max(min(since, state.since_s), now_s - UNSURE_KEEP_S)
        if len(self.samples) > MOST_SAMPLES:
            self.samples[EDGE_SAMPLES:-EDGE_SAMPLES] = self.samples[EDGE_SAMPLES:-EDGE_SAMPLES:2]
        if self.samples[0].observation.time_s < since - 2 * KEEP_S:
            self.samples = [s for s in self.samples if s.observation.time_s >= since - KEEP_S]


class Counter:
    """Finds the movements of one exercise in a stream of observations.

    Parameters
    ----------
    exercise : Exercise
    only : Side | None
        Count this side only, where the exercise has a working side.
    """

    def __init__(self, exercise: Exercise, only: Side | None = None) -> None:
        self.exercise = exercise
        self._only = only
        sides: tuple[Side | None, ...] = tuple(Side) if exercise.legs is Legs.EACH else (None,)
        self._tracks = [_Track(exercise.channels[0], side) for side in sides]
        self._wish: tuple[object, float] | None = None
        self._lows: dict[Side, float] = {}
        self._lows_in = Posture.UNKNOWN

    @property
    def phase(self) -> Phase:
        """The phase of the movement in progress."""
        return self._leading().state.phase

    @property
    def working_side(self) -> Side | None:
        """The side of the movement in progress, or the one that works in this set."""
        track = self._leading()
        return track.side if track.state.moving or self.exercise.legs is Legs.UPPER else None

    @property
    def signal(self) -> float:
        """The latest value of the leading signal, NaN when it could not be measured."""
        samples = self._leading().samples
        return samples[-1].value if samples else NAN

    @property
    def open_excursion(self) -> bool:
        """Whether a movement of at least the minimum excursion is in progress."""
        return any(
            t.state.moving and t.state.peak - t.state.base >= t.channel.cycle.min_excursion
            for t in self._tracks
        )

    def step(self, observation: Observation) -> list[Movement]:
        """Take one observation in; return the movements that ended with it."""
        self._choose(observation)
        values = [self._value(track, observation) for track in self._tracks]
        if self.exercise.legs is Legs.EACH:
            self._learn_rest(observation, values)
            values = self._one_leg_at_a_time(values, observation.camera_side)
        movements = (
            track.take(observation, value) for track, value in zip(self._tracks, values, strict=True)
        )
        return [movement for movement in movements if self._wanted(movement)]

    def given_up(self) -> list[GivenUp]:
        """Return, once, the movements of full size that were given up since the last call."""
        found = [one for track in self._tracks for one in track.given_up if self._wanted(one.movement)]
        for track in self._tracks:
            track.given_up = []
        return found

    def _learn_rest(self, observation: Observation, values: list[float]) -> None:
        """Where one knee's lead is counted, take for rest what both knees' lowest positions make it.

        Each knee's own lowest place in the picture since nothing was known or the posture changed (hips and
        trunk move with every lift, planted feet do not); certain once both were still and level, or a lift
        was seen from beginning to end.
        """
        body = observation.body
        unsure = [track for track in self._tracks if not track.state.sure]
        if not unsure or body is None or any(isnan(value) for value in values):
            return
        if observation.posture is not self._lows_in or not any(t.state.rest_known for t in self._tracks):
            self._lows, self._lows_in = {}, observation.posture
        for side in Side:
            self._lows[side] = max(self._lows.get(side, -math.inf), body.image[SIDES[side].knee].imag)
        for track in unsure:
            if track.channel.of is Of.WORKING_OVER_OTHER and track.side is not None:
                lead_px = self._lows[track.side.other] - self._lows[track.side]
                track.assume(lead_px / shank_px(body))

    def settle(self, since_s: float) -> None:
        """Take it for rest where somebody is now, unless a movement has begun since this time."""
        for track in self._tracks:
            if track.state.moving and track.state.start_s < since_s:
                track.state = reps.settled(track.state, track.channel.cycle)

    def progress(self) -> list[Progress]:
        """Return where each counted leg is after the last observation."""
        return [track.progress() for track in self._tracks]

    def close(self) -> list[Movement]:
        """Return the movements in progress that had come back when the recording ended."""
        return [movement for track in self._tracks if self._wanted(movement := track.close())]

    def _wanted(self, movement: Movement | None) -> TypeGuard[Movement]:
        """Whether there is a movement, of the side that is counted."""
        return movement is not None and (self._only is None or movement.side in (None, self._only))

    def _leading(self) -> _Track:
        return next((track for track in self._tracks if track.state.moving), self._tracks[0])

    def _choose(self, observation: Observation) -> None:
        """Change channel or working side, at rest and only when the new one lasts."""
        if observation.posture not in self.exercise.postures:
            return
        first = self._tracks[0]
        upper = self.exercise.legs is Legs.UPPER
        side = upper_side(observation.axes) if upper else first.side
        wish = (self._channel(observation.label), side)
        if wish == (first.channel, first.side):
            self._wish = None
            return
        if self._wish is None or self._wish[0] != wish:
            self._wish = (wish, observation.time_s)
        waited = observation.time_s - self._wish[1]
        fresh = not any(track.state.sure or track.state.moving for track in self._tracks)
        at_rest = not any(track.state.moving for track in self._tracks)
        if fresh or (waited >= SIDE_CHANGE_S and at_rest):
            for track in self._tracks:
                track.channel = wish[0]
                track.side = side if upper else track.side
                track.reset()

    def _channel(self, label: ViewLabel) -> Channel:
        fitting = (channel for channel in self.exercise.channels if label in channel.views)
        return next(fitting, self._tracks[0].channel)

    def _value(self, track: _Track, observation: Observation) -> float:
        unusable = not any(observation.label in channel.views for channel in self.exercise.channels)
        if unusable or observation.posture not in self.exercise.postures:
            return NAN
        return value_of(track.channel.measure, track.channel.of, observation, track.side)

    def _one_leg_at_a_time(self, values: list[float], near: Side | None) -> list[float]:
        """Hold back the leg that only seems to move (`NEAR_SHARE`), or to sink while the other rises."""
        for i, track in enumerate(self._tracks):
            other = self._tracks[1 - i]
            if self._dragged(track, values[i], other, values[1 - i], near):
                track.give_up()
            going = track.state.moving or (other.state.moving and track.state.rest_known)
            if track.channel.of is Of.WORKING_OVER_OTHER and going:
                values[i] = max(values[i], track.state.base if track.state.moving else track.state.rest)
            if self._held_back(track, values[i], other, values[1 - i], near):
                values[i] = _floor(track, values[i], other, values[1 - i])
                track.hold(values[i])
        return values

    def _dragged(
        self, track: _Track, value: float, other: _Track, other_value: float, near: Side | None
    ) -> bool:
        """Whether a hidden leg on its way out only follows the near one, which rises as well."""
        hidden = near is not None and track.side is not near and track.channel.of is Of.WORKING
        going_out = track.state.moving and track.state.phase is not Phase.RETURN
        return (
            hidden
            and going_out
            and other.rise(other_value)
            > max(NEAR_SHARE * track.rise(value), reps.start_threshold(other.state, other.channel.cycle))
        )

    def _held_back(
        self, track: _Track, value: float, other: _Track, other_value: float, near: Side | None
    ) -> bool:
        if track.state.moving or not track.state.rest_known or not other.state.rest_known:
            return False
        rise, other_rise = track.rise(value), other.rise(other_value)
        if other.state.moving and track.channel.of is Of.WORKING_OVER_OTHER:
            return not rise > reps.start_threshold(track.state, track.channel.cycle)
        if track.side is near:
            return False
        if other.state.moving:
            back = other_rise < HAND_OVER_SHARE * (other.state.peak - other.state.base)
            return not (other.state.phase is Phase.RETURN and back)
        if near is not None:
            return other_rise > NEAR_SHARE * rise
        return other_rise > rise


def _floor(track: _Track, value: float, other: _Track, other_value: float) -> float:
    """Return the rest level of a leg held back: dragged along it comes down again with the other."""
    state = other.state
    turned = state.moving and other_value < state.peak - reps.TURN_SHARE * (state.peak - state.base)
    coming_back = turned or state.phase is Phase.RETURN
    return value if coming_back and value > track.state.rest else track.state.rest


def value_of(measure: str, of: Of, observation: Observation, side: Side | None) -> float:
    """Return a measure of the observation on the side that `of` asks for; NaN when not measurable."""
    values = observation.values
    match of:
        case Of.BODY:
            return values[measure]
        case Of.NEAR:
            return sided(values, measure, observation.camera_side)
        case Of.WORKING:
            return sided(values, measure, side)
        case Of.WORKING_OVER_OTHER:
            return NAN if side is None else values[measure] * (1.0 if side is Side.LEFT else -1.0)
    left, right = values[f"left_{measure}"], values[f"right_{measure}"]
    if isnan(left) or isnan(right):
        return NAN
    return min(left, right) if of is Of.BOTH_MIN else abs(left - right)

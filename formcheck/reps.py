"""Repetitions: one causal state machine with hysteresis for every exercise.

The machine sees one number per pose that grows as the movement leaves rest (knee flexion in a squat,
hip height in a bridge, ...).  It knows nothing of frames or exercises: time comes with the values, the
numbers that decide stand in a `RepCycle`.  `advance` is a pure function; NaN freezes the state.

Rest is learned in hindsight.  The first values may lie in the middle of a repetition, and somebody who never
pauses is never still.  Until rest is certain (`RepState.sure`) it is the lowest value seen so far, within the
threshold that tells a movement: it follows the signal down, and the turning point below a movement is where
the next one leaves from.  A movement that left from such a level and then falls far below it had begun before
anything was seen; it is given up (`RepState.given_up`) and not counted, the ones after it are.

A repetition has no longest duration: what is held is still under way.  A new posture is told from a hold by
what comes next: a whole excursion on top of a level that was held begins a repetition from that level.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from math import isnan
from typing import NamedTuple

from formcheck.geometry import NAN
from formcheck.results import Phase


@dataclass(frozen=True, slots=True)
class RepCycle:
    """How an exercise's signal moves.

    Attributes
    ----------
    min_excursion : float
        Smallest excursion of a complete repetition, in the signal's unit; half of it is a partial one.
    rest_low, rest_high : float
        Values between which rest may lie; outside nothing begins.
    min_time_s : float
        A shorter repetition is none; there is no longest.
    still_per_s : float
        Drifting less than this a second is still; 0 = `STILL_SHARE` of the minimum excursion.
    still_within : float
        Being still makes rest certain so near 0; farther off it may be the other leg, held up.
    source : str
        Where the numbers come from.
    """

    min_excursion: float
    rest_low: float
    rest_high: float
    min_time_s: float
    still_per_s: float = 0.0
    still_within: float = math.inf
    source: str = ""

    @property
    def still(self) -> float:
        """The drift below which the signal is still, per second."""
        return self.still_per_s or STILL_SHARE * self.min_excursion


PARTIAL_SHARE = 0.5
"""A partial repetition moves at least this share of the minimum excursion (product definition)."""
RETURN_SHARE = 0.6
"""A repetition has come back when it returned by this share of its excursion (product definition)."""
START_SHARE = 0.25
"""Leaving rest: this share of the minimum excursion ..."""
START_SHARE_OF_OWN = 0.12
"""... or of the person's own usual excursion, ..."""
NOISE_FACTOR = 5.0
"""... or this many times the mean deviation while at rest (4 standard deviations)."""
NOISE_TIME_S = 1.0
TURN_SHARE = 0.12
"""A change of direction counts when it exceeds this share of the excursion (shaky top)."""
HOME_SHARE = 0.15
"""Back at rest: within this share of the excursion and slow, ..."""
HOME_S = 0.15
"""... or below where it began after this long within it: one stray pose ends nothing."""
HOME_SPEED_SHARE, HOME_DRIFT_SHARE = 0.15, 0.18
"""Slow: speed and drift below these shares of the repetition's fastest return."""
SLOW_SHARE = 0.1
"""Turning: below this share of the fastest way out (only shown, decides nothing)."""
STILL_SHARE = 0.2
"""Still: drifting less than this share of the minimum excursion per second."""
SETTLED_S = 0.3
"""Having come back and been still this long ends a repetition short of rest."""
STUCK_S = 4.0
"""Still for this long after less than a complete excursion: a change of posture, not a repetition.  After a
complete one it is a hold, or a posture that the next repetition leaves from."""
SURE_S = 0.3
"""Rest is certain when the signal was still there this long (as long as a movement takes to settle)."""
GAP_S = 2.0
"""A longer gap in the signal forgets the repetition in progress."""
FIDGET_S = 0.7
"""The same for less than a partial excursion."""
SPEED_TIME_S, DRIFT_TIME_S = 0.06, 0.25
"""Time constants of the speed and of the slower drift, from which stillness is told."""
REST_DOWN_S, REST_UP_S = 0.15, 0.8
"""Time constants with which the rest level follows the signal down, and (when still) up."""
OWN_EXCURSIONS = 3
"""The person's usual excursion is the median of this many last repetitions ..."""
OWN_BOUNDS = (1.0, 4.0)
"""... within these multiples of the minimum excursion."""


BEGINNING_UNSEEN = "its beginning was not seen"
END_UNSEEN = "the recording ends before it came back"
LOST = "the body was out of sight for too long on the way"
STAYED = "it did not come back: the position changed"
TOO_QUICK = "it was over too quickly"
CUT = "the recording is cut in the middle of it"
"""Why a movement of the size of a repetition was given up, in words that finish "not counted: ..."."""


@dataclass(frozen=True, slots=True)
class RepSpan:
    """A finished movement away from rest and back.

    ``base`` is the value it left from, ``excursion`` how far it went beyond, both in the signal's unit.
    ``begun``: its very beginning was seen; else rest is what was found after it.
    """

    start_s: float
    peak_s: float
    end_s: float
    base: float
    peak: float
    excursion: float
    complete: bool
    begun: bool = True


class RepState(NamedTuple):
    """What the machine remembers; NaN and None where nothing is known yet.

    ``sure``: rest was seen for certain, not only assumed from the lowest value so far.  ``left_from``: where
    the signal was seen to leave from; the base is moved where rest is learned later.  ``highest`` and
    ``highest_s``: where the signal was at most while rest was not yet certain, since ``since_s``;
    ``lowest``: where it was at least, and ``before`` the same until it was highest.  ``held`` and ``held_s``:
    the level at which a movement under way was last still for long, and when.  ``given_up``: the movement
    that this very step gave up, with the reason.
    """

    phase: Phase = Phase.REST
    time_s: float = NAN
    value: float = NAN
    speed: float = 0.0
    drift: float = 0.0
    rest: float = NAN
    quiet_s: float = NAN
    base: float = NAN
    start_s: float = NAN
    peak: float = NAN
    peak_s: float = NAN
    low: float = NAN
    low_s: float = NAN
    fastest_out: float = 0.0
    fastest_return: float = 0.0
    still_since_s: float | None = None
    home_since_s: float | None = None
    own: tuple[float, ...] = ()
    noise: float = 0.0
    sure: bool = False
    left_from: float = NAN
    lowest: float = NAN
    before: float = NAN
    highest: float = NAN
    highest_s: float = NAN
    since_s: float = NAN
    held: float = NAN
    held_s: float = NAN
    given_up: tuple[RepSpan, str] | None = None

    @property
    def rest_known(self) -> bool:
        """Whether the person has been seen at rest."""
        return not isnan(self.rest)

    @property
    def moving(self) -> bool:
        """Whether a repetition is in progress."""
        return self.phase is not Phase.REST


def start_threshold(state: RepState, cycle: RepCycle) -> float:
    """Return how far above rest the signal must rise to have left it."""
    own = sorted(state.own)[len(state.own) // 2] if state.own else 0.0
    bounded = min(own, OWN_BOUNDS[1] * cycle.min_excursion)
    noise = min(NOISE_FACTOR * state.noise, PARTIAL_SHARE * cycle.min_excursion)
    return max(START_SHARE * cycle.min_excursion, START_SHARE_OF_OWN * bounded, noise)


def advance(state: RepState, cycle: RepCycle, time_s: float, value: float) -> tuple[RepState, RepSpan | None]:
    """Take one value in; return the next state and the movement that ended with it, if any.

    Parameters
    ----------
    state : RepState
    cycle : RepCycle
    time_s : float
        Later than the state's time.
    value : float
        The signal, growing away from rest; NaN = not measurable, freezes the state for up to `GAP_S`.
    """
    if state.given_up is not None:
        state = state._replace(given_up=None)
    if isnan(value):
        return (_forget(state, cycle, LOST) if time_s - state.time_s > GAP_S else state), None
    if not time_s - state.time_s <= GAP_S:
        state = _forget(state, cycle, LOST)
    dt_s = min(GAP_S, time_s - state.time_s) if not isnan(state.time_s) else 0.0
    state = _follow_speed(state, cycle, time_s, value)
    if state.phase is Phase.REST:
        return _at_rest(state, cycle, dt_s)
    return _under_way(state, cycle)


def finish(state: RepState, cycle: RepCycle) -> RepSpan | None:
    """Return the movement in progress at the end of a recording, if it had come back."""
    came_back = state.moving and _returned(state) and not _begun_before(state)
    return _span(state, cycle) if came_back else None


def unfinished(state: RepState, cycle: RepCycle) -> tuple[RepSpan, str] | None:
    """Return the movement of full size that the end of a recording leaves uncounted, and why."""
    if not state.moving or finish(state, cycle) is not None:
        return None
    return _given_up(state, cycle, BEGINNING_UNSEEN if _begun_before(state) else END_UNSEEN).given_up


def afresh(state: RepState) -> RepState:
    """Return the state without what was seen of the signal, unless rest is known: it was another pose."""
    return state if state.sure or state.moving else _blank(state)


def fallen(state: RepState, value: float) -> RepState:
    """Return the state of a movement that is known to have come back to this value already."""
    if not state.moving or not value < state.low:
        return state
    return state._replace(low=value, low_s=state.time_s)


def broken_off(state: RepState, cycle: RepCycle) -> RepState:
    """Return the state that knows nothing any more: what comes is another picture of another moment."""
    return _forget(state, cycle, CUT)


def settled(state: RepState, cycle: RepCycle) -> RepState:
    """Return the state at rest where the signal is now: what seemed to be under way is none."""
    return _rest_at(state, state.value, cycle)


def _blank(state: RepState) -> RepState:
    return RepState(own=state.own, noise=state.noise)


def _forget(state: RepState, cycle: RepCycle, why: str) -> RepState:
    """Return a blank state; a movement of full size that was under way is given up."""
    given_up = _given_up(state, cycle, why).given_up if state.moving else None
    return _blank(state)._replace(given_up=given_up)


def _given_up(state: RepState, cycle: RepCycle, why: str) -> RepState:
    """Return the state with the movement under way given up, where it had the size of a repetition."""
    span = _as_span(state, cycle, max(state.time_s, state.low_s))
    return state._replace(given_up=(span, why)) if span.complete else state


def _follow_speed(state: RepState, cycle: RepCycle, time_s: float, value: float) -> RepState:
    dt = time_s - state.time_s
    speed = drift = 0.0
    if not isnan(dt) and dt > 0:
        now = (value - state.value) / dt
        speed = state.speed + (1.0 - math.exp(-dt / SPEED_TIME_S)) * (now - state.speed)
        drift = state.drift + (1.0 - math.exp(-dt / DRIFT_TIME_S)) * (now - state.drift)
    still = abs(drift) < cycle.still
    since = (state.still_since_s if state.still_since_s is not None else time_s) if still else None
    return state._replace(time_s=time_s, value=value, speed=speed, drift=drift, still_since_s=since)


def _at_rest(state: RepState, cycle: RepCycle, dt_s: float) -> tuple[RepState, RepSpan | None]:
    if not state.sure:
        state = _follow_highest(state)
    if not state.rest_known:
        if not cycle.rest_low <= state.value <= cycle.rest_high:
            return state, None
        return state._replace(rest=state.value, quiet_s=state.time_s), None
    rise = state.value - state.rest
    threshold = start_threshold(state, cycle)
    if rise > threshold:
        state, span = _before_rest(state, cycle)
        return _leave(state, state.rest, state.quiet_s), span
    rest = _follow_rest(state, rise, threshold, dt_s)
    if not cycle.rest_low <= rest <= cycle.rest_high:
        return _blank(state), None
    quiet = state.time_s if rise < threshold / 3 else state.quiet_s
    share = 1.0 - math.exp(-dt_s / NOISE_TIME_S)
    state = state._replace(rest=rest, quiet_s=quiet, noise=state.noise + share * (abs(rise) - state.noise))
    if state.sure or abs(state.value) > cycle.still_within or _still_s(state) < SURE_S:
        return state, None
    state, span = _before_rest(state, cycle)
    return state._replace(sure=True), span


def _follow_highest(state: RepState) -> RepState:
    """Remember how far out the signal was before rest was found, and how far in before that."""
    if isnan(state.highest):
        value = state.value
        since_s = state.time_s
        return state._replace(lowest=value, before=value, highest=value, highest_s=since_s, since_s=since_s)
    state = state._replace(lowest=min(state.lowest, state.value))
    if state.value > state.highest:
        state = state._replace(highest=state.value, highest_s=state.time_s, before=state.lowest)
    return state


def _before_rest(state: RepState, cycle: RepCycle) -> tuple[RepState, RepSpan | None]:
    """Return the movement that rest was found after: it counts when enough of its way out was seen.

    Of less nobody knows where it began: it is given up.
    """
    excursion = state.highest - state.rest
    if state.sure or not excursion >= cycle.min_excursion:
        return state, None
    span = RepSpan(
        start_s=state.since_s,
        peak_s=state.highest_s,
        end_s=max(state.quiet_s, state.highest_s),
        base=state.rest,
        peak=state.highest,
        excursion=excursion,
        complete=True,
        begun=False,
    )
    state = state._replace(highest=NAN)
    lasted = span.end_s - span.start_s >= cycle.min_time_s
    if lasted and state.highest_s > state.since_s and span.peak - state.before >= RETURN_SHARE * excursion:
        return state, span
    return state._replace(given_up=(span, BEGINNING_UNSEEN)), None


def _still_s(state: RepState) -> float:
    return 0.0 if state.still_since_s is None else state.time_s - state.still_since_s


def _follow_rest(state: RepState, rise: float, threshold: float, dt_s: float) -> float:
    """Return the rest level drawn toward the signal: quickly down, slowly up and only when still.

    While rest is not certain it stays within the threshold of a signal that falls: that comes back from
    somewhere.
    """
    if rise < 0:
        rest = state.rest + (1.0 - math.exp(-dt_s / REST_DOWN_S)) * rise
        return rest if state.sure else min(rest, state.value + threshold)
    if state.still_since_s is None:
        return state.rest
    return state.rest + (1.0 - math.exp(-dt_s / REST_UP_S)) * rise


def _leave(state: RepState, base: float, start_s: float) -> RepState:
    return state._replace(
        phase=Phase.OUTBOUND,
        base=base,
        left_from=base,
        start_s=start_s,
        peak=state.value,
        peak_s=state.time_s,
        low=state.value,
        low_s=state.time_s,
        fastest_out=max(state.speed, 0.0),
        fastest_return=0.0,
        home_since_s=None,
        held=NAN,
        held_s=NAN,
    )


def _under_way(state: RepState, cycle: RepCycle) -> tuple[RepState, RepSpan | None]:
    state = _follow_home(_follow_extremes(state))
    if _stuck(state, cycle):
        return _rest_at(state, state.value, cycle), None
    if _begun_before(state):
        resting = _rest_at(state, state.value, cycle)._replace(sure=False, highest=state.peak)
        return resting._replace(
            highest_s=state.peak_s, since_s=state.start_s, before=state.left_from, lowest=state.value
        ), None
    if _still_s(state) > STUCK_S:
        state = state._replace(held=state.value, held_s=state.time_s)
    elif state.value - state.held > cycle.min_excursion:
        state = _given_up(state._replace(low_s=state.held_s), cycle, STAYED)
        state = _leave(state, state.held, state.held_s)._replace(sure=True)
    if _returned(state) and _ended(state, cycle):
        span = _span(state, cycle)
        if span is None:
            state = _given_up(state, cycle, TOO_QUICK)
        own = state.own
        if span is not None and span.complete:
            own = (*own, span.excursion)[-OWN_EXCURSIONS:]
        state = state._replace(own=own, sure=True, highest=NAN)
        if _turned_out_again(state, cycle):
            return _leave(state, state.low, state.low_s), span
        return _rest_at(state, state.low, cycle), span
    return state._replace(phase=_phase(state, cycle)), None


def _follow_extremes(state: RepState) -> RepState:
    """Update peak, lowest value since the peak, and the fastest speeds."""
    if state.value >= state.peak:
        return state._replace(
            peak=state.value,
            peak_s=state.time_s,
            low=state.value,
            low_s=state.time_s,
            fastest_out=max(state.fastest_out, state.speed),
            fastest_return=0.0,
        )
    fastest = max(state.fastest_return, -state.speed)
    if state.value < state.low:
        return state._replace(low=state.value, low_s=state.time_s, fastest_return=fastest)
    return state._replace(fastest_return=fastest)


def _follow_home(state: RepState) -> RepState:
    """Note since when the signal has been back near rest."""
    away = state.value - state.base > HOME_SHARE * (state.peak - state.base)
    if away:
        return state if state.home_since_s is None else state._replace(home_since_s=None)
    return state if state.home_since_s is not None else state._replace(home_since_s=state.time_s)


def _returned(state: RepState) -> bool:
    return state.peak - state.low >= RETURN_SHARE * (state.peak - state.base)


def _begun_before(state: RepState) -> bool:
    """Whether what was seen of the way out is less than what must be seen of the way back.

    Only where the level it left from was not known to be rest.
    """
    return not state.sure and state.peak - state.left_from < RETURN_SHARE * (state.peak - state.low)


def _turned_out_again(state: RepState, cycle: RepCycle) -> bool:
    excursion = state.peak - state.base
    return state.value - state.low > max(TURN_SHARE * excursion, start_threshold(state, cycle))


def _ended(state: RepState, cycle: RepCycle) -> bool:
    excursion = state.peak - state.base
    above = state.value - state.base
    slow = (
        abs(state.speed) < HOME_SPEED_SHARE * state.fastest_return
        and abs(state.drift) < HOME_DRIFT_SHARE * state.fastest_return
    )
    since_s = math.inf if state.home_since_s is None else state.home_since_s
    below = state.sure and above <= 0.0 and state.time_s - since_s >= HOME_S
    home = below or (above < HOME_SHARE * excursion and slow)
    settled = state.still_since_s is not None and state.time_s - state.still_since_s >= SETTLED_S
    return home or settled or _turned_out_again(state, cycle)


def _stuck(state: RepState, cycle: RepCycle) -> bool:
    """Whether the person has come to rest elsewhere without having done anything that counts."""
    still_s = _still_s(state)
    excursion = state.peak - state.base
    if excursion < PARTIAL_SHARE * cycle.min_excursion:
        return still_s > FIDGET_S
    return still_s > STUCK_S and excursion < cycle.min_excursion


def _rest_at(state: RepState, level: float, cycle: RepCycle) -> RepState:
    """Return the state at rest on this level, or knowing no rest when the level cannot be one."""
    known = cycle.rest_low <= level <= cycle.rest_high
    return state._replace(
        phase=Phase.REST,
        rest=level if known else NAN,
        quiet_s=state.time_s if known else NAN,
    )


def _span(state: RepState, cycle: RepCycle) -> RepSpan | None:
    """Return the movement as a record, None when it was too small or too short to be a repetition."""
    excursion = state.peak - state.base
    least = max(PARTIAL_SHARE * cycle.min_excursion, start_threshold(state, cycle))
    if excursion < least or state.low_s - state.start_s < cycle.min_time_s:
        return None
    return _as_span(state, cycle, state.low_s)


def _as_span(state: RepState, cycle: RepCycle, end_s: float) -> RepSpan:
    excursion = state.peak - state.base
    return RepSpan(
        start_s=state.start_s,
        peak_s=state.peak_s,
        end_s=end_s,
        base=state.base,
        peak=state.peak,
        excursion=excursion,
        complete=excursion >= cycle.min_excursion,
    )


def _phase(state: RepState, cycle: RepCycle) -> Phase:
    """Return the phase to show while a repetition is in progress."""
    excursion = state.peak - state.base
    fallen = state.peak - state.value
    slow = abs(state.speed) < SLOW_SHARE * max(state.fastest_out, cycle.still)
    if fallen > TURN_SHARE * excursion:
        rising = state.value - state.low > max(TURN_SHARE * excursion, start_threshold(state, cycle) / 2)
        return Phase.OUTBOUND if rising else Phase.RETURN
    turning = state.speed < 0 and state.phase is Phase.END_RANGE
    return Phase.END_RANGE if slow or turning else Phase.OUTBOUND

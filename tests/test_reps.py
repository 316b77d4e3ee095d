"""The state machine, told step by step: one number per moment, rest is 0, 30 makes a repetition."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from formcheck import reps
from formcheck.reps import RepCycle, RepSpan, RepState, advance, finish, start_threshold
from formcheck.results import Phase

CYCLE = RepCycle(min_excursion=30.0, rest_low=-20.0, rest_high=45.0, min_time_s=0.6)
NAN = float("nan")
Way = list[tuple[float, float]]
"""(seconds from the last point, value there), joined smoothly as a limb moves."""


def told(way: Way, start: float = 0.0, rate_hz: float = 30.0) -> list[tuple[float, float]]:
    """Return (time, value) along a way, by minimum jerk between its points."""
    ends = np.cumsum([0.0, *(length for length, _ in way)])
    levels = [start, *(level for _, level in way)]
    times = np.arange(0.0, ends[-1] + 1e-9, 1 / rate_hz)
    values = np.full_like(times, start)
    for (a, b), (low, high) in zip(pairwise(ends), pairwise(levels), strict=True):
        u = np.clip((times - a) / max(b - a, 1e-9), 0, 1)
        inside = times >= a
        values[inside] = (low + (high - low) * u**3 * (10 - 15 * u + 6 * u * u))[inside]
    return list(zip(times.tolist(), values.tolist(), strict=True))


def watch(moments: list[tuple[float, float]], cycle: RepCycle = CYCLE) -> tuple[RepState, list[RepSpan]]:
    """Feed the moments to a fresh machine; return its last state and what it found."""
    state, found = RepState(), []
    for time_s, value in moments:
        state, span = advance(state, cycle, time_s, value)
        if span is not None:
            found.append(span)
    return state, found


def spans(way: Way, cycle: RepCycle = CYCLE, **more: float) -> list[RepSpan]:
    return watch(told(way, **more), cycle)[1]


def kinds(way: Way, **more: float) -> str:
    """Return one letter for each repetition found: C complete, p partial."""
    return "".join("C" if span.complete else "p" for span in spans(way, **more))


def there_and_back(peak: float, out_s: float = 1.2, hold_s: float = 0.3, back_s: float = 1.2) -> Way:
    return [(out_s, peak), (hold_s, peak), (back_s, 0.0)]


REST: Way = [(1.0, 0.0)]


# --- one repetition, phase by phase -----------------------------------------------------------------


def test_a_repetition_step_by_step():
    moments = told([*REST, *there_and_back(60.0), *REST])
    state, phases, found = RepState(), [], []
    for time_s, value in moments:
        state, span = advance(state, CYCLE, time_s, value)
        if not phases or phases[-1] is not state.phase:
            phases.append(state.phase)
        if span is not None:
            found.append((time_s, span))
    assert phases == [Phase.REST, Phase.OUTBOUND, Phase.END_RANGE, Phase.RETURN, Phase.REST]
    [(known_s, span)] = found
    assert span.complete
    assert span.start_s == pytest.approx(1.2, abs=0.25)
    assert 2.2 <= span.peak_s <= 2.55
    assert span.end_s == pytest.approx(3.6, abs=0.25)
    assert known_s <= 3.8  # told when it happens, not seconds later
    assert (span.base, span.peak, span.excursion) == pytest.approx((0, 60, 60), abs=1)


def test_nothing_is_known_before_the_first_still_moment():
    state = RepState()
    assert not state.rest_known
    assert not state.moving
    state, _ = advance(state, CYCLE, 0.0, 10.0)
    for i in range(1, 10):
        state, _ = advance(state, CYCLE, i / 30, 10.0)
    assert state.rest_known
    assert state.rest == pytest.approx(10.0)


def test_rest_outside_its_bounds_is_no_rest():
    """Somebody who sits from the start (knees at 90) does not squat by standing up and sitting down."""
    assert kinds([(1, 90), (1.5, 5), (1.5, 90), (1, 90)], start=90.0) == ""


def test_a_set_that_starts_at_once():
    assert kinds([*there_and_back(60), *REST, *there_and_back(60), *REST]) == "CC"


# --- how far ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("excursion", "kind"),
    [(31, "C"), (30.5, "C"), (29, "p"), (16, "p"), (14, ""), (8, ""), (3, "")],
)
def test_thirty_is_complete_fifteen_is_partial(excursion, kind):
    assert kinds([*REST, *there_and_back(excursion, hold_s=0.6), *REST]) == kind


def test_the_excursion_is_counted_from_where_it_left():
    assert kinds([(1, 12.0), *there_and_back(40.0)[:2], (1.2, 12.0), (1, 12.0)], start=12.0) == "p"
    assert kinds([(1, 12.0), *there_and_back(43.5)[:2], (1.2, 12.0), (1, 12.0)], start=12.0) == "C"


# --- how far back -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("returned", "kind"), [(0.58, "C"), (0.62, "CC"), (0.75, "CC"), (0.4, "C")])
def test_sixty_percent_of_the_way_back_ends_a_repetition(returned, kind):
    """Twice out to 60; in between back by this share only."""
    low = 60 * (1 - returned)
    way = [*REST, (1.2, 60), (0.3, 60), (0.8, low), (0.1, low), (0.8, 60), (0.3, 60), (1.2, 0), *REST]
    assert kinds(way) == kind


@pytest.mark.parametrize(("returned", "kind"), [(0.58, ""), (0.62, "C"), (0.9, "C")])
def test_the_end_of_the_recording_closes_what_had_come_back(returned, kind):
    state, found = watch(told([*REST, (1.2, 60), (0.3, 60), (1.0, 60 * (1 - returned))]))
    assert found == []
    closed = finish(state, CYCLE)
    assert ("C" if closed is not None and closed.complete else "") == kind


def test_finish_at_rest_is_nothing():
    state, _ = watch(told([*REST, *there_and_back(60), *REST]))
    assert finish(state, CYCLE) is None
    assert finish(RepState(), CYCLE) is None


def test_stopping_short_of_rest_ends_the_repetition_when_it_settles():
    assert kinds([*REST, (1.2, 60), (0.3, 60), (1.0, 18), (1.0, 18)]) == "C"


# --- hysteresis ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("wobble", [1.0, 3.0, 6.0])
@pytest.mark.parametrize("frequency_hz", [0.7, 2.0, 5.0])
def test_a_shaky_top_is_one_repetition(wobble, frequency_hz):
    moments = told([*REST, (1.2, 60), (3.0, 60), (1.2, 0), *REST])
    shaky = [
        (t, v + wobble * math.sin(2 * math.pi * frequency_hz * (t - 2.2)) * (2.2 < t < 5.2))
        for t, v in moments
    ]
    assert [span.complete for span in watch(shaky)[1]] == [True]


@pytest.mark.parametrize("wobble", [1.0, 2.0])
def test_trembling_at_the_threshold_does_not_flicker(wobble):
    """The leaving threshold lies at a quarter of 30; trembling about it makes no repetition."""
    moments = [(i / 30, 7.5 + wobble * math.sin(i)) if i > 60 else (i / 30, 0.0) for i in range(300)]
    assert watch(moments)[1] == []


def test_hesitating_on_the_way_back_is_part_of_the_way_back():
    """Up again by a tenth of the excursion, after most of the way back: still the same repetition."""
    [span] = spans([*REST, (1, 100), (0.3, 100), (1, 30), (0.3, 40), (1, 0), *REST])
    assert span.end_s == pytest.approx(4.6, abs=0.25)


def test_back_to_back_repetitions_meet_at_their_turning_point():
    way = [*REST, (1, 60), (1, 6), (1, 60), (1, 6), (1, 60), (1, 0), *REST]
    found = spans(way)
    assert [span.complete for span in found] == [True] * 3
    for one, following in pairwise(found):
        assert one.end_s <= following.start_s
        assert following.start_s - one.end_s < 0.4


# --- time -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "kind"), [(0.5, ""), (1.0, "C"), (8.0, "C"), (15.0, "C"), (30.0, "C")])
def test_too_short_is_no_repetition_and_none_is_too_long(seconds, kind):
    assert kinds([*REST, *there_and_back(60, 0.45 * seconds, 0.1 * seconds, 0.45 * seconds), *REST]) == kind


@pytest.mark.parametrize("hold_s", [5.0, 24.0, 90.0])
def test_what_is_held_counts_however_long(hold_s):
    short, held = there_and_back(60), there_and_back(60, hold_s=hold_s)
    found = spans([*REST, *short, *REST, *held, *REST, *short, *REST])
    assert [span.complete for span in found] == [True] * 3
    assert found[1].end_s - found[1].start_s == pytest.approx(2.4 + hold_s, abs=0.6)


def given_up(way: Way, **more: float) -> list[tuple[str, float]]:
    """Return why and from when movements of full size were given up."""
    state, found = RepState(), []
    for time_s, value in told(way, **more):
        state, _ = advance(state, CYCLE, time_s, value)
        if state.given_up is not None:
            span, why = state.given_up
            found.append((why, round(span.start_s, 1)))
    rest = reps.unfinished(state, CYCLE)
    return found + ([(rest[1], round(rest[0].start_s, 1))] if rest is not None else [])


def test_a_new_position_is_no_hold_once_repetitions_leave_from_it():
    """The camera is moved, the signal stays 40 higher: only that movement is given up."""
    way = [*REST, (1.0, 40), (6.0, 40), *[(1.2, 90), (0.3, 90), (1.2, 40), (0.8, 40)] * 3]
    assert kinds(way) == "CCC"
    assert [why for why, _ in given_up(way)] == [reps.STAYED]


# --- in the middle of a repetition --------------------------------------------------------------------


NO_PAUSE: Way = [(0.8, 60), (0.8, 0)]
"""There and back by somebody who never pauses."""


@pytest.mark.parametrize("cut_s", [i / 10 for i in range(17)])
def test_a_recording_may_begin_anywhere_in_a_repetition(cut_s):
    """The later ones count, and only they where less than 60 % of the first way out is seen."""
    moments = told(NO_PAUSE * 4)
    state, found = watch([(t, v) for t, v in moments if t >= cut_s])
    last = finish(state, CYCLE)
    found += [last] if last is not None else []
    later = [span for span in found if span.peak_s > 1.6]
    assert [span.peak_s for span in later] == pytest.approx([2.4, 4.0, 5.6], abs=0.1)
    assert all(span.complete for span in later)
    assert (len(found) == 4) == (cut_s <= 0.3) or 0.3 < cut_s < 0.5


def test_what_began_before_is_said():
    soon = pytest.approx(0.1, abs=0.15)
    assert given_up([(0.8, 60), (1.0, 0), *REST], start=30.0) == [(reps.BEGINNING_UNSEEN, soon)]
    assert given_up([(1.0, 0), *REST], start=90.0) == [(reps.BEGINNING_UNSEEN, soon)]
    assert given_up([*REST, *there_and_back(60), *REST]) == []


def test_what_is_not_finished_is_said():
    assert given_up([*REST, (1.0, 60), (2.0, 60)]) == [(reps.END_UNSEEN, pytest.approx(1.1, abs=0.2))]
    assert given_up([*REST, (0.2, 60), (0.2, 0), *REST])[0][0] == reps.TOO_QUICK
    assert given_up([*REST, (1.0, 20), (1.0, 0), *REST]) == []


def test_the_shortest_time_is_the_exercises_own():
    way = [*REST, *there_and_back(60, 0.2, 0.05, 0.2), *REST]
    assert spans(way, replace(CYCLE, min_time_s=0.6)) == []
    assert len(spans(way, replace(CYCLE, min_time_s=0.3))) == 1


@pytest.mark.parametrize("rate_hz", [10, 15, 24, 29.97, 60, 120])
def test_the_frame_rate_changes_nothing(rate_hz):
    way = [*REST, *there_and_back(60), *REST, *there_and_back(22), *REST, *there_and_back(45), *REST]
    found = spans(way, rate_hz=rate_hz)
    assert [span.complete for span in found] == [True, False, True]
    for span, start_s in zip(found, (1.0, 4.7, 8.4), strict=True):
        assert span.start_s == pytest.approx(start_s, abs=0.45)
        assert span.end_s == pytest.approx(start_s + 2.7, abs=0.45)


def test_sitting_down_for_good_is_no_repetition():
    """Half-way down and staying there for 6 s: a change of posture; repetitions count from the new level.

    Counted from the old level the way from 66 back to 28 would be 58 % only.
    """
    way = [*REST, (1.0, 28), (6.0, 28), (1.0, 66), (0.3, 66), (1.0, 28), (1.0, 28)]
    assert kinds(way) == "C"


def test_a_half_range_repetition_may_be_held():
    assert kinds([*REST, (1, 20), (3, 20), (1, 0), *REST]) == "p"


# --- gaps -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("from_s", "gap_s"), [(1.3, 0.3), (1.3, 1.0), (2.0, 0.3), (2.0, 1.0), (2.3, 1.8), (2.9, 0.3), (2.9, 1.8)]
)
def test_a_gap_in_mid_repetition_freezes_the_machine(from_s, gap_s):
    moments = told([*REST, *there_and_back(60), *REST, *REST])
    holey = [(t, NAN if from_s < t < from_s + gap_s else v) for t, v in moments]
    missing = [(t, v) for t, v in moments if not from_s < t < from_s + gap_s]
    for seen in (holey, missing):
        assert [span.complete for span in watch(seen)[1]] == [True]


def test_a_long_gap_forgets_the_repetition_in_progress():
    moments = told([*REST, (1.2, 60), (4.0, 60), (1.2, 0), *REST])
    assert watch([(t, NAN if 2.2 < t < 5.0 else v) for t, v in moments])[1] == []
    assert watch([(t, v) for t, v in moments if not 2.2 < t < 5.0])[1] == []


def test_nan_changes_nothing_but_a_long_silence():
    state, _ = watch(told([*REST, (0.6, 30)]))
    frozen, span = advance(state, CYCLE, state.time_s + 0.1, NAN)
    assert frozen == state
    assert span is None
    forgotten, _ = advance(state, CYCLE, state.time_s + reps.GAP_S + 0.1, NAN)
    assert not forgotten.moving
    assert not forgotten.rest_known


def test_nan_only():
    state, found = watch([(i / 30, NAN) for i in range(100)])
    assert found == []
    assert finish(state, CYCLE) is None


# --- the person -----------------------------------------------------------------------------------------


def test_the_rest_level_follows_a_person_who_settles():
    """From 20 slowly to 5 within the bounds of rest: the next repetition is measured from 5."""
    found = spans([(1, 20), (3, 5), (1, 5), *there_and_back(60)[:2], (1.2, 5), (1, 5)], start=20)
    assert len(found) == 1
    assert found[0].base == pytest.approx(5, abs=1.5)


def test_the_own_range_raises_the_threshold_within_bounds():
    state = RepState()
    assert start_threshold(state, CYCLE) == pytest.approx(0.25 * 30)
    assert start_threshold(state._replace(own=(90.0, 100.0, 80.0)), CYCLE) == pytest.approx(0.12 * 90)
    assert start_threshold(state._replace(own=(1000.0,) * 3), CYCLE) == pytest.approx(0.12 * 4 * 30)
    assert start_threshold(state._replace(own=(31.0,)), CYCLE) == pytest.approx(7.5)


def test_only_complete_repetitions_teach_the_own_range_and_only_the_last_three():
    way = [*REST]
    for peak in (40, 20, 50, 60, 70):
        way += [*there_and_back(peak), *REST]
    state, found = watch(told(way))
    assert [span.complete for span in found] == [True, False, True, True, True]
    assert state.own == pytest.approx((50, 60, 70), abs=2)


def test_the_machine_is_a_pure_function():
    state, _ = watch(told([*REST, (0.6, 30)]))
    before = state._replace()
    first = advance(state, CYCLE, state.time_s + 0.1, 31.0)
    assert advance(state, CYCLE, state.time_s + 0.1, 31.0) == first
    assert state == before


def test_noise_at_rest_is_no_repetition():
    """A minute of noise with a standard deviation of 3: no partial repetition of 15 comes out of it."""
    rng = np.random.default_rng(0)
    moments = [(i / 30, float(v)) for i, v in enumerate(rng.normal(0, 3, 1800))]
    assert watch(moments)[1] == []


def test_what_seemed_to_be_under_way_is_none_once_it_is_known_to_be_rest():
    """Getting into place looks like leaving rest, and the next repetition would go on from there."""
    place = [*REST, (0.3, 12.0), (1.0, 12.0)]
    state, _ = watch(told(place))
    moving = state._replace(phase=Phase.OUTBOUND, base=0.0, start_s=1.0)
    settled = reps.settled(moving, CYCLE)
    assert (settled.phase, settled.rest) == (Phase.REST, moving.value)
    elsewhere = reps.settled(moving._replace(value=90.0), CYCLE)
    assert not elsewhere.rest_known
    found = []
    for time_s, value in told([*REST, *there_and_back(45.0), *REST], start=moving.value):
        settled, span = advance(settled, CYCLE, moving.time_s + 1 / 30 + time_s, value)
        found += [span] if span else []
    assert [span.complete for span in found] == [True]
    assert found[0].start_s > moving.time_s

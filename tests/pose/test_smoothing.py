"""The One-Euro filter: by time, causal, and without a memory of what was not seen."""

import numpy as np
import pytest

from formcheck.pose.smoothing import WORLD, Smoothing, smooth

STRONG = Smoothing(min_cutoff_hz=1.5, beta=4.0)
settings_used = pytest.mark.parametrize("settings", [WORLD, STRONG], ids=["world", "strong"])
TRUNK_PX = 100.0


def smoothed(times_s, values, settings):
    """Return the filter's output for one point's curve, shape (n,)."""
    state, out = None, []
    for time_s, value in zip(times_s, values, strict=True):
        state = smooth(state, float(time_s), np.array([[value]]), TRUNK_PX, settings)
        out.append(state.values[0, 0])
    return np.array(out)


def curve(times_s):
    """A hip going 60 px down and up again in 4 s."""
    return 30 - 30 * np.cos(2 * np.pi * times_s / 4)


@settings_used
def test_the_first_point_is_taken_as_it_is(settings):
    assert smoothed([3.0], [42.0], settings) == [42.0]


@settings_used
def test_a_constant_stays_exactly(settings):
    assert np.all(smoothed(np.arange(50) / 30, np.full(50, 7.25), settings) == 7.25)


@settings_used
def test_the_rate_hardly_changes_the_smoothed_curve(settings):
    """The same movement at 15, 30 and 60 frames a second, compared at the common moments."""
    curves = {rate: smoothed(t := np.arange(0, 4, 1 / rate), curve(t), settings) for rate in (15, 30, 60)}
    assert np.abs(curves[60][::4] - curves[15]).max() < 2.5
    assert np.abs(curves[60][::2] - curves[30]).max() < 1.2


@pytest.mark.parametrize("rate_hz", [30, 60, 240])
def test_a_step_is_followed_in_the_time_the_cut_off_says(rate_hz):
    """A plain low-pass (beta 0) of 1 Hz covers 1 - 1/e of a step in 1 / (2 pi) s, at any rate."""
    plain = Smoothing(min_cutoff_hz=1.0, beta=0.0)
    times_s = np.arange(0, 0.5, 1 / rate_hz)
    out = smoothed(times_s, np.where(times_s > 0, 1.0, 0.0), plain)
    assert np.interp(1 / (2 * np.pi), times_s, out) == pytest.approx(1 - 1 / np.e, abs=0.06)


@settings_used
def test_irregular_times_give_the_same_curve(settings):
    times_s = np.arange(0, 4, 1 / 30)
    shaken = times_s + np.random.default_rng(1).uniform(-0.01, 0.01, len(times_s))
    shaken = np.sort(np.clip(shaken, 0, None))
    assert np.abs(smoothed(shaken, curve(shaken), settings) - curve(shaken)).max() < 12
    wanted = np.interp(shaken, times_s, smoothed(times_s, curve(times_s), settings))
    assert np.abs(smoothed(shaken, curve(shaken), settings) - wanted).max() < 1.0


@pytest.mark.parametrize(("settings", "lag_px"), [(WORLD, 1.5), (STRONG, 6.0)])
def test_a_movement_lags_little(settings, lag_px):
    times_s = np.arange(0, 4, 1 / 30)
    assert np.abs(smoothed(times_s, curve(times_s), settings) - curve(times_s)).max() < lag_px


@pytest.mark.parametrize(("settings", "left"), [(WORLD, 0.85), (STRONG, 0.55)])
def test_jitter_at_rest_shrinks(settings, left):
    noise = np.random.default_rng(2).normal(0, 0.5, 600)
    assert smoothed(np.arange(600) / 30, noise, settings)[60:].std() < left * 0.5


@settings_used
def test_only_the_past_counts(settings):
    times_s = np.arange(0, 3, 1 / 30)
    values = curve(times_s)
    changed = values.copy()
    changed[60:] += 50
    assert np.all(smoothed(times_s, values, settings)[:60] == smoothed(times_s, changed, settings)[:60])


@settings_used
def test_what_is_unseen_stays_unseen_and_starts_afresh(settings):
    times_s = np.arange(60) / 30
    values = np.where((times_s > 0.5) & (times_s < 1.0), np.nan, 5.0)
    values[times_s >= 1.0] = 80.0
    out = smoothed(times_s, values, settings)
    assert np.array_equal(np.isnan(out), np.isnan(values))
    first = int(np.flatnonzero(times_s >= 1.0)[0])
    assert out[first] == 80.0
    assert np.all(out[first:] == 80.0)


def test_one_landmark_unseen_leaves_the_others_alone():
    both = np.array([[1.0, 2.0], [3.0, 4.0]])
    state = smooth(None, 0.0, both, TRUNK_PX, WORLD)
    state = smooth(state, 0.1, np.array([[np.nan, np.nan], [3.0, 4.0]]), TRUNK_PX, WORLD)
    assert np.isnan(state.values[0]).all()
    assert state.values[1] == pytest.approx([3.0, 4.0])


@settings_used
def test_distance_from_the_camera_does_not_matter(settings):
    """Speeds are in trunk lengths: twice as big in the picture, twice as big smoothed."""
    times_s = np.arange(0, 4, 1 / 30)
    state, out = None, []
    for time_s, value in zip(times_s, 2 * curve(times_s), strict=True):
        state = smooth(state, float(time_s), np.array([[value]]), 2 * TRUNK_PX, settings)
        out.append(state.values[0, 0])
    assert np.array(out) == pytest.approx(2 * smoothed(times_s, curve(times_s), settings))

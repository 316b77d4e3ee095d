"""Smoothing of landmarks by time, causal: the One-Euro filter (Casiez, Roussel, Vogel, CHI 2012)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from formcheck.pose.skeleton import Floats


@dataclass(frozen=True, slots=True)
class Smoothing:
    """One-Euro parameters; speeds are in trunk lengths per second.

    Attributes
    ----------
    min_cutoff_hz : float
        Cut-off for a landmark at rest.
    beta : float
        How much the cut-off rises per trunk length a second.
    derivative_cutoff_hz : float
        Cut-off of the speed estimate.
    """

    min_cutoff_hz: float
    beta: float
    derivative_cutoff_hz: float = 1.0


WORLD = Smoothing(min_cutoff_hz=6.0, beta=12.0)
"""For world landmarks, which stay noisy after mediapipe's own smoothing (judgement)."""


@dataclass(frozen=True, slots=True, eq=False)
class SmoothState:
    """What the filter remembers: time, smoothed values (n, d) and their speed (n, d); empty at first."""

    time_s: float
    values: Floats
    speed: Floats


def _share(cutoff_hz: Floats | float, dt_s: float) -> Floats | float:
    return 1.0 / (1.0 + 1.0 / (2.0 * math.pi * cutoff_hz * dt_s))


def smooth(
    state: SmoothState | None, time_s: float, values: Floats, scale: float, settings: Smoothing
) -> SmoothState:
    """Return the filter's next state; its ``values`` are the smoothed points.

    Parameters
    ----------
    state : SmoothState | None
        None starts afresh.
    time_s : float
        Later than the state's.
    values : Floats, shape (n, d)
        New points; NaN rows stay NaN and start afresh when they come back.
    scale : float
        Trunk length in the unit of `values`.
    settings : Smoothing
    """
    if state is None:
        return SmoothState(time_s, values, np.zeros_like(values))
    dt = time_s - state.time_s
    raw_speed = (values - state.values) / dt
    speed = state.speed + _share(settings.derivative_cutoff_hz, dt) * (raw_speed - state.speed)
    pace = np.sqrt((speed * speed).sum(axis=1, keepdims=True)) / scale
    share = _share(settings.min_cutoff_hz + settings.beta * pace, dt)
    smoothed = state.values + share * (values - state.values)
    fresh = np.isnan(smoothed)
    return SmoothState(time_s, np.where(fresh, values, smoothed), np.where(np.isnan(speed), 0.0, speed))

"""Every sample against its truth: the counts, the boundaries, and the angles of the near side."""

from __future__ import annotations

from statistics import median

import numpy as np
import pytest

from benchmarks.accuracy import SAMPLES, AngleErrors, bend_deg, no_worse, read_truth, score, signed

SIDE_ERROR_DEG, ERROR_DEG = 8.0, 12.0
"""Largest mean error of a reported angle against the body's own, in a side view and in another."""
BOUNDARY_S = 0.25
"""Starts and ends may lie this far from the truth at the median."""


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_a_sample_is_counted_exactly_and_measured_within_the_stated_bands(path):
    truth = read_truth(path)
    scored = score(truth, "full")
    counts, errors = scored.counts, scored.angles
    assert counts.given == len(truth.reps)
    assert (counts.recognised_as, counts.recognised) == (truth.exercise, len(truth.reps))
    assert median(map(abs, counts.start_errors_s)) <= BOUNDARY_S + truth.within_s
    assert median(map(abs, counts.end_errors_s)) <= BOUNDARY_S + truth.within_s
    for one in errors:
        reported = np.isfinite(one.ours)
        assert (reported == np.isfinite(one.band)).all()
        assert reported.mean() > 0.95 or one.view != "side"
        if reported.mean() > 0.2:
            assert one.ours[reported].mean() < (SIDE_ERROR_DEG if one.view == "side" else ERROR_DEG)
            assert (one.ours[reported] <= one.band[reported]).mean() > 0.7


def test_an_angle_that_turns_the_other_way_than_at_the_start_is_negative():
    start, past = [0.0, 0.0], [10.0, 0.0]
    thigh = np.array([[20.0, 5.0]] * 15 + [[20.0, 0.0], [20.0, -5.0]])
    bend = bend_deg(np.array([start] * 17), np.array([past] * 17), thigh)
    flexion = signed(np.abs(bend), bend, "hip")
    assert flexion[0] == pytest.approx(26.565, abs=1e-3)
    assert flexion[-1] == pytest.approx(-26.565, abs=1e-3)
    assert (signed(np.abs(bend), bend, "knee") >= 0).all()


def test_a_joint_measured_worse_or_not_at_all_in_a_side_view_is_told():
    def errors(view, raw, ours):
        bands = np.full(3, 9.0)
        return AngleErrors("clip", view, "hip", np.full(3, raw), np.full(3, ours), bands, np.ones(3, bool))

    assert no_worse([errors("side", 2.0, 2.0), errors("front", 2.0, np.nan)])[0]
    assert not no_worse([errors("side", 2.0, 2.1)])[0]
    assert not no_worse([errors("side", 2.0, np.nan)])[0]

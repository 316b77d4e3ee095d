"""What tells how much better the correction could become: `models/correction_floor.py`."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("jax", reason="training needs JAX: pip install 'formcheck[train]'")
pytest.importorskip("optax", reason="training needs Optax: pip install 'formcheck[train]'")

from benchmarks.angles import TRIALS, read_trial
from formcheck import correction
from models.correction_floor import FLEXION_COLUMNS, exact, power_law, trial_errors
from models.train_correction import MAIN_PLACES, Data, seen_from


def some(count=3):
    random = np.random.default_rng(1)
    legs, whole = len(correction.LEG_ANGLES), len(correction.WHOLE_ANGLES)
    return Data(
        image_px=random.uniform(0, 300, (count, 33, 2)),
        world_m=random.normal(0, 0.4, (count, 33, 3)),
        visibility=np.ones((count, 33)),
        size=np.full((count, 2), 300.0),
        stand_px=np.full(count, np.nan),
        left=np.zeros((count, legs)),
        right=np.zeros((count, legs)),
        whole=np.zeros((count, whole)),
        main_px=random.uniform(0, 300, (count, 8, 2)),
        main_m=random.normal(0, 0.4, (count, 8, 3)),
        seed=np.arange(count),
        about=np.array([{}] * count, dtype=object),
    )


def test_the_power_law_finds_the_floor_it_was_made_with():
    counts = 500.0 * 2.0 ** np.arange(7)
    text = power_law(counts, 6.0 + 3.0 * (counts / 1000) ** -0.4)
    assert text.startswith("Power law through the product's network: 6.0 + 3.0 (stills / 1000)^-0.40 degrees")
    assert "± 0.0" in text
    assert "6.4° with 4 times" in text  # 6 + 3 * 128 ** -0.4


def test_too_few_points_are_no_law():
    assert power_law(np.array([500.0, 1000.0]), np.array([9.0, 8.0])) == ""


def test_exact_joints_are_put_in_and_nothing_else_is_touched():
    data = some()
    there, everywhere = exact(data, space=False), exact(data, space=True)
    others = np.setdiff1d(np.arange(33), MAIN_PLACES)
    assert (there.image_px[:, MAIN_PLACES] == data.main_px).all()
    assert (there.image_px[:, others] == data.image_px[:, others]).all()
    assert (there.world_m == data.world_m).all()
    assert (everywhere.world_m[:, MAIN_PLACES] == data.main_m).all()


def test_joints_seen_from_a_camera_are_turned_about_the_hips():
    quarter = np.array([[[0.0, 1.0, 0.0], [0.0, 0.0, -1.0], [-1.0, 0.0, 0.0]]])
    joints = np.random.default_rng(2).normal(0, 1, (1, 8, 3))
    seen = seen_from(quarter, joints)
    assert seen[:, 2:4].mean(axis=1) == pytest.approx(np.zeros((1, 3)))
    assert np.linalg.norm(np.diff(seen, axis=1), axis=2) == pytest.approx(
        np.linalg.norm(np.diff(joints, axis=1), axis=2)
    )


def test_a_trial_is_scored_by_frame_as_the_benchmark_does_and_exact_joints_change_it():
    clip = read_trial(TRIALS / "squat_side_a.truth.npz")
    weights = correction.load().weights
    seen, exactly = (list(trial_errors(clip, weights, which)) for which in (False, True))
    assert len(seen) == len(FLEXION_COLUMNS)
    for row, other in zip(seen, exactly, strict=True):
        assert len(row.off_deg["corrected"]) == len(clip.recording.sightings)
        assert not np.allclose(row.off_deg["corrected"], other.off_deg["corrected"], equal_nan=True)
    by_hand = [
        correction.load().estimate(pose).angles_deg["left_knee_flexion"] for pose in clip.recording.poses()
    ]
    row = next(
        r for r in seen if r.angle == "knee_flexion" and r.side == ("near" if clip.near == "L" else "far")
    )
    true = clip.true_deg["knee_flexion.L"]
    assert row.off_deg["corrected"] == pytest.approx(np.abs(np.array(by_hand) - true), abs=0.05, nan_ok=True)

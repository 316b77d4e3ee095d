"""Trials: apart from training, reproducible, and shipped with truth that fits together."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.angles import TRIALS as FOLDER
from benchmarks.angles import flexions_deg
from formcheck.pose import recorded

SHIPPED = sorted(FOLDER.glob("*.truth.npz"))
ROOT = Path(__file__).resolve().parents[2]


def studio_trials():
    pytest.importorskip("numba", reason="the studio needs numba: pip install 'formcheck[studio]'")
    from samples.studio import trials  # noqa: PLC0415

    return trials


def read(path):
    with np.load(path, allow_pickle=False) as archive:
        kept = {name: archive[name] for name in archive.files}
    header = json.loads(str(kept["header"]))
    joints = kept["joints_m"] * float(kept["unit_m"])
    return (
        header,
        kept,
        {str(name): joints[:, i] for i, name in enumerate(kept["joint_names"])},
        {str(name): kept["angles_deg"][:, i].astype(float) for i, name in enumerate(kept["angle_names"])},
    )


def test_every_trial_is_shipped_with_poses_for_every_frame():
    trials = studio_trials()
    assert {path.name.removesuffix(".truth.npz") for path in SHIPPED} == set(trials.TRIALS)
    for path in SHIPPED:
        header, kept, _, _ = read(path)
        recording = recorded.load(trials.poses_path(FOLDER, header["name"]))
        assert len(recording.sightings) == len(kept["angles_deg"]) == len(kept["phase"])
        assert recording.source.path == f"{header['name']}.mp4"
        times = [one.time_s for one in recording.sightings]
        assert times == pytest.approx(kept["time_s"], abs=0.002)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name.removesuffix(".truth.npz"))
def test_shipped_truth_fits_together(path):
    header, kept, joints, angles = read(path)
    for i, name in enumerate(joints):
        seen = (joints[name] - kept["eye_m"]) @ kept["axes"].T
        flat = seen[:, :2] / seen[:, 2:] * float(kept["focal_px"]) + kept["size"] / 2
        assert flat == pytest.approx(kept["joints_px"][:, i] * float(kept["unit_px"]), abs=0.1)
    for name, again in flexions_deg(joints).items():
        told = np.abs(angles[name]) if name.startswith("knee") else angles[name]
        assert again == pytest.approx(told, abs=0.5)
    for side in "LR":
        for upper, lower in (("hip", "knee"), ("knee", "ankle")):
            bone = np.linalg.norm(joints[f"{upper}.{side}"] - joints[f"{lower}.{side}"], axis=1)
            assert np.ptp(bone) < 1e-3
    assert len(header["reps"]) == 2
    for rep in header["reps"]:
        bottom = round((rep["bottom"] + rep["release"]) / 2 * header["rate_hz"])
        assert kept["phase"][bottom] == pytest.approx(1.0, abs=0.01)


def test_what_was_asked_for_is_true():
    trials = studio_trials()
    straight = {"squat_side_a": -6.0, "squat_side_b": 0.0}
    for name, knee_deg in straight.items():
        header, kept, _, angles = read(trials.truth_path(FOLDER, name))
        at_rest = angles[f"knee_flexion.{header['near']}"][kept["phase"] == 0.0]
        assert at_rest == pytest.approx(knee_deg, abs=2.0)
    _, _, _, angles = read(trials.truth_path(FOLDER, "squat_side_b"))
    assert angles["knee_flexion.L"].max() > 115.0


def test_no_trial_shares_a_body_or_a_seed_with_training():
    trials = studio_trials()
    from samples.studio.design import HELD_OUT, SPLITS  # noqa: PLC0415

    assert not set(HELD_OUT) & set(SPLITS["train"])
    seeds = [trial.seed for trial in trials.TRIALS.values()]
    assert len(set(seeds)) == len(seeds)
    assert min(seeds) >= trials.FIRST_SEED
    for trial in trials.TRIALS.values():
        body = trials.drawn(trial).body.name
        assert not any(name in body for name in SPLITS["train"])


def test_a_trial_is_reproducible_and_its_truth_is_that_of_its_mirrored_pictures():
    trials = studio_trials()
    trial = trials.TRIALS["march_front_a"]
    first, second = (trials.scene(trial) for _ in range(2))
    (_, pixels), (_, again) = (next(iter(trials.pictures(one, [20]))) for one in (first, second))
    assert (pixels == again).all()
    assert first.shot.mirrored
    told = first.told(20)
    header, kept, joints, angles = read(trials.truth_path(FOLDER, trial.name))
    assert header == json.loads(json.dumps(trials.described(first)))
    assert told.joints_m["knee.L"] == pytest.approx(joints["knee.L"][20], abs=2e-4)
    assert told.angles_deg["knee_flexion.L"] == pytest.approx(angles["knee_flexion.L"][20], abs=0.01)
    assert first.seen_by.eye_m == pytest.approx(kept["eye_m"])


def test_hard_trials_are_dim_loose_and_covered():
    trials = studio_trials()
    for name, trial in trials.TRIALS.items():
        shot = trials.drawn(trial)
        if name.endswith("_hard"):
            assert "dim" in shot.extras
            assert shot.lens.gain < 0.6
            assert shot.look.loose_trousers > 1.0
            assert ("blanket" in shot.extras) == (trial.exercise in ("bridge", "clamshell"))
        else:
            assert "in_the_way" not in shot.extras


def test_a_killed_run_goes_on(tmp_path, monkeypatch, capsys):
    trials = studio_trials()
    from samples.studio.__main__ import main  # noqa: PLC0415

    made = []

    def make(trial, folder):
        made.append(trial.name)
        path = trials.poses_path(folder, trial.name)
        path.write_bytes(b"")
        return path

    monkeypatch.setattr(trials, "make_trial", make)
    trials.poses_path(tmp_path, "squat_side_a").write_bytes(b"")
    names = ["squat_side_a", "squat_side_b", "squat_front_a"]
    assert main(["trials", *names, "--out", str(tmp_path)]) == 0
    assert made == names[1:]
    assert main(["trials", "squat_back_a", "bridge_side_a", "--part", "2/2", "--out", str(tmp_path)]) == 0
    assert made[2:] == ["bridge_side_a"]
    capsys.readouterr()
    with pytest.raises(SystemExit, match="no trial named nonsense"):
        main(["trials", "nonsense", "--out", str(tmp_path)])


def test_a_small_trial_goes_through_the_product(tmp_path, monkeypatch):
    trials = studio_trials()
    monkeypatch.setattr(trials, "OUT_S", (0.2, 0.2))
    monkeypatch.setattr(trials, "HOLD_S", (0.05, 0.05))
    monkeypatch.setattr(trials, "REST_S", (0.1, 0.1))
    monkeypatch.setattr(trials, "LEAD_S", 0.2)
    monkeypatch.setattr(trials, "TAIL_S", 0.2)
    monkeypatch.setattr(trials, "LONGER_SIDE_PX", 160)
    trial = replace(
        trials.TRIALS["squat_front_b"], name="tiny", fault="none", seed=trials.FIRST_SEED + 900_000
    )
    path = trials.make_trial(trial, tmp_path)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["tiny.poses.npz", "tiny.truth.npz"]
    recording = recorded.load(path)
    _, kept, _, _ = read(trials.truth_path(tmp_path, "tiny"))
    assert len(recording.sightings) == len(kept["angles_deg"])
    for one in (c for row in recording.sightings for c in row.candidates):
        assert (one.image_px * 16 == np.round(one.image_px * 16)).all()

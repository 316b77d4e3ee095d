"""Shards: whole, resumed, and in line with the truth."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("numba", reason="the studio needs numba: pip install 'formcheck[studio]'")

from formcheck.pose.sighting import Candidate
from samples.studio.__main__ import main
from samples.studio.shards import PASSES, Run, load, make_shards, seen_by
from samples.studio.truth import ANGLES, JOINT_NAMES


class Watcher:
    """A landmarker that finds somebody from the second look on."""

    made = 0

    def __init__(self):
        type(self).made += 1
        self.looks, self.times, self.closed = 0, [], False

    def detect(self, image, time_ms):
        self.looks += 1
        self.times.append(time_ms)
        assert not self.closed
        if self.looks < 2:
            return ()
        value = np.float32(self.looks)
        return (
            Candidate(
                np.full((33, 2), value),
                np.full((33, 3), value),
                np.ones(33, np.float32),
                np.ones(33, np.float32),
            ),
        )

    def close(self):
        self.closed = True


def test_a_still_is_shown_several_times_to_a_fresh_landmarker():
    watchers = []

    def make():
        watchers.append(Watcher())
        return watchers[-1]

    found = seen_by(make, np.zeros((4, 4, 3), np.uint8))
    assert found is not None
    assert found.image_px[0, 0] == PASSES
    (one,) = watchers
    assert one.closed
    assert one.times == sorted(set(one.times))


def test_a_killed_run_goes_on_and_makes_nothing_twice(tmp_path):
    run = Run(tmp_path, first=100, count=5, per_shard=2)
    assert make_shards(run, Watcher) == 5
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert sorted(before) == ["all_0000100.npz", "all_0000102.npz", "all_0000104.npz"]
    (tmp_path / "all_0000102.npz").unlink()
    assert make_shards(run, Watcher) == 2
    again = load(tmp_path)
    assert [row["seed"] for row in again["design"]] == [100, 101, 102, 103, 104]
    assert make_shards(run, Watcher) == 0


def test_two_processes_share_the_work(tmp_path):
    runs = [Run(tmp_path, 0, 10, 2, part=part, parts=2) for part in (0, 1)]
    assert [list(run.missing()) for run in runs] == [[0, 2, 4], [1, 3]]


def test_a_shard_keeps_truth_that_fits_together(tmp_path):
    make_shards(Run(tmp_path, 0, 4, 4), Watcher)
    table = load(tmp_path)
    assert tuple(table["angle_names"]) == ANGLES
    assert tuple(table["joint_names"]) == JOINT_NAMES
    assert table["image_px"].shape == (4, 33, 2)
    for i in range(4):
        seen = (table["joints_m"][i] - table["eye_m"][i]) @ table["axes"][i].T
        flat = seen[:, :2] / seen[:, 2:] * table["focal_px"][i] + table["size"][i] / 2
        assert flat == pytest.approx(table["joints_px"][i], abs=0.05)
        at = {name: table["joints_m"][i][j] for j, name in enumerate(JOINT_NAMES)}
        for side in "LR":
            thigh, shank = at[f"knee.{side}"] - at[f"hip.{side}"], at[f"ankle.{side}"] - at[f"knee.{side}"]
            cosine = thigh @ shank / np.linalg.norm(thigh) / np.linalg.norm(shank)
            knee = table["angles_deg"][i][ANGLES.index(f"knee_flexion.{side}")]
            assert abs(knee) == pytest.approx(np.degrees(np.arccos(min(1.0, cosine))), abs=0.5)


def test_nobody_found_is_kept_as_nan(tmp_path):
    class Blind(Watcher):
        def detect(self, image, time_ms):
            return ()

    make_shards(Run(tmp_path, 0, 1, 1), Blind)
    table = load(tmp_path)
    assert not table["found"][0]
    assert np.isnan(table["world_m"]).all()


def test_an_empty_folder_is_told(tmp_path):
    with pytest.raises(FileNotFoundError, match="no shards"):
        load(tmp_path)


def test_the_commands_write_what_they_say(tmp_path, capsys):
    assert main(["still", "3", "--exercise", "bridge", "--out", str(tmp_path)]) == 0
    assert (
        main(["clip", "squat_side", "--side", "96", "--fast", "--frames", "0", "60", "--out", str(tmp_path)])
        == 0
    )
    written = capsys.readouterr().out.split()
    assert [path.rsplit("/", 1)[1] for path in written] == [
        "still_0000003.png",
        "squat_side_0000.png",
        "squat_side_0060.png",
    ]
    with pytest.raises(SystemExit, match="no clip named nonsense"):
        main(["clip", "nonsense"])

"""A real recording through the command line: a part of it, its face hidden, exported, and looked at again."""

from __future__ import annotations

import json

import numpy as np
import pytest

from formcheck.cli import main
from formcheck.pose import recorded
from formcheck.report.privacy import face
from formcheck.video.files import VideoFile
from tests.clips import one_squat


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("real")
    clip = one_squat(folder / "clip.mp4")
    options = ["--from", "0.5", "--to", "4.2", "--blur-face", "--export", "trc,mot,openpose", "--quiet"]
    assert main(["review", str(clip), "--exercise", "squat", *options]) == 0
    return clip


def test_all_times_are_those_of_the_recording(reviewed):
    home = reviewed.with_name("clip.mp4.formcheck")
    whole = {frame.time_s for frame in VideoFile(reviewed)}
    times = [one.time_s for one in recorded.load(home / "poses.npz").sightings]
    assert set(times) <= whole
    assert min(times) >= 0.5
    assert max(times) <= 4.2
    drawn = [frame.time_s + times[0] for frame in VideoFile(home / "annotated.mp4")]  # of a file from 0
    assert drawn == pytest.approx(times, abs=1e-3)
    source = json.loads((home / "summary.json").read_text())["source"]
    assert (source["frames"], source["frames_analysed"]) == (len(whole), len(times))
    trc = (home / "landmarks.trc").read_text().splitlines()
    assert float(trc[6].split("\t")[1]) == pytest.approx(times[0], abs=1e-6)
    assert len(list((home / "openpose").iterdir())) == len(times)


def test_the_face_is_hidden_and_the_rest_is_not(reviewed):
    home = reviewed.with_name("clip.mp4.formcheck")
    sightings = recorded.load(home / "poses.npz").sightings
    drawn = list(VideoFile(home / "annotated.mp4"))
    asked = [one.time_s for one in sightings[::20]]
    for original, sighting, shown in zip(
        VideoFile(reviewed).stills(asked), sightings[::20], drawn[::20], strict=True
    ):
        circle = face(sighting.candidates[sighting.chosen])
        assert circle is not None
        ys, xs = np.mgrid[: shown.image.shape[0], : shown.image.shape[1]]
        near = np.hypot(xs - circle.x, ys - circle.y) < 0.6 * circle.radius
        fine = [
            np.abs(np.diff(image.astype(float).mean(axis=2), axis=0, prepend=0))
            for image in (original.image, shown.image)
        ]
        head_drawn = np.percentile(fine[1][near], 80), np.percentile(fine[0][near], 80)
        assert head_drawn[0] < 0.7 * head_drawn[1] + 1.0
        far = (np.hypot(xs - circle.x, ys - circle.y) > 3 * circle.radius) & (ys > 0.8 * shown.image.shape[0])
        assert np.abs(shown.image.astype(int) - original.image)[far].mean() < 12


def test_the_same_result_again_from_the_poses(reviewed):
    home = reviewed.with_name("clip.mp4.formcheck")
    before = json.loads((home / "summary.json").read_text())
    assert before["reps"]["complete"] == 1
    assert main(["review", str(home / "poses.npz"), "--quiet"]) == 0
    assert json.loads((home / "summary.json").read_text()) == before
    html = (home / "report.html").read_text(encoding="utf-8")
    assert "data:image/jpeg;base64," in html  # the recording is still beside the folder
    assert "annotated.mp4" in html

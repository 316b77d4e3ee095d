import errno
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from people import FakeReview, example_summary, snapshot

from formcheck.errors import OutputError
from formcheck.frame import Frame
from formcheck.pose import recorded
from formcheck.report import folder as results
from formcheck.report.folder import (
    check_writable,
    paired,
    replacing,
    result_folder,
    text_file,
    write_results,
)

IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
TABLES = ["events.jsonl", "frames.csv", "poses.npz", "reps.csv", "summary.json"]
DATA = sorted([*TABLES, "report.html"])


@pytest.fixture
def review():
    return FakeReview(example_summary())


def names(folder):
    return sorted(path.name for path in folder.iterdir())


# Where results go


@pytest.mark.parametrize(
    ("recording", "out", "expected"),
    [
        ("clip.mp4", None, "clip.mp4.formcheck"),
        ("a/clip.mp4", None, "a/clip.mp4.formcheck"),
        ("a/clip.mp4", "out", "out/clip.mp4.formcheck"),
        ("a/my.npz", None, "a/my.npz.formcheck"),
        ("clip.mp4.formcheck/poses.npz", "out", "out/clip.mp4.formcheck"),
    ],
)
def test_result_folder(recording, out, expected):
    assert result_folder(Path(recording), out and Path(out)) == Path(expected)


def test_poses_in_a_result_folder_stay_there(tmp_path, monkeypatch):
    home = tmp_path / "clip.mp4.formcheck"
    assert result_folder(home / "poses.npz") == home
    home.mkdir()
    monkeypatch.chdir(home)
    assert result_folder(Path("poses.npz")) == home


# What is written


def test_everything_is_written(tmp_path, review):
    target = tmp_path / "new" / "clip.mp4.formcheck"
    written = write_results(review, target)
    assert names(target) == sorted(written) == DATA
    assert recorded.load(target / "poses.npz").source == review.summary.source
    frames = (target / "frames.csv").read_bytes()
    assert frames.count(b"\n") == 41
    assert b"\r" not in frames


def test_old_results_are_replaced_and_other_files_left(tmp_path, review):
    (tmp_path / "summary.json").write_text("old")
    (tmp_path / "notes.txt").write_text("mine")
    write_results(review, tmp_path)
    assert (tmp_path / "summary.json").read_text().startswith("{")
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_poses_are_not_written_over_themselves(tmp_path, review):
    poses = tmp_path / "poses.npz"
    poses.write_bytes(b"untouched")
    written = write_results(review, tmp_path, source=poses)
    assert "poses.npz" not in written
    assert poses.read_bytes() == b"untouched"
    assert "poses.npz" in write_results(review, tmp_path / "elsewhere", source=poses)


def test_annotated_video_has_the_times_of_the_recording(tmp_path, review):
    files = pytest.importorskip("formcheck.video.files")
    writer = pytest.importorskip("formcheck.video.writer")
    clip = tmp_path / "clip.mp4"
    times = [i / 30 for i in range(review.frames)]
    with writer.VideoWriter(clip, (160, 120)) as video:
        for time_s in times:
            video.write(np.full((120, 160, 3), 200, np.uint8), time_s)
    seen = []
    written = write_results(review, tmp_path / "out", clip, clip, lambda *progress: seen.append(progress))
    assert written[-2:] == ("annotated.mp4", "report.html")
    drawn = list(files.VideoFile(tmp_path / "out" / "annotated.mp4"))
    assert [frame.time_s for frame in drawn] == pytest.approx(times, abs=1e-3)
    assert drawn[20].image[:20, -60:].mean() < 120  # the panel
    assert seen[-1] == ("video", pytest.approx(39 / 30, abs=1e-3), 12.4)
    assert names(tmp_path / "out") == sorted([*DATA, "annotated.mp4"])


def test_frames_that_were_not_analysed_are_left_out():
    image = np.zeros((2, 2, 3), np.uint8)
    frames = [Frame(image, i / 10, i) for i in range(10)]
    snapshots = [snapshot(time_s=i / 10 + 1e-9) for i in (2, 3, 7)]
    assert [(frame.index, shot.time_s) for frame, shot in paired(frames, snapshots)] == [
        (2, pytest.approx(0.2)),
        (3, pytest.approx(0.3)),
        (7, pytest.approx(0.7)),
    ]


# Whole or not at all


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, OSError(errno.ENOSPC, "full")])
def test_an_interrupted_file_leaves_the_old_one_and_nothing_else(tmp_path, error):
    path = tmp_path / "summary.json"
    path.write_text("old")

    def interrupted():
        with text_file(path) as file:
            file.write("half")
            raise error

    with pytest.raises((KeyboardInterrupt, ValueError, OutputError)):
        interrupted()
    assert names(tmp_path) == ["summary.json"]
    assert path.read_text() == "old"


def test_a_reader_never_meets_half_a_file(tmp_path):
    path = tmp_path / "summary.json"
    with text_file(path) as file:
        file.write("half")
        file.flush()
        assert not path.exists()
    assert path.read_text() == "half"


def test_what_was_finished_before_ctrl_c_stays(tmp_path, review):
    class Stopped(FakeReview):
        def snapshots(self):
            yield from list(super().snapshots())[:5]
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_results(Stopped(review.summary), tmp_path)
    assert names(tmp_path) == ["poses.npz", "reps.csv", "summary.json"]


# When it cannot be written


def test_checking_leaves_no_trace(tmp_path):
    check_writable(tmp_path / "a" / "b")
    check_writable(tmp_path)
    assert names(tmp_path) == []


def test_a_file_in_the_way(tmp_path, review):
    blocked = tmp_path / "clip.mp4.formcheck"
    blocked.write_text("a file")
    for target in (blocked, blocked / "deeper"):
        for attempt in (check_writable, lambda target: write_results(review, target)):
            with pytest.raises(OutputError, match=r"a file is where.*move it") as caught:
                attempt(target)
            assert "\n" not in str(caught.value)
    assert blocked.read_text() == "a file"


def test_a_folder_in_the_way_of_a_file(tmp_path, review):
    (tmp_path / "summary.json").mkdir()
    with pytest.raises(OutputError, match=r"summary\.json"):
        write_results(review, tmp_path)
    assert names(tmp_path) == ["poses.npz", "summary.json"]


def test_a_name_that_is_too_long(tmp_path):
    with pytest.raises(OutputError, match="--out"):
        check_writable(tmp_path / ("x" * 300))


@contextmanager
def small_disk(path, size):
    """Mount a small disk; skip where that is not allowed."""
    if not IS_ROOT or not sys.platform.startswith("linux"):
        pytest.skip("mounting a small disk needs root on Linux")
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(path)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip(f"cannot mount a small disk here: {done.stderr.decode().strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", str(path)], check=True)


def test_a_full_disk(tmp_path, review):
    with small_disk(tmp_path, "64k"):
        long = FakeReview(review.summary, frames=3000)
        with pytest.raises(OutputError, match="disk is full; free some space"):
            write_results(long, tmp_path)
        assert not [name for name in names(tmp_path) if name not in DATA]
        (tmp_path / "filler").write_bytes(bytes(os.statvfs(tmp_path).f_bavail * 4096))
        with pytest.raises(OutputError, match="disk is full"):
            check_writable(tmp_path / "clip.mp4.formcheck")


def test_a_full_disk_in_words(tmp_path, monkeypatch, review):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(results.tables, "write_frames", full)
    with pytest.raises(OutputError, match=r"frames\.csv: the disk is full; free some space"):
        write_results(review, tmp_path)
    assert names(tmp_path) == ["poses.npz", "reps.csv", "summary.json"]


DROPPED_RIGHTS = """
import os, sys
sys.path[:0] = {path!r}
from pathlib import Path
from formcheck.errors import OutputError
from formcheck.report.folder import check_writable
os.setgid(65534)
os.setuid(65534)
try:
    check_writable(Path({folder!r}))
except OutputError as error:
    print(error)
"""


def test_a_folder_without_permission(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    if not IS_ROOT:
        with pytest.raises(OutputError, match="not allowed"):
            check_writable(closed / "clip.mp4.formcheck")
        return
    for parent in (tmp_path, *tmp_path.parents[:2]):
        parent.chmod(0o755)
    code = DROPPED_RIGHTS.format(path=sys.path, folder=str(closed / "clip.mp4.formcheck"))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "writing there is not allowed" in done.stdout, done.stderr
    assert names(closed) == []


def test_reading_errors_are_not_blamed_on_the_folder(tmp_path, review):
    class Broken(FakeReview):
        def snapshots(self):
            raise ValueError("a bug")
            yield

    with pytest.raises(ValueError, match="a bug"):
        write_results(Broken(replace(review.summary)), tmp_path)


def test_the_temporary_name_is_hidden_and_keeps_the_ending(tmp_path):
    with replacing(tmp_path / "annotated.mp4") as part:
        part.touch()
        assert part.name.startswith(".")
        assert part.suffix == ".mp4"

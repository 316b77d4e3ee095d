import csv
import errno
import io
import json
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from people import FakeReview, example_summary, snapshot
from PIL import Image

from formcheck.errors import OutputError
from formcheck.frame import Frame
from formcheck.pose import recorded
from formcheck.report import folder as results
from formcheck.report.folder import (
    Wanted,
    check_writable,
    original_of,
    paired,
    replacing,
    result_folder,
    text_file,
    write_folder,
    write_results,
)
from formcheck.report.privacy import Privacy

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


# Pictures, privacy and the report


def moving(summary, peaks=(0.4, 0.9)):
    """The example with its repetitions where the made frames are, and a hash that a file can have."""
    reps = [replace(rep, peak_s=peak) for rep, peak in zip(summary.rep_list, peaks, strict=True)]
    return replace(summary, rep_list=tuple(reps))


@pytest.fixture
def clip(tmp_path):
    """Forty frames of noise, whose first rows show the time."""
    writer = pytest.importorskip("formcheck.video.writer")
    path = tmp_path / "clip.mp4"
    rng = np.random.default_rng(7)
    with writer.VideoWriter(path, (64, 48)) as video:
        for i in range(40):
            image = rng.integers(0, 256, (48, 64, 3), dtype=np.uint8)
            video.write(image, i / 30)
    return path


def jpeg(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


@pytest.mark.parametrize("drawn", [True, False])
def test_pictures_at_the_peaks(tmp_path, review, clip, drawn):
    review = FakeReview(moving(review.summary))
    wanted = Wanted(video=clip) if drawn else Wanted(original=clip)
    written = write_folder(review, tmp_path / "out", clip, wanted)
    assert ("annotated.mp4" in written.names) is drawn
    assert written.section.video == ("annotated.mp4" if drawn else None)
    assert set(written.section.pictures) == {1, 2}
    assert jpeg(written.section.pictures[1]).std() > 30
    html = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert html.count("data:image/jpeg;base64,") >= 2
    assert ("annotated.mp4" in html) is drawn


def test_without_the_recording_there_are_no_pictures(tmp_path, review):
    review = FakeReview(moving(review.summary))
    gone = write_folder(review, tmp_path, None, Wanted(original=tmp_path / "gone.mp4"))
    assert gone.section.pictures == {}
    assert "report.html" in gone.names


@pytest.mark.parametrize("privacy", [Privacy.BLUR_FACE, Privacy.STICK_FIGURE])
@pytest.mark.parametrize("drawn", [True, False])
def test_video_and_pictures_obey_privacy(tmp_path, review, clip, privacy, drawn):
    """Nobody was found in them, so the whole picture is hidden."""

    class Unseen(FakeReview):
        @property
        def recording(self):
            nobody = [replace(one, candidates=(), chosen=-1) for one in super().recording.sightings]
            return replace(super().recording, sightings=nobody)

    files = pytest.importorskip("formcheck.video.files")
    review = Unseen(moving(review.summary))
    out = tmp_path / "out"
    wanted = Wanted(clip if drawn else None, original=None if drawn else clip, privacy=privacy)
    written = write_folder(review, out, clip, wanted)
    pictures = [jpeg(data) for data in written.section.pictures.values()]
    shown = [frame.image.astype(int) for frame in files.VideoFile(out / "annotated.mp4")] if drawn else []
    assert len(pictures) == 2
    for image in (*pictures, *shown[5:]):
        corner = image[-12:, :12]  # away from panel and body
        assert np.abs(np.diff(corner.mean(axis=2), axis=1)).mean() < 12  # 85 in noise
    assert names(out) == sorted([*DATA, *(["annotated.mp4"] if drawn else [])])


def test_a_stick_figure_needs_no_recording(tmp_path, review):
    files = pytest.importorskip("formcheck.video.files")
    written = write_folder(review, tmp_path, None, Wanted(figure=True, privacy=Privacy.STICK_FIGURE))
    assert written.section.video == "annotated.mp4"
    assert [round(30 * frame.time_s) for frame in files.VideoFile(tmp_path / "annotated.mp4")] == [*range(40)]


@pytest.mark.parametrize(
    ("earlier", "linked"),
    [
        ((Privacy.NONE, Privacy.NONE), True),
        ((Privacy.BLUR_FACE, Privacy.NONE), True),
        ((Privacy.STICK_FIGURE, Privacy.BLUR_FACE), True),
        ((Privacy.NONE, Privacy.BLUR_FACE), False),
        ((Privacy.BLUR_FACE, Privacy.STICK_FIGURE), False),
    ],
)
def test_a_video_from_an_earlier_review_is_linked_unless_it_shows_too_much(
    tmp_path, review, clip, earlier, linked
):
    before, now = earlier
    write_folder(review, tmp_path / "out", clip, Wanted(clip, privacy=before))
    again = write_folder(review, tmp_path / "out", tmp_path / "out" / "poses.npz", Wanted(privacy=now))
    assert again.section.video == ("annotated.mp4" if linked else None)


def test_a_video_of_another_recording_is_not_linked(tmp_path, review, clip):
    write_folder(review, tmp_path / "out", clip, Wanted(clip))
    source = replace(review.summary.source, sha256="ab" * 32)
    other = FakeReview(replace(review.summary, source=source))
    assert write_folder(other, tmp_path / "out").section.video is None
    (tmp_path / "out" / "annotated.mp4").write_bytes(b"something else")
    assert write_folder(review, tmp_path / "out").section.video is None


def test_the_report_is_written_although_the_video_was_stopped(tmp_path, review, clip):
    def stop(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_results(review, tmp_path / "out", clip, clip, stop)
    assert names(tmp_path / "out") == DATA


def test_the_recording_is_at_hand_only_if_it_is_the_same(tmp_path, review):
    home = tmp_path / "clip.mp4.formcheck"
    home.mkdir()
    assert original_of(home / "poses.npz", review.summary) is None
    (tmp_path / "clip.mp4").write_bytes(b"test")  # the hash in the example is that of these bytes
    assert original_of(home / "poses.npz", review.summary) == tmp_path / "clip.mp4"
    assert original_of(tmp_path / "poses.npz", review.summary) is None
    (tmp_path / "clip.mp4").write_bytes(b"another")
    assert original_of(home / "poses.npz", review.summary) is None


def test_a_part_is_named_in_the_title(tmp_path, review):
    source = replace(review.summary.source, frames=4000, frames_analysed=40)
    part = FakeReview(replace(review.summary, source=source))
    assert write_folder(part, tmp_path).section.title == "clip.mp4, 0.0 to 1.3 s"
    assert write_folder(review, tmp_path).section.title == "clip.mp4"


def test_a_recording_that_was_thinned_out_is_no_part(tmp_path, review):
    source = replace(review.summary.source, frames=80, frames_analysed=40, duration_s=40 / 30)
    thinned = FakeReview(replace(review.summary, source=source))
    assert write_folder(thinned, tmp_path).section.title == "clip.mp4"


def test_a_shortened_name_is_short_enough_and_stays_apart():
    for suffix in (".formcheck", ""):
        long = ["\u00fc" * 126 + end for end in ("a", "b", "ab")]
        short = [results.fitting(one, suffix) for one in long]
        assert len(set(short)) == 3
        assert all(len(os.fsencode(one)) <= 255 and one.endswith(suffix) for one in short)
        assert short == [results.fitting(one, suffix) for one in long]
    assert results.fitting("clip.mp4", ".formcheck") == "clip.mp4.formcheck"


@pytest.mark.skipif(sys.platform == "win32", reason="names of 255 bytes")
def test_the_recording_of_a_shortened_folder_is_found(tmp_path, review):
    recording = tmp_path / ("x" * 251 + ".mp4")
    recording.write_bytes(b"test")
    (tmp_path / "other.mp4").write_bytes(b"test")
    home = results.result_folder(recording)
    home.mkdir()
    assert original_of(home / "poses.npz", review.summary) == recording


def test_an_export_that_cannot_be_written_loses_nothing_else(tmp_path, review):
    (tmp_path / "openpose").write_bytes(b"a file in the way")
    with pytest.raises(OutputError, match="openpose"):
        write_folder(review, tmp_path, wanted=results.Wanted(formats=("trc", "openpose", "mot")))
    assert set(names(tmp_path)) >= {"report.html", "summary.json", "poses.npz", "landmarks.trc", "angles.mot"}


def test_what_is_kept_for_a_report_together_is_small(tmp_path, review):
    section = write_folder(review, tmp_path).section
    assert section.review.recording.sightings == []
    assert len(section.series.time_s) == 40


# Exports


def test_exports_are_written_when_asked_for(tmp_path, review):
    written = write_folder(review, tmp_path, None, Wanted(formats=("trc", "mot", "openpose")))
    assert set(written.names) == {*DATA, "landmarks.trc", "angles.mot", "openpose"}
    assert names(tmp_path) == sorted(written.names)
    assert len(names(tmp_path / "openpose")) == 40
    assert names(tmp_path / "openpose")[0] == "clip_000000000000_keypoints.json"
    short = FakeReview(review.summary, frames=30)
    (tmp_path / "openpose" / "notes.txt").write_text("mine")
    write_folder(short, tmp_path, None, Wanted(formats=("openpose",)))
    assert len(names(tmp_path / "openpose")) == 31


# Names of any kind


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>.mp4",
        "=cmd|' /C calc'!A0.mp4",
        "\"quoted\" & 'single'.mp4",
        "\u202egpm.\u05d0\U0001f9b5.mp4",
    ],
)
def test_names_are_text_everywhere(tmp_path, review, name):
    source = replace(review.summary.source, path=name)
    odd = FakeReview(replace(review.summary, source=source))
    write_folder(odd, tmp_path, None, Wanted(formats=("trc", "mot")))
    assert json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))["source"]["path"] == name
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<script>alert(1)" not in html
    for table in ("reps.csv", "frames.csv"):
        rows = csv.reader((tmp_path / table).read_text(encoding="utf-8").splitlines())
        for cell in (cell for row in rows for cell in row):
            assert not cell.startswith(("=", "+", "@", "\t", "\r"))
            assert not cell.startswith("-") or float(cell) < 0


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

"""Recorded poses: written, and read back exactly."""

from __future__ import annotations

import io
import json
import zipfile
from contextlib import suppress
from dataclasses import asdict

import numpy as np
import pytest

from formcheck.errors import InputError, Reason
from formcheck.pose import recorded
from formcheck.pose.recorded import Recording
from formcheck.pose.sighting import Candidate, Sighting
from formcheck.results import Software, Source

SOURCE = Source("Übung 1.mp4", "ab" * 32, "2024-03-01T10:00:00+01:00", 1.4, 42, 42, 1280, 720, 90)
SOFTWARE = Software("0.1.0", "0.10.31", "pose_full", "cd" * 32)
FIELDS = ("image_px", "world_m", "visibility", "presence")


def somebody(rng: np.random.Generator) -> Candidate:
    shapes = ((33, 2), (33, 3), (33,), (33,))
    return Candidate(*(rng.normal(0, 300, shape).astype(np.float32) for shape in shapes))


def recording(frames: int = 12) -> Recording:
    """A recording with nobody, one and several people, a cut, and odd times."""
    rng = np.random.default_rng(1)
    rows = []
    for i in range(frames):
        people = (1, 0, 2, 3)[i % 4]
        rows.append(
            Sighting(
                time_s=i / 29.97 + 1e-9 * i,
                frame_size=(1280, 720),
                candidates=tuple(somebody(rng) for _ in range(people)),
                chosen=people - 1,
                cut=i == 5,
                light=float(rng.random()),
                people=people,
            )
        )
    options = {"exercise": "squat", "side": None, "affected_side": "left"}
    return Recording(SOURCE, SOFTWARE, ("truncated", "low_frame_rate"), options, rows)


def written(one: Recording) -> bytes:
    file = io.BytesIO()
    recorded.save(one, file)
    return file.getvalue()


def read_back(tmp_path, one: Recording) -> Recording:
    path = tmp_path / "poses.npz"
    path.write_bytes(written(one))
    return recorded.load(path)


def test_everything_comes_back_exactly(tmp_path):
    before = recording()
    after = read_back(tmp_path, before)
    assert asdict(after.source) == asdict(before.source)
    assert after.software == before.software
    assert after.warnings == before.warnings
    assert after.options == before.options
    assert len(after.sightings) == len(before.sightings)
    for one, same in zip(before.sightings, after.sightings, strict=True):
        assert (one.time_s, one.frame_size, one.chosen) == (same.time_s, same.frame_size, same.chosen)
        assert (one.cut, one.light, one.people) == (same.cut, same.light, same.people)
        assert len(one.candidates) == len(same.candidates)
        for candidate, twin in zip(one.candidates, same.candidates, strict=True):
            for name in FIELDS:
                assert getattr(twin, name).dtype == np.float32
                assert np.array_equal(getattr(candidate, name), getattr(twin, name))


def test_writing_again_what_was_read_gives_the_same_content(tmp_path):
    once = read_back(tmp_path, recording())
    twice = read_back(tmp_path, once)
    assert [one.time_s for one in once.poses()] == [one.time_s for one in twice.poses()]
    for one, same in zip(once.poses(), twice.poses(), strict=True):
        assert np.array_equal(one.image_px, same.image_px, equal_nan=True)


@pytest.mark.parametrize("frames", [0, 1])
def test_hardly_anything_comes_back_too(tmp_path, frames):
    assert len(read_back(tmp_path, recording(frames)).sightings) == frames


def test_nobody_at_all_comes_back(tmp_path):
    rows = [Sighting(i / 10, (640, 480), (), -1, False, 0.5, 0) for i in range(3)]
    after = read_back(tmp_path, Recording(SOURCE, SOFTWARE, (), {}, rows))
    assert [pose.detected for pose in after.poses()] == [False] * 3


def test_the_pose_is_that_of_the_person_chosen():
    for sighting in recording().sightings:
        pose = sighting.pose
        assert pose.detected == (sighting.chosen >= 0)
        assert (pose.time_s, pose.cut, pose.people) == (sighting.time_s, sighting.cut, sighting.people)
        if pose.detected:
            assert np.array_equal(pose.image_px, sighting.candidates[sighting.chosen].image_px)


def test_no_pickle_is_needed_to_read_it():
    with np.load(io.BytesIO(written(recording())), allow_pickle=False) as archive:
        header = json.loads(str(archive["header"]))
        assert header["format"] == recorded.FORMAT
        assert archive["image_px"].dtype == np.float32
        assert archive["time_s"].dtype == np.float64


# --- files that are none ----------------------------------------------------------------------------------


def unreadable(tmp_path, content: bytes) -> InputError:
    path = tmp_path / "poses.npz"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        recorded.load(path)
    assert caught.value.reason is Reason.UNREADABLE
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)
    return caught.value


def test_bytes_damaged_at_random(tmp_path):
    """A few of the damages of ``benchmarks/damaged_poses.py``: nothing else than one line comes of them."""
    data, rng = written(recording()), np.random.default_rng(5)
    path = tmp_path / "poses.npz"
    refused = 0
    for _ in range(150):
        changed = np.frombuffer(data, np.uint8).copy()
        where = rng.integers(0, len(changed), rng.integers(1, 20))
        changed[where] = rng.integers(0, 256, len(where))
        path.write_bytes(changed.tobytes())
        with suppress(InputError):
            recorded.load(path)
            continue
        refused += 1
    assert refused > 100


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        ("source", "duration_s", "long"),
        ("source", "duration_s", float("nan")),
        ("source", "width", -5),
        ("source", "height", 1 << 40),
        ("source", "path", None),
        ("source", "frames", 1.5),
        ("source", "mirrored", "yes"),
        ("software", "formcheck", 7),
        ("options", "exercise", ["squat"]),
        ("warnings", 0, None),
    ],
)
def test_a_header_that_says_nonsense(tmp_path, part, name, value):
    with np.load(io.BytesIO(written(recording()))) as archive:
        arrays = {one: archive[one] for one in archive.files}
    header = json.loads(str(arrays["header"]))
    header[part][name] = value
    arrays["header"] = np.array(json.dumps(header))
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    unreadable(tmp_path, file.getvalue())


def test_a_missing_file(tmp_path):
    for path in (tmp_path / "none.npz", tmp_path):
        with pytest.raises(InputError) as caught:
            recorded.load(path)
        assert caught.value.reason is Reason.NOT_FOUND


@pytest.mark.parametrize(
    "content", [b"", b"garbage", b"PK\x03\x04 no zip", b"\x00" * 5000, b"\x93NUMPY\x01\x00"]
)
def test_garbage(tmp_path, content):
    unreadable(tmp_path, content)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.98])
def test_a_file_cut_short(tmp_path, share):
    content = written(recording())
    unreadable(tmp_path, content[: int(share * len(content))])


def test_a_file_with_flipped_bytes(tmp_path):
    content = bytearray(written(recording()))
    for at in range(len(content) // 4, len(content) // 4 + 40):
        content[at] ^= 0xFF
    unreadable(tmp_path, bytes(content))


def arrays(**changes: object) -> bytes:
    """Return a poses file with some arrays replaced (None = left out)."""
    with np.load(io.BytesIO(written(recording())), allow_pickle=False) as archive:
        kept = {name: archive[name] for name in archive.files} | changes
    file = io.BytesIO()
    np.savez(file, **{name: np.asarray(value) for name, value in kept.items() if value is not None})
    return file.getvalue()


@pytest.mark.parametrize(
    "name",
    ["header", "time_s", "candidates", "chosen", "image_px", "world_m", "visibility", "presence", "people"],
)
def test_a_missing_array(tmp_path, name):
    unreadable(tmp_path, arrays(**{name: None}))


@pytest.mark.parametrize(
    "header",
    [
        "",
        "{",
        "[]",
        "3",
        '"text"',
        "null",
        "{}",
        '{"format": "formcheck.poses/99"}',
        '{"format": "formcheck.poses/1"}',
    ],
)
def test_a_header_that_is_none(tmp_path, header):
    unreadable(tmp_path, arrays(header=header))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("time_s", np.zeros(3)),
        ("image_px", np.zeros((4, 33, 2), np.float32)),
        ("image_px", np.zeros(7, np.float32)),
        ("world_m", np.zeros((18, 5, 3), np.float32)),
        ("visibility", np.array(["a"] * 18)),
        ("chosen", np.full(12, 9)),
        ("chosen", np.full(12, -5)),
        ("candidates", np.full(12, -1)),
        ("candidates", np.full(12, 100)),
        ("time_s", np.zeros(12)),
        ("time_s", np.full(12, np.nan)),
        ("frame_size", np.zeros((12, 1), np.int32)),
    ],
    ids=lambda value: value if isinstance(value, str) else str(np.asarray(value).shape),
)
def test_arrays_that_do_not_fit_together(tmp_path, name, value):
    unreadable(tmp_path, arrays(**{name: value}))


def test_an_archive_of_something_else(tmp_path):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("readme.txt", "no poses here")
    unreadable(tmp_path, file.getvalue())
    np.savez(file := io.BytesIO(), a=np.arange(3))
    unreadable(tmp_path, file.getvalue())


def test_a_pickle_is_never_opened(tmp_path):
    file = io.BytesIO()
    np.savez(file, header=np.array([{"format": recorded.FORMAT}], dtype=object))
    unreadable(tmp_path, file.getvalue())

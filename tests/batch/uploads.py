"""A night's uploads: samples and rendered clips cut, copied, re-encoded, damaged; and what must come of each.

    python -m tests.batch.uploads FOLDER [--count 200]

makes the recordings, runs a batch over them with our own scorer, and compares every result with
``formcheck.review`` of the same file, byte by byte, and every failure with the reason it must have.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import re
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av

import formcheck
from formcheck.batch import work
from formcheck.batch.command import Request, batch
from formcheck.report.summary_json import summary_to_json
from tests import media
from tests.batch.fakes import table
from tests.clips import SAMPLES, first_seconds

BENCHMARKS = SAMPLES.parent / "benchmarks"
SCORER = "tests.batch.uploads:score"
CRASH, HANG = b"crash the worker", b"hang the worker"
"""At the end of a file, where no decoder looks: our scorer, made to crash or hang by these."""
SECONDS = (2.0, 2.4, 2.8)
LONG_S = 10.0
"""Every tenth lasts so long, and holds repetitions."""
BAD_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Upload:
    """One row of the manifest.

    Attributes
    ----------
    path : str
    reason : str | None
        The reason code it must get; None: it must be scored.
    exercise : str
        As the manifest says.
    """

    path: str
    reason: str | None = None
    exercise: str = ""


def score(path, task, alias, poses=None):
    """Our own scorer, but for recordings that end in a word."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 32))
        end = file.read()
    if end.endswith(CRASH):
        os.kill(os.getpid(), signal.SIGSEGV)
    if end.endswith(HANG):
        time.sleep(1000)
    return work.score(path, task, alias, poses)


# Recordings that are scored


def recode(source: Path, target: Path, *, codec: str, half: bool) -> Path:
    """Encode a recording anew; the container follows the suffix of the target."""
    with av.open(str(source)) as container:
        pictures = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    if half:
        pictures = pictures[::2]
    rate = Fraction(15 if half else 30)
    return media.make_video(target, pictures, media.steady(len(pictures), rate), codec=codec)


def copied(source: Path, target: Path, seconds: float) -> Path:
    """The first seconds, as they are."""
    return first_seconds(source, target.with_suffix(".mp4"), seconds)


def encoded(
    source: Path, target: Path, seconds: float, suffix: str, codec: str, *, half: bool = False
) -> Path:
    """The first seconds, encoded anew."""
    part = first_seconds(source, target.with_suffix(".part.mp4"), seconds)
    try:
        return recode(part, target.with_suffix(suffix), codec=codec, half=half)
    finally:
        part.unlink()


def cut_off(source: Path, target: Path, seconds: float) -> Path:
    """The tail is missing, the index stands in front: scored, with a warning."""
    part = first_seconds(source, target.with_suffix(".part.mp4"), seconds + 1)
    with av.open(str(part)) as container:
        pictures = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    part.unlink()
    whole = media.make_video(
        target.with_suffix(".mp4"), pictures, container_options={"movflags": "faststart"}
    )
    return media.truncate(whole, 0.8)


GOOD = {
    "copied": copied,
    "mov": lambda source, target, seconds: encoded(source, target, seconds, ".mov", "libx264"),
    "webm": lambda source, target, seconds: encoded(source, target, seconds, ".webm", "libvpx-vp9"),
    "hevc": lambda source, target, seconds: encoded(source, target, seconds, ".mkv", "libx265"),
    "slow": lambda source, target, seconds: encoded(source, target, seconds, ".mp4", "libx264", half=True),
    "cut": cut_off,
}


# Recordings that are not


def ending_in(word: bytes, path: Path) -> Path:
    first_seconds(SAMPLES / "squat_side.mp4", path, 1.5)
    path.write_bytes(path.read_bytes() + word)
    return path


def unknown_format(path: Path) -> Path:
    media.make_video(path)
    path.write_bytes(path.read_bytes().replace(b"avc1", b"zzzz"))
    return path


def short(path: Path) -> Path:
    return media.make_video(path, media.pictures(15))


def headless(path: Path) -> Path:
    """The first half is noise, the index at the end is missing."""
    first_seconds(SAMPLES / "squat_side.mp4", path, 2.0)
    return media.scramble(media.truncate(path, 0.9), 0.0, 0.5)


def empty_room(path: Path) -> Path:
    return media.make_video(path, media.pictures(40, (320, 240)))


def is_folder(path: Path) -> Path:
    path.mkdir()
    return path


BAD = (
    ("not_found", lambda path: path),
    ("not_found", is_folder),
    ("unreadable", media.empty),
    ("unreadable", media.text),
    ("unreadable", headless),
    ("no_video_stream", media.audio_only),
    ("no_video_stream", media.audio_with_cover),
    ("no_frames", media.no_frames),
    ("too_short", media.one_frame),
    ("too_short", short),
    ("no_person", media.tiny),
    ("no_person", empty_room),
    ("unsupported", unknown_format),
    ("crashed", lambda path: ending_in(CRASH, path)),
    ("timeout", lambda path: ending_in(HANG, path)),
    ("bad_options", short),
)
"""Every reason code, the ways to get there, and how to make such a recording."""


def sources() -> list[Path]:
    """The samples and rendered clips, shuffled."""
    found = sorted([*SAMPLES.glob("*.mp4"), *BENCHMARKS.glob("clips/*.mp4")])
    random.Random(7).shuffle(found)
    return found


def make(folder: Path, count: int) -> list[Upload]:
    """Make so many uploads, about one in ten of them bad, in every way if there are enough."""
    folder.mkdir(parents=True, exist_ok=True)
    bad = max(len(BAD) if count > len(BAD) else 0, round(BAD_SHARE * count))
    uploads = [*_bad(folder, bad), *_good(folder, count - bad)]
    random.Random(7).shuffle(uploads)
    return uploads


def _bad(folder: Path, count: int) -> Iterator[Upload]:
    for number in range(count):
        reason, make_one = BAD[number % len(BAD)]
        path = make_one(folder / f"bad_{number:03}.mp4")
        yield Upload(str(path), reason, "yoga" if reason == "bad_options" else "")


def _good(folder: Path, count: int) -> Iterator[Upload]:
    clips, ways, path = sources(), list(GOOD.values()), folder
    for number in range(count):
        target = folder / f"{number:03}.mp4"
        if number % 20 == 19:  # the same again under another name
            shutil.copy(path, target.with_suffix(path.suffix))
            yield Upload(str(target.with_suffix(path.suffix)))
            continue
        make_one = ways[number % len(ways)]
        lap = number // len(clips)
        clip = clips[number % len(clips)]
        seconds = SECONDS[lap % 3] if number % 10 != 4 else LONG_S
        path = make_one(clip, target, seconds + 0.2 * (lap // 3))
        yield Upload(str(path), exercise=exercise_in(clip) if number % 3 == 1 else "")


def exercise_in(clip: Path) -> str:
    """The exercise that the name of a sample or rendered clip tells."""
    names = {"squat": "squat", "bridge": "bridge", "clamshell": "clamshell", "march": "seated_march"}
    return next(name for word, name in names.items() if word in clip.stem)


def write_manifest(uploads: list[Upload], path: Path) -> Path:
    """Write the uploads as a manifest."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("path", "exercise", "participant"))
        writer.writerows((one.path, one.exercise, f"p{i % 9}") for i, one in enumerate(uploads))
    return path


def differences(uploads: list[Upload], out: Path) -> list[str]:
    """Return what is not as it must be, a line each; reviews every recording that was scored."""
    rows = table(out)
    found = [] if len(rows) == len(uploads) else [f"{len(rows)} rows of {len(uploads)} uploads"]
    reviewed: dict[tuple[object, str], str] = {}
    for upload, row in zip(uploads, rows, strict=False):
        name = Path(upload.path).name
        if row["path"] != upload.path or row["reason"] != upload.reason:
            found.append(f"{name}: {row['status']} {row['reason']} ({row['message']}), not {upload.reason}")
        if row["status"] != "ok":
            continue
        text = (out / "results" / row["id"] / "summary.json").read_text(encoding="utf-8")
        key = (row["sha256"], upload.exercise)
        if key not in reviewed:
            result = formcheck.review(upload.path, upload.exercise or None)
            reviewed[key] = without_path(summary_to_json(result.summary))
        if without_path(text) != reviewed[key]:
            found.append(f"{name}: the result is not that of a review")
    return found


def without_path(text: str) -> str:
    """Return a summary without the name of the file, which differs between identical ones."""
    return re.sub(r'"path": ".*"', '"path": ""', text, count=1)


def main(arguments: list[str] | None = None) -> int:
    """Make, run, compare; return 1 when something is not as it must be."""
    parser = argparse.ArgumentParser(description="A night's uploads, good and bad, scored and compared.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=200)
    options = parser.parse_args(arguments)
    uploads = make(options.folder / "in", options.count)
    manifest = write_manifest(uploads, options.folder / "manifest.csv")
    out = options.folder / "out"
    request = Request(out=str(out), manifest=str(manifest), scorer=SCORER, time_limit_s=60.0, csv=True)
    result = batch(request, sys.stderr)
    found = differences(uploads, out)
    told = [
        json.dumps({key: result.about[key] for key in ("status", "reasons", "scored", "wall_s")}),
        f"must be: {dict(Counter(str(one.reason) for one in uploads))}",
        *(found or ["every result is that of a review, every failure has its reason"]),
    ]
    sys.stdout.write("\n".join(told) + "\n")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())

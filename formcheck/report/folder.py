"""The result folder of one recording: every file complete under its name, or not there at all.

Each file is written under a temporary name in the same folder and then put in place in one step, so a full
disk, Ctrl-C or a reader at the same time never meets half a file.
"""

from __future__ import annotations

import errno
import io
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import chain, islice
from pathlib import Path
from typing import Protocol, TextIO

from formcheck.errors import OutputError
from formcheck.frame import Frame
from formcheck.pose import recorded
from formcheck.pose.recorded import Recording
from formcheck.report import summary_json, tables
from formcheck.results import Event, Snapshot, Summary

SUFFIX = ".formcheck"
POSES = "poses.npz"
SUMMARY = "summary.json"
REPS = "reps.csv"
FRAMES = "frames.csv"
EVENTS = "events.jsonl"
ANNOTATED = "annotated.mp4"

CORNER_STEP = 5
"""Every so many poses are asked where the panel hides least."""

Progress = Callable[[str, float, float | None], None]


class Reviewed(Protocol):
    """What is written: the result of `formcheck.review`."""

    @property
    def summary(self) -> Summary:
        """The summary."""
        ...

    @property
    def events(self) -> Sequence[Event]:
        """What happened, in order."""
        ...

    @property
    def recording(self) -> Recording:
        """Everything taken from the pixels."""
        ...

    def snapshots(self) -> Iterator[Snapshot]:
        """Yield the snapshot of every analysed frame."""
        ...


def is_poses(path: Path) -> bool:
    """Whether a path names recorded poses instead of a video."""
    return path.suffix.lower() == ".npz"


def result_folder(recording: Path, out: Path | None = None) -> Path:
    """Return the folder that the results of a recording belong into.

    Parameters
    ----------
    recording : Path
        A video, or a ``poses.npz``.
    out : Path | None
        Where the user wants it: the recording's folder goes into this one.  Without it the folder lies
        beside the recording; poses in a result folder stay in that folder.
    """
    in_results = is_poses(recording) and recording.absolute().parent.name.endswith(SUFFIX)
    home = recording.absolute().parent if in_results else None
    name = home.name if home else recording.name + SUFFIX
    if out is not None:
        return out / name
    return home or recording.with_name(name)


def check_writable(folder: Path) -> None:
    """Make sure that results can be written, before anybody waits for them; leaves no trace.

    Raises
    ------
    OutputError
        A file is in the way, the folder is read-only, the disk is full.
    """
    created: list[Path] = []
    with output_errors(folder):
        try:
            for missing in reversed([path for path in (folder, *folder.parents) if not path.exists()]):
                missing.mkdir()
                created.append(missing)
            with tempfile.TemporaryFile(dir=folder) as probe:
                probe.write(bytes(4096))
        finally:
            for path in reversed(created):
                path.rmdir()


def write_results(
    review: Reviewed,
    folder: Path,
    source: Path | None = None,
    video: Path | None = None,
    on_progress: Progress | None = None,
) -> tuple[str, ...]:
    """Write everything that one review yields.

    Parameters
    ----------
    review : Reviewed
        What was found.
    folder : Path
        The result folder, made when missing; files already there are replaced one by one.
    source : Path | None
        What was reviewed; a ``poses.npz`` that lies in the folder already is left as it is.
    video : Path | None
        The recording to draw on; None for no annotated video.
    on_progress : Progress | None
        Called with ``"video"``, the seconds drawn and the seconds in all.

    Returns
    -------
    tuple[str, ...]
        Names of the files written, in order; what was finished stays when a later one goes wrong.

    Raises
    ------
    OutputError
        Something cannot be written.
    """
    with output_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    written = [SUMMARY, REPS, FRAMES, EVENTS]
    if not _same_file(source, folder / POSES):
        write_poses(review.recording, folder / POSES)
        written.insert(0, POSES)
    write_data(review, folder)
    if video is not None and write_video(review, video, folder / ANNOTATED, on_progress):
        written.append(ANNOTATED)
    return tuple(written)


def older_files(folder: Path, written: Iterable[str]) -> tuple[str, ...]:
    """Return the result files in a folder that this review has not written anew and that show results."""
    return tuple(name for name in (ANNOTATED,) if name not in written and (folder / name).exists())


def write_poses(recording: Recording, path: Path) -> None:
    """Write ``poses.npz``."""
    buffer = io.BytesIO()  # a zip archive that cannot be finished complains from its destructor
    recorded.save(recording, buffer)
    with replacing(path) as part:
        part.write_bytes(buffer.getbuffer())


def write_data(review: Reviewed, folder: Path) -> None:
    """Write the summary and the tables."""
    with text_file(folder / SUMMARY) as file:
        file.write(summary_json.summary_to_json(review.summary))
    with text_file(folder / REPS) as file:
        tables.write_reps(review.summary, file)
    with text_file(folder / FRAMES) as file:
        tables.write_frames(review.snapshots(), file)
    with text_file(folder / EVENTS) as file:
        tables.write_events(review.events, file)


def write_video(review: Reviewed, video: Path, path: Path, on_progress: Progress | None = None) -> bool:
    """Write ``annotated.mp4``, the recording with what was measured drawn on it, if it has any frame."""
    from formcheck.report.overlay import Overlay, free_corner  # noqa: PLC0415 - only where a video is drawn
    from formcheck.video.files import VideoFile  # noqa: PLC0415
    from formcheck.video.writer import VideoWriter  # noqa: PLC0415

    overlay = Overlay(free_corner(islice(review.recording.poses(), 0, None, CORNER_STEP)))
    pairs = paired(VideoFile(video), review.snapshots())
    first = next(pairs, None)
    if first is None:
        return False
    with VideoWriter(path, first[0].size) as writer:
        for frame, snapshot in chain([first], pairs):
            writer.write(overlay.draw(frame.image, snapshot), frame.time_s)
            if on_progress is not None:
                on_progress("video", frame.time_s, review.summary.source.duration_s)
    return True


def paired(frames: Iterable[Frame], snapshots: Iterable[Snapshot]) -> Iterator[tuple[Frame, Snapshot]]:
    """Yield every snapshot with the frame of its time; frames that were not analysed are left out."""
    remaining = iter(frames)
    for snapshot in snapshots:
        for frame in remaining:
            if frame.time_s >= snapshot.time_s - 1e-6:
                yield frame, snapshot
                break


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path to write to, and put the file in place when that went well.

    Raises
    ------
    OutputError
        For every `OSError` inside the block.
    """
    part = path.with_name(f".part-{os.getpid()}-{path.name}")
    try:
        with output_errors(path):
            yield part
            os.replace(part, path)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


@contextmanager
def text_file(path: Path) -> Iterator[TextIO]:
    """Open a text file that appears under its name only when it is complete (UTF-8, bare line feeds)."""
    with replacing(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        yield file


@contextmanager
def output_errors(path: Path) -> Iterator[None]:
    """Make every `OSError` inside the block an `OutputError` that says what to do."""
    try:
        yield
    except OSError as error:
        raise OutputError(f"{path}: {_explain(error)}") from error


def _explain(error: OSError) -> str:
    """Return why a file could not be written and what to do."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full; free some space, or choose another place with --out FOLDER"
    if error.errno == errno.EROFS:
        return "the disk is read-only; choose another place with --out FOLDER"
    if isinstance(error, PermissionError):
        return (
            "writing there is not allowed, or another program has the file open; close it, or choose "
            "another place with --out FOLDER"
        )
    if isinstance(error, FileExistsError | NotADirectoryError):
        return (
            "a file is where the result folder should be; move it, or choose another place with --out FOLDER"
        )
    return f"cannot be written ({error.strerror or error}); choose another place with --out FOLDER"


def _same_file(one: Path | None, other: Path) -> bool:
    return one is not None and one.exists() and other.exists() and one.samefile(other)

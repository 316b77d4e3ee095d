"""The result folder of one recording: every file complete under its name, or not there at all.

Each file is written under a temporary name in the same folder and then put in place in one step, so a full
disk, Ctrl-C or a reader at the same time never meets half a file.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol, TextIO

from formcheck.errors import InputError, OutputError
from formcheck.frame import Frame
from formcheck.pose import recorded
from formcheck.pose.recorded import Recording
from formcheck.reading import Reading, reading_of
from formcheck.report import exports, summary_json, tables
from formcheck.results import Event, Snapshot, Summary

if TYPE_CHECKING:
    from formcheck.report.assessment import Assessment
    from formcheck.report.decisions import Decisions
    from formcheck.report.page import Section, Series
    from formcheck.report.privacy import Privacy, Veil

SUFFIX = ".formcheck"
POSES = "poses.npz"
SUMMARY = "summary.json"
REPS = "reps.csv"
FRAMES = "frames.csv"
EVENTS = "events.jsonl"
ANNOTATED = "annotated.mp4"
REPORT = "report.html"
ASSESSMENT = "assessment" + SUFFIX

NAME_BYTES = 255
"""Longest name that file systems take (ext4, APFS, NTFS in characters)."""
KEYPOINT_BYTES = NAME_BYTES - len(".part-4194304-")
"""Of a file that is written under a temporary name first; the largest process number of Linux."""
SHORTENED = "~"
EDGE_S = 0.5
"""A review that leaves out no more than this, at the start and at the end, is one of the whole recording: the
longest step between two frames that is no gap (`formcheck.pose.thinning.MAX_GAP_S`)."""
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


def fitting(name: str, suffix: str, most_bytes: int = NAME_BYTES) -> str:
    """Return the name with the suffix, shortened where file systems take no name so long.

    A shortened name ends in eight digits of the hash of the whole one, always the same: names that begin
    alike stay apart.
    """
    if len(os.fsencode(name + suffix)) <= most_bytes:
        return name + suffix
    raw = os.fsencode(name)
    mark = f"{SHORTENED}{hashlib.sha256(raw).hexdigest()[:8]}"
    kept = raw[: most_bytes - len(os.fsencode(mark + suffix))]
    return kept.decode(errors="ignore") + mark + suffix


def is_shortened(recording: Path, folder: Path) -> bool:
    """Whether the name of a recording was too long for its result folder."""
    whole = recording.name + SUFFIX
    return folder.name != whole and folder.name == fitting(recording.name, SUFFIX)


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
    name = home.name if home else fitting(recording.name, SUFFIX)
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


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of a review is written besides the data, and how people are shown.

    Attributes
    ----------
    video : Path | None
        The recording to draw on; None for no annotated video.
    figure : bool
        Without a video, draw one of the poses alone.
    original : Path | None
        The recording, where no video is drawn: for pictures in the report.
    starts_s : float
        Time of its first frame, as the review counts.
    linked : str | None
        Name of the video in the folder that the report shows where none is drawn.
    privacy : Privacy | None
        What pictures show of people; None = everything.
    formats : collection of str
        Of `formcheck.report.exports.FORMATS`.
    decisions : Decisions | None
        What a therapist decided about the recording, shown in the report.
    """

    video: Path | None = None
    figure: bool = False
    original: Path | None = None
    starts_s: float = 0.0
    linked: str | None = None
    privacy: Privacy | None = None
    formats: Collection[str] = ()
    decisions: Decisions | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What was written.

    Attributes
    ----------
    names : tuple[str, ...]
        Of the files, in order.
    section : Section
        Of the report, with the video relative to the folder; small enough to keep (no poses).
    """

    names: tuple[str, ...]
    section: Section


def write_results(
    review: Reviewed,
    folder: Path,
    source: Path | None = None,
    video: Path | None = None,
    on_progress: Progress | None = None,
) -> tuple[str, ...]:
    """Write what one review yields, and return the names of the files; see `write_folder`."""
    return write_folder(review, folder, source, Wanted(video), on_progress).names


def write_folder(
    review: Reviewed,
    folder: Path,
    source: Path | None = None,
    wanted: Wanted = Wanted(),
    on_progress: Progress | None = None,
) -> Written:
    """Write everything that one review yields; the report last, when it is known what it can show.

    Parameters
    ----------
    review : Reviewed
        What was found.
    folder : Path
        The result folder, made when missing; files already there are replaced one by one.
    source : Path | None
        What was reviewed; a ``poses.npz`` that lies in the folder already is left as it is.
    wanted : Wanted
    on_progress : Progress | None
        Called with ``"video"``, the seconds drawn and the seconds in all.

    Raises
    ------
    OutputError
        Something cannot be written; what was finished before stays.
    KeyboardInterrupt
        Ctrl-C; within the video everything else is written first.
    """
    with output_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    names = [SUMMARY, REPS, FRAMES, EVENTS]
    if not _same_file(source, folder / POSES):
        write_poses(review.recording, folder / POSES)
        names.insert(0, POSES)
    passed = write_data(review, folder, wanted.formats)
    names += passed.exported
    drawn = _Drawn()
    try:
        if wanted.video is not None or wanted.figure:
            drawn = _draw(review, wanted, folder / ANNOTATED, passed.shots, on_progress)
        else:
            drawn = _stills(review, wanted, passed.shots)
    finally:  # the report is written although the drawing was stopped
        names += [ANNOTATED] if drawn.video else []
        section = _section(review, folder, wanted, passed, drawn)
        write_page(section, folder)
    if passed.problem is not None:
        raise passed.problem
    return Written((*names, REPORT), section)


def _section(review: Reviewed, folder: Path, wanted: Wanted, passed: _Passed, drawn: _Drawn) -> Section:
    from formcheck.report.page import Section  # noqa: PLC0415 - it imports this module

    linked = drawn.video or _shows(folder / ANNOTATED, review.summary, wanted.privacy)
    kept = _Kept(review.summary, tuple(review.events), replace(review.recording, sightings=[]))
    return Section(
        kept,
        _title(review.summary, passed.series),
        ANNOTATED if linked else wanted.linked,
        passed.series,
        drawn.pictures,
        wanted.decisions,
        drawn.poster,
    )


def _title(summary: Summary, series: Series) -> str:
    """Return what a recording is called, with the part of it that was reviewed."""
    source, times_s = summary.source, series.time_s
    if source.frames_analysed >= source.frames or not len(times_s):
        return source.path
    if times_s[0] <= EDGE_S and times_s[-1] >= source.duration_s - EDGE_S:  # thinned out, not cut off
        return source.path
    return f"{source.path}, {times_s[0]:.1f} to {times_s[-1]:.1f} s"


@dataclass(frozen=True, slots=True)
class _Kept:
    """A review without its poses, which nobody needs once the series are taken."""

    summary: Summary
    events: Sequence[Event]
    recording: Recording

    def snapshots(self) -> Iterator[Snapshot]:
        """Yield none."""
        return iter(())


def write_assessment(
    sections: Sequence[tuple[Path, Section]], folder: Path
) -> tuple[Assessment, tuple[str, ...]]:
    """Write ``report.html`` of several recordings.

    Parameters
    ----------
    sections : sequence of (Path, Section)
        The result folder of each recording, and its section as `write_folder` returned it.
    folder : Path
        Where to, made when missing.

    Returns
    -------
    assessment : Assessment
        What they say together.
    titles : tuple[str, ...]
        What each recording is called; of equal names, with the folder.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    from formcheck.report.assessment import assess  # noqa: PLC0415
    from formcheck.report.page import write_report  # noqa: PLC0415 - it imports this module

    assessment = assess([section.review.summary for _, section in sections])
    names = [section.title for _, section in sections]
    titles = tuple(
        name if names.count(name) == 1 else f"{home.absolute().parent.name}/{name}"
        for name, (home, _) in zip(names, sections, strict=True)
    )
    with output_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    moved = [
        replace(section, title=title, video=_relative(section.video, home, folder))
        for title, (home, section) in zip(titles, sections, strict=True)
    ]
    write_report(moved, folder / REPORT, assessment=assessment)
    return assessment, titles


def _relative(video: str | None, home: Path, folder: Path) -> str | None:
    """Return the path of a video in one folder as seen from another one; None if there is none."""
    if video is None:
        return None
    try:
        return Path(os.path.relpath(home / video, folder)).as_posix()
    except ValueError:  # on another drive
        return None


def write_page(section: Section, folder: Path) -> None:
    """Write ``report.html`` of one recording."""
    from formcheck.report.page import write_report  # noqa: PLC0415 - it imports this module

    write_report([section], folder / REPORT)


def older_files(folder: Path, written: Iterable[str]) -> tuple[str, ...]:
    """Return the result files in a folder that this review has not written anew and that show results."""
    kept = (ANNOTATED, exports.TRC, exports.MOT, exports.OPENPOSE)
    return tuple(name for name in kept if name not in written and (folder / name).exists())


def write_poses(recording: Recording, path: Path) -> None:
    """Write ``poses.npz``."""
    buffer = io.BytesIO()  # a zip archive that cannot be finished complains from its destructor
    recorded.save(recording, buffer)
    with replacing(path) as part:
        part.write_bytes(buffer.getbuffer())


class _Shots(NamedTuple):
    """The snapshots that pictures are made of: by repetition, and the one that stands for the recording."""

    peaks: Mapping[int, Snapshot]
    poster: Snapshot | None = None


@dataclass(frozen=True, slots=True)
class _Passed:
    """What was kept of the snapshots when they passed by."""

    series: Series
    shots: _Shots
    exported: tuple[str, ...]
    problem: OutputError | None = None


def write_data(review: Reviewed, folder: Path, formats: Collection[str] = ()) -> _Passed:
    """Write the summary, the tables and what is exported, in one pass over the snapshots."""
    from formcheck.report.page import SeriesBuilder  # noqa: PLC0415 - it imports this module
    from formcheck.report.stills import PeakWatch  # noqa: PLC0415 - needs Pillow

    series, peaks, track = SeriesBuilder(review.summary), PeakWatch(review.summary), exports.Track()
    with text_file(folder / SUMMARY) as file:
        file.write(summary_json.summary_to_json(review.summary))
    with text_file(folder / REPS) as file:
        tables.write_reps(review.summary, file)
    snapshots = peaks.watch(series.watch(review.snapshots()))
    with text_file(folder / FRAMES) as file:
        tables.write_frames(track.watch(snapshots) if formats else snapshots, file)
    with text_file(folder / EVENTS) as file:
        tables.write_events(review.events, file)
    written: list[str] = []
    problem = None
    try:
        written += _exported(review, track, folder, formats)
    except OutputError as error:  # told when everything else is written
        problem = error
    return _Passed(series.series(), _Shots(peaks.shots, peaks.poster), tuple(written), problem)


def _exported(
    review: Reviewed, track: exports.Track, folder: Path, formats: Collection[str]
) -> Iterator[str]:
    """Write what is exported, and yield the names."""
    for name, wanted, write in (
        (exports.TRC, "trc", exports.write_trc),
        (exports.MOT, "mot", exports.write_mot),
    ):
        if wanted in formats:
            with text_file(folder / name) as file:
                write(track, file)
            yield name
    if "openpose" in formats:
        source = review.summary.source
        stem = Path(summary_json.printable_unicode(source.path)).stem or "recording"
        room = KEYPOINT_BYTES - len(exports.keypoints_name("", 0))
        stem = fitting(stem, "", room)
        write_keypoints(track, folder / exports.OPENPOSE, stem, (source.width, source.height))
        yield exports.OPENPOSE


def write_keypoints(track: exports.Track, folder: Path, stem: str, size: tuple[int, int]) -> None:
    """Write one file a frame into a folder of their own, from which those of an earlier export go."""
    with output_errors(folder):
        folder.mkdir(exist_ok=True)
        for older in folder.glob(f"*{exports.KEYPOINTS_SUFFIX}"):
            older.unlink()
    for name, content in exports.keypoints(track, size, stem):
        with text_file(folder / name) as file:
            file.write(content)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """The pictures of a recording: whether there is a video, the JPEG at each peak, and the one for all."""

    video: bool = False
    pictures: Mapping[int, bytes] = field(default_factory=dict)
    poster: bytes | None = None


def write_video(review: Reviewed, video: Path, path: Path, on_progress: Progress | None = None) -> bool:
    """Write ``annotated.mp4``, the recording with what was measured drawn on it, if it has any frame."""
    return _draw(review, Wanted(video), path, _Shots({}), on_progress).video


def _draw(
    review: Reviewed,
    wanted: Wanted,
    path: Path,
    shots: _Shots,
    on_progress: Progress | None,
) -> _Drawn:
    """Write the annotated video, and take the pictures of the peaks and the chosen one on the way."""
    from formcheck.report.overlay import Overlay, free_corner  # noqa: PLC0415 - only where a video is drawn
    from formcheck.report.privacy import Privacy, Veil  # noqa: PLC0415
    from formcheck.report.stills import poster, still  # noqa: PLC0415
    from formcheck.video.writer import VideoWriter  # noqa: PLC0415

    recording, privacy = review.recording, wanted.privacy or Privacy.NONE
    veil = Veil(privacy, recording.sightings)
    overlay = Overlay(free_corner(islice(recording.poses(), 0, None, CORNER_STEP)))
    snapshots = review.snapshots()
    opening = list(islice(snapshots, 1))
    start_s = opening[0].time_s if opening else 0.0
    reading = reading_of(recording.options)
    frames = (
        _plain_frames(recording, veil) if wanted.video is None else _frames(wanted.video, start_s, reading)
    )
    pairs = paired(frames, chain(opening, snapshots))
    first = next(pairs, None)
    if first is None:
        return _Drawn()
    at = {snapshot.frame: index for index, snapshot in shots.peaks.items()}
    pictures: dict[int, bytes] = {}
    shown_first: bytes | None = None
    with VideoWriter(path, first[0].size, _comment(review.summary, privacy)) as writer:
        for frame, snapshot in chain([first], pairs):
            shown = veil.over(frame.image, snapshot.time_s)
            if snapshot.frame in at:
                pictures[at[snapshot.frame]] = still(shown, snapshot)
            drawn = overlay.draw(shown, snapshot)
            if shots.poster is not None and snapshot.frame == shots.poster.frame:
                shown_first = poster(drawn)
            writer.write(drawn, frame.time_s)
            if on_progress is not None:
                on_progress("video", frame.time_s, review.summary.source.duration_s)
    return _Drawn(True, pictures, shown_first)


def _frames(video: Path, start_s: float, reading: Reading) -> Iterator[Frame]:
    """Yield the frames of a video from a time on."""
    from formcheck.video.files import WHOLE, Span, VideoFile  # noqa: PLC0415 - PyAV only where needed

    return iter(VideoFile(video, Span(start_s) if start_s > 0.0 else WHOLE, reading))


def _plain_frames(recording: Recording, veil: Veil) -> Iterator[Frame]:
    """Yield the ground of a stick figure for every pose."""
    size = (recording.source.width, recording.source.height)
    for index, sighting in enumerate(recording.sightings):
        width, height = sighting.frame_size if min(sighting.frame_size) > 0 else size
        yield Frame(veil.plain((width, height)), sighting.time_s, index)


def _stills(review: Reviewed, wanted: Wanted, kept: _Shots) -> _Drawn:
    """Take the pictures of the peaks and the chosen one where no video is drawn."""
    from formcheck.report.privacy import Privacy, Veil  # noqa: PLC0415
    from formcheck.report.stills import poster, still  # noqa: PLC0415

    veil = Veil(wanted.privacy or Privacy.NONE, review.recording.sightings)
    wished = [*kept.peaks.values(), *([kept.poster] if kept.poster is not None else [])]
    shots = [shot for _, shot in sorted({shot.time_s: shot for shot in wished}.items())]
    if wanted.privacy is Privacy.STICK_FIGURE:
        images = ((veil.plain(_size(review, shot)), shot) for shot in shots)
    else:
        reading = reading_of(review.recording.options)
        images = ((veil.over(one.image, shot.time_s), shot) for one, shot in _found(wanted, shots, reading))
    taken: dict[float, bytes] = {}
    shown_first: bytes | None = None
    for image, shot in images:
        taken[shot.time_s] = still(image, shot)
        if kept.poster is not None and shot.time_s == kept.poster.time_s:
            shown_first = poster(image, shot)
    pictures = {i: taken[shot.time_s] for i, shot in kept.peaks.items() if shot.time_s in taken}
    return _Drawn(False, pictures, shown_first)


def _size(review: Reviewed, shot: Snapshot) -> tuple[int, int]:
    source, size = review.summary.source, shot.pose.frame_size
    return size if min(size) > 0 else (source.width, source.height)


def _found(wanted: Wanted, shots: Sequence[Snapshot], reading: Reading) -> Iterator[tuple[Frame, Snapshot]]:
    """Yield the frames of these moments, decoding no more than that takes."""
    if wanted.original is None or not shots:
        return
    from formcheck.video.files import VideoFile  # noqa: PLC0415 - PyAV only where needed

    with suppress(InputError):  # it was readable when it was analysed; without pictures it is a report still
        frames = VideoFile(wanted.original, reading=reading).stills(
            shot.time_s - wanted.starts_s for shot in shots
        )
        yield from paired((replace(one, time_s=one.time_s + wanted.starts_s) for one in frames), shots)


def original_of(poses: Path, summary: Summary) -> Path | None:
    """Return the recording that poses were taken from, if it lies where it was; None when it does not.

    Parameters
    ----------
    poses : Path
        A ``poses.npz``; in a result folder the recording lies beside that.
    summary : Summary
        Of these poses; the content of the recording must be the same still.
    """
    from formcheck.video.files import sha256_of  # noqa: PLC0415 - PyAV only where needed

    home = poses.absolute().parent
    if summary.source.sha256 is None or not home.name.endswith(SUFFIX):
        return None
    found = _recording_beside(home)
    try:
        return found if found.is_file() and sha256_of(found) == summary.source.sha256 else None
    except InputError:
        return None


def _recording_beside(home: Path) -> Path:
    """Return the recording that a result folder is called after, whose name may have been shortened."""
    if SHORTENED in home.name:
        with suppress(OSError):
            for one in home.parent.iterdir():
                if result_folder(one).name == home.name and one.name + SUFFIX != home.name:
                    return one
    return home.with_name(home.name.removesuffix(SUFFIX))


def _comment(summary: Summary, privacy: Privacy) -> str:
    """Return what an annotated video says of itself: which recording it shows, and what of people."""
    return f"formcheck {summary.source.sha256} {privacy.value}"


def _shows(video: Path, summary: Summary, privacy: Privacy | None) -> bool:
    """Whether an annotated video that is there shows this recording, and of people no more than wanted."""
    if summary.source.sha256 is None or not video.is_file():
        return False
    from formcheck.report.privacy import Privacy  # noqa: PLC0415
    from formcheck.video.writer import comment_of  # noqa: PLC0415 - PyAV only where needed

    shyness = list(Privacy)
    enough = shyness[shyness.index(privacy or Privacy.NONE) :]
    return comment_of(video) in [_comment(summary, one) for one in enough]


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

"""``live --record``: everything is on the disk while the session runs, whatever becomes of the program.

While it runs the folder holds

- ``recording.mp4``: the frames that were analysed, fragmented, a piece every half second;
- ``session.poses``: what the pose model saw, one checksummed record a frame, and when repetitions counted,
  appended;
- ``events.jsonl``: what happened, one line each, appended.

`finish` makes it the folder that ``formcheck review`` writes, each file put in place in one step, and then
removes ``session.poses``.  As long as that file is there the session is unfinished (`is_session`): after
SIGKILL or a power cut `finish` does the same from what there is, as often as it takes.

Writing and encoding are done by two threads of their own; the loop only hands over.
"""

from __future__ import annotations

import errno
import json
import os
import queue
import struct
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import numpy as np
from numpy.typing import NDArray

from formcheck.errors import FormcheckError, InputError, OutputError, Reason
from formcheck.frame import Frame
from formcheck.plan import Course
from formcheck.pose.recorded import Recording, course_record, read_course
from formcheck.pose.sighting import Candidate, Sighting
from formcheck.pose.skeleton import LANDMARK_COUNT
from formcheck.pose.thinning import is_slow
from formcheck.report import folder as results
from formcheck.report.folder import Progress
from formcheck.report.summary_json import plain
from formcheck.results import Event, Snapshot, Software, Source, Summary
from formcheck.review import MIN_KEPT_S, Options, Review, analyse, keep_course
from formcheck.video.files import sha256_of
from formcheck.video.fragments import FragmentWriter, refusal, settle

VIDEO = "recording.mp4"
POSES = "session.poses"
EVENTS = results.EVENTS
FORMAT = "formcheck.session/1"

SYNC_S = 0.5
"""What was written is brought onto the disk this often."""
WAITING_FRAMES = 15
"""Pictures that may wait for the encoder; beyond that they are left out of the video, never of the poses."""
ANALYSED_EVENTS = frozenset(
    {
        *("rep_completed", "rep_partial", "rep_not_counted", "fault_raised", "fault_cleared", "limit_near"),
        *("tracking_lost", "tracking_regained"),
    }
)
"""Events that the analysis of the poses yields again; the others are kept as the session wrote them."""

_MAGIC = b"formcheck session poses 1\n"
_FRAME = struct.Struct("<II")
"""Length and CRC-32 of what follows."""
_ROW = struct.Struct("<qdiihh?dh")
"""Frame index, time_s, width, height, candidates, chosen, cut, light, people."""
_SHAPES = ((LANDMARK_COUNT, 2), (LANDMARK_COUNT, 3), (LANDMARK_COUNT,), (LANDMARK_COUNT,))
_FLOATS = 7 * LANDMARK_COUNT
_END = b"end"
"""The record that a session closes with."""
_COURSE = b"course "
"""What a record of the session's course begins with; the last one holds."""


class Recorder:
    """Record a session; every method but `close` returns at once.

    Parameters
    ----------
    folder : Path
        Where to; made when missing.  Must hold no session yet.
    software : Software
        Which pose model looks (`formcheck.pose.blazepose.software`).
    options : Options
        How the session is judged.

    Raises
    ------
    OutputError
        The folder cannot be written, or holds a session.

    Notes
    -----
    A full disk does not end the session: `problem` tells it, and what was written until then is kept.

    Examples
    --------
    >>> with Recorder(Path("monday"), software(bundle), options) as recorder:  # doctest: +SKIP
    ...     recorder.add(frame, sighting)
    ...     recorder.event(Event(1.2, "said", (("text", "One."),)))
    ...     review, names = recorder.close()
    """

    def __init__(self, folder: Path, software: Software, options: Options) -> None:
        self.folder = folder
        self._unfilmed = 0
        self._stopped = False
        _ensure_free(folder)
        header = {
            "format": FORMAT,
            "software": asdict(software),
            "options": options.record(),
            "recorded_at": datetime.now().astimezone().isoformat(timespec="seconds"),
        }
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._poses = (folder / POSES).open("xb", buffering=0)
            _lock(self._poses)
            self._events = (folder / EVENTS).open("xb", buffering=0)
            self._poses.write(_MAGIC + _framed(json.dumps(header, ensure_ascii=False).encode()))
        except OSError as error:
            raise refusal(folder, error) from None
        self._video: FragmentWriter | None = None
        self._log = _Worker("log", self._sync_log)
        self._film = _Worker("film", self._sync_film, WAITING_FRAMES)

    def add(self, frame: Frame, sighting: Sighting) -> None:
        """Record an analysed frame, as the camera gave it (not mirrored); its picture is copied."""
        self._log.do(lambda: self._write(self._poses, _framed(_packed(frame.index, sighting))))
        if self._film.full:
            self._unfilmed += 1
            return
        image = frame.image.copy()
        self._film.do(lambda: self._encode(image, sighting.time_s))

    def event(self, event: Event) -> None:
        """Record what happened: engine events, and what was said."""
        self._log.do(lambda: self._write(self._events, _line(event)))

    def course(self, course: Course) -> None:
        """Record how the session goes, whenever that changes."""
        text = json.dumps(course_record(course))
        self._log.do(lambda: self._write(self._poses, _framed(_COURSE + text.encode())))

    @property
    def problem(self) -> str | None:
        """Why nothing more is recorded (a full disk), in one line; None when all is well."""
        errors = (self._log.error, self._film.error)
        return next((str(error) for error in errors if error is not None), None)

    @property
    def unfilmed(self) -> int:
        """Analysed frames that are not in the video since the encoder did not keep up."""
        return self._unfilmed

    def stop(self) -> None:
        """Write what waits and let go of the files; the session can be finished later (`finish`)."""
        if self._stopped:
            return
        self._stopped = True
        self._log.do(lambda: self._write(self._poses, _framed(_END)))
        self._log.end()
        self._film.do(self._close_film)
        self._film.end()
        if self._video is not None:  # after an error
            self._video.abandon()
        self._poses.close()
        self._events.close()

    def close(
        self, *, annotate: bool = False, on_progress: Progress | None = None
    ) -> tuple[Review, tuple[str, ...]] | None:
        """Stop, and make the folder that ``review`` writes.

        Returns
        -------
        tuple[Review, tuple[str, ...]] | None
            What `finish` returns; None for less than a second, of which nothing is kept.

        Raises
        ------
        OutputError
            It cannot be written; the session's own files stay, ``formcheck review DIR`` tries again.
        """
        self.stop()
        try:
            return finish(self.folder, annotate=annotate, on_progress=on_progress)
        except InputError as error:
            if error.reason is not Reason.TOO_SHORT or self.problem is not None:
                raise
            discard(self.folder)
            return None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # In the threads

    def _write(self, file: BinaryIO, data: bytes) -> None:
        try:
            if file.write(data) < len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            raise refusal(self.folder, error) from None

    def _encode(self, image: NDArray[np.uint8], time_s: float) -> None:
        if self._video is None:
            self._video = FragmentWriter(self.folder / VIDEO, (image.shape[1], image.shape[0]))
        self._video.write(image, time_s)

    def _close_film(self) -> None:
        if self._video is not None:
            self._video.close()
            self._video = None

    def _sync_log(self) -> None:
        try:
            os.fsync(self._poses.fileno())
            os.fsync(self._events.fileno())
        except OSError as error:
            raise refusal(self.folder, error) from None

    def _sync_film(self) -> None:
        if self._video is not None:
            self._video.sync()


class _Worker:
    """A thread that does one thing after the other, and twice a second what makes it last.

    After an error nothing more is done; the error is kept.
    """

    def __init__(self, name: str, sync: Callable[[], None], room: int = 0) -> None:
        self.error: FormcheckError | None = None
        self._sync = sync
        self._room = room
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=f"formcheck-{name}", daemon=True)
        self._thread.start()

    @property
    def full(self) -> bool:
        return 0 < self._room <= self._jobs.qsize()

    def do(self, job: Callable[[], None]) -> None:
        self._jobs.put(job)

    def end(self) -> None:
        """Wait until all is done."""
        self._jobs.put(None)
        self._thread.join()

    def _work(self) -> None:
        dirty, due_s = False, 0.0
        while True:
            try:
                job = self._jobs.get(timeout=SYNC_S if dirty else None)
            except queue.Empty:
                job = self._nothing
            if job is None:
                self._try(self._sync)
                return
            self._try(job)
            dirty = dirty or job != self._nothing
            if dirty and time.monotonic() >= due_s:
                self._try(self._sync)
                dirty, due_s = False, time.monotonic() + SYNC_S

    def _try(self, job: Callable[[], None]) -> None:
        if self.error is None:
            try:
                job()
            except FormcheckError as error:
                self.error = error

    def _nothing(self) -> None:
        """Let the time for a sync come."""


def is_session(path: Path) -> bool:
    """Whether a path is the folder of a session that was not finished."""
    return (path / POSES).is_file()


def recover(folder: Path) -> Recording:
    """Build the recording from a session's own files; what was cut off at the end is left out.

    A session that did not end in order has the warning ``truncated``.

    Raises
    ------
    InputError
        There is no session in the folder, or less than a second of one.
    """
    records = _records(folder / POSES)
    try:
        header = json.loads(next(records, b"null"))
        if not isinstance(header, dict) or header.get("format") != FORMAT:
            raise ValueError("it has no header")
        software, options = Software(**header["software"]), dict(header["options"])
        rows, course, ended = _rows(records)
    except (ValueError, KeyError, TypeError, struct.error) as error:
        raise InputError(
            Reason.UNREADABLE, f"{folder}: no session that this formcheck can read ({error}); record it again"
        ) from error
    sightings = [sighting for _, sighting in rows]
    if len(rows) < 2 or sightings[-1].time_s - sightings[0].time_s < MIN_KEPT_S:
        raise InputError(Reason.TOO_SHORT, f"{folder}: the session is shorter than a second; record it again")
    source = _source(folder, rows[-1][0] + 1, sightings, header.get("recorded_at"))
    slow = is_slow([one.time_s for one in sightings])
    warnings = [*([] if ended else ["truncated"]), *(["low_frame_rate"] if slow else [])]
    return Recording(source, software, tuple(warnings), options, sightings, course)


def session_events(folder: Path) -> tuple[Event, ...]:
    """Return the events that a session wrote; a line cut off is left out."""
    try:
        lines = (folder / EVENTS).read_bytes().splitlines()
    except OSError:
        return ()
    return tuple(event for event in map(_event, lines) if event is not None)


def finish(
    folder: Path,
    options: Options | None = None,
    *,
    annotate: bool = False,
    on_progress: Progress | None = None,
) -> tuple[Review, tuple[str, ...]]:
    """Make a session, ended or killed, the folder that ``review`` writes.

    Parameters
    ----------
    folder : Path
        See `is_session`.
    options : Options | None
        What is not said is as in the session.
    annotate : bool
        Write ``annotated.mp4`` too; takes about as long as a review's.
    on_progress : Progress | None
        As of `formcheck.report.folder.write_results`, and of `formcheck.review.review`.

    Returns
    -------
    review : Review
        With the session's own events (what was said) among those of the analysis.
    names : tuple[str, ...]
        The files in the folder.

    Raises
    ------
    InputError
        As of `recover`.
    OutputError
        Something cannot be written, or the session still runs; its own files stay.
    """
    _ensure_over(folder)
    filmed = (folder / VIDEO).exists() and settle(folder / VIDEO)
    recording = recover(folder)
    options = (options or Options()).completed_by(recording.options, str(folder))
    keep_course(recording, options)
    recording.options = options.record()
    tell = on_progress or _silent
    found = analyse(recording, options, tell)
    review = replace(found, events=_merged(found.events, session_events(folder)))
    film = folder / VIDEO if filmed else None
    first_s = recording.sightings[0].time_s
    wanted = results.Wanted(original=film, starts_s=first_s, linked=VIDEO if filmed else None)
    written = results.write_folder(review, folder, wanted=wanted)
    names = written.names
    if film is not None and annotate:
        drawn = _FromFirstFrame(review)
        results.write_video(drawn, film, folder / results.ANNOTATED, on_progress)
        results.write_page(replace(written.section, video=results.ANNOTATED), folder)
        names = (*names, results.ANNOTATED)
    _remove(folder, (POSES,))
    return review, (*names, *([VIDEO] if filmed else []))


def discard(folder: Path) -> None:
    """Remove the files of an unfinished session, and the folder if it is empty then."""
    if is_session(folder):
        _remove(folder, (VIDEO, EVENTS, POSES))
        try:
            folder.rmdir()
        except OSError:
            return


class _FromFirstFrame:
    """A review whose snapshots count from the first frame recorded, as a video does."""

    def __init__(self, review: Review) -> None:
        self.summary: Summary = review.summary
        self.events = review.events
        self.recording = review.recording
        self._review = review

    def snapshots(self) -> Iterator[Snapshot]:
        first_s = self.recording.sightings[0].time_s
        return (replace(one, time_s=one.time_s - first_s) for one in self._review.snapshots())


def _silent(stage: str, done_s: float, total_s: float | None) -> None:
    """Tell nobody."""


def _ensure_free(folder: Path) -> None:
    """Refuse a folder that holds a session already: it cannot be done again."""
    if is_session(folder):
        raise OutputError(
            f"{folder}: holds a session that was cut off; finish it with: formcheck review {folder}"
        )
    for name in (VIDEO, EVENTS, results.POSES, results.SUMMARY):
        if (folder / name).exists():
            raise OutputError(
                f"{folder}: holds an earlier recording ({name}); give another folder with --record"
            )


def _lock(file: BinaryIO) -> bool:
    """Take a session for this program, until the file is closed; return whether that went well.

    Windows refuses to replace an open file, which does as well.
    """
    if sys.platform != "win32":
        import fcntl  # noqa: PLC0415 - not there on Windows

        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:  # some network drives have no locks
            return True
    return True


def _ensure_over(folder: Path) -> None:
    """Refuse to finish a session while it runs."""
    try:
        with (folder / POSES).open("rb") as file:
            free = _lock(file)
    except OSError:
        return  # `recover` says why
    if not free:
        raise OutputError(f"{folder}: this session is still running; end it first")


def _remove(folder: Path, names: tuple[str, ...]) -> None:
    for name in names:
        try:
            (folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise refusal(folder / name, error) from None


# Records


def _framed(payload: bytes) -> bytes:
    return _FRAME.pack(len(payload), zlib.crc32(payload)) + payload


def _records(path: Path) -> Iterator[bytes]:
    """Yield the records of a file up to the first that is not whole."""
    try:
        data = path.read_bytes()
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise InputError(
            Reason.NOT_FOUND, f"{path}: no session was recorded there ({why}); give another folder"
        ) from error
    at = len(_MAGIC) if data.startswith(_MAGIC) else len(data)
    while at + _FRAME.size <= len(data):
        length, checksum = _FRAME.unpack_from(data, at)
        payload = data[at + _FRAME.size : at + _FRAME.size + length]
        at += _FRAME.size + length
        if len(payload) < length or zlib.crc32(payload) != checksum or not length:
            return
        yield payload


def _packed(index: int, sighting: Sighting) -> bytes:
    row = _ROW.pack(
        index,
        sighting.time_s,
        *sighting.frame_size,
        len(sighting.candidates),
        sighting.chosen,
        sighting.cut,
        sighting.light,
        sighting.people,
    )
    return row + b"".join(_floats(candidate).tobytes() for candidate in sighting.candidates)


def _floats(one: Candidate) -> NDArray[np.float32]:
    parts = (one.image_px, one.world_m, one.visibility, one.presence)
    return np.concatenate([np.asarray(part, dtype="<f4").ravel() for part in parts])


def _unpacked(payload: bytes) -> tuple[int, Sighting]:
    index, time_s, width, height, count, chosen, cut, light, people = _ROW.unpack_from(payload)
    table = np.frombuffer(payload, dtype="<f4", offset=_ROW.size).astype(np.float32).reshape(count, _FLOATS)
    if not -1 <= chosen < count:
        raise ValueError("it chooses somebody who is not there")
    candidates = tuple(map(_candidate, table))
    return index, Sighting(time_s, (width, height), candidates, chosen, cut, light, people)


def _candidate(floats: NDArray[np.float32]) -> Candidate:
    ends = np.cumsum([int(np.prod(shape)) for shape in _SHAPES])[:-1]
    parts = [part.reshape(shape) for part, shape in zip(np.split(floats, ends), _SHAPES, strict=True)]
    return Candidate(*parts)


def _rows(records: Iterator[bytes]) -> tuple[list[tuple[int, Sighting]], Course | None, bool]:
    """Return frame indices and sightings, the session's course, and whether it ended in order."""
    rows: list[tuple[int, Sighting]] = []
    course: Course | None = None
    for payload in records:
        if payload == _END:
            return rows, course, True
        if payload.startswith(_COURSE):
            course = read_course(json.loads(payload[len(_COURSE) :]))
            continue
        row = _unpacked(payload)
        if not rows or row[1].time_s > rows[-1][1].time_s:
            rows.append(row)
    return rows, course, False


# The source, as `formcheck.video.files` would describe it


def _source(folder: Path, frames: int, sightings: list[Sighting], recorded_at: str | None) -> Source:
    video = folder / VIDEO
    filmed = video.is_file()
    width, height = sightings[0].frame_size
    step_s = float(np.median(np.diff([one.time_s for one in sightings])))
    return Source(
        path=VIDEO if filmed else folder.absolute().name,
        sha256=sha256_of(video) if filmed else None,
        recorded_at=recorded_at,
        duration_s=sightings[-1].time_s + step_s,
        frames=frames,
        frames_analysed=len(sightings),
        width=width,
        height=height,
        rotation_deg=0,
    )


# Events


def _line(event: Event) -> bytes:
    record = {"time_s": event.time_s, "event": event.event, **dict(event.details)}
    return (json.dumps(plain(record), ensure_ascii=False) + "\n").encode()


def _event(line: bytes) -> Event | None:
    try:
        record = json.loads(line)
        return Event(float(record.pop("time_s")), str(record.pop("event")), tuple(record.items()))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _merged(analysed: tuple[Event, ...], told: tuple[Event, ...]) -> tuple[Event, ...]:
    others = (event for event in told if event.event not in ANALYSED_EVENTS)
    return tuple(sorted([*analysed, *others], key=lambda event: event.time_s))

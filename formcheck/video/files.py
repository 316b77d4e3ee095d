"""Recordings: from a file to pictures as people would see them, with their own times (PyAV only).

FFmpeg is given an open file, never a name, and is told to open nothing else: a playlist cannot make it
read another file or reach the network.
"""

from __future__ import annotations

import hashlib
import math
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction
from io import BufferedReader
from itertools import islice
from pathlib import Path
from typing import NamedTuple, NoReturn

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.sidedata.sidedata import SideData
from av.stream import Disposition, Stream
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from formcheck.errors import InputError, Reason
from formcheck.frame import Frame
from formcheck.pose.thinning import is_slow
from formcheck.reading import SLOW_MOTION, USUAL, Reading
from formcheck.results import Source

MIN_DURATION_S = 1.0
"""Shorter recordings hold no repetition (product.md §1)."""
MAX_SIDE_PX = 4096
"""Larger pictures are scaled down; the pose model looks at 256 x 256."""

_EXACT_S = 1e-6
"""Times are exact but for the last bits of a float."""
_ROUNDING_S = 0.01
"""Containers that count in milliseconds or hundredths round each time."""
_MISSING_TAIL_S = 0.5
"""A file this much shorter than its header declares has lost its end."""
_CLOCK_BACK_S = 1.0
"""Times that step back further are a clock that started anew, not frames out of order."""
_CLOCK_AHEAD_S = 3600.0
"""Times that leap ahead further are a clock that was set, not a pause."""
_SEAM_PACKETS = 4
"""So many packets of a stream a mark of damage waits for the clock to start anew: 2 in a joined stream with
pictures out of order."""
_MAX_READ_FAILURES = 20
"""Failed reads in a row before the rest of a file is given up."""
_THREADS = 4
"""Decoder threads: each holds pictures of its own."""
_SANE_ASPECTS = (Fraction(1, 4), Fraction(4))
"""Pixel shapes beyond these are errors in the file."""
_STILLS = Disposition.attached_pic | Disposition.timed_thumbnails
"""Cover art of an audio file is no recording."""
_TRANSPORT_PACKETS = (188, 192, 204)
"""Bytes of a packet in the three kinds of MPEG transport streams."""
_REFERENCES = frozenset({"hls", "concat", "dash", "sdp", "rtsp", "rtp", "imf", "image2", "tty", "lavfi"})
"""Formats that name other files or addresses, or that draw text."""
_HEADER_TELLS_LENGTH = frozenset({"mp4", "matroska", "avi", "flv", "asf"})
"""Formats whose duration stands in the header; of the others FFmpeg guesses it."""
_CAPTURE_RATE = "com.android.capture.fps"
"""Entry in MP4 files of Android phones: frames captured a second (MediaFormat.KEY_CAPTURE_RATE)."""
_LEAST_SLOW_MOTION = 1.5
"""A file that plays slower by less was captured at another rate than planned, not as slow motion."""
_ONE_CLOCK = frozenset({"mp4", "matroska"})
"""Formats whose packets tell presentation times on one clock: what nobody asks for need not be decoded."""


class Span(NamedTuple):
    """A part of a recording, seconds since its first frame, both ends included."""

    start_s: float = 0.0
    end_s: float = math.inf

    def holds(self, time_s: float) -> bool:
        """Whether a time lies in it, but for rounding."""
        return self.start_s - _EXACT_S <= time_s <= self.end_s + _EXACT_S

    def slowed(self, times: float) -> Span:
        """Return the part of a recording, which plays so many times slower, that holds these seconds."""
        return Span(self.start_s * times, self.end_s * times)


WHOLE = Span()


@dataclass(frozen=True, slots=True)
class Decoded:
    """What an iteration over a recording found.

    Attributes
    ----------
    frames : int
        Frames yielded.
    duration_s : float
        From the first frame to the end of the last one, which is taken to last as long as most others.
    median_rate_hz : float
        One over the median time between frames; NaN below two frames.
    longest_gap_s : float
        The longest time between two frames.
    complete : bool
        Whether the recording was read to its end.
    in_all : int
        Frames of the whole recording; of a part, as many as its packets tell.
    end_s : float
        End of the whole recording, from its first frame.
    warnings : tuple[str, ...]
        Of ``truncated`` (frames are missing: damaged packets, or an end that the header declares and the
        file lacks) and ``low_frame_rate`` (`formcheck.pose.thinning.is_slow`).
    """

    frames: int
    duration_s: float
    median_rate_hz: float
    longest_gap_s: float
    complete: bool
    in_all: int
    end_s: float
    warnings: tuple[str, ...]


class VideoFile:
    """A recording that can be iterated any number of times.

    Opening decodes the first frame only.  Each iteration opens the file anew and streams it; reading to
    the end sets `decoded`.

    Parameters
    ----------
    path : Path
        A local file; addresses are never opened.
    span : Span
        The part to yield; all of it unless told.  Times stay those of the whole recording.  Decoding begins
        at the key frame before it.
    reading : Reading
        How to turn and mirror the pictures, and how many times slower than life they play: all times are
        those of life.

    Attributes
    ----------
    path : Path
        As given.
    reading : Reading
        As given.
    width, height : int
        Displayed size in pixels: after rotation, with square pixels.
    scale : int
        Displayed pixels per pixel of a `Frame`: 1 unless the picture is larger than `MAX_SIDE_PX`, when
        frames are that many times smaller.
    rotation_deg : int
        How far the stored picture is turned clockwise for display, by the file's own wish and by what was
        asked for: 0, 90, 180 or 270.
    slow_motion : float
        How many times slower than life the recording plays, as asked for or as the file says.
    declared_duration_s : float | None
        What the file says of itself.
    recorded_at : str | None
        When the recording was made, ISO 8601, if the file tells.
    decoded : Decoded | None
        What the last iteration found; None before the first.

    Raises
    ------
    InputError
        ``not_found``, ``unreadable``, ``no_video_stream``, ``no_frames``, ``unsupported``; and at the end
        of an iteration ``too_short`` for one frame or less than `MIN_DURATION_S`.

    Notes
    -----
    ``Frame.time_s`` is the presentation time minus that of the first frame that decodes, and strictly
    increases.  A frame without a time follows its predecessor at the last interval; one whose time is
    equal or up to a second back is skipped; times further back, or more than an hour ahead, are a clock
    that started anew: it goes on one interval after the frame before.
    """

    def __init__(self, path: Path, span: Span = WHOLE, reading: Reading = USUAL) -> None:
        self.path = path
        self.span = span
        self.reading = reading
        self.decoded: Decoded | None = None
        self._one_clock: bool | None = None
        with _opened(path) as source:
            first = next(_pictures(source, _Tally()), None)
            if first is None:
                _refuse(path, Reason.NO_FRAMES, "holds no frame that can be decoded; export it again")
            self._first_stamp = _stamp(first, source) or 0
            self._look = _Look.of(first, source.stream, reading)
            self.slow_motion = reading.slow_motion or _slow_motion_of(source)
            declared_s = _declared_s(source.container)
            self.declared_duration_s = None if declared_s is None else declared_s / self.slow_motion
            self.recorded_at = _recorded_at(source)
        self.width, self.height = self._look.displayed
        self.scale = self._look.scale
        self.rotation_deg = self._look.rotation_deg

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warning codes of the last iteration, empty before it."""
        return self.decoded.warnings if self.decoded else ()

    def __iter__(self) -> Iterator[Frame]:
        """Decode the part asked for; see the class for times and errors."""
        tally = _Tally()
        try:
            with _opened(self.path) as source:
                yield from self._frames(source, tally, (self.span,))
                tally.finish(source)
        finally:
            self.decoded = tally.decoded(self.span == WHOLE)
        if self.decoded.frames < 2 or self.decoded.duration_s < MIN_DURATION_S - _ROUNDING_S:
            _refuse(self.path, Reason.TOO_SHORT, self._too_short(self.decoded))

    def moves(self) -> bool:
        """Return whether there is more than one picture, decoding no more than two."""
        with _opened(self.path) as source:
            return sum(1 for _ in islice(_pictures(source, _Tally()), 2)) > 1

    def stills(self, times_s: Iterable[float]) -> Iterator[Frame]:
        """Yield the frames shown at these times, decoding no more than that takes.

        Parameters
        ----------
        times_s : iterable of float
            Times of frames, in any order; one for which there is no frame gets none.
        """
        wanted = sorted(set(times_s))
        tally = _Tally()
        with _opened(self.path) as source:
            spans = [Span(time_s - _ROUNDING_S, time_s + _ROUNDING_S) for time_s in wanted]
            yield from self._frames(source, tally, spans)

    def _frames(self, source: _Open, tally: _Tally, spans: Sequence[Span]) -> Iterator[Frame]:
        """Yield the frames within these spans, which follow each other."""
        clock, skim, slower = _Clock.of(source.stream), None, self.slow_motion
        tally.origin_s, tally.slower = float(self._first_stamp * clock.tick_s), slower
        if source.formats & _ONE_CLOCK and tuple(spans) != (WHOLE,) and self._keeps_one_clock():
            clock = clock.starting_at(self._first_stamp)
            skim = _Skim(self._first_stamp, clock.tick_s, [one.slowed(slower) for one in spans])
        painter = VideoReformatter()
        for picture in _pictures(source, tally, skim):
            played_s = clock.tell(_stamp(picture, source))
            if played_s is None:
                continue
            time_s = played_s / slower
            if skim is None:
                tally.seen += 1
                tally.seen_end_s = time_s + float(clock.step * clock.tick_s) / slower
            if not any(one.holds(time_s) for one in spans):
                continue
            try:
                image = self._look.paint(picture, painter)
            except av.FFmpegError:
                tally.damaged = True
                continue
            tally.times_s.append(time_s)
            yield Frame(image, time_s, len(tally.times_s) - 1)

    def _keeps_one_clock(self) -> bool:
        """Whether the time of every packet counts from the first frame, so that some may be left out."""
        if self._one_clock is None:
            with _opened(self.path) as source:
                self._one_clock = _keeps_one_clock(source, self._first_stamp)
        return self._one_clock

    def _too_short(self, decoded: Decoded) -> str:
        if self.span == WHOLE:
            return _too_short(decoded)
        start_s, end_s = self.span
        part = f"from {start_s:g} s on" if math.isinf(end_s) else f"from {start_s:g} to {end_s:g} s"
        if decoded.complete and decoded.end_s <= start_s:
            return f"ends at {decoded.end_s:.1f} s, before the part {part} begins"
        return f"the part {part} holds {decoded.duration_s:.2f} s of pictures; at least 1 s is needed"


def source_record(
    video: VideoFile,
    *,
    frames_analysed: int | None = None,
    sha256: str | None = None,
    path: str | None = None,
) -> Source:
    """Describe an iterated recording for ``summary.json``.

    Parameters
    ----------
    video : VideoFile
    frames_analysed : int | None
        All decoded frames unless told.
    sha256 : str | None
        From `sha256_of`.
    path : str | None
        How to name the recording; its file name unless told.

    Raises
    ------
    ValueError
        Before the first iteration, when frames and duration are not known.
    """
    if video.decoded is None:
        raise ValueError("iterate over the recording first: its frames have not been counted")
    return Source(
        path=video.path.name if path is None else path,
        sha256=sha256,
        recorded_at=video.recorded_at,
        duration_s=video.decoded.end_s,
        frames=video.decoded.in_all,
        frames_analysed=video.decoded.frames if frames_analysed is None else frames_analysed,
        width=video.width,
        height=video.height,
        rotation_deg=video.rotation_deg,
        mirrored=video.reading.mirrored,
        slow_motion=video.slow_motion,
        person=video.reading.person,
    )


def sha256_of(path: Path) -> str:
    """Hash a file's content without holding it in memory.

    Raises
    ------
    InputError
        ``not_found`` or ``unreadable``.
    """
    with _binary(path) as file:
        try:
            return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            _refuse(path, Reason.UNREADABLE, f"cannot be read ({_why(error)}); copy it again")


# Opening


def _refuse(path: Path, reason: Reason, what: str) -> NoReturn:
    """Raise an error of one line, whatever characters the name holds."""
    name = "".join(c if c.isprintable() else "?" for c in str(path))
    raise InputError(reason, f"{name}: {what}") from None


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _check_regular(path: Path) -> None:
    """Refuse what is no plain file, before opening: opening a pipe would wait for ever."""
    try:
        mode = os.stat(path).st_mode
    except PermissionError:
        _refuse(path, Reason.UNREADABLE, "may not be read; change its permissions")
    except (OSError, ValueError) as error:
        _refuse(path, Reason.NOT_FOUND, f"not found ({_why(error)}); check the path")
    if stat.S_ISDIR(mode):
        _refuse(path, Reason.NOT_FOUND, "is a folder, not a recording; give the file itself")
    if not stat.S_ISREG(mode):
        _refuse(path, Reason.UNREADABLE, "is a device, pipe or socket; give a recorded file")


@contextmanager
def _binary(path: Path) -> Iterator[BufferedReader]:
    _check_regular(path)
    try:
        file = open(path, "rb")  # noqa: SIM115 - closed below; only the opening may be refused here
    except OSError as error:
        _refuse(path, Reason.UNREADABLE, f"cannot be opened ({_why(error)}); check its permissions")
    with file:
        yield file


class _Reader:
    """A file as FFmpeg may use it: no name to guess a format from, no way to write or close.

    A read that fails (a pulled stick, a lost share) ends the file and is remembered.
    """

    def __init__(self, file: BufferedReader) -> None:
        self._file = file
        self.failed = False

    def read(self, size: int) -> bytes:
        try:
            return self._file.read(size)
        except OSError:
            self.failed = True
            return b""

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def is_animated_webp(self) -> bool:
        """Whether it is a WebP picture that moves: FFmpeg reads none."""
        head = self.read(21)
        self.seek(0)
        return head[:4] == b"RIFF" and head[8:16] == b"WEBPVP8X" and bool(head[20:] and head[20] & 2)

    def tail(self) -> bytes:
        """Return the last bytes that are not padding."""
        self.seek(max(0, self.seek(0, os.SEEK_END) - 16))
        return self.read(16).rstrip(b"\0")


class _Open(NamedTuple):
    """An opened recording and the stream of it that is watched."""

    container: InputContainer
    stream: av.VideoStream
    reader: _Reader

    @property
    def formats(self) -> set[str]:
        """FFmpeg's names for the container."""
        return set(self.container.format.name.split(","))


@contextmanager
def _opened(path: Path) -> Iterator[_Open]:
    """Open a recording and choose its video stream."""
    with _binary(path) as file:
        if os.fstat(file.fileno()).st_size == 0:
            _refuse(path, Reason.UNREADABLE, "is empty; copy it again from where it was recorded")
        reader = _Reader(file)
        if reader.is_animated_webp():
            _refuse(path, Reason.UNSUPPORTED, "is an animated WebP, which cannot be read; save it as MP4")
        with _container(path, reader) as container:
            yield _Open(container, _video_stream(path, container), reader)


def _container(path: Path, reader: _Reader) -> InputContainer:
    try:
        container = av.open(
            reader,
            "r",
            metadata_errors="replace",
            buffer_size=1 << 16,
            container_options={"protocol_whitelist": "none"},
        )
    except (av.FFmpegError, OSError, ValueError) as error:
        _refuse(path, Reason.UNREADABLE, f"is no readable video ({_why(error)}); copy or export it again")
    return container


def _video_stream(path: Path, container: InputContainer) -> av.VideoStream:
    if _REFERENCES & set(container.format.name.split(",")):
        _refuse(path, Reason.UNREADABLE, "is a list or a text, not a recording; give the video file itself")
    kinds = {stream.type for stream in container.streams}
    if not kinds & {"video", "audio"}:
        _refuse(path, Reason.UNREADABLE, "is no video; give the recording itself")
    moving = [stream for stream in container.streams.video if not stream.disposition & _STILLS]
    if not moving:
        _refuse(path, Reason.NO_VIDEO_STREAM, "holds sound but no picture; give the video recording")
    best = container.streams.best("video")
    stream = next((stream for stream in moving if stream is best), moving[0])
    if stream.frames == 1:  # a still beside the recording, marked as what to show first
        stream = max(moving, key=lambda one: math.inf if one.frames == 0 else one.frames)
    if stream.codec_context is None:
        _refuse(path, Reason.UNSUPPORTED, "has a picture format that cannot be decoded; convert it to H.264")
    stream.thread_type = "AUTO"
    stream.thread_count = min(_THREADS, os.cpu_count() or 1)
    return stream


# Decoding


@dataclass(slots=True)
class _Tally:
    """What an iteration has met so far."""

    damaged: bool = False
    complete: bool = False
    origin_s: float = 0.0
    slower: float = 1.0
    end_s: float = -math.inf
    seen: int = 0
    seen_end_s: float = -math.inf
    times_s: list[float] = field(default_factory=list)
    _doubts: dict[int, tuple[int, int | None]] = field(default_factory=dict)

    def count(self, packet: Packet[Stream]) -> None:
        """Take a packet of pictures in: one more frame, and where it ends."""
        self.seen += 1
        if packet.pts is not None and packet.time_base:
            end_s = float((packet.pts + (packet.duration or 0)) * packet.time_base) - self.origin_s
            self.seen_end_s = max(self.seen_end_s, end_s / self.slower)

    def note(self, packet: Packet[Stream]) -> None:
        """Take a packet in: its end in the file's own time, and whether it is whole."""
        start = packet.pts if packet.pts is not None else packet.dts
        self._doubt(packet)
        if start is not None and packet.time_base:
            self.end_s = max(self.end_s, float((start + (packet.duration or 0)) * packet.time_base))

    def _doubt(self, packet: Packet[Stream]) -> None:
        """Take a packet that is marked for damage, unless the clock starts anew right after it.

        Where two transport streams were joined, the packets before the seam are marked: their numbering
        breaks there, and nothing is missing.
        """
        stream = packet.stream_index
        doubts, before = self._doubts.get(stream, (0, None))
        if packet.dts is not None and packet.time_base:
            if before is not None:
                step_s = float((packet.dts - before) * packet.time_base)
                doubts = doubts if -_CLOCK_BACK_S <= step_s <= _CLOCK_AHEAD_S else 0
            before = packet.dts
        self.damaged |= doubts == 1 or (doubts > 0 and packet.is_corrupt)
        self._doubts[stream] = _SEAM_PACKETS if packet.is_corrupt else max(0, doubts - 1), before

    def finish(self, source: _Open) -> None:
        """Compare what was read with what the header declares."""
        container = source.container
        self.complete = True
        self.damaged |= source.reader.failed or _is_cut(source)
        self.damaged |= any(doubts for doubts, _ in self._doubts.values())
        length_s = _declared_s(container)
        if source.formats & _HEADER_TELLS_LENGTH and length_s and math.isfinite(self.end_s):
            early_s = (
                min(0, container.start_time or 0) / av.time_base
            )  # some count from 0, some from the start
            self.damaged |= length_s + early_s - self.end_s > _MISSING_TAIL_S

    def decoded(self, whole: bool = True) -> Decoded:
        """Return what was found; of a part, frames and end of the whole are as counted on the way."""
        steps_s = np.diff(self.times_s)
        step_s = float(np.median(steps_s)) if len(steps_s) else math.nan
        duration_s = self.times_s[-1] - self.times_s[0] + step_s if len(steps_s) else 0.0
        gap_s = float(steps_s.max()) if len(steps_s) else 0.0
        codes = (("truncated", self.damaged), ("low_frame_rate", is_slow(self.times_s)))
        return Decoded(
            frames=len(self.times_s),
            duration_s=duration_s,
            median_rate_hz=1 / step_s,
            longest_gap_s=gap_s,
            complete=self.complete,
            in_all=len(self.times_s) if whole else max(self.seen, len(self.times_s)),
            end_s=duration_s if whole else max(self.seen_end_s, *self.times_s[-1:], 0.0),
            warnings=tuple(code for code, met in codes if met),
        )


def _is_cut(source: _Open) -> bool:
    """Whether the end of a file is missing where its bytes show it and FFmpeg is silent about it."""
    size = source.reader.seek(0, os.SEEK_END)
    if "gif" in source.formats:
        return not source.reader.tail().endswith(b";")
    if "mpegts" in source.formats:
        return all(size % packet for packet in _TRANSPORT_PACKETS)
    return "matroska" in source.formats and _matroska_size(source.reader) > size


def _matroska_size(reader: _Reader) -> int:
    """Bytes that a Matroska file should have by its header; 0 when that is open."""
    reader.seek(0)
    head = reader.read(1024)
    at = head.find(b"\x18\x53\x80\x67") + 4  # the Segment element, which holds all the rest
    if at < 4 or at >= len(head) or not head[at]:
        return 0
    width = 9 - head[at].bit_length()
    size = int.from_bytes(head[at : at + width]) & ((1 << 7 * width) - 1)
    return 0 if size == (1 << 7 * width) - 1 else at + width + size


def _too_short(decoded: Decoded) -> str:
    if decoded.frames < 2:
        return "holds a single picture; give a recording of the exercise"
    return f"lasts {decoded.duration_s:.2f} s; give a recording of at least {MIN_DURATION_S:.0f} s"


def _pictures(source: _Open, tally: _Tally, skim: _Skim | None = None) -> Iterator[av.VideoFrame]:
    """Decode what can be decoded and is wanted; damage is noted and passed over."""
    packets = (one for one in _packets(source.container, tally) if one.stream_index == source.stream.index)
    if skim is not None:
        yield from skim.pictures(source.stream, packets, tally)
        return
    for packet in packets:
        for picture in _decode(source.stream, packet, tally):
            tally.damaged |= picture.is_corrupt
            yield picture
    yield from _decode(source.stream, None, tally)


@dataclass(frozen=True, slots=True)
class _Skim:
    """Decodes only the groups of pictures, from key frame to key frame, that hold a wanted time."""

    first_stamp: int
    tick_s: Fraction
    spans: Sequence[Span]

    def pictures(
        self, stream: av.VideoStream, packets: Iterable[Packet[Stream]], tally: _Tally
    ) -> Iterator[av.VideoFrame]:
        decoding = False
        for group, until in _groups(packets, tally):
            if self._holds(group, until):
                decoding = True
                for packet in group:
                    yield from self._whole(_decode(stream, packet, tally), tally)
            elif decoding:
                decoding = False
                yield from self._whole(_decode(stream, None, tally), tally)
                stream.codec_context.flush_buffers()
        if decoding:
            yield from self._whole(_decode(stream, None, tally), tally)

    def _holds(self, group: Sequence[Packet[Stream]], until: int | None) -> bool:
        """Whether a group is needed: its pictures reach from the earliest to the key frame of the next one.

        Pictures shown before their key frame need the group before it too, and that reaches up to there.
        """
        stamps = [packet.pts for packet in group]
        known = [stamp for stamp in stamps if stamp is not None]
        if len(known) < len(stamps):
            return True
        start_s = self._time_s(min(known))
        end_s = math.inf if until is None else self._time_s(until)
        return any(one.start_s <= end_s and one.end_s >= start_s for one in self.spans)

    def _whole(self, pictures: Iterable[av.VideoFrame], tally: _Tally) -> Iterator[av.VideoFrame]:
        """Note damage only where somebody looks: before the first key frame decoded there is always some."""
        for picture in pictures:
            time_s = self._time_s(picture.pts or 0)
            if picture.is_corrupt and any(one.holds(time_s) for one in self.spans):
                tally.damaged = True
            yield picture

    def _time_s(self, stamp: int) -> float:
        return float((stamp - self.first_stamp) * self.tick_s)


def _groups(
    packets: Iterable[Packet[Stream]], tally: _Tally
) -> Iterator[tuple[list[Packet[Stream]], int | None]]:
    """Yield the packets from one key frame to the next, and the time stamp of that one."""
    group: list[Packet[Stream]] = []
    for packet in packets:
        tally.count(packet)
        if packet.is_keyframe and group:
            yield group, packet.pts
            group = []
        group.append(packet)
    if group:
        yield group, None


def _keeps_one_clock(source: _Open, first_stamp: int) -> bool:
    """Whether all packets tell their time, on a clock that neither starts anew nor leaps."""
    clock = replace(_Clock.of(source.stream), shift=first_stamp)
    packets = (one for one in _packets(source.container, _Tally()) if one.stream_index == source.stream.index)
    for group, _ in _groups(packets, _Tally()):
        stamps = [packet.pts for packet in group]
        known = sorted(stamp for stamp in stamps if stamp is not None)
        if len(known) < len(stamps):
            return False
        for stamp in known:
            clock.tell(stamp)
        if clock.shift != first_stamp:
            return False
    return True


def _packets(container: InputContainer, tally: _Tally) -> Iterator[Packet[Stream]]:
    """Read the packets of all streams, on over damaged parts."""
    failures = 0
    while failures < _MAX_READ_FAILURES:
        try:
            for packet in container.demux():
                failures = 0
                if packet.size:
                    tally.note(packet)
                    yield packet
            return
        except (av.FFmpegError, OSError):
            failures += 1
            tally.damaged = True


def _decode(stream: av.VideoStream, packet: Packet[Stream] | None, tally: _Tally) -> Iterable[av.VideoFrame]:
    try:
        frames = stream.codec_context.decode(packet)
    except av.error.EOFError:
        return ()
    except av.FFmpegError:
        tally.damaged = True
        return ()
    return frames


def _stamp(picture: av.VideoFrame, source: _Open) -> int | None:
    """Time stamp in ticks; AVI stores the order of decoding only, its presentation times are made up."""
    if picture.pts is None or "avi" in source.formats:
        return picture.dts
    return picture.pts


@dataclass(slots=True)
class _Clock:
    """Presentation times from time stamps, strictly increasing; the rules stand in `VideoFile`.

    Counts in ticks of the stream, so that times are exact to the last bit of the float.
    """

    tick_s: Fraction
    step: int
    shift: int | None = None
    now: int = 0
    leaps: bool = False

    @classmethod
    def of(cls, stream: av.VideoStream) -> _Clock:
        tick_s = stream.time_base or Fraction(1, 90_000)
        rate = stream.guessed_rate or stream.average_rate or Fraction(30)
        return cls(tick_s, max(1, round(1 / (rate * tick_s))))

    def starting_at(self, stamp: int) -> _Clock:
        """Return a clock on which this stamp is 0, for pictures between which others are left out."""
        return replace(self, shift=stamp, now=-1, leaps=True)

    def tell(self, stamp: int | None) -> float | None:
        """Seconds since the first frame, or None for a frame to be skipped."""
        if self.shift is None:
            self.shift = stamp or 0
            return 0.0
        ahead = self.step if stamp is None else stamp - self.shift - self.now
        near = self.leaps or -_CLOCK_BACK_S <= ahead * self.tick_s <= _CLOCK_AHEAD_S
        if stamp is not None and not near:
            ahead = self.step
            self.shift = stamp - self.now - ahead
        if ahead <= 0:
            return None
        self.now += ahead
        self.step = ahead
        return float(self.now * self.tick_s)


# Pictures


@dataclass(frozen=True, slots=True)
class _Look:
    """How stored pictures become displayed ones: one shape, one size, one turn for the whole recording.

    Attributes
    ----------
    stored : tuple[int, int]
        Width and height of the stored picture.
    square : tuple[int, int]
        The same with square pixels and scaled down, before turning.
    displayed : tuple[int, int]
        Width and height as displayed, not scaled down.
    scale : int
    swap, flip_x, flip_y : bool
        The turn: rows and columns swapped first, then columns or rows reversed.
    rotation_deg : int
    """

    stored: tuple[int, int]
    square: tuple[int, int]
    displayed: tuple[int, int]
    scale: int
    swap: bool
    flip_x: bool
    flip_y: bool
    rotation_deg: int

    @classmethod
    def of(cls, picture: av.VideoFrame, stream: av.VideoStream, reading: Reading = USUAL) -> _Look:
        width = max(1, round(picture.width * _pixel_aspect(stream)))
        height = picture.height
        scale = math.ceil(max(width, height) / MAX_SIDE_PX)
        own = _display_matrix(picture)
        swap, flip_x, flip_y, _ = _turn(_read_as(reading, own))
        return cls(
            stored=(picture.width, picture.height),
            square=(max(1, width // scale), max(1, height // scale)),
            displayed=(height, width) if swap else (width, height),
            scale=scale,
            swap=swap,
            flip_x=flip_x,
            flip_y=flip_y,
            rotation_deg=(_turn(own)[3] + reading.rotate_deg) % 360,
        )

    def paint(self, picture: av.VideoFrame, painter: VideoReformatter) -> NDArray[np.uint8]:
        """RGB as displayed, shape (height, width, 3), contiguous.

        A picture whose size changes within the recording keeps its shape, on black.
        """
        if (picture.width, picture.height) == self.stored:
            return self._turned(_rgb(picture, self.square, painter))
        canvas = np.zeros((self.square[1], self.square[0], 3), np.uint8)
        fit = min(self.square[0] / picture.width, self.square[1] / picture.height)
        width, height = max(1, int(picture.width * fit)), max(1, int(picture.height * fit))
        left, top = (self.square[0] - width) // 2, (self.square[1] - height) // 2
        canvas[top : top + height, left : left + width] = _rgb(picture, (width, height), painter)
        return self._turned(canvas)

    def _turned(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        pixels = image.view("V3")[..., 0]  # whole pixels move twice as fast as single bytes
        pixels = pixels.T if self.swap else pixels
        pixels = pixels[:: -1 if self.flip_y else 1, :: -1 if self.flip_x else 1]
        return np.ascontiguousarray(pixels)[..., None].view(np.uint8)


def _rgb(picture: av.VideoFrame, size: tuple[int, int], painter: VideoReformatter) -> NDArray[np.uint8]:
    painted = painter.reformat(picture, size[0], size[1], "rgb24", interpolation="AREA")
    return np.ascontiguousarray(painted.to_ndarray(), dtype=np.uint8)


def _pixel_aspect(stream: av.VideoStream) -> Fraction:
    """Width over height of a stored pixel; 1 if untold or absurd."""
    aspect = stream.sample_aspect_ratio
    low, high = _SANE_ASPECTS
    return aspect if aspect and low <= aspect <= high else Fraction(1)


def _display_matrix(picture: av.VideoFrame) -> tuple[int, int, int, int]:
    """Linear part (a, b, c, d) of the display matrix: x' = ax + cy, y' = bx + dy, y down."""
    data = picture.side_data.get("DISPLAYMATRIX")
    if not isinstance(data, SideData):
        return 1, 0, 0, 1
    matrix = np.frombuffer(bytes(data), np.int32)
    return int(matrix[0]), int(matrix[1]), int(matrix[3]), int(matrix[4])


def _turn(matrix: tuple[int, int, int, int]) -> tuple[bool, bool, bool, int]:
    """Nearest quarter turn (and mirroring) to a display matrix.

    Returns
    -------
    tuple[bool, bool, bool, int]
        Swap rows and columns; then reverse columns, rows; degrees clockwise of the turn, to which a
        mirrored picture had its left and right swapped before.
    """
    a, b, c, d = matrix
    swap = abs(b) > abs(a)
    flip_x, flip_y = (c < 0, b < 0) if swap else (a < 0, d < 0)
    degrees = (90 if c < 0 else 270) if swap else (180 if d < 0 else 0)
    return swap, flip_x, flip_y, degrees


def _read_as(reading: Reading, own: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """Return a file's own display matrix followed by the turn, then the mirroring, that was asked for."""
    a, b, c, d = own
    for _ in range(reading.rotate_deg // 90):
        a, b, c, d = -b, a, -d, c
    return (-a, b, -c, d) if reading.mirrored else (a, b, c, d)


# What the file says of itself


def _slow_motion_of(source: _Open) -> float:
    """How many times slower than life a recording plays, as Android's phones say it; 1 if untold.

    They tell how many frames a second were captured.  Apple's phones keep the true times in the file and
    slow it down when it is shown; what they export slowed down says nothing of it.
    """
    told = {**source.stream.metadata, **source.container.metadata}.get(_CAPTURE_RATE, "")
    played_hz = source.stream.average_rate
    try:
        captured_hz = float(told)
    except ValueError:
        return 1.0
    if not played_hz or not math.isfinite(captured_hz):
        return 1.0
    slower = captured_hz / float(played_hz)
    return slower if _LEAST_SLOW_MOTION <= slower <= SLOW_MOTION[1] else 1.0


def _declared_s(container: InputContainer) -> float | None:
    return container.duration / av.time_base if container.duration else None


def _recorded_at(source: _Open) -> str | None:
    """Time of recording; the phone's own entry, which knows the time zone, goes first."""
    told = {**source.stream.metadata, **source.container.metadata}
    for key in ("com.apple.quicktime.creationdate", "creation_time"):
        try:
            return datetime.fromisoformat(told[key]).isoformat()
        except (KeyError, ValueError):
            continue
    return None

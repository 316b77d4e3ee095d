"""Cameras: live pictures with the time they were taken, always the newest one (OpenCV; PyAV for addresses).

What a driver does may hang.  It therefore happens in a thread that nobody has to wait for: `Capture` reads
in one, and cameras are opened, read and closed in another that is left behind when it does not answer.

All times are of ``time.perf_counter``, the only clock that is fine enough on every platform.
"""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, wait
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Condition, Event, Thread
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Protocol, Self, TypeVar
from urllib.parse import urlsplit

import av
import numpy as np
from av.container import InputContainer
from numpy.typing import NDArray

from formcheck.errors import InputError, Reason
from formcheck.frame import Frame
from formcheck.video.files import VideoFile

if TYPE_CHECKING:
    import cv2
    from cv2.typing import MatLike

Image = NDArray[np.uint8]
T = TypeVar("T")

SIZE = (640, 480)
"""Width and height asked of a camera; the pose model looks at 256 x 256."""
RATE_HZ = 30.0
"""Pictures a second asked of a camera."""
PATIENCE_S = 10.0
"""A camera that has not opened by then is given up; some take that long on Windows."""
FIRST_PICTURE_S = 5.0
"""A camera that is open and has given no picture by then gives none."""
STUCK_S = 1.8
"""Without a new picture for this long a camera is stuck: told within 2 s whoever asks ten times a second."""
RETRY_S = 2.0
"""Time between two attempts to open a lost camera again."""

_READ_S = 0.5
"""Longest wait for one picture before something else is looked at."""
_CLOSE_S = 1.0
"""Longest wait for a camera to close."""
_IDLE_S = 0.02
"""Pause after a read that failed at once."""
_STALE_S = 1.0
"""A camera's own time stamp that is older is wrong."""
_LEAST_STEP_S = 1e-6
_SUBSAMPLED = 16
"""Every so manieth pixel, both ways, tells how bright a picture is."""
_BACKENDS = {"linux": ("V4L2",), "win32": ("MSMF", "DSHOW"), "darwin": ("AVFOUNDATION",)}
"""OpenCV's ways to a camera, best first.  MSMF may take long to open, DSHOW may be slow in pictures."""
_OPENCV_SETTINGS = {
    "OPENCV_LOG_LEVEL": "SILENT",
    "OPENCV_FFMPEG_LOGLEVEL": "-8",
    "OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS": "0",
    "OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT": "1",
}
"""Read by OpenCV when it is loaded: no chatter, quick to open on Windows, 1 s until a read fails on Linux."""
_SCHEMES = ("rtsp", "rtsps", "http", "https", "rtmp", "rtmps", "rtp", "udp", "tcp")
_PROTOCOLS = "crypto,http,https,httpproxy,rtmp,rtmps,rtp,rtsp,srtp,tcp,tls,udp"
"""What FFmpeg may use for an address: no local file, whatever a playlist says."""
_PRIVATE = re.compile(r"(?<=://)[^/@]*@")
_DISPLAY = re.compile(r"(?P<host>[^:]*):(?P<number>\d+)(\.\d+)?")


# What is captured


@dataclass(frozen=True, slots=True, eq=False)
class Captured:
    """A picture from a camera.

    Attributes
    ----------
    frame : Frame
        Its `time_s` counts from the first picture: when it was grabbed, or for a recording its own
        presentation time.  Its `index` counts dropped pictures too.
    grabbed_s : float
        When it was grabbed, or for a recording when it was due, by ``time.perf_counter``.
    """

    frame: Frame
    grabbed_s: float

    @property
    def brightness(self) -> float:
        """Mean of all channels, 0 (black) to 1, from a part of the pixels."""
        return float(self.frame.image[::_SUBSAMPLED, ::_SUBSAMPLED].mean()) / 255


class State(StrEnum):
    """How a camera does.

    ``stuck``: no new picture for `STUCK_S`, ``lost``: and it could not be opened again (yet);
    ``ended``: the recording is over and its last picture was taken.
    """

    OK = "ok"
    STUCK = "stuck"
    LOST = "lost"
    ENDED = "ended"


class Source(Protocol):
    """Where pictures come from; only one thread at a time calls its methods."""

    @property
    def recorded(self) -> bool:
        """Whether this is a recording, which has times of its own and an end."""

    def read(self) -> tuple[Image | None, float | None]:
        """Wait for the next picture, not for ever.

        Returns
        -------
        image : NDArray[np.uint8] | None
            RGB, contiguous; None when there is none: a camera is asked again, a recording is over.
        time_s : float | None
            Of a recording the presentation time since its first picture; of a camera when it was grabbed,
            by ``time.perf_counter``, if known.
        """

    def reopen(self) -> bool:
        """Let go of a camera and open it anew; whether it is open."""

    def close(self) -> None:
        """Let go of it for good."""


@dataclass(frozen=True, slots=True, eq=False)
class Camera:
    """A camera that is open and has shown a picture.

    Attributes
    ----------
    name : str
        For people; without the password of an address.
    source : Source
        To be given to `Capture`, which closes it.
    width, height : int
        Pixels of its first picture.
    rate_hz : float | None
        Pictures a second as the camera has it; None if it does not say.
    backend : str
        ``V4L2``, ``MSMF``, ``DSHOW``, ``AVFOUNDATION``; ``network``; ``file``.
    recording : VideoFile | None
        What plays, if it is a recording.
    """

    name: str
    source: Source
    width: int
    height: int
    rate_hz: float | None
    backend: str
    recording: VideoFile | None = None


class Capture:
    """The newest picture of a camera, read in a thread; to be used with ``with``.

    Parameters
    ----------
    source : Source
        Closed at the end.
    every_frame : bool
        Drop nothing: the reader waits until a picture was taken.  For recordings.
    pace : bool
        Let a recording take its time; without, pictures come as fast as they are decoded.
    stuck_s, retry_s : float
        See `STUCK_S`, `RETRY_S`.

    Notes
    -----
    ``Frame.time_s`` strictly increases, whatever time stamps a camera gives and whether it was lost in
    between: then the gap is as long as it was.

    An error of the reader (a recording that vanished, a bug) is raised by `close`, and so at the end of the
    ``with`` block.
    """

    def __init__(
        self,
        source: Source,
        *,
        every_frame: bool = False,
        pace: bool = True,
        stuck_s: float = STUCK_S,
        retry_s: float = RETRY_S,
    ) -> None:
        self._source = source
        self._every_frame = every_frame
        self._pace = pace
        self._stuck_s = stuck_s
        self._retry_s = retry_s
        self._changed = Condition()
        self._stopping = Event()
        self._unread: Captured | None = None
        self._delivered = 0
        self._dropped = 0
        self._over = False
        self._lost = False
        self._start_s: float | None = None
        self._last_s = -1.0
        self._alive_s = self._retried_s = time.perf_counter()
        self._reader: Future[None] | None = None

    def __enter__(self) -> Self:
        self._alive_s = self._retried_s = time.perf_counter()
        self._reader = _in_background(self._read_all)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop reading and let go of the camera; a camera that hangs is left behind.

        Raises
        ------
        InputError
            A recording could not be read to its end.
        """
        with self._changed:
            self._stopping.set()
            self._changed.notify_all()
        if self._reader is None:
            self._source.close()
        elif wait([self._reader], _READ_S + _CLOSE_S).done:
            self._reader.result()

    def latest(self, timeout_s: float) -> Captured | None:
        """Take the newest picture, waiting for one that was not taken yet.

        Returns
        -------
        Captured | None
            None if none came within `timeout_s`, or at the end of a recording.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._unread is not None or self._over, timeout_s)
            captured, self._unread = self._unread, None
            self._changed.notify_all()
        return captured

    @property
    def delivered(self) -> int:
        """Pictures that came from the camera so far."""
        return self._delivered

    @property
    def dropped(self) -> int:
        """How many of them were overwritten by a newer one before they were taken."""
        return self._dropped

    @property
    def state(self) -> State:
        """How the camera does now."""
        with self._changed:
            if self._over and self._unread is None:
                return State.ENDED
            waiting = self._unread is not None and (self._every_frame or self._over)
            if waiting or time.perf_counter() - self._alive_s < self._stuck_s:
                return State.OK
            return State.LOST if self._lost else State.STUCK

    # In the thread

    def _read_all(self) -> None:
        try:
            while not (self._stopping.is_set() or self._over):
                self._read_one()
        finally:
            with self._changed:
                self._over = True
                self._changed.notify_all()
            self._source.close()

    def _read_one(self) -> None:
        image, told_s = self._source.read()
        if image is not None:
            self._deliver(image, told_s)
        elif self._source.recorded:
            self._over = True
        else:
            self._recover()

    def _deliver(self, image: Image, told_s: float | None) -> None:
        if self._source.recorded:
            time_s, grabbed_s = self._play(told_s)
        else:
            time_s, grabbed_s = self._stamp(told_s)
        with self._changed:
            if self._every_frame:
                self._changed.wait_for(lambda: self._unread is None or self._stopping.is_set())
            if self._stopping.is_set():
                return
            self._dropped += self._unread is not None
            self._unread = Captured(Frame(image, time_s, self._delivered), grabbed_s)
            self._delivered += 1
            self._last_s = time_s
            self._alive_s = time.perf_counter()
            self._lost = False
            self._changed.notify_all()

    def _play(self, told_s: float | None) -> tuple[float, float]:
        """Wait until a picture of a recording is due."""
        follows = self._last_s + (1 / RATE_HZ if told_s is None else _LEAST_STEP_S)
        time_s = max(0.0, follows if told_s is None or told_s <= self._last_s else told_s)
        now_s = time.perf_counter()
        if self._start_s is None:
            self._start_s = now_s - time_s
        if self._pace:
            self._stopping.wait(max(0.0, self._start_s + time_s - now_s))
        return time_s, time.perf_counter()

    def _stamp(self, told_s: float | None) -> tuple[float, float]:
        """Believe a camera's own time stamp where it can be true."""
        now_s = time.perf_counter()
        sane = told_s is not None and now_s - _STALE_S < told_s <= now_s
        grabbed_s = told_s if told_s is not None and sane else now_s
        if self._start_s is None:
            self._start_s = grabbed_s
            return 0.0, grabbed_s
        if grabbed_s - self._start_s <= self._last_s:
            grabbed_s = now_s
        return max(grabbed_s - self._start_s, self._last_s + _LEAST_STEP_S), grabbed_s

    def _recover(self) -> None:
        """Wait a moment, or open the camera again when it is stuck and that was not tried just now."""
        now_s = time.perf_counter()
        tried = self._retried_s > self._alive_s
        since_s = self._retried_s + self._retry_s if tried else self._alive_s + self._stuck_s
        if now_s < since_s:
            self._stopping.wait(min(_IDLE_S, since_s - now_s))
            return
        self._lost = not self._source.reopen()
        self._retried_s = time.perf_counter()


# Opening


def open_camera(
    what: str,
    *,
    size: tuple[int, int] = SIZE,
    rate_hz: float = RATE_HZ,
    patience_s: float = PATIENCE_S,
) -> Camera:
    """Open a camera, or a recording as if it were one, and see that it gives pictures.

    Parameters
    ----------
    what : str
        The number of a camera (``0``), a device (``/dev/video0``), a recording, or an address
        (``rtsp://...``, ``http://...``).
    size : tuple[int, int]
        Width and height to ask for; what comes is accepted.
    rate_hz : float
        Pictures a second to ask for.
    patience_s : float
        How long each way to the camera may take to open.

    Raises
    ------
    InputError
        No camera there, used by another program, gives no picture; no such recording, or damaged.
    """
    if what.isascii() and what.isdigit():
        return _open_device(int(what), size, rate_hz, patience_s)
    if "://" in what:
        return _open_address(what, patience_s)
    if _is_device(what):
        return _open_device(what, size, rate_hz, patience_s)
    video = VideoFile(Path(what))
    if not video.moves():
        raise InputError(
            Reason.TOO_SHORT, f"{what}: is a single picture; give a camera's number or a recording"
        )
    return Camera(
        name=video.path.name,
        source=_Recording(video),
        width=video.width // video.scale,
        height=video.height // video.scale,
        rate_hz=None,
        backend="file",
        recording=video,
    )


def opencv() -> ModuleType:
    """Load OpenCV so that it says nothing and waits for no camera for long.

    Settings of the environment that the user made stay.

    Raises
    ------
    InputError
        A system library is missing.
    """
    for name, value in _OPENCV_SETTINGS.items():
        os.environ.setdefault(name, value)
    try:
        import cv2  # noqa: PLC0415 - slow, needs libGL, and reads the settings above
    except ImportError as error:
        raise InputError(
            Reason.UNSUPPORTED, f"OpenCV does not load ({error}); on Debian install libgl1 and libglib2.0-0"
        ) from None
    if os.environ["OPENCV_LOG_LEVEL"] == "SILENT":
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    return cv2


def _open_device(device: int | str, size: tuple[int, int], rate_hz: float, patience_s: float) -> Camera:
    name = f"camera {device}"
    if sys.platform == "linux":
        _check_node(name, Path(f"/dev/video{device}" if isinstance(device, int) else device))
    for backend in _BACKENDS.get(sys.platform, ("ANY",)):
        live = _Live(name, partial(_Device.open, name, device, backend, size, rate_hz))
        try:
            return live.camera(backend, patience_s)
        except InputError as error:
            live.close()
            failure = error
    raise failure


def _open_address(address: str, patience_s: float) -> Camera:
    name = _PRIVATE.sub("", address)
    if urlsplit(address).scheme.lower() not in _SCHEMES:
        begins = ", ".join(f"{scheme}://" for scheme in _SCHEMES[:4])
        raise InputError(Reason.UNSUPPORTED, f"{name}: is no camera's address; it begins with {begins}")
    live = _Live(name, partial(_Stream.open, name, address, patience_s))
    try:
        return live.camera("network", patience_s + _READ_S)
    except InputError:
        live.close()
        raise


def _is_device(path: str) -> bool:
    try:
        return stat.S_ISCHR(os.stat(path).st_mode)
    except (OSError, ValueError):
        return False


def _nodes() -> list[int]:
    """Numbers of the cameras that Linux knows; their second nodes, which give no picture, left out."""
    found = []
    for path in Path("/dev").glob("video*"):
        number = path.name.removeprefix("video")
        with suppress(OSError):
            if Path(f"/sys/class/video4linux/{path.name}/index").read_text(encoding="ascii").strip() != "0":
                continue
        if number.isdigit():
            found.append(int(number))
    return sorted(found)


def _check_node(name: str, node: Path) -> None:
    """Tell apart what OpenCV only calls a failure."""
    if not node.exists():
        others = ", ".join(map(str, _nodes()))
        there = f"there are: {others}" if others else "no camera is connected"
        raise InputError(Reason.NOT_FOUND, f"{name}: there is none; {there}; give its number or a recording")
    if not os.access(node, os.R_OK | os.W_OK):
        raise InputError(
            Reason.UNREADABLE, f"{name}: may not be used; add yourself to the group of {node} (often video)"
        )


# Recordings as cameras


class _Recording:
    """A recording, played once."""

    recorded = True

    def __init__(self, video: VideoFile) -> None:
        self._frames: Generator[Frame, None, None] = (frame for frame in video)

    def read(self) -> tuple[Image | None, float | None]:
        try:
            frame = next(self._frames, None)
        except InputError as error:
            if error.reason is not Reason.TOO_SHORT:
                raise
            frame = None
        return (None, None) if frame is None else (frame.image, frame.time_s)

    def reopen(self) -> bool:
        return False

    def close(self) -> None:
        self._frames.close()


# Cameras proper: what may hang is done by a thread that can be left behind


def _fulfil(future: Future[T], work: Callable[[], T]) -> None:
    try:
        result = work()
    except BaseException as error:  # noqa: BLE001 - handed on to whoever asks for the result
        future.set_exception(error)
    else:
        future.set_result(result)


def _in_background(work: Callable[[], T]) -> Future[T]:
    """Do something in a thread that ends with the program at the latest."""
    future: Future[T] = Future()
    Thread(target=_fulfil, args=(future, work), name="formcheck-camera", daemon=True).start()
    return future


class _Hand:
    """A thread that does one thing after the other; Windows wants a camera used where it was opened."""

    def __init__(self) -> None:
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        _in_background(self._work)

    def do(self, work: Callable[[], T]) -> Future[T]:
        """Do something after all before."""
        future: Future[T] = Future()
        self._jobs.put(partial(_fulfil, future, work))
        return future

    def end(self) -> None:
        """Do nothing more after that."""
        self._jobs.put(None)

    def _work(self) -> None:
        for job in iter(self._jobs.get, None):
            job()


class _Handle(Protocol):
    """An open camera; its calls may hang."""

    @property
    def rate_hz(self) -> float | None: ...

    def read(self) -> tuple[Image | None, float | None]: ...

    def close(self) -> None: ...


class _Live:
    """A camera that never keeps its user waiting for long.

    Parameters
    ----------
    name : str
        For messages.
    open_it : Callable[[], _Handle]
        Opens the camera or raises `InputError`.
    """

    recorded = False

    def __init__(self, name: str, open_it: Callable[[], _Handle]) -> None:
        self._name = name
        self._open_it = open_it
        self._hand: _Hand | None = None
        self._opening: Future[_Handle] | None = None
        self._handle: _Handle | None = None
        self._reading: Future[tuple[Image | None, float | None]] | None = None

    def camera(self, backend: str, patience_s: float) -> Camera:
        """Open it and wait for its first picture.

        Raises
        ------
        InputError
            It does not open or gives no picture in time.
        """
        if not self._obtain(patience_s) or self._handle is None:
            raise InputError(
                Reason.UNREADABLE, f"{self._name}: does not answer; unplug it, plug it in and try again"
            )
        until_s = time.perf_counter() + min(FIRST_PICTURE_S, patience_s)
        image, _ = self.read()
        while image is None and time.perf_counter() < until_s:
            time.sleep(_IDLE_S)
            image, _ = self.read()
        if image is None:
            raise InputError(
                Reason.NO_FRAMES,
                f"{self._name}: opens but gives no picture; try another camera or restart it",
            )
        return Camera(self._name, self, image.shape[1], image.shape[0], self._handle.rate_hz, backend)

    def read(self) -> tuple[Image | None, float | None]:
        if self._hand is None or self._handle is None:
            return None, None
        if self._reading is None:
            self._reading = self._hand.do(self._handle.read)
        if not wait([self._reading], _READ_S).done:
            return None, None
        reading, self._reading = self._reading, None
        return reading.result()

    def reopen(self) -> bool:
        try:
            return self._obtain(_CLOSE_S)
        except InputError:
            return False

    def close(self) -> None:
        """Let go of the camera, now or as soon as it answers."""
        if self._hand is None:
            return
        if self._opening is not None:
            self._opening.add_done_callback(_close_late)
        elif self._handle is not None:
            wait([self._hand.do(self._handle.close)], _CLOSE_S)
        self._hand.end()
        self._hand = self._opening = self._handle = self._reading = None

    def _obtain(self, seconds: float) -> bool:
        """Open it, or go on waiting until it is open."""
        if self._opening is None:
            self.close()
            self._hand = _Hand()
            self._opening = self._hand.do(self._open_it)
        if not wait([self._opening], seconds).done:
            return False
        opened, self._opening = self._opening, None
        self._handle = opened.result()
        return True


def _close_late(opening: Future[_Handle]) -> None:
    if opening.exception() is None:
        opening.result().close()


class _Device:
    """A camera as OpenCV has it."""

    def __init__(self, capture: cv2.VideoCapture) -> None:
        self._cv2 = opencv()
        self._capture = capture
        rate_hz = capture.get(self._cv2.CAP_PROP_FPS)
        self.rate_hz = rate_hz if 0 < rate_hz <= 1000 else None

    @classmethod
    def open(
        cls, name: str, device: int | str, backend: str, size: tuple[int, int], rate_hz: float
    ) -> _Device:
        cv2 = opencv()
        capture = cv2.VideoCapture(device, getattr(cv2, f"CAP_{backend}"))
        if not capture.isOpened():
            capture.release()
            raise InputError(
                Reason.UNREADABLE,
                f"{name}: does not open; close other programs that use it, allow its use, or give another",
            )
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, size[0])
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, size[1])
        capture.set(cv2.CAP_PROP_FPS, rate_hz)
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        return cls(capture)

    def read(self) -> tuple[Image | None, float | None]:
        try:
            if not self._capture.grab():
                return None, None
            grabbed_s = time.perf_counter()
            found, image = self._capture.retrieve()
            return (self._rgb(image), grabbed_s) if found else (None, None)
        except self._cv2.error:
            return None, None

    def close(self) -> None:
        self._capture.release()

    def _rgb(self, image: MatLike) -> Image:
        """From the three channels of most cameras, or the one of an infrared camera."""
        grey = image.ndim == 2 or image.shape[2] == 1
        turned = self._cv2.cvtColor(image, self._cv2.COLOR_GRAY2RGB if grey else self._cv2.COLOR_BGR2RGB)
        return np.ascontiguousarray(turned, dtype=np.uint8)


class _Stream:
    """A camera in the network."""

    def __init__(self, container: InputContainer) -> None:
        self._container = container
        self._stream = container.streams.video[0]
        self._stream.thread_count = 1  # more would keep pictures back
        self._pictures = container.decode(self._stream)
        rate = self._stream.average_rate
        self.rate_hz = float(rate) if rate else None

    @classmethod
    def open(cls, name: str, address: str, patience_s: float) -> _Stream:
        try:
            container = av.open(
                address,
                "r",
                metadata_errors="replace",
                timeout=(patience_s, STUCK_S),
                container_options={
                    "protocol_whitelist": _PROTOCOLS,
                    "rtsp_transport": "tcp",
                    "fflags": "nobuffer",
                    "analyzeduration": "1000000",
                },
            )
        except (av.FFmpegError, OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or type(error).__name__
            raise InputError(
                Reason.UNREADABLE, f"{name}: gives no video ({why}); check the address and the camera"
            ) from None
        return cls._checked(name, container)

    @classmethod
    def _checked(cls, name: str, container: InputContainer) -> _Stream:
        if container.streams.video and not (container.duration or 0) > 0:
            return cls(container)
        live = not container.streams.video
        container.close()
        if live:
            raise InputError(Reason.NO_VIDEO_STREAM, f"{name}: holds no picture; give a camera's address")
        raise InputError(Reason.UNSUPPORTED, f"{name}: is a recording; download it and give the file")

    def read(self) -> tuple[Image | None, float | None]:
        try:
            picture = next(self._pictures, None)
            if picture is None:
                return None, None
            grabbed_s = time.perf_counter()
            return np.ascontiguousarray(picture.to_ndarray(format="rgb24"), dtype=np.uint8), grabbed_s
        except (av.FFmpegError, OSError, ValueError):
            self._pictures = self._container.decode(self._stream)
            return None, None

    def close(self) -> None:
        self._container.close()


# For ``formcheck doctor``


@dataclass(frozen=True, slots=True)
class Found:
    """A camera of this machine.

    Attributes
    ----------
    number : int
        What ``--camera`` takes.
    width, height : int | None
        Of its first picture; None if it gave none.
    rate_hz : float | None
    backend : str | None
        As in `Camera`.
    problem : str | None
        Why it cannot be used, and what to do.
    """

    number: int
    width: int | None = None
    height: int | None = None
    rate_hz: float | None = None
    backend: str | None = None
    problem: str | None = None


def list_cameras(*, patience_s: float = 3.0) -> list[Found]:
    """Try the cameras of this machine, one after the other.

    Parameters
    ----------
    patience_s : float
        How long each may take to open, and again until its first picture.

    Returns
    -------
    list[Found]
        On Linux all that the system knows; elsewhere those of the numbers 0 to 3 that open, since those that
        do not cannot be told from those that do not exist.
    """
    known = sys.platform == "linux"
    found = [_try(number, patience_s) for number in (_nodes() if known else range(4))]
    return [one for one in found if known or one.problem is None]


def _try(number: int, patience_s: float) -> Found:
    try:
        camera = open_camera(str(number), patience_s=patience_s)
    except InputError as error:
        return Found(number, problem=str(error))
    camera.source.close()
    return Found(number, camera.width, camera.height, camera.rate_hz, camera.backend)


# The machine around a session


def has_display() -> bool:
    """Whether a window can be opened; OpenCV ends the whole program when one is tried without.

    On Linux an X server must answer (on Wayland, XWayland does): OpenCV's wheels speak nothing else.
    """
    if sys.platform in {"win32", "darwin"}:
        return True
    display = _DISPLAY.fullmatch(os.environ.get("DISPLAY", ""))
    if display is None:
        return False
    host, number = display["host"], int(display["number"])
    if host not in {"", "unix"}:
        return _answers(socket.AF_INET, (host, 6000 + number))
    path = f"/tmp/.X11-unix/X{number}"
    return _answers(socket.AF_UNIX, path) or _answers(socket.AF_UNIX, f"\0{path}")


def _answers(family: socket.AddressFamily, address: str | tuple[str, int]) -> bool:
    with socket.socket(family) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(address)
        except (OSError, OverflowError):
            return False
    return True


@contextmanager
def keep_awake() -> Iterator[None]:
    """Keep the machine and its screen awake, as far as it lets us; ends with the program even if killed."""
    with ExitStack() as stack:
        if sys.platform == "win32":
            stack.enter_context(_windows_awake())
        for command in _inhibitors():
            stack.enter_context(_running(command))
        yield


def _inhibitors() -> list[list[str]]:
    """Commands that keep the machine awake until their input closes, or this process ends."""
    why = "an exercise session is running"
    candidates = {
        "darwin": [["caffeinate", "-d", "-i", "-w", str(os.getpid())]],
        "linux": [
            ["systemd-inhibit", "--what=idle:sleep", "--who=formcheck", f"--why={why}", "cat"],
            ["gnome-session-inhibit", "--inhibit", "idle", "--reason", why, "cat"],
        ],
    }
    return [command for command in candidates.get(sys.platform, []) if shutil.which(command[0])]


@contextmanager
def _running(command: list[str]) -> Iterator[None]:
    """Run a command beside; in a session of its own, so that Ctrl-C does not reach it."""
    silent = subprocess.DEVNULL
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=silent, stderr=silent, start_new_session=True
        )
    except OSError:
        yield
        return
    try:
        yield
    finally:
        with suppress(OSError):
            process.stdin.close() if process.stdin else None
        process.terminate()
        try:
            process.wait(1.0)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def _windows_awake() -> Iterator[None]:
    continuous, system, display = 0x80000000, 0x1, 0x2
    set_state = getattr(ctypes, "windll").kernel32.SetThreadExecutionState  # noqa: B009 - on Windows only
    set_state(continuous | system | display)
    try:
        yield
    finally:
        set_state(continuous)

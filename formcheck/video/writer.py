"""Video that every browser plays, with the times of the recording it was made from (PyAV only)."""

from __future__ import annotations

import errno
import os
import secrets
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import numpy as np
from av.container import OutputContainer
from av.video.frame import PictureType
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from formcheck.errors import OutputError

TICK_S = Fraction(1, 90_000)
"""Time stamps are whole multiples of this: exact for 24, 25, 29.97, 30, 50 and 60 frames a second."""
KEY_FRAME_EVERY_S = 1.0
"""Someone who drags the slider waits for no more than this to be decoded."""

_ENCODERS: dict[str, dict[str, str]] = {
    "libx264": {"preset": "veryfast", "crf": "23"},
    "libopenh264": {"b": "4M"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8", "crf": "33", "b": "0", "row-mt": "1"},
}
"""Encoders in order of preference, and how each is set; VP9 in MP4 plays in browsers too."""
_BT709 = 1
"""Colour matrix, primaries and transfer that players expect of H.264."""
_LIMITED_RANGE = 1


class VideoWriter:
    """Write pictures to an MP4 file, to be used with ``with``.

    The file appears under its name only once it is whole: it grows under another name in the same folder,
    and is removed if anything goes wrong.  Without any picture there is no file.

    Parameters
    ----------
    path : Path
        Ends in ``.mp4`` by custom; a file of that name is replaced.
    size : tuple[int, int]
        Width and height of the pictures in pixels; an odd one loses its last row or column, since H.264
        stores colour for two pixels at a time.
    comment : str
        Kept in the file (`comment_of`).

    Raises
    ------
    OutputError
        On opening, writing or closing: the folder is missing or cannot be written, or the disk is full.

    Examples
    --------
    >>> with VideoWriter(Path("annotated.mp4"), (1280, 720)) as writer:  # doctest: +SKIP
    ...     for frame in recording:
    ...         writer.write(frame.image, frame.time_s)
    """

    def __init__(self, path: Path, size: tuple[int, int], comment: str = "") -> None:
        if min(size) < 2:
            raise ValueError(f"a picture of {size[0]} x {size[1]} pixels cannot be encoded")
        self.path = path
        self.size = size
        self._part = Path(os.path.abspath(path.parent)) / f".formcheck-{secrets.token_hex(6)}.part"
        self._painter = VideoReformatter()
        self._stamps = _Stamps()
        codec = _encoder()
        try:
            self._part.touch()
            self._container = av.open(str(self._part), "w", format="mp4", options={"movflags": "+faststart"})
            self._container.metadata.update({"comment": comment} if comment else {})
        except (av.FFmpegError, OSError) as error:
            raise _refusal(path, error) from None
        self._stream = _add_stream(self._container, codec, (size[0] // 2 * 2, size[1] // 2 * 2))

    def write(self, image: NDArray[np.uint8], time_s: float) -> None:
        """Add a picture.

        Parameters
        ----------
        image : NDArray[np.uint8], shape (height, width, 3)
            RGB, of the size given at the start.
        time_s : float
            When it is shown, after that of the picture before; the first may have any time, and keeps it
            when it is not negative.

        Raises
        ------
        OutputError
        ValueError
            For a picture of another size, or a time that does not advance.
        """
        if image.shape != (self.size[1], self.size[0], 3):
            raise ValueError(
                f"expected pictures of shape {(self.size[1], self.size[0], 3)}, got {image.shape}"
            )
        picture = self._picture(image)
        picture.pts, key = self._stamps.next(time_s)
        picture.time_base = TICK_S
        picture.pict_type = PictureType.I if key else PictureType.NONE
        self._send(picture)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()

    def close(self) -> None:
        """Finish the file and give it its name."""
        if self._stamps.last is None:
            self.discard()
            return
        self._send(None)
        try:
            self._container.close()
            os.replace(self._part, self.path)
        except (av.FFmpegError, OSError) as error:
            self.discard()
            raise _refusal(self.path, error) from None

    def discard(self) -> None:
        """Leave no file behind."""
        with suppress(av.FFmpegError, OSError):  # the file goes anyway
            self._container.close()
        self._part.unlink(missing_ok=True)

    def _picture(self, image: NDArray[np.uint8]) -> av.VideoFrame:
        even = image[: self.size[1] // 2 * 2, : self.size[0] // 2 * 2]
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(even), format="rgb24")
        return self._painter.reformat(picture, format="yuv420p", dst_colorspace=_BT709)

    def _send(self, picture: av.VideoFrame | None) -> None:
        try:
            self._container.mux(self._stream.encode(picture))
        except (av.FFmpegError, OSError) as error:
            self.discard()
            raise _refusal(self.path, error) from None


def comment_of(path: Path) -> str:
    """Return what a `VideoWriter` was told to keep in a file; empty if nothing, or if it cannot be read."""
    try:
        with av.open(str(path), "r", format="mp4") as container:
            return container.metadata.get("comment", "")
    except (av.FFmpegError, OSError, ValueError):
        return ""


class _Stamps:
    """Time stamps and key frames, from times."""

    def __init__(self) -> None:
        self.last: int | None = None
        self._key = 0

    def next(self, time_s: float) -> tuple[int, bool]:
        """Stamp of the next picture, and whether it must be a key frame.

        It must if the picture after it, one interval on, would come later than a second after the last
        key frame.
        """
        stamp = round(time_s / TICK_S)
        if self.last is None:
            self.last = self._key = stamp
            return stamp, True
        if stamp <= self.last:
            raise ValueError(f"times must advance: {time_s} s follows {float(self.last * TICK_S)} s")
        key = (2 * stamp - self.last - self._key) * TICK_S > KEY_FRAME_EVERY_S
        self.last = stamp
        self._key = stamp if key else self._key
        return stamp, key


def _encoder() -> str:
    for name in _ENCODERS:
        if name in av.codecs_available:
            return name
    raise OutputError("no H.264 or VP9 encoder in this build of PyAV; reinstall the package av")


def _add_stream(container: OutputContainer, codec: str, size: tuple[int, int]) -> av.VideoStream:
    stream = container.add_stream(codec, rate=30, options=dict(_ENCODERS[codec]))
    assert isinstance(stream, av.VideoStream)
    stream.width, stream.height = size
    stream.pix_fmt = "yuv420p"
    context = stream.codec_context
    context.time_base = TICK_S
    context.colorspace = context.color_primaries = context.color_trc = _BT709
    context.color_range = _LIMITED_RANGE
    return stream


def _refusal(path: Path, error: Exception) -> OutputError:
    full = getattr(error, "errno", None) == errno.ENOSPC
    advice = "free some space" if full else "choose another folder with --out"
    why = getattr(error, "strerror", None) or str(error)
    name = "".join(c if c.isprintable() else "?" for c in str(path))
    return OutputError(f"{name}: the video cannot be written ({why}); {advice}")

"""Video that grows on disk piece by piece, so that a killed program or a power cut leaves it readable.

A plain MP4 has its table of contents at the end and is worthless without.  A fragmented one brings it along
with every piece; `settle` makes it a plain one afterwards, without encoding anew.
"""

from __future__ import annotations

import errno
import os
import secrets
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import PictureType
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from formcheck.errors import OutputError
from formcheck.video.writer import _BT709, KEY_FRAME_EVERY_S, _add_stream, _encoder

TICK_S = Fraction(1, 1_000_000)
"""Fine enough to find the picture of a time again (`formcheck.report.folder.paired`)."""
PIECE_S = 0.5
"""A piece is written at least this often."""
_MOVIE = {
    "movflags": "frag_keyframe+empty_moov+default_base_moof",
    "frag_duration": str(round(PIECE_S * 1_000_000)),
    "flush_packets": "1",
}
_AT_ONCE = {
    "libx264": {"tune": "zerolatency"},
    "libvpx-vp9": {"lag-in-frames": "0"},
}
"""What makes an encoder give every picture at once, instead of looking ahead for half a second."""
_UNREADABLE = (av.FFmpegError, OSError, ValueError, IndexError)


class FragmentWriter:
    """Write pictures to a new MP4 file that can be read up to its last piece at any time.

    Parameters
    ----------
    path : Path
        Must not exist.
    size : tuple[int, int]
        Width and height of the video; pictures of another size are scaled to it.

    Raises
    ------
    OutputError
        On opening, writing, syncing or closing.
    """

    def __init__(self, path: Path, size: tuple[int, int]) -> None:
        self.path = path
        self._size = (size[0] // 2 * 2, size[1] // 2 * 2)
        self._painter = VideoReformatter()
        self._last = self._key = -1
        codec = _encoder()
        try:
            self._file = path.open("xb", buffering=0)
            self._container = av.open(self._file, "w", format="mp4", options=dict(_MOVIE))
        except (av.FFmpegError, OSError) as error:
            raise refusal(path, error) from None
        self._stream = _add_stream(self._container, codec, self._size)
        context = self._stream.codec_context
        context.options = {**context.options, **_AT_ONCE.get(codec, {})}
        context.thread_count = 1  # the other cores are for the pose model
        context.time_base = TICK_S

    def write(self, image: NDArray[np.uint8], time_s: float) -> None:
        """Add a picture (RGB); one whose time does not advance by a tick is left out."""
        stamp = round(time_s / TICK_S)
        if stamp <= self._last:
            return
        source = av.VideoFrame.from_ndarray(image, format="rgb24")
        width, height = self._size
        picture = self._painter.reformat(
            source, width=width, height=height, format="yuv420p", dst_colorspace=_BT709
        )
        picture.pts, picture.time_base = stamp, TICK_S
        picture.pict_type = PictureType.I if self._is_key(stamp) else PictureType.NONE
        self._last = stamp
        self._mux(picture)

    def sync(self) -> None:
        """Wait until what was written is on the disk."""
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            raise refusal(self.path, error) from None

    def close(self) -> None:
        """Write the last piece."""
        try:
            self._mux(None)
            self._container.close()
            os.fsync(self._file.fileno())
            self._file.close()
        except (av.FFmpegError, OSError) as error:
            self.abandon()
            raise refusal(self.path, error) from None

    def abandon(self) -> None:
        """Let go of the file as it is, after an error; harmless when repeated."""
        with suppress(av.FFmpegError, OSError, ValueError):  # it could not be written before either
            self._container.close()
        self._file.close()

    def _is_key(self, stamp: int) -> bool:
        """Return whether the picture after this one would come too late for a key frame."""
        due = self._key < 0 or (2 * stamp - self._last - self._key) * TICK_S > KEY_FRAME_EVERY_S
        if due:
            self._key = stamp
        return due

    def _mux(self, picture: av.VideoFrame | None) -> None:
        try:
            self._container.mux(self._stream.encode(picture))
        except (av.FFmpegError, OSError) as error:
            raise refusal(self.path, error) from None


def settle(path: Path) -> bool:
    """Make a fragmented MP4 a plain one in its place, as far as it can be read; no picture changes.

    Returns
    -------
    bool
        Whether there is a video; a file without any readable picture stays as it is.

    Raises
    ------
    OutputError
        The new file cannot be written; the old one is as it was.
    """
    part = path.with_name(f".formcheck-{secrets.token_hex(6)}.part")
    try:
        with av.open(str(path)) as pieces:
            if not _copied(pieces, part):
                return False
    except _UNREADABLE as error:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EACCES, errno.EROFS):
            raise refusal(path, error) from None
        return False
    else:
        try:
            os.replace(part, path)
        except OSError as error:
            raise refusal(path, error) from None
        return True
    finally:
        part.unlink(missing_ok=True)


def encoder_name() -> str:
    """Return the encoder that videos are written with.

    Raises
    ------
    OutputError
        There is none.
    """
    return _encoder()


def _copied(pieces: InputContainer, part: Path) -> bool:
    """Copy all packets up to the first unreadable one; return whether there was any."""
    source = pieces.streams.video[0]
    any_packet = False
    with av.open(str(part), "w", format="mp4", options={"movflags": "+faststart"}) as whole:
        target = whole.add_stream_from_template(source)
        target.time_base = source.time_base
        packets = pieces.demux(source)
        with suppress(av.error.InvalidDataError):
            for packet in packets:
                if packet.dts is None or packet.is_corrupt:
                    continue
                packet.stream = target
                whole.mux(packet)
                any_packet = True
    return any_packet


def refusal(path: Path, error: Exception) -> OutputError:
    """Return the error that says why a recording cannot be written and what to do."""
    full = getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT)
    advice = "free some space" if full else "choose another folder with --record"
    why = getattr(error, "strerror", None) or str(error)
    return OutputError(f"{path}: the recording cannot be written ({why}); {advice}")

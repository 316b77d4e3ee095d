"""Builders of test recordings: small, made on the spot, with known pixels and known times.

Every builder writes to the path it is given and returns it.
"""

from __future__ import annotations

import itertools
import os
import struct
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import OutputContainer
from av.stream import Disposition
from numpy.typing import NDArray

os.environ.setdefault("SVT_LOG", "1")  # the AV1 encoder talks

Image = NDArray[np.uint8]

SIZE = (64, 48)
"""Width and height of most test pictures, in pixels."""
CORNERS = {
    "top_left": (220, 30, 30),
    "top_right": (30, 200, 30),
    "bottom_left": (30, 30, 220),
    "bottom_right": (230, 230, 230),
}
"""RGB of the quarters of a test picture: no turn or mirror leaves it as it was."""

_CODECS: dict[str, tuple[str, dict[str, str]]] = {
    "libx264": ("yuv420p", {"preset": "veryfast", "crf": "12"}),
    "libx265": ("yuv420p", {"preset": "ultrafast", "crf": "12", "x265-params": "log-level=none"}),
    "libvpx-vp9": ("yuv420p", {"deadline": "realtime", "cpu-used": "8", "crf": "12", "b": "0"}),
    "libsvtav1": ("yuv420p", {"preset": "10", "crf": "12"}),
    "mpeg4": ("yuv420p", {"qscale": "2", "flags": "+qscale", "global_quality": "236"}),
    "gif": ("rgb8", {}),
    "ffv1": ("yuv420p", {}),
    "png": ("rgb24", {}),
}
_TICKS = {"gif": Fraction(1, 100), "mpeg4": Fraction(1, 1000)}
_TICK = Fraction(1, 90_000)


def picture(size: tuple[int, int] = SIZE) -> Image:
    """Four quarters in the colours of `CORNERS`, shape (height, width, 3)."""
    width, height = size
    image = np.empty((height, width, 3), np.uint8)
    image[: height // 2, : width // 2] = CORNERS["top_left"]
    image[: height // 2, width // 2 :] = CORNERS["top_right"]
    image[height // 2 :, : width // 2] = CORNERS["bottom_left"]
    image[height // 2 :, width // 2 :] = CORNERS["bottom_right"]
    return image


def pictures(count: int, size: tuple[int, int] = SIZE) -> list[Image]:
    """The same with a dark line that wanders down the middle, so that pictures differ."""
    images = []
    for index in range(count):
        image = picture(size)
        image[index % size[1], size[0] // 2 - 2 : size[0] // 2 + 2] = 0
        images.append(image)
    return images


def grain(count: int, size: tuple[int, int] = SIZE) -> list[Image]:
    """Noise, which no encoder makes small: recordings of it have many bytes to damage."""
    rng = np.random.default_rng(7)
    return list(rng.integers(0, 256, (count, size[1], size[0], 3), dtype=np.uint8))


def steady(count: int, rate_hz: Fraction | int = 30) -> list[Fraction]:
    """Times of a constant frame rate, in seconds from 0."""
    return [index / Fraction(rate_hz) for index in range(count)]


def make_video(
    path: Path,
    images: Sequence[Image] | None = None,
    times_s: Sequence[Fraction | float] | None = None,
    *,
    codec: str = "libx264",
    pix_fmt: str | None = None,
    rotation: int = 0,
    mirror: bool = False,
    aspect: Fraction | None = None,
    metadata: dict[str, str] | None = None,
    sound_s: float = 0.0,
    tick_s: Fraction | None = None,
    container_options: dict[str, str] | None = None,
) -> Path:
    """Encode a recording; the container follows the suffix of the path.

    Parameters
    ----------
    path : Path
    images : Sequence[Image] | None
        RGB pictures of one size; two seconds of `pictures` unless told.
    times_s : Sequence[Fraction | float] | None
        When each is shown; 30 a second unless told.
    codec : str
        An FFmpeg encoder.
    pix_fmt : str | None
        ``yuv420p10le`` for 10 bit; what is usual for the codec unless told.
    rotation : int
        0, 90, 180 or 270 degrees clockwise that a player must turn the picture (MP4 and MOV only).
    mirror : bool
        A player must swap left and right before turning, as for some selfie cameras (MP4 and MOV only).
    aspect : Fraction | None
        Width over height of a pixel.
    metadata : dict[str, str] | None
        Such as ``creation_time``.
    sound_s : float
        Seconds of silence beside the picture.
    tick_s : Fraction | None
        Unit of the encoder's time stamps.
    container_options : dict[str, str] | None
        Such as ``movflags``.
    """
    images = pictures(60) if images is None else images
    with av.open(str(path), "w", container_options=container_options or {}) as container:
        container.metadata.update(metadata or {})
        _encode(
            container,
            images,
            times_s,
            codec=codec,
            pix_fmt=pix_fmt,
            aspect=aspect,
            tick_s=tick_s,
            sound_s=sound_s,
        )
    if rotation or mirror:
        set_rotation(path, rotation, mirror=mirror)
    return path


def _encode(
    container: OutputContainer,
    images: Sequence[Image],
    times_s: Sequence[Fraction | float] | None = None,
    *,
    codec: str,
    pix_fmt: str | None = None,
    aspect: Fraction | None = None,
    tick_s: Fraction | None = None,
    sound_s: float = 0.0,
) -> None:
    tick_s = tick_s or _TICKS.get(codec, _TICK)
    usual, options = _CODECS.get(codec, ("yuv420p", {}))
    rate = 1 / Fraction(times_s[1] - times_s[0]) if times_s and len(times_s) > 1 else Fraction(30)
    stream = container.add_stream(codec, rate=rate.limit_denominator(1001), options=dict(options))
    stream.pix_fmt = pix_fmt or usual
    stream.height, stream.width = images[0].shape[:2]
    stream.codec_context.time_base = tick_s
    if aspect:
        stream.codec_context.sample_aspect_ratio = aspect
    sound = container.add_stream("aac", rate=8000) if sound_s else None
    times = itertools.count(0, Fraction(1, 30)) if times_s is None else times_s
    for image, time_s in zip(images, times, strict=times_s is not None):
        frame = av.VideoFrame.from_ndarray(image, format="rgb24")
        frame.pts, frame.time_base = round(time_s / tick_s), tick_s
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
    if sound:
        _silence(container, sound, sound_s)


def _silence(container: OutputContainer, stream: av.AudioStream, seconds: float) -> None:
    for start in range(0, int(seconds * 8000), 1024):
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 8000, start, Fraction(1, 8000)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def set_rotation(path: Path, degrees: int, *, mirror: bool = False) -> Path:
    """Write a display matrix into the track header of an MP4 or MOV, as a phone does.

    The bytes are those of ISO/IEC 14496-12 §8.3.2, not what FFmpeg makes of an angle, so that a test
    with them knows which way is clockwise.
    """
    a, b, c, d = {0: (1, 0, 0, 1), 90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}[degrees]
    a, b = (-a, -b) if mirror else (a, b)
    data = bytearray(path.read_bytes())
    box = data.index(b"tkhd") + 4
    matrix_at = box + (52 if data[box] == 1 else 40)
    one = 1 << 16
    struct.pack_into(">9i", data, matrix_at, a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
    return path


# Recordings that cannot be used, or not whole


def truncate(path: Path, fraction: float) -> Path:
    """Cut a file: the given fraction of its bytes stays."""
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * fraction)])
    return path


def scramble(path: Path, start: float, stop: float) -> Path:
    """Overwrite the bytes between two fractions of a file with noise."""
    data = bytearray(path.read_bytes())
    first, last = int(len(data) * start), int(len(data) * stop)
    data[first:last] = np.random.default_rng(7).bytes(last - first)
    path.write_bytes(data)
    return path


def empty(path: Path) -> Path:
    """No byte at all."""
    path.write_bytes(b"")
    return path


def text(path: Path) -> Path:
    """Words under the name of a video."""
    path.write_text("This is not a video, whatever its name says.\n" * 40, encoding="utf-8")
    return path


def audio_only(path: Path, seconds: float = 2.0) -> Path:
    """Silence, and no picture."""
    with av.open(str(path), "w") as container:
        _silence(container, container.add_stream("aac", rate=8000), seconds)
    return path


def no_frames(path: Path) -> Path:
    """A sound MP4 index whose pictures are all zeros."""
    make_video(path)
    data = bytearray(path.read_bytes())
    start = data.index(b"mdat") + 4
    (length,) = struct.unpack_from(">I", data, start - 8)
    data[start : start - 8 + length] = bytes(length - 8)
    path.write_bytes(data)
    return path


def one_frame(path: Path) -> Path:
    """A recording of a single picture."""
    return make_video(path, pictures(1))


def still(path: Path) -> Path:
    """A photograph (PNG by its suffix)."""
    with av.open(str(path), "w", format="image2", options={"update": "1"}) as container:
        _encode(container, pictures(1), codec="png")
    return path


def tiny(path: Path, seconds: float = 2.0) -> Path:
    """A sound recording of 16 x 16 pixels, on which nobody can be seen."""
    return make_video(path, pictures(int(seconds * 30), (16, 16)))


def audio_with_cover(path: Path, seconds: float = 2.0) -> Path:
    """A song with its cover picture, which FFmpeg lists as a video stream."""
    with av.open(str(path), "w") as container:
        sound = container.add_stream("aac", rate=8000)
        cover = container.add_stream("png", rate=1)
        cover.width, cover.height, cover.pix_fmt = *SIZE, "rgb24"
        cover.disposition = Disposition.attached_pic
        container.mux(cover.encode(av.VideoFrame.from_ndarray(picture())))
        _silence(container, sound, seconds)
    return path


def declare_duration(path: Path, seconds: float) -> Path:
    """Make the header of a Matroska file promise another duration than its pictures have."""
    data = bytearray(path.read_bytes())
    at = data.index(b"\x44\x89\x88") + 3  # the Duration element, a double of milliseconds
    struct.pack_into(">d", data, at, seconds * 1000)
    path.write_bytes(data)
    return path


def joined(path: Path) -> Path:
    """Two Matroska files of two seconds in one: after the first its clock starts anew."""
    for part in (make_video(path, images) for images in (grain(60), pictures(60))):
        one = part.read_bytes()
        whole = path.with_name("joined" + path.suffix)
        whole.write_bytes((whole.read_bytes() if whole.exists() else b"") + one)
    return whole


def with_still_first(path: Path) -> Path:
    """A recording (MOV) beside a photograph that is marked as what to show first."""
    with av.open(str(path), "w") as container:
        photo = container.add_stream("png", rate=1)
        photo.width, photo.height, photo.pix_fmt = 128, 96, "rgb24"
        photo.disposition = Disposition.default
        moving = container.add_stream("libx264", rate=30)
        (moving.width, moving.height), moving.pix_fmt = SIZE, "yuv420p"
        moving.disposition = Disposition(0)
        container.mux(photo.encode(av.VideoFrame.from_ndarray(picture((128, 96)))))
        for index, image in enumerate(pictures(60)):
            frame = av.VideoFrame.from_ndarray(image)
            frame.pts, frame.time_base = index, Fraction(1, 30)
            container.mux(moving.encode(frame))
        container.mux(moving.encode(None))
    return path

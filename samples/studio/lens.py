"""What a real camera does to a picture: blur, little light, noise, colour cast, compression."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .render import Picture

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Lens:
    """A camera's shortcomings.

    Attributes
    ----------
    blur_px : float
        Out of focus (standard deviation).
    noise, grain : float
        Standard deviation of brightness and of each colour.
    gain : float
        Brightness; what is dark is noisier, because noise is added after it.
    tint : tuple of float
        Factors of red, green, blue.
    contrast : float
        1 = as it is; lower is flatter.
    corners : float
        Darkening towards the corners.
    shrink : float
        The picture is made so much smaller and enlarged again.
    quality : int
        Of JPEG compression; 100 = none.
    """

    blur_px: float = 0.5
    noise: float = 0.006
    grain: float = 0.0
    gain: float = 1.0
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    contrast: float = 1.0
    corners: float = 0.0
    shrink: float = 1.0
    quality: int = 100


CLEAN = Lens()


def through(lens: Lens, picture: Picture, seed: int) -> Pixels:
    """Return the picture as the camera delivers it, 8 bits a colour; the same noise for the same seed."""
    random = np.random.default_rng(seed)
    out = cv2.GaussianBlur(picture, (0, 0), lens.blur_px) if lens.blur_px > 0 else picture
    out = _shrunk(np.asarray(out, dtype=np.float64), lens.shrink)
    out = (out * lens.gain * np.array(lens.tint) - 0.5) * lens.contrast + 0.5
    out = out * _falloff(out.shape[0], out.shape[1], lens.corners)[..., None]
    out = out + random.normal(0.0, lens.noise, out.shape[:2])[..., None]
    if lens.grain > 0:
        out = out + random.normal(0.0, lens.grain, out.shape)
    pixels = (np.clip(out, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
    return _compressed(pixels, lens.quality)


def _shrunk(picture: Picture, factor: float) -> Picture:
    if factor <= 1.0:
        return picture
    height, width = picture.shape[:2]
    small = cv2.resize(picture, (round(width / factor), round(height / factor)), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.float64)


def _falloff(height: int, width: int, strength: float) -> Picture:
    y, x = np.mgrid[-1.0 : 1.0 : height * 1j, -1.0 : 1.0 : width * 1j]
    out: Picture = 1.0 - strength * (x**2 + y**2) / 2.0
    return out


def _compressed(pixels: Pixels, quality: int) -> Pixels:
    if quality >= 100:
        return pixels
    _, code = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(code, cv2.IMREAD_COLOR)
    return np.ascontiguousarray(np.asarray(decoded, dtype=np.uint8)[..., ::-1])

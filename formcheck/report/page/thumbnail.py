"""Small pictures of the peak of a repetition."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

LONGEST_PX = 200
QUALITY = 72


def thumbnail(image: NDArray[np.uint8]) -> bytes:
    """Return a small JPEG of a picture, without any metadata.

    Parameters
    ----------
    image : NDArray[np.uint8], shape (height, width, 3)
        RGB.
    """
    picture = Image.fromarray(image)
    picture.thumbnail((LONGEST_PX, LONGEST_PX), reducing_gap=2.0)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=QUALITY, optimize=True)
    return buffer.getvalue()

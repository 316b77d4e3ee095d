"""Small pictures of the peak of a repetition."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

LONGEST_PX = 200
QUALITY = 72


def thumbnail(image: NDArray[np.uint8], longest_px: int = LONGEST_PX) -> bytes:
    """Return a small JPEG of a picture, without any metadata.

    Parameters
    ----------
    image : NDArray[np.uint8], shape (height, width, 3)
        RGB.
    longest_px : int
        Of its larger side; a smaller picture stays as it is.
    """
    picture = Image.fromarray(image)
    picture.thumbnail((longest_px, longest_px), reducing_gap=2.0)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=QUALITY, optimize=True)
    return buffer.getvalue()

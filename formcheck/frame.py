"""One picture and its time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A picture as a person would see it.

    Attributes
    ----------
    image : NDArray[np.uint8], shape (height, width, 3)
        RGB, after rotation, contiguous.
    time_s : float
        Presentation time in seconds since the first frame of the source.
    index : int
        Number of the frame in its source, from 0.
    """

    image: NDArray[np.uint8]
    time_s: float
    index: int

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.image.shape[1], self.image.shape[0]

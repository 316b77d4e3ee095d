"""The demonstrations: a rendered person who does one calm repetition over and over.

The clips stand in ``formcheck/live/demonstrations`` (how they were made is told there).  They are decoded as
they are shown, one picture at a time: all pictures of one would take 80 MB.  A clip that is missing or cannot
be read is no demonstration, and never a reason to stop.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from formcheck.errors import InputError
from formcheck.frame import Frame
from formcheck.live.acts import Screen
from formcheck.video.files import VideoFile

FOLDER = Path(__file__).with_name("demonstrations")
_ROUNDING_S = 1e-6
"""A picture asked for at its own time is that one."""

Picture = NDArray[np.uint8]


class Demonstration:
    """One exercise as it is done; from `load`.

    Parameters
    ----------
    video : VideoFile
    duration_s : float
        Of one round, above zero.
    mirrored : bool
        As if filmed from the other side: the right side for the left.

    Attributes
    ----------
    duration_s : float
    """

    def __init__(self, video: VideoFile, duration_s: float, *, mirrored: bool = False) -> None:
        self.duration_s = duration_s
        self._video, self._mirrored = video, mirrored
        self._frames: Iterator[Frame] = iter(())
        self._coming: Frame | None = None
        self._time_s = math.inf
        self._picture: Picture | None = None
        self._broken = False

    @classmethod
    def load(cls, exercise: str, *, mirrored: bool = False, folder: Path = FOLDER) -> Demonstration | None:
        """Open the demonstration of an exercise; None when there is none that can be read.

        The person shown turns the left side to the camera, or lies with the left side up; ``mirrored`` the
        right.
        """
        try:
            video = VideoFile(folder / f"{exercise}.mp4")
        except (InputError, OSError):
            return None
        duration_s = video.declared_duration_s
        return cls(video, duration_s, mirrored=mirrored) if duration_s else None

    def picture_at(self, elapsed_s: float) -> Picture | None:
        """Return what is seen so long after the beginning, round after round.

        The same time gives the same picture; going forward in small steps is cheap, since only the pictures
        in between are decoded.

        Parameters
        ----------
        elapsed_s : float
            Seconds; before the beginning, or not a number: the beginning.

        Returns
        -------
        Picture | None, shape (height, width, 3)
            RGB, not to be written to; None once the clip cannot be read any more.
        """
        if self._broken:
            return None
        known = math.isfinite(elapsed_s) and elapsed_s > 0
        at_s = (elapsed_s + _ROUNDING_S) % self.duration_s if known else 0.0
        try:
            if at_s < self._time_s:
                self._rewind()
            self._go_to(at_s)
        except (InputError, OSError):
            self._broken, self._picture = True, None
        return self._picture

    def _rewind(self) -> None:
        self._frames = iter(self._video)
        self._coming = next(self._frames, None)

    def _go_to(self, at_s: float) -> None:
        reached: Frame | None = None
        while self._coming is not None and self._coming.time_s <= at_s:
            reached, self._coming = self._coming, next(self._frames, None)
        if reached is not None:
            self._time_s = reached.time_s
            image = reached.image
            self._picture = np.ascontiguousarray(image[:, ::-1]) if self._mirrored else image


@dataclass(slots=True)
class Showing:
    """The demonstration that the screen asks for, from when it asks until it no longer does."""

    _wanted: tuple[str, bool] = ("", False)
    _since_s: float = 0.0
    _shown: Demonstration | None = field(default=None, repr=False)

    def picture(self, screen: Screen, now_s: float) -> Picture | None:
        """Return the picture to show instead of the camera's; None when it is the camera's turn."""
        wanted = (screen.demonstration, screen.demonstration_mirrored)
        if wanted != self._wanted:
            self._wanted, self._since_s = wanted, now_s
            self._shown = Demonstration.load(wanted[0], mirrored=wanted[1]) if wanted[0] else None
        return None if self._shown is None else self._shown.picture_at(now_s - self._since_s)

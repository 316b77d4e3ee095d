"""What is taken from one picture, before any analysis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from formcheck.frame import Frame
from formcheck.pose.skeleton import LANDMARK_COUNT, Pose, no_pose

Singles = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """One person the model found in a picture.

    Attributes
    ----------
    image_px : Singles, shape (33, 2)
        Pixels of the displayed picture.
    world_m : Singles, shape (33, 3)
        Metres, origin between the hips, y down, z away from the camera.
    visibility, presence : Singles, shape (33,)
        The model's own scores, 0 to 1.
    """

    image_px: Singles
    world_m: Singles
    visibility: Singles
    presence: Singles


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """Everything the analysis takes from one picture; float32 is lossless for the model's output.

    Attributes
    ----------
    time_s : float
        Presentation time, seconds since the first frame.
    frame_size : tuple[int, int]
        (width, height) in pixels.
    candidates : tuple[Candidate, ...]
        Every person found, in the model's order.
    chosen : int
        Index of the subject among them, -1 when nobody was chosen.
    cut : bool
        Another shot begins with this picture.
    light : float
        Mean luminance, 0 (black) to 1 (white).
    people : int
        How many people were seen when somebody last looked for others.
    """

    time_s: float
    frame_size: tuple[int, int]
    candidates: tuple[Candidate, ...]
    chosen: int
    cut: bool
    light: float
    people: int

    @property
    def pose(self) -> Pose:
        """The chosen person's pose, all NaN when nobody was chosen."""
        if self.chosen < 0:
            return no_pose(self.time_s, self.frame_size, self.cut, self.people)
        candidate = self.candidates[self.chosen]
        return Pose(
            time_s=self.time_s,
            image_px=candidate.image_px.astype(np.float64),
            world_m=candidate.world_m.astype(np.float64),
            visibility=candidate.visibility.astype(np.float64),
            frame_size=self.frame_size,
            cut=self.cut,
            people=self.people,
        )


class Estimator(Protocol):
    """Turns frames into sightings, in order; a fresh one for every source."""

    def estimate(self, frame: Frame) -> Sighting:
        """Return what is to be seen in the frame; times must strictly increase."""
        ...


def stack_candidates(sightings: Sequence[Sighting]) -> dict[str, NDArray[np.float32]]:
    """Return all candidates of all sightings as arrays, in order.

    Returns
    -------
    dict
        ``image_px`` (m, 33, 2), ``world_m`` (m, 33, 3), ``visibility`` (m, 33), ``presence`` (m, 33).
    """
    everyone = [candidate for sighting in sightings for candidate in sighting.candidates]
    shapes = {"image_px": (2,), "world_m": (3,), "visibility": (), "presence": ()}
    return {
        name: np.array([getattr(one, name) for one in everyone], dtype=np.float32).reshape(
            (len(everyone), LANDMARK_COUNT, *shape)
        )
        for name, shape in shapes.items()
    }

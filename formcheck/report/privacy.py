"""What of a person a picture shows: all of them, all but the face, or nothing but the measured body.

A face is hidden by a few coarse squares, blurred: there is nothing left to sharpen.  Where it is follows from
the head's landmarks and from how large the body is in the picture, generously.  While nobody is found it is
hidden where it was last and where it will be next; when that is too long ago, the whole picture is hidden.
Only people whom the pose model found have a known face.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from formcheck.pose.sighting import Candidate, Sighting
from formcheck.pose.skeleton import Landmark
from formcheck.report.panel import Colour, Picture

PLAIN: Colour = (58, 66, 76)
"""What a stick figure stands on; lighter than panels and casings."""
SQUARES = 5
"""A hidden face is this many squares wide."""
HELD_S = 1.0
"""A face is looked for at its last and next known place for this long, each way."""

_HEAD = slice(Landmark.NOSE, Landmark.MOUTH_RIGHT + 1)
_EARS = [Landmark.LEFT_EAR, Landmark.RIGHT_EAR]
_HEAD_REACH_M = 0.19
"""Half the width of what is hidden; a head with its hair is about 0.25 m high."""
_BEYOND = 1.5
"""At least this far around the landmarks of the face, in times of their reach."""
_GROWTH_PER_S = 0.8
"""A held place grows: a head moves while nobody sees it."""
_SMALLEST_PX = 6.0
_LIMBS = (
    *((a, b) for a, b in (("SHOULDER", "HIP"), ("HIP", "KNEE"), ("KNEE", "ANKLE"))),
    *((a, b) for a, b in (("SHOULDER", "ELBOW"), ("ELBOW", "WRIST"))),
)
_ENDS = np.array(
    [[Landmark[f"{side}_{a}"], Landmark[f"{side}_{b}"]] for side in ("LEFT", "RIGHT") for a, b in _LIMBS]
)


class Privacy(Enum):
    """What pictures show of people."""

    NONE = "none"
    BLUR_FACE = "blur-face"
    STICK_FIGURE = "stick-figure"


class Circle(NamedTuple):
    """Where a face may be, pixels."""

    x: float
    y: float
    radius: float


WHOLE_PICTURE = Circle(0.0, 0.0, math.inf)


class Veil:
    """Hides what is not to be shown, in the frames of one recording.

    Parameters
    ----------
    privacy : Privacy
    sightings : sequence of Sighting
        Of every analysed frame; they tell where faces are.
    """

    def __init__(self, privacy: Privacy, sightings: Sequence[Sighting]) -> None:
        self._privacy = privacy
        self._faces: Mapping[float, tuple[Circle, ...]] = {}
        if privacy is Privacy.BLUR_FACE:
            times = (sighting.time_s for sighting in sightings)
            self._faces = dict(zip(times, faces(sightings), strict=True))
        self._plain: Picture = np.empty((0, 0, 3), np.uint8)

    def over(self, image: Picture, time_s: float) -> Picture:
        """Return what may be shown of a picture.

        Parameters
        ----------
        image : Picture, shape (height, width, 3)
            Left as it is.
        time_s : float
            Of its sighting; a time of which nothing is known hides the whole picture.
        """
        if self._privacy is Privacy.STICK_FIGURE:
            return self.plain((image.shape[1], image.shape[0]))
        if self._privacy is Privacy.BLUR_FACE:
            return hidden(image, self._faces.get(time_s, (WHOLE_PICTURE,)))
        return image

    def plain(self, size: tuple[int, int]) -> Picture:
        """Return the ground of a stick figure, (width, height) pixels; not to be drawn on."""
        if self._plain.shape[:2] != size[::-1]:
            self._plain = np.full((size[1], size[0], 3), PLAIN, np.uint8)
        return self._plain


def faces(sightings: Sequence[Sighting]) -> Iterator[tuple[Circle, ...]]:
    """Yield where faces may be in every frame; `WHOLE_PICTURE` where nothing is known for too long."""
    seen = [tuple(filter(None, map(face, one.candidates))) for one in sightings]
    times = [one.time_s for one in sightings]
    before = list(_last_known(times, seen))
    after = list(_last_known([-time_s for time_s in reversed(times)], seen[::-1]))[::-1]
    for now, last, following in zip(seen, before, after, strict=True):
        around = [one for one in (last, following) if one is not None and one[0] <= HELD_S]
        held = tuple(grown(circle, away_s) for away_s, circles in around for circle in circles)
        if now:
            yield now + tuple(circle for circle in held if not _inside(circle, now))
        else:
            yield held or (WHOLE_PICTURE,)


def _last_known(
    times: Iterable[float], seen: Iterable[tuple[Circle, ...]]
) -> Iterator[tuple[float, tuple[Circle, ...]] | None]:
    """Yield the most faces that were known a moment ago, and how long ago; None before the first."""
    known: tuple[float, tuple[Circle, ...]] | None = None
    for time_s, circles in zip(times, seen, strict=True):
        yield None if known is None else (time_s - known[0], known[1])
        if circles and (known is None or len(circles) >= len(known[1]) or time_s - known[0] > HELD_S):
            known = (time_s, circles)


def _inside(circle: Circle, others: Iterable[Circle]) -> bool:
    """Whether a held face is one of those seen now: their places overlap."""
    return any(math.hypot(circle.x - one.x, circle.y - one.y) < circle.radius + one.radius for one in others)


def grown(circle: Circle, seconds: float) -> Circle:
    """Return where a face may be that was there so long ago."""
    return circle._replace(radius=circle.radius * (1.0 + _GROWTH_PER_S * seconds))


def face(candidate: Candidate) -> Circle | None:
    """Return where the face of somebody is, None when the head has no landmarks."""
    points = candidate.image_px[_HEAD].astype(np.float64)
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        return None
    ears = candidate.image_px[_EARS].astype(np.float64)
    middle = points.mean(axis=0)
    if np.isfinite(ears).all():
        middle = (middle + ears.mean(axis=0)) / 2.0
    reach = _BEYOND * float(np.linalg.norm(points - middle, axis=1).max())
    radius = max(_SMALLEST_PX, reach, _HEAD_REACH_M * px_per_m(candidate))
    return Circle(float(middle[0]), float(middle[1]), radius)


def px_per_m(candidate: Candidate) -> float:
    """Return how large a metre is at the body, from the limbs that are least foreshortened; 0 = unknown."""
    ends_px, ends_m = candidate.image_px[_ENDS], candidate.world_m[_ENDS]
    long_px = np.linalg.norm(ends_px[:, 0] - ends_px[:, 1], axis=1)
    long_m = np.linalg.norm(ends_m[:, 0] - ends_m[:, 1], axis=1)
    known = np.isfinite(long_px) & (long_m > 0.05)
    return float(np.quantile(long_px[known] / long_m[known], 0.75)) if known.any() else 0.0


def hidden(image: Picture, circles: Iterable[Circle]) -> Picture:
    """Return a copy of a picture with what lies in the circles made unrecognisable."""
    picture = image.copy()
    for circle in circles:
        _hide(picture, circle)
    return picture


def _hide(picture: Picture, circle: Circle) -> None:
    """Hide what lies in a circle, in place."""
    height, width = picture.shape[:2]
    if math.isinf(circle.radius):
        square = math.ceil(max(width, height) / (4 * SQUARES))
        picture[:] = np.asarray(coarsened(Image.fromarray(picture), square))
        return
    left, right = (round(v) for v in np.clip((circle.x - circle.radius, circle.x + circle.radius), 0, width))
    top, bottom = (round(v) for v in np.clip((circle.y - circle.radius, circle.y + circle.radius), 0, height))
    if left >= right or top >= bottom:
        return
    part = Image.fromarray(picture[top:bottom, left:right])
    corner = (circle.x - circle.radius - left, circle.y - circle.radius - top)
    mask = Image.new("L", part.size, 0)
    ImageDraw.Draw(mask).ellipse((*corner, *(v + 2 * circle.radius for v in corner)), fill=255)
    part.paste(coarsened(part, max(1, math.ceil(2 * circle.radius / SQUARES))), (0, 0), mask)
    picture[top:bottom, left:right] = np.asarray(part)


def coarsened(part: Image.Image, square: int) -> Image.Image:
    """Return a picture of which only the means of squares, blurred into each other, are left."""
    few = (math.ceil(part.width / square), math.ceil(part.height / square))
    small = part.resize(few, Image.Resampling.BOX).filter(ImageFilter.GaussianBlur(0.6))
    return small.resize(part.size, Image.Resampling.BILINEAR)

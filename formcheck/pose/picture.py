"""What pictures say without a model: how bright, whether another shot begins; and painting people over.

A hard cut shows in three numbers at once, each taken between a picture and the one before it: how much
the pixels changed, how much the distribution of brightness changed, and how much of the picture's layout
is gone (one minus the correlation, which a change of exposure leaves alone).  A moving person changes the
layout but hardly the distribution, panning changes little from one picture to the next, light switched on
changes everything but the layout.  Fades may be missed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formcheck.pose.skeleton import Landmark

Pixels = NDArray[np.uint8]
Singles = NDArray[np.float32]


# --- how a picture is reduced -------------------------------------------------------------------------
GRID = (18, 32)
"""Rows and columns of the thumbnail that is compared."""
OVERSAMPLING = 2
"""Samples per thumbnail cell and direction: fewer flicker with fine texture, more cost time."""
BINS = 16
"""Steps of brightness in the histogram."""
LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)
"""Weights of red, green and blue (ITU-R BT.601)."""

# --- what a hard cut is (measured on 21 clips with one known cut, and between all pairs of clips) -----
CUT_PIXELS = 0.06
"""Mean change of brightness, 0..1.  Largest within a shot 0.06 (burnt-in text); 0.27 at the known cut;
0.11 or more between 95 % of pairs of different real scenes."""
CUT_HISTOGRAM = 0.2
"""Share of the picture that changed its brightness class.  Within a shot at most 0.14 from one picture to
the next; 0.56 at the known cut; 0.2 or more between 95 % of pairs."""
CUT_LAYOUT = 0.3
"""One minus the correlation.  Within a shot at most 0.25, even at 10 pictures a second; 0.85 at the known
cut; 0.6 or more between 98 % of pairs.  All three together reach 0.85 of their limits over a dropped
second of a hand-held, panning camera, and no more than 0.54 with a fixed one."""
ROOM_HISTOGRAM, ROOM_LAYOUT, ROOM_SURPRISE = 0.1, 0.4, 4.0
"""A cut to another place of the camera in the same room keeps most of the brightness: 0.14 and 0.16 at two
real ones, with the layout changed by 0.42 and 0.43, and pixels by 5 and 70 times as much as a moment ago.
Within a shot no layout changes by more than 0.25 (`CUT_LAYOUT`)."""
CUT_SURPRISE = 3.0
"""A cut changes the pixels this many times as much as the pictures of the last moment did."""
RECENT_S = 0.5
"""Time constant of "the last moment", seconds."""
FLAT = 0.02
"""Standard deviation of brightness below which a picture (black, covered lens) has no layout."""

# --- how people are measured and painted over ---------------------------------------------------------
SEGMENT_JOINTS = np.array(
    [
        Landmark.LEFT_SHOULDER,
        Landmark.RIGHT_SHOULDER,
        Landmark.LEFT_HIP,
        Landmark.RIGHT_HIP,
        Landmark.LEFT_KNEE,
        Landmark.RIGHT_KNEE,
        Landmark.LEFT_ANKLE,
        Landmark.RIGHT_ANKLE,
    ]
)
"""The ends of trunk, thighs and shanks: the joints all four exercises are measured from."""
PAINT_RADIUS = 0.3
"""Half the width of the stroke along a limb, in lengths of the person's longest segment: as wide as a
trunk, narrow enough to leave a helper's body beside it."""
STROKES = (
    (Landmark.NOSE, Landmark.LEFT_SHOULDER),
    (Landmark.NOSE, Landmark.RIGHT_SHOULDER),
    (Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER),
    (Landmark.LEFT_SHOULDER, Landmark.LEFT_HIP),
    (Landmark.RIGHT_SHOULDER, Landmark.RIGHT_HIP),
    (Landmark.LEFT_SHOULDER, Landmark.RIGHT_HIP),
    (Landmark.LEFT_HIP, Landmark.RIGHT_HIP),
    (Landmark.LEFT_HIP, Landmark.LEFT_KNEE),
    (Landmark.RIGHT_HIP, Landmark.RIGHT_KNEE),
    (Landmark.LEFT_KNEE, Landmark.LEFT_ANKLE),
    (Landmark.RIGHT_KNEE, Landmark.RIGHT_ANKLE),
    (Landmark.LEFT_ANKLE, Landmark.LEFT_FOOT_INDEX),
    (Landmark.RIGHT_ANKLE, Landmark.RIGHT_FOOT_INDEX),
    (Landmark.LEFT_SHOULDER, Landmark.LEFT_ELBOW),
    (Landmark.RIGHT_SHOULDER, Landmark.RIGHT_ELBOW),
    (Landmark.LEFT_ELBOW, Landmark.LEFT_WRIST),
    (Landmark.RIGHT_ELBOW, Landmark.RIGHT_WRIST),
)
"""The lines that are painted: trunk, head, arms and legs."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A picture reduced to what is compared.

    Attributes
    ----------
    size : tuple[int, int]
        (width, height) of the picture in pixels.
    luma : Singles, shape (18, 32)
        Brightness, 0 (black) to 1 (white).
    histogram : Singles, shape (16,)
        Share of the picture in every class of brightness; sums to 1.
    """

    size: tuple[int, int]
    luma: Singles
    histogram: Singles

    @property
    def light(self) -> float:
        """Mean luminance, 0 (black) to 1 (white)."""
        return float(self.luma.mean(dtype=np.float64))


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """What is remembered of the pictures so far.

    Attributes
    ----------
    look : Look | None
        The last picture.
    time_s : float
        Its time.
    motion : float
        Mean change of brightness per picture over the last moment, 0 to 1.
    """

    look: Look | None = None
    time_s: float = 0.0
    motion: float = 0.0


def brightness(image: Pixels) -> Singles:
    """Return the brightness of an RGB picture at `OVERSAMPLING` times `GRID` places, 0 to 1."""
    height, width = image.shape[:2]
    rows, columns = _centres(GRID[0] * OVERSAMPLING, height), _centres(GRID[1] * OVERSAMPLING, width)
    samples: Singles = image[rows[:, None], columns].astype(np.float32) @ (LUMA / np.float32(255))
    return samples


def look_at(image: Pixels) -> Look:
    """Reduce an RGB picture of shape (height, width, 3); 0.1 ms whatever its size."""
    height, width = image.shape[:2]
    luma = brightness(image)
    classes = np.minimum((luma * BINS).astype(np.intp), BINS - 1)
    histogram = np.bincount(classes.ravel(), minlength=BINS) / luma.size
    cells = luma.reshape(GRID[0], OVERSAMPLING, GRID[1], OVERSAMPLING).mean(axis=(1, 3), dtype=np.float32)
    return Look((width, height), cells, histogram.astype(np.float32))


def next_look(shot: Shot, look: Look, time_s: float) -> tuple[Shot, bool]:
    """Take the next picture in.

    Returns
    -------
    Shot
        What to remember.
    bool
        Whether another shot begins with this picture.
    """
    if shot.look is None:
        return Shot(look, time_s), False
    if shot.look.size != look.size:
        return Shot(look, time_s), True
    pixels = float(np.abs(look.luma - shot.look.luma).mean())
    if is_cut(shot.look, look, pixels, shot.motion):
        return Shot(look, time_s), True
    weight = 1.0 - float(np.exp(-max(time_s - shot.time_s, 0.0) / RECENT_S))
    return Shot(look, time_s, shot.motion + weight * (pixels - shot.motion)), False


def is_cut(before: Look, now: Look, pixels: float, motion: float) -> bool:
    """Return whether the picture changed as only a hard cut changes it (see the head of this file)."""
    if not pixels > max(CUT_PIXELS, CUT_SURPRISE * motion):
        return False
    histogram = float(np.abs(now.histogram - before.histogram).sum()) / 2
    layout = layout_change(before.luma, now.luma)
    in_one_room = histogram > ROOM_HISTOGRAM and layout > ROOM_LAYOUT and pixels > ROOM_SURPRISE * motion
    return in_one_room or (histogram > CUT_HISTOGRAM and layout > CUT_LAYOUT)


def layout_change(before: Singles, now: Singles) -> float:
    """Return one minus the correlation of two thumbnails; 0 when one of them is flat."""
    spread = float(before.std()), float(now.std())
    if min(spread) < FLAT:
        return 0.0
    covariance = float(((before - before.mean()) * (now - now.mean())).mean())
    return 1.0 - covariance / (spread[0] * spread[1])


def without(image: Pixels, people: Iterable[Singles]) -> Pixels:
    """Return a copy of the picture in which people are painted over with its mean colour.

    Parameters
    ----------
    image : Pixels, shape (height, width, 3)
    people : iterable of Singles, shape (33, 2)
        Their landmarks in pixels of this picture.
    """
    covered = np.zeros(image.shape[:2], dtype=np.bool_)
    for person in people:
        _cover(covered, person)
    step = max(1, min(image.shape[:2]) // GRID[0])
    painted = np.array(image, order="C")
    painted[covered] = image[::step, ::step].mean(axis=(0, 1)).astype(np.uint8)
    return painted


def longest_segment(landmarks: Singles) -> float:
    """Return the length of the trunk, a thigh or a shank, whichever looks longest, at least one pixel.

    One of them is hardly foreshortened in any view; the trunk alone nearly vanishes from the foot end.
    """
    joints = landmarks[SEGMENT_JOINTS].tolist()
    left_shoulder, right_shoulder, left_hip, right_hip, left_knee, right_knee, left_ankle, right_ankle = (
        joints
    )
    return max(
        1.0,
        math.dist(_middle(left_shoulder, right_shoulder), _middle(left_hip, right_hip)),
        math.dist(left_hip, left_knee),
        math.dist(right_hip, right_knee),
        math.dist(left_knee, left_ankle),
        math.dist(right_knee, right_ankle),
    )


def _centres(count: int, length: int) -> NDArray[np.intp]:
    return (np.arange(count) * 2 + 1) * length // (2 * count)


def _middle(one: list[float], other: list[float]) -> tuple[float, float]:
    return (one[0] + other[0]) / 2, (one[1] + other[1]) / 2


def _cover(covered: NDArray[np.bool_], person: Singles) -> None:
    """Mark squares along every stroke, close enough to each other to leave no gap."""
    radius = PAINT_RADIUS * longest_segment(person)
    places = person.tolist()
    for start, end in STROKES:
        (x, y), (to_x, to_y) = places[start], places[end]
        steps = 1 + int(math.hypot(to_x - x, to_y - y) / radius)
        for step in range(steps + 1):
            middle_x, middle_y = x + (to_x - x) * step / steps, y + (to_y - y) * step / steps
            left, right = max(0, int(middle_x - radius)), max(0, int(middle_x + radius) + 1)
            top, bottom = max(0, int(middle_y - radius)), max(0, int(middle_y + radius) + 1)
            covered[top:bottom, left:right] = True

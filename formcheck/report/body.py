"""The body drawn on the picture: limbs, joints, and the angle at a joint.

The participant's left is drawn solid with round joints, the right dashed with square joints; blue and
orange stay apart with every kind of colour vision.  A dark casing keeps both visible on any background.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from formcheck.pose.skeleton import Floats, Landmark, Pose, Side
from formcheck.report.panel import GROUND, LEFT, NEUTRAL, RIGHT, Colour, Picture

Point = tuple[float, float]

ARC_REACH = 7.0
"""How far the drawing of an angle reaches from its joint, in widths of a line."""

SIDE_COLOURS = {Side.LEFT: LEFT, Side.RIGHT: RIGHT}

_LIMBS = (
    ("SHOULDER", "ELBOW"),
    ("ELBOW", "WRIST"),
    ("SHOULDER", "HIP"),
    ("HIP", "KNEE"),
    ("KNEE", "ANKLE"),
    ("ANKLE", "HEEL"),
    ("HEEL", "FOOT_INDEX"),
)
_MARKED = ("SHOULDER", "ELBOW", "WRIST", "HIP", "KNEE", "ANKLE")
_ACROSS = ("SHOULDER", "HIP")
_HEAD = (Landmark.LEFT_EAR, Landmark.RIGHT_EAR)


@dataclass(frozen=True, slots=True)
class Bend:
    """An angle to draw at a joint: how far the far segment turns from the near one's continuation.

    Attributes
    ----------
    near, joint, far : Landmark
        Trunk, hip, knee for the hip; hip, knee, ankle for the knee.
    """

    near: Landmark
    joint: Landmark
    far: Landmark


def of_side(side: Side, name: str) -> Landmark:
    """Return the landmark of that name on a side."""
    return Landmark[f"{side.name}_{name}"]


def draw_body(onto: Picture, pose: Pose, near: Side | None, weight: int, bends: Iterable[Bend] = ()) -> None:
    """Draw the body in place, thinner on the side away from the camera.

    Parameters
    ----------
    onto : Picture
        The picture to draw on.
    pose : Pose
        Landmarks that are NaN are not drawn, nor the limbs that end there.
    near : Side | None
        The side that faces the camera.
    weight : int
        Width of the lines in pixels.
    bends : iterable of Bend
        The joints to draw an arc at.
    """
    box = _reach(pose.image_px, onto.shape[1], onto.shape[0], margin=14 * weight)
    if box is None:
        return
    left, top, right, bottom = box
    image = Image.fromarray(onto[top:bottom, left:right])
    pen = _Pen(ImageDraw.Draw(image), pose.image_px - (left, top), weight)
    pen.across()
    for side in (Side.LEFT, Side.RIGHT) if near is Side.RIGHT else (Side.RIGHT, Side.LEFT):
        pen.side(side, weight if near in (side, None) else max(1, round(0.6 * weight)))
    pen.head()
    for bend in bends:
        pen.bend(bend)
    onto[top:bottom, left:right] = np.asarray(image)


def _reach(points: Floats, width: int, height: int, margin: int) -> tuple[int, int, int, int] | None:
    """Return the part of the picture that the body covers as (left, top, right, bottom)."""
    known = points[np.isfinite(points).all(axis=1)]
    if not len(known):
        return None
    low, high = known.min(axis=0) - margin, known.max(axis=0) + margin
    left, top = (int(v) for v in np.clip(low, 0, (width, height)))
    right, bottom = (int(v) for v in np.clip(np.ceil(high), 0, (width, height)))
    return (left, top, right, bottom) if left < right and top < bottom else None


class _Pen:
    """Draws parts of one body."""

    def __init__(self, draw: ImageDraw.ImageDraw, points: Floats, weight: int) -> None:
        self._draw = draw
        self._points = points
        self._weight = weight
        self._casing = max(1, weight // 3)

    def across(self) -> None:
        """Draw the lines that join both sides."""
        for name in _ACROSS:
            ends = self._known(of_side(Side.LEFT, name), of_side(Side.RIGHT, name))
            if ends is not None:
                self._line(ends, GROUND, max(1, self._weight // 2) + 2 * self._casing)
                self._line(ends, NEUTRAL, max(1, self._weight // 2))

    def side(self, side: Side, weight: int) -> None:
        """Draw the limbs and joints of one side."""
        limbs = [self._known(of_side(side, a), of_side(side, b)) for a, b in _LIMBS]
        shown = [ends for ends in limbs if ends is not None]
        for ends in shown:
            self._line(ends, GROUND, weight + 2 * self._casing)
        for ends in shown:
            for part in [ends] if side is Side.LEFT else dashes(ends[0], ends[1], 3.0 * weight, 2.0 * weight):
                self._line(part, SIDE_COLOURS[side], weight)
        for name in _MARKED:
            joint = self._known(of_side(side, name))
            if joint is not None:
                self._mark(joint[0], side, weight)

    def head(self) -> None:
        """Draw the head as a dot."""
        seen = self._points[list(_HEAD)]
        seen = seen[np.isfinite(seen).all(axis=1)]
        if len(seen):
            x, y = seen.mean(axis=0)
            for reach, colour in ((1.1 * self._weight + self._casing, GROUND), (1.1 * self._weight, NEUTRAL)):
                self._draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill=colour)

    def bend(self, bend: Bend) -> None:
        """Draw the continuation of the near segment and the arc from it to the far one."""
        points = self._known(bend.near, bend.joint, bend.far)
        if points is None:
            return
        near, joint, far = points
        start, sweep = arc_of(near, joint, far)
        reach = ARC_REACH * self._weight
        end = (joint[0] + reach * math.cos(start), joint[1] + reach * math.sin(start))
        for part in dashes(joint, end, 1.5 * self._weight, 1.2 * self._weight):
            self._line(part, NEUTRAL, max(1, self._weight // 3))
        self._arc(joint, 0.85 * reach, min(start, start + sweep), max(start, start + sweep))

    def _arc(self, centre: Point, radius: float, start: float, end: float) -> None:
        line = max(1, round(0.6 * self._weight))
        for width, colour in ((line + 2 * self._casing, GROUND), (line, NEUTRAL)):
            reach = radius + width / 2
            box = (centre[0] - reach, centre[1] - reach, centre[0] + reach, centre[1] + reach)
            self._draw.arc(box, math.degrees(start), math.degrees(end), fill=colour, width=width)

    def _known(self, *landmarks: Landmark) -> tuple[Point, ...] | None:
        """Return the positions of landmarks, None unless all are known."""
        points = self._points[list(landmarks)]
        if not np.isfinite(points).all():
            return None
        return tuple((float(x), float(y)) for x, y in points)

    def _line(self, ends: Iterable[Point], colour: Colour, width: int) -> None:
        self._draw.line(list(ends), fill=colour, width=width)

    def _mark(self, at: Point, side: Side, weight: int) -> None:
        shape = self._draw.ellipse if side is Side.LEFT else self._draw.rectangle
        for reach, colour in ((1.0 * weight + self._casing, GROUND), (1.0 * weight, SIDE_COLOURS[side])):
            shape((at[0] - reach, at[1] - reach, at[0] + reach, at[1] + reach), fill=colour)


def dashes(start: Point, end: Point, dash: float, gap: float) -> Iterator[tuple[Point, Point]]:
    """Yield the dashes of a line, the first and the last one touching its ends."""
    length = math.dist(start, end)
    count = max(1, min(200, round((length + gap) / (dash + gap))))
    step = (length + gap) / count
    drawn = max(1.0, step - gap)
    along = ((end[0] - start[0]) / max(length, 1e-9), (end[1] - start[1]) / max(length, 1e-9))
    for i in range(count):
        a, b = i * step, min(i * step + drawn, length)
        yield (
            (start[0] + a * along[0], start[1] + a * along[1]),
            (start[0] + b * along[0], start[1] + b * along[1]),
        )


def arc_points(pose: Pose, bend: Bend, reach: float) -> Floats:
    """Return points along the arc of an angle, shape (n, 2); none when a landmark is not seen."""
    near, joint, far = pose.image_px[[bend.near, bend.joint, bend.far]]
    if not np.isfinite([near, joint, far]).all():
        return np.empty((0, 2))
    start, sweep = arc_of(tuple(near), tuple(joint), tuple(far))
    turns = start + sweep * np.linspace(0.0, 1.0, 4)
    points: Floats = joint + reach * np.stack([np.cos(turns), np.sin(turns)], axis=1)
    return points


def arc_of(near: Point, joint: Point, far: Point) -> tuple[float, float]:
    """Return where the near segment's continuation points and how far it turns to the far segment.

    Returns
    -------
    tuple[float, float]
        Radians, clockwise in the picture; the turn lies between -pi and pi.
    """
    start = math.atan2(joint[1] - near[1], joint[0] - near[0])
    end = math.atan2(far[1] - joint[1], far[0] - joint[0])
    return start, math.remainder(end - start, 2 * math.pi)

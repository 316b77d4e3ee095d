"""The words beside hip and knee: which joints get them, what they say, where they stand."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from formcheck.pose.skeleton import Floats, Landmark, Pose, Side
from formcheck.report.body import Bend, of_side
from formcheck.report.words import VIEW_WORDS
from formcheck.results import Snapshot, ViewLabel
from formcheck.rules import RANGE_LIMIT

Box = tuple[int, int, int, int]
"""(left, top, right, bottom) in pixels, right and bottom outside."""

_JOINTS = {"hip": ("SHOULDER", "HIP", "KNEE"), "knee": ("HIP", "KNEE", "ANKLE")}
_AROUND = ((1, 0), (-1, 0), (1, -1), (-1, -1), (1, 1), (-1, 1), (0, -1), (0, 1))
_PLACES = tuple((across, down, away) for away in (1.0, 3.0) for across, down in _AROUND)
"""Where a label may stand: direction from the joint and distance, the most liked first."""

_BODY_LINES = (
    ("SHOULDER", "HIP"),
    ("HIP", "KNEE"),
    ("KNEE", "ANKLE"),
    ("SHOULDER", "WRIST"),
    ("ANKLE", "FOOT_INDEX"),
)
_ALONG = np.linspace(0.0, 1.0, 6)[:, np.newaxis]


@dataclass(frozen=True, slots=True)
class JointLabel:
    """What is said at one joint.

    Attributes
    ----------
    key : str
        Names the joint, the same in every frame.
    text : str
        ``knee 92°`` or ``knee: not visible``; empty when the joint is seen but its angle is not measurable
        from here.
    side : Side
    bend : Bend
        The angle's three landmarks.
    measured : bool
        Whether there is an angle to draw.
    anchor : tuple[float, float] | None
        Where in the picture the words belong; None when nothing nearby is seen.
    """

    key: str
    text: str
    side: Side
    bend: Bend
    measured: bool
    anchor: tuple[float, float] | None


def joint_labels(snapshot: Snapshot) -> Iterator[JointLabel]:
    """Yield the labels of hip and knee on the side that faces the camera, on both when none does."""
    frontal = snapshot.view.label in (ViewLabel.FRONT, ViewLabel.BACK)
    near = None if frontal else snapshot.camera_side
    limited = any(one.code == RANGE_LIMIT for one in snapshot.raised)
    for side in (near,) if near else (Side.LEFT, Side.RIGHT):
        for name, parts in _JOINTS.items():
            bend = Bend(*(of_side(side, part) for part in parts))
            angle = float(getattr(snapshot.angles, f"{side}_{name}_flexion_deg"))
            prefix = name if near else f"{side} {name}"
            hidden = _hidden(snapshot.pose, bend)
            band = float(getattr(snapshot.bands, f"{side}_{name}_flexion_deg")) if limited else math.nan
            yield JointLabel(
                key=f"{side} {name}",
                text=_text(prefix, angle, band, bend, hidden),
                side=side,
                bend=bend,
                measured=math.isfinite(angle) and not hidden,
                anchor=_anchor(snapshot.pose, bend),
            )


def no_angle_words(snapshot: Snapshot, labels: Sequence[JointLabel]) -> str:
    """Return why no angle is shown although the legs are seen; empty where one is, or the legs are not.

    From the front a bend points at the camera: its angle is too uncertain to show (`formcheck.correction`).
    """
    seen = [label for label in labels if not _hidden(snapshot.pose, label.bend)]
    if not snapshot.valid or not seen or any(label.measured for label in labels):
        return ""
    if snapshot.view.label is ViewLabel.UNKNOWN:
        return "no angles: too uncertain from here"
    return f"no angles {VIEW_WORDS[snapshot.view.label]}: too uncertain"


def wished(size: tuple[int, int], anchor: tuple[float, float], gap: int) -> list[Box]:
    """Return where a label may stand around a joint, the most liked place first.

    Parameters
    ----------
    size : tuple[int, int]
        Of the label, pixels.
    anchor : tuple[float, float]
        The joint.
    gap : int
        Distance of the label from the joint, at least.
    """
    boxes = []
    for across, down, away in _PLACES:
        x = anchor[0] + across * (away * gap + size[0] / 2) - size[0] / 2
        y = anchor[1] + down * (away * gap + size[1] / 2) - size[1] / 2
        boxes.append((round(x), round(y), round(x) + size[0], round(y) + size[1]))
    return boxes


def place(boxes: Sequence[Box], scene: Scene, before: int | None, against: Sequence[float] = (0.0,)) -> int:
    """Return the number of the best place for a label.

    Parameters
    ----------
    boxes : sequence of Box
        Places to choose from, the most liked first; moved into the picture before they are judged.
    scene : Scene
        What not to cover.
    before : int | None
        The place in the frame before, kept unless another is clearly better.
    against : sequence of float
        What else speaks against each place; a panel covered counts 5 and more, a point of the body 0.4.
    """
    places = np.array(boxes, dtype=np.float64)
    sizes = places[:, 2:] - places[:, :2]
    corners = np.maximum(0.0, np.minimum(places[:, :2], scene.size - sizes))
    inside = np.concatenate([corners, corners + sizes], axis=1)
    moved = np.hypot(*(places[:, :2] - corners).T) / np.maximum(1.0, sizes.min(axis=1))
    numbers = np.arange(len(boxes))
    costs = (
        moved
        + scene.covered(inside)
        + np.array(against)
        + 0.05 * numbers
        + np.where(numbers == before, 0.0, 0.8)
    )
    return int(np.argmin(costs))


class Scene:
    """What a label should not cover: the edge of the picture, other panels, the body.

    Parameters
    ----------
    size : tuple[int, int]
        (width, height) of the picture.
    boxes : iterable of Box
        Panels and labels already there.
    points : Floats, shape (n, 2)
        Along the body and what is drawn on it.

    Attributes
    ----------
    size : tuple[int, int]
    boxes : list[Box]
    spare : list[Box]
        Labels that give way, but not for nothing.
    face : Box | None
        Covered only when there is no other place at all.
    """

    def __init__(self, size: tuple[int, int], boxes: Iterable[Box], points: Floats) -> None:
        self.size = size
        self.boxes = list(boxes)
        self.spare: list[Box] = []
        self.face: Box | None = None
        self._points = points

    def inside(self, box: Box) -> Box:
        """Move a box into the picture; one that is larger than the picture begins at its corner."""
        left = max(0, min(box[0], self.size[0] - (box[2] - box[0])))
        top = max(0, min(box[1], self.size[1] - (box[3] - box[1])))
        return left, top, left + box[2] - box[0], top + box[3] - box[1]

    def free(self, box: Box) -> bool:
        """Whether a box covers no other panel or label."""
        return not any(overlap(box, other) for other in self.boxes)

    def covered(self, boxes: Floats) -> Floats:
        """Return how much each box would hide: panels count most, then the body."""
        left, top, right, bottom = (boxes[:, i, np.newaxis] for i in range(4))
        area = np.maximum(1.0, (right - left) * (bottom - top))[:, 0]
        panels = _common(boxes, self.boxes).sum(axis=1) / area
        x, y = self._points.T
        within = np.count_nonzero((x >= left) & (x < right) & (y >= top) & (y < bottom), axis=1)
        costs: Floats = np.where(panels > 0.0, 5.0, 0.0) + 20.0 * panels + 0.4 * within
        if self.spare:
            costs += 1.5 * np.count_nonzero(_common(boxes, self.spare), axis=1)
        if self.face is not None:
            costs += 15.0 * (_common(boxes, [self.face])[:, 0] > 0.0)
        return costs


def body_points(pose: Pose) -> Floats:
    """Return points along trunk, arms and legs that are seen, shape (n, 2)."""
    points = pose.image_px
    lines = [(points[of_side(side, a)], points[of_side(side, b)]) for side in Side for a, b in _BODY_LINES]
    spread = [points[:1], *(start + _ALONG * (end - start) for start, end in lines)]
    all_points = np.concatenate(spread)
    known: Floats = all_points[np.isfinite(all_points).all(axis=1)]
    return known


def _text(prefix: str, angle: float, band: float, bend: Bend, hidden: tuple[Landmark, ...]) -> str:
    """Return the words of a label; a limit that was passed is shown with how far off the angle may be."""
    if bend.joint in hidden:
        return f"{prefix}: not visible"
    if hidden:
        part = hidden[0].name.partition("_")[2].lower()
        return f"{prefix}: {part} not visible"
    off = f" ±{math.ceil(band)}°" if math.isfinite(band) else ""
    return f"{prefix} {round(angle)}°{off}" if math.isfinite(angle) else ""


def _hidden(pose: Pose, bend: Bend) -> tuple[Landmark, ...]:
    parts = (bend.joint, bend.near, bend.far)
    return tuple(part for part in parts if not np.isfinite(pose.image_px[part]).all())


def _anchor(pose: Pose, bend: Bend) -> tuple[float, float] | None:
    """Return the joint's place, or the middle of its seen neighbours."""
    for landmarks in ((bend.joint,), (bend.near, bend.far), (bend.near,), (bend.far,)):
        points = pose.image_px[list(landmarks)]
        if np.isfinite(points).all():
            x, y = points.mean(axis=0)
            return float(x), float(y)
    return None


def _common(boxes: Floats, others: Sequence[Box]) -> Floats:
    """Return how many pixels boxes share with others, shape (boxes, others)."""
    corners = np.array(others, dtype=np.float64).reshape(-1, 4)
    across, down = (
        np.minimum(boxes[:, i + 2, np.newaxis], corners[:, i + 2])
        - np.maximum(boxes[:, i, np.newaxis], corners[:, i])
        for i in (0, 1)
    )
    shared: Floats = np.maximum(0.0, across) * np.maximum(0.0, down)
    return shared


def overlap(one: Box, other: Box) -> int:
    """Return how many pixels two boxes share."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    return max(0, across) * max(0, down)

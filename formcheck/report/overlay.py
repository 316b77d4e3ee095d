"""One analysed frame as people see it: the picture, the body on it, and what was measured, in words.

Nothing shown contains a word of `formcheck.report.words.NOT_SHOWN`, and a value that could not be measured
is never shown as a number.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache
from itertools import chain

import numpy as np

from formcheck.pose.skeleton import Floats, Pose, Side
from formcheck.report.body import ARC_REACH, arc_points, draw_body
from formcheck.report.exercise_text import title_of
from formcheck.report.labels import (
    Box,
    JointLabel,
    Scene,
    body_points,
    joint_labels,
    no_angle_words,
    overlap,
    place,
    wished,
)
from formcheck.report.panel import (
    NOTICE,
    QUIET_TEXT,
    TEXT,
    Colour,
    Line,
    Picture,
    Piece,
    Tile,
    drawable,
    line_width,
    narrowed,
    padding,
    panel,
    panel_height,
    paste,
    wrapped,
)
from formcheck.report.raised import Cue, cue_tile, cues, draw_leader, face_box, leader, marker, marker_box
from formcheck.report.words import PHASE_WORDS
from formcheck.results import Snapshot

SMALLEST_WITH_TEXT = 48
WIDEST_LABEL = 0.7
"""A label that takes more of the picture's width is left out: it would hide what it speaks of."""
EDGE_PLACES = 7
"""So many places along each side of the picture for a cue that finds none at its joint."""
LEGS_COUNTED_APART = ("seated_march",)

Placed = tuple[Tile, Box]
Ranked = tuple[int, Line]
"""A line and its rank: of lines that do not fit, the one with the highest rank is left out first."""


class Corner(Enum):
    """Where the panel stands, as (right, bottom)."""

    TOP_LEFT = (False, False)
    TOP_RIGHT = (True, False)
    BOTTOM_LEFT = (False, True)
    BOTTOM_RIGHT = (True, True)


@dataclass(frozen=True, slots=True)
class Scale:
    """Sizes for a picture, pixels."""

    width: int
    height: int

    @property
    def reference(self) -> float:
        """The height that everything scales with; narrow pictures count as lower ones."""
        return min(self.height, 1.3 * self.width)

    @property
    def text(self) -> int:
        """Height of the letters."""
        return max(9, round(0.036 * self.reference))

    @property
    def count(self) -> int:
        """Height of the large count."""
        return max(13, round(0.11 * self.reference))

    @property
    def cue(self) -> int:
        """Height of the letters of a cue."""
        return max(9, round(0.042 * self.reference))

    @property
    def mark(self) -> int:
        """Half the size of a mark at a joint."""
        return max(3, round(0.03 * self.reference))

    @property
    def line(self) -> int:
        """Width of the body's lines."""
        return max(1, round(0.008 * self.reference))

    @property
    def margin(self) -> int:
        """Distance of panels from the picture's edge."""
        return max(1, round(0.015 * self.reference))

    @property
    def inner_width(self) -> int:
        """Width of the widest panel."""
        return self.width - 2 * self.margin

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the picture."""
        return self.width, self.height


class Overlay:
    """Draws snapshots on the frames of one recording.

    Parameters
    ----------
    corner : Corner
        Where the panel stands, for the whole recording (see `free_corner`).
    """

    def __init__(self, corner: Corner = Corner.TOP_LEFT) -> None:
        self._corner = corner
        self._canvas: Picture = np.empty((0, 0, 3), np.uint8)
        self._places: dict[str, int] = {}
        self._stood: dict[str, Box] = {}

    def draw(self, image: Picture, snapshot: Snapshot) -> Picture:
        """Return the picture with everything drawn on it.

        Parameters
        ----------
        image : Picture, shape (height, width, 3)
            RGB; left as it is.
        snapshot : Snapshot
            What is known at this time.

        Returns
        -------
        Picture, shape (height, width, 3)
            Valid until the next call, which draws on the same memory.
        """
        if self._canvas.shape != image.shape:
            self._canvas = np.empty_like(image, order="C")
        np.copyto(self._canvas, image)
        scale = Scale(image.shape[1], image.shape[0])
        snapshot = replace(snapshot, pose=fitted(snapshot.pose, scale.width, scale.height))
        labels = list(joint_labels(snapshot))
        bends = [label.bend for label in labels if label.measured]
        draw_body(self._canvas, snapshot.pose, snapshot.camera_side, scale.line, bends)
        shown: list[Placed] = []
        if min(scale.size) >= SMALLEST_WITH_TEXT:
            why = no_angle_words(snapshot, labels)
            shown = arranged(scale, panels(scale, snapshot, why), self._corner)
        covers = boxes_of(shown)
        raised = cues(snapshot, scale.size, scale.mark, covers) if snapshot.raised else []
        marks = marked(scale, raised)
        if shown:
            scene = Scene(scale.size, covers + boxes_of(marks), drawn_points(scale, snapshot, labels))
            labelled = list(self._labelled(scale, labels, scene))
            if raised:
                scene.boxes = covers + boxes_of(marks)
                scene.spare, scene.face = boxes_of(labelled), face_box(snapshot.pose)
                said = self._said(scale, raised, covers, scene)
                labelled = [label for label in labelled if not covered(label[1], said)] + said
            shown += labelled
        for tile, box in (*marks, *shown):
            paste(self._canvas, tile, box[0], box[1])
        return self._canvas

    def _labelled(self, scale: Scale, labels: Sequence[JointLabel], scene: Scene) -> Iterator[Placed]:
        """Yield the labels that find a place, and where."""
        for label in labels:
            if not label.text or label.anchor is None:
                continue
            tile = panel(((Piece(label.text, scale.text),),))
            if tile.size[0] > WIDEST_LABEL * scale.width:
                continue
            boxes = wished(tile.size, label.anchor, 4 * scale.line)
            number = place(boxes, scene, self._places.get(label.key))
            self._places[label.key] = number
            box = scene.inside(boxes[number])
            if scene.free(box):
                scene.boxes.append(box)
                yield tile, box

    def _said(self, scale: Scale, raised: Sequence[Cue], covers: Sequence[Box], scene: Scene) -> list[Placed]:
        """Place the cues, each beside its marks or else at an edge.

        A cue always stands somewhere if it fits into the picture at all; a label gives way when it must.
        """
        said: dict[str, Placed] = {}
        for cue in raised:
            tile = fitting_cue(scale, cue)
            if tile is not None:
                box = self._cue_box(scale, cue, tile, covers, scene)
                scene.boxes.append(box)
                said[cue.words] = tile, box
                line = leader(cue, box, scale.mark, scene.face)
                if line is not None:
                    draw_leader(self._canvas, line, cue.severity, max(1, scale.line // 2))
        self._stood = {words: box for words, (_, box) in said.items()}
        return list(said.values())

    def _cue_box(self, scale: Scale, cue: Cue, tile: Tile, covers: Sequence[Box], scene: Scene) -> Box:
        """Return where a cue stands; one whose joint is out of sight for a moment stays where it was."""
        boxes, costs = cue_places(scale, cue, tile, covers)
        stood = self._stood.get(cue.words)
        if cue.spots or stood is None:
            number = place(boxes, scene, self._places.get(cue.words), costs)
            self._places[cue.words] = number
            return scene.inside(boxes[number])
        boxes, costs = [stood, *boxes], [0.0, *costs]
        return scene.inside(boxes[place(boxes, scene, 0, costs)])


def fitted(pose: Pose, width: int, height: int) -> Pose:
    """Return the pose in pixels of a picture of this size, should it have been measured at another."""
    if pose.frame_size in ((width, height), (0, 0)):
        return pose
    factors = (width / pose.frame_size[0], height / pose.frame_size[1])
    return replace(pose, image_px=pose.image_px * factors, frame_size=(width, height))


def free_corner(poses: Iterable[Pose]) -> Corner:
    """Return the corner in which a panel hides least of the body over a whole recording."""
    hidden = dict.fromkeys(Corner, 0)
    for pose in poses:
        width, height = pose.frame_size
        across, down = 0.34 * min(width, 1.4 * height), 0.36 * min(height, 1.3 * width)
        points = body_points(pose)
        for corner in Corner:
            right, bottom = corner.value
            low = (width - across if right else 0.0, height - down if bottom else 0.0)
            within = (points >= low) & (points < (low[0] + across, low[1] + down))
            hidden[corner] += int(np.count_nonzero(within.all(axis=1)))
    return min(Corner, key=hidden.__getitem__)


def panels(scale: Scale, snapshot: Snapshot, no_angles: str = "") -> list[Tile]:
    """Return the panel with the count and, when needed, why nothing can be judged or no angle is shown."""
    lines = fitting(panel_lines(scale, snapshot), scale, scale.height // 2)
    if not lines:
        return []
    counted = panel(lines, min(scale.inner_width, usual_width(scale, snapshot)))
    room = scale.height - counted.size[1] - 3 * scale.margin
    notice = fitting(notice_lines(scale, snapshot), scale, room)
    if notice:
        return [counted, panel(notice, edge=NOTICE)]
    quiet = fitting(_lines(scale, no_angles, QUIET_TEXT), scale, room) if no_angles else ()
    return [counted, panel(quiet)] if quiet else [counted]


def panel_lines(scale: Scale, snapshot: Snapshot) -> list[Ranked]:
    """Return the lines of the panel from top to bottom, each with its rank (0 goes last)."""
    title: Line = (Piece(drawable(title_of(snapshot.exercise)), scale.text),)
    if snapshot.exercise == "unknown":
        return [(0, title)]
    count = [Piece(str(snapshot.complete), scale.count)]
    if snapshot.partial:
        count.append(Piece(f"+{snapshot.partial} partial", scale.text, QUIET_TEXT))
    phase = Piece(PHASE_WORDS[snapshot.phase] if snapshot.valid else " ", scale.text)
    return [(2, title), (0, tuple(count)), (1, (phase,)), (3, legend(scale, snapshot))]


def legend(scale: Scale, snapshot: Snapshot) -> Line:
    """Return the line that shows how left and right are drawn, with their counts where they count apart."""
    apart = snapshot.exercise in LEGS_COUNTED_APART
    words = {Side.LEFT: f"left {snapshot.left}", Side.RIGHT: f"right {snapshot.right}"}
    return tuple(Piece(words[side] if apart else str(side), scale.text, side=side) for side in Side)


def notice_lines(scale: Scale, snapshot: Snapshot) -> list[Ranked]:
    """Return why this frame cannot be judged; nothing when it can."""
    if snapshot.valid:
        return []
    why = f"cannot be judged: {snapshot.reason}" if snapshot.reason else "cannot be judged here"
    return _lines(scale, why)


def _lines(scale: Scale, words: str, colour: Colour = TEXT) -> list[Ranked]:
    """Return words on narrow lines."""
    widest = min(scale.inner_width, max(round(0.4 * scale.width), 11 * scale.text)) - scale.text
    lines = wrapped(words, scale.text, widest)
    return [(rank, (Piece(text, scale.text, colour),)) for rank, text in enumerate(lines)]


def drawn_points(scale: Scale, snapshot: Snapshot, labels: Iterable[JointLabel]) -> Floats:
    """Return points along the body and the angles drawn on it; angles count twice."""
    reach = ARC_REACH * scale.line
    arcs = [arc_points(snapshot.pose, label.bend, reach) for label in labels if label.measured]
    return np.concatenate([body_points(snapshot.pose), *arcs, *arcs])


def boxes_of(placed: Iterable[Placed]) -> list[Box]:
    """Return where these stand."""
    return [box for _, box in placed]


def covered(box: Box, placed: Iterable[Placed]) -> bool:
    """Whether any of these stands on a box."""
    return any(overlap(box, other) for _, other in placed)


def marked(scale: Scale, raised: Sequence[Cue]) -> list[Placed]:
    """Return the marks of what is raised and where they stand, the gravest last."""
    found = [
        (marker(cue.severity, scale.mark), spot) for cue in reversed(raised) for spot in reversed(cue.spots)
    ]
    placed = [(tile, marker_box(spot, tile, scale.size)) for tile, spot in found]
    return [(tile, box) for tile, box in placed if box is not None]


def fitting_cue(scale: Scale, cue: Cue) -> Tile | None:
    """Return the words of a cue, on narrow lines if there is room; None in a picture too small for them."""
    usual = min(scale.inner_width, max(round(0.4 * scale.width), 9 * scale.cue))
    room = scale.height - 2 * scale.margin
    for size, widest in ((scale.cue, usual), (scale.cue, scale.inner_width), (scale.text, scale.inner_width)):
        tile = cue_tile(cue.words, cue.severity, size, widest, room)
        if tile is not None:
            return tile
    return None


def cue_places(scale: Scale, cue: Cue, tile: Tile, covers: Sequence[Box]) -> tuple[list[Box], list[float]]:
    """Return where a cue may stand and how much is against it: at its marks, at the edges, at the panels."""
    edges, stacked = outer_places(scale, tile.size, tuple(covers))
    if not cue.spots:
        return [*edges, *stacked], [1.0] * len(edges) + [0.0] * len(stacked)
    xs, ys = zip(*cue.spots, strict=True)
    x, y = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
    spread = max(max(xs) - min(xs), max(ys) - min(ys)) / 2
    near = wished(tile.size, (x, y), round(1.6 * scale.mark + spread))
    away = [math.hypot((box[0] + box[2]) / 2 - x, (box[1] + box[3]) / 2 - y) for box in chain(edges, stacked)]
    return [*near, *edges, *stacked], [0.0] * len(near) + [2.0 * way / scale.reference for way in away]


@lru_cache(maxsize=256)
def outer_places(
    scale: Scale, size: tuple[int, int], covers: tuple[Box, ...]
) -> tuple[tuple[Box, ...], tuple[Box, ...]]:
    """Return the places along both sides of the picture, and those under and over its panels."""
    across, down = size
    lefts = (scale.margin, scale.width - scale.margin - across)
    tops = np.linspace(scale.margin, scale.height - scale.margin - down, EDGE_PLACES)
    edges = tuple((left, round(top), left + across, round(top) + down) for top in tops for left in lefts)
    stacked = tuple(
        (left, top, left + across, top + down)
        for box in covers
        for left in (box[0], box[2] - across)
        for top in (box[3] + scale.margin, box[1] - scale.margin - down)
    )
    return edges, stacked


def usual_width(scale: Scale, snapshot: Snapshot) -> int:
    """Return a width for the panel that does not change with the count or the phase."""
    lines: list[Line] = [line for _, line in panel_lines(scale, snapshot)]
    lines += [(Piece(words, scale.text),) for words in PHASE_WORDS.values()]
    lines.append((Piece("00", scale.count), Piece("+0 partial", scale.text)))
    return max(map(line_width, lines)) + 2 * padding(tuple(lines))


def fitting(ranked: Sequence[Ranked], scale: Scale, room: int) -> tuple[Line, ...]:
    """Return the lines that fit, in width by cutting words, in height by leaving out the least important."""
    rows = list(ranked)
    while rows and panel_height(tuple(line for _, line in rows)) > room:
        rows.remove(max(rows, key=lambda row: row[0]))
    width = scale.inner_width - 2 * padding(tuple(line for _, line in rows)) if rows else 0
    return tuple(line for line in (narrowed(line, width) for _, line in rows) if line)


def arranged(scale: Scale, tiles: Iterable[Tile], corner: Corner) -> list[tuple[Tile, Box]]:
    """Return where the panels stand: one under the other from a corner, or over it from a lower one."""
    right, bottom = corner.value
    placed: list[tuple[Tile, Box]] = []
    used = scale.margin
    for tile in tiles:
        across, down = tile.size
        x = scale.width - scale.margin - across if right else scale.margin
        y = scale.height - used - down if bottom else used
        placed.append((tile, (x, y, x + across, y + down)))
        used += down + scale.margin // 2
    return placed

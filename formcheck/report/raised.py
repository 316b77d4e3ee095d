"""What is raised at this moment, as the video shows it: a mark at the joint concerned, and the cue in words.

Shape and colour both tell the severity, and the same mark stands in front of the words.  The colours stay
apart from each other and from left, right and neutral with every kind of colour vision; the dark outline
keeps a mark visible on any background.  A mark comes and goes with what it shows; nothing flashes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import numpy as np
from PIL import Image, ImageDraw

from formcheck.pose.skeleton import Floats, Landmark, Pose, Side
from formcheck.report.body import Point, of_side
from formcheck.report.cues import CUES
from formcheck.report.labels import Box
from formcheck.report.panel import GROUND, Colour, Picture, Piece, Tile, layered, panel, text_width, wrapped
from formcheck.results import Raised, Severity, Snapshot

MOST = 2
"""So many cues are shown at a time, the gravest."""

COLOURS: Mapping[Severity, Colour] = MappingProxyType(
    {
        Severity.STOP: (231, 54, 173),
        Severity.CORRECT: (255, 230, 95),
        Severity.IMPROVE: (30, 235, 150),
        Severity.LOG: (165, 165, 165),
    }
)

_SAMPLES = 4
_LONGEST_LEADER = 14.0
"""A longer line would disturb more than it explains; in sizes of a mark."""
_CROWN = 0.6
"""The mark of a head stands above it, this share of the way from the shoulders beyond: not on the face."""
_ALONG = tuple(i / 16 for i in range(17))
_FACE = slice(Landmark.NOSE, Landmark.MOUTH_RIGHT + 1)
_FACE_REACH = 0.4
"""Half the width of a face, in distances between shoulders and head."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where on the body a mark belongs.

    Attributes
    ----------
    parts : tuple[str, ...]
        Landmarks without their side; the mark stands in the middle of them.
    middle : bool
        One mark between left and right; else one on each side.
    sided : bool
        Only on the side of the repetition, where it has one.
    near : bool
        Only on the side that faces the camera.
    """

    parts: tuple[str, ...]
    middle: bool = False
    sided: bool = True
    near: bool = False


HEAD = Place(("EAR",), middle=True, sided=False)
TRUNK = Place(("SHOULDER", "HIP"), middle=True, sided=False)
HIPS = Place(("HIP",), middle=True)
KNEES = Place(("KNEE",))
HEEL = Place(("HEEL",), near=True)
FEET = Place(("HEEL", "FOOT_INDEX"))

PLACES: Mapping[str, Place] = MappingProxyType(
    {
        "knee_valgus": KNEES,
        "forward_lean": TRUNK,
        "heel_lift": HEEL,
        "shallow_depth": HIPS,
        "too_deep": HIPS,
        "weight_shift": HIPS,
        "lateral_lean": TRUNK,
        "stance_width": FEET,
        "fast_descent": HIPS,
        "loss_of_balance": FEET,
        "incomplete_extension": HIPS,
        "lumbar_overextension": HIPS,
        "hips_drop": HIPS,
        "feet_far": FEET,
        "neck_lift": HEAD,
        "short_hold": HIPS,
        "pushing_through_toes": HEEL,
        "fast_lowering": HIPS,
        "knees_in": KNEES,
        "pelvic_drop": HIPS,
        "pelvis_rollback": HIPS,
        "trunk_rollback": TRUNK,
        "feet_apart": FEET,
        "low_opening": KNEES,
        "setup_hip_flexion": HIPS,
        "momentum": KNEES,
        "head_lifted": HEAD,
        "lean_back": TRUNK,
        "slump": TRUNK,
        "lateral_sway": TRUNK,
        "low_lift": KNEES,
        "too_high": KNEES,
        "pelvic_hike": HIPS,
        "fast_drop": FEET,
        "rushing": KNEES,
        "missed_alternation": KNEES,
        "limit_near": HIPS,
        "range_limit": HIPS,
    }
)
"""Where each code belongs."""


@dataclass(frozen=True, slots=True)
class Cue:
    """What is shown of one or more raised faults that are said in the same words.

    Attributes
    ----------
    words : str
    severity : Severity
        The gravest.
    spots : tuple[Point, ...]
        Where its marks stand; none when the joint is not in the picture.
    """

    words: str
    severity: Severity
    spots: tuple[Point, ...]


def cues(snapshot: Snapshot, size: tuple[int, int], reach: int, hidden: Iterable[Box] = ()) -> list[Cue]:
    """Return what is raised and shown, the gravest first.

    Parameters
    ----------
    snapshot : Snapshot
    size : tuple[int, int]
        (width, height) of the picture.
    reach : int
        Half the size of a mark; marks that would stand on each other are one.
    hidden : iterable of Box
        A joint under one of these gets no mark.
    """
    said: dict[str, list[Raised]] = {}
    for one in snapshot.raised:
        if one.code in CUES:
            said.setdefault(CUES[one.code], []).append(one)
    covers = tuple(hidden)
    found = []
    for words, group in list(said.items())[:MOST]:
        spots: list[Point] = []
        for spot in (spot for one in group for spot in spots_of(one, snapshot)):
            seen = _within(spot, (0, 0, *size)) and not any(_within(spot, box) for box in covers)
            if seen and all(math.dist(spot, other) >= 2.5 * reach for other in spots):
                spots.append(spot)
        found.append(Cue(words, group[0].severity, tuple(spots)))
    return found


def spots_of(one: Raised, snapshot: Snapshot) -> list[Point]:
    """Return where the marks of a raised fault belong, the side that faces the camera first."""
    place = PLACES[one.code]
    if one.code == "short_hold" and one.side is not None:
        place = KNEES
    pose, near = snapshot.pose, snapshot.camera_side
    if place is HEAD:
        return _known(_crown(pose))
    both = (Side.RIGHT, Side.LEFT) if near is Side.RIGHT else (Side.LEFT, Side.RIGHT)
    only = (one.side if place.sided else None) or (near if place.near else None)
    sides = (only,) if only else both
    of_sides = [sides] if place.middle else [(side,) for side in sides]
    return [spot for some in of_sides for spot in _known(_middle(pose, place.parts, some))]


def marker_box(spot: Point, tile: Tile, size: tuple[int, int]) -> Box | None:
    """Return where a mark stands, wholly inside the picture; None when the picture is smaller than it."""
    across, down = tile.size
    if across > size[0] or down > size[1]:
        return None
    left = min(max(0, round(spot[0] - across / 2)), size[0] - across)
    top = min(max(0, round(spot[1] - down / 2)), size[1] - down)
    return left, top, left + across, top + down


def face_box(pose: Pose) -> Box | None:
    """Return what not to write over; None when no face is seen."""
    points = pose.image_px[_FACE]
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        return None
    low, high = points.min(axis=0), points.max(axis=0)
    shoulders = _middle(pose, ("SHOULDER",), tuple(Side))
    reach = _FACE_REACH * math.dist(shoulders, (low + high) / 2) if np.isfinite(shoulders).all() else 0.0
    reach = max(reach, 0.3 * float(np.max(high - low)), 1.0)
    left, top = (math.floor(v) for v in low - reach)
    right, bottom = (math.ceil(v) for v in high + reach)
    return left, top, right, bottom


def leader(cue: Cue, box: Box, reach: int, face: Box | None) -> tuple[Point, Point] | None:
    """Return the line from a cue to its nearest mark.

    None when they stand close, or too far apart, or when the line would cross the face.
    """
    if not cue.spots:
        return None
    spot = min(cue.spots, key=lambda one: math.dist(one, _nearest(box, one)))
    start = _nearest(box, spot)
    if not 2.2 * reach <= math.dist(spot, start) <= _LONGEST_LEADER * reach:
        return None
    along = ((start[0] + t * (spot[0] - start[0]), start[1] + t * (spot[1] - start[1])) for t in _ALONG)
    return None if face is not None and any(_within(point, face) for point in along) else (start, spot)


def draw_leader(onto: Picture, line: tuple[Point, Point], severity: Severity, weight: int) -> None:
    """Draw a thin line in place, with the dark outline of all that is drawn."""
    margin = 2 * weight + 2
    left, top = (max(0, math.floor(min(line[0][i], line[1][i])) - margin) for i in (0, 1))
    right, bottom = (math.ceil(max(line[0][i], line[1][i])) + margin for i in (0, 1))
    image = Image.fromarray(onto[top:bottom, left:right])
    draw = ImageDraw.Draw(image)
    ends = [(x - left, y - top) for x, y in line]
    draw.line(ends, fill=GROUND, width=weight + 2 * max(1, weight // 2))
    draw.line(ends, fill=COLOURS[severity], width=weight)
    onto[top:bottom, left:right] = np.asarray(image)


@lru_cache(maxsize=64)
def marker(severity: Severity, reach: int) -> Tile:
    """Return the mark of a severity: octagon, triangle, open circle or small diamond."""
    casing = max(1.0, 0.22 * reach)
    half = math.ceil(1.15 * reach + casing) + 1
    side = (2 * half) * _SAMPLES
    colour, mask = Image.new("RGB", (side, side), GROUND), Image.new("L", (side, side))
    ink, cut = ImageDraw.Draw(colour), ImageDraw.Draw(mask)
    centre = side / 2
    for draw, more, fill in ((cut, casing, 255), (ink, 0.0, COLOURS[severity])):
        draw.polygon(_outline(severity, reach, more, centre), fill=fill)
    if severity is Severity.IMPROVE:
        ring = 0.36 * reach
        ink.polygon(_circle((reach - ring) * _SAMPLES, centre), fill=GROUND)
        cut.polygon(_circle(max(0.0, reach - ring - casing) * _SAMPLES, centre), fill=0)
    alpha = np.asarray(mask.reduce(_SAMPLES), dtype=np.uint16)[..., np.newaxis]
    return Tile.of(np.asarray(colour.reduce(_SAMPLES), dtype=np.uint16) * alpha, alpha)


@lru_cache(maxsize=256)
def cue_tile(words: str, severity: Severity, size: int, widest: int, tallest: int) -> Tile | None:
    """Return a cue with the mark of its severity on a dark panel; None when it does not fit whole."""
    mark = marker(severity, max(3, round(0.46 * size)))
    indent = mark.size[0] + size // 3
    lines = _broken(words, size, widest - indent - size)
    if not lines:
        return None
    tile = panel(
        tuple((Piece(line, size),) for line in lines),
        edge=COLOURS[severity],
        indent=indent,
        min_height=mark.size[1] + 2,
    )
    if tile.size[0] > widest or tile.size[1] > tallest:
        return None
    return layered(tile, mark, round(0.45 * size), (tile.size[1] - mark.size[1]) // 2)


def _broken(words: str, size: int, width: int) -> list[str]:
    """Break words into as few lines as the width allows, after sentences if it takes no more lines.

    None when a word is longer than a line.
    """
    if max(text_width(word, size) for word in words.split()) > width:
        return []
    lines = _balanced(words, size, width)
    by_sentence = [
        line for sentence in re.split(r"(?<=[.]) ", words) for line in _balanced(sentence, size, width)
    ]
    return by_sentence if 1 < len(by_sentence) <= len(lines) else lines


def _balanced(words: str, size: int, width: int) -> list[str]:
    """Break words into as few lines as the width allows, about equally long."""
    lines = wrapped(words, size, width)
    while width > size:
        width -= max(1, size // 4)
        narrower = wrapped(words, size, width)
        if len(narrower) > len(lines) or any(line.endswith("…") for line in narrower):
            break
        lines = narrower
    return lines


def _outline(severity: Severity, reach: float, more: float, centre: float) -> list[Point]:
    """Return the corners of a mark that is larger by so many pixels all around."""
    match severity:
        case Severity.STOP:
            return _regular(8, 1.1 * reach + more / math.cos(math.pi / 8), math.pi / 8, centre)
        case Severity.CORRECT:
            low = [(x, y + 0.22 * reach * _SAMPLES) for x, y in _regular(3, 1.15 * reach, 0.0, 0.0)]
            grown = [
                (x + 2 * more * _SAMPLES * a, y + 2 * more * _SAMPLES * b) for (x, y), (a, b) in _out(low)
            ]
            return [(centre + x, centre + y) for x, y in grown]
        case Severity.IMPROVE:
            return _circle((reach + more) * _SAMPLES, centre)
        case Severity.LOG:
            return _regular(4, 0.85 * reach + more * math.sqrt(2.0), 0.0, centre)


def _out(corners: Sequence[Point]) -> list[tuple[Point, Point]]:
    """Return corners with the direction away from their middle."""
    x, y = np.mean(corners, axis=0)
    away = [(a - x, b - y) for a, b in corners]
    return [
        (corner, (a / math.hypot(a, b), b / math.hypot(a, b)))
        for corner, (a, b) in zip(corners, away, strict=True)
    ]


def _regular(corners: int, radius: float, turn: float, centre: float) -> list[Point]:
    """Return a regular polygon with a corner at the top, turned by so much; radius in pixels."""
    angles = (turn + 2 * math.pi * i / corners for i in range(corners))
    return [
        (centre + radius * _SAMPLES * math.sin(a), centre - radius * _SAMPLES * math.cos(a)) for a in angles
    ]


def _circle(radius: float, centre: float) -> list[Point]:
    return _regular(48, radius / _SAMPLES, 0.0, centre)


def _middle(pose: Pose, parts: Iterable[str], sides: Iterable[Side]) -> Floats:
    """Return the middle of landmarks; of each part the sides that are seen count, NaN when none is."""
    seen = []
    for part in parts:
        points = pose.image_px[[of_side(side, part) for side in sides]]
        points = points[np.isfinite(points).all(axis=1)]
        seen.append(points.mean(axis=0) if len(points) else np.full(2, np.nan))
    middle: Floats = np.mean(seen, axis=0)
    return middle


def _crown(pose: Pose) -> Floats:
    """Return a place above the head."""
    head = _middle(pose, ("EAR",), Side)
    if not np.isfinite(head).all():
        head = pose.image_px[Landmark.NOSE]
    shoulders = _middle(pose, ("SHOULDER",), Side)
    crown = head + _CROWN * (head - shoulders)
    return crown if np.isfinite(crown).all() else head


def _known(point: Floats) -> list[Point]:
    return [(float(point[0]), float(point[1]))] if np.isfinite(point).all() else []


def _nearest(box: Box, point: Point) -> Point:
    """Return the point of a box that is nearest to another."""
    return min(max(point[0], box[0]), box[2]), min(max(point[1], box[1]), box[3])


def _within(point: Point, box: Box) -> bool:
    return box[0] <= point[0] < box[2] and box[1] <= point[1] < box[3]

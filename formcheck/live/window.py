"""The window of live mode: the picture as a mirror shows it, and the little that must be read from 3 m.

`compose` draws and knows nothing of windows; `Window` shows and knows nothing of what is drawn.

What is shown always stands in the same place: the count top left, the headline at the top, the cue at the
bottom, progress towards the target as a ring around the joint that moves.  Left and right stay the
participant's: only the picture and the places on it are mirrored, no word and no side is.  Nothing flashes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType, ModuleType, TracebackType
from typing import Self

import numpy as np
from PIL import Image, ImageDraw

from formcheck.errors import UsageError
from formcheck.live.acts import Screen
from formcheck.pose.skeleton import Pose, Side
from formcheck.report.body import Point, draw_body, of_side
from formcheck.report.overlay import fitted
from formcheck.report.panel import (
    GROUND,
    NEUTRAL,
    TEXT,
    Colour,
    Picture,
    Piece,
    Tile,
    drawable,
    font,
    layered,
    padding,
    panel,
    paste,
    shortened,
    text_width,
    wrapped,
)
from formcheck.report.raised import cue_tile, cues, marker, marker_box
from formcheck.report.words import PHASE_WORDS
from formcheck.results import Severity, Snapshot, ViewLabel
from formcheck.video.cameras import has_display, opencv

Size = tuple[int, int]
"""(width, height) in pixels."""

SIZE: Size = (1280, 720)
"""Of a new window, and the most that is drawn; a larger window scales it up."""
SMALLEST_WITH_WORDS = 64
"""A picture with a shorter side has no room for words."""
COUNT_HEIGHT = 0.18
"""Height of the figures, in heights of the window: they are read from 3 m."""
LETTERS = (0.085, 0.075, 0.065, 0.055, 0.045)
"""Sizes of letters to choose from, in heights of the window: the largest that fits."""
NARROW = (0.5, 0.7, 1.0)
"""Shares of the width to try for words, the narrowest first."""
LARGEST_ROOM = 0.4
"""Most of the height that a headline or a cue may take."""
RING_STEPS = 24
"""So many steps of the ring from rest to target."""
PAUSED = "Paused"

_TRACK: Colour = (96, 104, 114)
_SAMPLES = 4
_FAR = 4.0
"""A landmark so many pictures away is no place to draw to."""
_MOVING = MappingProxyType({"squat": "KNEE", "bridge": "HIP", "clamshell": "KNEE", "seated_march": "KNEE"})
"""The joint that moves."""
_ONE_SIDED = ("clamshell", "seated_march")


# What is drawn


@dataclass(frozen=True, slots=True)
class _Scale:
    """Sizes for a window, pixels."""

    width: int
    height: int

    @property
    def reference(self) -> float:
        """The height that everything scales with; narrow windows count as lower ones."""
        return min(self.height, 0.8 * self.width)

    @property
    def margin(self) -> int:
        return max(1, round(0.02 * self.reference))

    @property
    def line(self) -> int:
        return max(1, round(0.01 * self.reference))

    @property
    def mark(self) -> int:
        return max(3, round(0.045 * self.reference))

    @property
    def ring(self) -> int:
        return max(6, round(0.085 * self.reference))

    @property
    def figures(self) -> int:
        return max(8, round(min(COUNT_HEIGHT * self.height, 0.3 * self.width)))

    @property
    def letters(self) -> tuple[int, ...]:
        return tuple(max(9, round(part * self.reference)) for part in LETTERS)


def compose(
    image: Picture | None,
    snapshot: Snapshot | None,
    screen: Screen | None,
    size: Size,
    *,
    mirror: bool = True,
) -> Picture:
    """Return what the window shows.

    Parameters
    ----------
    image : Picture | None, shape (height, width, 3)
        RGB as the camera took it, of any size; left as it is.  None: no picture now.
    snapshot : Snapshot | None
        What is known of it; None: nothing.
    screen : Screen | None
        What the coach wants shown.
    size : tuple[int, int]
        (width, height) of the result.
    mirror : bool
        Show it as a mirror does; to be left out for pictures that are no mirror (a demonstration).

    Returns
    -------
    Picture, shape (height, width, 3)
        A new one.  Where its shape differs from the picture's, the picture stands right and below, and the
        count on the dark beside it.
    """
    screen = Screen() if screen is None else screen
    scale = _Scale(max(1, int(size[0])), max(1, int(size[1])))
    canvas, shown = _with_picture(image, scale, mirror)
    if screen.paused:
        np.right_shift(shown, 1, out=shown)
    if snapshot is not None and image is not None:
        snapshot = replace(snapshot, pose=_on_screen(snapshot.pose, image, shown, mirror))
        draw_body(shown, snapshot.pose, snapshot.camera_side, scale.line)
        _draw_at_joints(shown, snapshot, screen, scale)
    if min(scale.width, scale.height) >= SMALLEST_WITH_WORDS:
        _draw_words(canvas, screen, scale)
    return canvas


def _with_picture(image: Picture | None, scale: _Scale, mirror: bool) -> tuple[Picture, Picture]:
    """Return the canvas and the part of it that shows the picture."""
    cv2 = opencv()
    if image is None or not _usable(image):
        image = np.full((scale.height, 1, 3), GROUND, np.uint8)
    down, across = image.shape[:2]
    factor = min(scale.width / across, scale.height / down)
    inner = (max(1, round(across * factor)), max(1, round(down * factor)))
    left, top = scale.width - inner[0], scale.height - inner[1]
    canvas = _ground(scale.width, scale.height).copy()
    picture = cv2.flip(image, 1) if mirror else np.ascontiguousarray(image)  # before it is made larger
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    cv2.resize(picture, inner, dst=canvas[top:, left:], interpolation=how)
    return canvas, canvas[top:, left:]


@lru_cache(maxsize=2)
def _ground(width: int, height: int) -> Picture:
    return np.full((height, width, 3), GROUND, np.uint8)


def _usable(image: Picture | None) -> bool:
    return image is not None and image.ndim == 3 and image.shape[2] == 3 and 0 not in image.shape


def _on_screen(pose: Pose, image: Picture, shown: Picture, mirror: bool) -> Pose:
    """Return the pose in pixels of what is shown; left stays left."""
    if not _usable(image):
        return replace(pose, image_px=np.full_like(pose.image_px, np.nan))
    if 0 in pose.frame_size:
        pose = replace(pose, frame_size=(image.shape[1], image.shape[0]))
    height, width = shown.shape[:2]
    pose = fitted(pose, width, height)
    points = pose.image_px.copy()
    if mirror:
        points[:, 0] = width - points[:, 0]
    points[~(np.abs(points) < _FAR * max(width, height)).all(axis=1)] = np.nan
    return replace(pose, image_px=points)


def _draw_at_joints(shown: Picture, snapshot: Snapshot, screen: Screen, scale: _Scale) -> None:
    """Draw the ring around the joint that moves and the mark of the cue where it belongs."""
    share = screen.reached
    if share is not None and math.isfinite(share) and not screen.paused:
        spot = moving_joint(snapshot)
        if spot is not None:
            step = min(RING_STEPS, max(0, math.floor(share * RING_STEPS + 1e-6)))
            _paste_around(shown, ring(scale.ring, step), spot)
    if screen.cue and snapshot.raised:
        inner = (shown.shape[1], shown.shape[0])
        for cue in cues(snapshot, inner, scale.mark):
            for spot in cue.spots if cue.words == screen.cue else ():
                grave = screen.severity in tuple(Severity)
                tile = marker(Severity(screen.severity) if grave else cue.severity, scale.mark)
                box = marker_box(spot, tile, inner)
                if box is not None:
                    paste(shown, tile, box[0], box[1])


def moving_joint(snapshot: Snapshot) -> Point | None:
    """Return where the movement towards the target is seen; None when that joint is not seen.

    Of an exercise that one leg does at a time it is that leg, of a clamshell between two repetitions the
    upper one; otherwise the side that faces the camera, or the middle of the hips when none does.
    """
    name = _MOVING.get(snapshot.exercise)
    if name is None:
        return None
    points = {side: snapshot.pose.image_px[of_side(side, name)] for side in Side}
    seen = {side: point for side, point in points.items() if np.isfinite(point).all()}
    frontal = snapshot.view.label in (ViewLabel.FRONT, ViewLabel.BACK)
    if snapshot.exercise in _ONE_SIDED:
        side = snapshot.working_side
        if side is None and snapshot.exercise == "clamshell" and len(seen) == len(Side):
            side = min(Side, key=lambda one: float(points[one][1]))
    elif frontal:
        hips = snapshot.pose.image_px[[of_side(side, "HIP") for side in Side]]
        middle = hips.mean(axis=0)
        return (float(middle[0]), float(middle[1])) if np.isfinite(middle).all() else None
    else:
        side = snapshot.camera_side or next(iter(seen), None)
    spot = seen.get(side) if side is not None else None
    return None if spot is None else (float(spot[0]), float(spot[1]))


@lru_cache(maxsize=RING_STEPS + 1)
def ring(radius: int, step: int) -> Tile:
    """Return a ring that is filled clockwise from the top; closed and heavier when the target is reached."""
    whole = step >= RING_STEPS
    heavy = (0.36 if whole else 0.26) * radius
    casing = max(1.0, 0.09 * radius)
    half = math.ceil(radius + heavy / 2 + casing) + 1
    side = 2 * half * _SAMPLES
    colour, mask = Image.new("RGB", (side, side), GROUND), Image.new("L", (side, side))
    ink, cut = ImageDraw.Draw(colour), ImageDraw.Draw(mask)

    def arc(draw: ImageDraw.ImageDraw, weight: float, end: float, fill: Colour | int) -> None:
        reach = (radius + weight / 2) * _SAMPLES
        box = (side / 2 - reach, side / 2 - reach, side / 2 + reach, side / 2 + reach)
        draw.arc(box, -90.0, end - 90.0, fill=fill, width=round(weight * _SAMPLES))

    arc(cut, heavy + 2 * casing, 360.0, 255)
    arc(ink, heavy, 360.0, _TRACK)
    if step > 0:
        arc(ink, heavy, 360.0 * min(1.0, step / RING_STEPS), NEUTRAL)
    alpha = np.asarray(mask.reduce(_SAMPLES), dtype=np.uint16)[..., np.newaxis]
    return Tile.of(np.asarray(colour.reduce(_SAMPLES), dtype=np.uint16) * alpha, alpha)


def _paste_around(onto: Picture, tile: Tile, spot: Point) -> None:
    """Paste a tile with its middle at a place; what would stand outside the picture is cut off."""
    across, down = tile.size
    left, top = round(spot[0] - across / 2), round(spot[1] - down / 2)
    x, y = max(0, left), max(0, top)
    right, bottom = min(onto.shape[1], left + across), min(onto.shape[0], top + down)
    if x < right and y < bottom:
        rows, columns = slice(y - top, bottom - top), slice(x - left, right - left)
        paste(onto, Tile.of(tile.colour[rows, columns], tile.alpha[rows, columns]), x, y)


# Words


def _draw_words(canvas: Picture, screen: Screen, scale: _Scale) -> None:
    """Draw count, headline, cue and the sign of a pause, each where it always stands."""
    margin, left, top = scale.margin, scale.margin, scale.margin
    if screen.count is not None:
        tile = count_tile(screen.count, screen.target, drawable(screen.phase or ""), scale)
        if _fits(tile, scale):
            paste(canvas, tile, margin, margin)
            left, top = left + tile.size[0] + margin, top + tile.size[1] + margin
    bottom = scale.height - margin
    said = screen.cue or screen.caption
    cue = _cue(drawable(said or ""), screen.severity if screen.cue else "", scale, bottom - top)
    if cue is not None:
        bottom -= cue.size[1]
        paste(canvas, cue, (scale.width - cue.size[0]) // 2, bottom)
    headline = drawable(screen.headline or "") or (PAUSED if screen.paused else "")
    room = min(round(LARGEST_ROOM * scale.height), bottom - 2 * margin)
    title = words_tile(headline, scale.letters, scale.width - left - margin, room) if headline else None
    if title is not None:
        paste(canvas, title, left if screen.count is None else scale.width - margin - title.size[0], margin)
        top = max(top, 2 * margin + title.size[1])
    sign = pause_sign(round(0.3 * scale.reference)) if screen.paused else None
    if sign is not None and sign.size[1] <= bottom - top:
        x = max(0, (scale.width - sign.size[0]) // 2)
        paste(canvas, sign, x, top + (bottom - top - sign.size[1]) // 2)


def _fits(tile: Tile, scale: _Scale) -> bool:
    within = 2 * scale.margin
    return tile.size[0] + within <= scale.width and tile.size[1] + within <= scale.height


def _cue(words: str, severity: str, scale: _Scale, room: int) -> Tile | None:
    """Return a cue on a dark panel, with the mark of its severity if it has one, as large as fits."""
    if not words:
        return None
    widest = scale.width - 2 * scale.margin
    room = min(room, round(LARGEST_ROOM * scale.height))
    if severity not in tuple(Severity):
        return words_tile(words, scale.letters, widest, room, NEUTRAL)
    for size in scale.letters:
        tile = cue_tile(words, Severity(severity), size, widest, room)
        if tile is not None:
            return tile
    return words_tile(words, scale.letters, widest, room)


@lru_cache(maxsize=8)
def words_tile(
    words: str, sizes: tuple[int, ...], width: int, height: int, edge: Colour | None = None
) -> Tile | None:
    """Return words on a dark panel, in the largest letters that leave them whole on two lines.

    The panel is as narrow as two lines allow, so that little of the person is hidden.  Of the smallest
    letters there may be more lines, and what still does not fit is cut; None when there is no room at all.
    """
    for size in sizes:
        pad = padding(((Piece("", size),),))
        room = (height - 2 * pad) // math.ceil(1.25 * size)
        last = size == sizes[-1]
        for part in NARROW:
            lines = _evenly(words, size, round(part * width) - 2 * pad)
            whole = len(lines) <= min(2, room) and not any(line.endswith("…") for line in lines)
            if whole or (last and part == NARROW[-1]):
                kept = tuple((Piece(line, size),) for line in lines[: max(0, room)] if line)
                return _panel(kept, edge) if kept and width > 2 * pad else None
    return None


def _panel(lines: tuple[tuple[Piece, ...], ...], edge: Colour | None) -> Tile:
    return panel.__wrapped__(lines, edge=edge)


def _evenly(words: str, size: int, width: int) -> list[str]:
    """Break words into as few lines as the width allows, about equally long."""
    lines = wrapped(words, size, width)
    for narrower in range(width, width // 2, -max(1, size // 2)):
        other = wrapped(words, size, narrower)
        if len(other) > len(lines) or any(line.endswith("…") for line in other):
            break
        lines = other
    return lines


@lru_cache(maxsize=8)
def count_tile(count: int, target: int | None, phase: str, scale: _Scale) -> Tile:
    """Return the large count, how many there are to be, and the phase below; as wide for every phase."""
    small, large = scale.letters[1], _font_size(scale.figures)
    pad, gap = padding(((Piece("", small),),)), scale.margin
    phase = shortened(phase, small, scale.width // 2)
    of = "" if target is None else f"of {target}"
    figures = _ink(str(count), large)
    widest = "0" * max(len(str(count)), len(str(target or "")))
    row = max(figures.size[0], text_width(widest, large)) + (gap + text_width(of, small) if of else 0)
    phases = [phase, *PHASE_WORDS.values()] if phase else []
    width = 2 * pad + max([row, *(text_width(one, small) for one in phases)])
    base = pad + figures.size[1]
    height = base + pad + (math.ceil(1.2 * small) if phase else 0)
    tile: Tile = panel.__wrapped__(((Piece("", small),),), min_width=width, min_height=height)
    tile = layered(tile, figures, pad, pad)
    words = [(of, pad + figures.size[0] + gap, base)] if of else []
    words += [(phase, pad, base + math.ceil(1.2 * small))] if phase else []
    for text, x, line in words:
        ink = _ink(text, small)
        tile = layered(tile, ink, x, line - ink.size[1] + _depth(text, small))
    return tile


@lru_cache(maxsize=16)
def _font_size(figures: int) -> int:
    """Return the size of the font whose figures are so high."""
    _, top, _, bottom = font(1000).getbbox("0")
    return math.ceil(figures * 1000 / (bottom - top))


def _depth(text: str, size: int) -> int:
    """Return how far a text reaches below its base line."""
    return max(0, math.ceil(font(size).getbbox(text, anchor="ls")[3]))


def _ink(text: str, size: int) -> Tile:
    """Return a text without ground, cut close above and below."""
    letters = font(size)
    top = math.floor(letters.getbbox(text, anchor="ls")[1])
    image = Image.new("L", (max(1, text_width(text, size)), max(1, _depth(text, size) - top)))
    ImageDraw.Draw(image).text((0, -top), text, font=letters, fill=255, anchor="ls")
    alpha = np.asarray(image, dtype=np.uint16)[..., np.newaxis]
    return Tile.of(alpha * np.array(TEXT, dtype=np.uint16), alpha)


@lru_cache(maxsize=2)
def pause_sign(height: int) -> Tile:
    """Return two bars on a dark panel."""
    height = max(9, height)
    ground: Tile = panel.__wrapped__(
        ((Piece("", max(1, height // 4)),),), min_width=height, min_height=height
    )
    bar = np.full((round(0.56 * height), round(0.17 * height), 1), 255, np.uint16)
    sign = Tile.of(bar * np.array(TEXT, np.uint16), bar)
    for x in (0.26, 0.57):
        ground = layered(ground, sign, round(x * height), round(0.22 * height))
    return ground


# The window


KEYS: Mapping[int, str] = MappingProxyType(
    {
        # X11, with and without the keypad
        **dict.fromkeys((0xFF52, 0xFF97), "up"),
        **dict.fromkeys((0xFF54, 0xFF99), "down"),
        **dict.fromkeys((0xFF51, 0xFF96), "left"),
        **dict.fromkeys((0xFF53, 0xFF98), "right"),
        **{0xFFB0 + figure: str(figure) for figure in range(10)},
        **dict.fromkeys((0xFF0D, 0xFF8D), "enter"),
        **dict.fromkeys((0xFF1B,), "end"),
        0xFF80: "pause",
        # Windows, macOS
        **dict.fromkeys((0x260000, 0xF700), "up"),
        **dict.fromkeys((0x280000, 0xF701), "down"),
        **dict.fromkeys((0x250000, 0xF702), "left"),
        **dict.fromkeys((0x270000, 0xF703), "right"),
        # Everywhere
        **dict.fromkeys((10, 13), "enter"),
        ord(" "): "pause",
        **{ord("0") + figure: str(figure) for figure in range(10)},
        **dict.fromkeys(map(ord, "sS"), "skip"),
        **dict.fromkeys((*map(ord, "qQ"), 27), "end"),
    }
)
"""What a key means, by the code that OpenCV gives it; modifiers (Shift, NumLock) do not matter."""
_FOREIGN = "/av.libs/libxcb-shm"
MOST_KEYS = 8
"""So many keys are taken at a time: one held down must not stop the picture."""


def key_word(code: int) -> str | None:
    """Return what a key means; None for one that means nothing."""
    return KEYS.get(code) or KEYS.get(code & 0xFFFF)


def _would_hang() -> bool:
    """Whether OpenCV's window toolkit would run on PyAV's own copies of the X11 libraries.

    Both wheels bring libxcb-shm and others under the same name; the first one loaded serves both, and with
    PyAV's the first window waits for ever (opencv/opencv#29195, PyAV-Org/PyAV#978).
    """
    try:
        return _FOREIGN in Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False


class Window:
    """A window on the screen; everything from the main thread only.

    Parameters
    ----------
    title : str
    size : tuple[int, int]
        (width, height) in pixels; the person may change it.

    Raises
    ------
    UsageError
        There is no screen to show it on, or libraries are loaded with which it would hang.
    """

    def __init__(self, title: str = "formcheck", size: Size = SIZE) -> None:
        if not has_display():
            raise UsageError("there is no screen for a window; add --headless to go on with sound alone")
        if _would_hang():
            raise UsageError(
                "a window would hang here, since PyAV was loaded before OpenCV; "
                "import formcheck first, or add --headless to go on with sound alone"
            )
        self._cv2: ModuleType = opencv()
        self._title = title
        self._open = True
        self._told = False
        self._cv2.namedWindow(
            title, self._cv2.WINDOW_NORMAL | self._cv2.WINDOW_FREERATIO | self._cv2.WINDOW_GUI_NORMAL
        )
        self._cv2.resizeWindow(title, *size)
        self._size = size

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def size(self) -> Size:
        """(width, height) to draw for: as the window is now, at most about `SIZE`."""
        if self._visible():
            with suppress(self._cv2.error):
                width, height = (int(v) for v in self._cv2.getWindowImageRect(self._title)[2:])
                if width > 0 and height > 0:
                    part = min(1.0, SIZE[0] / width, SIZE[1] / height)
                    self._size = (max(1, round(part * width)), max(1, round(part * height)))
        return self._size

    @property
    def closed(self) -> bool:
        """Whether it is gone."""
        return not self._open

    def show(self, picture: Picture) -> list[str]:
        """Show a picture (RGB) and return what was pressed since the last one.

        Returns
        -------
        list[str]
            Of ``up``, ``down``, ``enter``, ``skip``, ``pause``, ``end``.  Closing the window is ``end``,
            once; from then on nothing is shown.
        """
        words: list[str] = []
        if self._visible():
            self._cv2.imshow(self._title, self._cv2.cvtColor(picture, self._cv2.COLOR_RGB2BGR))
            for _ in range(MOST_KEYS):
                code = self._cv2.waitKeyEx(1)
                if code < 0:
                    break
                word = key_word(code)
                words += [word] if word else []
        if not self._visible() and not self._told:
            self._told = True
            words += [] if "end" in words else ["end"]
        return words

    def close(self) -> None:
        """Take the window away; may be called again."""
        self._told = True
        if self._visible():
            self._open = False
            with suppress(self._cv2.error):
                self._cv2.destroyWindow(self._title)
                self._cv2.waitKeyEx(1)

    def _visible(self) -> bool:
        """Whether the window is still there: showing a picture would open a closed one again."""
        if self._open:
            try:
                self._open = self._cv2.getWindowProperty(self._title, self._cv2.WND_PROP_VISIBLE) >= 1
            except self._cv2.error:
                self._open = False
        return self._open

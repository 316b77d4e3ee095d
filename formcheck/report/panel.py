"""Text on solid ground: small pictures of words, made once and pasted into every frame that shows them.

Text never stands on the picture itself: dark panel, light letters, contrast above 7:1 (WCAG 2.2, 1.4.6).
The letters are Pillow's embedded font, so that nothing depends on fonts of the system; it knows ASCII and a
few signs, everything else is spelled with the nearest letter.
"""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from formcheck.pose.skeleton import Side

Picture = NDArray[np.uint8]
Colour = tuple[int, int, int]

GROUND: Colour = (16, 20, 26)
TEXT: Colour = (255, 255, 255)
QUIET_TEXT: Colour = (200, 208, 216)
NOTICE: Colour = (255, 205, 90)
LEFT: Colour = (86, 190, 245)
RIGHT: Colour = (255, 165, 20)
NEUTRAL: Colour = (245, 245, 245)

_GLYPHS = frozenset("".join(map(chr, range(32, 127))) + "°·…")
_SAMPLES = 4


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """A small picture to paste: colours already multiplied by ``alpha`` (0 to 255).

    ``solid`` are the rows from ``solid_from`` on that nothing shines through, as they are.
    """

    colour: NDArray[np.uint16]
    alpha: NDArray[np.uint16]
    solid: Picture
    solid_from: int

    @classmethod
    def of(cls, colour: NDArray[np.uint16], alpha: NDArray[np.uint16]) -> Tile:
        """Return the tile with these colours and this alpha."""
        opaque = np.flatnonzero((alpha == 255).all(axis=(1, 2)))
        whole = len(opaque) > 0 and opaque[-1] - opaque[0] == len(opaque) - 1
        first, end = (int(opaque[0]), int(opaque[-1]) + 1) if whole else (0, 0)
        return cls(colour, alpha, (colour[first:end] // 255).astype(np.uint8), first)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.alpha.shape[1], self.alpha.shape[0]


@dataclass(frozen=True, slots=True)
class Piece:
    """A few words within a line.

    Attributes
    ----------
    text : str
    size : int
        Height of the letters in pixels.
    colour : Colour
    side : Side | None
        Draw a piece of that side's line in front of the words.
    """

    text: str
    size: int
    colour: Colour = TEXT
    side: Side | None = None


Line = tuple[Piece, ...]


@lru_cache(maxsize=32)
def font(size: int) -> ImageFont.FreeTypeFont:
    """Return the embedded font at a size in pixels."""
    return cast(ImageFont.FreeTypeFont, ImageFont.load_default(float(size)))


def drawable(text: str) -> str:
    """Return the text in letters that the embedded font has, on one line."""
    simple = unicodedata.normalize("NFKD", " ".join(text.split()).replace("–", "-").replace("—", "-"))
    return "".join(sign for sign in simple if sign in _GLYPHS)


@lru_cache(maxsize=4096)
def text_width(text: str, size: int) -> int:
    """Return how many pixels a text takes."""
    return math.ceil(font(size).getlength(text))


def line_width(line: Line) -> int:
    """Return how many pixels a line takes."""
    gaps = sum(map(_gap, line[1:]))
    return gaps + sum(_swatch_width(piece) + text_width(piece.text, piece.size) for piece in line)


def line_height(line: Line) -> int:
    """Return the height of a line, with the space to the next one."""
    return max(math.ceil(1.25 * piece.size) for piece in line)


def wrapped(text: str, size: int, width: int) -> list[str]:
    """Break a text into lines of at most ``width`` pixels; a word that is longer is cut."""
    lines: list[str] = []
    for word in drawable(text).split():
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(joined, size) <= width:
            lines[-1] = joined
        else:
            lines.append(shortened(word, size, width))
    return lines


def shortened(text: str, size: int, width: int) -> str:
    """Cut a text to ``width`` pixels, an ellipsis at its end when something was cut."""
    if text_width(text, size) <= width:
        return text
    kept = text
    while kept and text_width(kept + "…", size) > width:
        kept = kept[:-1]
    return kept + "…" if kept else ""


def narrowed(line: Line, width: int) -> Line:
    """Cut the words at the end of a line until it is at most ``width`` pixels wide."""
    while line and line_width(line) > width:
        last = line[-1]
        rest = width - (line_width(line) - text_width(last.text, last.size))
        text = shortened(last.text, last.size, rest) if rest > last.size else ""
        line = (*line[:-1], replace(last, text=text)) if text else line[:-1]
    return line


def panel_height(lines: tuple[Line, ...]) -> int:
    """Return the height of a panel with these lines."""
    return 2 * padding(lines) + sum(map(line_height, lines))


@lru_cache(maxsize=1024)
def panel(
    lines: tuple[Line, ...],
    min_width: int = 0,
    edge: Colour | None = None,
    indent: int = 0,
    min_height: int = 0,
) -> Tile:
    """Return lines of text on a dark panel.

    Parameters
    ----------
    lines : tuple of Line
        At least one.
    min_width : int
        The panel is at least this wide, whatever the text.
    edge : Colour | None
        A bar in this colour along the left edge.
    indent : int
        Room for something else in front of the lines.
    min_height : int
        The panel is at least this high; the lines stand in its middle.
    """
    pad = padding(lines)
    width = max(min_width, 2 * pad + indent + max(map(line_width, lines)))
    height = max(min_height, panel_height(lines))
    image = Image.new("RGB", (width, height), GROUND)
    draw = ImageDraw.Draw(image)
    if edge is not None:
        draw.rectangle((0, 0, max(1, pad // 2) - 1, height), fill=edge)
    top = pad + (height - panel_height(lines)) // 2
    for line in lines:
        _draw_line(draw, line, pad + indent, top + max(piece.size for piece in line))
        top += line_height(line)
    return _rounded(image, radius=pad)


def padding(lines: tuple[Line, ...]) -> int:
    """Return the margin around the text of a panel."""
    return max(2, round(0.4 * min(piece.size for line in lines for piece in line)))


def paste(onto: Picture, tile: Tile, x: int, y: int) -> None:
    """Paste a tile with its top left corner at (x, y), in place; it must lie within the picture."""
    width, height = tile.size
    first, end = tile.solid_from, tile.solid_from + len(tile.solid)
    onto[y + first : y + end, x : x + width] = tile.solid
    for rows in (slice(0, first), slice(end, height)):
        region = onto[y + rows.start : y + rows.stop, x : x + width]
        region[:] = (tile.colour[rows] + region * (255 - tile.alpha[rows])) // 255


def layered(below: Tile, above: Tile, x: int, y: int) -> Tile:
    """Return a tile with another one pasted on it at (x, y), where both the lower and the upper lie."""
    width, height = above.size
    colour = below.colour.astype(np.uint32)
    region = colour[y : y + height, x : x + width]
    region[:] = above.colour + region * (255 - above.alpha.astype(np.uint32)) // 255
    return Tile.of(colour.astype(np.uint16), below.alpha)


def draw_swatch(draw: ImageDraw.ImageDraw, side: Side, x: int, y: int, size: int) -> None:
    """Draw a piece of a side's line: left solid with a dot, right dashed with a square."""
    length, weight, mark = _swatch_length(size), max(1, size // 6), max(1, size // 4)
    if side is Side.LEFT:
        draw.rectangle((x, y - weight // 2, x + length, y - weight // 2 + weight - 1), fill=LEFT)
        draw.ellipse((x + length // 2 - mark, y - mark, x + length // 2 + mark, y + mark), fill=LEFT)
        return
    for start in (x, x + length - length // 4):
        draw.rectangle(
            (start, y - weight // 2, start + length // 4, y - weight // 2 + weight - 1), fill=RIGHT
        )
    draw.rectangle((x + length // 2 - mark, y - mark, x + length // 2 + mark, y + mark), fill=RIGHT)


def _draw_line(draw: ImageDraw.ImageDraw, line: Line, x: int, baseline: int) -> None:
    for piece in line:
        x += 0 if piece is line[0] else _gap(piece)
        if piece.side is not None:
            draw_swatch(draw, piece.side, x, baseline - round(0.36 * piece.size), piece.size)
        x += _swatch_width(piece)
        draw.text((x, baseline), piece.text, font=font(piece.size), fill=piece.colour, anchor="ls")
        x += text_width(piece.text, piece.size)


def _gap(piece: Piece) -> int:
    return round(0.6 * piece.size)


def _swatch_length(size: int) -> int:
    return round(1.6 * size)


def _swatch_width(piece: Piece) -> int:
    return 0 if piece.side is None else _swatch_length(piece.size) + piece.size // 3


def _rounded(image: Image.Image, radius: int) -> Tile:
    """Return the picture as a tile with round corners."""
    large = Image.new("L", (image.width * _SAMPLES, image.height * _SAMPLES))
    corner = (0, 0, large.width - 1, large.height - 1)
    ImageDraw.Draw(large).rounded_rectangle(corner, radius * _SAMPLES, fill=255)
    alpha = np.asarray(large.reduce(_SAMPLES), dtype=np.uint16)[..., np.newaxis]
    return Tile.of(np.asarray(image, dtype=np.uint16) * alpha, alpha)

"""Rooms and what stands in them: walls, mats, chairs, furniture, clutter, blankets, what hides a person."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from .camera import Camera
from .meshes import (
    BLOTCHES,
    CHECKS,
    GLOW,
    PLANKS,
    PLASTER,
    STRIPES,
    WEAVE,
    Material,
    Mesh,
    box,
    drum,
    grid_triangles,
    rounded,
    turned,
)
from .motions import MAT_M
from .rotation import Floats, turn_z

Colour = tuple[float, float, float]

DARK: Colour = (0.05, 0.05, 0.05)
LINEN: Colour = (0.75, 0.76, 0.8)


def planks(colour: Colour = (0.34, 0.2, 0.11)) -> Material:
    """Return a wooden floor."""
    return Material(colour, PLANKS, size_m=0.14, shine=0.12)


def carpet(colour: Colour) -> Material:
    """Return a carpet."""
    return Material(colour, WEAVE, size_m=0.012, shine=0.0)


def tiles(colour: Colour, second: Colour) -> Material:
    """Return a tiled floor."""
    return Material(colour, CHECKS, second, size_m=0.3, shine=0.1)


def plaster(colour: Colour = (0.62, 0.6, 0.55)) -> Material:
    """Return a wall with a skirting board."""
    return Material(colour, PLASTER, (0.7, 0.7, 0.7), shine=0.0, casts=False)


def cloth(colour: Colour) -> Material:
    """Return something woven."""
    return Material(colour, WEAVE, size_m=0.006, shine=0.02)


def room(bounds_m: tuple[float, float, float, float], floor: Material, wall: Material) -> list[Mesh]:
    """Return floor and walls between lowest and highest x, lowest and highest y."""
    x0, x1, y0, y1 = bounds_m
    return [
        box((x0, y0, -0.02), (x1, y1, 0.0), floor, "Z"),
        box((x0 - 0.05, y0, 0.0), (x0, y1, 2.7), wall, "X"),
        box((x1, y0, 0.0), (x1 + 0.05, y1, 2.7), wall, "x"),
        box((x0, y0 - 0.05, 0.0), (x1, y0, 2.7), wall, "Y"),
        box((x0, y1, 0.0), (x1, y1 + 0.05, 2.7), wall, "y"),
        box((x0, y0, 2.7), (x1, y1, 2.75), Material((0.75, 0.75, 0.74), casts=False), "z"),
    ]


def open_room(camera: Camera, floor: Material, wall: Material, at_m: float = 2.0) -> list[Mesh]:
    """Return a wide floor and only the walls that a camera can look at, two metres behind the person."""
    out = [box((-6.0, -6.0, -0.02), (6.0, 6.0, 0.0), floor, "Z")]
    forward = camera.axes[2]
    for axis in (0, 1):
        for sign in (-1, 1):
            beside = (
                abs(camera.eye_m[axis]) < at_m
                and camera.eye_m[axis] * sign < 0.5
                and abs(forward[axis]) < 0.5
            )
            if forward[axis] * sign > 0.12 or beside:
                low, high = np.array([-6.0, -6.0, 0.0]), np.array([6.0, 6.0, 3.2])
                low[axis], high[axis] = (at_m, at_m + 0.05) if sign > 0 else (-at_m - 0.05, -at_m)
                out.append(box(low.tolist(), high.tolist(), wall, "xy"[axis] if sign > 0 else "XY"[axis]))
    return out


def mat(half_x_m: float, low_y_m: float, high_y_m: float, material: Material, thick_m: float = MAT_M) -> Mesh:
    """Return a mat on the floor."""
    return box((-half_x_m, low_y_m, 0.0), (half_x_m, high_y_m, thick_m), material)


def pillow(top_of_head: Floats, lowest_m: float) -> Mesh:
    """Return a pillow under a head that lies on its side."""
    thick = (lowest_m + 0.02) / 2.0
    x, y = top_of_head[:2]
    return rounded((x - 0.02, y + 0.02, thick), (0.18, 0.26, thick + 0.01), Material(LINEN, shine=0.0), 3.5)


def chair(seat_m: float, material: Material, back_m: float = 0.45, arms: bool = False) -> list[Mesh]:
    """Return a chair at the origin for somebody who faces -y."""
    legs = [(x, y) for x in (-0.2, 0.2) for y in (-0.19, 0.2)]
    out = [box((-0.23, -0.22, seat_m - 0.04), (0.23, 0.22, seat_m), material)]
    if back_m > 0:
        out.append(box((-0.23, 0.2, seat_m), (0.23, 0.225, seat_m + back_m), material))
    out += [box((x - 0.02, y - 0.02, 0.0), (x + 0.02, y + 0.02, seat_m - 0.04), material) for x, y in legs]
    if arms:
        for x in (-0.25, 0.25):
            out.append(box((x - 0.02, -0.16, seat_m + 0.18), (x + 0.02, 0.22, seat_m + 0.21), material))
            out.append(box((x - 0.02, -0.16, seat_m), (x + 0.02, -0.12, seat_m + 0.2), material))
    return out


def framed(
    centre_m: Sequence[float], axis: int, width_m: float, height_m: float, inside: Material
) -> list[Mesh]:
    """Return a picture or a window on a wall across x (axis 0) or y (axis 1)."""
    low, high = np.array(centre_m, float), np.array(centre_m, float)
    other = 1 - axis
    low[other] -= width_m / 2
    high[other] += width_m / 2
    low[2] -= height_m / 2
    high[2] += height_m / 2
    wide_low, wide_high = low.copy(), high.copy()
    for k in (other, 2):
        wide_low[k] -= 0.03
        wide_high[k] += 0.03
    for corners, thick in (((low, high), 0.014), ((wide_low, wide_high), 0.01)):
        corners[0][axis] -= thick
        corners[1][axis] += thick
    return [
        box(low.tolist(), high.tolist(), inside),
        box(wide_low.tolist(), wide_high.tolist(), Material(DARK)),
    ]


def blotched(random: np.random.Generator) -> Material:
    """Return something like a painting."""
    a, b = random.uniform(0.05, 0.7, (2, 3))
    return Material(_rgb(a), BLOTCHES, _rgb(b), size_m=float(random.uniform(0.08, 0.25)), casts=False)


def window(random: np.random.Generator) -> Material:
    """Return daylight behind glass."""
    brightness = random.uniform(1.5, 6.0)
    return Material(_rgb(brightness * random.uniform(0.8, 1.0, 3)), GLOW, casts=False)


def _rgb(values: Floats) -> Colour:
    r, g, b = (float(v) for v in values)
    return r, g, b


def _colour(random: np.random.Generator, dark: float = 0.03, bright: float = 0.6) -> Colour:
    grey, spread = random.uniform(dark, bright), random.uniform(0.3, 1.0, 3)
    return _rgb(grey * spread / spread.max())


# Furniture and clutter: each function returns things around the origin, as seen from -y


def table(random: np.random.Generator) -> list[Mesh]:
    """Return a table, sometimes with things on it."""
    w, d, h = random.uniform(0.4, 0.8), random.uniform(0.3, 0.5), random.uniform(0.4, 0.76)
    wood = planks(_colour(random, 0.1, 0.5))
    out = [box((-w, -d, h - 0.04), (w, d, h), wood)]
    out += [box((x - 0.03, y - 0.03, 0), (x + 0.03, y + 0.03, h - 0.04), wood)
            for x in (0.05 - w, w - 0.05) for y in (0.05 - d, d - 0.05)]  # fmt: skip
    for _ in range(random.integers(0, 4)):
        x, y = random.uniform(-w * 0.8, w * 0.8), random.uniform(-d * 0.8, d * 0.8)
        out.append(
            drum((x, y, h), random.uniform(0.03, 0.07), random.uniform(0.05, 0.3), Material(_colour(random)))
        )
    return out


def sofa(random: np.random.Generator) -> list[Mesh]:
    """Return a sofa."""
    w, m = random.uniform(0.5, 1.0), cloth(_colour(random))
    cushions = [rounded((x, -0.05, 0.42), (w / 2, 0.38, 0.1), m, 5.0) for x in (-w / 2, w / 2)]
    return [
        box((-w, -0.4, 0.08), (w, 0.4, 0.36), m),
        box((-w, 0.25, 0.3), (w, 0.45, 0.85), m),
        box((-w - 0.15, -0.4, 0.08), (-w, 0.45, 0.6), m),
        box((w, -0.4, 0.08), (w + 0.15, 0.45, 0.6), m),
        *cushions,
    ]


def shelf(random: np.random.Generator) -> list[Mesh]:
    """Return shelves with books."""
    w, h = random.uniform(0.35, 0.6), random.uniform(1.0, 2.0)
    wood = planks(_colour(random, 0.1, 0.6))
    out = [box((-w, 0.12, 0), (w, 0.14, h), wood)]
    out += [box((x - 0.01, -0.14, 0), (x + 0.01, 0.14, h), wood) for x in (-w, w)]
    for z in np.arange(0.05, h, 0.35):
        out.append(box((-w, -0.14, z - 0.02), (w, 0.14, z), wood))
        x = -w + 0.03
        while x < w - 0.1 and random.random() < 0.9:
            thick = random.uniform(0.02, 0.1)
            out.append(
                box((x, -0.1, z), (x + thick, 0.1, z + random.uniform(0.12, 0.3)), Material(_colour(random)))
            )
            x += thick + random.uniform(0.0, 0.12)
    return out


def plant(random: np.random.Generator) -> list[Mesh]:
    """Return a plant in a pot."""
    h, green = (
        random.uniform(0.2, 0.5),
        Material((0.04, float(random.uniform(0.1, 0.25)), 0.03), BLOTCHES, (0.01, 0.05, 0.01), 0.04),
    )
    leaves = [
        rounded(
            (*random.normal(0, 0.12, 2), h + random.uniform(0.1, 0.6)),
            random.uniform(0.05, 0.2, 3),
            green,
            steps=8,
        )
        for _ in range(random.integers(3, 9))
    ]
    return [drum((0, 0, 0), 0.14, h, Material(_colour(random)), top=1.2), *leaves]


def ball(random: np.random.Generator) -> list[Mesh]:
    """Return a gymnastics ball."""
    r = random.uniform(0.15, 0.37)
    return [rounded((0, 0, r), (r, r, r), Material(_colour(random, 0.1, 0.7), shine=0.3))]


def lamp(random: np.random.Generator) -> list[Mesh]:
    """Return a standing lamp."""
    h = random.uniform(1.2, 1.7)
    shade = Material((1.8, 1.5, 1.0), GLOW) if random.random() < 0.5 else cloth((0.6, 0.55, 0.45))
    return [
        drum((0, 0, 0), 0.14, 0.03, Material(DARK)),
        drum((0, 0, 0.03), 0.012, h, Material(DARK, shine=0.3), sides=8),
        drum((0, 0, h), 0.2, 0.25, shade, top=0.7),
    ]


def boxes(random: np.random.Generator) -> list[Mesh]:
    """Return boxes, bags and the like on the floor."""
    out = []
    for _ in range(random.integers(1, 5)):
        x, y = random.normal(0, 0.25, 2)
        a, b, h = random.uniform(0.06, 0.25, 3)
        pattern = int(random.choice([0, WEAVE, CHECKS, STRIPES]))
        material = Material(_colour(random), pattern, _colour(random), float(random.uniform(0.02, 0.1)))
        out.append(box((x - a, y - b, 0), (x + a, y + b, 1.5 * h), material))
    return out


def weights(random: np.random.Generator) -> list[Mesh]:
    """Return dumbbells, a roller, a bottle."""
    m = Material(_colour(random), shine=0.3)
    out = [rounded((x, 0, 0.06), (0.05, 0.06, 0.06), m, 4.0, 8) for x in (-0.1, 0.1)]
    out.append(box((-0.1, -0.015, 0.045), (0.1, 0.015, 0.075), Material((0.3, 0.3, 0.3), shine=0.5)))
    out.append(drum((0.3, 0.1, 0), 0.035, 0.22, Material(_colour(random), shine=0.4)))
    return out


def rail(random: np.random.Generator) -> list[Mesh]:
    """Return a clothes rail: long things hanging down."""
    out = [box((-0.5, -0.02, 1.5), (0.5, 0.02, 1.53), Material((0.2, 0.2, 0.2), shine=0.4))]
    for x in np.arange(-0.45, 0.45, 0.09):
        if random.random() < 0.8:
            low = random.uniform(0.5, 1.0)
            out.append(
                rounded(
                    (x, 0, (1.5 + low) / 2), (0.035, 0.22, (1.5 - low) / 2), cloth(_colour(random)), 3.0, 8
                )
            )
    return out


def spare_chair(random: np.random.Generator) -> list[Mesh]:
    """Return a chair that nobody sits on."""
    return chair(random.uniform(0.4, 0.5), planks(_colour(random)), random.uniform(0.3, 0.5))


CLUTTER: tuple[Callable[[np.random.Generator], list[Mesh]], ...] = (
    *(table, sofa, shelf, plant, ball, lamp, boxes, weights, rail, spare_chair),
)


def clutter(
    random: np.random.Generator,
    bounds_m: tuple[float, float, float, float],
    camera: Camera,
    count: int,
    clear_m: float,
) -> list[Mesh]:
    """Return things in a room, not within `clear_m` of its middle nor between camera and middle."""
    x0, x1, y0, y1 = bounds_m
    out: list[Mesh] = []
    eye = camera.eye_m[:2]
    for _ in range(count):
        make = CLUTTER[int(random.integers(len(CLUTTER)))]
        for _ in range(20):
            place = np.array([random.uniform(x0 + 0.4, x1 - 0.4), random.uniform(y0 + 0.4, y1 - 0.4)])
            along = float(np.clip(place @ eye / (eye @ eye), 0.0, 1.0))
            if (
                np.hypot(*place) > clear_m
                and np.hypot(*(place - along * eye)) > 0.75
                and np.hypot(*(place - eye)) > 0.6
            ):
                turn = turn_z(float(random.uniform(0, 360)))
                out += turned(make(random), turn, (*place, 0.0))
                break
    return out


def wall_things(
    random: np.random.Generator, bounds_m: tuple[float, float, float, float], count: int
) -> list[Mesh]:
    """Return pictures and windows on the walls."""
    out: list[Mesh] = []
    for _ in range(count):
        side = int(random.integers(4))
        axis = 0 if side < 2 else 1
        along = random.uniform(*(bounds_m[2:] if axis == 0 else bounds_m[:2]))
        centre = [0.0, 0.0, random.uniform(1.0, 1.8)]
        centre[axis], centre[1 - axis] = bounds_m[side], float(along)
        inside = window(random) if random.random() < 0.35 else blotched(random)
        out += framed(centre, axis, random.uniform(0.3, 1.2), random.uniform(0.3, 1.0), inside)
    return out


def in_the_way(random: np.random.Generator, camera: Camera, at_m: Floats, share: float) -> list[Mesh]:
    """Return furniture between camera and person, low enough to hide a part of them only.

    Parameters
    ----------
    share : float
        How far from the person towards the camera it stands, 0 to 1.
    """
    place = at_m[:2] + share * (camera.eye_m[:2] - at_m[:2])
    aside = np.array([-(camera.eye_m - at_m)[1], (camera.eye_m - at_m)[0]])
    place = place + aside / np.hypot(*aside) * random.choice([-1, 1]) * random.uniform(0.1, 0.6)
    make = (spare_chair, ball, plant, boxes, table)[int(random.integers(5))]
    return turned(make(random), turn_z(float(random.uniform(0, 360))), (*place, 0.0))


# Blanket


class Blanket:
    """A blanket that lies on somebody: a grid over the floor, as high as what is under it, smoothed.

    Parameters
    ----------
    corners_m : tuple of float
        Lowest x, highest x, lowest y, highest y.
    colour : tuple of float
    """

    STEP_M = 0.03

    def __init__(self, corners_m: tuple[float, float, float, float], material: Material) -> None:
        x0, x1, y0, y1 = corners_m
        self._corner = np.array([x0, y0])
        self._shape = (round((x1 - x0) / self.STEP_M), round((y1 - y0) / self.STEP_M))
        self.mesh = Mesh(self._grid(np.zeros(self._shape)), grid_triangles(*self._shape), material)

    def over(self, mesh_m: Floats) -> Floats:
        """Return the blanket's vertices over a posed person."""
        rows, columns = self._shape
        cell = ((mesh_m[:, :2] - self._corner) / self.STEP_M).astype(int)
        inside = ((cell >= 0) & (cell < [rows, columns])).all(axis=1)
        heights = np.full(self._shape, MAT_M)
        np.maximum.at(heights, tuple(cell[inside].T), mesh_m[inside, 2])
        high = cv2.dilate(heights, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5)))
        hung = cv2.GaussianBlur(high, (0, 0), 1.6)
        return self._grid(np.maximum(hung, heights) + 0.012)

    def _grid(self, heights: Floats) -> Floats:
        x, y = np.meshgrid(*(np.arange(n) * self.STEP_M for n in self._shape), indexing="ij")
        ripple = 0.004 * np.sin(23.0 * x + 11.0 * y) + 0.004 * np.sin(31.0 * y - 7.0 * x)
        return np.stack([x + self._corner[0], y + self._corner[1], heights + ripple], axis=-1).reshape(-1, 3)

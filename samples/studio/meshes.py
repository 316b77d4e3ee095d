"""Things that are not people: boxes, rounded shapes, grids; each triangle of one material."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from .body import Ints
from .rotation import Floats

TESSELLATION_M = 0.4
"""Longest side of a large surface's squares: what is behind the camera is left out square by square."""

PLAIN, PLANKS, WEAVE, CHECKS, STRIPES, BLOTCHES, GLOW, PLASTER = range(8)
"""Patterns."""


@dataclass(frozen=True, slots=True)
class Material:
    """What a surface looks like.

    Attributes
    ----------
    colour, second : tuple of float
        Red, green, blue, linear, 0 to 1 (more where it glows).
    pattern : int
    size_m : float
        Of the pattern.
    shine : float
    casts : bool
        Whether it keeps the light off others (walls do not: the light comes through them).
    """

    colour: tuple[float, float, float]
    pattern: int = PLAIN
    second: tuple[float, float, float] = (0.0, 0.0, 0.0)
    size_m: float = 0.1
    shine: float = 0.05
    casts: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """A surface: vertices (n, 3) in metres and triangles (m, 3) of one material."""

    vertices_m: Floats
    triangles: Ints
    material: Material

    def moved(self, by_m: ArrayLike, turn: Floats | None = None) -> Mesh:
        """Return the mesh turned about the origin and moved."""
        turned = self.vertices_m if turn is None else self.vertices_m @ turn.T
        return Mesh(turned + np.asarray(by_m, dtype=np.float64), self.triangles, self.material)


def box(low: Sequence[float], high: Sequence[float], material: Material, faces: str = "xXyYzZ") -> Mesh:
    """Return a box between two corners; capital letters name the faces at the high end."""
    lowest, highest = np.asarray(low, float), np.asarray(high, float)
    if float((highest - lowest).max()) <= TESSELLATION_M:
        vertices, triangles = _unit_box(faces)
        return Mesh(lowest + vertices * (highest - lowest), triangles, material)
    vertices, triangles = _box(lowest, highest, faces)
    return Mesh(vertices, triangles, material)


@cache
def _unit_box(faces: str) -> tuple[Floats, Ints]:
    vertices, triangles = _box(np.zeros(3), np.full(3, TESSELLATION_M), faces)
    return vertices / TESSELLATION_M, triangles


def _box(low: Floats, high: Floats, faces: str) -> tuple[Floats, Ints]:
    vertices, triangles, count = [], [], 0
    for axis, ends in enumerate(("xX", "yY", "zZ")):
        for end, name in enumerate(ends):
            if name in faces:
                points, squares = _face(low, high, axis, end)
                vertices.append(points)
                triangles.append(squares + count)
                count += len(points)
    return np.concatenate(vertices), np.concatenate(triangles).astype(np.int32)


def _face(low: Floats, high: Floats, axis: int, end: int) -> tuple[Floats, Ints]:
    a, b = ((1, 2), (2, 0), (0, 1))[axis]
    rows, columns = (max(1, int(np.ceil((high[k] - low[k]) / TESSELLATION_M))) for k in (a, b))
    along, up = np.meshgrid(
        np.linspace(low[a], high[a], rows + 1), np.linspace(low[b], high[b], columns + 1), indexing="ij"
    )
    points = np.empty((along.size, 3))
    points[:, a], points[:, b], points[:, axis] = along.ravel(), up.ravel(), (low, high)[end][axis]
    return points, grid_triangles(rows + 1, columns + 1, flip=not end)


def grid_triangles(rows: int, columns: int, *, flip: bool = False) -> Ints:
    """Return the triangles of a grid of vertices, row by row."""
    first = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)[None]).ravel()
    corners = [first, first + columns, first + columns + 1, first + 1]
    if flip:
        corners.reverse()
    q = np.stack(corners, axis=1)
    return np.concatenate([q[:, [0, 1, 2]], q[:, [0, 2, 3]]]).astype(np.int32)


def rounded(
    centre_m: ArrayLike, radii_m: ArrayLike, material: Material, squareness: float = 2.0, steps: int = 14
) -> Mesh:
    """Return an ellipsoid; a squareness over 2 makes it a cushion, and towards 20 a box."""

    def power(x: Floats) -> Floats:
        out: Floats = np.sign(x) * np.abs(x) ** (2.0 / squareness)
        return out

    polar, round_ = np.meshgrid(
        np.linspace(0, np.pi, steps), np.linspace(0, 2 * np.pi, 2 * steps), indexing="ij"
    )
    sphere = np.stack(
        [
            power(np.sin(polar)) * power(np.cos(round_)),
            power(np.sin(polar)) * power(np.sin(round_)),
            power(np.cos(polar)),
        ],
        axis=-1,
    )
    vertices = sphere.reshape(-1, 3) * np.asarray(radii_m, float) + np.asarray(centre_m, float)
    return Mesh(vertices, grid_triangles(steps, 2 * steps), material)


def drum(
    foot_m: ArrayLike,
    radius_m: float,
    height_m: float,
    material: Material,
    *,
    top: float = 1.0,
    sides: int = 18,
) -> Mesh:
    """Return a cylinder standing on a point, or a cone cut off at `top` of its radius."""
    angle = np.linspace(0, 2 * np.pi, sides + 1)
    rings = [(0.0, 0.0), (1.0, 0.0), (top, 1.0), (0.0, 1.0)]
    vertices = [
        np.stack(
            [r * radius_m * np.cos(angle), r * radius_m * np.sin(angle), np.full_like(angle, h * height_m)], 1
        )
        for r, h in rings
    ]
    points = np.concatenate(vertices) + np.asarray(foot_m, float)
    return Mesh(points, grid_triangles(len(rings), sides + 1), material)


def turned(meshes: Iterable[Mesh], turn: Floats, by_m: ArrayLike) -> list[Mesh]:
    """Return meshes turned about the origin and moved."""
    return [mesh.moved(by_m, turn) for mesh in meshes]

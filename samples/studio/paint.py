"""What colour a point has: clothes cut from the canonical body, skin, hair, materials.  Compiled loops.

``cut`` is `Look.cut` (sleeve, hem, waist, neckline, shoe, pattern, bald); ``colours`` is `Look.colours`
(skin, shirt, trousers, shoe, hair, print); a material's ``row`` is colour, second colour, size, shine.
Coordinates x, y, z of clothes and skin are those of the canonical body.
"""

from __future__ import annotations

import math
from typing import Any

from .compiled import compiled

BARE, SHIRT, TROUSERS, SHOE = range(4)
SKIN_KIND, CLOTH_KIND, EYE_KIND, FIRST_MATERIAL = 0, 1, 2, 4
"""Kinds of triangles: the parts of a body, then the patterns of materials."""


@compiled
def lattice(i: int, j: int) -> float:
    """Return a number from 0 to 1 that looks random and depends on two whole numbers."""
    n = (i * 374761393 + j * 668265263) & 0x7FFFFFFF
    n = ((n ^ (n >> 13)) * 1274126177) & 0x7FFFFFFF
    return ((n ^ (n >> 16)) & 0xFFFF) / 65535.0


@compiled
def cloud(x: float, y: float) -> float:
    """Return smooth noise from 0 to 1 with a grain of 1."""
    i, j = math.floor(x), math.floor(y)
    fx, fy = x - i, y - j
    fx, fy = fx * fx * (3.0 - 2.0 * fx), fy * fy * (3.0 - 2.0 * fy)
    a = lattice(i, j) * (1.0 - fx) + lattice(i + 1, j) * fx
    b = lattice(i, j + 1) * (1.0 - fx) + lattice(i + 1, j + 1) * fx
    return a * (1.0 - fy) + b * fy


@compiled
def sleeve_share(ax: Any, z: Any) -> Any:
    """Return how far down the upper arm a point lies: 0 at the shoulder, 1 at the elbow."""
    return ((ax - 0.187) * 0.191 + (z - 0.484) * -0.215) / (0.191**2 + 0.215**2)


@compiled
def worn(x: float, y: float, z: float, cut: Any) -> int:
    """Return what is worn at a point: `BARE`, `SHIRT`, `TROUSERS` or `SHOE`."""
    ax = abs(x)
    if z < cut[4]:
        return 3
    if z > -0.3 and ax > 0.17 + 0.6 * max(0.0, 0.25 - z):
        share = sleeve_share(ax, z)
        if share > 0.05:
            return 1 if share < cut[0] else 0
    if z < cut[2] + 0.006 * math.sin(ax * 40.0):
        return 2 if z > cut[1] else 0
    front = min(1.0, max(0.0, (0.06 - y) / 0.12))
    neckline = 0.572 - (0.02 + cut[3]) * front * math.exp(-((ax / 0.075) ** 2))
    if z < neckline or (ax > 0.085 and z < 0.60):
        return 1
    return 0


@compiled
def hair_depth(x: float, y: float, z: float) -> float:
    """Return how deep inside the hair a point of the head lies, metres; below 0 = outside."""
    if z < 0.62:
        return -1.0
    top = z - (0.806 - 7.86 * x * x)
    back = min(y - 0.018, z - 0.672)
    side = min(y + 0.022, z - 0.762)
    return max(top, back, side)


@compiled
def paint_person(kind: int, x: float, y: float, z: float, colours: Any, cut: Any, rgb: Any) -> float:
    """Write the colour of a point of a person into ``rgb``; return how much it shines."""
    if kind == 2:
        return _paint_eye(x, y, z, rgb)
    where = worn(x, y, z, cut)
    if kind == 0 and where == 0:
        return _paint_skin(x, y, z, colours, cut, rgb)
    for k in range(3):
        rgb[k] = colours[where, k]
    if where == 3:
        if z < -0.975:
            rgb[0] = rgb[1] = rgb[2] = 0.75
        return 0.15
    if where == 1 and _printed(x, z, y, int(cut[5])):
        for k in range(3):
            rgb[k] = colours[5, k]
    return 0.04


@compiled
def _printed(x: float, z: float, y: float, pattern: int) -> bool:
    if pattern == 1:
        return math.floor(z / 0.03) % 3 == 0
    if pattern == 2:
        return (math.floor(x / 0.035) + math.floor(z / 0.035)) % 2 == 0
    if pattern == 3:
        return cloud(x * 14.0 + y * 5.0, z * 14.0) > 0.58
    return False


@compiled
def _paint_skin(x: float, y: float, z: float, colours: Any, cut: Any, rgb: Any) -> float:
    shade = 0.94 + 0.12 * cloud(x * 60.0 + 7.0, z * 60.0 + y * 45.0)
    for k in range(3):
        rgb[k] = colours[0, k] * shade
    if z <= 0.60:
        return 0.12
    ax = abs(x)
    hairy = (
        cut[6] == 0.0 and hair_depth(x, y, z) + 0.004 * (cloud(x * 400.0, z * 400.0 + y * 300.0) - 0.5) > 0.0
    )
    brow_z = 0.757 - 2.5 * (ax - 0.036) ** 2
    if hairy or (y < -0.085 and abs(z - brow_z) < 0.0028 and 0.014 < ax < 0.054):
        shade = 0.7 + 0.6 * cloud(x * 260.0, y * 190.0 + z * 40.0)
        for k in range(3):
            rgb[k] = colours[4, k] * shade
        return 0.2
    if y < -0.1 and (ax / 0.026) ** 2 + ((z - 0.6615) / 0.0075) ** 2 < 1.0:
        rgb[0], rgb[1], rgb[2] = colours[0, 0] * 0.85, colours[0, 1] * 0.62, colours[0, 2] * 0.62
    return 0.12


@compiled
def _paint_eye(x: float, y: float, z: float, rgb: Any) -> float:
    off = math.sqrt((abs(x) - 0.0316) ** 2 + (z - 0.7362) ** 2)
    if y < -0.118 and off < 0.0035:
        rgb[0] = rgb[1] = rgb[2] = 0.01
    elif y < -0.118 and off < 0.0075:
        rgb[0], rgb[1], rgb[2] = 0.12, 0.06, 0.03
    else:
        rgb[0], rgb[1], rgb[2] = 0.78, 0.74, 0.72
    return 0.5


@compiled
def paint_thing(kind: int, x: float, y: float, z: float, row: Any, rgb: Any) -> float:
    """Write the colour of a point of a thing (world coordinates) into ``rgb``; return how much it shines."""
    pattern, size = kind - 4, row[6]
    shade, second = 1.0, 0.0
    if pattern == 1:  # planks
        j = math.floor(x / size)
        along = y + lattice(j, 3) * 1.3
        shade = (
            0.75
            + 0.35 * lattice(math.floor(along / 1.3), j)
            + 0.12 * (cloud(x * 90.0, y * 4.0 + j * 9.0) - 0.5)
        )
        if x / size - j < 0.03:
            shade *= 0.6
    elif pattern == 2:  # weave
        shade = 0.85 + 0.3 * cloud((x + 0.3 * z) / size, (y + 0.7 * z) / size)
    elif pattern == 3:  # checks
        squares = math.floor(x / size) + math.floor(y / size) + math.floor(z / size)
        second = 1.0 if int(squares) % 2 == 0 else 0.0
    elif pattern == 4:  # stripes
        second = 1.0 if math.floor((x + y + z) / size) % 2 == 0 else 0.0
    elif pattern == 5:  # blotches
        second = cloud((x + y) / size, z / size + 0.3 * (x - y) / size)
    elif pattern == 7:  # plaster with a skirting board
        shade = 0.97 + 0.06 * cloud((x + y) * 15.0, z * 15.0)
        second = 1.0 if z < 0.09 else 0.0
    for k in range(3):
        rgb[k] = shade * (row[k] + second * (row[3 + k] - row[k]))
    return float(row[7])

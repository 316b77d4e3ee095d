"""Triangles to pixels: a depth buffer, a shadow map, ambient occlusion, light.  Compiled loops.

A surface is known per pixel by the triangle that is seen there (-1 = none) and two of its barycentric
coordinates.  Depth buffers keep 1/depth, or height towards the light: larger is nearer.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .compiled import compiled
from .paint import cloud, lattice, paint_person, paint_thing, worn


@compiled
def vertex_normals(vertices: Any, triangles: Any, out: Any) -> None:
    """Write the unit normal of every vertex, the sum of its triangles' by area, into ``out``."""
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ux, uy, uz = (
            vertices[b, 0] - vertices[a, 0],
            vertices[b, 1] - vertices[a, 1],
            vertices[b, 2] - vertices[a, 2],
        )
        wx, wy, wz = (
            vertices[c, 0] - vertices[a, 0],
            vertices[c, 1] - vertices[a, 1],
            vertices[c, 2] - vertices[a, 2],
        )
        nx, ny, nz = uy * wz - uz * wy, uz * wx - ux * wz, ux * wy - uy * wx
        for i in (a, b, c):
            out[i, 0] += nx
            out[i, 1] += ny
            out[i, 2] += nz
    for i in range(out.shape[0]):
        length = math.sqrt(out[i, 0] ** 2 + out[i, 1] ** 2 + out[i, 2] ** 2) + 1e-12
        for k in range(3):
            out[i, k] /= length


@compiled
def rasterise(
    flat: Any, near: Any, triangles: Any, first: int, kinds: Any, owners: Any, canon: Any, cuts: Any,
    depth: Any, seen: Any, bary: Any,
) -> None:  # fmt: skip
    """Draw triangles, of clothes what is worn, into the buffers where they are nearer than what is there.

    Parameters
    ----------
    flat, near : (vertices, 2), (vertices,)
        Where vertices land, pixels; how near they are (0 and less = behind).
    first : int
        Number of the first triangle in the scene; `kinds` and `owners` go with the scene's numbers.
    depth, seen, bary : (height, width), (height, width), (height, width, 2)
    """
    height, width = depth.shape
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        if near[a] <= 0.0 or near[b] <= 0.0 or near[c] <= 0.0:
            continue
        x0, y0, x1, y1, x2, y2 = flat[a, 0], flat[a, 1], flat[b, 0], flat[b, 1], flat[c, 0], flat[c, 1]
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if area == 0.0:
            continue
        left, right = (
            max(0, math.floor(min(x0, x1, x2))),
            min(width - 1, math.ceil(max(x0, x1, x2))),
        )
        top, bottom = (
            max(0, math.floor(min(y0, y1, y2))),
            min(height - 1, math.ceil(max(y0, y1, y2))),
        )
        cloth = kinds[first + t] == 1
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                px, py = column + 0.5, row + 0.5
                u = ((px - x0) * (y2 - y0) - (x2 - x0) * (py - y0)) / area
                v = ((x1 - x0) * (py - y0) - (px - x0) * (y1 - y0)) / area
                w = 1.0 - u - v
                if u < 0.0 or v < 0.0 or w < 0.0:
                    continue
                z = w * near[a] + u * near[b] + v * near[c]
                if z <= depth[row, column]:
                    continue
                pu, pv = u * near[b] / z, v * near[c] / z
                if cloth:
                    pw = 1.0 - pu - pv
                    cx = pw * canon[a, 0] + pu * canon[b, 0] + pv * canon[c, 0]
                    cy = pw * canon[a, 1] + pu * canon[b, 1] + pv * canon[c, 1]
                    cz = pw * canon[a, 2] + pu * canon[b, 2] + pv * canon[c, 2]
                    what = worn(cx, cy, cz, cuts[owners[first + t]])
                    if not 1 <= what <= 2:
                        continue
                depth[row, column], seen[row, column] = z, first + t
                bary[row, column, 0], bary[row, column, 1] = pu, pv


@compiled
def locate(vertices: Any, triangles: Any, seen: Any, bary: Any, out: Any) -> None:
    """Write the point of the world that every pixel shows into ``out``, (height, width, 3)."""
    for row in range(seen.shape[0]):
        for column in range(seen.shape[1]):
            t = seen[row, column]
            if t < 0:
                continue
            u, v = bary[row, column, 0], bary[row, column, 1]
            for k in range(3):
                out[row, column, k] = (
                    (1.0 - u - v) * vertices[triangles[t, 0], k]
                    + u * vertices[triangles[t, 1], k]
                    + v * vertices[triangles[t, 2], k]
                )


@compiled
def shade(
    wanted: Any, normals: Any, canon: Any, triangles: Any, kinds: Any, owners: Any, colours: Any, cuts: Any,
    materials: Any, seen: Any, bary: Any, points: Any, lit: Any, to_light: Any, light: Any, light_rgb: Any,
    ambient_rgb: Any, eye: Any, exposure: float, samples: int, out: Any,
) -> None:  # fmt: skip
    """Write the colour (0 to 1, as a screen wants it) of every wanted pixel into ``out``.

    Parameters
    ----------
    lit, to_light : (size, size), (3, 4)
        Height towards the light of what it reaches; from the world to column, row and height there.
    light : (3,)
        Unit direction towards the light.
    ambient_rgb : (3, 3)
        From above, from below, from the camera.
    samples : int
        For the edge of shadows and for occlusion.
    """
    height, width = seen.shape
    rgb, n, e = np.zeros(3), np.zeros(3), np.zeros(3)
    for row in range(height):
        for column in range(width):
            if not wanted[row, column]:
                continue
            t = seen[row, column]
            if t < 0:
                for k in range(3):
                    out[row, column, k] = 0.5
                continue
            a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
            u, v = bary[row, column, 0], bary[row, column, 1]
            w = 1.0 - u - v
            x, y, z = points[row, column, 0], points[row, column, 1], points[row, column, 2]
            for k in range(3):
                n[k] = w * normals[a, k] + u * normals[b, k] + v * normals[c, k]
                e[k] = eye[k] - points[row, column, k]
            far = math.sqrt(e[0] ** 2 + e[1] ** 2 + e[2] ** 2)
            size = math.sqrt(n[0] ** 2 + n[1] ** 2 + n[2] ** 2) + 1e-9
            for k in range(3):
                n[k] /= size
                e[k] /= far
            kind = kinds[t]
            facing = n[0] * e[0] + n[1] * e[1] + n[2] * e[2]
            if facing < 0.0 and (kind >= 4 or (kind == 1 and facing < -0.2)):
                for k in range(3):
                    n[k] = -n[k]
            if kind < 4:
                cx = w * canon[a, 0] + u * canon[b, 0] + v * canon[c, 0]
                cy = w * canon[a, 1] + u * canon[b, 1] + v * canon[c, 1]
                cz = w * canon[a, 2] + u * canon[b, 2] + v * canon[c, 2]
                shine = paint_person(kind, cx, cy, cz, colours[owners[t]], cuts[owners[t]], rgb)
                if kind == 1:  # wrinkles
                    wrinkle = (cloud(cx * 45.0, cz * 45.0 + cy * 20.0) - 0.5) * 0.35
                    n[0] += wrinkle * 0.5
                    n[2] += wrinkle
                    size = math.sqrt(n[0] ** 2 + n[1] ** 2 + n[2] ** 2)
                    for k in range(3):
                        n[k] /= size
            else:
                shine = paint_thing(kind, x, y, z, materials[owners[t]], rgb)
                if kind == 10:  # glows
                    for k in range(3):
                        out[row, column, k] = _on_screen(rgb[k] * exposure)
                    continue
            spin = 6.28318 * lattice(column, row)
            sun = _sunlit(x, y, z, lit, to_light, spin, samples)
            free = _open(row, column, n, seen, points, 0.16 * height / far, spin, samples)
            turned = n[0] * light[0] + n[1] * light[1] + n[2] * light[2]
            wrap = 0.25 if kind == 0 else 0.0
            direct = max(0.0, (turned + wrap) / (1.0 + wrap)) * sun
            sky = 0.5 + 0.5 * n[2]
            facing = max(0.0, n[0] * e[0] + n[1] * e[1] + n[2] * e[2])
            gloss = _gloss(n, e, light, shine, sun, facing, free)
            for k in range(3):
                around = (
                    ambient_rgb[0, k] * sky + ambient_rgb[1, k] * (1.0 - sky) + ambient_rgb[2, k] * facing
                )
                value = rgb[k] * (light_rgb[k] * direct + around * free) + gloss * light_rgb[k] * 0.5
                out[row, column, k] = _on_screen(value * exposure)


@compiled
def _on_screen(x: float) -> float:
    """Return a screen's value of a brightness: a film-like curve, then gamma."""
    x = x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14)
    return float(min(1.0, max(0.0, x)) ** (1.0 / 2.2))


@compiled
def _gloss(n: Any, e: Any, light: Any, shine: float, sun: float, facing: float, free: float) -> float:
    h0, h1, h2 = e[0] + light[0], e[1] + light[1], e[2] + light[2]
    half = max(0.0, n[0] * h0 + n[1] * h1 + n[2] * h2) / (math.sqrt(h0 * h0 + h1 * h1 + h2 * h2) + 1e-9)
    return float(shine * half**24 * sun * 0.8 + shine * 0.25 * (1.0 - facing) ** 4 * free)


@compiled
def _sunlit(x: float, y: float, z: float, lit: Any, to_light: Any, spin: float, samples: int) -> float:
    """Return which share of the light arrives at a point."""
    column = to_light[0, 0] * x + to_light[0, 1] * y + to_light[0, 2] * z + to_light[0, 3]
    row = to_light[1, 0] * x + to_light[1, 1] * y + to_light[1, 2] * z + to_light[1, 3]
    height = to_light[2, 0] * x + to_light[2, 1] * y + to_light[2, 2] * z + to_light[2, 3]
    size, arrived = lit.shape[0], 0
    reach = size * 0.006
    for k in range(samples):
        angle, r = 2.399963 * k + spin, reach * math.sqrt((k + 0.5) / samples)
        i, j = int(row + r * math.sin(angle)), int(column + r * math.cos(angle))
        if i < 0 or j < 0 or i >= size or j >= size or lit[i, j] <= height + 0.012:
            arrived += 1
    return arrived / samples


@compiled
def _open(
    row: int, column: int, n: Any, seen: Any, points: Any, radius: float, spin: float, samples: int
) -> float:
    """Return how little of a point's surroundings is blocked by what is near it."""
    blocked, tried = 0.0, 0
    for k in range(samples):
        angle, r = 2.399963 * k + spin, radius * math.sqrt((k + 0.5) / samples)
        i, j = int(row + r * math.sin(angle)), int(column + r * math.cos(angle))
        if i < 0 or j < 0 or i >= seen.shape[0] or j >= seen.shape[1] or seen[i, j] < 0:
            continue
        dx = points[i, j, 0] - points[row, column, 0]
        dy = points[i, j, 1] - points[row, column, 1]
        dz = points[i, j, 2] - points[row, column, 2]
        length = math.sqrt(dx * dx + dy * dy + dz * dz) + 1e-6
        rise = (dx * n[0] + dy * n[1] + dz * n[2]) / length
        tried += 1
        if rise > 0.12:
            blocked += rise * max(0.0, 1.0 - length / 0.45)
    return 1.0 - 0.95 * blocked / max(tried, 1)

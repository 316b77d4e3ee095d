"""A stage: people and things under a light, before a camera; pictures of it.

What does not move is drawn and lit once; a new picture draws the person over it and lights again only where
the person is, shades or is near.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from .body import HAIR, Body, Ints
from .camera import Camera
from .looks import Look, thickness_m
from .meshes import Material, Mesh
from .paint import FIRST_MATERIAL
from .raster import locate, rasterise, shade, vertex_normals
from .rotation import UP, Floats, unit

SHADOWED_M = 4.4
"""Side of the square, across the light, in which shadows are cast."""
NEAREST_M = 0.05
Picture = NDArray[np.float64]
"""(height, width, 3), red, green, blue, 0 to 1, as a screen wants it."""


@dataclass(frozen=True, slots=True)
class Light:
    """What lights a scene.

    Attributes
    ----------
    towards : tuple of float
        From where it comes.
    rgb : tuple of float
        Of the light that casts shadows.
    ambient : tuple of three tuples
        From above, from below, from the camera.
    exposure : float
        Of the picture.
    """

    towards: tuple[float, float, float] = (0.45, -0.6, 0.9)
    rgb: tuple[float, float, float] = (2.2, 2.1, 1.95)
    ambient: tuple[tuple[float, float, float], ...] = (
        (0.75, 0.8, 0.9),
        (0.45, 0.38, 0.32),
        (0.25, 0.25, 0.25),
    )
    exposure: float = 0.62


@dataclass(frozen=True, slots=True, eq=False)
class Dressed:
    """A body and what it looks like."""

    body: Body
    look: Look


@dataclass(frozen=True, slots=True)
class Quality:
    """How much work goes into a picture.

    Attributes
    ----------
    supersampling : int
        Pixels a side that are averaged into one.
    samples : int
        Of shadow edges and occlusion.
    shadow_px : int
        Side of the shadow map.
    """

    supersampling: int = 1
    samples: int = 5
    shadow_px: int = 512


FINE = Quality(2, 8, 1024)
FAST = Quality()


@dataclass(slots=True, eq=False)
class _Buffers:
    depth: Floats
    seen: Ints
    bary: Floats

    @classmethod
    def empty(cls, height: int, width: int) -> _Buffers:
        return cls(
            np.zeros((height, width)), np.full((height, width), -1, np.int32), np.zeros((height, width, 2))
        )

    def copy(self) -> _Buffers:
        return _Buffers(self.depth.copy(), self.seen.copy(), self.bary.copy())


class Stage:
    """Everything before one camera; `picture` takes the moving person's mesh.

    Parameters
    ----------
    camera, light
    person : Dressed
        The one who moves.
    things : sequence of Mesh
    bystanders : sequence of (Dressed, Floats)
        Other people, with their posed meshes; they keep still.
    cover : Mesh, optional
        A surface whose vertices move with the person (a blanket).
    quality : Quality
    """

    def __init__(
        self,
        camera: Camera,
        light: Light,
        person: Dressed,
        things: Sequence[Mesh],
        *,
        bystanders: Sequence[tuple[Dressed, Floats]] = (),
        cover: Mesh | None = None,
        quality: Quality = FAST,
    ) -> None:
        self._camera = replace(
            camera,
            focal_px=camera.focal_px * quality.supersampling,
            size=(camera.size[0] * quality.supersampling, camera.size[1] * quality.supersampling),
        )
        self._light, self._quality = light, quality
        self._thickness = thickness_m(person.body.template, person.look)
        people = [person, *(who for who, _ in bystanders)]
        meshes = [cover] if cover is not None else []
        meshes += things
        self._colours = np.stack([who.look.colours() for who in people])
        self._cuts = np.stack([who.look.cut() for who in people])
        self._materials = np.array([_row(mesh.material) for mesh in meshes]).reshape(-1, 8)
        standing = [_grown(who, mesh) for who, mesh in bystanders]
        parts = _Parts()
        parts.add_person(person, 0)
        if cover is not None:
            parts.add_mesh(cover, 0)
        self._moving_vertices, self._moving = parts.vertices, parts.count
        for i, who in enumerate(people[1:]):
            parts.add_person(who, i + 1)
        for i, mesh in enumerate(things):
            parts.add_mesh(mesh, i + (cover is not None))
        self._triangles, self._kinds, self._owners, self._casts, self._canon = parts.joined()
        still = [*standing, *(mesh.vertices_m for mesh in things)]
        self._still = np.concatenate(still) if still else np.zeros((0, 3))
        self._still_normals = self._normals(
            np.concatenate([np.zeros((self._moving_vertices, 3)), self._still]),
            self._triangles[self._moving :],
        )[self._moving_vertices :]
        self._empty: tuple[_Buffers, _Buffers, Picture] | None = None
        self._to_light = self._light_axes()
        self._last: _Buffers | None = None

    def picture(self, mesh_m: Floats, cover_m: Floats | None = None, *, reuse: bool = False) -> Picture:
        """Return a picture of the person in this posture.

        Parameters
        ----------
        mesh_m : Floats
            The person's posed mesh.
        cover_m : Floats, optional
            Vertices of the cover.
        reuse : bool
            Draw what does not move once and keep it: worth it for more than one picture.
        """
        person = (
            mesh_m
            + self._normals(mesh_m, self._triangles[: self._person_triangles()]) * self._thickness[:, None]
        )
        moving = person if cover_m is None else np.concatenate([person, cover_m])
        vertices = np.concatenate([moving, self._still])
        normals = np.concatenate(
            [self._normals(moving, self._triangles[: self._moving]), self._still_normals]
        )
        if not reuse:
            view, lit = self._buffers()
            self._draw(vertices, 0, len(self._triangles), view, lit)
            wanted = np.ones(view.seen.shape, dtype=np.bool_)
            return self._averaged(
                self._shaded((vertices, normals), view, lit, wanted, np.zeros((*wanted.shape, 3)))
            )
        if self._empty is None:
            self._empty = self._without_the_person(vertices, normals)
        empty_view, empty_lit, empty_picture = self._empty
        view, lit = empty_view.copy(), empty_lit.copy()
        self._draw(vertices, 0, self._moving, view, lit)
        wanted = self._changed(vertices, (empty_view, view), (empty_lit, lit))
        return self._averaged(self._shaded((vertices, normals), view, lit, wanted, empty_picture.copy()))

    def hides(self, place_m: Floats, behind_m: float) -> bool:
        """Say whether a point is out of the last picture, or so far behind what it shows there."""
        if self._last is None:
            raise ValueError("no picture was taken yet")
        flat, far = self._camera.project(place_m)
        column, row = (int(v) for v in np.floor(flat))
        height, width = self._last.seen.shape
        if far <= NEAREST_M or not (0 <= column < width and 0 <= row < height):
            return True
        shown = self._last.depth[row, column]
        return bool(shown > 0.0 and far - 1.0 / shown > behind_m)

    def _person_triangles(self) -> int:
        return int(np.count_nonzero(self._kinds[: self._moving] < FIRST_MATERIAL))

    def _buffers(self) -> tuple[_Buffers, _Buffers]:
        width, height = self._camera.size
        side = self._quality.shadow_px
        return _Buffers.empty(height, width), _Buffers.empty(side, side)

    def _without_the_person(self, vertices: Floats, normals: Floats) -> tuple[_Buffers, _Buffers, Picture]:
        view, lit = self._buffers()
        self._draw(vertices, self._moving, len(self._triangles), view, lit)
        everywhere = np.ones(view.seen.shape, dtype=np.bool_)
        return (
            view,
            lit,
            self._shaded((vertices, normals), view, lit, everywhere, np.zeros((*view.seen.shape, 3))),
        )

    def _draw(self, vertices: Floats, first: int, last: int, view: _Buffers, lit: _Buffers) -> None:
        flat, far = self._camera.project(vertices)
        near = np.where(far > NEAREST_M, 1.0 / np.maximum(far, NEAREST_M), -1.0)
        self._rasterise(flat, near, np.arange(first, last), view)
        towards = vertices @ self._to_light[:, :3].T + self._to_light[:, 3]
        casting = first + np.flatnonzero(self._casts[first:last])
        self._rasterise(np.ascontiguousarray(towards[:, :2]), towards[:, 2] + 50.0, casting, lit)

    def _rasterise(self, flat: Floats, near: Floats, which: NDArray[np.intp], into: _Buffers) -> None:
        """Draw runs of consecutive triangles, so that they keep their numbers."""
        for run in np.split(which, np.flatnonzero(np.diff(which) != 1) + 1):
            if len(run):
                first, last = int(run[0]), int(run[-1]) + 1
                rasterise(
                    flat, near, self._triangles[first:last], first, self._kinds, self._owners,
                    self._canon, self._cuts, into.depth, into.seen, into.bary,
                )  # fmt: skip

    def _points(self, vertices: Floats, view: _Buffers) -> Floats:
        points = np.zeros((*view.seen.shape, 3))
        locate(vertices, self._triangles, view.seen, view.bary, points)
        return points

    def _shaded(
        self,
        surface: tuple[Floats, Floats],
        view: _Buffers,
        lit: _Buffers,
        wanted: NDArray[np.bool_],
        out: Picture,
    ) -> Picture:
        """Light the wanted pixels of a picture; `surface` is all vertices and their normals."""
        vertices, normals = surface
        self._last = view
        heights = np.where(lit.seen >= 0, lit.depth - 50.0, -99.0)
        light, points = self._light, self._points(vertices, view)
        shade(
            wanted, normals, self._canon, self._triangles, self._kinds, self._owners, self._colours,
            self._cuts, self._materials, view.seen, view.bary, points, heights, self._to_light,
            unit(light.towards), np.array(light.rgb), np.array(light.ambient), self._camera.eye_m,
            light.exposure, self._quality.samples, out,
        )  # fmt: skip
        return out

    def _changed(
        self, vertices: Floats, views: tuple[_Buffers, _Buffers], lights: tuple[_Buffers, _Buffers]
    ) -> NDArray[np.bool_]:
        """Return the pixels in which the person is, shades or is near."""
        scale = self._quality.supersampling
        person = (views[0].seen != views[1].seen).astype(np.uint8)
        near = cv2.dilate(person, np.ones((64 * scale + 1, 64 * scale + 1), np.uint8))
        dark = cv2.dilate((lights[0].depth != lights[1].depth).astype(np.uint8), np.ones((13, 13), np.uint8))
        places = self._points(vertices, views[1]) @ self._to_light[:2, :3].T + self._to_light[:2, 3]
        places = np.clip(places, 0, len(dark) - 1).astype(np.intp)
        changed: NDArray[np.bool_] = (near > 0) | (dark[places[..., 1], places[..., 0]] > 0)
        return changed

    def _light_axes(self) -> Floats:
        """Return what turns the world into column, row and height of the shadow map."""
        towards = unit(self._light.towards)
        right = unit(np.cross(towards, UP))
        side = self._quality.shadow_px
        scale = side / SHADOWED_M
        axes = np.stack([right * scale, np.cross(right, towards) * scale, towards])
        offset = np.array([side / 2.0, side / 2.0, 0.0]) - axes @ np.array([0.0, 0.0, 0.6])
        return np.concatenate([axes, offset[:, None]], axis=1)

    def _averaged(self, picture: Picture) -> Picture:
        n = self._quality.supersampling
        height, width = picture.shape[0] // n, picture.shape[1] // n
        out: Picture = picture.reshape(height, n, width, n, 3).mean(axis=(1, 3))
        return out

    @staticmethod
    def _normals(vertices: Floats, triangles: Ints) -> Floats:
        out = np.zeros_like(vertices)
        vertex_normals(vertices, triangles, out)
        return out


class _Parts:
    """Collects triangles and what they are made of, numbering vertices through."""

    def __init__(self) -> None:
        self.vertices = 0
        self.count = 0
        self._columns: list[tuple[Ints, Ints, Ints, NDArray[np.bool_]]] = []
        self._canon: list[Floats] = []

    def add_person(self, who: Dressed, owner: int) -> None:
        template = who.body.template
        kept = template.part != HAIR
        self._add(
            template.triangles[kept], template.part[kept], owner, template.part[kept] >= 0, template.canon_m
        )

    def add_mesh(self, mesh: Mesh, owner: int) -> None:
        n = len(mesh.triangles)
        kinds = np.full(n, FIRST_MATERIAL + mesh.material.pattern, np.int32)
        self._add(
            mesh.triangles, kinds, owner, np.full(n, mesh.material.casts), np.zeros((len(mesh.vertices_m), 3))
        )

    def _add(self, triangles: Ints, kinds: Ints, owner: int, casts: NDArray[np.bool_], canon: Floats) -> None:
        owners = np.full(len(triangles), owner, np.int32)
        self._columns.append(((triangles + self.vertices).astype(np.int32), kinds, owners, casts))
        self._canon.append(canon)
        self.vertices += len(canon)
        self.count += len(triangles)

    def joined(self) -> tuple[Ints, Ints, Ints, NDArray[np.bool_], Floats]:
        triangles, kinds, owners, casts = (np.concatenate(c) for c in zip(*self._columns, strict=True))
        return triangles, kinds, owners, casts, np.concatenate(self._canon)


def _row(material: Material) -> list[float]:
    return [*material.colour, *material.second, material.size_m, material.shine]


def _grown(who: Dressed, mesh_m: Floats) -> Floats:
    """Return a bystander's mesh with hair and clothes."""
    template = who.body.template
    normals = np.zeros_like(mesh_m)
    vertex_normals(mesh_m, template.triangles[template.part != HAIR], normals)
    out: Floats = mesh_m + normals * thickness_m(template, who.look)[:, None]
    return out

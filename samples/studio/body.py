"""Bodies: meshes with bones, and new ones made from them by mixing and stretching.

`bodies/` holds nine bodies exported from the MakeHuman/MPFB2 base mesh (CC0) and what they share
(`template.npz`: triangles, skinning weights, bone tree, the canonical mesh that clothes are cut from).
Bodies in their rest posture stand upright at the origin (pelvis), arms hanging at an angle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .compiled import compiled
from .rotation import Floats

FOLDER = Path(__file__).resolve().parent / "bodies"
BODIES = ("f60", "f65", "f70", "f80", "f90", "m60", "m65", "m67", "m85")
"""Female or male, and MakeHuman's age (0.6 is about 30 years, 0.9 about 80)."""
BODY, CLOTHES, EYES, HAIR = range(4)
"""Parts of the mesh; the layer of clothes covers neck to wrists and ankles and is cut to what is worn."""
MARKED = ("heel", "toe", "ear")
"""Points of the skin of which the truth is told, left and right; besides the nose."""

Ints = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """What all bodies share.

    Attributes
    ----------
    canon_m : Floats, shape (vertices, 3)
        The average body, for everything painted on the skin or cut from cloth.
    weights, bones : shape (vertices, 12)
        How much (sum 1, largest first) of which bone moves a vertex.
    triangles : Ints, shape (triangles, 3)
    part : Ints, shape (triangles,)
        `BODY`, `CLOTHES`, `EYES` or `HAIR`.
    names : tuple[str, ...]
        Bones, each after its parent; a side's bones end in ``.L`` or ``.R``.
    parents : tuple[int, ...]
        -1 for the root.
    """

    canon_m: Floats
    weights: Floats
    bones: Ints
    triangles: Ints
    part: Ints
    names: tuple[str, ...]
    parents: tuple[int, ...]

    def bone(self, name: str) -> int:
        """Return the index of a bone."""
        return self.names.index(name)


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """One body in its rest posture.

    Attributes
    ----------
    name : str
    template : Template
    rest_m : Floats, shape (vertices, 3)
    heads_m : Floats, shape (bones, 3)
        Where each bone begins: the joints.
    marks : dict[str, int]
        Vertices of `MARKED` (``heel.L`` and so on) and of the nose.
    """

    name: str
    template: Template
    rest_m: Floats
    heads_m: Floats
    marks: dict[str, int] = field(default_factory=dict)

    def head(self, bone: str) -> Floats:
        """Return where a bone begins."""
        place: Floats = self.heads_m[self.template.bone(bone)]
        return place

    def middle(self, bone: str) -> Floats:
        """Return the point midway between the heads of a left and a right bone."""
        middle: Floats = (self.head(f"{bone}.L") + self.head(f"{bone}.R")) / 2.0
        return middle

    def length(self, first: str, second: str) -> float:
        """Return the distance between the heads of two bones."""
        return float(np.linalg.norm(self.head(first) - self.head(second)))

    @property
    def thigh_m(self) -> float:
        """Hip to knee."""
        return self.length("upperleg01.L", "lowerleg01.L")

    @property
    def shank_m(self) -> float:
        """Knee to ankle."""
        return self.length("lowerleg01.L", "foot.L")

    @property
    def ankle_m(self) -> float:
        """Height of the ankle over the sole."""
        return float(self.head("foot.L")[2] - self.rest_m[skin(self.template), 2].min())

    @property
    def height_m(self) -> float:
        """From sole to crown."""
        z = self.rest_m[skin(self.template), 2]
        return float(z.max() - z.min())


@cache
def load_template() -> Template:
    """Read what all bodies share."""
    with np.load(FOLDER / "template.npz", allow_pickle=False) as archive:
        order = np.argsort(-archive["W"].astype(np.float64), axis=1, kind="stable")
        weights = np.take_along_axis(archive["W"].astype(np.float64), order, axis=1)
        return Template(
            canon_m=archive["canon"].astype(np.float64),
            weights=weights / weights.sum(axis=1, keepdims=True),
            bones=np.take_along_axis(archive["WI"].astype(np.int32), order, axis=1),
            triangles=archive["tri"].astype(np.int32),
            part=archive["part"].astype(np.int32),
            names=tuple(str(name) for name in archive["labels"]),
            parents=tuple(int(parent) for parent in archive["parents"]),
        )


@cache
def skin(template: Template) -> Ints:
    """Return the vertices of the skin itself."""
    return np.unique(template.triangles[template.part == BODY])


@cache
def moved_by(template: Template, bones: tuple[str, ...]) -> Ints:
    """Return the vertices of the skin that are moved mostly by bones whose names begin like these."""
    wanted = [i for i, name in enumerate(template.names) if name.startswith(bones)]
    of_skin = skin(template)
    return of_skin[np.isin(template.bones[of_skin, 0], wanted)]


@cache
def load_body(name: str) -> Body:
    """Return one of `BODIES`."""
    with np.load(FOLDER / f"{name}.npz", allow_pickle=False) as archive:
        rest_m, heads_m = archive["rest"].astype(np.float64), archive["h"].astype(np.float64)
    return _marked(name, rest_m, heads_m)


def make_body(
    parts: Mapping[str, float],
    *,
    scale: float = 1.0,
    girth: float = 1.0,
    legs: float = 1.0,
) -> Body:
    """Mix bodies and stretch the result.

    Parameters
    ----------
    parts : Mapping[str, float]
        Shares of `BODIES`; they are made to sum to 1.
    scale, girth, legs : float
        Factors of the whole, of everything sideways and to the front, and of what lies below the hips.
    """
    total = sum(parts.values())
    pieces = [(load_body(name), share / total) for name, share in parts.items()]
    stretched = []
    for points in ([(one.rest_m, w) for one, w in pieces], [(one.heads_m, w) for one, w in pieces]):
        mixed = np.sum([w * p for p, w in points], axis=0)
        mixed[:, :2] *= girth
        mixed[:, 2] *= np.where(mixed[:, 2] < 0.0, legs, 1.0)
        stretched.append(mixed * scale)
    label = "+".join(f"{share / total:.2f}{name}" for name, share in parts.items())
    return _marked(f"{label} {scale:.2f} {girth:.2f} {legs:.2f}", stretched[0], stretched[1])


def _marked(name: str, rest_m: Floats, heads_m: Floats) -> Body:
    """Find the marked points of the skin by their place in the rest posture."""
    template = load_template()
    of_skin, canon = skin(template), template.canon_m
    x, y, z = rest_m[of_skin].T
    canon_z = canon[of_skin, 2]
    ears = (canon_z > 0.66) & (canon_z < 0.76) & np.isin(of_skin, moved_by(template, ("head",)))
    low = z < z.min() + 0.04
    marks = {"nose": int(of_skin[np.argmin(np.where(canon_z > 0.62, y + 0.5 * np.abs(x), np.inf))])}
    for side, sign in (("L", 1.0), ("R", -1.0)):
        sole = low & (np.sign(x) == sign)
        marks[f"heel.{side}"] = int(of_skin[np.argmax(np.where(sole, y, -np.inf))])
        marks[f"toe.{side}"] = int(of_skin[np.argmin(np.where(sole, y, np.inf))])
        marks[f"ear.{side}"] = int(of_skin[np.argmax(np.where(ears, sign * x, -np.inf))])
    return Body(name, template, rest_m, heads_m, marks)


def skinned(body: Body, rotations: Floats, places_m: Floats) -> Floats:
    """Return the mesh of a posed body (linear blend skinning).

    Parameters
    ----------
    rotations : Floats, shape (bones, 3, 3)
        From the rest posture, in the world.
    places_m : Floats, shape (bones, 3)
        Where the bones begin.

    Returns
    -------
    Floats, shape (vertices, 3)
    """
    shift = places_m - np.einsum("bij,bj->bi", rotations, body.heads_m)
    out = np.empty_like(body.rest_m)
    _skin(body.rest_m, body.template.bones, body.template.weights, rotations, shift, out)
    return out


@compiled
def _skin(rest: Any, bones: Any, weights: Any, turn: Any, shift: Any, out: Any) -> None:  # noqa: PLR0917
    for i in range(rest.shape[0]):
        for k in range(3):
            out[i, k] = 0.0
        for j in range(bones.shape[1]):
            w = weights[i, j]
            if w == 0.0:
                break
            b = bones[i, j]
            for k in range(3):
                out[i, k] += w * (
                    turn[b, k, 0] * rest[i, 0]
                    + turn[b, k, 1] * rest[i, 1]
                    + turn[b, k, 2] * rest[i, 2]
                    + shift[b, k]
                )

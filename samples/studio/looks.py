"""How people look: skin, hair, and clothes cut from the layer around the body."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from .body import CLOTHES, HAIR, Template, skin
from .paint import hair_depth, sleeve_share
from .rotation import Floats

Colour = tuple[float, float, float]

SKINS: dict[str, Colour] = {
    "light": (0.58, 0.37, 0.27),
    "tan": (0.44, 0.25, 0.16),
    "olive": (0.36, 0.21, 0.13),
    "brown": (0.24, 0.12, 0.07),
    "dark": (0.11, 0.055, 0.033),
}
HAIRS: dict[str, Colour] = {
    "black": (0.008, 0.007, 0.006),
    "brown": (0.06, 0.035, 0.02),
    "fair": (0.3, 0.2, 0.09),
    "grey": (0.33, 0.31, 0.3),
    "white": (0.6, 0.58, 0.55),
}
NO_SHOE_Z, LOW_SHOE_Z = -2.0, -0.875
HEMS = {"long": -0.82, "midi": -0.58, "short": -0.36}
"""Where trousers end on the canonical body, metres over the pelvis."""
SLEEVES = {"none": 0.12, "short": 0.5, "elbow": 0.95, "long": 1.6}
"""Where sleeves end, in upper arms from the shoulder."""


@dataclass(frozen=True, slots=True)
class Look:
    """What somebody looks like.

    Attributes
    ----------
    skin, hair, shirt, trousers, shoe, print_ : Colour
        Linear; `print_` is the second colour of a patterned shirt.
    sleeve : float
        Upper arms from the shoulder to where the sleeve ends.
    hem_z, waist_z, shoe_z : float
        On the canonical body, metres over the pelvis; `NO_SHOE_Z` = barefoot.
    pattern : int
        Of the shirt: 0 plain, 1 stripes, 2 checks, 3 blotches.
    loose_shirt, loose_trousers : float
        0 = skin tight, 1 = hanging wide.
    bald : bool
    """

    skin: Colour = SKINS["light"]
    hair: Colour = HAIRS["brown"]
    shirt: Colour = (0.05, 0.22, 0.35)
    trousers: Colour = (0.03, 0.03, 0.04)
    shoe: Colour = (0.5, 0.5, 0.52)
    print_: Colour = (0.6, 0.6, 0.6)
    sleeve: float = SLEEVES["short"]
    hem_z: float = HEMS["long"]
    waist_z: float = 0.09
    shoe_z: float = LOW_SHOE_Z
    pattern: int = 0
    loose_shirt: float = 0.3
    loose_trousers: float = 0.0
    bald: bool = False

    def colours(self) -> Floats:
        """Return the colours in the order that `paint` knows: skin, shirt, trousers, shoe, hair, print."""
        return np.array([self.skin, self.shirt, self.trousers, self.shoe, self.hair, self.print_])

    def cut(self) -> Floats:
        """Return how the clothes are cut, in the order that `paint` knows."""
        return np.array(
            [self.sleeve, self.hem_z, self.waist_z, 0.03, self.shoe_z, float(self.pattern), float(self.bald)]
        )


def thickness_m(template: Template, look: Look) -> Floats:
    """Return how far each vertex is pushed out by hair, shoes and cloth, shape (vertices,)."""
    canon = template.canon_m
    x, z = np.abs(canon[:, 0]), canon[:, 2]
    out = np.zeros(len(canon))
    of_skin = skin(template)
    if not look.bald:
        out[of_skin] += _hair_m(template)
    out[of_skin] += np.where(z[of_skin] < look.shoe_z + 0.01, 0.006, 0.0)
    cloth = np.unique(template.triangles[template.part == CLOTHES])
    out[cloth] += 0.004 + _hang_m(x[cloth], canon[cloth, 1], z[cloth], look)
    out[np.unique(template.triangles[template.part == HAIR])] = 0.0
    return out


@cache
def _hair_m(template: Template) -> Floats:
    """Return how far hair stands off each vertex of the skin."""
    depth = np.array([hair_depth(*template.canon_m[i]) for i in skin(template)])
    out: Floats = 0.016 * np.clip(depth / 0.03, 0.0, 1.0)
    return out


def _hang_m(x: Floats, y: Floats, z: Floats, look: Look) -> Floats:
    """Return how far cloth stands off the body: more towards hems, with folds."""
    sleeve = sleeve_share(x, z)
    on_arm = (sleeve > 0.05) & (x > 0.17 + 0.6 * np.maximum(0.0, 0.25 - z)) & (z > -0.3)
    shirt = (z > look.waist_z) | on_arm
    down_the_shirt = np.clip((0.5 - z) / 0.3, 0.0, 1.0)
    down_the_sleeve = np.clip(sleeve / max(look.sleeve, 0.1), 0.0, 1.0)
    down_the_leg = np.clip((look.waist_z - z) / 0.5, 0.0, 1.0)
    folds = 0.75 + 0.25 * np.sin(38.0 * z + 9.0 * np.sin(14.0 * x + 3.0) + 17.0 * y)
    torso = look.loose_shirt * (0.012 + 0.03 * down_the_shirt)
    wide = np.where(on_arm, look.loose_shirt * (0.006 + 0.022 * down_the_sleeve), torso)
    leg = look.loose_trousers * (0.006 + 0.03 * down_the_leg)
    out: Floats = np.where(shirt, wide, leg) * folds
    return out

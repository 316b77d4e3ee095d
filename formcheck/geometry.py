"""Angles and distances between points; no anatomy.

Image points are complex numbers (real = x to the right, imaginary = y *down*, one isotropic unit),
space points are ``(x, y, z)`` tuples.  Plain Python floats: one frame needs some forty of these, and a
NumPy call on three numbers costs ten times the arithmetic.  NaN in, NaN out; so is a length of zero.
"""

from __future__ import annotations

import cmath
import math

Vector = tuple[float, float, float]

NAN = float("nan")

UP: Vector = (0.0, -1.0, 0.0)
"""Up in camera coordinates; the camera is taken to be level (its roll and pitch are not known)."""


def interior_angle_deg(p: complex, q: complex, r: complex) -> float:
    """Return the angle at `q` between the rays to `p` and `r`, 0 to 180 degrees."""
    return abs(turn_deg(p - q, r - q))


def turn_deg(a: complex, b: complex) -> float:
    """Return the signed angle from vector `a` to vector `b`, -180 to 180; clockwise on screen positive."""
    if not a or not b:
        return NAN
    ratio = b / a
    return math.degrees(cmath.phase(ratio)) if not cmath.isnan(ratio) else NAN


def elevation_deg(a: complex, b: complex) -> float:
    """Return how far `b` lies above the horizontal through `a`, -90 to 90 degrees."""
    d = b - a
    return math.degrees(math.atan2(-d.imag, abs(d.real))) if d else NAN


def offset_from_line(point: complex, a: complex, b: complex) -> float:
    """Return the signed distance of `point` from the line a-b, in the points' unit.

    Positive on the left of the direction a to b as seen on screen (above a line drawn to the right).
    """
    line = b - a
    if not line:
        return NAN
    return -((point - a) * line.conjugate()).imag / abs(line)


def sub(a: Vector, b: Vector) -> Vector:
    """Return a - b."""
    return a[0] - b[0], a[1] - b[1], a[2] - b[2]


def mid(a: Vector, b: Vector) -> Vector:
    """Return the point half way between a and b."""
    return (a[0] + b[0]) / 2, (a[1] + b[1]) / 2, (a[2] + b[2]) / 2


def dot(a: Vector, b: Vector) -> float:
    """Return the scalar product."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def cross(a: Vector, b: Vector) -> Vector:
    """Return the vector product."""
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def norm(a: Vector) -> float:
    """Return the length."""
    return math.sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2])


def unit(a: Vector) -> Vector:
    """Return the vector scaled to length 1; NaN for a vector of length 0."""
    length = norm(a) or NAN
    return a[0] / length, a[1] / length, a[2] / length


def angle_between_deg(a: Vector, b: Vector) -> float:
    """Return the angle between two vectors, 0 to 180 degrees."""
    size = norm(a) * norm(b)
    if not size > 0:
        return NAN
    return math.degrees(math.acos(min(1.0, max(-1.0, dot(a, b) / size))))

"""Rotations as (3, 3) matrices, and unit vectors.

World: metres, z up, the person faces -y, their left is +x.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

FORWARD: Floats = np.array([0.0, -1.0, 0.0])
UP: Floats = np.array([0.0, 0.0, 1.0])
LEFT: Floats = np.array([1.0, 0.0, 0.0])
NO_TURN: Floats = np.eye(3)


def turn_x(angle_deg: float) -> Floats:
    """Return the rotation about x: positive tips what stands up towards -y, that is forward."""
    c, s = _cos_sin(angle_deg)
    return np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]])


def turn_y(angle_deg: float) -> Floats:
    """Return the rotation about y: positive tips what stands up towards +x, the person's left."""
    c, s = _cos_sin(angle_deg)
    return np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])


def turn_z(angle_deg: float) -> Floats:
    """Return the rotation about z: positive turns what points forward towards the person's left."""
    c, s = _cos_sin(angle_deg)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def _cos_sin(angle_deg: float) -> tuple[float, float]:
    angle = np.radians(angle_deg)
    return float(np.cos(angle)), float(np.sin(angle))


def unit(vector: ArrayLike) -> Floats:
    """Return vectors of length 1, along the last axis."""
    v = np.asarray(vector, dtype=np.float64)
    out: Floats = v / np.linalg.norm(v, axis=-1, keepdims=True)
    return out


def across(vector: ArrayLike, axis: Floats) -> Floats:
    """Return the unit vector of what remains of a vector at right angles to a unit axis."""
    v = np.asarray(vector, dtype=np.float64)
    return unit(v - (v @ axis) * axis)


def turn_about(axis: ArrayLike, angle_deg: float) -> Floats:
    """Return the rotation about any axis (Rodrigues)."""
    a = unit(axis)
    k = np.array([[0.0, -a[2], a[1]], [a[2], 0.0, -a[0]], [-a[1], a[0], 0.0]])
    c, s = _cos_sin(angle_deg)
    out: Floats = np.eye(3) + s * k + (1.0 - c) * k @ k
    return out


def axis_and_angle(rotation: Floats) -> tuple[Floats, float]:
    """Return unit axis and angle in degrees, 0 to 180, of a rotation."""
    skew = np.array(
        [
            rotation[2, 1] - rotation[1, 2],
            rotation[0, 2] - rotation[2, 0],
            rotation[1, 0] - rotation[0, 1],
        ]
    )
    sine, cosine = float(np.linalg.norm(skew)) / 2.0, (float(np.trace(rotation)) - 1.0) / 2.0
    angle_deg = float(np.degrees(np.arctan2(sine, cosine)))
    if sine > 1e-9:
        return skew / (2.0 * sine), angle_deg
    values, vectors = np.linalg.eigh((rotation + rotation.T) / 2.0)
    return np.asarray(vectors[:, int(np.argmax(values))], dtype=np.float64), angle_deg


def part_of(rotation: Floats, share: float) -> Floats:
    """Return a share of a rotation, about the same axis."""
    axis, angle_deg = axis_and_angle(rotation)
    return turn_about(axis, angle_deg * share)


def limb_frame(along: ArrayLike, hinge: ArrayLike) -> Floats:
    """Return the frame of a segment: columns hinge axis, direction of the segment, their cross product."""
    y = unit(along)
    x = across(hinge, y)
    return np.stack([x, y, np.cross(x, y)], axis=1)

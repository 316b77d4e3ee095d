"""A pinhole camera: where it stands, what it sees, where points of the world land in its picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .rotation import UP, Floats, turn_about, unit

MIRROR: Floats = np.diag([-1.0, 1.0, 1.0])


@dataclass(frozen=True, slots=True, eq=False)
class Camera:
    """A camera.

    Attributes
    ----------
    eye_m : Floats, shape (3,)
    axes : Floats, shape (3, 3)
        Rows: right, down and forward of the picture, in the world.
    focal_px : float
    size : tuple[int, int]
        (width, height), pixels.
    """

    eye_m: Floats
    axes: Floats
    focal_px: float
    size: tuple[int, int]

    def seen(self, points_m: ArrayLike) -> Floats:
        """Return points in the camera's axes (right, down, forward), metres."""
        out: Floats = (np.asarray(points_m, dtype=np.float64) - self.eye_m) @ self.axes.T
        return out

    def project(self, points_m: ArrayLike) -> tuple[Floats, Floats]:
        """Return where points land, pixels (..., 2), and how far they are along the line of sight, metres."""
        seen = self.seen(points_m)
        depth = seen[..., 2]
        flat: Floats = seen[..., :2] / depth[..., None] * self.focal_px + np.array(self.size) / 2.0
        return flat, depth

    def mirrored(self) -> Camera:
        """Return the camera that sees the mirrored world (x reversed) as the mirrored picture."""
        return Camera(
            self.eye_m @ MIRROR, np.diag([-1.0, 1.0, 1.0]) @ self.axes @ MIRROR, self.focal_px, self.size
        )


def look(
    eye_m: ArrayLike,
    at_m: ArrayLike,
    width_deg: float,
    size: tuple[int, int],
    roll_deg: float = 0.0,
) -> Camera:
    """Return a camera that looks at a point.

    Parameters
    ----------
    width_deg : float
        Angle between the left and the right edge of the picture.
    roll_deg : float
        Turns the camera about its line of sight (the picture's content the other way).
    """
    eye = np.asarray(eye_m, dtype=np.float64)
    forward = unit(np.asarray(at_m, dtype=np.float64) - eye)
    right = unit(np.cross(forward, UP))
    axes = np.stack([right, np.cross(forward, right), forward])
    focal = size[0] / 2.0 / np.tan(np.radians(width_deg) / 2.0)
    return Camera(eye, axes @ turn_about(forward, roll_deg).T, float(focal), size)


def around(at_m: ArrayLike, yaw_deg: float, height_m: float, distance_m: float) -> Floats:
    """Return a place around a point: yaw 0 in front of the person, 90 at their left, on the level."""
    yaw = np.radians(yaw_deg)
    x, y = np.asarray(at_m, dtype=np.float64)[:2] + distance_m * np.array([np.sin(yaw), -np.cos(yaw)])
    return np.array([x, y, height_m])

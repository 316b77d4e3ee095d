"""A pinhole camera and the ways in which the pose model's landmarks differ from the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from formcheck.pose.skeleton import MIRROR_ORDER, Landmark, Pose, no_pose

Floats = NDArray[np.float64]
Span = tuple[float, float]
"""From, to, in seconds."""

_LEFT_LEG = [int(i) for i in Landmark if i.name.startswith("LEFT") and i >= Landmark.LEFT_HIP]
_LEFT_ARM = [int(i) for i in Landmark if i.name.startswith("LEFT") and 11 <= i < Landmark.LEFT_HIP]
_LEFT = _LEFT_LEG + _LEFT_ARM


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera on a stand, aimed at the person.

    Attributes
    ----------
    azimuth_deg : float
        Where it stands around the vertical: 0 = in front of the person, 90 = sees the person's left side,
        180 = behind, 270 = the right side.  Supine: 0 = foot end, 90 = the left side, 180 = head end.  Prone:
        0 = head end, 90 = the left side.  Side-lying (default heading): 0 = faces the belly, 180 = the back;
        the head is at 270 when the left side is up, at 90 when the right side is up.
    elevation_deg : float
        How far it looks down on the person.
    distance_m : float
        Horizontal distance from the middle of the person (of the whole clip).
    height_m : float | None
        Height of the lens above the floor; overrides ``elevation_deg``.
    pan_deg, tilt_deg, roll_deg : float
        Turned away from the person afterwards: to the right, down, and the camera body clockwise.
    size : tuple[int, int]
        Width and height of the picture in pixels.
    focal_px : float | None
        None = a 64 degree wide picture (0.8 of its longer side).
    aim_m : tuple[float, float, float] | None
        Fixed point in the room to look at; None = the middle of all landmarks of the clip.
    """

    azimuth_deg: float = 90.0
    elevation_deg: float = 0.0
    distance_m: float = 3.0
    height_m: float | None = None
    pan_deg: float = 0.0
    tilt_deg: float = 0.0
    roll_deg: float = 0.0
    size: tuple[int, int] = (640, 480)
    focal_px: float | None = None
    aim_m: tuple[float, float, float] | None = None

    def target(self, room_m: Floats) -> tuple[float, float, float]:
        """Return the point the camera is aimed at when it films these landmarks."""
        if self.aim_m is not None:
            return self.aim_m
        flat = room_m.reshape(-1, 3)
        x, y, z = (flat.min(axis=0) + flat.max(axis=0)) / 2
        return float(x), float(y), float(z)

    def place(self, room_m: Floats) -> tuple[Floats, Floats]:
        """Return the lens position (3,) and the axes (3, 3): rows are right, down and away."""
        aim, azimuth = np.asarray(self.target(room_m)), np.radians(self.azimuth_deg)
        x, y, z = aim + self.distance_m * np.array([np.cos(azimuth), np.sin(azimuth), 0.0])
        height = z + self.distance_m * np.tan(np.radians(self.elevation_deg))
        lens = np.array([x, y, height if self.height_m is None else self.height_m])
        return lens, self._axes(aim - lens)

    def _axes(self, look: Floats) -> Floats:
        away = look / np.linalg.norm(look)
        right = np.cross(away, [0.0, 0.0, 1.0])
        right /= np.linalg.norm(right)
        axes = np.stack([right, np.cross(away, right), away])
        for axis, angle in ((1, self.pan_deg), (0, -self.tilt_deg), (2, self.roll_deg)):
            axes = _turned(axes, axis, angle)
        return axes

    def project(self, room_m: Floats) -> tuple[Floats, Floats]:
        """Return pixels (..., 2) and camera coordinates in metres (..., 3) of points of the room."""
        lens, axes = self.place(room_m)
        seen = (room_m - lens) @ axes.T
        focal = 0.8 * max(self.size) if self.focal_px is None else self.focal_px
        depth = np.maximum(seen[..., 2:], 0.05)
        return np.asarray(self.size) / 2 + focal * seen[..., :2] / depth, seen


def _turned(axes: Floats, axis: int, angle_deg: float) -> Floats:
    """Turn the camera about one of its own axes (+ carries the next axis towards the one after)."""
    i, j = (axis + 1) % 3, (axis + 2) % 3
    c, s = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    out = axes.copy()
    out[i], out[j] = c * axes[i] + s * axes[j], c * axes[j] - s * axes[i]
    return out


@dataclass(frozen=True, slots=True)
class Noise:
    """What the pose model adds to the truth; the same seed gives the same numbers.

    Attributes
    ----------
    jitter_px : float
        Standard deviation of each landmark from frame to frame, in pixels of a picture 480 high (real: 0.1 to
        1, up to 2.5 in blurred clips).
    drift_px, drift_s : float
        Slow wandering on top: standard deviation and correlation time (real: 0.7 to 3 for feet that stand).
    world_m : float
        The same for world x and y.
    wander_m, wander_s : float
        Slow random walk of world z: standard deviation and correlation time.
    knee_forward_m : float
        World knees are displaced this far towards the toes, off the line from hip to ankle: standing people
        seen from the front come out with knees bent by 20 to 25 degrees (0.07 to 0.09).
    drag : float
        How much of the near leg's movement the hidden leg copies in side views, 0 to 1 (0.4 to 1 is real).
    far_visibility : float | None
        Visibility of the hidden leg in side views; None = as the model reports, joint by joint.
    swap_spans : Sequence[Span]
        Left and right legs change places during these seconds.
    swap_probability : float
        The same in single frames, at random.
    dropped_spans : Sequence[Span]
        No detection during these seconds.
    drop_probability : float
        The same in single frames, at random.
    """

    seed: int = 0
    jitter_px: float = 1.0
    drift_px: float = 1.0
    drift_s: float = 1.0
    world_m: float = 0.004
    wander_m: float = 0.025
    wander_s: float = 0.7
    knee_forward_m: float = 0.0
    drag: float = 0.0
    far_visibility: float | None = None
    swap_spans: Sequence[Span] = field(default=())
    swap_probability: float = 0.0
    dropped_spans: Sequence[Span] = field(default=())
    drop_probability: float = 0.0


QUIET = Noise(jitter_px=0.0, drift_px=0.0, world_m=0.0, wander_m=0.0)
"""No error at all; far-side visibility still drops."""


def film(room_m: Floats, times_s: Floats, camera: Camera, noise: Noise | None = None) -> list[Pose]:
    """Return one pose per time from landmarks in the room, shape (n, 33, 3)."""
    noise = noise or QUIET
    rng = np.random.default_rng(noise.seed)
    camera = replace(camera, aim_m=camera.target(room_m))  # moving a landmark must not move the camera
    hidden = _hiddenness(camera.project(room_m)[1])
    image, seen = camera.project(_dragged(room_m, hidden, noise.drag))
    world = _noisy_world(_knees_forward(_about_the_hips(seen), noise.knee_forward_m), times_s, noise, rng)
    image = image + _unsteady(times_s, image.shape, noise, rng) * camera.size[1] / 480
    visible = _visibility(image, hidden, camera, noise, rng)
    _swap_legs(image, world, visible, _in_spans(times_s, noise.swap_spans, noise.swap_probability, rng))
    gone = _in_spans(times_s, noise.dropped_spans, noise.drop_probability, rng)
    return [
        no_pose(float(t), camera.size)
        if gone[i]
        else Pose(float(t), image[i], world[i], visible[i], camera.size)
        for i, t in enumerate(times_s)
    ]


def _about_the_hips(points: Floats) -> Floats:
    middle = (points[:, Landmark.LEFT_HIP] + points[:, Landmark.RIGHT_HIP]) / 2
    return points - middle[:, None]


def _hiddenness(seen: Floats) -> Floats:
    """Return, shape (n, 2), how far the left and the right side are hidden behind the other, 0 to 1."""
    across = sum(
        seen[:, left] - seen[:, left + 1] for left in (int(Landmark.LEFT_SHOULDER), int(Landmark.LEFT_HIP))
    )
    sight = seen[:, Landmark.LEFT_HIP] + seen[:, Landmark.RIGHT_HIP]
    away = (across * sight).sum(-1) / np.linalg.norm(across, axis=-1) / np.linalg.norm(sight, axis=-1)
    ahead = np.stack([away, -away], axis=-1)  # + = that side is the farther one
    u = np.clip((ahead - 0.5) / 0.4, 0, 1)
    return u * u * (3 - 2 * u)


def _dragged(room_m: Floats, hidden: Floats, drag: float) -> Floats:
    """Pull the hidden leg along: it moves like the near one plus the usual distance between them."""
    if drag == 0:
        return room_m
    out = room_m.copy()
    mid_hip = (room_m[:, Landmark.LEFT_HIP] + room_m[:, Landmark.RIGHT_HIP])[:, None] / 2
    local = room_m - mid_hip
    for column, offset in ((0, 0), (1, 1)):
        far = np.array(_LEFT_LEG[1:]) + offset
        near = np.array(_LEFT_LEG[1:]) + 1 - offset
        usual = np.median(local[:, far] - local[:, near], axis=0)
        copied = room_m[:, near] + usual
        weight = (drag * hidden[:, column])[:, None, None]
        out[:, far] += weight * (copied - room_m[:, far])
    return out


def _knees_forward(world: Floats, by_m: float) -> Floats:
    out = world.copy()
    for offset in (0, 1):
        hip, knee, ankle, heel, toe = (i + offset for i in _LEFT_LEG)
        leg, foot = world[:, ankle] - world[:, hip], world[:, toe] - world[:, heel]
        across = foot - leg * (foot * leg).sum(-1, keepdims=True) / (leg * leg).sum(-1, keepdims=True)
        out[:, knee] += by_m * across / np.linalg.norm(across, axis=-1, keepdims=True)
    return out


def _noisy_world(world: Floats, times_s: Floats, noise: Noise, rng: np.random.Generator) -> Floats:
    out = world + rng.normal(0, 1, world.shape) * noise.world_m
    out[..., 2] += noise.wander_m * _wander(times_s, world.shape[1], noise.wander_s, rng)
    return _about_the_hips(out)


def _unsteady(times_s: Floats, shape: tuple[int, ...], noise: Noise, rng: np.random.Generator) -> Floats:
    slow = _wander(times_s, shape[1] * shape[2], noise.drift_s, rng).reshape(shape)
    return noise.jitter_px * rng.normal(0, 1, shape) + noise.drift_px * slow


def _wander(times_s: Floats, count: int, tau_s: float, rng: np.random.Generator) -> Floats:
    """Return Ornstein-Uhlenbeck noise of standard deviation 1, shape (n, count)."""
    steps = rng.normal(0, 1, (len(times_s), count))
    keep = np.exp(-np.diff(times_s, prepend=times_s[:1]) / tau_s)
    out = np.empty_like(steps)
    out[0] = steps[0]
    for i in range(1, len(steps)):
        out[i] = keep[i] * out[i - 1] + np.sqrt(1 - keep[i] ** 2) * steps[i]
    return out


_HIDDEN_VISIBILITY = {
    "ELBOW": 0.15,
    "WRIST": 0.20,
    "PINKY": 0.25,
    "INDEX": 0.25,
    "THUMB": 0.25,
    "KNEE": 0.55,
    "ANKLE": 0.70,
    "HEEL": 0.70,
    "FOOT_INDEX": 0.80,
}
"""What the model says of the hidden side in a true side view; shoulders and hips stay at 0.99."""


def _visibility(
    image: Floats, hidden: Floats, camera: Camera, noise: Noise, rng: np.random.Generator
) -> Floats:
    out = np.full(image.shape[:2], 0.99)
    out[:, : Landmark.LEFT_SHOULDER] = 0.995
    for column, offset in ((0, 0), (1, 1)):
        for index in _LEFT:
            least = _HIDDEN_VISIBILITY.get(Landmark(index).name.removeprefix("LEFT_"), 0.99)
            if noise.far_visibility is not None and index in _LEFT_LEG[1:]:
                least = noise.far_visibility
            out[:, index + offset] = 0.99 - hidden[:, column] * (0.99 - least)
    if noise.jitter_px > 0:
        out -= np.abs(rng.normal(0, 1, out.shape)) * 0.03 * (1.2 - out)
    outside = ((image < 0) | (image > np.asarray(camera.size))).any(axis=-1)
    return np.clip(np.where(outside, 0.15 * out, out), 0, 1)


def _swap_legs(image: Floats, world: Floats, visible: Floats, when: NDArray[np.bool_]) -> None:
    order = [MIRROR_ORDER[i] if i >= Landmark.LEFT_HIP else i for i in range(len(MIRROR_ORDER))]
    for values in (image, world, visible):
        values[when] = values[when][:, order]


def _in_spans(
    times_s: Floats, spans: Sequence[Span], probability: float, rng: np.random.Generator
) -> NDArray[np.bool_]:
    inside = rng.random(len(times_s)) < probability
    for start, end in spans:
        inside |= (times_s >= start) & (times_s <= end)
    return inside

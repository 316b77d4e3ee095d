"""Anatomical angles and how far they may be off, learned from rendered people whose angles are known.

An angle in the picture is the body's only from one side, and the pose model's landmarks in space lean with
the view by 10 to 20 degrees.  A small network (`docs/correction.md`, the model card) takes both and gives the
body's angles from any view, each with the half-width of a band that is meant to hold the true angle in nine
cases of ten.  It looks at one pose; nothing is remembered.

Left and right are one network: the right leg is the left leg of the mirrored person.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from formcheck.errors import ModelError
from formcheck.pose.skeleton import MIRROR_ORDER, Floats, Landmark, Pose, Side

FILE, SHA256 = "correction.npz", "2bb33c11d36b48e517483876ce110a08eee9e92bf953df0bc8ae2970622bbd20"
REPAIR = "reinstall formcheck, or in a source checkout train it again with: python models/train_correction.py"

LEG_ANGLES = ("knee_flexion", "hip_flexion", "hip_abduction", "hip_external_rotation", "thigh_elevation")
WHOLE_ANGLES = (
    "trunk_inclination",
    "trunk_lateral_lean",
    "pelvis_roll",
    "pelvic_obliquity",
    "clamshell_opening",
)
TURNED_ROUND = ("trunk_lateral_lean", "pelvic_obliquity")
"""Angles of the whole body that change their sign in a mirror."""
SIGNS = np.array([-1.0 if name in TURNED_ROUND else 1.0 for name in WHOLE_ANGLES])
_TURNS = np.array([SIGNS, np.ones(len(WHOLE_ANGLES))])[:, None]
"""In a mirror: signs of the angles, and of their bands."""

ONLY_IN = {
    "trunk_inclination": ("squat", "seated_march", "bridge"),
    "trunk_lateral_lean": ("squat", "seated_march"),
    "pelvis_roll": ("clamshell",),
    "pelvic_obliquity": ("squat", "seated_march", "bridge"),
    "clamshell_opening": ("clamshell",),
}
"""In which exercises an angle was learned and means something; pelvis roll: backward positive."""

_L = Landmark
USED = (
    _L.NOSE,
    *(_L.LEFT_EAR, _L.LEFT_SHOULDER, _L.LEFT_ELBOW, _L.LEFT_WRIST, _L.LEFT_HIP, _L.LEFT_KNEE),
    *(_L.LEFT_ANKLE, _L.LEFT_HEEL, _L.LEFT_FOOT_INDEX),
    *(_L.RIGHT_EAR, _L.RIGHT_SHOULDER, _L.RIGHT_ELBOW, _L.RIGHT_WRIST, _L.RIGHT_HIP, _L.RIGHT_KNEE),
    *(_L.RIGHT_ANKLE, _L.RIGHT_HEEL, _L.RIGHT_FOOT_INDEX),
)
"""The nineteen landmarks that go in."""
_PLACE = {landmark: place for place, landmark in enumerate(USED)}
_TRUNK = np.array([_PLACE[one] for one in (_L.LEFT_HIP, _L.RIGHT_HIP, _L.LEFT_SHOULDER, _L.RIGHT_SHOULDER)])
_HIPS = _TRUNK[:2]
_LEGS = np.array(
    [
        [_PLACE[Landmark[f"{side}_{joint}"]] for joint in ("SHOULDER", "HIP", "KNEE", "ANKLE", "FOOT_INDEX")]
        for side in ("LEFT", "RIGHT")
    ]
)
_ANKLES = _LEGS[:, 3]
_USED = np.array(USED)
_BODY = np.unique(np.concatenate([_TRUNK, _LEGS[:, 2:4].ravel()]))
MISSING = -0.5
"""Stands for the visibility of a landmark that is not there; it lies in the middle of the hips then."""
SMALLEST = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """The angles of one pose.

    Attributes
    ----------
    angles_deg : Mapping[str, float]
        ``left_knee_flexion``, ``right_hip_abduction``, ``trunk_inclination`` and so on, degrees, anatomical
        neutral 0; defined in ``samples/studio/truth.py``.  NaN where a joint of it was not found.
    half_deg : Mapping[str, float]
        Half of the band around each, degrees: meant to hold the truth in nine cases of ten.
    """

    angles_deg: Mapping[str, float]
    half_deg: Mapping[str, float]


def features(
    image_px: Floats, world_m: Floats, visibility: Floats, frame_size: Floats, stand_px: Floats
) -> Floats:
    """Return what the network sees of some poses, shape (poses, inputs).

    Parameters
    ----------
    image_px : Floats, shape (poses, 33, 2)
        Pixels of the displayed picture, y down; NaN = unseen.
    world_m : Floats, shape (poses, 33, 3)
        The model's metres.
    visibility : Floats, shape (poses, 33)
    frame_size : Floats, shape (poses, 2)
        Width and height, pixels.
    stand_px : Floats, shape (poses,)
        Height of the hips over the lower ankle in the picture when this person stands there, NaN where not
        known.  From the front it tells best how deep somebody squats.
    """
    count = len(image_px)
    points = np.zeros((2, count, len(USED), 3))
    points[0, ..., :2], points[1] = image_px[:, _USED], world_m[:, _USED]
    image, seen = points[0, ..., :2], visibility[:, _USED]
    missing = np.isnan(points[0, ..., 0] + points[1, ..., 0] + seen)
    middle = (points[:, :, _HIPS[0]] + points[:, :, _HIPS[1]]) * 0.5
    stands = _stands(image, middle[0, :, :2], stand_px)
    scaled, size = _scaled(points - middle[:, :, None], missing)
    largest = np.maximum(frame_size[:, :1], frame_size[:, 1:])
    return np.concatenate(
        [
            scaled[0, ..., :2].reshape(count, -1),
            scaled[1].reshape(count, -1),
            np.where(missing, MISSING, seen),
            (middle[0, :, :2] - frame_size / 2.0) / largest,
            size[0] / largest,
            stands,
            *_bends(scaled),
        ],
        axis=1,
    )


def _stands(image: Floats, centre_px: Floats, stand_px: Floats) -> Floats:
    """Return the hips' height as a share of that when standing, and whether it is known, shape (poses, 2)."""
    share = (np.fmax(image[:, _ANKLES[0], 1], image[:, _ANKLES[1], 1]) - centre_px[:, 1]) / stand_px
    known = np.isfinite(share)
    return np.concatenate([np.where(known, share, 0.0)[:, None], known[:, None]], axis=1)


def _scaled(points: Floats, missing: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return points as shares of the trunk's and legs' size (root mean square), and that size.

    In picture and space, shape (2, poses, landmarks, 3), the picture's last coordinate 0.
    """
    points = np.where(missing[..., None], 0.0, points)
    body = points[:, :, _BODY]
    size = np.sqrt(np.einsum("spji,spji->sp", body, body) / len(_BODY))[..., None]
    return points / np.maximum(size, SMALLEST)[..., None], size


def _bends(points: Floats) -> list[Floats]:
    """Return sine, cosine and size of the turns at hip, knee and ankle of both legs, shape (poses, 18) twice.

    In the picture the sine is signed; in space it is not.
    """
    legs = points[:, :, _LEGS]
    ways = legs[..., 1:, :] - legs[..., :-1, :]
    lengths = np.sqrt(np.einsum("spljx,spljx->splj", ways, ways))
    size = np.maximum(lengths[..., :-1] * lengths[..., 1:], SMALLEST)
    cosine = np.einsum("spljx,spljx->splj", ways[..., :-1, :], ways[..., 1:, :]) / size
    sine = np.sqrt(np.maximum(0.0, 1.0 - cosine * cosine))
    before, after = ways[0, ..., :-1, :], ways[0, ..., 1:, :]
    sine[0] = (before[..., 0] * after[..., 1] - before[..., 1] * after[..., 0]) / size[0]
    turns = np.stack([sine, cosine, np.arctan2(sine, cosine)], axis=2)
    return list(turns.reshape(2, points.shape[1], -1))


def _mirror() -> tuple[NDArray[np.int_], Floats]:
    """Return where each input comes from in a mirror, and with which sign: left and right, x turned round."""
    twins = np.array([_PLACE[Landmark(MIRROR_ORDER[one])] for one in USED])
    legs = np.arange(18).reshape(3, 2, 3)[:, ::-1].ravel()  # of sines, cosines, turns: the other leg's
    parts = (
        (2 * twins[:, None] + np.arange(2), [-1.0, 1.0] * len(USED)),
        (3 * twins[:, None] + np.arange(3), [-1.0, 1.0, 1.0] * len(USED)),
        (twins, [1.0] * len(USED)),
        (np.arange(3), [-1.0, 1.0, 1.0]),
        (np.arange(2), [1.0, 1.0]),
        (legs, [-1.0] * 6 + [1.0] * 6 + [-1.0] * 6),
        (legs, [1.0] * 18),
    )
    order, signs, begin = [], [], 0
    for part, sign in parts:
        order += [begin + one for one in part.ravel().tolist()]
        signs += sign
        begin += len(sign)
    return np.array(order), np.array(signs)


def both(
    image_px: Floats, world_m: Floats, visibility: Floats, frame_size: Floats, stand_px: Floats
) -> Floats:
    """Return the inputs of some poses and then of their mirror images, shape (2 poses, inputs)."""
    own = features(image_px, world_m, visibility, frame_size, stand_px)
    return np.concatenate([own, own[:, _MIRRORED] * _MIRROR_SIGNS])


_MIRRORED, _MIRROR_SIGNS = _mirror()


class Correction:
    """The network: an ensemble of small ones with two hidden layers.

    Parameters
    ----------
    weights : Mapping[str, Floats]
        ``mean`` and ``scale`` of the inputs; ``w1``, ``b1``, ``w2``, ``b2``, ``w3``, ``b3`` and ``w0``, from
        the inputs straight to the outputs, with the members along the first axis; ``unit_deg``, what one
        stands for in each output; ``half`` and ``members``: factors of the band, for the spread that the
        networks tell and for their disagreement.
    """

    def __init__(self, weights: Mapping[str, Floats]) -> None:
        w = {name: np.asarray(value, dtype=np.float32) for name, value in weights.items()}
        self.weights = w
        self._per_scale = 1.0 / w["scale"]
        self._members = len(w["w1"])
        both_layers = np.concatenate([w["w1"], w["w0"]], axis=2)
        self._first = np.ascontiguousarray(both_layers.transpose(1, 0, 2).reshape(both_layers.shape[1], -1))

    def outputs(self, inputs: Floats) -> Floats:
        """Return angles of the left leg and the body, and their bands: degrees, shape (2, poses, angles)."""
        w = self.weights
        at = (inputs.astype(np.float32) - w["mean"]) * self._per_scale
        at = np.minimum(np.maximum(at, -CLIP), CLIP)
        first = (at @ self._first).reshape(len(at), self._members, -1).transpose(1, 0, 2)
        hidden = w["w1"].shape[2]
        one = np.tanh(first[..., :hidden] + w["b1"][:, None])
        two = np.tanh(one @ w["w2"] + w["b2"][:, None])
        out = two @ w["w3"] + first[..., hidden:] + w["b3"][:, None]
        count = len(LEG_ANGLES) + len(WHOLE_ANGLES)
        angles, spread = out[..., :count], np.logaddexp(0.0, out[..., count:])
        mean = np.add.reduce(angles, axis=0) / self._members
        apart = angles - mean
        told = np.add.reduce(spread, axis=0) / self._members
        disagreed = np.add.reduce(apart * apart, axis=0) / self._members
        half = w["half"] * np.sqrt(told**2 + w["members"] * disagreed)
        return np.stack([mean, half]) * w["unit_deg"]

    def both_ways(
        self, image_px: Floats, world_m: Floats, visibility: Floats, frame_size: Floats, stand_px: Floats
    ) -> Floats:
        """Return angles and bands of many poses, degrees, shape (2, poses, `NAMES`)."""
        said = self.outputs(both(image_px, world_m, visibility, frame_size, stand_px))
        own, mirrored = said[:, : len(image_px)], said[:, len(image_px) :]
        legs = len(LEG_ANGLES)
        whole = (own[..., legs:] + _TURNS * mirrored[..., legs:]) / 2.0
        return np.concatenate([own[..., :legs], mirrored[..., :legs], whole], axis=2)

    def estimate(self, pose: Pose, stand_px: float = np.nan) -> Estimate:
        """Return the angles of one pose; NaN where it lacks a joint that the angle is between.

        Parameters
        ----------
        pose : Pose
        stand_px : float
            As for `features`.
        """
        lost = _not_there(np.isnan(pose.image_px[:, 0] + pose.world_m[:, 0] + pose.visibility))
        if len(lost) == len(NAMES):
            return NOTHING
        width, height = pose.frame_size
        size = np.array([[width, height]], dtype=np.float64)
        points = pose.image_px[None], pose.world_m[None], pose.visibility[None]
        said = self.both_ways(*points, size, np.array([stand_px]))
        out, bands = (dict(zip(NAMES, one, strict=True)) for one in said[:, 0].tolist())
        for name in lost:
            out[name] = bands[name] = np.nan
        return Estimate(out, bands)


NAMES = (*(f"{side}_{name}" for side in Side for name in LEG_ANGLES), *WHOLE_ANGLES)
"""Order of the angles of a pose."""
NOTHING = Estimate(dict.fromkeys(NAMES, np.nan), dict.fromkeys(NAMES, np.nan))
"""Of a pose without a trunk."""
CLIP = 6.0
"""Inputs further than this many standard deviations out are no further out."""


def _not_there(lost: NDArray[np.bool_]) -> frozenset[str]:
    """Return the angles that lack a joint, from the landmarks that are lost, shape (33,)."""
    if not lost.any():
        return frozenset()
    trunk = lost[[_L.LEFT_HIP, _L.RIGHT_HIP, _L.LEFT_SHOULDER, _L.RIGHT_SHOULDER]].any()
    if trunk:
        return frozenset(NAMES)
    out: set[str] = set()
    for side in Side:
        knee, ankle = lost[Landmark[f"{side.name}_KNEE"]], lost[Landmark[f"{side.name}_ANKLE"]]
        out |= {f"{side}_{name}" for name in LEG_ANGLES if knee or (ankle and name in _NEEDS_ANKLE)}
        out |= {"clamshell_opening"} if knee or ankle else set()
    return frozenset(out)


_NEEDS_ANKLE = ("knee_flexion", "hip_external_rotation")


@cache
def load() -> Correction:
    """Return the correction that comes with formcheck; its weights are read once, as code is.

    Raises
    ------
    ModelError
        They are missing or not the ones the checksum belongs to.
    """
    place = resources.files("formcheck") / "data" / FILE
    try:
        found = hashlib.sha256(place.read_bytes()).hexdigest()
        if found != SHA256:
            raise ModelError(
                f"{FILE}: the angle correction was altered (sha256 {found[:12]}..., expected "
                f"{SHA256[:12]}...); {REPAIR}"
            )
        with place.open("rb") as file, np.load(file, allow_pickle=False) as weights:
            return Correction(dict(weights))
    except OSError as error:
        raise ModelError(
            f"{FILE}: the angle correction cannot be read ({error.strerror}); {REPAIR}"
        ) from error

"""Train the correction of angles (`formcheck/correction.py`) on rendered stills.

    python -m samples.studio shards --out SHARDS --count 20000 --split train
    python -m samples.studio shards --out SHARDS --count 4000 --first 1000000 --split test
    python models/train_correction.py SHARDS [--out formcheck/data/correction.npz]

Needs ``pip install 'formcheck[train]'`` (JAX and Optax).  Weights are learned on stills of the ``train``
bodies; stills of bodies held back (``test``) choose when to stop and how wide the bands are (even seeds), and
tell the error (odd seeds).  How much more stills, or anything, could gain: ``models/correction_floor.py``.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.true_motion import opening_deg
from formcheck.correction import (
    CLIP,
    LEG_ANGLES,
    NAMES,
    ONLY_IN,
    SIGNS,
    WHOLE_ANGLES,
    Correction,
    both,
)
from formcheck.pose.skeleton import MIRROR_ORDER
from samples.studio.shards import load

Floats = NDArray[np.float64]
Weights = dict[str, Any]

MATCHED = 0.35
"""A still is used when half of its eight main joints lie nearer to the truth than this share of the body."""
MAIN = {"shoulder": (11, 12), "hip": (23, 24), "knee": (25, 26), "ankle": (27, 28)}
MAIN_NAMES = tuple(f"{name}.{side}" for name in MAIN for side in "LR")
MAIN_PLACES = np.array([place for places in MAIN.values() for place in places])
"""The main joints as the studio calls them, and as landmarks."""
LEGS = np.arange(23, 33)
STANDING_KNOWN, STANDING_ERROR = 0.8, 0.015
"""How often, and how well, the height of the standing hips is known of somebody who squats."""
NEVER_STOOD = 0.08
"""How often it was never seen, and what is taken for it is too low."""
MEMBERS = 2
BATCH, RATE, DECAY = 256, 2e-3, 1e-4
UNIT_DEG = 20.0
COVERED = 0.9
"""What the band is meant to hold."""
MEMBERS_WEIGHT = 4.0
"""How much the members' disagreement counts beside the spread that they tell; chosen once, on even seeds."""
NOISE = (0.012, 0.02)
"""Noise put on landmarks: shares of the body's size in the picture, and in the model's space."""
SWAPPED, LOST = 0.02, 0.06
"""How often the legs are exchanged, and a piece of the body is lost."""
FRONT_DEG, ROLLED_DEG, GOOD_ROLL_DEG = 60.0, 15.0, 8.0
"""Largest yaw that is the front; pelvis rolls that are to be told, and those of good repetitions."""
SIDE_DEG, OBLIQUE_DEG = 35.0, 60.0
"""Largest yaws off a side view that are the side, and an oblique view."""
DEPTH_DEG, DEPTH_ERROR_DEG = 56.0, 10.0
"""Four fifths of the standard depth, and the error that its rule grants at an angle."""
PIECES = (
    (7, 8),
    (13, 15),
    (14, 16),
    (29, 31),
    (30, 32),
    (27, 29, 31),
    (28, 30, 32),
    (27, 28, 29, 30, 31, 32),
)
"""What is lost together."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a network is trained.

    Attributes
    ----------
    hidden : tuple of int
        Units of its two hidden layers.
    epochs : int
    disturbed : bool
        Whether it learns from poses as tracking may spoil them, or from the poses as they are.
    """

    hidden: tuple[int, int] = (256, 128)
    epochs: int = 70
    disturbed: bool = True


PRODUCT = Recipe()


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """Poses with their true angles.

    Attributes
    ----------
    image_px, world_m, visibility, size, stand_px : Floats
        As for `formcheck.correction.features`.
    left, right, whole : Floats
        True angles, degrees, NaN = not defined; by `LEG_ANGLES` and `WHOLE_ANGLES`.
    main_px, main_m : Floats, shape (poses, 8, 2), (poses, 8, 3)
        Where the main joints truly are (`MAIN_PLACES`): in the picture; along the camera's axes, from the
        middle of the hips.
    seed : NDArray
    about : NDArray of dict
        The design.
    """

    image_px: Floats
    world_m: Floats
    visibility: Floats
    size: Floats
    stand_px: Floats
    left: Floats
    right: Floats
    whole: Floats
    main_px: Floats
    main_m: Floats
    seed: NDArray[np.int_]
    about: NDArray[Any]

    def __len__(self) -> int:
        return len(self.seed)

    def take(self, which: NDArray[Any]) -> Data:
        """Return some of them."""
        return replace(self, **{one.name: getattr(self, one.name)[which] for one in fields(self)})

    @property
    def landmarks(self) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        """What goes into the network."""
        return self.image_px, self.world_m, self.visibility, self.size, self.stand_px

    @property
    def truth(self) -> Floats:
        """True angles by `formcheck.correction.NAMES`."""
        return np.concatenate([self.left, self.right, self.whole], axis=1)


def read(folder: Path, split: str) -> Data:
    """Read the stills of a split in which the pose model found the right person."""
    table = load(folder, split)
    joints = list(table["joint_names"])
    told = table["joints_px"].astype(np.float64)
    body = np.sqrt(((told - told.mean(axis=1, keepdims=True)) ** 2).sum(axis=2).mean(axis=1))
    main = [joints.index(name) for name in MAIN_NAMES]
    off = np.linalg.norm(table["image_px"][:, MAIN_PLACES] - told[:, main], axis=2) / body[:, None]
    used = table["found"] & (np.median(off, axis=1) < MATCHED)
    sys.stderr.write(f"{split}: {len(used)} stills, {used.sum()} used\n")
    names = list(table["angle_names"])
    angles = {name: table["angles_deg"][:, i].astype(np.float64) for i, name in enumerate(names)}
    places = table["joints_m"].astype(np.float64)
    angles["clamshell_opening"] = opening_deg({name: places[:, i] for i, name in enumerate(joints)})
    angles["trunk_lateral_lean"] = -angles["trunk_lateral_lean"]  # right positive, as in the clinical table
    exercise = np.array([one["exercise"] for one in table["design"]])
    for name, exercises in ONLY_IN.items():
        angles[name] = np.where(np.isin(exercise, exercises), angles[name], np.nan)
    legs = {side: np.stack([angles[f"{name}.{side}"] for name in LEG_ANGLES], axis=1) for side in "LR"}
    data = Data(
        image_px=table["image_px"].astype(np.float64),
        world_m=table["world_m"].astype(np.float64),
        visibility=table["visibility"].astype(np.float64),
        size=table["size"].astype(np.float64),
        stand_px=standing_px(table),
        left=legs["L"],
        right=legs["R"],
        whole=np.stack([angles[name] for name in WHOLE_ANGLES], axis=1),
        main_px=told[:, main],
        main_m=seen_from(table["axes"].astype(np.float64), places[:, main]),
        seed=np.array([one["seed"] for one in table["design"]]),
        about=np.array(table["design"], dtype=object),
    )
    return data.take(used)


def read_all(folders: Sequence[Path]) -> tuple[Data, Data, Data]:
    """Return stills to learn from, to watch, and to tell the error; the last two from the first folder."""
    train = joined([read(folder, "train") for folder in folders])
    held_back = read(folders[0], "test")
    watch, test = (held_back.take(held_back.seed % 2 == odd) for odd in (0, 1))
    return train, watch, test


def joined(parts: Sequence[Data]) -> Data:
    """Return all poses of several folders."""
    return Data(
        **{one.name: np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(Data)}
    )


def seen_from(axes: Floats, joints_m: Floats) -> Floats:
    """Return main joints along a camera's axes, from the middle of the hips, shape (poses, 8, 3)."""
    places: Floats = np.einsum("pij,pkj->pki", axes, joints_m)
    hips = [MAIN_NAMES.index(f"hip.{side}") for side in "LR"]
    return places - places[:, hips].mean(axis=1, keepdims=True)


def standing_px(table: Mapping[str, Any]) -> Floats:
    """Return how high the hips of squatting people are when they stand, as the product would know it.

    With an error, and not always.
    """
    height = table["stand_px"].astype(np.float64)
    random = np.random.default_rng(len(height))
    known = random.random(len(height)) < STANDING_KNOWN
    return np.where(known, height * (1.0 + random.normal(0.0, STANDING_ERROR, len(height))), np.nan)


# What real tracking does to landmarks


def disturbed(data: Data, random: np.random.Generator) -> Data:
    """Return the poses with noise, legs exchanged and pieces of the body lost, here and there."""
    image, world, seen = data.image_px.copy(), data.world_m.copy(), data.visibility.copy()
    body = np.sqrt(((image[:, 11:] - image[:, 11:].mean(1, keepdims=True)) ** 2).sum(2).mean(1))
    strength = random.exponential(1.0, (len(data), 1, 1))
    image += random.normal(0.0, NOISE[0], image.shape) * strength * body[:, None, None]
    world += random.normal(0.0, NOISE[1] * 0.5, world.shape) * strength
    swap = random.random(len(data)) < SWAPPED
    other = np.array(MIRROR_ORDER)[LEGS]
    for points in (image, world, seen):
        points[np.ix_(swap, LEGS)] = points[np.ix_(swap, other)]
    stand = data.stand_px * (1.0 + random.normal(0.0, STANDING_ERROR, len(data)))
    stand = np.where(
        random.random(len(data)) < NEVER_STOOD, stand * random.uniform(0.7, 1.0, len(data)), stand
    )
    for piece in PIECES:
        lost = random.random(len(data)) < LOST / 2
        for points in (image, world, seen):
            points[np.ix_(lost, np.array(piece))] = np.nan
    return replace(data, image_px=image, world_m=world, visibility=seen, stand_px=stand)


def both_ways(data: Data) -> tuple[Floats, Floats]:
    """Return inputs and targets of the poses and of their mirror images."""
    left = np.concatenate([data.left, data.whole], axis=1)
    right = np.concatenate([data.right, data.whole * SIGNS], axis=1)
    return both(*data.landmarks), np.concatenate([left, right])


# The network in JAX


def forward(params: Weights, at: Any) -> tuple[Any, Any]:
    """Return angles and their spreads, in units."""
    one = jnp.tanh(at @ params["w1"] + params["b1"])
    two = jnp.tanh(one @ params["w2"] + params["b2"])
    out = two @ params["w3"] + at @ params["w0"] + params["b3"]
    count = out.shape[-1] // 2
    return out[..., :count], jnp.logaddexp(0.0, out[..., count:])


def loss(params: Weights, at: Any, target: Any) -> Any:
    """Return the mean negative log-likelihood of a Laplace distribution, where the truth is defined."""
    angles, spread = forward(params, at)
    known = ~jnp.isnan(target)
    off = jnp.abs(angles - jnp.where(known, target, 0.0))
    spread = spread + 1e-2
    return jnp.where(known, off / spread + jnp.log(spread), 0.0).sum() / known.sum()


def start(key: Any, inputs: int, hidden: tuple[int, int]) -> Weights:
    """Return a network before it has learned."""
    sizes = (inputs, *hidden)
    outputs = 2 * (len(LEG_ANGLES) + len(WHOLE_ANGLES))
    keys = jax.random.split(key, 3)
    return {
        "w1": jax.random.normal(keys[0], sizes[:2]) / np.sqrt(sizes[0]),
        "b1": jnp.zeros(sizes[1]),
        "w2": jax.random.normal(keys[1], sizes[1:]) / np.sqrt(sizes[1]),
        "b2": jnp.zeros(sizes[2]),
        "w3": 0.1 * jax.random.normal(keys[2], (sizes[2], outputs)) / np.sqrt(sizes[2]),
        "w0": jnp.zeros((inputs, outputs)),
        "b3": jnp.zeros(outputs),
    }


def fit(train: Data, watch: Data, scaling: tuple[Floats, Floats], seed: int, recipe: Recipe) -> Weights:
    """Return one network, as it was when it did best on `watch`."""
    random = np.random.default_rng(seed)
    mean, scale = scaling
    steps = recipe.epochs * (2 * len(train) // BATCH)
    schedule = optax.warmup_cosine_decay_schedule(0.0, RATE, steps // 20, steps)
    optimiser = optax.chain(optax.clip_by_global_norm(1.0), optax.adamw(schedule, weight_decay=DECAY))
    params = start(jax.random.key(seed), len(mean), recipe.hidden)
    state = optimiser.init(params)

    @jax.jit
    def epoch_of(params: Weights, state: Any, at: Any, target: Any) -> tuple[Weights, Any]:
        def step(carry: Any, batch: Any) -> tuple[Any, None]:
            params, state = carry
            changes, state = optimiser.update(jax.grad(loss)(params, *batch), state, params)
            return (optax.apply_updates(params, changes), state), None

        return jax.lax.scan(step, (params, state), (at, target))[0]

    def prepared(data: Data) -> tuple[Any, Any]:
        inputs, targets = both_ways(data)
        at = np.clip((inputs - mean) / scale, -CLIP, CLIP)
        return at.astype(np.float32), (targets / UNIT_DEG).astype(np.float32)

    watched = prepared(watch)
    best, best_loss = params, np.inf
    for epoch in range(recipe.epochs):
        at, target = prepared(disturbed(train, random) if recipe.disturbed else train)
        order = random.permutation(len(at))[: len(at) // BATCH * BATCH]
        shape = (len(order) // BATCH, BATCH, -1)
        params, state = epoch_of(params, state, at[order].reshape(shape), target[order].reshape(shape))
        if epoch % 5 == 4 or epoch == recipe.epochs - 1:
            now = float(loss(params, *watched))
            if now < best_loss:
                best, best_loss = params, now
    sys.stderr.write(f"network {seed}: loss {best_loss:.3f} on bodies held back\n")
    return {name: np.asarray(value) for name, value in best.items()}


def ensemble(train: Data, watch: Data, recipe: Recipe = PRODUCT) -> dict[str, Floats]:
    """Return weights as `formcheck.correction.Correction` wants them, bands calibrated on `watch`."""
    inputs, _ = both_ways(train)
    scaling = (inputs.mean(axis=0), np.maximum(inputs.std(axis=0), 1e-3))
    nets = [fit(train, watch, scaling, seed, recipe) for seed in range(MEMBERS)]
    weights: dict[str, Floats] = {name: np.stack([net[name] for net in nets]) for name in nets[0]}
    weights |= {
        "mean": scaling[0],
        "scale": scaling[1],
        "unit_deg": np.full(len(LEG_ANGLES) + len(WHOLE_ANGLES), UNIT_DEG),
        "half": np.ones(len(LEG_ANGLES) + len(WHOLE_ANGLES)),
        "members": np.array(MEMBERS_WEIGHT),
    }
    weights = {
        name: value.astype(np.float16 if value.ndim > 1 else np.float32) for name, value in weights.items()
    }
    weights["half"] = calibrated(weights, watch).astype(np.float32)
    return weights


def calibrated(weights: Mapping[str, Floats], watch: Data) -> Floats:
    """Return the factors with which the bands hold `COVERED` of the truth."""
    angles, half = Correction(weights).both_ways(*watch.landmarks)
    share = np.abs(angles - watch.truth) / half
    legs = len(LEG_ANGLES)
    columns = [share[:, [i, legs + i]] for i in range(legs)]
    columns += [share[:, 2 * legs + i] for i in range(len(WHOLE_ANGLES))]
    return np.array([np.nanquantile(one, COVERED) for one in columns])


# What came out


def told(correction: Correction, data: Data) -> str:
    """Return the errors on some poses, in words."""
    angles, half = correction.both_ways(*data.landmarks)
    off = np.abs(angles - data.truth)
    lines = [f"{len(data)} stills: mean, 90th percentile of the error, mean band (degrees), truth within (%)"]
    for name, error, band in zip(NAMES, off.T, half.T, strict=True):
        known = np.isfinite(error)
        if known.any():
            inside = 100.0 * (error[known] <= band[known]).mean()
            mean, most = error[known].mean(), np.percentile(error[known], 90)
            lines.append(f"{name:28} {mean:5.1f} {most:5.1f} {band[known].mean():5.1f} {inside:4.0f}")
    return "\n".join(lines) + "\n"


def roll_text(correction: Correction, rolled: Data, usual: Data) -> str:
    """Return how well pelvis roll tells rolled pelvises from good ones, at the end of a clamshell.

    The mark is set so that one good one in forty is called rolled.
    """

    def at_the_end(data: Data) -> Data:
        from_front = [min(one["yaw_deg"], 360.0 - one["yaw_deg"]) < FRONT_DEG for one in data.about]
        there = [one["exercise"] == "clamshell" and one["phase"] > 0.8 for one in data.about]
        return data.take(np.array(from_front) & np.array(there))

    column = NAMES.index("pelvis_roll")
    parts = [at_the_end(rolled), at_the_end(usual)]
    told_deg = np.concatenate([correction.both_ways(*part.landmarks)[0][:, column] for part in parts])
    true_deg = np.concatenate([part.truth[:, column] for part in parts])
    good, bad = told_deg[np.abs(true_deg) < GOOD_ROLL_DEG], told_deg[true_deg >= ROLLED_DEG]
    mark = np.quantile(good, 1.0 - 1.0 / 40.0)
    higher = (bad[:, None] > good[None]).mean()
    return (
        f"pelvis roll, camera within {FRONT_DEG:g} degrees of the front: {len(bad)} rolled by {ROLLED_DEG:g} "
        f"degrees and more, {len(good)} good; "
        f"found at one false alarm in forty {(bad > mark).mean():.2f}; a rolled one reads more than a good "
        f"one in {100 * higher:.0f} % of pairs\n"
    )


def opened_text(correction: Correction, data: Data) -> str:
    """Return how the rule for shallow squats does at an angle, were every squat held where it is.

    The knee reads below four fifths of the target less the rule's error.
    """
    off_side = np.array([90.0 - abs((one["yaw_deg"] + 90.0) % 180.0 - 90.0) for one in data.about])
    moving = np.array([one["exercise"] == "squat" and one["phase"] > 0.15 for one in data.about])
    some = data.take(moving & (off_side > SIDE_DEG) & (off_side < OBLIQUE_DEG))
    columns = [NAMES.index(f"{side}_knee_flexion") for side in ("left", "right")]
    speaks = correction.both_ways(*some.landmarks)[0][:, columns] < DEPTH_DEG - DEPTH_ERROR_DEG
    true_deg = some.truth[:, columns]
    shallow, deep = true_deg < DEPTH_DEG - 2 * DEPTH_ERROR_DEG, true_deg > DEPTH_DEG
    return (
        f"knees bent less than {DEPTH_DEG:g} degrees, at an angle: found {(shallow & speaks).sum()} of "
        f"{shallow.sum()}, false alarms {(deep & speaks).sum()} of {deep.sum()}\n"
    )


def main() -> int:
    """Train, save, tell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("shards", type=Path, nargs="+", help="folders; the first tells the error")
    parser.add_argument("--out", type=Path, default=Path("formcheck/data/correction.npz"))
    parser.add_argument("--rolled", type=Path, help="folder with stills of rolled pelvises: are they told?")
    options = parser.parse_args()
    train, watch, test = read_all(options.shards)
    held_back = joined([watch, test])
    weights = ensemble(train, watch)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(options.out, **weights)  # type: ignore[arg-type]
    sys.stdout.write(told(Correction(weights), test))
    sys.stdout.write(opened_text(Correction(weights), held_back))
    if options.rolled:
        rolled = read(options.rolled, "test")
        sys.stdout.write(roll_text(Correction(weights), rolled, held_back))
    sys.stdout.write(f"sha256 {hashlib.sha256(options.out.read_bytes()).hexdigest()}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

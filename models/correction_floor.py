"""How much better could the correction of angles become?  Prints Markdown for `docs/correction.md`.

    # for K from 1 to 5:
    python -m samples.studio shards --out AGAIN/K --split test --first 1000000 --count 500 --again K
    python models/correction_floor.py SHARDS ROLL --again AGAIN/* [--into docs/correction.md]

Needs what ``models/train_correction.py`` needs.  Three questions, answered in mean errors of hip and knee
flexion, both legs:

more stills
    The learning curve on bodies held back, the power law through it, and a network twice as wide.
better landmarks
    The same network with the eight main joints exactly where they are in the picture, and in space too: what
    is left of the error then is no fault of landmarks, and what goes is.  On stills, and on the trials that
    the goals are about.
the very same person
    The held-back stills once more in other clothes, rooms and light (``--again``) are put among those to
    learn from.  Now the network has met each person, posture and camera that it is asked about, in the very
    mixture it is asked about, and all that is new is what the pose model made of it.  What it still gets
    wrong measures the noise of the landmarks; it is no proven floor, as it falls with more looks at each.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import curve_fit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.angles import (
    FLEXIONS,
    GOALS,
    SIDE_NAMES,
    TRIALS,
    Clip,
    Errors,
    apart_deg,
    grouped,
    mean_deg,
    meets,
    place_of,
    pooled,
    read_trial,
)
from benchmarks.compare import put_into
from benchmarks.fault_score import markdown
from formcheck.correction import NAMES, Correction
from models.train_correction import (
    MAIN_NAMES,
    MAIN_PLACES,
    PRODUCT,
    Data,
    Floats,
    ensemble,
    joined,
    read,
    read_all,
)

FLEXION_COLUMNS = [i for i, name in enumerate(NAMES) if name.endswith(FLEXIONS)]
FIRST_COUNT = 500
ENOUGH_EPOCHS = 4000
"""Fewer stills are gone through more often, so that all have about as many steps."""
WIDE = replace(PRODUCT, hidden=(512, 256))
AS_IT_IS = replace(PRODUCT, disturbed=False)
TWINS_COUNT = 3
"""How often each look at a person again counts among the stills to learn from."""
MARK = "<!-- printed by models/correction_floor.py: {} -->"
SEEN, IN_PICTURE, IN_SPACE = (
    "as the pose model sees them",
    "exact in the picture",
    "exact in picture and space",
)


def errors(weights: Mapping[str, Floats], data: Data) -> Floats:
    """Return absolute errors of hip and knee flexion, degrees, shape (poses, 4)."""
    told = Correction(weights).both_ways(*data.landmarks)[0]
    off: Floats = np.abs(told - data.truth)[:, FLEXION_COLUMNS]
    return off


def main() -> int:
    """Train again and again; print, or put into the document."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("shards", type=Path, nargs="+", help="folders; the first tells the error")
    parser.add_argument("--again", type=Path, nargs="*", default=[], help="its first stills, looked at again")
    parser.add_argument("--into", type=Path, help="document whose marked blocks are replaced")
    options = parser.parse_args()
    train, watch, test = read_all(options.shards)
    blocks = {"landmarks": landmarks_md(train, watch, test), "curve": curve_md(train, watch, test)}
    if options.again:
        again = [read(folder, "test") for folder in options.again]
        blocks["twins"] = twins_md(train, joined([watch, test]), again)
    for name, block in blocks.items():
        sys.stdout.write(block + "\n")
        if options.into:
            put_into(options.into, MARK.format(name), block)
    return 0


# More stills


def curve_md(train: Data, watch: Data, test: Data) -> str:
    """Return the learning curve and what follows from it."""
    order = np.random.default_rng(0).permutation(len(train))
    counts, means, rows = [], [], []
    count = FIRST_COUNT
    while count < 2 * len(train):
        part = train.take(order[:count])
        turns = min(4.0, max(1.0, ENOUGH_EPOCHS / len(part)))
        cells = [str(len(part))]
        for recipe in (PRODUCT, WIDE):
            weights = ensemble(part, watch, replace(recipe, epochs=int(recipe.epochs * turns)))
            off, learned = errors(weights, test), errors(weights, part)
            cells += [_deg(np.nanmean(off)), f"{np.nanpercentile(off, 90):.0f}°", _deg(np.nanmean(learned))]
            if recipe is PRODUCT:
                counts.append(float(len(part)))
                means.append(float(np.nanmean(off)))
        rows.append(cells)
        sys.stderr.write(" ".join(cells) + "\n")
        count *= 2
    per_network = ["mean error", "90th percentile", "on those it learned from"]
    header = ["stills", *per_network, *(f"{name}, twice as wide" for name in per_network)]
    return markdown(header, rows) + "\n" + power_law(np.array(counts), np.array(means))


def power_law(counts: Floats, means: Floats) -> str:
    """Return in words where a power law through the curve leads.

    Mean error = floor + gain * (stills / 1000) ** -power, by least squares; it wants four points.
    """

    def law(thousands: Floats, floor: float, gain: float, power: float) -> Floats:
        return floor + gain * thousands**-power

    if len(counts) < 4:
        return ""
    known, spread = curve_fit(
        law, counts / 1000, means, p0=(7.0, 4.0, 0.3), bounds=([0.0, 0.0, 0.05], [12.0, 20.0, 2.0])
    )
    floor, gain, power = known
    more = ", ".join(
        f"{_deg(float(law(counts[-1:] * k / 1000, *known)[0]))} with {k} times" for k in (2, 4, 10)
    )
    return (
        f"Power law through the product's network: {floor:.1f} + {gain:.1f} (stills / 1000)^-{power:.2f} "
        f"degrees, the floor ± {np.sqrt(spread[0, 0]):.1f} (one standard error). It foretells {more} as "
        "many stills.\n"
    )


def _deg(number: float | np.floating[Any]) -> str:
    return f"{number:.1f}°"


# Better landmarks


def exact(data: Data, space: bool) -> Data:
    """Return poses with the main joints where they truly are in the picture, or also in space."""
    image, world = data.image_px.copy(), data.world_m.copy()
    image[:, MAIN_PLACES] = data.main_px
    if space:
        world[:, MAIN_PLACES] = data.main_m
    return replace(data, image_px=image, world_m=world)


def landmarks_md(train: Data, watch: Data, test: Data) -> str:
    """Return the errors that are left when landmarks get better."""
    clips = [read_trial(path) for path in sorted(TRIALS.glob("*.truth.npz")) if "_hard" not in path.name]
    rows = []
    for name, recipe in ((SEEN, PRODUCT), (IN_PICTURE, AS_IT_IS), (IN_SPACE, AS_IT_IS)):
        parts = [one if name == SEEN else exact(one, name == IN_SPACE) for one in (train, watch, test)]
        weights = ensemble(parts[0], parts[1], recipe)
        cells = [name, _deg(np.nanmean(errors(weights, parts[2])))]
        if name == IN_SPACE:  # trials tell where joints are in the picture, not along the camera's axes
            rows.append([*cells, *["-"] * (2 * len(GOALS))])
            continue
        found = [row for clip in clips for row in trial_errors(clip, weights, name == IN_PICTURE)]
        for wanted in GOALS.values():
            some = [row for row in found if wanted(row)]
            each = grouped(some, "exercise", "view", "side", "angle").values()
            by_angle = [[row for row in some if row.angle == angle] for angle in FLEXIONS]
            cells.append(" / ".join(_deg(mean_deg(pooled(one, "corrected"))) for one in by_angle))
            cells.append(f"{sum(meets(one, 'corrected') for one in each)} of {len(each)}")
        rows.append(cells)
        sys.stderr.write(" ".join(cells) + "\n")
    header = ["joints", "stills"]
    for goal in GOALS:
        header += [f"trials, {goal}: hip / knee", "rows at their goal"]
    return markdown(header, rows)


def trial_errors(clip: Clip, weights: Mapping[str, Floats], exactly: bool) -> Iterator[Errors]:
    """Yield the errors of hip and knee flexion in a trial, of every frame in which its joints were found."""
    poses = list(clip.recording.poses())
    frames = min(len(poses), len(clip.joints_px["hip.L"]))
    image, world, seen, size = (
        np.array([getattr(pose, name) for pose in poses[:frames]], dtype=np.float64)
        for name in ("image_px", "world_m", "visibility", "frame_size")
    )
    lost = np.isnan(image[:, MAIN_PLACES, 0]).any(axis=1)
    if exactly:
        image[:, MAIN_PLACES] = np.stack([clip.joints_px[name][:frames] for name in MAIN_NAMES], axis=1)
    told = Correction(weights).both_ways(image, world, seen, size, np.full(frames, np.nan))[0]
    told[lost] = np.nan
    for letter, side in SIDE_NAMES.items():
        for angle in FLEXIONS:
            answer = told[:, NAMES.index(f"{side}_{angle}")]
            off = {"corrected": apart_deg(answer, clip.true_deg[f"{angle}.{letter}"][:frames])}
            yield Errors(clip.name, clip.exercise, clip.view, place_of(clip, letter), angle, off)


# The very same person


def twins_md(train: Data, held_back: Data, again: Sequence[Data]) -> str:
    """Return how well people are read who were met before, in other clothes and rooms."""
    asked = held_back.take(np.isin(held_back.seed, joined(again).seed))
    watch = held_back.take(
        (held_back.seed > max(one.seed.max() for one in again)) & (held_back.seed % 2 == 0)
    )
    plain = ensemble(train, watch)
    rows = [["the stills of other people alone", _deg(np.nanmean(errors(plain, asked)))]]
    for count in sorted({1, len(again)}):
        met = ensemble(joined([train, *list(again[:count]) * TWINS_COUNT]), asked_for(watch, again[:count]))
        looks = "1 other look" if count == 1 else f"{count} other looks"
        rows.append([f"these people too, {looks} at each", _deg(np.nanmean(errors(met, asked)))])
        sys.stderr.write(" ".join(rows[-1]) + "\n")
    return (
        markdown(["learned from", f"mean error, {len(asked)} stills"], rows)
        + "\n"
        + spread(plain, asked, again)
    )


def asked_for(watch: Data, again: Sequence[Data]) -> Data:
    """Return what chooses when to stop: half of it people who are met again."""
    return joined([watch, again[0]])


def spread(weights: Mapping[str, Floats], asked: Data, again: Sequence[Data]) -> str:
    """Return in words how far the readings of one posture lie apart."""
    looks = [asked, *again]
    shared = sorted(set.intersection(*(set(one.seed.tolist()) for one in looks)))
    off = []
    for one in looks:
        place = {seed: i for i, seed in enumerate(one.seed.tolist())}
        some = one.take(np.array([place[seed] for seed in shared]))
        off.append((Correction(weights).both_ways(*some.landmarks)[0] - some.truth)[:, FLEXION_COLUMNS])
    of_all = np.array(off)
    apart = np.abs(of_all - of_all.mean(axis=0)).mean() * np.sqrt(len(looks) / (len(looks) - 1))
    return (
        f"Of {len(shared)} people who were found in all {len(looks)} looks, the product's network is "
        f"{_deg(np.nanmean(np.abs(of_all)))} off in the mean; the same posture reads {_deg(apart)} to either "
        f"side of its own mean from one set of clothes and room to the next, and the mean of all looks is "
        f"{_deg(np.nanmean(np.abs(of_all.mean(axis=0))))} off.\n"
    )


if __name__ == "__main__":
    raise SystemExit(main())

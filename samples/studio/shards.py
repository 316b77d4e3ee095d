"""Many stills through the pose model, into files that a killed run leaves whole and the next leaves alone.

Every still is shown several times to a fresh landmarker in video mode, as the product runs it (a single
look at a picture is another distribution).  Landmarks and truth are kept, pictures are not.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from formcheck.kinematics import body_of, hip_height_px
from formcheck.pose.blazepose import TaskLandmarker
from formcheck.pose.models import Model, load_model
from formcheck.pose.sighting import Candidate
from formcheck.pose.skeleton import Pose

from .design import draw
from .lens import Pixels
from .still import Still, at_rest, joint_pixels, make_still
from .truth import ANGLES, JOINT_NAMES, TURN_NAMES

PASSES, STEP_MS = 5, 33
"""How often a still is shown, and how far apart in the landmarker's time."""


class Landmarker(Protocol):
    """What a run needs of the pose model."""

    def detect(self, image: Pixels, time_ms: int) -> tuple[Candidate, ...]:
        """Return everyone found."""
        ...

    def close(self) -> None:
        """Release the native memory."""
        ...


@dataclass(frozen=True, slots=True)
class Run:
    """What is rendered.

    Attributes
    ----------
    folder : Path
    first, count, per_shard : int
        Seeds `first` to `first + count - 1`, so many to a file.
    split : str
        Of `design.SPLITS`.
    part, parts : int
        This process takes every `parts`-th shard, beginning with number `part` (from 0).
    exercise, put_in : str | None
        As for `design.draw`; None = as the seed gives it.
    again : int
        As for `design.draw`.
    """

    folder: Path
    first: int
    count: int
    per_shard: int = 50
    split: str = "all"
    part: int = 0
    parts: int = 1
    exercise: str | None = None
    put_in: str | None = None
    again: int = 0

    def path(self, shard: int) -> Path:
        """Return where a shard is kept."""
        return self.folder / f"{self.split}_{self.first + shard * self.per_shard:07d}.npz"

    def seeds(self, shard: int) -> range:
        """Return the stills of a shard."""
        begin = shard * self.per_shard
        return range(self.first + begin, self.first + min(begin + self.per_shard, self.count))

    def missing(self) -> Iterator[int]:
        """Yield the shards of this part that are not there yet."""
        for shard in range(self.part, -(-self.count // self.per_shard), self.parts):
            if not self.path(shard).exists():
                yield shard


def make_shards(
    run: Run,
    landmarkers: Callable[[], Landmarker] | None = None,
    report: Callable[[str], None] = lambda _: None,
) -> int:
    """Render what is missing; return how many stills that was.

    Parameters
    ----------
    landmarkers : callable, optional
        Makes a fresh landmarker; by default mediapipe with the product's full model.
    report : callable
        Told of every shard that is complete.
    """
    make = landmarkers or _product_landmarker(load_model("full"))
    run.folder.mkdir(parents=True, exist_ok=True)
    done, begun_s = 0, time.monotonic()
    for shard in run.missing():
        rows = [
            row_of(make_still(draw(seed, run.split, run.exercise, run.put_in, run.again)), make)
            for seed in run.seeds(shard)
        ]
        save(run.path(shard), rows)
        done += len(rows)
        a_minute = 60.0 * done / (time.monotonic() - begun_s)
        report(f"{run.path(shard).name}: {len(rows)} stills, {a_minute:.0f} a minute")
    return done


def _product_landmarker(model: Model) -> Callable[[], Landmarker]:
    return lambda: TaskLandmarker(model, video=True, poses=1)


def seen_by(make: Callable[[], Landmarker], pixels: Pixels) -> Candidate | None:
    """Return what a fresh landmarker sees the last time it is shown a picture; None = nobody."""
    landmarker = make()
    try:
        found = [landmarker.detect(pixels, i * STEP_MS) for i in range(PASSES)][-1]
    finally:
        landmarker.close()
    return found[0] if found else None


def stand_px(found: Candidate | None) -> float:
    """Return how high the pose model sees somebody's hips over the lower ankle, pixels; NaN = nobody."""
    if found is None:
        return float("nan")
    image, world, visibility = (
        part.astype(np.float64) for part in (found.image_px, found.world_m, found.visibility)
    )
    return hip_height_px(body_of(Pose(0.0, image, world, visibility)))


def row_of(still: Still, make: Callable[[], Landmarker]) -> dict[str, Any]:
    """Return everything that is kept of a still, by column."""
    told, camera = still.truth, still.camera
    found = seen_by(make, still.pixels)
    standing = seen_by(make, at_rest(still.shot).pixels) if still.shot.exercise.name == "squat" else None
    pixels = joint_pixels(still)
    nothing = np.full((33, 3), np.nan, np.float32)
    return {
        "design": json.dumps(still.shot.described()),
        "found": found is not None,
        "image_px": nothing[:, :2] if found is None else found.image_px,
        "world_m": nothing if found is None else found.world_m,
        "visibility": nothing[:, 0] if found is None else found.visibility,
        "stand_px": np.float32(stand_px(standing)),
        "presence": nothing[:, 0] if found is None else found.presence,
        "size": np.array(camera.size, np.int32),
        "angles_deg": np.array([told.angles_deg[name] for name in ANGLES], np.float32),
        "joints_m": np.array([told.joints_m[name] for name in JOINT_NAMES], np.float32),
        "joints_px": np.array([pixels[name] for name in JOINT_NAMES], np.float32),
        "hidden": np.array([still.hidden[name] for name in JOINT_NAMES]),
        "turns": np.array([told.turns[name] for name in TURN_NAMES], np.float32),
        "eye_m": camera.eye_m.astype(np.float32),
        "axes": camera.axes.astype(np.float32),
        "focal_px": np.float32(camera.focal_px),
    }


def save(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write a shard; it has its name only when it is complete.

    Arrays have one row a still; ``angle_names``, ``joint_names`` and ``turn_names`` name their columns.
    """
    columns = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    unfinished = path.with_name(f".{path.stem}.{os.getpid()}.npz")
    np.savez_compressed(
        unfinished,
        angle_names=np.array(ANGLES),
        joint_names=np.array(JOINT_NAMES),
        turn_names=np.array(TURN_NAMES),
        **columns,  # type: ignore[arg-type]
    )
    unfinished.rename(path)


def load(folder: Path, split: str = "*") -> dict[str, Any]:
    """Return all shards of a folder as one table; ``design`` as a list of dictionaries."""
    files = sorted(folder.glob(f"{split}_*.npz"))
    shards = [dict(np.load(path, allow_pickle=False)) for path in files]
    if not shards:
        raise FileNotFoundError(f"no shards of {split!r} in {folder}")
    table: dict[str, Any] = {
        name: shards[0][name]
        if name.endswith("_names")
        else np.concatenate([shard[name] for shard in shards])
        for name in shards[0]
    }
    table["design"] = [json.loads(str(text)) for text in table["design"]]
    return table

"""Poses of rendered people in named parts, packed small."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from formcheck.pose.sighting import Candidate, Sighting, stack_candidates

HERE = Path(__file__).parent
PX, M, SHARE = 1 / 16, 1e-4, 1 / 255
"""The smallest steps kept: pixels, metres, scores."""
Parts = Mapping[str, list[Sighting]]


def save(name: str, rate_hz: float, parts: Parts) -> Path:
    """Write the parts of one clip; of each picture only the person chosen is kept."""
    rows = [row for part in parts.values() for row in part]
    header = {
        "rate_hz": rate_hz,
        "size": list(rows[0].frame_size),
        "parts": {part: len(frames) for part, frames in parts.items()},
    }
    seen = [row for row in rows if row.chosen >= 0]
    people = stack_candidates(
        [Sighting(0.0, (0, 0), (row.candidates[row.chosen],), 0, False, 0.0, 1) for row in seen]
    )
    path = HERE / f"{name}.npz"
    np.savez_compressed(
        path,
        header=np.array(json.dumps(header)),
        seen=np.array([row.chosen >= 0 for row in rows]),
        cut=np.array([row.cut for row in rows]),
        people=np.array([row.people for row in rows], np.uint8),
        light=np.array([row.light for row in rows], np.float32),
        image_px=_steps(people["image_px"], PX, np.int16),
        world_m=_steps(people["world_m"], M, np.int16),
        visibility=_steps(people["visibility"], SHARE, np.uint8),
        presence=_steps(people["presence"], SHARE, np.uint8),
    )
    return path


def _steps(values: np.ndarray, step: float, kind: type[np.integer]) -> np.ndarray:
    limits = np.iinfo(kind)
    return np.clip(np.round(values / step), limits.min, limits.max).astype(kind)


def load(name: str) -> tuple[float, Parts]:
    """Return the rate and the parts; every part begins at time 0."""
    with np.load(HERE / f"{name}.npz", allow_pickle=False) as file:
        data = {key: file[key] for key in file.files}
    header = json.loads(str(data["header"]))
    rate_hz, size = header["rate_hz"], tuple(header["size"])
    place = np.cumsum(data["seen"]) - 1
    scales = {"image_px": PX, "world_m": M, "visibility": SHARE, "presence": SHARE}
    joints = {key: (data[key] * np.float32(step)).astype(np.float32) for key, step in scales.items()}
    parts: dict[str, list[Sighting]] = {}
    first = 0
    for part, length in header["parts"].items():
        parts[part] = [
            Sighting(
                time_s=(at - first) / rate_hz,
                frame_size=size,
                candidates=_candidate(joints, int(place[at])) if data["seen"][at] else (),
                chosen=0 if data["seen"][at] else -1,
                cut=bool(data["cut"][at]),
                light=float(data["light"][at]),
                people=int(data["people"][at]),
            )
            for at in range(first, first + length)
        ]
        first += length
    return rate_hz, parts


def _candidate(joints: Mapping[str, np.ndarray], at: int) -> tuple[Candidate, ...]:
    return (Candidate(*(joints[key][at] for key in ("image_px", "world_m", "visibility", "presence"))),)

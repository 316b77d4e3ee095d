"""Damage a poses file at random, again and again, and review each: nothing but one line may come back.

    python benchmarks/damaged_poses.py POSES.npz [--files N] [--seed N]

Half of the files have damaged bytes (a few overwritten, a piece cut out, the end missing); in the other half
the archive is whole and one of its arrays or one value of its header is damaged, which checksums would hide.
Prints how many were refused, how many could be reviewed all the same, and every traceback; the exit code is 1
after any.  Too slow for the tests, which play a few of the same damages.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import traceback
import warnings
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

import formcheck
from formcheck.errors import FormcheckError

ODD: tuple[Any, ...] = (None, -1, 0, 1e308, float("nan"), "", "x" * 300, [], {}, True, "\0")
"""What a value of the header is replaced by."""


def damaged_bytes(data: bytes, rng: np.random.Generator) -> bytes:
    """Return the file with some of its bytes overwritten, cut out or missing."""
    kind = rng.integers(3)
    if kind == 0:
        changed = np.frombuffer(data, np.uint8).copy()
        where = rng.integers(0, len(changed), rng.integers(1, 20))
        changed[where] = rng.integers(0, 256, len(where))
        return changed.tobytes()
    at = int(rng.integers(len(data)))
    return data[:at] if kind == 1 else data[:at] + data[at + int(rng.integers(1, 500)) :]


def damaged_content(data: bytes, rng: np.random.Generator) -> bytes:
    """Return the file with one of its arrays or one value of its header damaged."""
    with np.load(io.BytesIO(data)) as archive:
        arrays = {name: archive[name] for name in archive.files}
    if rng.random() < 0.5:
        header = json.loads(str(arrays["header"]))
        part = header if rng.random() < 0.3 else header[str(rng.choice(["source", "software", "options"]))]
        if part:
            key = list(part)[int(rng.integers(len(part)))]
            if rng.random() < 0.2:
                del part[key]
            else:
                part[key] = ODD[int(rng.integers(len(ODD)))]
        arrays["header"] = np.array(json.dumps(header))
    else:
        name = sorted(set(arrays) - {"header"})[int(rng.integers(len(arrays) - 1))]
        arrays[name] = _damaged_array(arrays[name], rng)
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    return file.getvalue()


def _damaged_array(array: np.ndarray[Any, Any], rng: np.random.Generator) -> np.ndarray[Any, Any]:
    kind = rng.integers(4)
    if kind == 0 or not array.size:
        return array[: len(array) // 2]
    if kind == 1:
        return array.astype(str)
    changed = array.copy()
    where = rng.integers(0, changed.size, max(1, changed.size // 50))
    wild = rng.choice([0, 1, -1, 127, 1e30, -1e30, np.inf, np.nan], len(where))
    with np.errstate(all="ignore"):
        changed.reshape(-1)[where] = wild.astype(array.dtype)
    return changed


def main() -> int:
    """Damage, review and count."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("poses", type=Path)
    parser.add_argument("--files", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    data, rng = options.poses.read_bytes(), np.random.default_rng(options.seed)
    found: Counter[str] = Counter()
    warnings.simplefilter("ignore")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "poses.npz"
        for number in range(options.files):
            damage = damaged_bytes if number % 2 else damaged_content
            path.write_bytes(damage(data, rng))
            try:
                formcheck.review(path)
                found["reviewed"] += 1
            except FormcheckError as error:
                found["refused" if "\n" not in str(error) else "refused in several lines"] += 1
            except Exception:  # noqa: BLE001 - what this program looks for
                found["traceback"] += 1
                print(f"file {number}:\n{traceback.format_exc()}", file=sys.stderr)
    print(", ".join(f"{count} {what}" for what, count in sorted(found.items())))
    return 1 if set(found) - {"refused", "reviewed"} else 0


if __name__ == "__main__":
    sys.exit(main())

"""Make ``docs/annotated.png``, the picture in the README, from the samples.

    python docs/picture.py

Each sample is reviewed as users do, and one frame of its ``annotated.mp4`` is taken.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import av
from PIL import Image

from formcheck.cli import main as formcheck

ROOT = Path(__file__).resolve().parent.parent
SHOWN = (("squat_side", 6.35), ("bridge_side", 6.35), ("clamshell_front", 6.35), ("march_side", 7.35))
"""Sample and time in seconds."""
TILE = (480, 360)
COLOURS = 256


def frame_at(video: Path, time_s: float) -> Image.Image:
    """Return the first frame at or after a time."""
    with av.open(str(video)) as container:
        for frame in container.decode(video=0):
            if frame.time is not None and frame.time >= time_s:
                return Image.fromarray(frame.to_ndarray(format="rgb24"))
    raise SystemExit(f"{video} is shorter than {time_s} s")


def main() -> None:
    """Review the samples and lay the frames side by side, two by two."""
    picture = Image.new("RGB", (2 * TILE[0], 2 * TILE[1]))
    for number, (name, time_s) in enumerate(SHOWN):
        with tempfile.TemporaryDirectory() as folder:
            formcheck(["review", str(ROOT / "samples" / f"{name}.mp4"), "--out", folder, "--quiet"])
            (results,) = Path(folder).iterdir()
            tile = frame_at(results / "annotated.mp4", time_s).resize(TILE, Image.Resampling.LANCZOS)
        picture.paste(tile, (number % 2 * TILE[0], number // 2 * TILE[1]))
    small = picture.quantize(COLOURS, dither=Image.Dither.NONE)
    small.save(ROOT / "docs" / "annotated.png", optimize=True)


if __name__ == "__main__":
    main()

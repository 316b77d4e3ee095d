"""The studio's commands: `python -m samples.studio still|clip|shards ...`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from .clip import frames as clip_frames
from .clip import smaller, take, write_clip
from .clips import CLIPS
from .design import SPLITS, draw
from .motions import EXERCISES
from .render import FAST, FINE
from .shards import Run, make_shards
from .still import make_still
from .trials import add_command as add_trials


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return the exit code."""
    asked = _parser().parse_args(arguments)
    asked.run(asked)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m samples.studio", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    still = commands.add_parser("still", help="stills of the design, as PNG with the truth beside them")
    still.add_argument("seeds", type=int, nargs="+")
    still.add_argument("--exercise", choices=list(EXERCISES))
    still.add_argument("--split", choices=list(SPLITS), default="all")
    still.add_argument("--fine", action="store_true", help="smooth edges and shadows; four times slower")
    still.add_argument("--out", type=Path, default=Path("out"))
    still.set_defaults(run=_still)
    clip = commands.add_parser("clip", help="rendered samples: " + ", ".join(CLIPS))
    clip.add_argument("names", nargs="*", metavar="NAME", help="default: all")
    clip.add_argument("--side", type=int, help="longer side of the picture, pixels")
    clip.add_argument("--frames", type=int, nargs="+", help="only these, as PNG")
    clip.add_argument("--fast", action="store_true", help="rough edges and shadows; four times faster")
    clip.add_argument("--out", type=Path, default=Path("out"))
    clip.set_defaults(run=_clip)
    shards = commands.add_parser("shards", help="many stills through the pose model; can be resumed")
    shards.add_argument("--out", type=Path, required=True)
    shards.add_argument("--first", type=int, default=0, help="first seed")
    shards.add_argument("--count", type=int, required=True, help="how many stills")
    shards.add_argument("--per-shard", type=int, default=50)
    shards.add_argument("--split", choices=list(SPLITS), default="train")
    shards.add_argument("--part", default="1/1", help="K/N: of N processes side by side this is the K-th")
    shards.set_defaults(run=_shards)
    add_trials(commands)
    return parser


def _still(asked: argparse.Namespace) -> None:
    asked.out.mkdir(parents=True, exist_ok=True)
    for seed in asked.seeds:
        still = make_still(draw(seed, asked.split, asked.exercise), FINE if asked.fine else FAST)
        path = asked.out / f"still_{seed:07d}.png"
        Image.fromarray(still.pixels).save(path)
        told = {
            "design": still.shot.described(),
            "angles_deg": still.truth.angles_deg,
            "hidden": still.hidden,
        }
        path.with_suffix(".json").write_text(json.dumps(told, indent=1), encoding="utf-8")
        _say(str(path))


def _clip(asked: argparse.Namespace) -> None:
    unknown = [name for name in asked.names if name not in CLIPS]
    if unknown:
        raise SystemExit(f"no clip named {', '.join(unknown)}; there are {', '.join(CLIPS)}")
    quality = FAST if asked.fast else FINE
    for name in asked.names or CLIPS:
        plan = smaller(CLIPS[name], asked.side) if asked.side else CLIPS[name]
        if not asked.frames:
            _say(str(write_clip(plan, asked.out, quality)))
            continue
        asked.out.mkdir(parents=True, exist_ok=True)
        one = take(plan, quality)
        for number in asked.frames:
            for frame, pixels in clip_frames(one, range(number, number + 1)):
                path = asked.out / f"{name}_{frame:04d}.png"
                Image.fromarray(pixels).save(path)
                _say(str(path))


def _shards(asked: argparse.Namespace) -> None:
    part, _, parts = asked.part.partition("/")
    run = Run(
        asked.out, asked.first, asked.count, asked.per_shard, asked.split, int(part) - 1, int(parts or 1)
    )
    made = make_shards(run, report=_say)
    _say(f"{made} stills made; nothing is missing")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

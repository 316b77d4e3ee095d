"""The studio's commands: `python -m samples.studio still|clip|shards|atlas ...`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from . import atlas_page
from .atlas import Table, as_csv, cells, compare, every_cell_of, learned
from .clip import frames as clip_frames
from .clip import smaller, take, write_clip
from .clips import CLIPS
from .design import SPLITS, draw
from .faults import names
from .motions import EXERCISES
from .render import FAST, FINE
from .rotation import Floats
from .shards import Run, load, make_shards
from .skeleton import solve
from .still import make_still
from .trials import add_command as add_trials
from .truth import ANGLES, JOINT_NAMES, mirrored, truth

ATLAS = ("formcheck/data/atlas.csv", "docs/error-atlas.md", "docs/error-atlas")
"""Table, page and plots of the error atlas, in the project's folder."""


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
    shards.add_argument("--exercise", choices=list(EXERCISES), help="instead of all four")
    shards.add_argument("--fault", help="of that exercise, in every still, at the end of the movement")
    shards.add_argument(
        "--again",
        type=int,
        default=0,
        metavar="K",
        help="the same people, postures and cameras with other clothes, rooms and light; each K anew, into a "
        "folder of its own",
    )
    shards.add_argument("--part", default="1/1", help="K/N: of N processes side by side this is the K-th")
    shards.set_defaults(run=_shards)
    add_trials(commands)
    atlas = commands.add_parser("atlas", help="the error of every measure on stills: table, page and plots")
    atlas.add_argument("--shards", type=Path, required=True, help="folder that `shards` filled")
    atlas.add_argument("--out", type=Path, default=Path(), help="project folder; default: this one")
    atlas.add_argument("--full", type=Path, help="also the whole table: leg, phase and visibility apart")
    atlas.set_defaults(run=_atlas)
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
    if asked.fault is not None and asked.fault not in (names(asked.exercise) if asked.exercise else ()):
        raise SystemExit("--fault wants an --exercise and one of its faults (samples/studio/faults.py)")
    run = Run(
        folder=asked.out,
        first=asked.first,
        count=asked.count,
        per_shard=asked.per_shard,
        split=asked.split,
        part=int(part) - 1,
        parts=int(parts or 1),
        exercise=asked.exercise,
        put_in=asked.fault,
        again=asked.again,
    )
    made = make_shards(run, report=_say)
    _say(f"{made} stills made; nothing is missing")


def _atlas(asked: argparse.Namespace) -> None:
    rows, counts = compare(_load(asked.shards), learned())
    table = cells(rows)
    data, page, plots = (asked.out / place for place in ATLAS)
    _write(data, as_csv(table))
    if asked.full:
        _write(asked.full, as_csv(cells(rows, every_cell_of)))
    text = page.read_text(encoding="utf-8")
    for name, block in (
        ("grades", atlas_page.grades_md(table)),
        ("as asked", atlas_page.grades_md(cells(row for row in rows if row.as_asked))),
        ("made of", atlas_page.made_of_md(counts, rows)),
        ("left out", atlas_page.left_out_md(counts)),
        ("labels", atlas_page.labels_md(counts)),
        ("picture", atlas_page.picture_md(rows)),
    ):
        text = atlas_page.with_block(text, name, block)
    _write(page, text)
    plots.mkdir(parents=True, exist_ok=True)
    atlas_page.draw_flexion(rows, plots / "flexion.svg")
    atlas_page.draw_others(rows, plots / "others.svg")
    _say(f"plots in {plots}")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    _say(f"{path}: {len(text.encode()) / 1000:.0f} kB")


def _load(folder: Path) -> Table:
    """Return all shards as one table that tells each still's split and what is true of its person at rest.

    The posture at rest follows from the seed without a picture; it is kept in the folder's own ``rest``.
    """
    (folder / "rest").mkdir(exist_ok=True)
    paths: list[Path] = []
    while paths != sorted(folder.glob("*_*.npz")):  # another process may be adding to them
        paths = sorted(folder.glob("*_*.npz"))
        table = load(folder)
    splits: list[str] = []
    rests = []
    for path in paths:
        split = path.stem.rpartition("_")[0]
        kept = folder / "rest" / path.name
        with np.load(path) as shard:
            designs = [json.loads(str(text)) for text in shard["design"]]
        if not kept.exists():
            made = [_at_rest(int(design["seed"]), split) for design in designs]
            unfinished = kept.with_name(f".{kept.stem}.{os.getpid()}.npz")
            np.savez_compressed(unfinished, joints_m=[m for m, _ in made], angles_deg=[a for _, a in made])
            unfinished.rename(kept)
            _say(f"{kept}: {len(made)} postures at rest")
        with np.load(kept) as rest:
            rests.append((rest["joints_m"], rest["angles_deg"]))
        splits += [split] * len(designs)
    return {
        **table,
        "split": splits,
        "rest_joints_m": np.concatenate([joints for joints, _ in rests]),
        "rest_angles_deg": np.concatenate([angles for _, angles in rests]),
    }


def _at_rest(seed: int, split: str) -> tuple[Floats, Floats]:
    """Return joints and angles of a still's person at rest."""
    shot = draw(seed, split)
    figure = solve(shot.body, shot.exercise.poser(shot.body, shot.rest, shot.arms)(shot.settings(0.0)))
    told = truth(figure, figure.mesh())
    told = mirrored(told) if shot.mirrored else told
    joints = np.array([told.joints_m[name] for name in JOINT_NAMES])
    return joints, np.array([told.angles_deg[name] for name in ANGLES])


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

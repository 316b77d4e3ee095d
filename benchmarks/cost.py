"""Cost of a whole analysis as a ratio to bare decoding and detection, and print a Markdown table.

    python benchmarks/cost.py [CLIP] [--runs 5] [--model full]

bare
    What nobody can do without: PyAV decodes the clip to RGB, one mediapipe pose landmarker in video mode with
    ``num_poses=1``, from the same bundle, looks at every frame.
formcheck
    ``formcheck.review(CLIP)``: the same, and checksums, the look for other people, choosing and checking the
    person, angles, recognition of the exercise, counting.  No annotated video, no files.

Every run is a process of its own and the two alternate, so that whatever else the machine does hits both.
Imports are not measured: they are the same for both and would flatter the ratio.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

SAMPLE = Path(__file__).resolve().parent.parent / "samples" / "squat_side.mp4"
LIMIT = 1.15
"""The whole may cost this many times the bare loop."""
KINDS = ("bare", "formcheck")


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds that one run took."""

    cpu_s: float
    wall_s: float


# What is measured, in a process of its own


def run_bare(clip: Path, model: str) -> None:
    """Decode every frame to RGB and detect one pose in it."""
    import av  # noqa: PLC0415  (only the process that measures needs it)
    import mediapipe as mp  # noqa: PLC0415

    from formcheck.pose.models import bundle_folder  # noqa: PLC0415

    vision, base = mp.tasks.vision, mp.tasks.BaseOptions
    options = vision.PoseLandmarkerOptions(
        base_options=base(model_asset_buffer=(bundle_folder() / f"pose_{model}.task").read_bytes()),
        running_mode=vision.RunningMode.VIDEO,
        num_poses=1,
    )
    with av.open(str(clip)) as container, vision.PoseLandmarker.create_from_options(options) as landmarker:
        container.streams.video[0].thread_type = "AUTO"
        for frame in container.decode(video=0):
            picture = mp.Image(image_format=mp.ImageFormat.SRGB, data=frame.to_ndarray(format="rgb24"))
            landmarker.detect_for_video(picture, round((frame.time or 0.0) * 1000))


def run_formcheck(clip: Path, model: str) -> None:
    """Analyse the clip as users do."""
    import formcheck  # noqa: PLC0415

    formcheck.review(clip, model=model)


def _load_libraries() -> None:
    """Import everything that both kinds use, before the clock starts."""
    import av  # noqa: F401, PLC0415
    import mediapipe  # noqa: F401, PLC0415

    import formcheck.pose.blazepose  # noqa: PLC0415
    import formcheck.video.files  # noqa: F401, PLC0415


def measure_here(kind: str, clip: Path, model: str) -> Cost:
    """Run one kind in this process and return what it took, all threads together."""
    work: Callable[[Path, str], None] = run_bare if kind == "bare" else run_formcheck
    _load_libraries()
    cpu_s, wall_s = time.process_time(), time.perf_counter()
    work(clip, model)
    return Cost(time.process_time() - cpu_s, time.perf_counter() - wall_s)


# Who measures


def measure(kind: str, clip: Path, model: str) -> Cost:
    """Run one kind in a fresh process."""
    command = [sys.executable, str(Path(__file__)), str(clip), "--model", model, "--only", kind]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{kind} failed:\n{done.stderr}")
    return Cost(**json.loads(done.stdout))


def ratios(runs: dict[str, list[Cost]]) -> tuple[float, float]:
    """Return the median over the pairs of runs of formcheck to bare: CPU time, wall time."""
    pairs = list(zip(runs["formcheck"], runs["bare"], strict=True))
    return median(a.cpu_s / b.cpu_s for a, b in pairs), median(a.wall_s / b.wall_s for a, b in pairs)


def table(runs: dict[str, list[Cost]]) -> str:
    """Return the runs and their ratios as Markdown."""
    lines = [
        "| run | bare: CPU | wall | formcheck: CPU | wall | ratio: CPU | wall |",
        "|---|---|---|---|---|---|---|",
    ]
    for number, (bare, ours) in enumerate(zip(runs["bare"], runs["formcheck"], strict=True), start=1):
        seconds = (bare.cpu_s, bare.wall_s, ours.cpu_s, ours.wall_s)
        cells = [f"{value:.2f} s" for value in seconds]
        cells += [f"{ours.cpu_s / bare.cpu_s:.3f}", f"{ours.wall_s / bare.wall_s:.3f}"]
        lines.append(f"| {number} | {' | '.join(cells)} |")
    cpu, wall = ratios(runs)
    return "\n".join([*lines, f"| **median** | | | | | **{cpu:.3f}** | **{wall:.3f}** |"]) + "\n"


def _load_average() -> str:
    return " ".join(f"{load:.2f}" for load in os.getloadavg()) + f" on {os.cpu_count()} processors"


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and return 1 when a ratio is above the limit."""
    parser = argparse.ArgumentParser(description="Cost of an analysis over bare decoding and detection.")
    parser.add_argument("clip", nargs="?", type=Path, default=SAMPLE, metavar="CLIP")
    parser.add_argument("--runs", type=int, default=5, help="pairs of runs (default: 5)")
    parser.add_argument("--model", choices=("lite", "full", "heavy"), default="full")
    parser.add_argument("--only", choices=KINDS, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.only:
        cost = measure_here(options.only, options.clip, options.model)
        print(json.dumps({"cpu_s": cost.cpu_s, "wall_s": cost.wall_s}))
        return 0
    print(f"{options.clip.name}, model {options.model}. Load average before: {_load_average()}.\n")
    runs: dict[str, list[Cost]] = {kind: [] for kind in KINDS}
    for number in range(options.runs):
        for kind in KINDS if number % 2 == 0 else reversed(KINDS):
            runs[kind].append(measure(kind, options.clip, options.model))
    print(table(runs))
    print(f"Load average after: {_load_average()}. Limit: {LIMIT}.")
    return 0 if max(ratios(runs)) <= LIMIT else 1


if __name__ == "__main__":
    raise SystemExit(main())

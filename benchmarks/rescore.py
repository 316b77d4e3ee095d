"""Time to score recorded poses again, without the video.

    python benchmarks/rescore.py [CLIP] [--runs 5]

A sample is repeated to one minute of poses; then ``formcheck.review`` scores the ``poses.npz`` in a process
that has already started, and ``formcheck review poses.npz --json`` as a whole command.  Both run on one
thread, so their CPU time is what they take on an idle machine; that is what the limits are held against.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median

import formcheck
from formcheck.cli import native_chatter_silenced
from formcheck.pose import recorded
from formcheck.pose.recorded import Recording
from formcheck.pose.sighting import Sighting

SAMPLE = Path(__file__).resolve().parent.parent / "samples" / "squat_side.mp4"
MINUTE_S = 60.0
SCORING_LIMIT_S = 1.0
COMMAND_LIMIT_S = 2.0


def one_minute(recording: Recording) -> Recording:
    """Return the recording repeated until it lasts a minute."""
    rows = list(recording.sightings)
    period_s = rows[-1].time_s - rows[0].time_s + (rows[1].time_s - rows[0].time_s)
    repeated: list[Sighting] = []
    while not repeated or repeated[-1].time_s < MINUTE_S:
        shift_s = period_s * (len(repeated) // len(rows))
        repeated += [replace(row, time_s=row.time_s + shift_s) for row in rows]
    kept = [row for row in repeated if row.time_s < MINUTE_S]
    source = replace(recording.source, duration_s=MINUTE_S, frames=len(kept), frames_analysed=len(kept))
    return replace(recording, source=source, sightings=kept)


def timed(work: Callable[[], object], runs: int) -> tuple[float, float]:
    """Return the medians of CPU seconds (this process and its children) and wall seconds of the work."""
    taken = []
    for _ in range(runs):
        start_s, cpu_s = time.perf_counter(), _cpu_s()
        work()
        taken.append((_cpu_s() - cpu_s, time.perf_counter() - start_s))
    cpu, wall = zip(*taken, strict=True)
    return median(cpu), median(wall)


def _cpu_s() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and return 1 above a limit."""
    parser = argparse.ArgumentParser(description="Time to score one minute of recorded poses.")
    parser.add_argument("clip", nargs="?", type=Path, default=SAMPLE, metavar="CLIP")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        poses = Path(name) / "poses.npz"
        with native_chatter_silenced():
            recording = one_minute(formcheck.review(options.clip).recording)
        with poses.open("wb") as file:
            recorded.save(recording, file)
        command = [sys.executable, "-m", "formcheck", "review", str(poses), "--json"]
        scoring = timed(lambda: formcheck.review(poses), options.runs)
        whole = timed(lambda: subprocess.run(command, stdout=subprocess.DEVNULL, check=True), options.runs)
    print(f"{MINUTE_S:.0f} s, {len(recording.sightings)} frames; load average {os.getloadavg()[0]:.1f}")
    print(f"scoring: {scoring[0]:.2f} s of CPU, {scoring[1]:.2f} s (limit {SCORING_LIMIT_S:.0f} s)")
    print(f"whole command: {whole[0]:.2f} s of CPU, {whole[1]:.2f} s (limit {COMMAND_LIMIT_S:.0f} s)")
    return 0 if scoring[0] <= SCORING_LIMIT_S and whole[0] <= COMMAND_LIMIT_S else 1


if __name__ == "__main__":
    raise SystemExit(main())

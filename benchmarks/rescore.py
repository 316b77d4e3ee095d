"""Time to score recorded poses again, without the video.

    python benchmarks/rescore.py [CLIP] [--runs 5] [--batch 6] [--seconds 12]

A sample is repeated to one minute of poses; then ``formcheck.review`` scores the ``poses.npz`` in a process
that has already started, and ``formcheck review poses.npz --json`` as a whole command.  Both run on one
thread, so their CPU time is what they take on an idle machine; that is what the limits are held against.

``--batch N`` times instead ``formcheck batch`` over N recordings, and the same again with another profile:
whole runs with one worker on one processor, from start to tables, and what each recording took.  CPU time is
held against the limit, as above.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import formcheck
from benchmarks.batch import make_recordings
from formcheck.cli import native_chatter_silenced
from formcheck.pose import recorded
from formcheck.pose.recorded import Recording
from formcheck.pose.sighting import Sighting
from formcheck.profile import GENTLE, STANDARD, Profile

SAMPLE = Path(__file__).resolve().parent.parent / "samples" / "squat_side.mp4"
MINUTE_S = 60.0
SCORING_LIMIT_S = 1.0
COMMAND_LIMIT_S = 2.0
LEAST_TIMES = 15.0
"""So many times as fast a batch scores again as it scored first."""


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


@dataclass(frozen=True, slots=True)
class Run:
    """What a whole run took, and one recording on the average."""

    wall_s: float
    cpu_s: float
    each_wall_s: float
    each_cpu_s: float


def run_batch(folder: Path, out: Path, profile: Profile) -> Run:
    """Score everything with one worker on one processor."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - for the batch alone

    from formcheck.batch.command import Request, batch  # noqa: PLC0415

    start_s, cpu_s = time.perf_counter(), _cpu_s()
    result = batch(Request(out=str(out), paths=[str(folder)], jobs=1, cpus_each=1, profile=profile))
    wall_s, cpu_s = time.perf_counter() - start_s, _cpu_s() - cpu_s
    if result.failed:
        raise SystemExit(f"{result.failed} recordings failed: {result.about['reasons']}")
    table = pq.read_table(out / "videos.parquet", columns=["processing_s", "cpu_s"]).to_pydict()
    return Run(wall_s, cpu_s, median(table["processing_s"]), median(table["cpu_s"]))


def compare_batches(clip: Path, count: int, seconds: float) -> int:
    """Score a batch, and again with another profile; print, and return 1 below the limit."""
    with tempfile.TemporaryDirectory() as name:
        folder, out = Path(name) / "in", Path(name) / "out"
        folder.mkdir()
        make_recordings(clip, folder, count, seconds)
        with native_chatter_silenced():
            first, again = run_batch(folder, out, STANDARD), run_batch(folder, out, GENTLE)
            kept_mb = sum(one.stat().st_size for one in (out / "poses").iterdir()) / 1e6
    print(
        f"{count} recordings of {seconds:g} s, one worker; load average {os.getloadavg()[0]:.1f}; "
        f"kept poses {60 * kept_mb / count / seconds:.1f} MB a minute\n\n"
        "| | decoded: CPU s | from poses: CPU s | times as fast "
        "| decoded: s | from poses: s | times as fast |\n"
        "|---|---|---|---|---|---|---|"
    )
    for words, *taken in (
        ("each recording", first.each_cpu_s, again.each_cpu_s, first.each_wall_s, again.each_wall_s),
        ("the whole run", first.cpu_s, again.cpu_s, first.wall_s, again.wall_s),
    ):
        cells = (
            f"{before:.2f} | {after:.2f} | {before / after:.1f}" for before, after in (taken[:2], taken[2:])
        )
        print(f"| {words} | {' | '.join(cells)} |")
    return 0 if first.each_cpu_s >= LEAST_TIMES * again.each_cpu_s else 1


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and return 1 above a limit."""
    parser = argparse.ArgumentParser(description="Time to score one minute of recorded poses.")
    parser.add_argument("clip", nargs="?", type=Path, default=SAMPLE, metavar="CLIP")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--batch", type=int, metavar="N", help="time a batch of so many recordings instead")
    parser.add_argument("--seconds", type=float, default=12.0, help="length of each of them (default: 12)")
    options = parser.parse_args(arguments)
    if options.batch:
        return compare_batches(options.clip, options.batch, options.seconds)
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

"""How fast ``formcheck batch`` is: recordings a minute, cost over bare detection, memory; prints Markdown.

    python benchmarks/batch.py [--recordings 6] [--seconds 12] [--runs 3] [--memory 200]

Recordings are a piece of a sample with some bytes at the end that no decoder reads, so that each is another
file and all cost the same.  Everything runs under one thread limit: the bare loop and every worker are tied
to one processor each.

bare
    PyAV decodes a recording to RGB, one mediapipe pose landmarker in video mode looks at every frame.
1 worker, 2 workers
    A whole run: hashes, receipts, scoring, results.  The rate counts from the first recording in the hands of
    a worker to the end of the last; CPU is that of the workers from opening to result, and all of the parent.

Kinds alternate, each in a process of its own.  What other programs took of the processors meanwhile is told;
medians are of the runs in which that was little, if there are any.  Memory is that of the worker processes
while one run goes through many short recordings.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from threading import Event, Thread

import av

SAMPLE = Path(__file__).resolve().parent.parent / "samples" / "squat_side.mp4"
KINDS = ("bare", "1 worker", "2 workers")
LEAST_GAIN = 1.8
MOST_RATIO = 1.2
MOST_OTHERS = 0.05
"""A run in which others had more of the processors is disturbed."""
TYPICAL_S = 60.0
"""Length of the recordings that the cost of a million is told for."""
PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 1e6


@dataclass(frozen=True, slots=True)
class Took:
    """What one recording took on the average of a run; ``per_min`` is of the whole run.

    ``others`` is the share of the machine's processors that other programs had meanwhile.
    """

    cpu_s: float
    per_min: float
    others: float = 0.0


# What is measured, in a process of its own


def make_recordings(clip: Path, folder: Path, count: int, seconds: float) -> None:
    """Write equal recordings that are different files."""
    piece = folder / "piece.part"
    with av.open(str(clip)) as whole, av.open(str(piece), "w", format="mp4") as part:
        video = whole.streams.video[0]
        stream = part.add_stream_from_template(video)
        for packet in whole.demux(video):
            if packet.dts is not None and packet.dts * (packet.time_base or 1) < seconds:
                packet.stream = stream
                part.mux(packet)
    data = piece.read_bytes()
    piece.unlink()
    for number in range(count):
        (folder / f"{number:04}.mp4").write_bytes(data + f"recording {number}".encode())


def run_bare(folder: Path) -> Took:
    """Decode and detect, on one processor."""
    import mediapipe as mp  # noqa: PLC0415  (only the process that measures needs it)

    from formcheck.pose.models import bundle_folder  # noqa: PLC0415

    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    vision, base = mp.tasks.vision, mp.tasks.BaseOptions
    options = vision.PoseLandmarkerOptions(
        base_options=base(model_asset_buffer=(bundle_folder() / "pose_full.task").read_bytes()),
        running_mode=vision.RunningMode.VIDEO,
        num_poses=1,
    )
    clips = sorted(folder.glob("*.mp4"))
    cpu_s, wall_s = time.process_time(), time.perf_counter()
    for clip in clips:
        with (
            av.open(str(clip)) as container,
            vision.PoseLandmarker.create_from_options(options) as landmarker,
        ):
            container.streams.video[0].thread_type = "AUTO"
            for frame in container.decode(video=0):
                picture = mp.Image(image_format=mp.ImageFormat.SRGB, data=frame.to_ndarray(format="rgb24"))
                landmarker.detect_for_video(picture, round((frame.time or 0.0) * 1000))
    cpu_s, wall_s = time.process_time() - cpu_s, time.perf_counter() - wall_s
    return Took(cpu_s / len(clips), 60 * len(clips) / wall_s)


def run_batch(folder: Path, jobs: int) -> Took:
    """Score everything with so many workers, on one processor each."""
    import pyarrow.parquet as pq  # noqa: PLC0415

    from formcheck.batch.command import Request, batch  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as out:
        own_s = time.process_time()
        result = batch(Request(out=out, paths=[str(folder)], jobs=jobs, cpus_each=1))
        own_s = time.process_time() - own_s
        if result.failed:
            raise SystemExit(f"{result.failed} recordings failed: {result.about['reasons']}")
        cpu_s = pq.read_table(Path(out) / "videos.parquet")["cpu_s"].to_pylist()
    return Took((sum(cpu_s) + own_s) / len(cpu_s), result.about["recordings_per_min"])


def measure_here(kind: str, folder: Path) -> Took:
    """Run one kind in this process."""
    return run_bare(folder) if kind == "bare" else run_batch(folder, int(kind[0]))


# Who measures


def measure(kind: str, folder: Path) -> Took:
    """Run one kind in a fresh process."""
    command = [sys.executable, str(Path(__file__)), "--only", kind, "--folder", str(folder)]
    began_s, others_s = time.monotonic(), _busy_s() - _children_s()
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    wall_s, others_s = time.monotonic() - began_s, _busy_s() - _children_s() - others_s
    if done.returncode != 0:
        raise SystemExit(f"{kind} failed:\n{done.stderr}")
    others = max(0.0, others_s / wall_s / (os.cpu_count() or 1))
    return replace(Took(**json.loads(done.stdout)), others=others)


def _busy_s() -> float:
    """Return how long the processors of this machine have worked, all together."""
    user, nice, system = Path("/proc/stat").read_text().split()[1:4]
    return (int(user) + int(nice) + int(system)) / os.sysconf("SC_CLK_TCK")


def _children_s() -> float:
    """Return the CPU time of the processes that we started and that have ended, with all of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def quiet(runs: dict[str, list[Took]]) -> dict[str, list[Took]]:
    """Return the runs that others did not disturb; all of them if there are none."""
    rows = list(zip(*(runs[kind] for kind in KINDS), strict=True))
    calm = [row for row in rows if max(took.others for took in row) <= MOST_OTHERS] or rows
    return {kind: [row[i] for row in calm] for i, kind in enumerate(KINDS)}


def memory_of_workers(clip: Path, count: int) -> list[tuple[int, float]]:
    """Return how much the largest worker holds (MB) after so many results, over one run of two workers."""
    seen: list[tuple[int, float]] = []
    with tempfile.TemporaryDirectory() as name:
        folder, out = Path(name) / "in", Path(name) / "out"
        folder.mkdir()
        make_recordings(clip, folder, count, 1.5)
        over = Event()
        watcher = Thread(target=_watch, args=(out, seen, over))
        watcher.start()
        from formcheck.batch.command import Request, batch  # noqa: PLC0415

        batch(Request(out=str(out), paths=[str(folder)], jobs=2, cpus_each=1))
        over.set()
        watcher.join()
    return seen


def _watch(out: Path, seen: list[tuple[int, float]], over: Event) -> None:
    while not over.wait(0.5):
        done = sum(1 for _ in (out / "results").glob("*")) if (out / "results").exists() else 0
        sizes = [_rss_mb(pid) for pid in _children()]
        if done and sizes:
            seen.append((done, max(sizes)))


def _children() -> list[int]:
    tasks = Path("/proc/self/task").iterdir()
    return [int(pid) for task in tasks for pid in (task / "children").read_text().split()]


def _rss_mb(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_MB
    except (OSError, IndexError):
        return 0.0


def memory_table(seen: list[tuple[int, float]], count: int) -> str:
    """Return the memory in tenths of the run as Markdown."""
    lines = ["| recordings done | largest worker |", "|---|---|"]
    for tenth in range(1, 11):
        low, high = (tenth - 1) * count / 10, tenth * count / 10
        sizes = [size for done, size in seen if low < done <= high]
        if sizes:
            lines.append(f"| {low:.0f} to {high:.0f} | {max(sizes):.0f} MB |")
    return "\n".join(lines) + "\n"


def table(runs: dict[str, list[Took]]) -> str:
    """Return the runs as Markdown."""
    kinds = " | ".join(f"{kind}: CPU s | per min" for kind in KINDS)
    lines = [f"| run | {kinds} | others |", "|---" * 8 + "|"]
    for number, took in enumerate(zip(*(runs[kind] for kind in KINDS), strict=True), start=1):
        cells = " | ".join(f"{one.cpu_s:.2f} | {one.per_min:.1f}" for one in took)
        lines.append(f"| {number} | {cells} | {max(one.others for one in took):.0%} |")
    return "\n".join(lines) + "\n"


def verdict(runs: dict[str, list[Took]], seconds: float) -> tuple[str, bool]:
    """Return the medians in words, and whether they are within the limits."""
    calm = quiet(runs)
    bare, one, two = (calm[kind] for kind in KINDS)
    gain = median(b.per_min / a.per_min for a, b in zip(one, two, strict=True))
    ratio = median(b.cpu_s / a.cpu_s for a, b in zip(bare, two, strict=True))
    cpu_s = median(took.cpu_s for took in two)
    hours = cpu_s / seconds * TYPICAL_S / 3600
    disturbed = max(took.others for took in (*bare, *one, *two)) > MOST_OTHERS
    words = (
        f"Medians of {len(two)} of {len(runs[KINDS[0]])} runs, {'all' if disturbed else 'none'} of them "
        f"disturbed by other programs.\n"
        f"Two workers do {gain:.2f} times as much as one (at least {LEAST_GAIN}). CPU time is {ratio:.3f} "
        f"times that of the bare loop (at most {MOST_RATIO}).\n"
        f"A recording of {seconds:g} s takes {cpu_s:.2f} s of CPU: one core does {3600 / cpu_s:.0f} of them "
        f"an hour, or {1 / hours:.0f} of {TYPICAL_S:.0f} s; a million of those take {1e6 * hours:,.0f} "
        "core-hours."
    )
    return words, gain >= LEAST_GAIN and ratio <= MOST_RATIO


def _load_average() -> str:
    return " ".join(f"{load:.2f}" for load in os.getloadavg()) + f" on {os.cpu_count()} processors"


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and return 1 outside the limits."""
    parser = argparse.ArgumentParser(description="Throughput, cost and memory of a batch.")
    parser.add_argument("clip", nargs="?", type=Path, default=SAMPLE, metavar="CLIP")
    parser.add_argument("--recordings", type=int, default=6, help="in every run (default: 6)")
    parser.add_argument("--seconds", type=float, default=12.0, help="length of each (default: 12)")
    parser.add_argument("--runs", type=int, default=3, help="runs of every kind (default: 3)")
    parser.add_argument("--memory", type=int, default=200, help="recordings for the memory (default: 200)")
    parser.add_argument("--only", choices=KINDS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.only:
        print(json.dumps(asdict(measure_here(options.only, options.folder))))
        return 0
    print(f"{options.clip.name}, {options.recordings} pieces of {options.seconds:g} s.")
    print(f"Load average before: {_load_average()}.\n")
    good = True
    with tempfile.TemporaryDirectory() as name:
        if options.runs:
            make_recordings(options.clip, Path(name), options.recordings, options.seconds)
            runs: dict[str, list[Took]] = {kind: [] for kind in KINDS}
            for number in range(options.runs):
                for kind in KINDS if number % 2 == 0 else reversed(KINDS):
                    runs[kind].append(measure(kind, Path(name)))
            words, good = verdict(runs, options.seconds)
            print(table(runs))
            print(words + "\n")
    if options.memory:
        print(memory_table(memory_of_workers(options.clip, options.memory), options.memory))
    print(f"Load average after: {_load_average()}.")
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())

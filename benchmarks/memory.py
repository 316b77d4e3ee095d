"""Peak memory of reviewing a long recording.

    python benchmarks/memory.py [CLIP] [--minutes 20]

A sample is scaled to 1280 x 720 and repeated until the recording is long enough, in a temporary folder; then
``formcheck review --no-video`` runs on it in a process of its own.  Twenty minutes take about eight.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer, OutputContainer

SAMPLE = Path(__file__).resolve().parent.parent / "samples" / "squat_side.mp4"
SIZE = (1280, 720)
LIMIT_MB = 700


@dataclass(frozen=True, slots=True)
class Peak:
    """What one review took."""

    rss_mb: float
    cpu_s: float
    wall_s: float


def make_long(clip: Path, seconds: float, folder: Path) -> Path:
    """Write a 720p recording that shows the clip again and again, and return its path.

    The clip is encoded once, without frames that point forward; the rest is copying packets.
    """
    once, long = folder / "once.mp4", folder / "long.mp4"
    with av.open(str(clip)) as source, av.open(str(once), "w") as target:
        _encode_once(source, target)
    with av.open(str(long), "w") as target:
        _repeat(once, target, seconds)
    once.unlink()
    return long


def _encode_once(source: InputContainer, target: OutputContainer) -> None:
    rate = source.streams.video[0].average_rate or Fraction(30)
    stream = target.add_stream("libx264", rate=rate, options={"preset": "ultrafast", "crf": "23", "bf": "0"})
    stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
    for number, frame in enumerate(source.decode(video=0)):
        picture = frame.reformat(*SIZE, format="yuv420p")
        picture.pts, picture.time_base = number, 1 / rate
        target.mux(stream.encode(picture))
    target.mux(stream.encode(None))


def _repeat(once: Path, target: OutputContainer, seconds: float) -> None:
    stream, shift = None, 0
    tick_s = Fraction(0)
    while stream is None or shift * tick_s < seconds:
        with av.open(str(once)) as source:
            video = source.streams.video[0]
            if stream is None:
                stream = target.add_stream_from_template(video)
                tick_s = Fraction(video.time_base or 1)
            end = shift
            for packet in source.demux(video):
                if packet.pts is None or packet.dts is None:
                    continue
                packet.pts, packet.dts, packet.stream = packet.pts + shift, packet.dts + shift, stream
                end = max(end, packet.pts + (packet.duration or 0))
                target.mux(packet)
            shift = end


def review(recording: Path, folder: Path) -> Peak:
    """Review the recording in a process of its own and return what that process took."""
    command = [sys.executable, "-m", "formcheck", "review", str(recording), "--no-video", "--quiet"]
    start_s = time.perf_counter()
    process = subprocess.Popen([*command, "--out", str(folder)])
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"the review ended with exit code {os.waitstatus_to_exitcode(status)}")
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return Peak(usage.ru_maxrss * unit / 1e6, usage.ru_utime + usage.ru_stime, time.perf_counter() - start_s)


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and return 1 above the limit."""
    parser = argparse.ArgumentParser(description="Peak memory of reviewing a long 720p recording.")
    parser.add_argument("clip", nargs="?", type=Path, default=SAMPLE, metavar="CLIP")
    parser.add_argument("--minutes", type=float, default=20.0)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        recording = make_long(options.clip, options.minutes * 60, folder)
        peak = review(recording, folder / "results")
        (results,) = (folder / "results").iterdir()
        summary = json.loads((results / "summary.json").read_text(encoding="utf-8"))
        poses_mb = (results / "poses.npz").stat().st_size / 1e6
    source = summary["source"]
    print(
        f"{source['duration_s'] / 60:.1f} minutes, {source['frames']} frames of {source['width']}x"
        f"{source['height']}: peak RSS {peak.rss_mb:.0f} MB (limit {LIMIT_MB}), {peak.cpu_s:.0f} s of CPU, "
        f"{peak.wall_s:.0f} s; {summary['reps']['complete']} repetitions; poses.npz {poses_mb:.0f} MB"
    )
    return 0 if peak.rss_mb <= LIMIT_MB else 1


if __name__ == "__main__":
    raise SystemExit(main())

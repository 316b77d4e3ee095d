"""How the live loop keeps up: pictures analysed, latency from grab to overlay, memory.

    python benchmarks/live.py [--seconds 600] [--clip samples/squat_side.mp4] [--headless]

A sample is held in memory and played round and round as a 640x480 camera at 30 pictures a second; the whole
session runs over it: capture thread, full pose model, engine, coach, window, and the voice in its process
(where there is no sound device the sound is made all the same and goes nowhere).  The bare model over the
same pictures, as fast as it goes, gives the overhead.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from formcheck.cli import native_chatter_silenced
from formcheck.frame import Frame
from formcheck.live.looking import Looking
from formcheck.live.session import Outcome, Session, Setup
from formcheck.live.speech import Speech
from formcheck.live.window import Window
from formcheck.pose.blazepose import BlazePoseEstimator
from formcheck.pose.models import load_model
from formcheck.video.cameras import Capture, has_display
from formcheck.video.files import VideoFile

SAMPLE = Path(__file__).resolve().parent.parent / "samples" / "squat_side.mp4"
RATE_HZ = 30.0
HELD = 300
"""Pictures held in memory."""
SETTLED_S = 60.0
"""Memory is compared with what it was after this long."""


class Looped:
    """A camera that shows the same pictures again and again, for a time."""

    recorded = False

    def __init__(self, images: list[NDArray[np.uint8]], seconds: float) -> None:
        self._images, self._frames, self._index = images, int(seconds * RATE_HZ), 0
        self._start_s = time.perf_counter()
        self.over = False

    def read(self) -> tuple[NDArray[np.uint8] | None, float | None]:
        """Return the next picture when it is due; None when the time is over."""
        if self._index >= self._frames:
            self.over = True
            time.sleep(0.05)
            return None, None
        wait_s = self._start_s + self._index / RATE_HZ - time.perf_counter()
        if wait_s > 0:
            time.sleep(wait_s)
        image = self._images[self._index % len(self._images)]
        self._index += 1
        return image, None

    def reopen(self) -> bool:
        """There is nothing to open again."""
        return False

    def close(self) -> None:
        """There is nothing to close."""


def rss_mb() -> float:
    """Return the memory of this process in MB (Linux)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


class Watched(Session):
    """A session that notes its memory, and stops with its camera."""

    memory_mb: dict[float, float]
    source: Looped

    def _turn(self, capture: Capture, looking: Looking) -> None:
        super()._turn(capture, looking)
        self.memory_mb[time.perf_counter()] = rss_mb()
        self._over = self._over or self.source.over


def run(
    images: list[NDArray[np.uint8]], seconds: float, headless: bool
) -> tuple[Outcome, dict[float, float]]:
    """Run one session over the pictures."""
    source = Looped(images, seconds)
    with ExitStack() as stack:
        speech = stack.enter_context(Speech())
        estimator = stack.enter_context(BlazePoseEstimator(load_model("full"), "upright"))
        window = None if headless else stack.enter_context(Window())
        session = Watched(Setup("squat", questions=False, reps=0), estimator, speech, window=window)
        session.memory_mb, session.source = {}, source
        outcome = session.run(stack.enter_context(Capture(source)))
    return outcome, session.memory_mb


def bare_ms(images: list[NDArray[np.uint8]]) -> float:
    """Return what the bare model takes for one picture, milliseconds of processor time."""
    with BlazePoseEstimator(load_model("full"), "upright") as estimator:
        began_s = time.process_time()
        for index, image in enumerate(images):
            estimator.estimate(Frame(image, index / RATE_HZ, index))
        return 1000.0 * (time.process_time() - began_s) / len(images)


def report(outcome: Outcome, memory_mb: dict[float, float], cpu_s: float, bare: float) -> str:
    """Return the figures as text."""
    timing = outcome.timing
    latency_ms = 1000.0 * np.array(timing.latency_s)
    began_s = min(memory_mb)
    settled = [mb for at_s, mb in memory_mb.items() if at_s - began_s > SETTLED_S]
    ours = 1000.0 * cpu_s / max(timing.analysed, 1)
    lines = [
        f"pictures: {timing.delivered} delivered, {timing.analysed} analysed "
        f"({100.0 * timing.analysed / max(timing.delivered, 1):.1f} %), {timing.dropped} dropped",
        f"grab to overlay: median {np.median(latency_ms):.1f} ms, 95th percentile "
        f"{np.percentile(latency_ms, 95):.1f} ms, worst {latency_ms.max():.0f} ms",
        f"processor: {ours:.1f} ms a picture, {ours / bare:.2f} times the bare model ({bare:.1f} ms)",
        f"repetitions counted: {outcome.summary.reps.complete}",
        f"load average: {os.getloadavg()[0]:.1f}",
    ]
    if settled:
        lines.append(
            f"memory after the first minute: {settled[0]:.0f} MB, grew by {settled[-1] - settled[0]:.1f} MB"
        )
    return "\n".join(lines) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Run and print the figures."""
    parser = argparse.ArgumentParser(description="How the live loop keeps up.")
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--clip", type=Path, default=SAMPLE)
    parser.add_argument("--headless", action="store_true", help="no window")
    options = parser.parse_args(arguments)
    if not options.headless and not has_display():
        parser.error("there is no screen; add --headless, or run it under xvfb-run")
    with native_chatter_silenced():
        images = [frame.image for frame in islice(VideoFile(options.clip), HELD)]
        bare = bare_ms(images)
        began_s = time.process_time()
        outcome, memory_mb = run(images, options.seconds, options.headless)
        cpu_s = time.process_time() - began_s
    sys.stdout.write(report(outcome, memory_mb, cpu_s, bare))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

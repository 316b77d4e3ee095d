"""Short pieces of the samples, for tests that need a real recording."""

from __future__ import annotations

from pathlib import Path

import av

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
ONE_SQUAT_S = 4.5
"""The first seconds of ``squat_side.mp4`` hold one repetition."""


def first_seconds(source: Path, target: Path, seconds: float) -> Path:
    """Write the beginning of a recording, pictures as they are, and return its path."""
    with av.open(str(source)) as whole, av.open(str(target), "w") as part:
        video = whole.streams.video[0]
        stream = part.add_stream_from_template(video)
        for packet in whole.demux(video):
            if packet.dts is not None and packet.dts * packet.time_base < seconds:
                packet.stream = stream
                part.mux(packet)
    return target


def one_squat(target: Path) -> Path:
    """Write a recording of one squat from the side, and return its path."""
    return first_seconds(SAMPLES / "squat_side.mp4", target, ONE_SQUAT_S)

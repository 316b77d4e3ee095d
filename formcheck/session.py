"""The one loop of the program: frames become poses, poses become snapshots, sinks receive them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from formcheck.frame import Frame
from formcheck.pose.sighting import Estimator
from formcheck.pose.skeleton import Pose
from formcheck.results import Snapshot


class Analysis(Protocol):
    """The pure middle, as the loop sees it (`formcheck.Analyser`)."""

    def step(self, pose: Pose) -> Snapshot:
        """Take the next pose in and return all that is known now."""
        ...


class Sink(Protocol):
    """Somebody who listens: a file writer, a window, a voice."""

    def receive(self, frame: Frame, snapshot: Snapshot) -> None:
        """Take one analysed frame in; called in order of time."""
        ...


def run(source: Iterable[Frame], estimator: Estimator, analysis: Analysis, sinks: Sequence[Sink]) -> None:
    """Analyse every frame of the source and hand the snapshots on."""
    for frame in source:
        snapshot = analysis.step(estimator.estimate(frame).pose)
        for sink in sinks:
            sink.receive(frame, snapshot)

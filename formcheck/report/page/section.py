"""What the page is made of: one section for each recording, and what several recordings say together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import fields as fields_of
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from formcheck.pose.skeleton import Pose
from formcheck.results import FrameAngles, Snapshot, Summary

ANGLES = tuple(one.name for one in fields_of(FrameAngles))
NOTHING: Mapping[int, Any] = MappingProxyType({})


class Reviewed(Protocol):
    """What is shown: the result of `formcheck.review`."""

    @property
    def summary(self) -> Summary:
        """The summary."""
        ...

    @property
    def recording(self) -> Any:
        """Everything taken from the pixels; only its ``options`` are read (the profile as text)."""
        ...

    def snapshots(self) -> Iterator[Snapshot]:
        """Yield the snapshot of every analysed frame."""
        ...


class Decisions(Protocol):
    """What a therapist decided about one recording, as read from ``decisions.json``."""

    def to_dict(self) -> Mapping[str, Any]:
        """Return one recording's decisions as that file holds them (``formcheck.decisions/1``).

        ``source_sha256``, ``reps`` ({"<index>": {"count": true | false | null, "note": ""}}), ``added_reps``
        (repetitions the software did not count, or null), ``faults`` ([{"rep": 1, "code": "...", "decision":
        "confirmed" | "rejected" | "missed" | null, "note": ""}]; missed = seen by the therapist where the
        software found nothing or could not judge), ``note``, ``patient`` and ``for_patient`` (each only where
        written), ``saved_at``.
        """
        ...


class ViewVerdict(Protocol):
    """What one section says of a check."""

    @property
    def section(self) -> int:
        """Which, from 0."""
        ...

    @property
    def present(self) -> int:
        """Repetitions in which it was found."""
        ...

    @property
    def judged(self) -> int:
        """Repetitions in which it could be judged."""
        ...


class MergedCheck(Protocol):
    """One check of one exercise over several views of the same movement."""

    @property
    def exercise(self) -> str:
        """As in results."""
        ...

    @property
    def code(self) -> str:
        """As in results."""
        ...

    @property
    def verdict(self) -> str:
        """``present``, ``absent``, ``not_assessed``; ``conflict``: some found it, some did not."""
        ...

    @property
    def each(self) -> Sequence[ViewVerdict]:
        """What every section that could judge it says."""
        ...

    @property
    def present(self) -> int:
        """Repetitions in which it was found, in the sections that show it."""
        ...

    @property
    def judged(self) -> int:
        """Repetitions in which it could be judged there."""
        ...

    @property
    def sections(self) -> Sequence[int]:
        """Which sections could judge it, from 0."""
        ...

    @property
    def reason(self) -> str | None:
        """Why no section could."""
        ...


class Change(Protocol):
    """One number on two dates."""

    @property
    def exercise(self) -> str:
        """As in results."""
        ...

    @property
    def label(self) -> str:
        """What it is, in words, with its side."""
        ...

    @property
    def unit(self) -> str:
        """As shown: ``degrees``, ``s``, ``leg lengths``, or empty."""
        ...

    @property
    def before(self) -> float:
        """On the earlier date."""
        ...

    @property
    def after(self) -> float:
        """On the later date."""
        ...

    @property
    def error(self) -> float | None:
        """Smallest detectable change; None = not known."""
        ...

    @property
    def open_ended(self) -> tuple[str, str]:
        """``at least`` or ``at most`` before a number whose end was not measured, else empty."""
        ...

    @property
    def meaningful(self) -> bool:
        """Whether it is larger than the smallest detectable change."""
        ...

    @property
    def sections(self) -> tuple[int, int]:
        """Earlier and later section, from 0."""
        ...


class Assessment(Protocol):
    """What several recordings of one person say together."""

    @property
    def merged(self) -> Sequence[MergedCheck]:
        """Per exercise and check; empty when no two recordings complement each other."""
        ...

    @property
    def changes(self) -> Sequence[Change]:
        """Empty when no two recordings can be compared."""
        ...

    @property
    def notes(self) -> Sequence[str]:
        """What to know about both, a sentence each."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """What the traces show, frame by frame.

    Attributes
    ----------
    time_s : NDArray, shape (n,)
        Of every analysed frame.
    angles_deg : Mapping[str, NDArray], each shape (n,)
        By name of `formcheck.results.FrameAngles`; NaN = not measurable.
    signal : NDArray, shape (n,)
        What repetitions are counted from; NaN = not measurable.
    valid : NDArray[bool], shape (n,)
    poses : Mapping[int, Pose]
        The pose at the peak of each repetition, by repetition index.
    reasons : tuple[str, ...]
        Why each frame was not valid; empty where it was.
    bands_deg : Mapping[str, NDArray], each shape (n,)
        Half-width of the 90 % band around each angle, by the same names; NaN = not known.
    """

    time_s: NDArray[np.float64]
    angles_deg: Mapping[str, NDArray[np.float64]]
    signal: NDArray[np.float64]
    valid: NDArray[np.bool_]
    poses: Mapping[int, Pose] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()
    bands_deg: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)


class SeriesBuilder:
    """Keeps what the page needs of the snapshots that pass by, a few numbers a frame.

    Parameters
    ----------
    summary : Summary
        Says at which times the pose is kept.
    """

    def __init__(self, summary: Summary) -> None:
        self._peaks = sorted((rep.peak_s, rep.index) for rep in summary.rep_list)
        self._rows: list[tuple[float, ...]] = []
        self._reasons: list[str] = []
        self._poses: dict[int, Pose] = {}

    def watch(self, snapshots: Iterable[Snapshot]) -> Iterator[Snapshot]:
        """Yield every snapshot, having taken what is needed."""
        for snapshot in snapshots:
            self.add(snapshot)
            yield snapshot

    def add(self, snapshot: Snapshot) -> None:
        """Take what is needed of one snapshot."""
        angles = (getattr(snapshot.angles, name) for name in ANGLES)
        bands = (getattr(snapshot.bands, name) for name in ANGLES)
        self._rows.append((snapshot.time_s, snapshot.signal, float(snapshot.valid), *angles, *bands))
        self._reasons.append("" if snapshot.valid else snapshot.reason or "")
        while self._peaks and self._peaks[0][0] <= snapshot.time_s + 1e-6:
            self._poses[self._peaks.pop(0)[1]] = snapshot.pose

    def series(self) -> Series:
        """Return what was taken so far."""
        rows = np.array(self._rows, dtype=np.float64).reshape(-1, 3 + 2 * len(ANGLES))
        angles = {name: rows[:, 3 + column] for column, name in enumerate(ANGLES)}
        bands = {name: rows[:, 3 + len(ANGLES) + column] for column, name in enumerate(ANGLES)}
        valid = rows[:, 2] > 0.5
        return Series(rows[:, 0], angles, rows[:, 1], valid, self._poses, tuple(self._reasons), bands)


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """One recording on the page.

    Attributes
    ----------
    review : Reviewed
    title : str
        What people call it, mostly the file's name; shown as text, whatever it holds.
    video : str | None
        Path of the annotated video relative to the page, None = there is none.
    series : Series | None
        Of a pass that was made anyway; None = the page makes its own.
    pictures : Mapping[int, bytes]
        JPEG at the peak of each repetition, by repetition index (`thumbnail`); else the pose is drawn.
    decisions : Decisions | None
        What a therapist decided before.
    poster : bytes | None
        JPEG shown in place of the video until it plays; None = the video's own first frame.
    patient : str
        Name or initials of the person, where they are known; the decisions' own come first.
    """

    review: Reviewed
    title: str
    video: str | None = None
    series: Series | None = None
    pictures: Mapping[int, bytes] = field(default_factory=lambda: NOTHING)
    decisions: Decisions | None = None
    poster: bytes | None = None
    patient: str = ""

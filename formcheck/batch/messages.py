"""What the run and its workers say to each other: plain records that can be pickled."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from formcheck.batch.options import UNSAID, Options
from formcheck.profile import STANDARD, Profile


@dataclass(frozen=True, slots=True)
class Task:
    """One recording and how to score it.

    Attributes
    ----------
    place : str
        Where it is.
    options : Options
        Those of `formcheck.review`.
    profile : Profile
        The plan to judge by.
    profile_sha256 : str
        Its hash, which takes too long to make for every row.
    model : str
        ``lite``, ``full`` or ``heavy``.
    report : bool
        Everything that ``review`` writes but the annotated video, not the summary alone.
    local : str | None
        A copy that was fetched already.
    """

    place: str
    options: Options = UNSAID
    profile: Profile = STANDARD
    profile_sha256: str = STANDARD.sha256
    model: str = "full"
    report: bool = False
    local: str | None = None


@dataclass(frozen=True, slots=True)
class Identify:
    """Request: hash the content, and keep it at hand."""

    task: Task


@dataclass(frozen=True, slots=True)
class Score:
    """Request: score what was identified last.

    Attributes
    ----------
    task : Task
    sha256 : str
        Of the content that is expected.
    alias : str | None
        Stands in the results in place of names.
    poses : bytes | None
        Recorded poses of this content (``.npz``), from which to score without decoding.
    """

    task: Task
    sha256: str
    alias: str | None = None
    poses: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Ready:
    """Answer: the worker has started."""


@dataclass(frozen=True, slots=True)
class Identified:
    """Answer to `Identify`."""

    sha256: str


@dataclass(frozen=True, slots=True)
class Scored:
    """Answer to `Score`: the files of the result by name, and what they took.

    ``wall_s`` and ``cpu_s`` count from the beginning of `Identify`.  ``poses`` are those that were taken from
    the pictures, to be kept; None where there are none or they were given.
    """

    files: dict[str, bytes] = field(repr=False)
    wall_s: float
    cpu_s: float
    poses: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Unusable:
    """Answer to `Score`: the poses that came with it cannot be used; ask again without them."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Answer: this recording cannot be scored.

    Attributes
    ----------
    reason : str
        Reason code of the tables.
    message : str
        For people; names neither path nor file.
    transient : bool
        Another run may do better: the recording itself is not to blame, or perhaps not.
    """

    reason: str
    message: str
    transient: bool = False


@dataclass(frozen=True, slots=True)
class Fatal:
    """Answer: no recording can be scored here.

    ``kind`` is ``model``, ``output`` or ``usage``: whose fault it is, as in `formcheck.errors`.
    """

    message: str
    kind: str = "model"


@dataclass(frozen=True, slots=True)
class Died:
    """In place of an answer: the worker is gone."""

    why: str


Request = Identify | Score
Answer = Ready | Identified | Scored | Unusable | Failed | Fatal | Died


class Crew(Protocol):
    """Workers, however they are run: on this machine, or on a cluster."""

    size: int
    """How many there are at most."""

    @property
    def workers(self) -> tuple[int, ...]:
        """The numbers of those hired so far."""
        ...

    def hire(self) -> None:
        """Start one more; it answers `Ready`."""
        ...

    def send(self, worker: int, request: Request) -> None:
        """Ask a worker that has nothing else to do."""
        ...

    def answers(self, timeout_s: float) -> list[tuple[int, Answer]]:
        """Return what has been answered, after at most so many seconds."""
        ...

    def replace(self, worker: int) -> None:
        """End a worker, if it still lives, and start another under its number, which answers `Ready`."""
        ...

    def close(self) -> None:
        """End everybody; what they were doing is lost."""
        ...

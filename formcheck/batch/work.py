"""What a worker does with one recording; the same on this machine and on a cluster.

A worker gives back the files of the result and writes nothing itself: whatever happens to it, nothing is
left half done.
"""

from __future__ import annotations

import io
import json
import time
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from formcheck import profile_file
from formcheck.batch import places
from formcheck.batch.messages import (
    Answer,
    Failed,
    Fatal,
    Identified,
    Ready,
    Request,
    Score,
    Scored,
    Task,
    Unusable,
)
from formcheck.batch.options import NOT_OF_PICTURES
from formcheck.errors import InputError, ModelError, OutputError, Reason, UsageError
from formcheck.pose import recorded
from formcheck.profile import BUILT_IN, Profile
from formcheck.report.summary_json import summary_to_json

if TYPE_CHECKING:
    from formcheck.pose.recorded import Recording
    from formcheck.review import Review

CRASHED = "crashed"
BAD_OPTIONS = "bad_options"
SUMMARY = "summary.json"
REPORT = "report.html"
POSES_SUFFIX = ".npz"
NAME_DIGITS = 20

MOST_POSES_BYTES = 100_000_000
"""Larger ones (about an hour at 30 frames a second) are not kept: they pass through memory and a pipe."""


@dataclass(frozen=True, slots=True)
class Work:
    """What scoring yields: the files of the result by name, and new poses to keep."""

    files: dict[str, bytes]
    poses: bytes | None = None


class UnusablePosesError(Exception):
    """Kept poses cannot be read; the recording must be decoded."""


Scorer = Callable[[Path, Task, str | None, bytes | None], Work]
"""Scores the recording at a path under an alias, from its poses where they are given."""


def load_libraries(model: str) -> None:
    """Load what scoring needs, so that the first recording takes no longer than the others.

    Raises
    ------
    ModelError
        The pose model does not load.
    """
    import formcheck.video.files  # noqa: F401, PLC0415 - PyAV
    from formcheck.pose.blazepose import load_mediapipe  # noqa: PLC0415
    from formcheck.pose.models import load_model  # noqa: PLC0415

    load_mediapipe()
    load_model(model)


def score(path: Path, task: Task, alias: str | None, poses: bytes | None = None) -> Work:
    """Score one recording exactly as ``formcheck review`` does; from its poses without opening it."""
    from formcheck.review import review  # noqa: PLC0415 - tests put another scorer in place of this

    taken = None
    if poses is not None:
        result = rescored(path, task, poses)
    else:
        result = review(path, **task.options.arguments(), model=task.model, profile=task.profile)
        taken = None if path.suffix == POSES_SUFFIX else kept_poses(result.recording)
    if alias is not None:
        result = nameless(result, task.profile, alias)
    if task.report:
        return Work(report_files(result, path, nameless=alias is not None), taken)
    return Work({SUMMARY: summary_bytes(result)}, taken)


def kept_poses(recording: Recording) -> bytes | None:
    """Return the poses as they are kept: for any profile, without a name; None if too large."""
    options = {
        name: value for name, value in recording.options.items() if name not in (*NOT_OF_PICTURES, "profile")
    }
    source = replace(recording.source, path=f"recording {(recording.source.sha256 or '')[:NAME_DIGITS]}")
    buffer = io.BytesIO()
    recorded.save(replace(recording, source=source, options=options), buffer)
    return buffer.getvalue() if buffer.tell() <= MOST_POSES_BYTES else None


def rescored(path: Path, task: Task, poses: bytes) -> Review:
    """Score recorded poses as if the recording at the path had been decoded.

    Raises
    ------
    UnusablePosesError
        They are damaged.
    """
    from formcheck.review import review  # noqa: PLC0415 - as above

    with TemporaryDirectory(prefix="formcheck-") as folder:
        kept = Path(folder) / f"poses{POSES_SUFFIX}"
        kept.write_bytes(poses)
        try:
            result = review(kept, **task.options.judging_arguments(), profile=task.profile)
        except InputError as error:
            if error.reason is Reason.UNREADABLE:
                raise UnusablePosesError from error
            raise
    source = replace(result.summary.source, path=path.name)
    result.recording.source = source
    return replace(result, summary=replace(result.summary, source=source))


def summary_bytes(result: Review) -> bytes:
    """Return the content of ``summary.json``."""
    return summary_to_json(result.summary).encode()


def report_files(result: Review, path: Path, *, nameless: bool) -> dict[str, bytes]:
    """Return everything that ``review`` writes into its folder, without the annotated video.

    The report shows pictures of the recording; ``nameless`` hides the faces in them.
    """
    from formcheck.report.folder import Wanted, write_folder  # noqa: PLC0415
    from formcheck.report.privacy import Privacy  # noqa: PLC0415

    original = None if path.suffix == POSES_SUFFIX else path
    with TemporaryDirectory(prefix="formcheck-") as name:
        folder = Path(name)
        privacy = Privacy.BLUR_FACE if nameless else None
        write_folder(result, folder, path, Wanted(original=original, privacy=privacy))
        return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def nameless(result: Review, profile: Profile, alias: str) -> Review:
    """Return the result with an alias for the file name; a profile that is not built in gets another name."""
    source = replace(result.summary.source, path=alias)
    reference = replace(result.summary.profile, name=profile_alias(result.summary.profile))
    recording = result.recording
    recording.source = source
    if profile.name not in BUILT_IN:
        plan = profile_file.to_toml(replace(profile, name=reference.name))
        recording.options = {**recording.options, "profile": plan}
    summary = replace(result.summary, source=source, profile=reference)
    return replace(result, summary=summary, recording=recording)


def profile_alias(profile: Any) -> str:
    """Return a name for a profile that says nothing about a person."""
    name: str = profile.name
    return name if name in BUILT_IN else f"profile-{profile.sha256[:8]}"


class Worker:
    """Answers requests, one at a time; holds the recording that was identified last.

    Parameters
    ----------
    scorer : Scorer
        What scores a recording.
    """

    def __init__(self, scorer: Scorer = score) -> None:
        self._scorer = scorer
        self._held = ExitStack()
        self._path = Path()
        self._begun_s: tuple[float, float] | None = None

    def ready(self, model: str) -> Answer:
        """Make sure that the model is there (nothing for another scorer than ours)."""
        from formcheck.pose.models import load_model  # noqa: PLC0415 - another scorer needs none

        try:
            if self._scorer is score:
                load_model(model)
        except ModelError as error:
            return Fatal(str(error))
        return Ready()

    def answer(self, request: Request) -> Answer:
        """Do what is asked; whatever Python can catch becomes an answer."""
        try:
            return self._score(request) if isinstance(request, Score) else self._identify(request.task)
        except InputError as error:
            return Failed(error.reason, self._without_names(str(error)))
        except ModelError as error:
            return Fatal(str(error))
        except OutputError as error:
            return Fatal(str(error), "output")
        except UsageError as error:
            return Failed(BAD_OPTIONS, self._without_names(str(error)))
        except Exception as error:  # noqa: BLE001 - one recording must not end the run
            passing = isinstance(error, MemoryError | OSError)
            return Failed(CRASHED, self._without_names(_bug(error)), transient=passing)
        finally:
            if isinstance(request, Score):
                self._held.close()
                self._begun_s = None

    def _identify(self, task: Task) -> Answer:
        from formcheck.video.files import sha256_of  # noqa: PLC0415

        self._held.close()
        self._begun_s = time.perf_counter(), time.process_time()
        place = task.local or task.place
        self._path = Path(place)
        try:
            self._path = self._held.enter_context(places.fetched(place))
        except InputError as error:
            return Failed(error.reason, str(error), transient=True)
        except UsageError as error:  # the package for this kind of address is not installed here
            return Fatal(str(error), "usage")
        return Identified(sha256_of(self._path))

    def _score(self, request: Score) -> Answer:
        if self._begun_s is None:  # its content is known, and its poses came with the request
            self._begun_s = time.perf_counter(), time.process_time()
            self._path = Path(request.task.local or request.task.place)
        if request.poses is None and self._scorer is score:
            self._load(request.task.model)
        try:
            done = self._scorer(self._path, request.task, request.alias, request.poses)
        except UnusablePosesError:
            return Unusable()
        files = done.files
        if _scored_sha256(self._path, files) not in (None, request.sha256):
            return Failed(
                Reason.UNREADABLE,
                "the file changed while it was being scored; run again when it is complete",
                transient=True,
            )
        wall_s, cpu_s = self._begun_s
        return Scored(files, time.perf_counter() - wall_s, time.process_time() - cpu_s, done.poses)

    def _load(self, model: str) -> None:
        """Load what decoding needs; not at the start, since a worker that is given poses decodes nothing.

        It is not counted as time of the recording that happens to be the first.
        """
        begun_s = time.perf_counter(), time.process_time()
        load_libraries(model)
        taken_s = time.perf_counter() - begun_s[0], time.process_time() - begun_s[1]
        if self._begun_s is not None:
            self._begun_s = self._begun_s[0] + taken_s[0], self._begun_s[1] + taken_s[1]

    def _without_names(self, message: str) -> str:
        """Return a message about the recording without its path, which may be a temporary one."""
        for name in (str(self._path), self._path.name):
            shown = "".join(sign if sign.isprintable() else "?" for sign in name)
            for text in filter(None, (name, shown)):
                message = message.removeprefix(f"{text}: ").replace(text, "the file")
        return " ".join(message.split())


def _scored_sha256(path: Path, files: dict[str, bytes]) -> str | None:
    """Return the hash of what was scored; None for recorded poses, which carry that of their video."""
    if path.suffix == POSES_SUFFIX:
        return None
    sha256: str | None = json.loads(files[SUMMARY])["source"]["sha256"]
    return sha256


def _bug(error: Exception) -> str:
    where = traceback.extract_tb(error.__traceback__)[-1]
    told = f"{type(error).__name__}: {error}"[:300]
    return f"formcheck could not cope with it ({told}; {Path(where.filename).name}:{where.lineno})"

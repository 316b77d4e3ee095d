"""``formcheck batch``: everything put together."""

from __future__ import annotations

import json
import platform
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain
from typing import Any, TextIO

from formcheck import __version__
from formcheck.batch import places, tables
from formcheck.batch.columns import COLUMNS, SCHEMA
from formcheck.batch.decided import Decided, collected
from formcheck.batch.digest import Digest
from formcheck.batch.local import OUR_SCORER, LocalCrew, processors
from formcheck.batch.manifest import Inputs
from formcheck.batch.messages import Crew, Task
from formcheck.batch.options import Options
from formcheck.batch.page import Home, page
from formcheck.batch.places import place_of
from formcheck.batch.progress import shown_on
from formcheck.batch.receipts import Receipts
from formcheck.batch.run import DEFAULT_LIMIT_S, Run, Settings, Standing
from formcheck.batch.store import Store, open_store
from formcheck.errors import OutputError, UsageError
from formcheck.pose.blazepose import software
from formcheck.pose.models import load_model
from formcheck.profile import STANDARD, Profile
from formcheck.reading import OPTIONS, USUAL, Reading

RUN_JSON = "run.json"
RUNS = "runs.jsonl"
"""``run.json`` of every run of the folder, a line each."""
NAMING_OPTIONS = ("paths", "manifest", "exclude", "profile")
INDEX = "index.html"
LOCAL, RAY = "local", "ray"


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asks for; names as on the command line."""

    out: str
    paths: Sequence[str] = ()
    manifest: str | None = None
    exclude: Sequence[str] = ()
    exercise: str | None = None
    side: str | None = None
    affected_side: str | None = None
    profile: Profile = STANDARD
    model: str = "full"
    reading: Reading = USUAL
    jobs: int | None = None
    engine: str = LOCAL
    address: str | None = None
    time_limit_s: float = DEFAULT_LIMIT_S
    fresh: bool = False
    csv: bool = False
    report: bool = False
    pseudonymise: bool = False
    keep_poses: bool = True
    verbose: bool = False
    scorer: str = OUR_SCORER
    cpus_each: int | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """How a run ended: ``run.json``, and where everything is."""

    about: dict[str, Any]
    place: str

    @property
    def interrupted(self) -> bool:
        """Somebody stopped it."""
        return bool(self.about["interrupted"])

    @property
    def failed(self) -> int:
        """Rows that failed."""
        return int(self.about["status"].get("failed", 0))


def batch(request: Request, stream: TextIO | None = None) -> Result:
    """Score many recordings.

    Parameters
    ----------
    request : Request
    stream : TextIO | None
        Where progress is shown.

    Raises
    ------
    UsageError
        The request makes no sense, or there is nothing to score.
    OutputError
        Results cannot be written; what was done before is kept, and the same request goes on from there.
    ModelError
        No worker can score.
    """
    if request.address is not None and request.engine != RAY:
        raise UsageError("--address is of a Ray cluster; add --engine ray")
    if request.jobs is not None and request.jobs < 1:
        raise UsageError("--jobs must be at least 1")
    inputs = Inputs(request.paths, request.manifest, request.exclude, place_of(request.out))
    inputs.extra_columns()
    count = inputs.count()
    if not count:
        raise UsageError(
            "there is nothing to score: name recordings, folders that hold some, or a manifest (--manifest)"
        )
    settings = _settings(request)
    with ExitStack() as closing:
        store = open_store(request.out)
        closing.callback(store.close)
        receipts = Receipts(store.state)
        closing.callback(receipts.close)
        started = datetime.now(UTC)
        with _crew(request) as crew, stop_on_signals() as stop, shown_on(stream) as shown:
            run = Run(settings, store, receipts, crew, shown)
            with _kept_is_told(run.standing):
                run.go(iter(inputs), count, stop)
            went = _Went(crew.size, run.standing, started, stop())
        with _kept_is_told(run.standing):
            written = _write_tables(request, store, receipts, inputs)
            about = _about(request, settings, went, written)
            _write_about(request, store, written, about)
    return Result(about, store.place)


@dataclass(frozen=True, slots=True)
class _Went:
    """How the work went."""

    jobs: int
    standing: Standing
    started: datetime
    interrupted: bool


def _settings(request: Request) -> Settings:
    model = load_model(request.model)
    return Settings(
        defaults=Task(
            "",
            Options(request.exercise, request.side, request.affected_side).read_as(request.reading),
            request.profile,
            request.profile.sha256,
            request.model,
            request.report,
        ),
        software=software(model),
        fresh=request.fresh,
        pseudonymise=request.pseudonymise,
        limit_s=request.time_limit_s,
        keep_poses=request.keep_poses,
    )


@contextmanager
def _kept_is_told(standing: Standing) -> Iterator[None]:
    """Tell what is kept when results cannot be written any more."""
    try:
        yield
    except OutputError as error:
        raise OutputError(
            f"{error}. Stopped: {standing.done:,} of {standing.rows:,} recordings are done and kept; the "
            "same command goes on from there"
        ) from error


@contextmanager
def _crew(request: Request) -> Iterator[Crew]:
    crew = _new_crew(request)
    try:
        yield crew
    finally:
        crew.close()


def _new_crew(request: Request) -> Crew:
    if request.engine == RAY:
        from formcheck.batch.ray_crew import RayCrew  # noqa: PLC0415 - Ray is optional

        return RayCrew(request.jobs, request.address, request.model, request.scorer, verbose=request.verbose)
    return LocalCrew(
        request.jobs or processors(),
        request.model,
        request.scorer,
        verbose=request.verbose,
        cpus_each=request.cpus_each,
    )


@contextmanager
def stop_on_signals() -> Iterator[Callable[[], bool]]:
    """Give a function that says whether somebody pressed Ctrl-C, or asked the process to end.

    The work at hand is left in order; a second Ctrl-C ends everything where it stands.
    """
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def note(_number: int, _frame: Any) -> None:
        asked.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    for number in before:
        signal.signal(number, note)
    try:
        yield asked.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


# What a run leaves behind


@dataclass(frozen=True, slots=True)
class _Written:
    """What the tables say as a whole."""

    digest: Digest
    decided: Decided
    recordings: int
    to_look_at: int


def _write_tables(request: Request, store: Store, receipts: Receipts, inputs: Inputs) -> _Written:
    digest, decided = Digest(), collected(_decision_files(store, receipts))
    plan = tables.Plan(
        inputs.extra_columns(), inputs.decimal_comma, request.exercise, request.pseudonymise, request.csv
    )
    tables.write_tables(receipts, store, plan, decided, digest.add)
    return _Written(digest, decided, *receipts.counts())


def _decision_files(store: Store, receipts: Receipts) -> Iterator[tuple[str, bytes]]:
    """Yield the files of decisions in the output folder and beside the recordings, each once."""
    beside = chain.from_iterable(map(places.decision_files, receipts.folders()))
    seen = set()
    for name, raw in chain(store.decision_files(), beside):
        if name not in seen:
            seen.add(name)
            yield name, raw


def _about(request: Request, settings: Settings, went: _Went, written: _Written) -> dict[str, Any]:
    """Return ``run.json``."""
    standing, digest, decided = went.standing, written.digest, written.decided
    finished = datetime.now(UTC)
    named = not request.pseudonymise
    kinds = ("parquet", "csv") if request.csv else ("parquet",)
    return {
        "schema": SCHEMA,
        "started_at": went.started.isoformat(timespec="seconds"),
        "finished_at": finished.isoformat(timespec="seconds"),
        "interrupted": went.interrupted,
        "rows": standing.rows,
        "recordings": written.recordings,
        "status": dict(digest.counts.get("status", {})),
        "reasons": dict(digest.counts.get("reason", {})),
        "to_look_at": written.to_look_at,
        "needs_review": digest.needing,
        "review_reasons": dict(digest.counts.get("review", {})),
        "known_before": standing.known,
        "outdated": standing.outdated,
        "scored": standing.scored,
        "from_poses": standing.from_poses,
        "decisions": {
            "files": decided.files,
            "not_used": decided.complaints if named else len(decided.complaints),
            "agreement": list(decided.agreement()),
        },
        "wall_s": round((finished - went.started).total_seconds(), 1),
        "recordings_per_min": None if standing.rate_per_min is None else round(standing.rate_per_min, 2),
        "files": [*(f"{name}.{kind}" for name in COLUMNS for kind in kinds), tables.DICTIONARY],
        "options": {
            "paths": list(request.paths) if named else None,
            "manifest": request.manifest if named else None,
            "exclude": list(request.exclude) if named else None,
            "exercise": request.exercise or "auto",
            "side": request.side,
            "affected_side": request.affected_side,
            "profile": settings.defaults.profile.name if named else None,
            "profile_sha256": settings.defaults.profile_sha256,
            "model": request.model,
            **{name: request.reading.record().get(name) for name in OPTIONS},
            "engine": request.engine,
            "jobs": went.jobs,
            "time_limit_s": request.time_limit_s,
            "fresh": request.fresh,
            "report": request.report,
            "pseudonymise": request.pseudonymise,
        },
        "software": {
            "formcheck": __version__,
            "mediapipe": settings.software.mediapipe,
            "model": settings.software.model,
            "model_sha256": settings.software.model_sha256,
            "python": platform.python_version(),
            "platform": platform.platform(),
        },
    }


def _write_about(request: Request, store: Store, written: _Written, about: dict[str, Any]) -> None:
    named = not request.pseudonymise
    decided = written.decided if named else replace(written.decided, complaints=[])
    for name, text in (
        (RUN_JSON, json.dumps(about, indent=2, ensure_ascii=False) + "\n"),
        (INDEX, page(written.digest, about, decided, Home(store.place, named))),
        (RUNS, _earlier_runs(store, named=named) + json.dumps(about, ensure_ascii=False) + "\n"),
    ):
        with store.file(name) as path:
            path.write_text(text, encoding="utf-8", errors="replace")


def _earlier_runs(store: Store, *, named: bool) -> str:
    """Return the log of the runs before; without names where none are to be in the folder."""
    lines = [line if named else _nameless(line) for line in store.text(RUNS).split("\n")]
    return "".join(f"{line}\n" for line in lines if line)


def _nameless(line: str) -> str:
    try:
        run = json.loads(line)
        run["options"] |= dict.fromkeys(NAMING_OPTIONS)
        run["decisions"]["not_used"] = None
    except (ValueError, KeyError, TypeError):
        return ""  # no line of ours: it might name anybody
    return json.dumps(run, ensure_ascii=False)


def result_text(result: Result) -> str:
    """Return how a run ended, for people."""
    about = result.about
    status = about["status"]
    unfinished = about["rows"] - sum(status.values())
    parts = [
        f"{status.get('ok', 0):,} of {about['rows']:,} recordings scored",
        *([f"{about['known_before']:,} of them before"] if about["known_before"] else []),
        *([f"{about['from_poses']:,} from kept poses"] if about["from_poses"] else []),
        *([f"{result.failed:,} failed"] if result.failed else []),
        *([f"{status['skipped']:,} left out"] if status.get("skipped") else []),
        *([f"{unfinished:,} not done yet"] if unfinished else []),
    ]
    lines = [", ".join(parts) + "."]
    if about["reasons"]:
        lines.append(
            "Failed: " + ", ".join(f"{count} {code}" for code, count in about["reasons"].items()) + "."
        )
    if about["outdated"]:
        lines.append(
            f"{about['outdated']:,} of them had been scored by an earlier formcheck, whose results lack what "
            "is new; they were scored again."
        )
    lines.append(f"To look at: {about['to_look_at']:,}; open {result.place}/{INDEX}")
    lines.append("Tables there: " + ", ".join(about["files"]))
    if result.interrupted:
        lines.append("Stopped; the same command goes on from here.")
    return "\n".join(lines) + "\n"

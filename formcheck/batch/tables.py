"""The tables as Parquet, and as CSV: rebuilt from the results, row by row.

The only file that imports pyarrow.  However many recordings there are, only a few thousand rows are in
memory: rows of ``videos`` wait in the temporary database until all are there and can be ranked.
"""

from __future__ import annotations

import csv
import pickle
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import pyarrow as pa
import pyarrow.parquet as pq

from formcheck import __version__
from formcheck.batch.columns import (
    AGREEMENT,
    COLUMNS,
    DECISIONS,
    FAULT_COLUMNS,
    FAULTS,
    JOINT_COLUMNS,
    JOINTS,
    REP_COLUMNS,
    REPS,
    SCHEMA,
    VIDEO_COLUMNS,
    VIDEOS,
    Column,
    carried,
    write_dictionary,
)
from formcheck.batch.decided import Decided
from formcheck.batch.digest import Passing
from formcheck.batch.ranking import details, moments, priority, review_reasons
from formcheck.batch.receipts import Finished, Receipts
from formcheck.batch.store import Store, poses_file
from formcheck.batch.values import DATE, TIMESTAMP, moment_or_none, value_of
from formcheck.batch.work import NAME_DIGITS
from formcheck.report.summary_json import SCHEMA_NAME, printable_unicode, summary_from_dict
from formcheck.report.tables import cell
from formcheck.results import Verdict

DICTIONARY = "data_dictionary.csv"
ROWS_AT_ONCE = 2000
READERS = 8
READ_AHEAD = 64
NAMING_REASONS = ("bad_options", "unsupported")
"""Their messages quote the manifest."""

Record = dict[str, Any]
Watcher = Callable[[Passing], None]
_KINDS = {
    "string": pa.string(),
    "int64": pa.int64(),
    "float64": pa.float64(),
    "bool": pa.bool_(),
    "list<string>": pa.list_(pa.string()),
    TIMESTAMP: pa.timestamp("us"),
    DATE: pa.date32(),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What is written besides what is finished.

    Attributes
    ----------
    extra : Mapping[str, str]
        The manifest's own columns, with their types.
    decimal_comma : bool
        Numbers in them are written with a comma.
    default_exercise : str | None
        What the command line asked for.
    pseudonymise : bool
        Names nowhere.
    csv_too : bool
    """

    extra: Mapping[str, str] = field(default_factory=dict)
    decimal_comma: bool = False
    default_exercise: str | None = None
    pseudonymise: bool = False
    csv_too: bool = False


def write_tables(
    receipts: Receipts, store: Store, plan: Plan, decided: Decided, watch: Watcher | None = None
) -> None:
    """Write the tables and their dictionary from what is finished, and from what therapists decided.

    Raises
    ------
    OutputError
        They cannot be written; those of an earlier run stay as they were.
    """
    extra = () if plan.pseudonymise else carried(plan.extra)
    with ExitStack() as open_files:
        tables = {
            name: _Table(
                open_files, store, name, (*columns, *(extra if name == VIDEOS else ())), plan.csv_too
            )
            for name, columns in COLUMNS.items()
        }
        aliases = receipts.pseudonym if plan.pseudonymise else None
        found = _with_summaries(receipts.finished(nameless=plan.pseudonymise), store)
        while chunk := list(islice(found, READ_AHEAD)):
            ranked = []
            for finished, document in chunk:
                video = video_row(finished, document, extra, plan, aliases)
                reps: list[Record] = []
                if document is not None and finished.first == finished.row.number:
                    reps = list(rep_rows(finished.id, document))
                    tables[REPS].add(reps)
                    tables[FAULTS].add(list(fault_rows(finished.id, document)))
                    tables[JOINTS].add(list(joint_rows(finished.id, document)))
                    if decided.about(document["source"]["sha256"]):
                        summary = summary_from_dict(document)
                        rows = decided.rows(finished.id, video["recording_id"], summary)
                        tables[DECISIONS].add(_said(rows, plan))
                if watch is not None:
                    watch(_passing(video, reps, finished, document))
                grade = priority(finished.status, video["review_reasons"])
                recording = video["recording_id"] or finished.row.place
                ranked.append((finished.row.number, grade, finished.first, recording, pickle.dumps(video)))
            receipts.add_videos(ranked)
        for rank, record in receipts.ranked():
            tables[VIDEOS].add([pickle.loads(record) | {"rank": rank}])
        tables[DECISIONS].add(_said(decided.rest(), plan))
        tables[AGREEMENT].add(list(decided.agreement()))
        for table in tables.values():
            table.close()
        with (
            store.file(DICTIONARY) as path,
            path.open("w", encoding="utf-8", newline="") as file,
        ):
            write_dictionary(extra, file)
    if not plan.csv_too:
        for name in COLUMNS:
            store.remove(f"{name}.csv")  # of an earlier run: it would not fit the rest


def _passing(video: Record, reps: Sequence[Record], finished: Finished, document: Record | None) -> Passing:
    reasons = video["review_reasons"]
    return Passing(
        video,
        reps,
        finished.row.place,
        finished.page,
        finished.first == finished.row.number,
        {} if document is None else moments(document, reasons),
        {} if document is None else details(document),
    )


def _said(rows: Iterable[Record], plan: Plan) -> list[Record]:
    """Return rows of ``decisions``, without what may hold names where that is asked for."""
    hidden = {"file": None, "note": None} if plan.pseudonymise else {}
    return [_printable(row | hidden) for row in rows]


def _printable(record: Record) -> Record:
    return {
        name: printable_unicode(value) if isinstance(value, str) else value for name, value in record.items()
    }


def _with_summaries(rows: Iterable[Finished], store: Store) -> Iterator[tuple[Finished, Record | None]]:
    """Yield every row with its summary, read some way ahead; None for what is not ok."""
    rows = iter(rows)
    with ThreadPoolExecutor(READERS) as pool:
        while chunk := list(islice(rows, READ_AHEAD)):
            yield from zip(
                chunk,
                pool.map(lambda one: store.summary(one.id) if one.status == "ok" else None, chunk),
                strict=True,
            )


class _Table:
    """One table, written piece by piece; its files appear when it is closed and all went well."""

    def __init__(
        self, open_files: ExitStack, store: Store, name: str, columns: Sequence[Column], csv_too: bool
    ) -> None:
        self._columns = columns
        self._schema = schema(columns, name)
        self._rows: list[Record] = []
        path = open_files.enter_context(store.file(f"{name}.parquet"))
        self._parquet = open_files.enter_context(
            pq.ParquetWriter(path, self._schema, compression="zstd", store_schema=True)
        )
        self._csv: TextIO | None = None
        if csv_too:
            self._csv = _text(open_files, open_files.enter_context(store.file(f"{name}.csv")))
            csv.writer(self._csv, lineterminator="\n").writerow(column.name for column in columns)

    def add(self, rows: Sequence[Record]) -> None:
        """Add rows."""
        self._rows += rows
        if len(self._rows) >= ROWS_AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        self._parquet.write_table(pa.Table.from_pylist(self._rows, schema=self._schema))
        if self._csv is not None:
            names = [column.name for column in self._columns]
            writer = csv.writer(self._csv, lineterminator="\n")
            writer.writerows([_cell(row.get(name)) for name in names] for row in self._rows)
        self._rows = []

    def close(self) -> None:
        """Write what is left."""
        self._flush()
        self._parquet.close()
        if self._csv is not None:
            self._csv.close()


def _text(open_files: ExitStack, path: Path) -> TextIO:
    return open_files.enter_context(path.open("w", encoding="utf-8", newline=""))


def _cell(value: Any) -> str:
    if isinstance(value, date):  # a datetime is one, too
        return value.isoformat()
    return cell(";".join(value) if isinstance(value, list) else value)


def schema(columns: Iterable[Column], table: str) -> pa.Schema:
    """Return the Arrow schema of a table, with its version; the fields carry unit and meaning."""
    return pa.schema(
        [
            pa.field(one.name, _KINDS[one.kind], metadata={"unit": one.unit, "meaning": one.meaning})
            for one in columns
        ],
        metadata={
            "formcheck.schema": SCHEMA,
            "formcheck.table": table,
            "formcheck.summary_schema": SCHEMA_NAME,
            "formcheck.version": __version__,
        },
    )


# Rows


def video_row(
    finished: Finished,
    document: Record | None,
    extra: Sequence[Column],
    plan: Plan,
    pseudonym: Callable[[str], str] | None,
) -> Record:
    """Return a row of ``videos``, but for its rank.

    Parameters
    ----------
    finished : Finished
    document : Record | None
        The summary; None unless ok.
    extra : Sequence[Column]
        The columns carried over from the manifest.
    plan : Plan
    pseudonym : callable | None
        Makes a name that tells nothing; None to write names.
    """
    row = finished.row
    first_path = row.path if finished.first == row.number else None
    people = [
        name if pseudonym is None else pseudonym(f"participant {name}")
        for name in filter(None, (row.participant, *finished.participants))
    ]
    told_at = moment_or_none(row.recorded_at)
    record: Record = dict.fromkeys(column.name for column in VIDEO_COLUMNS)
    record |= {
        "row": row.number,
        "id": finished.id,
        "recording_id": None if finished.sha256 is None else finished.sha256[:NAME_DIGITS],
        "path": finished.id if pseudonym else row.path,
        "participant": people[0] if row.participant else None,
        "participants": [printable_unicode(name) for name in people[bool(row.participant) :]],
        "sha256": finished.sha256,
        "duplicate_of": None if first_path else (finished.id if pseudonym else finished.first_path),
        "status": finished.status,
        "reason": finished.reason,
        "message": finished.message,
        "needs_review": False,
        "review_reasons": [],
        "warnings": [],
        "asked_exercise": row.options.exercise or plan.default_exercise or "auto",
        "recorded_at": told_at,
        "recorded_at_source": None if told_at is None else "manifest",
        "processing_s": finished.wall_s,
        "cpu_s": finished.cpu_s,
        "poses": None if finished.poses is None else poses_file(finished.poses),
    }
    if pseudonym is not None and finished.reason in NAMING_REASONS:
        record["message"] = None
    record |= {
        column.name: value_of(cell, column.kind, comma=plan.decimal_comma)
        for column, cell in zip(extra, row.extra, strict=False)
    }
    record = _printable(record)
    if document is None:
        return record
    return record | _measured(document, told_at, finished.participants)


def _measured(summary: Record, told_at: datetime | None, participants: Sequence[str]) -> Record:
    source, view, reps, quality = summary["source"], summary["view"], summary["reps"], summary["quality"]
    verdicts = Counter(rep["verdict"] for rep in summary["rep_list"])
    reasons = review_reasons(summary, participants)
    filed_at = moment_or_none(source["recorded_at"])
    found: Record = {} if source["sha256"] is None else {"recording_id": source["sha256"][:NAME_DIGITS]}
    return found | {
        "needs_review": bool(reasons) or quality["needs_review"],
        "review_reasons": reasons,
        "warnings": quality["warnings"],
        **{name: summary[name] for name in ("exercise", "exercise_source", "exercise_confidence")},
        **{name: summary[name] for name in ("affected_side", "camera_side")},
        "view": view["label"],
        "view_yaw_deg": view["yaw_deg"],
        "view_assessable": view["assessable"],
        **{f"reps_{name}": reps[name] for name in ("complete", "partial", "left", "right")},
        **{f"verdict_{name.value}": verdicts[name.value] for name in Verdict},
        "not_counted": len(summary["not_counted"]),
        "at_least": sum(joint["at_least"] for rep in summary["rep_list"] for joint in rep["joints"]),
        "sets": len(summary["sets"]),
        **{name: source[name] for name in ("duration_s", "frames", "width", "height")},
        **{
            name: source[name]
            for name in ("rotation_deg", "mirrored", "slow_motion", "max_rate_hz", "person")
        },
        "recorded_at": told_at or filed_at,
        "recorded_at_source": "manifest" if told_at else "file" if filed_at else None,
        **{name: quality[name] for name in ("pose_detected_fraction", "valid_fraction")},
        "profile": summary["profile"]["name"],
        "profile_sha256": summary["profile"]["sha256"],
        **summary["software"],
    }


def rep_rows(id: str, summary: Record) -> Iterator[Record]:
    """Yield the rows of ``reps`` of one recording."""
    exercises = {one["index"]: one["exercise"] for one in summary["sets"]}
    for rep in summary["rep_list"]:
        flat = {column.name: rep.get(column.name) for column in REP_COLUMNS}
        checks = {f"checks_{name}": value for name, value in rep["checks"].items()}
        yield flat | checks | {"id": id, "exercise": exercises.get(rep["set"])}


def fault_rows(id: str, summary: Record) -> Iterator[Record]:
    """Yield the rows of ``faults`` of one recording."""
    exercises = {one["index"]: one["exercise"] for one in summary["sets"]}
    for rep in summary["rep_list"]:
        belongs = {"id": id, "exercise": exercises.get(rep["set"]), "rep": rep["index"], "side": rep["side"]}
        for fault in rep["faults"]:
            yield {column.name: fault.get(column.name) for column in FAULT_COLUMNS} | belongs


def joint_rows(id: str, summary: Record) -> Iterator[Record]:
    """Yield the rows of ``joints`` of one recording."""
    exercises = {one["index"]: one["exercise"] for one in summary["sets"]}
    for rep in summary["rep_list"]:
        belongs = {
            "id": id,
            "exercise": exercises.get(rep["set"]),
            "rep": rep["index"],
            "complete": rep["verdict"] != Verdict.PARTIAL,
        }
        for joint in rep["joints"]:
            yield {column.name: joint.get(column.name) for column in JOINT_COLUMNS} | belongs

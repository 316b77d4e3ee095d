"""``videos``, ``reps`` and ``faults`` as Parquet, and as CSV: rebuilt from the results, row by row.

The only file that imports pyarrow.  However many recordings there are, only a few thousand rows are in
memory.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import pyarrow as pa
import pyarrow.parquet as pq

from formcheck.batch.columns import (
    COLUMNS,
    FAULT_COLUMNS,
    FAULTS,
    REP_COLUMNS,
    REPS,
    VIDEO_COLUMNS,
    VIDEOS,
    Column,
    carried,
    write_dictionary,
)
from formcheck.batch.receipts import Finished, Receipts
from formcheck.batch.store import Store
from formcheck.report.summary_json import printable_unicode
from formcheck.report.tables import cell

DICTIONARY = "data_dictionary.csv"
ROWS_AT_ONCE = 5000
READERS = 8
READ_AHEAD = 64
NAMING_REASONS = ("bad_options", "unsupported")
"""Their messages quote the manifest."""

Record = dict[str, Any]
Watcher = Callable[[Record, Sequence[Record], bool], None]
"""Called with every row of ``videos``, its rows of ``reps`` (none for a duplicate), and whether it has a
report."""
_KINDS = {
    "string": pa.string(),
    "int64": pa.int64(),
    "float64": pa.float64(),
    "bool": pa.bool_(),
    "list<string>": pa.list_(pa.string()),
}


def write_tables(
    receipts: Receipts,
    store: Store,
    extra_names: Sequence[str],
    default_exercise: str | None,
    *,
    pseudonymise: bool = False,
    csv_too: bool = False,
    watch: Watcher | None = None,
) -> None:
    """Write the three tables and their dictionary from what is finished.

    Raises
    ------
    OutputError
        They cannot be written; those of an earlier run stay as they were.
    """
    extra = () if pseudonymise else carried(extra_names)
    with ExitStack() as open_files:
        tables = {
            name: _Table(open_files, store, name, (*columns, *(extra if name == VIDEOS else ())), csv_too)
            for name, columns in COLUMNS.items()
        }
        aliases = receipts.pseudonym if pseudonymise else None
        for finished, document in _with_summaries(receipts.finished(nameless=pseudonymise), store):
            video = video_row(finished, document, extra, default_exercise, aliases)
            reps, faults = [], []
            if document is not None and finished.first == finished.row.number:
                reps, faults = list(rep_rows(finished.id, document)), list(fault_rows(finished.id, document))
            if watch is not None:
                watch(video, reps, finished.page)
            for name, rows in ((VIDEOS, [video]), (REPS, reps), (FAULTS, faults)):
                tables[name].add(rows)
        for table in tables.values():
            table.close()
        with (
            store.file(DICTIONARY) as path,
            path.open("w", encoding="utf-8", newline="") as file,
        ):
            write_dictionary(extra, file)
    if not csv_too:
        for name in COLUMNS:
            store.remove(f"{name}.csv")  # of an earlier run: it would not fit the rest


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
        self._schema = schema(columns)
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
    return cell(";".join(value) if isinstance(value, list) else value)


def schema(columns: Iterable[Column]) -> pa.Schema:
    """Return the Arrow schema of a table; the fields carry unit and meaning."""
    return pa.schema(
        [
            pa.field(one.name, _KINDS[one.kind], metadata={"unit": one.unit, "meaning": one.meaning})
            for one in columns
        ]
    )


# Rows


def video_row(
    finished: Finished,
    document: Record | None,
    extra: Sequence[Column],
    default_exercise: str | None,
    pseudonym: Callable[[str], str] | None,
) -> Record:
    """Return a row of ``videos``.

    Parameters
    ----------
    finished : Finished
    document : Record | None
        The summary; None unless ok.
    extra : Sequence[Column]
        The columns carried over from the manifest.
    default_exercise : str | None
        What the command line asked for.
    pseudonym : callable | None
        Makes a name that tells nothing; None to write names.
    """
    row = finished.row
    first_path = row.path if finished.first == row.number else None
    participant = row.participant
    if pseudonym is not None:
        participant = pseudonym(f"participant {participant}") if participant else None
    record: Record = dict.fromkeys(column.name for column in VIDEO_COLUMNS)
    record |= {
        "row": row.number,
        "id": finished.id,
        "path": finished.id if pseudonym else row.path,
        "participant": participant,
        "sha256": finished.sha256,
        "duplicate_of": None if first_path else (finished.id if pseudonym else finished.first_path),
        "status": finished.status,
        "reason": finished.reason,
        "message": finished.message,
        "needs_review": False,
        "review_reasons": [],
        "warnings": [],
        "asked_exercise": row.exercise or default_exercise or "auto",
        "recorded_at": row.recorded_at,
        "processing_s": finished.wall_s,
        "cpu_s": finished.cpu_s,
    }
    if pseudonym is not None and finished.reason in NAMING_REASONS:
        record["message"] = None
    record |= {column.name: value for column, value in zip(extra, row.extra, strict=False)}
    record = {
        name: printable_unicode(value) if isinstance(value, str) else value for name, value in record.items()
    }
    return record if document is None else record | _measured(document, row.recorded_at)


def _measured(summary: Record, recorded_at: str | None) -> Record:
    source, view, reps, quality = summary["source"], summary["view"], summary["reps"], summary["quality"]
    return {
        "needs_review": quality["needs_review"],
        "review_reasons": review_reasons(summary),
        "warnings": quality["warnings"],
        **{name: summary[name] for name in ("exercise", "exercise_source", "exercise_confidence")},
        **{name: summary[name] for name in ("affected_side", "camera_side")},
        "view": view["label"],
        "view_yaw_deg": view["yaw_deg"],
        "view_assessable": view["assessable"],
        **{f"reps_{name}": reps[name] for name in ("complete", "partial", "left", "right")},
        "sets": len(summary["sets"]),
        **{name: source[name] for name in ("duration_s", "frames", "width", "height")},
        "recorded_at": recorded_at or source["recorded_at"],
        **{name: quality[name] for name in ("pose_detected_fraction", "valid_fraction")},
        "profile": summary["profile"]["name"],
        "profile_sha256": summary["profile"]["sha256"],
        **summary["software"],
    }


def review_reasons(summary: Record) -> list[str]:
    """Return why somebody should look at a result; empty when nobody needs to."""
    quality, reps = summary["quality"], summary["rep_list"]
    if not quality["needs_review"]:
        return []
    reasons = list(quality["warnings"])
    if all(rep["verdict"] == "partial" for rep in reps):
        reasons.append("no_repetition")
    if any(fault["severity"] == "stop" for rep in reps for fault in rep["faults"]):
        reasons.append("stop_severity")
    return reasons


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

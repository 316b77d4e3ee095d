"""The tables of a result folder: ``reps.csv``, ``frames.csv`` and ``events.jsonl``.

CSV as in RFC 4180, except that lines end with a bare line feed on every system: comma, quotes where needed,
one header line, UTF-8 without byte order mark.  Open the file with ``newline=""``.  An empty cell means
"not measurable" or "does not apply".  Truth values are ``true`` and ``false``.  A text that a spreadsheet
would take for a formula gets an apostrophe in front; numbers are left alone.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import astuple, fields
from typing import TextIO

from formcheck.correction import NAMES, Estimate
from formcheck.kinematics import BY_NAME, SIDES, body_of
from formcheck.pose.skeleton import Pose, Side
from formcheck.report.summary_json import plain
from formcheck.results import Event, FrameAngles, Rep, Snapshot, Summary

ANGLE_NAMES = tuple(field.name for field in fields(FrameAngles))

RAW = ("knee_flexion", "hip_flexion", "knee_flexion_3d", "hip_flexion_3d")

REP_COLUMNS = (
    *(field.name for field in fields(Rep) if field.name not in ("checks", "faults", "joints")),
    "checks_assessed",
    "checks_of",
)

FRAME_COLUMNS = (
    "frame",
    "time_s",
    "phase",
    *ANGLE_NAMES,
    "valid",
    "reason",
    "posture",
    "view",
    "yaw_deg",
    "signal",
    "exercise",
    "working_side",
    *(f"{name.removesuffix('_deg')}_error_deg" for name in ANGLE_NAMES),
    *(f"{name}_{kind}_deg" for name in NAMES for kind in ("corrected", "band")),
    *(f"{side}_{name if name.endswith('3d') else name + '_2d'}_deg" for name in RAW for side in Side),
)
"""The errors are half of the band around an angle that is meant to hold the truth in nine cases of ten.  Then
come all learned angles, however wide their bands, and what they are learned from: angles in the picture, and
(``3d``) between the pose model's own landmarks in space."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t")


def write_reps(summary: Summary, file: TextIO) -> None:
    """Write one row per repetition: its scalar fields, then the verdict on each fault.

    The fault columns are those of the exercises in the recording; a repetition of another exercise
    leaves them empty.
    """
    codes = fault_codes(summary)
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow((*REP_COLUMNS, *codes))
    for rep in summary.rep_list:
        writer.writerow(_rep_cells(rep, codes))


def write_frames(snapshots: Iterable[Snapshot], file: TextIO) -> None:
    """Write one row per analysed frame, as they come."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(FRAME_COLUMNS)
    writer.writerows(_frame_cells(snapshot) for snapshot in snapshots)


def write_events(events: Iterable[Event], file: TextIO) -> None:
    """Write one JSON object a line: ``time_s``, ``event``, then the details."""
    for event in events:
        record = {"time_s": event.time_s, "event": event.event, **dict(event.details)}
        file.write(json.dumps(plain(record), ensure_ascii=False, allow_nan=False) + "\n")


def fault_codes(summary: Summary) -> tuple[str, ...]:
    """Return every fault code that the summary speaks of, in the order of the exercises' rules."""
    by_rep = (check.code for rep in summary.rep_list for check in rep.faults)
    return tuple(dict.fromkeys([*by_rep, *summary.faults]))


def _rep_cells(rep: Rep, codes: Iterable[str]) -> list[str]:
    verdicts: Mapping[str, str] = {check.code: check.verdict for check in rep.faults}
    scalars = [getattr(rep, name) for name in REP_COLUMNS[:-2]]
    checks = [rep.checks.assessed, rep.checks.of]
    return [cell(value) for value in (*scalars, *checks, *map(verdicts.get, codes))]


def _frame_cells(snapshot: Snapshot) -> list[str]:
    values = (
        snapshot.frame,
        snapshot.time_s,
        snapshot.phase,
        *(round(angle, 2) for angle in astuple(snapshot.angles)),
        snapshot.valid,
        snapshot.reason,
        snapshot.posture,
        snapshot.view.label,
        snapshot.view.yaw_deg,
        snapshot.signal,
        snapshot.exercise,
        snapshot.working_side,
        *(round(band, 2) for band in astuple(snapshot.bands)),
        *_learned_cells(snapshot.estimate),
        *_raw_cells(snapshot.pose),
    )
    return [cell(value) for value in values]


def _learned_cells(estimate: Estimate | None) -> Iterable[float | None]:
    if estimate is None:
        return [None] * (2 * len(NAMES))
    pairs = ((estimate.angles_deg[name], estimate.half_deg[name]) for name in NAMES)
    return (round(number, 2) for pair in pairs for number in pair)


def _raw_cells(pose: Pose) -> Iterable[float | None]:
    if not pose.detected:
        return [None] * (len(RAW) * len(Side))
    body = body_of(pose)
    return (round(BY_NAME[name].function(body, SIDES[side]), 2) for name in RAW for side in Side)


def cell(value: object) -> str:
    """Return the text of one cell."""
    content = plain(value)
    if isinstance(content, bool):
        return "true" if content else "false"
    if isinstance(content, str):
        text = content.replace("\r\n", "\n").replace("\r", "\n")  # a bare \r would not be quoted
        return "'" + text if text.lstrip("\n").startswith(_FORMULA_STARTS) else text
    return "" if content is None else str(content)

"""The columns of the tables: name, type, unit, meaning.  Schemas and the data dictionary come from here."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TextIO

VIDEOS, REPS, FAULTS = "videos", "reps", "faults"


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes
    ----------
    name : str
    kind : str
        ``string``, ``int64``, ``float64``, ``bool`` or ``list<string>``.
    meaning : str
        When the cell is empty stands there, where it is not plain.
    unit : str
        Empty without one.
    """

    name: str
    kind: str
    meaning: str
    unit: str = ""


def _columns(text: str) -> tuple[Column, ...]:
    rows = (line.split("|") for line in text.strip().splitlines())
    return tuple(
        Column(name.strip(), kind.strip(), meaning.strip(), unit.strip())
        for name, kind, unit, meaning in rows
    )


VIDEO_COLUMNS = _columns("""
row | int64 | | number of the row, in the order given, from 1
id | string | | hash of content, options, profile and software; names the folder results/ID
path | string | | as given; with --pseudonymise the id
participant | string | | as the manifest says; with --pseudonymise a code that stays the same in this folder
sha256 | string | | hash of the file's content; empty when it could not be read
duplicate_of | string | | path of the first row with this id (or the id); empty for that row
status | string | | ok, failed or skipped (listed, and left out by the user)
reason | string | | code of why it failed
message | string | | the same for people
needs_review | bool | | somebody should look at the result; false unless ok
review_reasons | list<string> | | why: the warnings, no_repetition, stop_severity
warnings | list<string> | | warning codes of the result
exercise | string | | as given or recognised; unknown is an answer; empty unless ok, as all that follows
exercise_source | string | | given or recognised
exercise_confidence | float64 | 0 to 1 | of the recognition
asked_exercise | string | | what the row or the command line asked for; filled in every row
affected_side | string | | as told
camera_side | string | | the participant's side that faces the camera
view | string | | side, front, back, oblique, foot_end, head_end or unknown
view_yaw_deg | float64 | deg | 0 = true side view, 90 = front or back
view_assessable | bool | | the exercise's own measure can be judged from there
reps_complete | int64 | | complete repetitions of the exercise
reps_partial | int64 | | partial ones
reps_left | int64 | | of the left side, where legs count apart
reps_right | int64 | | of the right side, where legs count apart
sets | int64 | | sets of all exercises
duration_s | float64 | s | of the recording
frames | int64 | | of the recording
width | int64 | px | as displayed
height | int64 | px | as displayed
recorded_at | string | | as the manifest says, else as the file says; ISO 8601
pose_detected_fraction | float64 | 0 to 1 | frames in which the body was found
valid_fraction | float64 | 0 to 1 | frames in which the exercise's own measure could be taken
profile | string | | name of the profile that judged
profile_sha256 | string | | its hash
processing_s | float64 | s | time from opening to result; empty when it is not known any more
cpu_s | float64 | s | processor time of the same
formcheck | string | | version
mediapipe | string | | version
model | string | | pose model
model_sha256 | string | | its hash
""")

REP_COLUMNS = _columns("""
id | string | | of the recording, as in videos
exercise | string | | of the set that the repetition belongs to
index | int64 | | number in the recording, from 1, partial ones included
set | int64 | | number of its set, from 1
side | string | | left or right, where the exercise has sides
start_s | float64 | s | since the first frame
peak_s | float64 | s | of the end of range
end_s | float64 | s | back at rest
signal | string | | the measure that repetitions are counted from
signal_unit | string | | deg or ratio
peak | float64 | signal_unit | absolute, anatomical neutral 0
range | float64 | signal_unit | peak minus rest
error | float64 | signal_unit | of the measure; empty while it is not known
outbound_s | float64 | s | way out
hold_s | float64 | s | at the end of range
return_s | float64 | s | way back
peak_velocity | float64 | signal_unit/s | fastest
valid_fraction | float64 | 0 to 1 | frames of the repetition in which the measure could be taken
verdict | string | | good, faulty, partial or not_assessed
checks_assessed | int64 | | form checks that could be judged
checks_of | int64 | | form checks of the exercise
""")

FAULT_COLUMNS = _columns("""
id | string | | of the recording, as in videos
exercise | string | | of the repetition
rep | int64 | | index of the repetition, as in reps
side | string | | of the repetition
code | string | | of the form check
verdict | string | | present, absent or not_assessed
severity | string | | stop, correct, improve or log; filled for present, as all that follows but reason
start_s | float64 | s | since the first frame
end_s | float64 | s | since the first frame
worst_s | float64 | s | since the first frame
value | float64 | unit | at its worst
unit | string | | of value and limit
limit | float64 | unit | that was crossed
reason | string | | why it could not be judged; filled for not_assessed
""")

COLUMNS = {VIDEOS: VIDEO_COLUMNS, REPS: REP_COLUMNS, FAULTS: FAULT_COLUMNS}


def carried(names: Iterable[str]) -> tuple[Column, ...]:
    """Return the columns for unknown columns of the manifest; a name that is taken gets a prefix."""
    taken = {column.name for column in VIDEO_COLUMNS}
    return tuple(
        Column(f"manifest_{name}" if name in taken else name, "string", "carried over from the manifest")
        for name in names
    )


def write_dictionary(extra: Iterable[Column], file: TextIO) -> None:
    """Write the data dictionary: one row per column of every table (CSV)."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("table", "column", "type", "unit", "meaning"))
    for table, columns in COLUMNS.items():
        for column in (*columns, *(extra if table == VIDEOS else ())):
            writer.writerow((table, column.name, column.kind, column.unit, column.meaning))

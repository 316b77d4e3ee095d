"""The columns of the tables: name, type, unit, meaning.  Schemas and the data dictionary come from here."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TextIO

VIDEOS, REPS, FAULTS, JOINTS = "videos", "reps", "faults", "joints"
DECISIONS, AGREEMENT = "decisions", "agreement"
SCHEMA = "formcheck.batch/2"
"""Of the tables and of ``run.json``; stands in the metadata of every Parquet file."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes
    ----------
    name : str
    kind : str
        ``string``, ``int64``, ``float64``, ``bool``, ``list<string>``, ``timestamp[us]`` or
        ``date32[day]``.
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
    rows = (line.split("|") for line in text.strip().replace("\n  ", " ").splitlines())
    return tuple(
        Column(name.strip(), kind.strip(), meaning.strip(), unit.strip())
        for name, kind, unit, meaning in rows
    )


VIDEO_COLUMNS = _columns("""
row | int64 | | number of the row, in the order given, from 1
rank | int64 | | what to open first, from 1: what the plan says to stop for, then failures, then doubtful
  counts and names, then the rest; rows of one id share it; empty for what needs nobody
id | string | | hash of content, options, profile and software; names the folder results/ID
recording_id | string | | of the content: the same for copies of a recording and for other options; empty
  when it could not be read
path | string | | as given; with --pseudonymise the id
participant | string | | as the manifest says; with --pseudonymise a code that stays the same in this folder
participants | list<string> | | under whom this recording is listed in this run, at most 20; more than one is
  a reason to look
sha256 | string | | hash of the file's content; empty when it could not be read
duplicate_of | string | | path of the first row with this id (or the id); empty for that row
status | string | | ok, failed or skipped (listed, and left out by the user)
reason | string | | code of why it failed
message | string | | the same for people
needs_review | bool | | somebody should look at the result; false unless ok
review_reasons | list<string> | | why: the warnings, no_repetition, not_counted, stop_severity,
  several_participants
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
verdict_good | int64 | | rows of reps with this verdict, of all exercises
verdict_faulty | int64 | | likewise
verdict_partial | int64 | | likewise
verdict_not_assessed | int64 | | likewise; complete repetitions that no check could judge
not_counted | int64 | | movements about as large as a repetition that were not counted
at_least | int64 | | rows of joints whose end position was not measurable: the peak is how far it was seen
  to go
sets | int64 | | sets of all exercises
duration_s | float64 | s | of the recording
frames | int64 | | of the recording
width | int64 | px | as displayed
height | int64 | px | as displayed
rotation_deg | int64 | deg | clockwise turn that was applied
mirrored | bool | | left and right were put right
slow_motion | float64 | | the recording plays so many times slower than life
max_rate_hz | float64 | 1/s | highest rate at which frames were analysed; empty = all of them
person | string | | who was chosen; empty = automatic
recorded_at | timestamp[us] | | as the manifest says, else as the file says; without zone: a time with an
  offset is that of UTC, a date alone its midnight
recorded_at_source | string | | manifest or file
pose_detected_fraction | float64 | 0 to 1 | frames in which the body was found
valid_fraction | float64 | 0 to 1 | frames in which the exercise's own measure could be taken
profile | string | | name of the profile that judged
profile_sha256 | string | | its hash
processing_s | float64 | s | time from opening to result; empty when it is not known any more
cpu_s | float64 | s | processor time of the same
poses | string | | recorded poses that the result was scored from, a file of this folder; empty when they
  are not kept
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

JOINT_COLUMNS = _columns("""
id | string | | of the recording, as in videos
exercise | string | | of the repetition
rep | int64 | | index of the repetition, as in reps
complete | bool | | the repetition counts
joint | string | | knee_flexion, hip_flexion or another measured angle
side | string | | left or right
near | bool | | this side faces the camera; empty when neither does
rest_deg | float64 | deg | at rest before the repetition, as all angles here absolute, anatomical neutral 0
peak_deg | float64 | deg | at the end position
range_deg | float64 | deg | how far the joint went from rest to the end position, never negative
error_deg | float64 | deg | half of the 90 % band around the peak; empty while it is not known
valid_fraction | float64 | 0 to 1 | frames of the repetition in which the angle could be measured
at_least | bool | | the end position was not measurable: the peak is how far it was seen to go
""")

DECISION_COLUMNS = _columns("""
id | string | | of the result, as in videos; empty when the decision is about none of this run
recording_id | string | | of the content, as in videos
file | string | | where it stands
saved_at | timestamp[us] | | when it was saved, UTC
superseded | bool | | a later file decides about the same recording: not part of the agreement
kind | string | | check, repetition or recording
exercise | string | | of the repetition, else of the recording
rep | int64 | | index of the repetition, as in reps
code | string | | of the form check
software | string | | verdict of the software on the check or the repetition
decision | string | | confirmed, rejected or missed; of a repetition counted or not_counted; empty when
  there is a note alone
reps_software | int64 | | complete repetitions by the software; filled for recordings, as the next
reps_therapist | int64 | | the same with the therapist's corrections
note | string | | free text; left out with --pseudonymise
""")

AGREEMENT_COLUMNS = _columns("""
exercise | string | | of the check or count
code | string | | of the form check; empty in the row that compares the counts of an exercise
recordings | int64 | | with a decision on it
confirmed | int64 | | repetitions in which it is as the software found
rejected | int64 | | found by the software, not there
missed | int64 | | there, not found by the software
open | int64 | | found by the software in these recordings, not decided on
agreement | float64 | 0 to 1 | confirmed of all that were decided on; of counts: recordings whose count was
  right
reps_software | int64 | | complete repetitions by the software; filled in the row of counts, as the next two
reps_therapist | int64 | | the same with the therapist's corrections
reps_off | int64 | | sum of the differences, whatever their direction
""")

COLUMNS = {
    VIDEOS: VIDEO_COLUMNS,
    REPS: REP_COLUMNS,
    FAULTS: FAULT_COLUMNS,
    JOINTS: JOINT_COLUMNS,
    DECISIONS: DECISION_COLUMNS,
    AGREEMENT: AGREEMENT_COLUMNS,
}


def carried(kinds: Mapping[str, str]) -> tuple[Column, ...]:
    """Return the columns for unknown columns of the manifest, given with their types.

    A name that is taken gets a prefix.
    """
    taken = {column.name for column in VIDEO_COLUMNS}
    return tuple(
        Column(f"manifest_{name}" if name in taken else name, kind, "carried over from the manifest")
        for name, kind in kinds.items()
    )


def write_dictionary(extra: Iterable[Column], file: TextIO) -> None:
    """Write the data dictionary: one row per column of every table (CSV)."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("table", "column", "type", "unit", "meaning"))
    for table, columns in COLUMNS.items():
        for column in (*columns, *(extra if table == VIDEOS else ())):
            writer.writerow((table, column.name, column.kind, column.unit, column.meaning))

import csv
import io
import json
import math
from dataclasses import replace

import numpy as np
from people import FakeReview, example_summary, snapshot, squatting

from formcheck.pose.skeleton import Side
from formcheck.report.tables import FRAME_COLUMNS, REP_COLUMNS, write_events, write_frames, write_reps
from formcheck.results import FrameAngles, Phase


def _rows(write, content):
    file = io.StringIO(newline="")
    write(content, file)
    text = file.getvalue()
    assert "\r" not in text
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_reps_have_the_fields_of_the_summary_in_order_then_a_column_per_fault():
    assert REP_COLUMNS == (
        "index", "set", "side", "start_s", "peak_s", "end_s", "signal", "signal_unit", "peak", "range",
        "error", "outbound_s", "hold_s", "return_s", "peak_velocity", "valid_fraction", "verdict",
        "checks_assessed", "checks_of",
    )  # fmt: skip
    first, second = _rows(write_reps, example_summary())
    assert list(first) == [*REP_COLUMNS, "forward_lean", "knee_valgus"]
    assert first["peak"] == "92.1"
    assert first["side"] == ""
    assert (first["forward_lean"], first["knee_valgus"]) == ("present", "not_assessed")
    assert (second["verdict"], second["peak_velocity"]) == ("partial", "")


def test_fault_columns_are_there_without_any_repetition():
    file = io.StringIO()
    write_reps(replace(example_summary(), rep_list=()), file)
    assert file.getvalue().strip().endswith("checks_of,forward_lean,knee_valgus")


def test_a_fault_of_another_exercise_leaves_the_cell_empty():
    summary = example_summary()
    one, two = summary.rep_list
    mixed = replace(summary, rep_list=(one, replace(two, faults=(replace(two.faults[0], code="feet_far"),))))
    first, second = _rows(write_reps, mixed)
    assert (first["feet_far"], second["feet_far"], second["forward_lean"]) == ("", "absent", "")


def test_frames_begin_with_the_promised_columns():
    assert FRAME_COLUMNS[:9] == (
        "frame", "time_s", "phase", "left_knee_flexion_deg", "right_knee_flexion_deg", "left_hip_flexion_deg",
        "right_hip_flexion_deg", "trunk_inclination_deg", "valid",
    )  # fmt: skip
    assert FRAME_COLUMNS[9:16] == (
        "reason",
        "posture",
        "view",
        "yaw_deg",
        "signal",
        "exercise",
        "working_side",
    )


def test_frames_are_written_one_by_one():
    file = io.StringIO()
    sizes = []

    def watched():
        for i in range(3):
            sizes.append(len(file.getvalue()))
            yield snapshot(frame=i, time_s=i / 30)

    write_frames(watched(), file)
    assert sizes[0] < sizes[1] < sizes[2]


def test_what_cannot_be_measured_is_an_empty_cell():
    blind = snapshot(
        angles=FrameAngles(left_knee_flexion_deg=-3.14159),
        valid=False,
        reason="feet out of the picture",
        signal=math.nan,
        phase=Phase.RETURN,
        working_side=Side.LEFT,
        time_s=np.float64(1 / 3),
    )
    (row,) = _rows(write_frames, [blind])
    assert row["left_knee_flexion_deg"] == "-3.14"
    assert row["right_knee_flexion_deg"] == row["signal"] == ""
    assert (row["valid"], row["reason"]) == ("false", "feet out of the picture")
    assert (row["phase"], row["working_side"], row["time_s"]) == ("return", "left", "0.3333")
    assert _rows(write_frames, [snapshot()])[0]["valid"] == "true"


def test_text_that_looks_like_a_formula_is_defused_and_numbers_are_not_touched():
    for start in ("=", "+", "-", "@", "\t", "\r="):
        (row,) = _rows(write_frames, [snapshot(reason=f"{start}cmd|' /C calc'!A0", signal=-5.0)])
        assert row["reason"].startswith("'")
        assert row["signal"] == "-5.0"


def test_commas_quotes_and_line_ends_in_text_survive():
    reason = 'hidden by "table", or\nout of the picture; Füße'
    assert _rows(write_frames, [snapshot(reason=reason)])[0]["reason"] == reason


def test_same_content_gives_the_same_bytes():
    def written():
        file = io.StringIO()
        write_frames((snapshot(squatting(), frame=i, time_s=i / 29.97) for i in range(50)), file)
        return file.getvalue()

    assert written() == written()


def test_events_are_one_object_a_line_time_first():
    file = io.StringIO()
    write_events(FakeReview(example_summary()).events, file)
    lines = file.getvalue().splitlines()
    assert lines[0] == '{"time_s": 0.5, "event": "rep_completed", "rep": 1, "peak": null, "side": null}'
    assert json.loads(lines[1]) == {"time_s": 1.0, "event": "tracking_lost", "reason": "Füße nicht im Bild"}
    assert "Füße" in lines[1]

"""A real person in front of the camera (samples/rohanx01_squat.mp4), and whether he is let in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from benchmarks.live_sessions import Label, Loop, Virtual, score, session_over, times_in
from formcheck.live.session import Setup
from formcheck.plan import Stretch
from formcheck.pose import recorded
from formcheck.pose.sighting import Sighting

POSES = Path(__file__).parent / "real" / "rohanx01_squat.npz"
SQUATS = ((8.7, 11.8), (15.3, 18.3))
"""Labelled by eye, within 0.3 s."""
LIMIT_S = 20.0


@cache
def seen() -> tuple[Sighting, ...]:
    return tuple(recorded.load(POSES).sightings)


def played(sightings: Iterable[Sighting], seconds: float):
    rows = list(sightings)
    setup = Setup("squat", reps=0, sets=1, questions=False)
    return Virtual(setup).play(Loop(rows), seconds)


def only(*spans: tuple[float, float]) -> list[Sighting]:
    """Return these parts of the recording, one after the other."""
    parts = [one for since, until in spans for one in seen() if since <= one.time_s < until]
    return [replace(one, time_s=index / 15.0) for index, one in enumerate(parts)]


def test_a_real_person_who_stands_there_is_let_in_and_counted():
    result = played(seen(), 42.0)
    begin_s = result.begun_s - result.since_s
    assert begin_s < 3.0
    assert [round(rep.peak_s - result.since_s, 0) for rep in result.reps] == [10.0, 17.0, 31.0, 38.0]
    assert len(result.headlines) <= 2


@pytest.mark.parametrize("light", [0.05, 0.97])
def test_a_white_wall_or_a_dim_room_is_no_matter_where_the_landmarks_are_good(light):
    result = played([replace(one, light=light) for one in seen()], 12.0)
    assert result.begun_s - result.since_s < 3.0
    assert not [one.text for one in result.said if "bright" in one.text or "dark" in one.text]


def test_a_real_person_who_just_does_it_is_let_in_and_counted():
    """Squat upon squat without a second of rest."""
    rows = only((8.9, 11.6), (15.5, 18.1))
    loop_s = len(rows) / 15.0
    result = played(rows, 30.0)
    assert result.begun_s - result.since_s < LIMIT_S
    assert result.counts_from_s - result.since_s < 2 * loop_s
    assert len(result.reps) >= int(30.0 / loop_s * 2) - 2
    assert len(result.headlines) <= 6


def test_a_session_can_be_reviewed_although_the_set_began_before_the_word(tmp_path):
    """The stretch of a set that two repetitions opened is kept with the poses, and read back."""
    recording = recorded.load(POSES)
    stretch = Stretch(1, 8.5, 19.0, opened_s=18.6)
    assert stretch.takes(8.5, 18.7)
    assert not stretch.takes(8.5, 12.0)
    document = recorded.course_record(recorded.Course((), (stretch, Stretch(2, 20.0))))
    assert recorded.read_course(document).counting == (stretch, Stretch(2, 20.0))
    for row in document["counting"]:
        del row["opened_s"]
    assert recorded.read_course(document).counting[0] == replace(stretch, opened_s=None)
    recording.course = recorded.Course(recorded.read_course({"plan": [], "counting": []}).plan, (stretch,))
    with (tmp_path / "poses.npz").open("wb") as file:
        recorded.save(recording, file)
    assert recorded.load(tmp_path / "poses.npz").course.counting == (stretch,)


# The benchmark's own scores


def test_what_lies_at_a_seam_is_named_and_not_held_against_anybody():
    label = Label(POSES, "squat", target=True, reps=SQUATS, in_place_s=1.0)
    recording = recorded.load(POSES)
    result = session_over(label, recording, 44.0)
    whole = score(label, result, Loop(recording.sightings).period_s)
    assert (whole.counted, whole.missed, whole.extra, whole.seam) == (4, (), (), (0, 0))
    assert whole.begin_s < 1.0
    assert whole.passed
    cut = replace(label, reps=((0.1, 3.0), *SQUATS, (5.0, 6.0)))
    held = score(cut, result, Loop(recording.sightings).period_s)
    assert held.seam == (0, 1)
    assert held.missed == (5.0, 25.5)
    assert not held.passed


def test_labels_by_eye_are_read():
    assert times_in("bottoms 2.1, 5.7; third begins? no") == [(0.9, 3.3), (4.5, 6.9)]
    assert times_in("complete L 0.4-0.8, R 0.9-1.3; R at 0") == [(0.4, 0.8), (0.9, 1.3)]
    assert times_in("tops 2.0, 7.0; third comes down at 12.6-12.9") == [(0.8, 3.2), (5.8, 8.2)]
    assert times_in("walks off") == []

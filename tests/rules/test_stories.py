"""The means by which stories are told: amounts over a repetition, stops on the way, what the model sees."""

import numpy as np
import pytest

from tests.rules.stories import Film, held, lost, one_in_five, unsure
from tests.synthetic import Course, Path, Tempo, squat


def trunk_of(clip):
    return clip.truth.angles_deg["trunk_inclination"]


def at(clip, time_s):
    return int(np.argmin(np.abs(clip.truth.times_s - time_s)))


def test_an_amount_grows_with_the_movement_and_a_course_does_not():
    course = Course(((0.0, 0.0), (1.0, 20.0), (2.0, 20.0), (2.5, 0.0)))
    clip = squat([1.0, 1.0], tempo=Tempo(1.0, 1.0, 1.0, 1.0), trunk_deg=[course, 40.0])
    assert trunk_of(clip)[at(clip, 1.5)] == pytest.approx(10.0)
    assert trunk_of(clip)[at(clip, 2.5)] == pytest.approx(20.0)
    assert trunk_of(clip)[at(clip, 3.9)] == pytest.approx(0.0, abs=1e-6)
    assert trunk_of(clip)[at(clip, 6.5)] == pytest.approx(40.0)


def test_there_is_one_amount_for_every_repetition():
    with pytest.raises(ValueError, match="3 amounts for 2 repetitions"):
        squat([1.0, 1.0], trunk_deg=[1.0, 2.0, 3.0])


def test_somebody_stops_on_the_way():
    path = Path(((0.0, 0.0), (1.0, 0.5), (2.0, 0.5), (3.0, 1.0), (3.5, 1.0), (4.5, 0.0)), 0.5)
    clip = squat([1.0, 1.0], tempo=path, rest_knee_deg=0.0, knee_deg=80.0)
    knee = (clip.truth.angles_deg["knee_flexion_left"] + clip.truth.angles_deg["knee_flexion_right"]) / 2
    for later_s in (0.0, 5.0):
        assert knee[at(clip, 2.2 + later_s)] == pytest.approx(40.0, abs=0.5)
        assert knee[at(clip, 2.8 + later_s)] == pytest.approx(40.0, abs=0.5)
        assert knee[at(clip, 4.2 + later_s)] == pytest.approx(80.0, abs=0.5)
    first = clip.truth.repetitions[0]
    moments = (first.top_start_s, first.top_end_s, first.end_s)
    assert moments == (pytest.approx(4.0), pytest.approx(4.5), pytest.approx(5.5))


def test_a_plateau_is_as_long_as_asked_on_every_picture():
    times = np.arange(0.0, 4.0, 0.04)
    values = held((10.0, 0.4), (5.0, 0.2), start_s=1.6).at(times)
    assert (values == 10.0).sum() == 11
    assert (values == 5.0).sum() == 6
    assert set(values) == {0.0, 5.0, 10.0}


def test_a_sight_is_that_of_its_repetition_only():
    film = Film("squat", [1.0, 1.0], sights=[one_in_five(lost), unsure(["hip"], 0.3)])
    first, second = film.clip.truth.repetitions
    gone = [pose.time_s for pose in film.poses if not pose.detected]
    assert all(first.start_s <= time_s <= first.end_s for time_s in gone)
    assert len(gone) == pytest.approx((first.end_s - first.start_s) * 25 / 5, abs=1)
    dim = [pose.time_s for pose in film.poses if pose.detected and pose.visibility[23] == 0.3]
    assert (min(dim), max(dim)) == (pytest.approx(second.start_s), pytest.approx(second.end_s))

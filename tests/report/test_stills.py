"""Which frames pictures are made of: where a whole body is to be believed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from people import example_summary, snapshot, squatting

from formcheck.pose.skeleton import Landmark
from formcheck.report.stills import NEAR_PEAK_S, PeakWatch, believable


def at(time_s, change=None, **changes):
    pose = squatting(time_s=time_s)
    if change is not None:
        pose = replace(pose, image_px=change(pose.image_px))
    return snapshot(pose, time_s=time_s, frame=round(30 * time_s), **changes)


def on_an_arm(points):
    """A skeleton the size of an arm, in a corner of the picture."""
    low = np.nanmin(points, axis=0)
    return 0.2 * (points - low) + (40.0, 40.0)


def half_outside(points):
    return points + np.array((0.0, 90.0))


def watched(snapshots, summary=None):
    watch = PeakWatch(summary or example_summary())
    assert list(watch.watch(snapshots)) == list(snapshots)
    return watch


def test_a_body_is_believed_when_it_is_whole_large_and_inside():
    assert believable(at(0.0)) == 1.0
    assert believable(at(0.0, on_an_arm)) == 0.0
    assert believable(at(0.0, half_outside)) == 0.0
    assert believable(at(0.0, valid=False)) == 0.0
    hidden = squatting(hidden=(Landmark.LEFT_KNEE,))
    assert believable(snapshot(hidden)) == 1.0  # the other side is whole
    assert believable(snapshot(squatting(hidden=(Landmark.LEFT_KNEE, Landmark.RIGHT_HIP)))) == 0.0


def test_the_poster_is_of_a_counted_repetition_and_not_of_the_first_frames():
    """The first frames show a skeleton on an arm, then a person stands; a repetition is from 1.2 to 3.6 s."""
    frames = [at(t / 10, on_an_arm if t < 5 else None) for t in range(60)]
    poster = watched(frames).poster
    assert poster is not None
    assert 1.2 <= poster.time_s <= 3.6


def test_without_a_counted_repetition_the_poster_is_any_believable_body():
    none = replace(example_summary(), rep_list=())
    frames = [at(t / 10, on_an_arm if t < 5 else None) for t in range(10)]
    poster = watched(frames, none).poster
    assert poster is not None
    assert poster.time_s == 0.5
    assert watched(frames[:5], none).poster is None


def test_the_picture_of_a_repetition_is_at_its_peak_or_as_near_as_the_body_is_believable():
    peak_s = example_summary().rep_list[0].peak_s
    times = [peak_s + step / 20 for step in range(-10, 11)]
    assert watched([at(t) for t in times]).shots[1].time_s == peak_s
    beside = [at(t, half_outside if abs(t - peak_s) < 0.12 else None) for t in times]
    assert 0.12 < abs(watched(beside).shots[1].time_s - peak_s) < 0.18
    nowhere = [at(t, half_outside) for t in times]
    assert watched(nowhere).shots[1].time_s == peak_s
    assert NEAR_PEAK_S < 0.5

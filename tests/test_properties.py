"""What holds for anything: found by hypothesis, not by example."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from formcheck.analyser import Analyser
from formcheck.exercises import EXERCISES
from formcheck.geometry import angle_between_deg, interior_angle_deg, turn_deg
from formcheck.kinematics import BAND, CORRECTED, body_of, measure
from formcheck.movement import held_extreme
from formcheck.plan import Segment
from formcheck.pose.skeleton import Pose, mirrored
from formcheck.recognition import recognise
from formcheck.reps import RepCycle, RepState, advance, finish
from tests.exercises.watched import filmed, usual
from tests.synthetic import Camera, Noise, squat

finite = st.floats(-1e3, 1e3, allow_nan=False)
points = st.builds(complex, finite, finite)
spaces = st.tuples(finite, finite, finite)
CYCLE = RepCycle(30.0, -20.0, 45.0, 0.6)
quick = settings(max_examples=60, deadline=None, derandomize=True)
few = settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


# --- angles --------------------------------------------------------------------------------------------


def well_apart(*where: complex) -> bool:
    return all(abs(a - b) > 1e-3 for i, a in enumerate(where) for b in where[:i])


@quick
@given(st.tuples(points, points, points), points, st.floats(0.01, 100), st.floats(0, 6.28))
def test_angles_ignore_scale_rotation_and_translation(corners, shift, scale, turn):
    p, q, r = corners
    if not well_apart(p, q, r):
        return
    by = scale * complex(math.cos(turn), math.sin(turn))
    before = interior_angle_deg(p, q, r)
    assert interior_angle_deg(p * by + shift, q * by + shift, r * by + shift) == pytest.approx(
        before, abs=1e-2
    )
    turned = turn_deg((p - q) * by, (r - q) * by) - turn_deg(p - q, r - q)
    assert math.sin(math.radians(turned)) == pytest.approx(0, abs=1e-3)
    assert math.cos(math.radians(turned)) == pytest.approx(1, abs=1e-3)
    assert interior_angle_deg(p.conjugate(), q.conjugate(), r.conjugate()) == pytest.approx(before, abs=1e-6)


@quick
@given(spaces, spaces, st.floats(0.01, 100))
def test_angles_in_space_are_symmetric_and_ignore_scale(a, b, scale):
    angle = angle_between_deg(a, b)
    scaled = angle_between_deg(tuple(scale * x for x in b), a)
    assert math.isnan(angle) == math.isnan(scaled) or max(abs(x) for x in (*a, *b)) < 1e-100
    if not math.isnan(angle) and not math.isnan(scaled):
        assert 0 <= angle <= 180
        assert scaled == pytest.approx(angle, abs=1e-3)


BOTTOM = squat([1], noise=Noise(seed=1)).poses[75]
ROLL_FREE = ("knee_flexion", "hip_flexion", "knee_flexion_3d", "hip_flexion_3d")


@quick
@given(st.floats(0.2, 5), st.floats(-2000, 2000), st.floats(-2000, 2000))
def test_measures_ignore_where_and_how_big_the_person_is(scale, dx, dy):
    moved = replace(BOTTOM, image_px=BOTTOM.image_px * scale + np.array([dx, dy]))
    before, after = measure(body_of(BOTTOM)), measure(body_of(moved))
    for name, value in before.items():
        learned = name.endswith((CORRECTED, BAND))  # which are told where in the picture the person is
        if not learned and name != "feet_height":  # only its changes mean something
            assert after[name] == pytest.approx(value, abs=1e-6), name


@quick
@given(st.floats(-60, 60))
def test_joint_angles_ignore_the_roll_of_the_camera(roll_deg):
    c, s = math.cos(math.radians(roll_deg)), math.sin(math.radians(roll_deg))
    turn = np.array([[c, s], [-s, c]])
    world = BOTTOM.world_m.copy()
    world[:, :2] = world[:, :2] @ turn
    rolled = replace(BOTTOM, image_px=BOTTOM.image_px @ turn, world_m=world)
    before, after = measure(body_of(BOTTOM)), measure(body_of(rolled))
    for side in ("left", "right"):
        for name in ROLL_FREE:
            assert after[f"{side}_{name}"] == pytest.approx(before[f"{side}_{name}"], abs=1e-6)


# --- the state machine ---------------------------------------------------------------------------------

steps = st.tuples(st.floats(0.001, 0.5), st.one_of(st.floats(-50, 150), st.just(math.nan)))


@quick
@given(st.lists(steps, max_size=200))
def test_any_signal_gives_repetitions_that_make_sense(way):
    state, now, found = RepState(), 0.0, []
    for dt, value in way:
        now += dt
        state, span = advance(state, CYCLE, now, value)
        if span is not None:
            found.append((now, span))
    last = finish(state, CYCLE)
    if last is not None:
        found.append((now, last))
    for known_s, span in found:
        assert 0 <= span.start_s <= span.peak_s <= span.end_s <= known_s
        assert span.excursion == pytest.approx(span.peak - span.base)
        assert span.excursion >= 15
        assert span.complete == (span.excursion >= 30)
        assert span.end_s - span.start_s >= CYCLE.min_time_s
    for (_, one), (_, following) in pairwise(found):
        assert one.end_s <= following.start_s
        assert one.peak_s < following.peak_s


@quick
@given(
    st.lists(st.floats(20, 120), min_size=1, max_size=6),
    st.sampled_from([12, 20, 30, 50]),
    st.floats(0, 0.05),
)
@example([120.0, 20.0, 120.0], 12, 0.05)
def test_counts_ignore_resampling(peaks, rate_hz, phase):
    """Out for a second, back for a second, a pause: any rate, any phase of the sampling."""

    def value(time_s: float) -> float:
        i, t = divmod(time_s - 1.0, 2.6)
        inside = 0 <= i < len(peaks) and t <= 2.0
        return peaks[int(i)] * math.sin(math.pi * t / 2.0) ** 2 if inside else 0.0

    def count(rate: float, start: float) -> list[bool]:
        state, kinds = RepState(), []
        for k in range(int((2.0 + 2.6 * len(peaks)) * rate)):
            state, span = advance(state, CYCLE, start + k / rate, value(start + k / rate))
            kinds += [span.complete] if span is not None else []
        return kinds

    clear = [peak for peak in peaks if abs(peak - 30) > 3]
    if clear == peaks:
        assert count(rate_hz, phase) == count(100, 0.0) == [peak > 30 for peak in peaks]


@quick
@given(
    st.lists(st.tuples(st.floats(0.01, 0.2), st.floats(-100, 100)), min_size=1, max_size=50),
    st.sampled_from([1, -1]),
)
def test_a_held_extreme_lies_within_the_curve(steps_, direction):
    times = np.cumsum([dt for dt, _ in steps_]).tolist()
    values = [value for _, value in steps_]
    held = held_extreme(list(zip(times, values, strict=True)), direction)
    assert min(values) <= held <= max(values)


# --- the whole engine ----------------------------------------------------------------------------------

CLIPS = {name: filmed(name, (1.0, 1.0), rate_hz=12.0).poses for name in EXERCISES}
ALL_FOUR = [Segment(name) for name in EXERCISES]


def whole_analysis(poses: list[Pose]):
    analyser = Analyser(plan=ALL_FOUR)
    snapshots = [analyser.step(pose) for pose in poses]
    return snapshots, analyser.finish(), analyser.closing_events


def blinded(pose: Pose, landmarks: list[int], what: str) -> Pose:
    arrays = {
        "image_px": pose.image_px.copy(),
        "world_m": pose.world_m.copy(),
        "visibility": pose.visibility.copy(),
    }
    for name in arrays if what == "all" else (what,):
        arrays[name][landmarks] = np.nan
    return replace(pose, **arrays)


@few
@given(
    st.sampled_from(sorted(CLIPS)),
    st.lists(st.integers(0, 32), min_size=1, max_size=33),
    st.sampled_from(["image_px", "world_m", "visibility", "all"]),
    st.integers(0, 40),
    st.integers(1, 60),
)
@example("squat", list(range(33)), "world_m", 0, 200)
@example("clamshell", [25], "visibility", 10, 30)
@example("seated_march", [23], "image_px", 5, 30)
def test_nan_anywhere_never_raises(name, landmarks, what, start, length):
    poses = [
        blinded(pose, landmarks, what) if start <= i < start + length else pose
        for i, pose in enumerate(CLIPS[name])
    ]
    snapshots, summary, _ = whole_analysis(poses)
    assert len(snapshots) == len(poses)
    assert 0 <= summary.quality.valid_fraction <= 1
    recognise(poses)


@few
@given(st.sampled_from(sorted(CLIPS)), st.randoms(use_true_random=False))
def test_wild_poses_never_raise_and_times_never_go_back(name, random):
    """Frames dropped, doubled people, cuts, scaled and shifted poses, at random."""
    poses = []
    for pose in CLIPS[name]:
        chance = random.random()
        if chance < 0.1:
            continue
        wild = pose
        if chance < 0.2:
            wild = replace(pose, image_px=pose.image_px * random.uniform(0.01, 3))
        elif chance < 0.3:
            wild = replace(pose, world_m=pose.world_m * random.uniform(-2, 3))
        elif chance < 0.4:
            wild = mirrored(pose)
        poses.append(replace(wild, cut=random.random() < 0.03, people=random.choice([0, 1, 1, 1, 3])))
    snapshots, summary, closing = whole_analysis(poses)
    events = [event for one in snapshots for event in one.events] + list(closing)
    assert all(a.time_s <= b.time_s for a, b in pairwise(events))
    assert all(a.complete <= b.complete for a, b in pairwise(snapshots))
    for rep in summary.rep_list:
        assert rep.start_s >= -1.0
        assert rep.start_s <= rep.peak_s <= rep.end_s
        assert 0 <= rep.valid_fraction <= 1
        assert min(rep.outbound_s, rep.hold_s, rep.return_s) >= 0
        assert rep.range is None or rep.range >= 0


@few
@given(st.floats(-1000, 1e6))
def test_when_a_recording_begins_does_not_matter(offset_s):
    offset_s = round(offset_s, 2)
    poses = CLIPS["bridge"]
    later = [replace(pose, time_s=pose.time_s + offset_s) for pose in poses]
    one, same = (whole_analysis(ps)[1] for ps in (poses, later))
    assert [rep.complete for rep in one.rep_list] == [rep.complete for rep in same.rep_list]
    for a, b in zip(one.rep_list, same.rep_list, strict=True):
        assert b.start_s - offset_s == pytest.approx(a.start_s, abs=1e-3)
        assert b.end_s - offset_s == pytest.approx(a.end_s, abs=1e-3)


@few
@given(st.floats(0.5, 3.0))
def test_the_size_of_the_picture_does_not_matter(scale):
    poses = CLIPS["squat"]
    size = (round(640 * scale), round(480 * scale))
    bigger = [replace(p, image_px=p.image_px * (size[0] / 640), frame_size=size) for p in poses]
    one, same = (whole_analysis(ps)[1] for ps in (poses, bigger))
    assert [rep.complete for rep in one.rep_list] == [rep.complete for rep in same.rep_list]
    for a, b in zip(one.rep_list, same.rep_list, strict=True):
        assert b.start_s == pytest.approx(a.start_s, abs=0.02)


@few
@given(
    st.sampled_from([0.0, 45.0, 90.0, 180.0, 270.0]),
    st.lists(st.floats(0.55, 1.0), min_size=1, max_size=3),
    st.integers(0, 10_000),
)
def test_squats_of_any_depth_from_anywhere_with_any_noise(azimuth_deg, depths, seed):
    clip = filmed("squat", depths, camera=Camera(azimuth_deg), noise=usual(seed), rate_hz=15)
    _, summary, _ = whole_analysis(clip.poses)
    assert [(one.exercise, one.complete) for one in summary.sets if one.complete] == [("squat", len(depths))]

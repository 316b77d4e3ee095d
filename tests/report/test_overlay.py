import itertools
import re
import time
from dataclasses import replace

import numpy as np
import pytest
from people import snapshot, squatting

from formcheck.pose.skeleton import Landmark, Side, no_pose
from formcheck.report import exercise_text, panel, words
from formcheck.report.body import arc_of, dashes
from formcheck.report.labels import Scene, body_points, joint_labels
from formcheck.report.overlay import (
    Corner,
    Overlay,
    Scale,
    arranged,
    free_corner,
    notice_lines,
    panel_lines,
    panels,
)
from formcheck.results import FrameAngles, Phase, View, ViewLabel

GREY = 128
FRONT = View(ViewLabel.FRONT, 88.0, None, False, None)
SIZES = [(64, 64), (48, 64), (128, 96), (640, 480), (720, 1280), (2000, 100), (100, 2000), (3840, 2160)]


def picture(width=640, height=480):
    return np.full((height, width, 3), GREY, np.uint8)


def moved(dx, dy):
    pose = squatting()
    return replace(pose, image_px=pose.image_px + np.array([dx, dy]))


def said(state):
    """Every text that stands on the picture."""
    scale = Scale(1280, 720)
    lines = [*panel_lines(scale, state), *notice_lines(scale, state)]
    return [piece.text for _, line in lines for piece in line] + [label.text for label in joint_labels(state)]


def texts(state):
    return {label.key: label.text for label in joint_labels(state)}


# What is said


def test_the_side_that_faces_the_camera_is_labelled():
    assert texts(snapshot()) == {"right hip": "hip 101°", "right knee": "knee 92°"}


@pytest.mark.parametrize("change", [{"view": FRONT}, {"camera_side": None}])
def test_both_sides_are_labelled_when_none_faces_the_camera(change):
    assert texts(snapshot(**change)) == {
        "left hip": "left hip 99°",
        "left knee": "left knee 80°",
        "right hip": "right hip 101°",
        "right knee": "right knee 92°",
    }


def test_an_unseen_joint_is_said_to_be_unseen():
    pose = squatting(hidden=(Landmark.RIGHT_KNEE,))
    state = snapshot(pose, angles=FrameAngles())
    assert texts(state) == {"right hip": "hip: knee not visible", "right knee": "knee: not visible"}


def test_a_number_is_never_shown_for_an_unseen_joint_even_if_one_is_given():
    state = snapshot(squatting(hidden=(Landmark.RIGHT_KNEE,)))
    assert not any("°" in text for text in texts(state).values())


def test_a_seen_joint_without_an_angle_has_no_number():
    assert set(texts(snapshot(angles=FrameAngles())).values()) == {""}


def test_the_label_of_an_unseen_joint_stands_near_its_neighbours():
    pose = squatting(hidden=(Landmark.RIGHT_KNEE,))
    knee = next(label for label in joint_labels(snapshot(pose)) if label.key == "right knee")
    between = (pose.image_px[Landmark.RIGHT_HIP] + pose.image_px[Landmark.RIGHT_ANKLE]) / 2
    assert knee.anchor == pytest.approx(tuple(between))


def test_panel_says_exercise_count_and_phase_in_words():
    assert {"Squat", "3", "moving out", "left", "right"} <= set(said(snapshot()))
    assert "+1 partial" in said(snapshot(partial=1))
    assert {"Seated march", "left 2", "right 1"} <= set(
        said(snapshot(exercise="seated_march", left=2, right=1))
    )
    assert said(snapshot(exercise="unknown", camera_side=Side.RIGHT))[0] == "Exercise not recognised"


@pytest.mark.parametrize("phase", list(Phase))
def test_every_phase_has_its_words(phase):
    expected = {"rest": "rest", "outbound": "moving out", "end_range": "end position", "return": "returning"}
    assert expected[phase.value] in said(snapshot(phase=phase))


def test_the_reason_is_told_when_a_frame_cannot_be_judged():
    told = " ".join(said(snapshot(valid=False, reason="feet out of the picture")))
    assert "cannot be judged: feet out of the picture" in told
    assert "moving out" not in told
    assert "cannot be judged here" in " ".join(said(snapshot(valid=False)))
    assert not notice_lines(Scale(640, 480), snapshot())


def test_nothing_shown_is_alarming():
    shown = [text for state in _many_states() for text in said(state)]
    shown += [*words.WARNING_WORDS.values(), *words.CHECK_WORDS.values(), *words.VIEW_WORDS.values()]
    for text in exercise_text.EXERCISE_TEXTS.values():
        shown += [
            text.title,
            text.short,
            text.movement,
            text.feeling,
            text.counted,
            text.not_seen,
            *text.camera,
        ]
    shown += [exercise_text.WHEN_TO_STOP, exercise_text.DISCLAIMER]
    forbidden = re.compile("|".join(words.NOT_SHOWN), re.IGNORECASE)
    assert [text for text in shown if forbidden.search(text)] == []


def _many_states():
    exercises = [*exercise_text.EXERCISE_TEXTS, "unknown"]
    poses = [
        squatting(),
        squatting(hidden=(Landmark.RIGHT_ANKLE, Landmark.LEFT_HIP)),
        no_pose(0.0, (640, 480)),
    ]
    for exercise, pose, phase, valid in itertools.product(exercises, poses, Phase, (True, False)):
        yield snapshot(pose, exercise=exercise, phase=phase, valid=valid, partial=2, camera_side=None)


def test_every_text_can_be_written_with_the_embedded_font():
    for text in (text for state in _many_states() for text in said(state)):
        assert panel.drawable(text) == text.strip() or not text.strip()
    assert panel.drawable("café – two\nlines") == "cafe - two lines"
    assert panel.drawable("e\u0301 日本 92°") == "e  92°"


# How it looks


def test_contrast_is_at_least_seven_to_one():
    for colour in (panel.TEXT, panel.QUIET_TEXT, panel.NOTICE):
        assert _contrast(colour, panel.GROUND) >= 7.0
    for colour in (panel.LEFT, panel.RIGHT, panel.NEUTRAL):
        assert _contrast(colour, panel.GROUND) >= 3.0


def _contrast(one, other):
    def luminance(colour):
        parts = [value / 255 for value in colour]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("corner", list(Corner))
def test_panels_stay_inside_the_picture(size, corner):
    for partial, reason in ((0, None), (12, "a long reason: the person is mostly out of the picture " * 3)):
        state = snapshot(squatting(*size), complete=188, partial=partial, valid=reason is None, reason=reason)
        placed = arranged(Scale(*size), panels(Scale(*size), state), corner)
        assert placed
        for tile, (left, top, right, bottom) in placed:
            assert 0 <= left < right <= size[0]
            assert 0 <= top < bottom <= size[1]
            assert tile.size == (right - left, bottom - top)


@pytest.mark.parametrize("size", [*SIZES, (16, 16), (1, 1)])
def test_any_size_can_be_drawn(size):
    for pose in (squatting(*size), no_pose(0.0, size), squatting(10 * size[0], 10 * size[1])):
        state = snapshot(replace(pose, frame_size=size), valid=False, reason="too dark", partial=1)
        drawn = Overlay().draw(picture(*size), state)
        assert drawn.shape == (size[1], size[0], 3)


def test_letters_grow_with_the_picture():
    heights = [Scale(16 * h // 9, h).text for h in (240, 480, 720, 1080, 2160)]
    assert heights == sorted(set(heights))
    assert Scale(640, 480).text >= 0.03 * 480


def test_the_picture_given_is_left_alone():
    image = picture()
    image.flags.writeable = False
    drawn = Overlay().draw(image, snapshot())
    assert (image == GREY).all()
    assert not (drawn == GREY).all()


def test_left_and_right_differ_in_colour_and_in_line():
    def drawn(side):
        hidden = [mark for mark in Landmark if side.other.name in mark.name]
        state = snapshot(squatting(hidden=tuple(hidden)), angles=FrameAngles(), camera_side=None)
        return Overlay(Corner.BOTTOM_RIGHT).draw(picture(), state).copy()

    left, right = drawn(Side.LEFT), drawn(Side.RIGHT)
    assert _count(left[:260], panel.LEFT) > 4 * _count(left[:260], panel.RIGHT)
    assert _count(right[:260], panel.RIGHT) > 4 * _count(right[:260], panel.LEFT)
    assert _breaks(squatting(), Side.LEFT, left) == 0
    assert _breaks(squatting(), Side.RIGHT, right) >= 3


def _count(image, colour):
    return int((image == np.array(colour, np.uint8)).all(axis=2).sum())


def _breaks(pose, side, image):
    """How often the line from shoulder to hip changes between its colour and something else."""
    ends = [pose.image_px[Landmark[f"{side.name}_{name}"]] for name in ("SHOULDER", "HIP")]
    along = [ends[0] + t * (ends[1] - ends[0]) for t in np.linspace(0.1, 0.85, 60)]
    colour = panel.LEFT if side is Side.LEFT else panel.RIGHT
    on = [tuple(int(v) for v in image[round(y), round(x)]) == colour for x, y in along]
    return sum(a != b for a, b in itertools.pairwise(on))


def test_an_unseen_limb_is_not_drawn():
    hidden = tuple(mark for mark in Landmark if mark >= Landmark.LEFT_KNEE)
    drawn = Overlay().draw(picture(), snapshot(squatting(hidden=hidden), angles=FrameAngles()))
    assert (drawn[420:] == GREY).all()


def test_nobody_seen_leaves_only_the_panel():
    drawn = Overlay().draw(
        picture(), snapshot(no_pose(0.0, (640, 480)), angles=FrameAngles(), camera_side=None)
    )
    assert (drawn[:, 300:] == GREY).all()
    assert not (drawn[:150, :150] == GREY).all()


def test_a_pose_measured_at_another_size_is_fitted():
    small = Overlay().draw(picture(), snapshot(squatting(64, 48))).copy()
    assert (small == Overlay().draw(picture(), snapshot(squatting()))).all()


def test_all_labels_find_a_place_beside_each_other_and_the_panel(monkeypatch):
    found = []
    is_free = Scene.free
    monkeypatch.setattr(Scene, "free", lambda self, box: found.append(is_free(self, box)) or found[-1])
    for x in np.linspace(-200, 200, 25):
        Overlay().draw(picture(), snapshot(moved(x, 0), camera_side=None))
    assert len(found) == 25 * 4
    assert all(found)


def test_a_label_that_would_cover_another_is_left_out():
    scene = Scene((640, 480), [(0, 0, 100, 100)], np.empty((0, 2)))
    assert scene.free((100, 0, 200, 100))
    assert not scene.free((99, 99, 200, 200))


def test_labels_stay_where_they_are_while_the_person_trembles():
    overlay, rng = Overlay(), np.random.default_rng(7)
    seen = set()
    for _ in range(100):
        pose = squatting()
        overlay.draw(picture(), snapshot(replace(pose, image_px=pose.image_px + rng.normal(0, 2, (33, 2)))))
        seen.add(tuple(sorted(overlay._places.items())))
    assert len(seen) == 1


def test_the_panel_keeps_its_size_from_frame_to_frame():
    scale = Scale(1280, 720)
    sizes = {
        panels(scale, snapshot(phase=phase, complete=n, partial=n // 5, valid=valid))[0].size
        for phase in Phase
        for n in (0, 9, 12)
        for valid in (True, False)
    }
    assert len(sizes) == 1


def test_the_panel_goes_where_the_body_is_not():
    assert free_corner([squatting()]) is Corner.TOP_LEFT
    assert free_corner([moved(-200, -80)] * 3) is Corner.TOP_RIGHT
    assert free_corner([no_pose(0.0, (640, 480))]) is Corner.TOP_LEFT
    assert free_corner([]) is Corner.TOP_LEFT


def test_body_points_of_nobody_are_none():
    assert body_points(no_pose(0.0)).shape == (0, 2)


@pytest.mark.parametrize(
    ("far", "turn_deg"), [((2, 0), 0.0), ((1, 1), 90.0), ((1, -1), -90.0), ((0, 1e-9), 180.0)]
)
def test_the_arc_shows_the_turn_from_straight(far, turn_deg):
    start, turn = arc_of((0, 0), (1, 0), far)
    assert np.degrees(start) == pytest.approx(0.0)
    assert np.degrees(turn) == pytest.approx(turn_deg, abs=1e-3)


def test_dashes_touch_both_ends_and_never_overlap():
    parts = list(dashes((0.0, 0.0), (100.0, 0.0), 8.0, 4.0))
    assert parts[0][0] == (0.0, 0.0)
    assert parts[-1][1] == pytest.approx((100.0, 0.0))
    assert all(a[1][0] < b[0][0] for a, b in itertools.pairwise(parts))
    assert list(dashes((5.0, 5.0), (5.0, 5.0), 8.0, 4.0)) == [((5.0, 5.0), (5.0, 5.0))]


def test_drawing_is_quick_enough_for_live_use():
    overlay, image = Overlay(), picture(1280, 720)
    states = [
        snapshot(squatting(1280, 720), complete=i // 5, angles=FrameAngles(0, i, 0, i, 0)) for i in range(40)
    ]
    overlay.draw(image, states[0])
    start = time.process_time()
    for state in states:
        overlay.draw(image, state)
    assert (time.process_time() - start) / len(states) < 0.016  # measured 3 ms; a loaded machine is forgiven

import itertools
import re
import time
from dataclasses import replace

import numpy as np
import pytest
from people import snapshot, squatting

from formcheck.exercises import EXERCISES
from formcheck.pose.skeleton import Landmark, Side, no_pose
from formcheck.report import exercise_text, panel, raised, words
from formcheck.report.body import arc_of, dashes
from formcheck.report.cues import CUES
from formcheck.report.labels import Scene, body_points, joint_labels, no_angle_words, overlap
from formcheck.report.overlay import (
    Corner,
    Overlay,
    Scale,
    arranged,
    fitting_cue,
    free_corner,
    notice_lines,
    panel_lines,
    panels,
)
from formcheck.results import FrameAngles, Phase, Raised, Severity, View, ViewLabel

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


def test_where_the_legs_are_seen_and_no_angle_is_known_the_picture_says_why():
    front = snapshot(view=FRONT, camera_side=None, angles=FrameAngles())
    words_ = no_angle_words(front, list(joint_labels(front)))
    assert words_ == "no angles from the front: too uncertain"
    scale = Scale(640, 480)
    assert len(panels(scale, front, words_)) == 2
    assert len(panels(scale, front)) == 1
    for other in (
        snapshot(view=FRONT, camera_side=None),
        replace(front, valid=False, reason="too dark"),
        replace(front, pose=no_pose(0.0)),
    ):
        assert no_angle_words(other, list(joint_labels(other))) == ""
    before = Overlay().draw(picture(), snapshot(view=FRONT, camera_side=None)).copy()
    assert (before != Overlay().draw(picture(), front)).any()


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
            text.good_for,
            text.movement,
            text.feeling,
            text.dose,
            text.easier,
            text.harder,
            text.count_note,
            text.not_seen,
            *text.camera,
        ]
    shown += CUES.values()
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


# What is raised

CODES = sorted({code for exercise in EXERCISES.values() for code in exercise.codes} | {"limit_near"})


def lit(*what, **changes):
    """A snapshot with faults raised, given as code, (code, severity) or (code, severity, side)."""
    found = []
    for one in what:
        code, severity, side = (*((one,) if isinstance(one, str) else one), None, None)[:3]
        found.append(Raised(code, severity or Severity.IMPROVE, side))
    return snapshot(changes.pop("pose", None), raised=tuple(found), **changes)


def same(spots, expected):
    return np.shape(spots) == np.shape(expected) and np.allclose(spots, expected)


def frontal(width=640, height=480):
    """Someone who faces the camera, knees and feet apart."""
    pose = squatting(width, height)
    image = pose.image_px.copy()
    for side, across in ((Side.LEFT, 0.6), (Side.RIGHT, 0.4)):
        for name, y in (
            ("SHOULDER", 0.3),
            ("HIP", 0.55),
            ("KNEE", 0.72),
            ("HEEL", 0.9),
            ("FOOT_INDEX", 0.92),
        ):
            image[Landmark[f"{side.name}_{name}"]] = (across * width, y * height)
    return replace(pose, image_px=image)


def drawn_boxes(monkeypatch, image, state, overlay=None):
    """Where everything was pasted, in order."""
    boxes = []
    real = panel.paste

    def noted(onto, tile, x, y):
        boxes.append((x, y, x + tile.size[0], y + tile.size[1]))
        real(onto, tile, x, y)

    monkeypatch.setattr("formcheck.report.overlay.paste", noted)
    (overlay or Overlay()).draw(image, state)
    return boxes


def changed(state, **sizes):
    """Which pixels differ from the same picture with nothing raised."""
    with_it = Overlay().draw(picture(**sizes), state).copy()
    without = Overlay().draw(picture(**sizes), replace(state, raised=()))
    return (with_it != without).any(axis=2)


def test_every_code_has_a_cue_and_a_place():
    assert set(CODES) == set(CUES) == set(raised.PLACES)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("side", [None, *Side])
def test_every_code_is_shown_at_its_joint_and_in_words(code, side):
    state = lit((code, Severity.CORRECT, side), camera_side=None, pose=frontal())
    spots = raised.spots_of(state.raised[0], state)
    assert spots
    difference = changed(state)
    for x, y in spots:
        assert difference[round(y) - 4 : round(y) + 5, round(x) - 4 : round(x) + 5].any()
    assert (Overlay().draw(picture(), state) == raised.COLOURS[Severity.CORRECT]).all(axis=2).sum() > 60


@pytest.mark.parametrize(
    ("what", "names"),
    [
        (("knee_valgus",), ["LEFT_KNEE", "RIGHT_KNEE"]),
        (("knee_valgus", Severity.IMPROVE, Side.LEFT), ["LEFT_KNEE"]),
        (("low_lift", Severity.IMPROVE, Side.RIGHT), ["RIGHT_KNEE"]),
        (("short_hold", Severity.IMPROVE, Side.LEFT), ["LEFT_KNEE"]),
        (("range_limit", Severity.STOP, Side.LEFT), ["LEFT_HIP"]),
        (("heel_lift",), ["LEFT_HEEL", "RIGHT_HEEL"]),
    ],
)
def test_a_mark_stands_at_the_joint_of_its_side(what, names):
    state = lit(what, camera_side=None, pose=frontal())
    expected = [state.pose.image_px[Landmark[name]] for name in names]
    assert same(raised.spots_of(state.raised[0], state), expected)


def test_marks_in_the_middle_of_the_body():
    def spot(code, side=None):
        state = lit((code, Severity.LOG, side), camera_side=None, pose=frontal())
        (found,) = raised.spots_of(state.raised[0], state)
        return found

    assert spot("weight_shift") == pytest.approx((320, 0.55 * 480))
    assert spot("lateral_sway", Side.LEFT) == pytest.approx((320, 0.425 * 480))
    assert spot("short_hold") == pytest.approx((320, 0.55 * 480))


def test_only_the_side_that_faces_the_camera_has_its_heel_marked():
    state = lit("heel_lift")
    assert same(raised.spots_of(state.raised[0], state), [state.pose.image_px[Landmark.RIGHT_HEEL]])


def test_marks_that_would_stand_on_each_other_are_one():
    (cue,) = raised.cues(lit("knee_valgus"), (640, 480), 14)
    assert same(cue.spots, [squatting().image_px[Landmark.RIGHT_KNEE]])


def test_a_lifted_head_is_marked_beside_the_face():
    state = lit("head_lifted")
    (spot,) = raised.spots_of(state.raised[0], state)
    assert not any(
        np.hypot(*(state.pose.image_px[i] - spot)) < 20 for i in (Landmark.NOSE, Landmark.RIGHT_EAR)
    )
    alone = squatting(
        hidden=(Landmark.LEFT_EAR, Landmark.RIGHT_EAR, Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER)
    )
    state = lit("head_lifted", pose=alone)
    assert same(raised.spots_of(state.raised[0], state), [alone.image_px[Landmark.NOSE]])


def test_at_most_two_cues_are_shown_the_gravest():
    state = lit(
        ("range_limit", Severity.STOP), ("forward_lean", Severity.CORRECT), ("heel_lift", Severity.LOG)
    )
    found = raised.cues(state, (640, 480), 14)
    assert [cue.words for cue in found] == [CUES["range_limit"], CUES["forward_lean"]]


def test_the_same_words_are_said_once_with_a_mark_on_each_side():
    state = lit(
        ("fast_drop", Severity.CORRECT, Side.LEFT),
        ("fast_drop", Severity.IMPROVE, Side.RIGHT),
        ("rushing", Severity.IMPROVE, Side.LEFT),
        camera_side=None,
        pose=frontal(),
    )
    found = raised.cues(state, (640, 480), 14)
    assert [(cue.words, len(cue.spots)) for cue in found] == [(CUES["fast_drop"], 2), (CUES["rushing"], 1)]
    assert found[0].severity is Severity.CORRECT


def test_a_code_that_nobody_speaks_of_is_not_shown():
    assert not changed(lit("something_new")).any()


def test_severities_differ_in_shape_without_any_colour():
    shapes = {}
    for severity in Severity:
        tile = raised.marker(severity, 14)
        grey = np.full((*tile.alpha.shape[:2], 3), GREY, np.uint8)
        panel.paste(grey, tile, 0, 0)
        dark = (grey.max(axis=2) < 70) & (tile.alpha[..., 0] > 200)
        shapes[severity] = (dark, (tile.alpha[..., 0] > 127) & ~dark)
    for (dark, inner), (other_dark, other_inner) in itertools.combinations(shapes.values(), 2):
        assert (inner != other_inner).mean() > 0.06
        assert (dark != other_dark).mean() > 0.06


# Machado, Oliveira, Fernandes 2009, severity 1.0
SEEN_BY = {
    "everyone": np.eye(3),
    "protanopia": [[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.0520]],
    "deuteranopia": [[0.3673, 0.8606, -0.2280], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9688]],
    "tritanopia": [[1.2555, -0.0767, -0.1788], [-0.0784, 0.9308, 0.1476], [0.0047, 0.6914, 0.3039]],
}


@pytest.mark.parametrize("matrix", SEEN_BY.values(), ids=SEEN_BY)
def test_colours_stay_apart_with_every_kind_of_colour_vision(matrix):
    others = [panel.LEFT, panel.RIGHT, panel.NEUTRAL]
    own = list(raised.COLOURS.values())
    pairs = [*itertools.combinations(own, 2), *itertools.product(own, others)]
    assert min(np.linalg.norm(_lab(one, matrix) - _lab(other, matrix)) for one, other in pairs) > 15


def _lab(colour, matrix):
    value = np.array(colour) / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(matrix) @ linear, 0, 1)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ seen
    x, y, z = np.cbrt(np.maximum(xyz / [0.9505, 1.0, 1.089], 1e-9))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_marks_can_be_seen_on_any_background():
    for severity, colour in raised.COLOURS.items():
        assert _contrast(colour, panel.GROUND) >= 4.5
        tile = raised.marker(severity, 14)
        edge = (tile.alpha[..., 0] == 255) & (tile.colour // 255 == panel.GROUND).all(axis=2)
        assert edge.any()


@pytest.mark.parametrize("size", [*SIZES, (64, 48), (48, 48), (16, 16), (1, 1)])
@pytest.mark.parametrize("severity", list(Severity))
def test_raised_at_any_size(size, severity):
    everywhere = replace(squatting(*size), image_px=np.random.default_rng(3).uniform(0, 1, (33, 2)) * size)
    for pose in (squatting(*size), everywhere, no_pose(0.0, size), squatting(10 * size[0], 10 * size[1])):
        for code in CODES if max(size) < 200 else CODES[::15]:
            state = lit((code, severity), ("heel_lift", severity), pose=replace(pose, frame_size=size))
            assert Overlay().draw(picture(*size), state).shape == (size[1], size[0], 3)


@pytest.mark.parametrize("size", [(320, 240), (240, 320), (640, 480)])
@pytest.mark.parametrize("code", CODES)
def test_the_whole_cue_stands_inside_the_picture(size, code, monkeypatch):
    scale = Scale(*size)
    for dx in (-0.4, 0.0, 0.4):
        pose = squatting(*size)
        pose = replace(pose, image_px=pose.image_px + np.array([dx * size[0], 0.0]))
        state = lit((code, Severity.STOP), ("shallow_depth", Severity.CORRECT), pose=pose)
        for cue in raised.cues(state, size, scale.mark):
            tile = fitting_cue(scale, cue)
            assert tile is not None
        for left, top, right, bottom in drawn_boxes(monkeypatch, picture(*size), state):
            assert 0 <= left < right <= size[0]
            assert 0 <= top < bottom <= size[1]


def test_no_word_of_a_cue_is_cut(monkeypatch):
    lines = []
    real = panel.panel
    monkeypatch.setattr(raised, "panel", lambda rows, **more: lines.append(rows) or real(rows, **more))
    raised.cue_tile.cache_clear()
    for words_, size in itertools.product(sorted(set(CUES.values())), [(320, 240), (240, 320), (1280, 720)]):
        lines.clear()
        assert fitting_cue(Scale(*size), raised.Cue(words_, Severity.LOG, ())) is not None
        assert " ".join(piece.text for row in lines[-1] for piece in row) == words_
    raised.cue_tile.cache_clear()


@pytest.mark.parametrize("size", [(320, 240), (608, 1080)])
@pytest.mark.parametrize("code", CODES)
def test_a_cue_covers_neither_face_nor_panel(size, code, monkeypatch):
    state = lit((code, Severity.CORRECT), pose=squatting(*size))
    boxes = drawn_boxes(monkeypatch, picture(*size), state)
    cue = boxes[-1]
    assert cue[2] - cue[0] == fitting_cue(Scale(*size), raised.cues(state, size, 9)[0]).size[0]
    assert overlap(cue, raised.face_box(state.pose)) == 0
    assert [box for box in boxes[:-1] if overlap(cue, box)] == []


def test_words_without_a_joint_stand_at_the_panel(monkeypatch):
    for pose in (no_pose(0.0, (640, 480)), squatting(hidden=tuple(Landmark)), moved(2000, 0)):
        boxes = drawn_boxes(monkeypatch, picture(), lit("forward_lean", pose=pose))
        counted, cue = boxes[0], boxes[-1]
        assert cue[0] == counted[0]
        assert 0 < cue[1] - counted[3] < 20


def test_a_joint_behind_the_panel_has_no_mark():
    (cue,) = raised.cues(lit("heel_lift"), (640, 480), 14, [(0, 300, 640, 480)])
    assert cue.spots == ()


def test_a_cue_stays_where_it_is_while_its_joint_is_out_of_sight(monkeypatch):
    overlay = Overlay()
    seen = drawn_boxes(monkeypatch, picture(), lit("low_lift"), overlay)[-1]
    hidden = squatting(hidden=(Landmark.LEFT_KNEE, Landmark.RIGHT_KNEE))
    assert drawn_boxes(monkeypatch, picture(), lit("low_lift", pose=hidden), overlay)[-1] == seen


def test_cues_stay_where_they_are_while_the_person_trembles(monkeypatch):
    overlay, rng = Overlay(), np.random.default_rng(7)
    boxes = []
    for _ in range(60):
        pose = squatting()
        pose = replace(pose, image_px=pose.image_px + rng.normal(0, 2, (33, 2)))
        state = lit("forward_lean", "heel_lift", pose=pose)
        boxes.append(drawn_boxes(monkeypatch, picture(), state, overlay)[-2:])
    assert np.ptp(np.array(boxes), axis=0).max() < 25


def test_nothing_changes_when_nothing_is_raised():
    overlay = Overlay()
    before = overlay.draw(picture(), snapshot()).copy()
    overlay.draw(picture(), lit("forward_lean", ("range_limit", Severity.STOP)))
    assert (overlay.draw(picture(), snapshot()) == before).all()


def test_a_far_cue_is_joined_to_its_mark_by_a_line_but_not_over_the_face():
    cue = raised.Cue("Sit tall.", Severity.IMPROVE, ((100.0, 100.0),))
    assert raised.leader(cue, (110, 90, 200, 110), 10, None) is None
    assert raised.leader(cue, (150, 90, 200, 110), 10, None) == ((150, 100), (100.0, 100.0))
    assert raised.leader(cue, (150, 90, 200, 110), 10, (120, 95, 130, 105)) is None
    assert raised.leader(cue, (450, 90, 500, 110), 10, None) is None
    assert raised.leader(replace(cue, spots=()), (150, 90, 200, 110), 10, None) is None


def test_showing_what_is_raised_costs_little():
    image = picture()
    both = lit(("forward_lean", Severity.CORRECT), "heel_lift")
    cost = []
    for state in (replace(both, raised=()), both):
        overlay = Overlay()
        overlay.draw(image, state)
        start = time.process_time()
        for _ in range(40):
            overlay.draw(image, state)
        cost.append((time.process_time() - start) / 40)
    assert cost[1] - cost[0] < 0.005  # measured 0.5 (one) to 1 ms; a loaded machine is forgiven

"""The maker of the error atlas: an error that is put in comes out, no more and no less."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from formcheck.atlas import ALL, FROM_REST, Cell, Grade, read
from formcheck.kinematics import SIDES
from samples.studio.atlas import (
    FEWEST,
    as_csv,
    cells,
    cells_of,
    compare,
    every_cell_of,
    fewest,
    is_angle,
)
from samples.studio.promises import CORRECTABLE, LETTERS, PROMISES

NAMES = (
    *(
        f"{name}.{side}"
        for name in ("hip", "knee", "ankle", "shoulder", "elbow", "wrist", "eye", "heel", "toe", "ear")
        for side in "LR"
    ),
    "nose",
)
ANGLES = (
    *(
        f"{name}.{side}"
        for side in "LR"
        for name in (
            "knee_flexion",
            "hip_flexion",
            "hip_abduction",
            "hip_external_rotation",
            "thigh_elevation",
        )
    ),
    *("trunk_inclination", "trunk_lateral_lean", "pelvis_roll", "pelvic_obliquity"),
)
SHANK, THIGH, TRUNK, APART = 0.43, 0.43, 0.5, 0.12


def squatter(knee_deg=80.0, shank_deg=25.0, trunk_deg=30.0):
    """Joints and angles of somebody in a symmetrical squat, facing -y, z up."""
    joints = {name: np.zeros(3) for name in NAMES}

    def up(angle_deg):
        return np.array([0.0, -np.sin(np.radians(angle_deg)), np.cos(np.radians(angle_deg))])

    for side, sign in (("L", 1.0), ("R", -1.0)):
        ankle = np.array([sign * APART, 0.0, 0.08])
        knee = ankle + SHANK * up(shank_deg)
        hip = knee + THIGH * up(shank_deg - knee_deg)
        shoulder = hip + TRUNK * up(trunk_deg)
        joints |= {f"ankle.{side}": ankle, f"knee.{side}": knee, f"hip.{side}": hip}
        joints |= {f"shoulder.{side}": shoulder, f"ear.{side}": shoulder + 0.25 * up(trunk_deg)}
        joints |= {f"heel.{side}": ankle - [0, -0.05, 0.05], f"toe.{side}": ankle - [0, 0.15, 0.05]}
    angles = dict.fromkeys(ANGLES, 0.0)
    for side in "LR":
        angles[f"knee_flexion.{side}"] = knee_deg
        angles[f"hip_flexion.{side}"] = trunk_deg + knee_deg - shank_deg
        angles[f"thigh_elevation.{side}"] = knee_deg - shank_deg - 90.0
    angles |= {"trunk_inclination": trunk_deg, "pelvis_roll": 0.0}
    return joints, angles


def camera(yaw_deg, down_deg=0.0, far_m=60.0):
    """Eye and axes of a camera far enough away that perspective does not matter."""
    yaw, down = np.radians(yaw_deg), np.radians(down_deg)
    forward = np.array([-np.sin(yaw) * np.cos(down), np.cos(yaw) * np.cos(down), -np.sin(down)])
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    return np.array([0.0, 0.0, 0.7]) - far_m * forward, np.stack([right, np.cross(forward, right), forward])


def row(true, seen=None, *, yaw_deg=90.0, down_deg=0.0, split="train", rest=None, **design):
    """One still: what is true, and whose joints the pose model tells (by default the true ones)."""
    joints, angles = true
    eye, axes = camera(yaw_deg, down_deg)
    told, _ = seen or true
    image, world = np.full((33, 2), 200.0), np.zeros((33, 3))
    middle = (told["hip.L"] + told["hip.R"]) / 2.0
    for side, at in SIDES.items():
        for name in ("ear", "shoulder", "hip", "knee", "ankle", "heel", "toe"):
            point = told[f"{name}.{LETTERS[side]}"]
            x, y, depth = axes @ (point - eye)
            image[getattr(at, name)] = np.array([x, y]) / depth * 12000.0 + 320.0
            world[getattr(at, name)] = axes @ (point - middle)
    described = {"exercise": "squat", "side": "", "mirrored": False, "phase": 0.5, "extras": "", "seed": 7}
    out = {
        "design": {**described, "yaw_deg": yaw_deg, **design},
        "split": split,
        "found": True,
        "image_px": image,
        "world_m": world,
        "visibility": np.ones(33),
        "size": np.array([640, 640]),
        "angles_deg": np.array([angles[name] for name in ANGLES]),
        "joints_m": np.array([joints[name] for name in NAMES]),
        "hidden": np.zeros(len(NAMES), bool),
        "eye_m": eye,
        "axes": axes,
        "focal_px": 12000.0,
    }
    if rest is not None:
        out["rest_joints_m"] = np.array([rest[0][name] for name in NAMES])
        out["rest_angles_deg"] = np.array([rest[1][name] for name in ANGLES])
    return out


def table(*rows):
    columns = {name: [one[name] for one in rows] for name in rows[0]}
    kept = {
        name: value if name in ("design", "split") else np.array(value) for name, value in columns.items()
    }
    return {**kept, "joint_names": np.array(NAMES), "angle_names": np.array(ANGLES)}


def errors(rows, measure, side=None):
    return [one.error for one in rows if one.measure == measure and side in (None, one.side)]


FROM_THE_SIDE = (
    *("knee_flexion", "knee_flexion_3d", "hip_flexion", "hip_flexion_3d", "thigh_elevation"),
    *("trunk_inclination", "shank_inclination", "foot_pitch", "hip_drop", "hip_drop_2d"),
)
FROM_THE_FRONT = (
    *("frontal_plane_projection", "knee_medial_displacement", "knee_separation_ratio", "hip_shift"),
    *("stance_ratio", "trunk_lateral_lean", "pelvic_obliquity", "hip_drop", "hip_drop_2d"),
)


@pytest.mark.parametrize(
    ("yaw_deg", "measures"), [(90.0, FROM_THE_SIDE), (270.0, FROM_THE_SIDE), (0.0, FROM_THE_FRONT)]
)
def test_perfect_landmarks_from_the_right_place_have_no_error(yaw_deg, measures):
    rows, _ = compare(table(row(squatter(), yaw_deg=yaw_deg)))
    for measure in measures:
        assert errors(rows, measure), measure
        tolerance = 0.5 if is_angle(measure) else 0.01
        np.testing.assert_allclose(errors(rows, measure), 0.0, atol=tolerance, err_msg=measure)


def test_a_bias_that_is_put_in_comes_out():
    stills = [
        row(squatter(knee_deg=knee), seen=squatter(knee_deg=knee + 10.0 + noise))
        for knee in (30.0, 60.0, 90.0)
        for noise in np.linspace(-4.0, 4.0, 9)
    ]
    rows, counts = compare(table(*stills))
    assert counts.what["squat", "used"] == len(stills)
    found = cells(rows)[Cell("knee_flexion", "squat", "side", "near")]
    assert found.n == len(stills)
    assert found.bias == pytest.approx(10.0, abs=0.3)
    assert found.sd == pytest.approx(np.std(np.linspace(-4.0, 4.0, 9)), abs=0.2)
    assert found.mae == pytest.approx(10.0, abs=0.3)
    assert found.p90 == pytest.approx(13.4, abs=0.2)
    assert found.guess == pytest.approx(20.0, abs=0.1)
    assert cells(rows)[Cell("shank_inclination", "squat", "side", "near")].p90 < 0.5


def test_an_angle_in_the_picture_is_wrong_by_what_the_view_hides():
    rows, _ = compare(table(row(squatter(), yaw_deg=45.0)))
    assert max(errors(rows, "knee_flexion")) < -8.0
    np.testing.assert_allclose(errors(rows, "knee_flexion_3d"), 0.0, atol=0.5)
    assert {one.view for one in rows} == {"oblique"}


def test_near_and_far_leg_view_phase_and_sight_are_told_apart():
    still = row(squatter(), yaw_deg=90.0, phase=1.0)
    still["hidden"][NAMES.index("knee.R")] = True
    still["visibility"][SIDES[next(iter(SIDES))].ankle] = 0.4
    rows, counts = compare(table(still))
    knees = {one.side: one for one in rows if one.measure == "knee_flexion"}
    assert set(knees) == {"near", "far"}
    assert (knees["near"].faces, knees["far"].faces) == (True, False)
    assert (knees["near"].hidden, knees["far"].hidden) == (False, True)
    assert (knees["near"].believed, knees["far"].believed) == (False, True)
    assert knees["near"].as_asked
    assert not knees["far"].as_asked
    assert {one.phase for one in rows} == {"end"}
    assert counts.near_right["squat", True] == 1
    assert counts.labels["squat", "side", "side"] == 1


def test_the_resting_leg_of_a_march_is_at_rest_also_in_a_mirror():
    still = row(squatter(), yaw_deg=90.0, exercise="seated_march", side="L", mirrored=True, phase=1.0)
    rows, _ = compare(table(still))
    phases = {one.side: one.phase for one in rows if one.measure == "thigh_elevation"}
    assert phases == {"near": "rest", "far": "end"}  # the left leg faces the camera, the right one works


def test_somebody_else_and_nobody_are_counted_and_left_out():
    elsewhere = row(squatter(), extras="bystander")
    elsewhere["image_px"] = elsewhere["image_px"] + [300.0, 0.0]
    nobody = row(squatter())
    nobody["found"] = False
    rows, counts = compare(table(elsewhere, nobody))
    assert rows == []
    assert counts.what["squat", "somebody else"] == counts.what["bystander", "somebody else"] == 1
    assert counts.what[ALL, "nobody found"] == 1
    assert counts.seeds == {"train": (7, 7)}


def test_swapped_legs_are_an_error_not_another_person():
    swapped = {
        name[:-1] + {"L": "R", "R": "L"}.get(name[-1], name[-1]): at for name, at in squatter()[0].items()
    }
    rows, counts = compare(table(row(squatter(), seen=(swapped, {}), yaw_deg=0.0)))
    assert counts.what["squat", "used"] == 1
    assert rows


def test_what_the_camera_and_the_model_do_at_rest_is_not_in_a_change():
    rest = squatter(knee_deg=4.0, shank_deg=1.0, trunk_deg=1.0)

    def low(true, by=0.05):
        """The person as a model sees them that puts every hip too low."""
        joints = {name: at - [0, 0, by * name.startswith("hip")] for name, at in true[0].items()}
        return joints, true[1]

    stills = [
        row(true, seen=low(true), yaw_deg=90.0, down_deg=25.0, rest=rest, phase=phase)
        for true, phase in ((rest, 0.0), (squatter(), 1.0))
        for _ in range(3)
    ]
    rows, _ = compare(table(*stills))
    assert max(errors(rows, "hip_drop_2d")) > 0.05
    changes = [one for one in rows if one.measure == "hip_drop_2d" + FROM_REST]
    assert {one.phase for one in changes} == {"end"}
    assert max(abs(one.error) for one in changes) < 0.06
    assert changes[0].true == pytest.approx(squatter_drop(squatter()) - squatter_drop(rest), abs=0.001)


def test_a_drop_is_counted_from_how_the_model_saw_the_person_stand():
    still = row(squatter())
    true_px = (SHANK + THIGH) * 12000.0 / 60.0
    for seen_px, expected in ((1.1 * true_px, 0.1), (3.0 * true_px, 0.0), (np.nan, 0.0)):
        rows, _ = compare(table({**still, "stand_px": seen_px}))
        (error,) = errors(rows, "hip_drop_2d")
        share = 1.0 - squatter_drop(squatter())
        assert error == pytest.approx(share - share / (1.0 + expected), abs=0.005)


def squatter_drop(true):
    return 1.0 - (true[0]["hip.L"] - true[0]["ankle.L"])[2] / (SHANK + THIGH)


def test_the_correction_is_tried_on_held_back_bodies_alone():
    def off_by_five(pose, stand_px):
        assert pose.image_px.shape == (33, 2)
        assert np.isnan(stand_px)
        return {"left_knee_flexion": 85.0, "trunk_inclination": 28.0}, {"left_knee_flexion": 6.0}

    rows, _ = compare(table(row(squatter()), row(squatter(), split="test")), off_by_five)
    (knee,) = [one for one in rows if one.measure == "knee_flexion_corrected"]
    assert (knee.error, knee.half, knee.side) == (pytest.approx(5.0), 6.0, "near")
    assert errors(rows, "trunk_inclination_corrected") == [pytest.approx(-2.0)]
    assert not errors(rows, "pelvic_obliquity_corrected")


def test_the_table_is_read_back_and_thin_cells_are_not_in_it():
    stills = [row(squatter(knee_deg=60.0 + i), phase=1.0) for i in range(FEWEST)]
    rows, _ = compare(table(*stills))
    made = cells(rows)
    assert Cell("knee_flexion", "squat", "side", "near", phase="end") not in made
    assert all(one.n >= fewest(cell) for cell, one in made.items())
    atlas = read(as_csv(made).splitlines())
    assert set(atlas.bands) == set(made)
    band = atlas.band("knee_flexion", "squat", "side", "near", phase="end")
    assert (band.n, band.grade) == (FEWEST, Grade.GOOD)
    assert Cell("hip_drop") not in made  # one exercise alone has it: the cell would say nothing new
    assert not cells(rows[:10])


def test_the_whole_table_keeps_every_kind_apart():
    rows, _ = compare(table(row(squatter(), phase=0.0)))
    (knee,) = [one for one in rows if one.measure == "knee_flexion" and one.side == "near"]
    assert [*every_cell_of(knee)] == [
        Cell("knee_flexion", "squat", "side", "near", "rest", "in_sight believed")
    ]
    assert Cell("knee_flexion", "squat", "side", "near", joints="believed") in set(cells_of(knee))
    assert Cell("knee_flexion", "squat", "side", "near", joints="believed") not in set(
        cells_of(replace(knee, visible=0.1))
    )


def test_every_measure_has_one_row():
    assert len({promise.measure for promise in PROMISES}) == len(PROMISES)
    assert len({promise.measure for promise in CORRECTABLE}) == len(CORRECTABLE)


# The page


@pytest.fixture
def page():
    return pytest.importorskip(
        "samples.studio.atlas_page",
        reason="the atlas' page needs matplotlib: pip install 'formcheck[studio]'",
        exc_type=ImportError,
    )


def test_a_block_of_the_page_is_renewed_and_nothing_else(page):
    text = "a\n<!-- one -->\nold\n<!-- /one -->\nb\n"
    once = page.with_block(text, "one", "new")
    assert once == "a\n<!-- one -->\n\nnew\n\n<!-- /one -->\nb\n"
    assert page.with_block(once, "one", "new") == once
    with pytest.raises(ValueError, match="'two'"):
        page.with_block(text, "two", "new")


def test_the_page_says_grades_in_words(page):
    stills = [row(squatter(knee_deg=60.0 + i), seen=squatter(knee_deg=64.0 + i)) for i in range(0, 60, 2)]
    rows, counts = compare(table(*stills))
    told = page.grades_md(cells(rows))
    assert "| squat | knee flexion | screening ±4° | too few | too few | too few |" in told
    assert "**good**" in told
    assert "| squat | 30 | 100.0 % | 0.0 % | 0.0 % | 0.0 % |" in page.left_out_md(counts)
    assert "| squat | side | 30 | 100 % | - | 100.0 % |" in page.labels_md(counts)
    assert "30 stills, 30 of them used" in page.made_of_md(counts, rows)


def test_the_page_says_how_far_off_the_picture_is_by_what_is_hardly_seen(page):
    rows, _ = compare(table(row(squatter())))
    near = next(one for one in rows if one.measure == "knee_flexion" and one.side == "near")
    hip = replace(near, measure="hip_flexion", error=-7.0, visible=0.99)
    knees = [replace(near, error=float(error), visible=0.55) for error in range(-50, 51)]
    others = [replace(near, error=90.0, held_back=True), replace(near, error=90.0, view="front")]
    lines = page.picture_md([hip, *knees, *others]).splitlines()
    assert "| 0.5 to 0.6 | 101 | - | - | 25.2° | 45° | ±50° |" in lines
    assert "| 0.98 to 1 | 0 | 7.0° | 7° | - | - | ±20° |" in lines


def test_plots_have_a_panel_for_every_exercise(page, tmp_path):
    rows, _ = compare(table(*[row(squatter(), rest=squatter(3.0, 1.0, 1.0)) for _ in range(15)]))
    page.draw_flexion(rows, tmp_path / "flexion.svg")
    page.draw_others(rows, tmp_path / "others.svg")
    drawn = (tmp_path / "flexion.svg").read_text(encoding="utf-8")
    for exercise in ("Squat", "Seated march", "Bridge", "Clamshell"):
        assert f"{exercise}: knee flexion" in drawn
    assert "limit of good" in (tmp_path / "others.svg").read_text(encoding="utf-8")


def test_errors_are_put_together_by_where_the_camera_stands(page):
    rows, _ = compare(table(*[row(squatter(), yaw_deg=yaw) for yaw in [90.0] * 15 + [60.0] * 5]))
    centres, means = page.by_yaw([one for one in rows if one.measure == "trunk_inclination"])
    assert centres == [67.5, 82.5, 97.5]
    assert np.isnan(means[:2]).all()
    assert means[2] < 0.5

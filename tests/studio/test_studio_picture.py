"""Pictures: where joints land, the same pixels for the same seed, what hides and spoils."""

from __future__ import annotations

import json

import numpy as np
import pytest

pytest.importorskip("numba", reason="the studio needs numba: pip install 'formcheck[studio]'")

from benchmarks.true_motion import projected, read_motion
from samples.studio.body import load_body, skin
from samples.studio.camera import around, look
from samples.studio.clip import frames, smaller, take, write_clip
from samples.studio.clips import CLIPS
from samples.studio.design import HELD_OUT, SPLITS, draw, stream
from samples.studio.lens import CLEAN, Lens, through
from samples.studio.looks import Look
from samples.studio.meshes import Material, box, drum, rounded
from samples.studio.motions import EXERCISES, MAT_M, Tempo
from samples.studio.render import FAST, Dressed, Light, Stage
from samples.studio.rotation import NO_TURN, UP, turn_x
from samples.studio.scenes import CLUTTER, Blanket, cloth, planks, plaster, room
from samples.studio.skeleton import solve
from samples.studio.still import HIDDEN_M, joint_pixels, make_still

SMALL = (64, 48)


def side_view(settings, size=SMALL, yaw_deg=90.0):
    body, squat = load_body("f60"), EXERCISES["squat"]
    figure = solve(body, squat.poser(body, squat.rest, "chest")({**squat.rest, **settings}))
    return figure, look(around((0, 0, 0), yaw_deg, 0.8, 60.0), (0.0, 0.0, 0.8), 2.0, size)


def corner_deg(first, vertex, last):
    a, b = first - vertex, last - vertex
    return np.degrees(np.arccos(a @ b / np.linalg.norm(a) / np.linalg.norm(b)))


def stage(things=(), camera=None, **more):
    body = load_body("f60")
    camera = camera or look((3.0, -0.5, 1.0), (0.0, 0.0, 0.8), 50.0, SMALL)
    floor = box((-3, -3, -0.02), (3, 3, 0), planks(), "Z")
    return Stage(camera, Light(), Dressed(body, Look()), [floor, *things], **more)


def standing():
    body, squat = load_body("f60"), EXERCISES["squat"]
    return solve(body, squat.poser(body, squat.rest, "sides")(squat.rest)).mesh()


# Camera


def test_a_camera_sees_what_is_ahead_in_the_middle_and_right_to_the_right():
    camera = look((0.0, -3.0, 1.0), (0.0, 0.0, 1.0), 90.0, (200, 100))
    flat, far = camera.project([(0.0, 0.0, 1.0), (1.0, 0.0, 1.0), (0.0, 0.0, 2.0)])
    assert flat[0] == pytest.approx([100, 50])
    assert flat[1] == pytest.approx([100 + 100 / 3, 50])
    assert flat[2] == pytest.approx([100, 50 - 100 / 3])
    assert far == pytest.approx([3, 3, 3])


def test_the_mirrored_camera_sees_the_mirrored_world_in_the_mirrored_picture():
    camera = look((1.0, -3.0, 1.4), (0.2, 0.0, 1.0), 70.0, (200, 100), roll_deg=7.0)
    points = np.random.default_rng(0).normal(0, 0.5, (20, 3))
    flat, _ = camera.project(points)
    other, _ = camera.mirrored().project(points * [-1, 1, 1])
    assert other == pytest.approx(flat * [-1, 1] + [200, 0])


def test_a_rolled_camera_turns_the_picture_only():
    points = np.random.default_rng(0).normal(0, 0.5, (20, 3))
    level, rolled = (look((0, -3, 1), (0, 0, 1), 60.0, (200, 100), roll) for roll in (0.0, 30.0))
    middle = np.array([100, 50])
    a, b = level.project(points)[0] - middle, rolled.project(points)[0] - middle
    assert np.linalg.norm(a, axis=1) == pytest.approx(np.linalg.norm(b, axis=1))
    assert not np.allclose(a, b, atol=1.0)


# A knee in the picture


@pytest.mark.parametrize("knee_deg", [0.0, 45.0, 90.0])
def test_a_knee_seen_from_the_side_has_its_angle_in_the_picture(knee_deg):
    figure, camera = side_view({"knee_deg": knee_deg, "shank_deg": knee_deg / 3, "knee_out_deg": -12.0})
    places = [camera.project(figure.place(f"{b}.L"))[0] for b in ("upperleg01", "lowerleg01", "foot")]
    assert 180.0 - corner_deg(*places) == pytest.approx(knee_deg, abs=2.0)


def test_the_person_is_painted_where_the_joints_land():
    figure, camera = side_view({}, (96, 128))
    painted = stage(camera=camera).picture(figure.mesh())
    empty = stage(camera=camera).picture(figure.mesh() + np.array([0.0, 0.0, 50.0]))
    for bone in ("lowerleg01.L", "upperleg01.L", "spine01", "head"):
        column, row = camera.project(figure.place(bone))[0].astype(int)
        assert np.abs(painted - empty)[row, column].max() > 0.05, bone


# Drawing


def test_the_same_seed_gives_the_same_pixels_and_another_does_not():
    one, again, other = (make_still(draw(seed)) for seed in (5, 5, 6))
    assert (one.pixels == again.pixels).all()
    assert one.truth.angles_deg == pytest.approx(again.truth.angles_deg, nan_ok=True)
    assert one.pixels.shape != other.pixels.shape or (one.pixels != other.pixels).any()


def test_looking_again_changes_clothes_and_room_but_neither_person_nor_camera():
    first, again, third = (make_still(draw(5, again=k)) for k in (0, 1, 2))
    assert again.truth.angles_deg == pytest.approx(first.truth.angles_deg, nan_ok=True)
    assert again.camera.axes == pytest.approx(first.camera.axes)
    assert again.camera.eye_m == pytest.approx(first.camera.eye_m)
    assert again.shot.look != first.shot.look
    for one, other in ((first, again), (again, third)):
        assert (one.pixels != other.pixels).any(axis=2).mean() > 0.5


def test_looking_again_leaves_nobody_less_or_more_cut_off():
    for seed in range(40):
        shots = [draw(seed, again=k) for k in range(4)]
        assert len({("cropped" in shot.extras, shot.view) for shot in shots}) == 1, seed


def test_keeping_what_does_not_move_changes_no_pixel():
    mesh, kept = standing(), stage([rounded((0.5, 0.5, 0.3), (0.3, 0.3, 0.3), Material((0.5, 0.1, 0.1)))])
    kept.picture(mesh + np.array([0.3, 0.0, 0.0]), reuse=True)
    assert kept.picture(mesh, reuse=True) == pytest.approx(kept.picture(mesh), abs=1e-12)


def test_the_person_casts_a_shadow():
    floor_of = [stage().picture(standing() + np.array([0.0, 0.0, up])) for up in (0.0, 50.0)]
    darker = (floor_of[1] - floor_of[0]).mean(axis=2) > 0.05
    assert darker.sum() > 20


def test_what_stands_before_a_joint_hides_it():
    figure, _ = side_view({})
    mesh = figure.mesh()
    wall = box((1.0, -1.0, 0.0), (1.1, 1.0, 0.6), Material((0.5, 0.5, 0.5)))
    behind = stage([wall])
    behind.picture(mesh)
    assert behind.hides(figure.place("foot.L"), HIDDEN_M)
    assert not behind.hides(figure.place("upperleg01.L"), HIDDEN_M)
    assert behind.hides(figure.place("upperleg01.R"), HIDDEN_M)  # by the person's own body
    assert behind.hides(np.array([0.0, 9.0, 1.2]), HIDDEN_M)


def test_walls_face_inwards_and_cast_no_shadow():
    walls = room((-2, 2, -2, 2), planks(), plaster())[1:]
    assert len(walls) == 5
    assert not any(wall.material.casts for wall in walls)


@pytest.mark.parametrize("make", CLUTTER, ids=lambda make: make.__name__)
def test_furniture_stands_on_the_floor_and_is_drawn(make):
    things = make(np.random.default_rng(3))
    low = min(mesh.vertices_m[:, 2].min() for mesh in things)
    assert -0.3 < low < 1.6
    for mesh in things:
        assert mesh.triangles.max() < len(mesh.vertices_m)


def test_a_drum_and_a_box_are_as_large_as_told():
    can = drum((1.0, 2.0, 0.5), 0.2, 0.4, Material((1, 1, 1)))
    assert can.vertices_m.min(axis=0) == pytest.approx([0.8, 1.8, 0.5], abs=0.01)
    assert can.vertices_m.max(axis=0) == pytest.approx([1.2, 2.2, 0.9], abs=0.01)
    turned = box((-1, -1, 0), (1, 1, 1), Material((1, 1, 1))).moved((0, 0, 2), turn_x(0) @ NO_TURN)
    assert turned.vertices_m[:, 2].min() == pytest.approx(2.0)


def test_a_blanket_lies_on_whoever_is_under_it():
    body, bridge = load_body("f65"), EXERCISES["bridge"]
    mesh = solve(body, bridge.poser(body, bridge.rest, "belly")(bridge.rest)).mesh()
    blanket = Blanket((-0.6, 0.6, -1.3, 0.0), cloth((0.3, 0.3, 0.5)))
    over = blanket.over(mesh)
    knees = mesh[skin(body.template)][:, 2].max()
    assert over[:, 2].max() == pytest.approx(knees, abs=0.12)
    assert over[:, 2].min() == pytest.approx(MAT_M, abs=0.03)


def test_a_lens_darkens_blurs_and_repeats_itself():
    picture = np.zeros((40, 60, 3))
    picture[:, 30:] = 0.8
    dim = through(Lens(gain=0.4, noise=0.03, quality=40), picture, 1)
    assert dim.mean() < through(CLEAN, picture, 1).mean()
    assert (dim == through(Lens(gain=0.4, noise=0.03, quality=40), picture, 1)).all()
    assert (dim != through(Lens(gain=0.4, noise=0.03, quality=40), picture, 2)).any()
    soft = through(Lens(blur_px=3.0, noise=0.0), picture, 1)
    assert 20 < soft[20, 30, 0] < 190


# The design


def test_a_design_holds_bodies_back_and_varies_everything():
    assert not set(HELD_OUT) & set(SPLITS["train"])
    shots = [draw(seed, "train") for seed in range(60)]
    assert not any(name in shot.body.name for shot in shots for name in HELD_OUT)
    assert {shot.exercise.name for shot in shots} == set(EXERCISES)
    assert len({shot.rep.name for shot in shots}) > 10
    assert len({name for shot in shots for name in shot.extras}) == 7
    assert {shot.mirrored for shot in shots} == {True, False}
    assert stream(1, "look").random() != stream(1, "body").random()


def test_a_still_tells_where_its_joints_are_mirrored_or_not():
    for seed in range(8):
        still = make_still(draw(seed, exercise="squat"))
        flat = joint_pixels(still)
        leftward = still.camera.seen(
            still.truth.joints_m["hip.L"] - still.truth.joints_m["hip.R"] + still.camera.eye_m
        )
        assert np.sign(flat["hip.L"] - flat["hip.R"])[0] == np.sign(leftward[0])
        assert set(still.hidden) == set(flat)


# Clips


def tiny(name):
    return smaller(CLIPS[name], 96)


@pytest.mark.parametrize("name", list(CLIPS))
def test_every_sample_can_be_rendered(name):
    one = take(tiny(name), FAST)
    middle = round((one.course.bounds[1].bottom + 0.1) * one.plan.rate_hz)
    ((_, rest),) = frames(one, range(1))
    ((_, moved),) = frames(one, range(middle, middle + 1))
    assert rest.shape == (72, 96, 3)
    assert np.abs(rest.astype(int) - moved).max() > 60


def test_a_clip_is_written_with_its_truth_as_the_samples_are(tmp_path):
    plan = tiny("squat_side")
    quick = Tempo(0.2, 0.1, 0.2, 0.1)
    reps = tuple(type(rep)(rep.name, rep.end, quick) for rep in plan.reps[:2])
    short = type(plan)(
        **{**{f: getattr(plan, f) for f in plan.__dataclass_fields__}, "reps": reps, "rate_hz": 10.0}
    )
    path = write_clip(short, tmp_path, FAST)
    document = json.loads(path.with_suffix(".json").read_text())
    motion = read_motion(path.with_suffix(".json"))
    assert motion is not None
    assert (motion.exercise, motion.view, motion.near) == ("squat", "side", "L")
    assert len(motion.reps) == 2
    for name in ("hip.L", "knee.R", "nose"):
        flat = projected(motion.joints[name], document["camera"], tuple(document["size"]))
        assert flat == pytest.approx(np.array(document["joints_px"][name]), abs=0.11)
    straighter = max(document["angles"][f"knee_angle_3d.{side}"][0] for side in "LR")
    assert straighter == pytest.approx(180.0 - EXERCISES["squat"].rest["knee_deg"], abs=0.1)
    assert not list(tmp_path.glob(".*"))
    assert UP[2] == 1.0

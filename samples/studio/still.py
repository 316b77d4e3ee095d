"""A still from its design: person, room, camera, picture and truth."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from . import scenes
from .body import Body, moved_by, skin
from .camera import Camera, around, look
from .design import Random, Shot, draw_body, draw_look
from .lens import Pixels, through
from .meshes import Material, Mesh
from .motions import EXERCISES, Poser, blend
from .render import FAST, Dressed, Quality, Stage
from .rotation import Floats, turn_z
from .skeleton import Figure, solve
from .truth import Truth, mirrored, swapped, truth

HIDDEN_M = 0.14
"""A joint so far behind what is seen there is hidden: more than half a thigh."""
BLUR_STEPS, BLUR_PHASE = 4, 0.06
"""Pictures averaged for a moving person, and how far they move meanwhile."""
NEAREST_M, FARTHEST_M, CLEAR_M = 0.8, 6.0, 0.35
"""How far the camera is from the person's middle, on the level, and at least from their nearest point."""
LYING = ("bridge", "clamshell")


@dataclass(frozen=True, slots=True, eq=False)
class Still:
    """A picture and what is true of it.

    Attributes
    ----------
    shot : Shot
    pixels : Pixels, shape (height, width, 3)
        Red, green, blue.
    truth : Truth
    camera : Camera
    hidden : dict[str, bool]
        Whether a joint lies outside the picture or behind something.
    """

    shot: Shot
    pixels: Pixels
    truth: Truth
    camera: Camera
    hidden: dict[str, bool]


def make_still(shot: Shot, quality: Quality = FAST, camera: Camera | None = None) -> Still:
    """Render a still; the same shot gives the same pixels.

    Parameters
    ----------
    camera : Camera, optional
        Instead of one from which the person fills as much of the picture as the design says.
    """
    poser = shot.exercise.poser(shot.body, shot.rest, shot.arms)
    figure = solve(shot.body, poser(shot.settings()))
    mesh = figure.mesh()
    camera = camera or place_camera(shot, mesh)
    stage, blanket = set_stage(shot, figure, mesh, camera, quality)
    moments = _moments(shot, poser, mesh)
    pictures = [
        stage.picture(one, None if blanket is None else blanket.over(one), reuse=len(moments) > 1)
        for one in moments
    ]
    picture = np.mean(pictures, axis=0)
    pixels = through(shot.lens, picture, shot.seed)
    told = truth(figure, mesh)
    hidden = {name: bool(stage.hides(place, HIDDEN_M)) for name, place in told.joints_m.items()}
    if not shot.mirrored:
        return Still(shot, pixels, told, camera, hidden)
    flipped = np.ascontiguousarray(pixels[:, ::-1])
    return Still(
        shot, flipped, mirrored(told), camera.mirrored(), {swapped(name): one for name, one in hidden.items()}
    )


def at_rest(shot: Shot, quality: Quality = FAST) -> Still:
    """Render the person of a still before the movement, in front of the same camera."""
    poser = shot.exercise.poser(shot.body, shot.rest, shot.arms)
    camera = place_camera(shot, solve(shot.body, poser(shot.settings())).mesh())
    still_person = replace(shot, phase=0.0, extras=shot.extras - {"motion_blur"})
    return make_still(still_person, quality, camera)


def _moments(shot: Shot, poser: Poser, mesh: Floats) -> list[Floats]:
    """Return the meshes that a moving person's picture is averaged from; their middle is the still's own."""
    if "motion_blur" not in shot.extras:
        return [mesh]
    half = BLUR_PHASE / 2.0
    phases = shot.phase + np.linspace(-half, half, BLUR_STEPS)
    return [solve(shot.body, poser(shot.settings(float(q)))).mesh() for q in phases]


def place_camera(shot: Shot, mesh: Floats) -> Camera:
    """Return the camera from which the person fills as much of the picture as the design says."""
    view = shot.view
    points = mesh[skin(shot.body.template)][::7]
    middle = (points.min(axis=0) + points.max(axis=0)) / 2.0
    near, far = NEAREST_M, FARTHEST_M
    for _ in range(10):
        distance = (near + far) / 2.0
        eye = around(middle, view.yaw_deg, view.height_m, distance)
        camera = look(eye, middle, view.width_deg, view.size, view.roll_deg)
        flat, depth = camera.project(points)
        fills = float((np.ptp(flat, axis=0) / view.size).max()) if depth.min() > CLEAR_M else np.inf
        near, far = (distance, far) if fills > view.fill else (near, distance)
    seen = np.ptp(camera.seen(points), axis=0)
    shift = camera.axes[:2].T @ (np.array(view.aim) * [1.0, -1.0] * seen[:2])
    return look(eye, middle + shift, view.width_deg, view.size, view.roll_deg)


def set_stage(
    shot: Shot, figure: Figure, mesh: Floats, camera: Camera, quality: Quality
) -> tuple[Stage, scenes.Blanket | None]:
    """Build the room of a still around the person."""
    random, extras = shot.stream("room"), shot.stream("extras")
    bounds = _bounds(random, camera)
    things = scenes.room(bounds, *_surfaces(random))
    things += under_the_person(shot.exercise.name, figure, mesh, random)
    if "empty_room" not in shot.extras:
        clear = 1.35 if shot.exercise.name in LYING else 1.1
        things += scenes.clutter(random, bounds, camera, int(random.integers(1, 9)), clear)
        things += scenes.wall_things(random, bounds, int(random.integers(0, 7)))
    middle = mesh[skin(shot.body.template)].mean(axis=0)
    if "in_the_way" in shot.extras:
        things += scenes.in_the_way(extras, camera, middle, float(extras.uniform(0.35, 0.6)))
    bystanders = [bystander(extras, camera, bounds)] if "bystander" in shot.extras else []
    blanket = _blanket(extras, mesh) if "blanket" in shot.extras else None
    cover = None if blanket is None else blanket.mesh
    person = Dressed(shot.body, shot.look)
    return Stage(
        camera, shot.light, person, things, bystanders=bystanders, cover=cover, quality=quality
    ), blanket


def _bounds(random: Random, camera: Camera) -> tuple[float, float, float, float]:
    x, y = camera.eye_m[:2]
    low_x, high_x, low_y, high_y = random.uniform(1.7, 4.0, 4)
    return (
        -max(float(low_x), 0.5 - x),
        max(float(high_x), 0.5 + x),
        -max(float(low_y), 0.5 - y),
        max(float(high_y), 0.5 + y),
    )


def _colour(random: Random, low: float, high: float) -> tuple[float, float, float]:
    grey, cast = random.uniform(low, high), random.uniform(0.75, 1.0, 3)
    r, g, b = (float(grey * c) for c in cast)
    return r, g, b


def _surfaces(random: Random) -> tuple[Material, Material]:
    """Return floor and walls."""
    floors = (
        scenes.planks(_colour(random, 0.1, 0.5)),
        scenes.carpet(_colour(random, 0.05, 0.5)),
        scenes.tiles(_colour(random, 0.2, 0.6), _colour(random, 0.1, 0.6)),
    )
    return floors[int(random.choice(3, p=[0.5, 0.35, 0.15]))], scenes.plaster(_colour(random, 0.2, 0.75))


def under_the_person(exercise: str, figure: Figure, mesh: Floats, random: Random) -> list[Mesh]:
    """Return mat, pillow or chair, as the exercise needs them."""
    material = scenes.cloth(_colour(random, 0.02, 0.5))
    if exercise == "seated_march":
        seat = seat_m(figure.body, mesh)
        back, arms = float(random.choice([0.0, 0.45, 0.6])), bool(random.random() < 0.2)
        return scenes.chair(seat, scenes.planks(_colour(random, 0.05, 0.5)), back, arms)
    if exercise == "squat":
        return [scenes.mat(0.75, -0.95, 0.95, material, 0.003)] if random.random() < 0.5 else []
    if exercise == "bridge":
        return [scenes.mat(0.45, -1.15, 1.1, material)]
    mat = scenes.mat(0.45, -1.1, 1.1, material).moved((0.0, 0.0, 0.0), turn_z(90.0))
    return [mat, pillow_under(figure.body, mesh)] if random.random() < 0.8 else [mat]


def seat_m(body: Body, mesh: Floats) -> float:
    """Return how high the seat is under a sitting person."""
    parts = moved_by(body.template, ("root", "pelvis", "upperleg"))
    under = mesh[parts][np.abs(mesh[parts, 1]) < 0.2]
    return float(under[:, 2].min() + 0.012)


def pillow_under(body: Body, mesh: Floats) -> Mesh:
    """Return a pillow under the head of somebody lying on their side."""
    head = mesh[moved_by(body.template, ("head",))]
    return scenes.pillow(head.mean(axis=0), float(head[:, 2].min()))


def bystander(
    random: Random, camera: Camera, bounds: tuple[float, float, float, float]
) -> tuple[Dressed, Floats]:
    """Return somebody who stands by, not between camera and person."""
    body, squat = draw_body(random, ("f60", "f70", "f90", "m60", "m67", "m85")), EXERCISES["squat"]
    settings = blend(squat.rest, {**squat.end, "knee_deg": 60.0}, float(random.choice([0.0, 0.1, 0.7])))
    arms = str(random.choice(squat.arms))
    mesh = solve(body, squat.poser(body, squat.rest, arms)(settings)).mesh()
    towards = np.degrees(np.arctan2(camera.eye_m[0], -camera.eye_m[1]))
    for _ in range(30):
        angle, far = towards + random.uniform(40.0, 320.0), random.uniform(0.9, 2.2)
        place = around((0.0, 0.0, 0.0), float(angle), 0.0, float(far))
        if (
            bounds[0] < place[0] - 0.3 < place[0] + 0.3 < bounds[1]
            and bounds[2] < place[1] - 0.3 < bounds[3] - 0.6
        ):
            break
    facing = turn_z(float(angle + 180.0 + random.normal(0.0, 40.0)))
    return Dressed(body, draw_look(random)), mesh @ facing.T + place


def _blanket(random: Random, mesh: Floats) -> scenes.Blanket:
    """Return a blanket over the lower part of somebody lying, across their longer side."""
    low, high = mesh[:, :2].min(axis=0), mesh[:, :2].max(axis=0)
    along = int(np.argmax(high - low))
    share = random.uniform(0.3, 0.6)
    if along == 1:  # feet at the low end of y
        corners = (low[0] - 0.1, high[0] + 0.1, low[1] - 0.1, low[1] + share * (high[1] - low[1]))
    else:  # feet at the high end of x
        corners = (high[0] - share * (high[0] - low[0]), high[0] + 0.1, low[1] - 0.1, high[1] + 0.1)
    x0, x1, y0, y1 = (float(c) for c in corners)
    return scenes.Blanket((x0, x1, y0, y1), scenes.cloth(_colour(random, 0.05, 0.6)))


def joint_pixels(still: Still) -> dict[str, NDArray[np.float64]]:
    """Return where the true joints land in the picture."""
    return {name: still.camera.project(place)[0] for name, place in still.truth.joints_m.items()}

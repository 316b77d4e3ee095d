"""Render the people of the recorded sessions, look at them with the pose model, keep the poses.

    python -m tests.live.material.make --renderer DIR [--look DIR] [NAME ...]

``DIR`` holds the renderer: ``body.py``, ``render.py``, ``clips.py`` and ``bodies/`` (a parametric human,
MakeHuman mesh and weights, CC0).  It is not part of formcheck, and the tests do not need it: they play the
``.npz`` beside this file.  About 20 minutes of one core for all.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from formcheck.frame import Frame
from formcheck.pose.blazepose import BlazePoseEstimator
from formcheck.pose.models import load_model
from formcheck.pose.sighting import Sighting
from tests.live.material import motions, parts
from tests.live.material.motions import Key, Spot, held, key_of, moved, standing, walk

SIZE = (480, 360)
NOISE = 0.006
NEEDED = ("body", "render", "clips")
Film = dict[str, list[Key | None]]
"""Parts by name; None is the empty room."""


class NoRendererError(Exception):
    """The renderer is not where it was said to be."""


class Renderer:
    """The three modules of the renderer."""

    def __init__(self, folder: Path) -> None:
        missing = [name for name in NEEDED if not (folder / f"{name}.py").is_file()]
        if missing:
            raise NoRendererError(
                f"{folder}: no renderer there ({', '.join(missing)}.py missing); the material in the "
                "repository can be used, but not made anew, without it"
            )
        sys.path.insert(0, str(folder))
        self.body, self.render, self.clips = (importlib.import_module(name) for name in NEEDED)


@dataclass
class Scene:
    """Who is filmed, where, and what happens."""

    rate_hz: float
    posture: str
    body: Any
    camera: Any
    room: list[Any]
    colours: list[Any]
    clothes: list[float]
    film: Film
    flipped: bool = False


LONG, SHORT, SLEEVE = (
    [0.5, -0.82, 0.09, 0.03, -0.875, 0, 0],
    [0.5, -0.36, 0.09, 0.02, -0.86, 0, 0],
    [0.95, -0.82, 0.09, 0.02, -0.86, 0, 0],
)


def _room(r: Renderer, camera: Any, *things: Any) -> list[Any]:
    return r.clips.room(camera, wall=2.9, extra=things)


def _empty(seconds: float, rate_hz: float) -> list[None]:
    return [None] * round(seconds * rate_hz)


def _arms(body: Any, key: Key, sides: str, rate_hz: float, *, prefix: str = "", tilt=(0.0, 0.0)) -> Film:
    """Return the parts ``arm_L_raise``, ``arm_L_hold``, ``arm_L_lower`` and so on."""
    return {
        f"{prefix}arm_{side}_{name}": frames
        for side in sides
        for name, frames in motions.arm_raised(body, key, side, rate_hz, tilt).items()
    }


def _of_renderer(
    r: Renderer, body: Any, move: Callable[..., Any], reps: list[dict[str, Any]], rate_hz: float
) -> tuple[list[list[Key]], Key]:
    """Return repetitions of one of the renderer's exercises, and the key at rest."""
    r.clips.FPS = rate_hz
    poses, _, _, bounds = move(body, reps)[:4]
    keys = [key_of(body, asked) for asked in poses]
    starts = [bound["start_frame"] for bound in bounds] + [len(keys)]
    rests = [round((bound["end"] + rep["rest"]) * rate_hz) for bound, rep in zip(bounds, reps, strict=True)]
    return [
        keys[start : min(after, rest)]
        for start, after, rest in zip(starts[:-1], starts[1:], rests, strict=True)
    ], keys[0]


def _named(names: list[str], reps: list[list[Key]]) -> Film:
    return dict(zip(names, reps, strict=True))


# The scenes


def squat(r: Renderer) -> Scene:
    """From the side, then from the front: leaning forward twice, knees in twice."""
    rate = 15.0
    body = r.body.Body(gender=1.0, age=0.6, weight=0.45)
    camera = r.render.Camera([0.05, -3.0, 1.0], [0, 0, 0.84], 60, SIZE)
    usual = {"down": 1.7, "hold": 0.3, "up": 1.3, "rest": 0.6, "thigh": 66, "shank": 26, "trunk": 33}
    kinds = [{}, {"thigh": 69}, {"thigh": 63, "down": 1.9}, {"trunk": 64}, {"trunk": 63, "down": 1.5}]
    inward = [{}, {"thigh": 64}, {"thigh": 68, "up": 1.5}, {"inward": 22.0}, {"inward": 22.0, "down": 1.5}]
    side, front = Spot(0, 0, -90), Spot(0, 0, 0)
    at_side, at_front = standing(body, side), standing(body, front)
    far, near = Spot(2.4, 0, -90), Spot(-2.4, 0, -90)
    leaning = [[moved(key, -90) for key in rep] for rep in motions.squat(body, _reps(usual, kinds), rate)]
    film: Film = {
        "empty": _empty(1.5, rate),
        "come": walk(body, far, [side, front], rate),
        "front_still": held(at_front, 2.0, rate),
        "to_side": walk(body, front, [side], rate),
        "still": held(at_side, 2.0, rate),
        **_named(["good_1", "good_2", "good_3", "poor_1", "poor_2"], leaning),
        **_arms(body, at_side, "LR", rate, tilt=(-0.12, 0.03)),
        "leave": walk(body, side, [near], rate),
        "gone": _empty(1.0, rate),
        "return": walk(body, far, [side], rate),
        "settled": held(at_side, 1.0, rate),
        "to_front": walk(body, side, [front], rate),
        "front_settled": held(at_front, 2.0, rate),
        **_named(
            [f"front_{name}" for name in ("good_1", "good_2", "good_3", "poor_1", "poor_2")],
            motions.squat(body, _reps(usual, inward), rate),
        ),
        **_arms(body, at_front, "LR", rate, prefix="front_", tilt=(0.05, -0.1)),
        "front_leave": walk(body, front, [Spot(0, 0, 90), Spot(2.4, 0, 90)], rate),
        "gone_again": _empty(1.0, rate),
        "front_return": walk(body, far, [side, front], rate),
        "end": held(at_front, 1.0, rate),
    }
    mat = r.render.box([-0.75, -0.95, 0], [0.75, 0.95, 0.0025], r.render.MAT)
    colours = r.clips.pal("light", wall=(0.66, 0.64, 0.6), floor=(0.36, 0.26, 0.16))
    return Scene(rate, "upright", body, camera, _room(r, camera, mat), colours, LONG, film)


def _reps(usual: dict[str, float], changes: list[dict[str, float]]) -> list[dict[str, Any]]:
    return [{"fault": "none", **usual, **change} for change in changes]


def bridge(r: Renderer) -> Scene:
    """On the back, left side to the camera: arching twice."""
    rate = 15.0
    body = r.body.Body(gender=1.0, age=0.7, weight=0.5, height=0.45)
    camera = r.render.Camera([2.6, 0.0, 0.75], [0, -0.02, 0.32], 54, SIZE)
    usual = {"down": 1.6, "hold": 1.2, "up": 1.6, "rest": 0.6}
    arched = {"lordosis": 26, "amp": 1.4}
    kinds = [{}, {"hold": 1.0}, {"up": 1.8}, arched, {**arched, "hold": 1.0}]
    reps, rest = _of_renderer(r, body, r.clips.bridge, _reps(usual, kinds), rate)
    up, stood = motions.from_the_back(body, rest, rate)
    feet = _spot(stood, 0.0)
    near, away = Spot(0.0, feet.y, 0.0), Spot(0.0, -2.6, 0.0)
    inwards = walk(body, Spot(0.0, -2.6, 180.0), [Spot(0.0, feet.y, 180.0), near], rate)
    film: Film = {
        "empty": _empty(1.5, rate),
        "come": [*inwards, *reversed(up), rest],
        "still": held(rest, 2.0, rate),
        **_named(["good_1", "good_2", "good_3", "poor_1", "poor_2"], reps),
        **_arms(body, rest, "LR", rate, tilt=(0.05, 0.15)),
        "leave": [*up, *walk(body, near, [away], rate)],
        "gone": _empty(1.0, rate),
        "return": [*inwards, *reversed(up), rest],
        "settled": held(rest, 1.0, rate),
    }
    mat = r.render.box([-0.45, -1.1, 0], [0.45, 1.1, motions.FLOOR_M], r.render.MAT)
    colours = r.clips.pal("light", shirt=(0.5, 0.46, 0.12), pants=(0.03, 0.05, 0.14), hair=(0.12, 0.06, 0.02))
    return Scene(rate, "lying", body, camera, _room(r, camera, mat), colours, LONG, film)


def _spot(key: Key, facing_deg: float) -> Spot:
    feet = (key.points["ankle.L"] + key.points["ankle.R"]) / 2
    return Spot(float(feet[0]), float(feet[1]), facing_deg)


def clamshell(r: Renderer, flipped: bool = False) -> Scene:
    """On the right side, belly to the camera: the feet part twice.  Flipped: on the left side."""
    rate = 15.0
    body = r.body.Body(gender=1.0, age=0.65, weight=0.5)
    camera = r.render.Camera([0.0, -2.4, 0.75], [-0.06, 0, 0.24], 54, SIZE)
    usual = {"down": 1.5, "hold": 0.6, "up": 1.5, "rest": 0.6, "open": 40}
    apart = {"sep": 0.16}
    kinds = [{}, {"open": 38}, {"open": 41, "hold": 0.9}, apart, {"sep": 0.17, "down": 1.3}]
    reps, rest = _of_renderer(r, body, r.clips.clamshell, _reps(usual, kinds), rate)
    up, stood = motions.from_the_side(body, rest, rate)
    there = _spot(stood, 0.0)
    away = Spot(2.3, there.y, 90.0)
    inwards = walk(body, Spot(2.3, there.y, -90.0), [Spot(there.x, there.y, -90.0), there], rate)
    film: Film = {
        "empty": _empty(1.5, rate),
        "come": [*inwards, *reversed(up), rest],
        "still": held(rest, 2.0, rate),
        **_named(["good_1", "good_2", "good_3", "poor_1", "poor_2"], reps),
        **_arms(body, rest, "L", rate, tilt=(0.1, -0.12)),
        "leave": [*up, *walk(body, there, [Spot(there.x, there.y, 90.0), away], rate)],
        "gone": _empty(1.0, rate),
        "return": [*inwards, *reversed(up), rest],
        "settled": held(rest, 1.0, rate),
    }
    pillow = r.render.ellipsoid(*_pillow(body, rest), r.render.PILLOW, 3.5)
    mat = r.render.box([-1.1, -0.6, 0], [1.1, 0.45, motions.FLOOR_M], r.render.MAT)
    colours = r.clips.pal("tan", shirt=(0.42, 0.12, 0.3), pants=(0.04, 0.04, 0.05), hair=(0.12, 0.06, 0.02))
    return Scene(rate, "lying", body, camera, _room(r, camera, mat, pillow), colours, LONG, film, flipped)


def _pillow(body: Any, lying: Key) -> tuple[np.ndarray, tuple[float, float, float]]:
    turn, place = body.solve(motions.asked_of_body(lying))
    mesh = body.skin(turn, place)
    heaviest = body.WI[body.bodyv, np.argmax(body.W[body.bodyv], 1)]
    head = mesh[body.bodyv[heaviest == body.idx["head"]]]
    x, y, low = head[:, 0].mean(), head[:, 1].mean(), head[:, 2].min()
    return np.array([x - 0.02, y + 0.02, (low + 0.02) / 2]), (0.18, 0.26, (low + 0.02) / 2 + 0.01)


def seated_march(r: Renderer) -> Scene:
    """On a chair, facing the camera: the foot dropped twice.  25 pictures a second, as that check needs."""
    rate = 25.0
    body = r.body.Body(gender=0.0, age=0.85, weight=0.6, height=0.35)
    camera = r.render.Camera([0.0, -2.6, 0.9], [0, 0, 0.66], 56, SIZE)
    usual = {"down": 1.1, "hold": 0.3, "up": 1.0, "rest": 0.5, "lift": 26}
    sides = [{"side": "L"}, {"side": "R"}, {"side": "L", "lift": 28}, {"side": "R", "lift": 25}]
    dropped = [{"side": "L", "up": 0.2}, {"side": "R", "up": 0.2}]
    reps, rest = _of_renderer(r, body, r.clips.march, _reps(usual, [*sides, *dropped]), rate)
    up, stood = motions.from_a_chair(body, rest, rate)
    there = _spot(stood, 0.0)
    inwards = walk(body, Spot(2.3, there.y, -90.0), [Spot(there.x, there.y, -90.0), there], rate)
    film: Film = {
        "empty": _empty(1.0, rate),
        "come": inwards,
        "stood": held(stood, 1.0, rate),
        "sit": [*reversed(up), rest],
        "still": held(rest, 2.0, rate),
        **_named(["good_1", "good_2", "good_3", "good_4", "poor_1", "poor_2"], reps),
        **_arms(body, rest, "LR", rate, tilt=(0.04, -0.1)),
        "leave": [*up, *walk(body, there, [Spot(there.x, there.y, 90), Spot(2.3, there.y, 90)], rate)],
        "gone": _empty(1.0, rate),
        "return": [*inwards, *reversed(up), rest],
        "settled": held(rest, 1.0, rate),
    }
    turn, place = body.solve(motions.asked_of_body(rest))
    mesh = body.skin(turn, place)[body.bodyv]
    seat = mesh[(np.abs(mesh[:, 1]) < 0.2) & (mesh[:, 2] > 0.2), 2].min() + 0.012
    colours = r.clips.pal("light", shirt=(0.1, 0.28, 0.12), pants=(0.16, 0.15, 0.14), hair=(0.32, 0.3, 0.28))
    room = _room(r, camera, *r.clips.chair(seat))
    return Scene(rate, "upright", body, camera, room, colours, SLEEVE, film)


SCENES: dict[str, Callable[[Renderer], Scene]] = {
    "squat": squat,
    "bridge": bridge,
    "clamshell_left_up": clamshell,
    "clamshell_right_up": lambda r: clamshell(r, flipped=True),
    "seated_march": seated_march,
}


# Filming


def pictures(r: Renderer, scene: Scene) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the name of the part and the picture, RGB."""
    made = r.render.Scene(scene.body, scene.room, scene.colours, scene.clothes, ss=1)
    made.set_camera(scene.camera)
    random = np.random.default_rng(0)
    nobody = made.s_out.copy()
    last, picture = None, nobody
    for name, keys in scene.film.items():
        for key in keys:
            if key is None:
                picture = nobody
            elif key is not last:
                turn, place = scene.body.solve(motions.asked_of_body(key))
                picture = made.render(scene.body.skin(turn, place))
            last = key
            shown = picture[:, ::-1] if scene.flipped else picture
            noisy = np.clip(shown + random.normal(0, NOISE, shown.shape[:2])[..., None], 0, 1)
            yield name, np.ascontiguousarray((noisy * 255 + 0.5).astype(np.uint8))


def watch(r: Renderer, scene: Scene, look: Path | None, name: str) -> dict[str, list[Sighting]]:
    """Return what the pose model sees, by part."""
    seen: dict[str, list[Sighting]] = {part: [] for part in scene.film}
    kept: list[np.ndarray] = []
    with BlazePoseEstimator(load_model("full"), scene.posture) as estimator:
        for index, (part, image) in enumerate(pictures(r, scene)):
            seen[part].append(estimator.estimate(Frame(image, index / scene.rate_hz, index)))
            if look is not None and index % max(1, round(scene.rate_hz * 0.8)) == 0:
                kept.append(image[::2, ::2])
    if look is not None:
        _contact_sheet(kept, look / f"{name}.png")
    return seen


def _contact_sheet(images: list[np.ndarray], path: Path) -> None:
    from PIL import Image  # noqa: PLC0415 - only to look at

    across = 8
    images = [*images, *[np.zeros_like(images[0])] * (-len(images) % across)]
    rows = [np.hstack(images[i : i + across]) for i in range(0, len(images), across)]
    Image.fromarray(np.vstack(rows)).save(path)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--renderer", type=Path, required=True, metavar="DIR")
    parser.add_argument("--look", type=Path, metavar="DIR", help="also write a sheet of small pictures")
    parser.add_argument("names", nargs="*", choices=[[], *SCENES], metavar="NAME")
    given = parser.parse_args(arguments)
    try:
        renderer = Renderer(given.renderer.resolve())
    except NoRendererError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    for name in given.names or SCENES:
        began_s = time.perf_counter()
        scene = SCENES[name](renderer)
        seen = watch(renderer, scene, given.look, name)
        path = parts.save(name, scene.rate_hz, seen)
        frames = sum(map(len, seen.values()))
        spent_s = time.perf_counter() - began_s
        sys.stderr.write(
            f"{path.name}: {frames} pictures, {path.stat().st_size // 1024} kB, {spent_s:.0f} s\n"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

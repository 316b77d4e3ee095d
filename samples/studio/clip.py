"""A clip: repetitions in a room, as video and as truth in the format of the samples."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import av
import numpy as np

from . import scenes
from .body import Body, load_body
from .camera import Camera, look
from .lens import Lens, Pixels, through
from .looks import Look
from .meshes import Material, Mesh
from .motions import EXERCISES, Course, Rep, Settings, course
from .render import FINE, Dressed, Light, Quality, Stage
from .rotation import Floats
from .skeleton import solve
from .still import pillow_under, seat_m
from .truth import Truth, truth

STILL_M = 2e-4
"""Somebody who moved less since the last picture is not drawn again; noise is."""
DEFAULT_LOOK, DAYLIGHT, WEBCAM = Look(), Light(), Lens(blur_px=0.0, noise=0.008, grain=0.004)
EXERCISE_NAMES = {"seated_march": "march"}
"""Names in truth files that differ from the product's."""


@dataclass(frozen=True, slots=True, eq=False)
class ClipPlan:
    """Everything a clip is made from.

    Attributes
    ----------
    name, exercise, body : str
    reps : tuple[Rep, ...]
    eye_m, at_m : tuple of float
        Where the camera stands and looks.
    width_deg : float
    look : Look
    rest : Settings
        Besides those of the exercise.
    arms : str
    meta : Mapping[str, str]
        View, camera side, upper leg: whatever readers of the truth want to know.
    floor, wall, mat, chair : tuple of float
        Colours.
    pictures : tuple of (centre, axis)
    light, lens : Light, Lens
    size : tuple[int, int]
    rate_hz : float
    """

    name: str
    exercise: str
    body: str
    reps: tuple[Rep, ...]
    eye_m: tuple[float, float, float]
    at_m: tuple[float, float, float]
    width_deg: float
    look: Look = DEFAULT_LOOK
    rest: Settings = field(default_factory=dict)
    arms: str = ""
    meta: Mapping[str, str] = field(default_factory=dict)
    floor: tuple[float, float, float] = (0.34, 0.2, 0.11)
    wall: tuple[float, float, float] = (0.62, 0.6, 0.55)
    mat: tuple[float, float, float] = (0.12, 0.07, 0.25)
    chair: tuple[float, float, float] = (0.3, 0.2, 0.12)
    pictures: tuple[tuple[tuple[float, float, float], int], ...] = ()
    light: Light = DAYLIGHT
    lens: Lens = WEBCAM
    size: tuple[int, int] = (640, 480)
    rate_hz: float = 30.0


@dataclass(frozen=True, slots=True, eq=False)
class Take:
    """A clip that can be rendered: who, how they move, what stands before the camera.

    Attributes
    ----------
    plan : ClipPlan
    body : Body
    course : Course
    camera : Camera
    meshes : callable
        From a frame's number to the posed mesh and its truth.
    stage : Stage
    """

    plan: ClipPlan
    body: Body
    course: Course
    camera: Camera
    meshes: Callable[[int], tuple[Floats, Truth]]
    stage: Stage


def take(plan: ClipPlan, quality: Quality = FINE) -> Take:
    """Build everything that a clip needs."""
    exercise, body = EXERCISES[plan.exercise], load_body(plan.body)
    rest = {**exercise.rest, **plan.rest}
    poser = exercise.poser(body, rest, plan.arms or exercise.arms[0])
    run = course(rest, plan.reps, plan.rate_hz)
    camera = look(plan.eye_m, plan.at_m, plan.width_deg, plan.size)

    def meshes(frame: int) -> tuple[Floats, Truth]:
        figure = solve(body, poser(run.settings[frame]))
        mesh = figure.mesh()
        return mesh, truth(figure, mesh)

    things = scenes.open_room(camera, scenes.planks(plan.floor), scenes.plaster(plan.wall))
    things += _props(plan, body, meshes(0)[0])
    stage = Stage(camera, plan.light, Dressed(body, plan.look), things, quality=quality)
    return Take(plan, body, run, camera, meshes, stage)


def _props(plan: ClipPlan, body: Body, mesh: Floats) -> list[Mesh]:
    material = scenes.cloth(plan.mat)
    props = {
        "squat": lambda: [scenes.mat(0.42, -0.95, 0.95, material)],
        "bridge": lambda: [scenes.mat(0.45, -1.1, 1.1, material)],
        "clamshell": lambda: [_wide_mat(material), pillow_under(body, mesh)],
        "seated_march": lambda: scenes.chair(seat_m(body, mesh), Material(plan.chair, shine=0.1)),
    }[plan.exercise]()
    for centre, axis in plan.pictures:
        picture = Material((0.25, 0.35, 0.4), 5, (0.55, 0.5, 0.4), 0.15)
        props += scenes.framed(centre, axis, 0.7, 0.5, picture)
    return props


def _wide_mat(material: Material) -> Mesh:
    mat = scenes.mat(1.1, -0.6, 0.45, material)
    return mat


def frames(one: Take, which: range | None = None) -> Iterator[tuple[int, Pixels]]:
    """Yield number and picture of every frame (or of some)."""
    last: Floats | None = None
    picture = np.zeros(0)
    for frame in which or range(len(one.course.time_s)):
        mesh, _ = one.meshes(frame)
        if last is None or np.abs(mesh - last).max() > STILL_M:
            picture, last = one.stage.picture(mesh, reuse=True), mesh
        yield frame, through(one.plan.lens, picture, frame)


def write_clip(plan: ClipPlan, folder: Path, quality: Quality = FINE) -> Path:
    """Render a clip to ``NAME.mp4``, ``NAME.json`` and ``NAME.npz``; return the video's path.

    All three get their names only when complete.
    """
    one = take(plan, quality)
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = {kind: folder / f".{plan.name}.{os.getpid()}.{kind}" for kind in ("mp4", "json", "npz")}
    with av.open(str(unfinished["mp4"]), "w") as container:
        video = container.add_stream("libx264", rate=round(plan.rate_hz))
        video.width, video.height = plan.size
        video.pix_fmt = "yuv420p"
        video.options = {"crf": "23", "preset": "slow"}
        for _, pixels in frames(one):
            container.mux(video.encode(av.VideoFrame.from_ndarray(pixels, "rgb24")))
        container.mux(video.encode())
    told = [one.meshes(frame)[1] for frame in range(len(one.course.time_s))]
    unfinished["json"].write_text(json.dumps(document(one, told)), encoding="utf-8")
    np.savez_compressed(unfinished["npz"], **_arrays(plan, told))
    for kind, path in unfinished.items():
        path.rename(folder / f"{plan.name}.{kind}")
    return folder / f"{plan.name}.mp4"


def _arrays(plan: ClipPlan, told: list[Truth]) -> dict[str, Any]:
    joints = {f"joint_{n}": np.array([t.joints_m[n] for t in told], np.float32) for n in told[0].joints_m}
    turns = {f"rot_{n}": np.array([t.turns[n] for t in told], np.float32) for n in told[0].turns}
    return {**joints, **turns, "body": np.array(plan.body)}


def document(one: Take, told: list[Truth]) -> dict[str, Any]:
    """Return the truth file of a clip, in the format of the samples."""
    joints = {name: np.array([t.joints_m[name] for t in told]) for name in told[0].joints_m}
    flat = {name: one.camera.project(places)[0] for name, places in joints.items()}
    columns = {name: np.array([t.angles_deg[name] for t in told]) for name in told[0].angles_deg}
    columns |= _sample_angles(joints, flat)
    plan = one.plan
    return {
        "name": plan.name,
        "fps": plan.rate_hz,
        "frames": len(told),
        "size": list(plan.size),
        "reps": [_rep_row(one, i) for i in range(len(plan.reps))],
        "camera": {"eye": one.camera.eye_m.tolist(), "R": one.camera.axes.tolist(), "f": one.camera.focal_px},
        "meta": {
            "exercise": EXERCISE_NAMES.get(plan.exercise, plan.exercise),
            "body_file": plan.body,
            **plan.meta,
        },
        "phase": [round(float(q), 4) for q in one.course.phase],
        "angles": {name: [_number(v) for v in values] for name, values in columns.items()},
        "joints_px": {name: np.round(places, 1).tolist() for name, places in flat.items()},
    }


def _number(value: float) -> float | None:
    return round(float(value), 3) if np.isfinite(value) else None


def _rep_row(one: Take, i: int) -> dict[str, Any]:
    rep, bounds, rate = one.course.reps[i], one.course.bounds[i], one.plan.rate_hz
    times = {name: getattr(bounds, name) for name in ("start", "bottom", "release", "end")}
    row: dict[str, Any] = {**{name: round(t, 4) for name, t in times.items()}, "fault": rep.name}
    row |= {f"{name}_frame": round(t * rate) for name, t in times.items()}
    return row | ({"side": rep.side} if rep.side else {})


def _interior_deg(first: Floats, vertex: Floats, last: Floats) -> Floats:
    a, b = first - vertex, last - vertex
    cosine = (a * b).sum(-1) / np.linalg.norm(a, axis=-1) / np.linalg.norm(b, axis=-1)
    out: Floats = np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))
    return out


def _sample_angles(joints: Mapping[str, Floats], flat: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return the angles that the samples have always had: interior ones, in space and in the picture."""
    out: dict[str, Floats] = {}
    for s in "LR":
        for name, (a, b, c) in {"hip": ("shoulder", "hip", "knee"), "knee": ("hip", "knee", "ankle")}.items():
            for kind, places in (("3d", joints), ("2d", flat)):
                out[f"{name}_angle_{kind}.{s}"] = _interior_deg(*(places[f"{x}.{s}"] for x in (a, b, c)))
        thigh = joints[f"knee.{s}"] - joints[f"hip.{s}"]
        out[f"thigh_from_horizontal.{s}"] = np.degrees(np.arcsin(thigh[:, 2] / np.linalg.norm(thigh, axis=1)))
    trunk = sum(joints[f"shoulder.{s}"] - joints[f"hip.{s}"] for s in "LR")
    up = np.asarray(trunk)[:, 2] / np.linalg.norm(trunk, axis=1)
    out["trunk_from_vertical"] = np.degrees(np.arccos(np.clip(up, -1.0, 1.0)))
    return out


def smaller(plan: ClipPlan, side_px: int) -> ClipPlan:
    """Return the plan with pictures whose longer side is so long."""
    factor = side_px / max(plan.size)
    width, height = (2 * round(v * factor / 2) for v in plan.size)
    return replace(plan, size=(width, height))

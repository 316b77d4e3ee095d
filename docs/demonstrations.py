"""Make the demonstrations that live mode shows, ``formcheck/live/demonstrations/*.mp4``.

    python docs/demonstrations.py RENDERER [EXERCISE ...] [--stills FOLDER]

RENDERER is the folder of the prototype renderer that the rendered samples come from (``body.py``,
``render.py``, ``clips.py`` and ``bodies/``); it also needs numba.  It is not part of formcheck, and nothing
in formcheck needs it: the finished clips are enough.  About four minutes on one core for all four.

Each clip is one calm repetition (seated march: one of each leg) of which formcheck itself finds nothing to
remark, seen from where the set-up wants the camera; its last frame leads back to its first.  ``--stills``
writes pictures of the start and of the end of the movement instead.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "formcheck" / "live" / "demonstrations"
NEEDED = ("body.py", "render.py", "clips.py", "bodies")
SIZE = (800, 450)
"""The shape of the window that live mode opens."""
FRAME_RATE_HZ = 15
CRF = 22
REST_S = 0.4
"""Before and after the movement; the renderer leaves a second."""
WALL_M = 2.5
BODY = {"gender": 1.0, "age": 0.9, "weight": 0.55, "height": 0.4}
"""The oldest of the bodies."""
COLOURS = {
    "skin": "tan",
    "shirt": (0.75, 0.16, 0.05),
    "pants": (0.03, 0.045, 0.09),
    "shoe": (0.08, 0.08, 0.09),
    "hair": (0.34, 0.33, 0.32),
    "wall": (0.72, 0.76, 0.80),
    "mat": (0.10, 0.26, 0.36),
    "chair": (0.16, 0.10, 0.06),
}
"""Linear light; a warm top and dark trousers before a light room."""
GARMENT = (0.5, -0.82, 0.09, 0.03, -0.875, 0, 0)
"""The renderer's: sleeve, hem, waist, neck, shoe."""
LIGHT = (0.45, -0.6, 0.9)
STANDING_STRETCH = 0.994
"""Share of its length to which a leg stretches: knees bent by 9 degrees in standing.  The renderer's own
0.985 leaves them at 19."""

Image8 = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Shot:
    """What is rendered.

    Attributes
    ----------
    poses : Sequence[Any]
        The renderer's, one a frame.
    progress : Sequence[float]
        One a frame; 0 = at rest, 1 = end of the movement.
    camera : Any
    things : Sequence[Any]
        Mat, pillow, chair.
    wall : int
        Axis along which the wall behind stands: 0 to the right of the person, 1 behind.
    """

    poses: Sequence[Any]
    progress: Sequence[float]
    camera: Any
    things: Sequence[Any]
    wall: int


@dataclass(frozen=True, slots=True)
class Studio:
    """The renderer's modules and the person."""

    body: Any
    clips: Any
    render: Any
    person: Any

    @classmethod
    def at(cls, folder: Path) -> Studio:
        """Load the renderer.

        Raises
        ------
        SystemExit
            It is not there.
        """
        missing = [name for name in NEEDED if not (folder / name).exists()]
        if missing:
            raise SystemExit(
                f"{folder} is not the renderer: it lacks {', '.join(missing)}. The renderer is no part of "
                "formcheck; the finished clips in formcheck/live/demonstrations are all it needs."
            )
        os.environ.setdefault("NUMBA_CACHE_DIR", str(Path(tempfile.gettempdir()) / "formcheck-numba"))
        sys.dont_write_bytecode = True
        sys.path.insert(0, str(folder))
        body, clips, render = (importlib.import_module(name) for name in ("body", "clips", "render"))
        clips.FPS = FRAME_RATE_HZ  # type: ignore[attr-defined]
        clips.sway = _no_sway  # type: ignore[attr-defined]
        return cls(body, clips, render, body.Body(**BODY))

    def camera(self, eye: Sequence[float], at: Sequence[float], across_deg: float) -> Any:
        """Return a camera at a place in metres, looking at another."""
        return self.render.Camera(eye, at, across_deg, SIZE)

    def mat(self, half_x_m: float, half_y_m: float, y_m: float = 0.0) -> Any:
        """Return an exercise mat."""
        low, high = [-half_x_m, y_m - half_y_m, 0], [half_x_m, y_m + half_y_m, self.clips.MAT_H]
        return self.render.box(low, high, self.render.MAT)

    def room(self, wall: int) -> list[Any]:
        """Return a light floor and the wall behind: on -x or on +y."""
        box, plain = self.render.box, self.render.WALL
        low, high = np.array([-9.0, -9.0, 0.0]), np.array([9.0, 9.0, 6.0])
        low[wall], high[wall] = (-WALL_M - 0.05, -WALL_M) if wall == 0 else (WALL_M, WALL_M + 0.05)
        faces = "X" if wall == 0 else "y"
        return [box([-9, -9, -0.02], [9, 9, 0], plain, faces="Z"), box(low, high, plain, faces=faces)]

    def lay_hand(self, pose: Any, side: str, fingers: Sequence[float], palm: Sequence[float]) -> None:
        """Turn a hand so that fingers and palm point where they should."""
        joint = self.person.J
        along = joint(f"finger3-1.{side}") - joint(f"wrist.{side}")
        across = joint(f"finger2-1.{side}") - joint(f"finger5-1.{side}")
        inward = np.cross(along, across) if side == "L" else np.cross(across, along)
        self.clips.wristfix(pose, self.person)
        rotations, _ = self.person.solve(pose)
        forearm = rotations[self.person.idx[f"lowerarm01.{side}"]]
        turned = _frame(fingers, palm) @ _frame(along, inward).T
        pose[f"arm.{side}"]["wrist_rel"] = forearm.T @ turned


def _frame(first: ArrayLike, second: ArrayLike) -> Any:
    """Return the axes along the first direction, and as near to the second as that allows."""
    one, two = np.asarray(first, float), np.asarray(second, float)
    one = one / np.linalg.norm(one)
    two = two - float(one @ two) * one
    two = two / np.linalg.norm(two)
    return np.stack([one, two, np.cross(one, two)], axis=1)


def _no_sway(_frame: int, _size: float = 0.0) -> NDArray[np.float64]:
    """Stand in for the renderer's swaying, which does not repeat."""
    return np.zeros(3)


# The four


def squat(studio: Studio) -> Shot:
    """Show the left side: knees bent to 75 degrees, heels down, arms forward."""
    clips, person = studio.clips, studio.person
    way = {"thigh": 54, "shank": 22, "trunk": 32, "down": 1.8, "hold": 0.4, "up": 1.6}
    poses, progress, *_ = clips.squat(person, [way], stance=0.13)
    for pose in poses:
        _, hips = pose["anchor"]
        floor = np.array([0.0, 0.0, person.ankle_h])
        pose["anchor"] = ("midhip", floor + (hips - floor) * STANDING_STRETCH / 0.985)
    camera = studio.camera([3.2, 0.0, 0.95], [0, -0.10, 0.82], 56)
    return Shot(poses, progress, camera, [studio.mat(0.45, 0.95)], 0)


def bridge(studio: Studio) -> Shot:
    """Show the left side: up to the straight line from shoulders to knees, held for a second."""
    poses, progress, *_ = studio.clips.bridge(studio.person, [{"down": 1.5, "hold": 1.0, "up": 1.7}])
    for pose in poses:
        for side in "LR":
            studio.lay_hand(pose, side, (0, -1, -0.05), (0, 0, -1))
    camera = studio.camera([2.7, 0.0, 0.75], [0, 0.0, 0.36], 46)
    return Shot(poses, progress, camera, [studio.mat(0.45, 1.1)], 0)


def clamshell(studio: Studio) -> Shot:
    """Show the front of the body, left leg on top: the pelvis still and the heels together."""
    way = {"down": 1.5, "hold": 0.8, "up": 1.7}
    poses, progress, _, _, head = studio.clips.clamshell(studio.person, [way])
    for pose in poses:
        pose["arm.R"] = {"wrist": np.array([-0.66, 0.0, 0.05]), "pole": [0.1, -1.0, 0.05]}
        pose["arm.L"] = {"wrist": np.array([-0.28, -0.33, 0.055]), "pole": [0.3, 0.2, 1.0]}
        studio.lay_hand(pose, "L", (-0.5, -1, -0.12), (0, 0, -1))
    half = (head["z"] + 0.02) / 2
    middle = np.array([head["x"] - 0.02, head["y"] + 0.02, half])
    pillow = studio.render.ellipsoid(middle, (0.18, 0.26, half + 0.01), studio.render.PILLOW, 3.5)
    camera = studio.camera([0.05, -2.5, 0.95], [0.05, 0, 0.26], 48)
    return Shot(poses, progress, camera, [studio.mat(1.1, 0.55, -0.05), pillow], 1)


def seated_march(studio: Studio) -> Shot:
    """Show one leg, then the other, from a little left of the front, so that the lift is seen."""
    clips, person = studio.clips, studio.person
    way = {"lift": 19, "down": 1.0, "hold": 0.3, "up": 1.0, "rest": 0.4}
    poses, progress, _, _, hips = clips.march(person, [{**way, "side": "L"}, {**way, "side": "R"}])
    for pose in poses:
        for side, sign in (("L", 1), ("R", -1)):
            pose[f"arm.{side}"]["wrist"] = [sign * 0.255, -0.12, hips]
            studio.lay_hand(pose, side, (0, -0.5, -0.9), (-sign, 0, 0))
    rotations, places = person.solve(poses[0])
    skin = person.skin(rotations, places)
    under = person.bodyv[(np.abs(skin[person.bodyv, 1]) < 0.2) & (skin[person.bodyv, 2] > 0.2)]
    chair = clips.chair(skin[under, 2].min() + 0.012)
    camera = studio.camera([1.15, -2.6, 0.95], [0.02, -0.12, 0.60], 54)
    return Shot(poses, progress, camera, chair, 1)


SHOTS: Mapping[str, Callable[[Studio], Shot]] = {
    "squat": squat,
    "bridge": bridge,
    "clamshell": clamshell,
    "seated_march": seated_march,
}


# Pictures


def pictures(studio: Studio, shot: Shot, frames: Sequence[int]) -> list[Image8]:
    """Render some frames of a shot; those of the same pose only once."""
    scene = studio.render.Scene(
        studio.person,
        [*studio.room(shot.wall), *shot.things],
        studio.clips.pal(**COLOURS),
        list(GARMENT),
        light=LIGHT,
    )
    scene.set_camera(shot.camera)
    done: dict[bytes, Image8] = {}
    shown = []
    for frame in frames:
        pose = shot.poses[frame]
        studio.clips.wristfix(pose, studio.person)
        skin = studio.person.skin(*studio.person.solve(pose))
        key = np.round(skin, 5).tobytes()
        if key not in done:
            done[key] = np.round(255 * np.clip(scene.render(skin), 0, 1)).astype(np.uint8)
        shown.append(done[key])
    return shown


def write(path: Path, images: Sequence[Image8]) -> None:
    """Encode pictures as H.264, one key frame and then only what moves."""
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=FRAME_RATE_HZ)
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        stream.options = {"crf": str(CRF), "preset": "veryslow", "g": "1000", "tune": "animation"}
        for image in images:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, "rgb24")))
        container.mux(stream.encode())


def main(arguments: Sequence[str] | None = None) -> None:
    """Render what is asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("renderer", type=Path)
    parser.add_argument("exercise", nargs="*", help=", ".join(SHOTS))
    parser.add_argument("--stills", type=Path)
    options = parser.parse_args(arguments)
    for name in set(options.exercise) - set(SHOTS):
        parser.error(f"there is no exercise {name}")
    studio = Studio.at(options.renderer)
    for name in options.exercise or SHOTS:
        shot = SHOTS[name](studio)
        if options.stills:
            both = pictures(studio, shot, [0, int(np.argmax(shot.progress))])
            Image.fromarray(np.concatenate(both)).save(options.stills / f"{name}.png")
            continue
        too_long = round((1.0 - REST_S) * FRAME_RATE_HZ)
        images = pictures(studio, shot, range(too_long, len(shot.poses) - too_long))
        path = OUT / f"{name}.mp4"
        write(path, images)
        print(f"{path.name}: {len(images) / FRAME_RATE_HZ:.1f} s, {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()

"""Trials: short clips that no correction has learned from, as poses and exact truth.

A trial is drawn from the design of stills, with the bodies and from seeds that training never sees (`split`
``test``, seeds from 2,000,000 up): a body, clothes, a room, a camera and its shortcomings.  `TRIALS` says
what is done in it and from where it is looked at.  Its frames become a video, the video goes through the
product's own recording path, and what is kept is what a review would have seen, with the truth of every frame
beside it.  Neither pictures nor videos are kept.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from formcheck.pose import recorded
from formcheck.pose.recorded import Recording
from formcheck.pose.sighting import Candidate
from formcheck.review import Options, record

from . import scenes
from .body import skin
from .camera import Camera
from .clip import STILL_M
from .design import END, REST, Random, Shot, draw, draw_lens, draw_motion, stream
from .faults import fault, with_fault
from .lens import Pixels, through
from .motions import EXERCISES, Course, Poser, Rep, Settings, Tempo, course
from .render import FAST, Quality, Stage
from .rotation import Floats
from .skeleton import solve
from .still import LYING, place_camera, set_stage
from .truth import ANGLES, JOINT_NAMES, OTHER, Truth, mirrored, truth

FIRST_SEED = 2_000_000
"""Training draws its stills from lower seeds."""
RATE_HZ, FINER = 15, 4
"""Frames a second, and moments a frame: a moving person is blurred over half a frame."""
LONGER_SIDE_PX = 384
LEAD_S, TAIL_S = 0.8, 0.7
OUT_S, HOLD_S, REST_S = (1.0, 2.0), (0.2, 0.8), (0.4, 0.8)
"""Ranges of the tempo: a way out or back, the stay, the rest between two repetitions."""
UNIT_M, UNIT_PX = 1e-4, 1 / 16
"""Joints are kept as whole numbers of these."""
SEEN_UNITS = {"image_px": 2.0**-4, "world_m": 2.0**-12, "visibility": 2.0**-8, "presence": 2.0**-8}
"""Landmarks are rounded to these, which turns no limb by more than 0.05 degrees and halves the files."""
LEFT_OUT = frozenset({"in_the_way", "dim"})
"""What only hard trials have (poor light), or none (furniture before legs whose angles nobody could tell)."""
HARD = frozenset({"dim", "blanket"})
"""What a hard trial has besides loose clothes; blankets are for those who lie."""
HARDER_SEEDS = 1000
"""What the seed of a hard trial is higher."""
INSTEAD = {
    "bridge_oblique_b": FIRST_SEED + 90,
    "clamshell_oblique_a": FIRST_SEED + 91,
    "march_back_a": FIRST_SEED + 84,
}
"""Seeds taken instead of the next one in order, whose furniture hid legs or trunk."""
LENS_STREAM, MOTION_STREAM = 97, 98


@dataclass(frozen=True, slots=True)
class Trial:
    """What is done in a trial, and from where it is looked at.

    Attributes
    ----------
    name : str
    exercise : str
    seed : int
    yaw_deg : float
        0 = in front (from the feet of somebody on their back), 90 = at their left, before mirroring.
    fault : str
        What is put into the second repetition, or ``none``.
    amount : float
        How much of it; 1 = in full.
    rest, end : Settings
        Instead of what is drawn; ``@`` stands for the side that moves.
    height_m : float | None
        Of the camera, instead of what is drawn.
    extras : frozenset[str] | None
        Instead of what is drawn.
    """

    name: str
    exercise: str
    seed: int
    yaw_deg: float
    fault: str
    amount: float = 1.0
    rest: Settings = field(default_factory=dict)
    end: Settings = field(default_factory=dict)
    height_m: float | None = None
    extras: frozenset[str] | None = None


def _table(first_seed: int, exercise: str, *rows: tuple[Any, ...]) -> Iterator[Trial]:
    """Yield a trial for every row: name, yaw, fault, amount, rest, end, height of the camera."""
    for i, (name, yaw_deg, what, amount, rest, end, height_m) in enumerate(rows):
        yield Trial(
            name, exercise, INSTEAD.get(name, first_seed + i), yaw_deg, what, amount, rest, end, height_m
        )


_STRAIGHT, _PAST = {"knee_deg": 0.0}, {"knee_deg": -6.0, "trunk_deg": 0.0}
_DEEP = {"knee_deg": 122.0, "shank_deg": 34.0, "trunk_deg": 42.0, "arms": 1.0}
_PARALLEL = {"knee_deg": 95.0, "shank_deg": 27.0, "trunk_deg": 36.0, "arms": 1.0}
_HALF = {"knee_deg": 58.0, "shank_deg": 17.0, "trunk_deg": 22.0, "arms": 0.7}
_ARCHED, _LEVEL = {"lift": 1.25, "arch_deg": 14.0}, {"lift": 1.0, "arch_deg": 0.0}

_EASIER: dict[str, Trial] = {
    one.name: one
    for one in (
        *_table(
            FIRST_SEED, "squat",
            ("squat_side_a", 84, "forward_lean", 1.0, _PAST, _PARALLEL, None),
            ("squat_side_b", 262, "shallow_depth", 1.0, _STRAIGHT, _DEEP, None),
            ("squat_front_a", 4, "knee_valgus", 1.0, _STRAIGHT, _PARALLEL, None),
            ("squat_front_b", 344, "shallow_depth", 0.8, {"knee_deg": 2.0}, _PARALLEL, None),
            ("squat_oblique_a", 42, "too_deep", 0.9, {"knee_deg": 8.0}, _PARALLEL, None),
            ("squat_oblique_b", 313, "heel_lift", 1.0, {"knee_deg": -3.0}, _HALF, None),
            ("squat_back_a", 187, "weight_shift", 1.0, _STRAIGHT, _PARALLEL, None),
        ),
        *_table(
            FIRST_SEED + 20, "bridge",
            ("bridge_side_a", 95, "lumbar_overextension", 1.0, {"knee_deg": 108.0}, _LEVEL, None),
            ("bridge_side_b", 272, "incomplete_extension", 1.0, {"knee_deg": 90.0}, _LEVEL, None),
            ("bridge_oblique_a", 48, "pelvic_drop", 1.0, {}, _LEVEL, None),
            ("bridge_oblique_b", 311, "lumbar_overextension", 0.6, {"knee_deg": 98.0}, _LEVEL, None),
            ("bridge_oblique_c", 128, "incomplete_extension", 0.9, {}, _ARCHED, None),
            ("bridge_oblique_d", 322, "knees_in", 1.0, {"knee_deg": 115.0}, {"lift": 0.9}, None),
            ("bridge_back_a", 157, "incomplete_extension", 1.0, {}, _LEVEL, None),
        ),
        *_table(
            FIRST_SEED + 40, "clamshell",
            ("clamshell_front_a", 3, "pelvis_rollback", 1.0, {}, {"open_deg": 40.0}, 0.3),
            ("clamshell_front_b", 352, "low_opening", 1.0, {}, {"open_deg": 48.0}, 0.75),
            ("clamshell_front_c", 12, "feet_apart", 1.0, {}, {"open_deg": 30.0}, 1.2),
            ("clamshell_oblique_a", 34, "pelvis_rollback", 0.7, {}, {}, None),
            ("clamshell_oblique_b", 322, "low_opening", 0.8, {}, {"open_deg": 42.0}, None),
            ("clamshell_back_a", 179, "trunk_rollback", 1.0, {}, {}, None),
            ("clamshell_back_b", 201, "none", 0.0, {}, {"open_deg": 50.0}, None),
        ),
        *_table(
            FIRST_SEED + 60, "seated_march",
            ("march_side_a", 88, "low_lift", 1.0, {}, {"thigh_deg.@": 30.0}, None),
            ("march_side_b", 275, "lean_back", 1.0, {}, {"thigh_deg.@": 24.0}, None),
            ("march_front_a", 355, "lateral_sway", 1.0, {}, {"thigh_deg.@": 34.0}, None),
            ("march_front_b", 14, "low_lift", 0.9, {}, {}, None),
            ("march_oblique_a", 47, "slump", 1.0, {}, {"thigh_deg.@": 28.0}, None),
            ("march_oblique_b", 309, "too_high", 1.0, {}, {"thigh_deg.@": 20.0}, None),
            ("march_back_a", 176, "pelvic_hike", 1.0, {}, {"thigh_deg.@": 32.0}, None),
        ),
        *_table(
            FIRST_SEED + 100, "squat",
            ("squat_side_c", 97, "none", 0.0, {}, {}, None),
            ("squat_side_d", 258, "forward_lean", 0.8, {"knee_deg": 4.0}, _HALF, None),
            ("squat_side_e", 75, "too_deep", 1.0, _STRAIGHT, _DEEP, None),
        ),
        *_table(
            FIRST_SEED + 110, "bridge",
            ("bridge_side_c", 78, "none", 0.0, {}, {}, None),
            ("bridge_side_d", 285, "lumbar_overextension", 1.0, {"knee_deg": 80.0}, {"lift": 0.8}, None),
            ("bridge_side_e", 100, "incomplete_extension", 0.8, {}, _ARCHED, None),
        ),
        *_table(
            FIRST_SEED + 120, "seated_march",
            ("march_side_c", 102, "none", 0.0, {}, {}, None),
            ("march_side_d", 262, "slump", 1.0, {}, {"thigh_deg.@": 45.0}, None),
            ("march_side_e", 80, "lean_back", 0.8, {}, {}, None),
        ),
    )
}  # fmt: skip
"""By name: every exercise from all around, knees straight and past straight, squats deep and shallow, bridges
level, low and arched."""


def _harder(trial: Trial) -> Trial:
    """Return the same task for another person in another room, in poor light and loose clothes."""
    extras = HARD if trial.exercise in LYING else HARD - {"blanket"}
    return replace(trial, name=f"{trial.name}_hard", seed=trial.seed + HARDER_SEEDS, extras=extras)


_HARDER = (
    *("squat_side_a", "squat_front_a", "squat_oblique_b", "bridge_side_a", "bridge_oblique_a"),
    *("bridge_oblique_d", "clamshell_front_b", "clamshell_front_c", "clamshell_oblique_a"),
    *("march_side_a", "march_front_a", "march_oblique_b"),
)
TRIALS: dict[str, Trial] = _EASIER | {f"{name}_hard": _harder(_EASIER[name]) for name in _HARDER}
"""All of them, by name."""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A trial that can be rendered.

    Attributes
    ----------
    trial : Trial
    shot : Shot
        What the design says of its seed, with the trial's own view and movement.
    course : Course
        At ``RATE_HZ * FINER`` moments a second.
    poser : Poser
    stage : Stage
    camera : Camera
        Before mirroring.
    blanket : Blanket | None
    """

    trial: Trial
    shot: Shot
    course: Course
    poser: Poser
    stage: Stage
    camera: Camera
    blanket: scenes.Blanket | None

    @property
    def frames(self) -> range:
        """Return the numbers of the frames."""
        return range(len(self.course.time_s) // FINER)

    def posed(self, frame: int, moment: int = 0) -> tuple[Floats, Truth]:
        """Return mesh and truth of a frame, or some moments earlier or later; before mirroring."""
        at = int(np.clip(frame * FINER + moment, 0, len(self.course.settings) - 1))
        figure = solve(self.shot.body, self.poser(self.course.settings[at]))
        mesh = figure.mesh()
        return mesh, truth(figure, mesh)

    def told(self, frame: int) -> Truth:
        """Return what is true of a frame's picture."""
        one = self.posed(frame)[1]
        return mirrored(one) if self.shot.mirrored else one

    @property
    def seen_by(self) -> Camera:
        """Return the camera of the pictures."""
        return self.camera.mirrored() if self.shot.mirrored else self.camera


def drawn(trial: Trial) -> Shot:
    """Return what the design says of a trial's seed, with its own movement, view and size."""
    shot = draw(trial.seed, "test", trial.exercise)
    rest, end, good = _movement(np.random.default_rng([trial.seed, MOTION_STREAM]), trial)
    factor = LONGER_SIDE_PX / max(shot.view.size)
    width, height = (2 * round(side * factor / 2) for side in shot.view.size)
    view = replace(
        shot.view,
        yaw_deg=float(trial.yaw_deg),
        height_m=shot.view.height_m if trial.height_m is None else trial.height_m,
        size=(width, height),
    )
    shot = replace(shot, rest=rest, rep=replace(good, end=end), phase=0.0, view=view)
    if trial.extras is None:
        return replace(
            shot, extras=shot.extras - LEFT_OUT, lens=draw_lens(stream(trial.seed, "lens"), dim=False)
        )
    return _with_extras(shot, trial.extras)


def _with_extras(shot: Shot, extras: frozenset[str]) -> Shot:
    """Return the shot with other extras, in loose long clothes."""
    look = replace(shot.look, loose_shirt=1.2, loose_trousers=1.3)
    lens = draw_lens(np.random.default_rng([shot.seed, LENS_STREAM]), "dim" in extras)
    return replace(shot, extras=extras, look=look, lens=lens)


def _movement(random: Random, trial: Trial) -> tuple[dict[str, float], dict[str, float], Rep]:
    """Draw settings at rest and at the end of a good repetition; again while it is none of the exercise."""
    exercise = EXERCISES[trial.exercise]
    while True:
        rest, rep, _ = draw_motion(random, exercise)
        ends = {name.replace("@", rep.side): span for name, span in END[exercise.name].items()}
        inside = all(low <= rest[name] <= high for name, (low, high) in REST[exercise.name].items())
        inside &= all(low <= rep.end[name] <= high for name, (low, high) in ends.items())
        if inside and rep.name == "none":
            break
    end = {name.replace(f".{rep.side}", ".@") if rep.side else name: v for name, v in rep.end.items()}
    return {**rest, **trial.rest}, {**end, **trial.end}, rep


def repetitions(trial: Trial, shot: Shot) -> tuple[Rep, ...]:
    """Return a good repetition and the one with the trial's fault, each in a tempo of its own."""
    random = np.random.default_rng([trial.seed, MOTION_STREAM, 1])
    sides = ("L", "R") if trial.exercise == "seated_march" else ("", "")
    good, second = (
        Rep(
            "none",
            {name.replace("@", side): value for name, value in shot.rep.end.items()},
            Tempo(*(float(random.uniform(*span)) for span in (OUT_S, HOLD_S, OUT_S, REST_S))),
            side,
        )
        for side in sides
    )
    if trial.fault == "none":
        return good, second
    return good, with_fault(second, fault(trial.exercise, trial.fault), trial.amount)


def scene(trial: Trial, quality: Quality = FAST) -> Scene:
    """Build everything that a trial needs."""
    shot = drawn(trial)
    reps = repetitions(trial, shot)
    run = course(shot.rest, reps, RATE_HZ * FINER, LEAD_S, TAIL_S)
    poser = shot.exercise.poser(shot.body, shot.rest, shot.arms)
    figure = solve(shot.body, poser(run.settings[0]))
    mesh = figure.mesh()
    ends = [
        solve(shot.body, poser(run.settings[round(b.bottom * RATE_HZ * FINER)])).mesh() for b in run.bounds
    ]
    camera = max(
        (place_camera(shot, one) for one in (mesh, *ends)),
        key=lambda c: float(np.linalg.norm(c.eye_m - mesh[skin(shot.body.template)].mean(axis=0))),
    )
    stage, blanket = set_stage(shot, figure, mesh, camera, quality)
    return Scene(trial, shot, run, poser, stage, camera, blanket)


def pictures(one: Scene, which: Sequence[int] | None = None) -> Iterator[tuple[int, Pixels]]:
    """Yield number and picture of every frame (or of some)."""
    moments = (-1, 0, 1) if "motion_blur" in one.shot.extras else (0,)
    last: Floats | None = None
    picture = np.zeros(0)
    for frame in one.frames if which is None else which:
        mesh = one.posed(frame)[0]
        if last is None or np.abs(mesh - last).max() > STILL_M:
            shown = [mesh if m == 0 else one.posed(frame, m)[0] for m in moments]
            picture = np.mean([_picture(one, mesh) for mesh in shown], axis=0)
            last = mesh
        pixels = through(one.shot.lens, picture, one.trial.seed * 1000 + frame)
        yield frame, np.ascontiguousarray(pixels[:, ::-1]) if one.shot.mirrored else pixels


def _picture(one: Scene, mesh: Floats) -> Floats:
    return one.stage.picture(mesh, None if one.blanket is None else one.blanket.over(mesh), reuse=True)


# What is kept


def poses_path(folder: Path, name: str) -> Path:
    """Return where what a review sees is kept."""
    return folder / f"{name}.poses.npz"


def truth_path(folder: Path, name: str) -> Path:
    """Return where what is true is kept."""
    return folder / f"{name}.truth.npz"


def make_trial(trial: Trial, folder: Path) -> Path:
    """Render a trial, record it as a review would, keep poses and truth; return the poses' path.

    Both files get their names only when complete, the poses last.
    """
    one = scene(trial)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        video = Path(temporary) / f"{trial.name}.mp4"
        _write_video(one, video)
        recording = seen(video, trial.exercise)
    if len(recording.sightings) != len(one.frames):
        raise ValueError(f"{trial.name}: {len(recording.sightings)} of {len(one.frames)} frames were seen")
    _write(truth_path(folder, trial.name), partial(_save, columns=truth_columns(one)))
    _write(poses_path(folder, trial.name), partial(_save_poses, recording=recording))
    return poses_path(folder, trial.name)


def _save(file: Any, columns: dict[str, NDArray[Any]]) -> None:
    np.savez_compressed(file, **columns)  # type: ignore[arg-type]


def _save_poses(file: Any, recording: Recording) -> None:
    recorded.save(recording, file)


def _write(path: Path, save: Callable[[Any], None]) -> None:
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    with unfinished.open("wb") as file:
        save(file)
    unfinished.rename(path)


def _write_video(one: Scene, path: Path) -> None:
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=RATE_HZ)
        video.width, video.height = one.camera.size
        video.pix_fmt = "yuv420p"
        video.options = {"crf": "23", "preset": "medium"}
        for _, pixels in pictures(one):
            container.mux(video.encode(av.VideoFrame.from_ndarray(pixels, "rgb24")))
        container.mux(video.encode())


def seen(video: Path, exercise: str) -> Recording:
    """Return what a review of this exercise takes from the video, rounded; it names no folder."""
    recording, interrupted = record(video, Options(exercise=exercise).completed_by({}), "full", _nothing)
    if interrupted:
        raise KeyboardInterrupt
    return rounded(replace(recording, source=replace(recording.source, path=video.name)))


def rounded(recording: Recording) -> Recording:
    """Return the recording with landmarks rounded to `SEEN_UNITS`."""

    def round_one(one: Candidate) -> Candidate:
        return replace(
            one,
            **{name: np.round(getattr(one, name) / unit) * unit for name, unit in _SINGLE_UNITS.items()},
        )

    sightings = [
        replace(row, candidates=tuple(round_one(one) for one in row.candidates))
        for row in recording.sightings
    ]
    return replace(recording, sightings=sightings)


_SINGLE_UNITS = {name: np.float32(unit) for name, unit in SEEN_UNITS.items()}


def _nothing(stage: str, done_s: float, total_s: float | None) -> None:
    """Tell nobody how far it is."""


def truth_columns(one: Scene) -> dict[str, NDArray[Any]]:
    """Return what is kept of the truth, by column.

    ``header`` (JSON: see `described`); by frame ``angles_deg`` (columns: `ANGLES`), ``joints_m`` in units of
    ``unit_m`` and ``joints_px`` in units of ``unit_px`` (columns: `JOINT_NAMES`), ``time_s`` and ``phase``
    (0 = at rest); the camera: ``eye_m``, ``axes``, ``focal_px``, ``size``.
    """
    told, camera = [one.told(frame) for frame in one.frames], one.seen_by
    joints = np.array([[t.joints_m[name] for name in JOINT_NAMES] for t in told])
    return {
        "header": np.array(json.dumps(described(one))),
        "angle_names": np.array(ANGLES),
        "joint_names": np.array(JOINT_NAMES),
        "angles_deg": np.array([[t.angles_deg[name] for name in ANGLES] for t in told], np.float32),
        "joints_m": _whole(joints, UNIT_M),
        "unit_m": np.array(UNIT_M),
        "joints_px": _whole(camera.project(joints)[0], UNIT_PX),
        "unit_px": np.array(UNIT_PX),
        "time_s": one.course.time_s[::FINER][: len(told)].astype(np.float32),
        "phase": one.course.phase[::FINER][: len(told)].astype(np.float32),
        "eye_m": camera.eye_m,
        "axes": camera.axes,
        "focal_px": np.array(camera.focal_px),
        "size": np.array(camera.size, np.int32),
    }


def _whole(values: Floats, unit: float) -> NDArray[np.int16]:
    limits = np.iinfo(np.int16)
    return np.clip(np.round(values / unit), limits.min, limits.max).astype(np.int16)


def described(one: Scene) -> dict[str, Any]:
    """Return what else is known of a trial.

    ``yaw_deg`` (of the camera that took the pictures), ``near`` (the side nearer to the camera;
    of somebody on their side the upper one), ``reps`` (start, bottom, release and end in seconds, ``fault``,
    ``amount``, ``side``) and what the design says.
    """
    shot, trial = one.shot, one.trial
    yaw = -trial.yaw_deg % 360.0 if shot.mirrored else trial.yaw_deg % 360.0
    near = "L" if np.sin(np.radians(yaw)) >= 0.0 else "R"
    if trial.exercise == "clamshell":
        near = "R" if shot.mirrored else "L"
    design = {**shot.described(), "fault": trial.fault, "side": "", "yaw_deg": round(yaw, 2)}
    return {
        "name": trial.name,
        "exercise": trial.exercise,
        "yaw_deg": round(yaw, 2),
        "near": near,
        "rate_hz": RATE_HZ,
        "reps": [
            {
                **{mark: round(second, 4) for mark, second in asdict(bounds).items()},
                "fault": rep.name,
                "amount": 0.0 if rep.name == "none" else trial.amount,
                "side": OTHER.get(rep.side, "") if shot.mirrored else rep.side,
            }
            for rep, bounds in zip(one.course.reps, one.course.bounds, strict=True)
        ],
        "design": design,
    }


# The command


def add_command(commands: Any) -> None:
    """Add ``trials`` to the studio's commands."""
    parser = commands.add_parser("trials", help="clips to validate on, as poses and truth; can be resumed")
    parser.add_argument("names", nargs="*", metavar="NAME", help="default: all that are missing")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--part", default="1/1", help="K/N: of N processes side by side this is the K-th")
    parser.add_argument("--frames", type=int, nargs="+", help="only these, as PNG")
    parser.set_defaults(run=_run)


def _run(asked: argparse.Namespace) -> None:
    unknown = [name for name in asked.names if name not in TRIALS]
    if unknown:
        raise SystemExit(f"no trial named {', '.join(unknown)}; there are {', '.join(TRIALS)}")
    part, _, parts = asked.part.partition("/")
    for name in list(asked.names or TRIALS)[int(part) - 1 :: int(parts or 1)]:
        if asked.frames:
            _write_pictures(TRIALS[name], asked.frames, asked.out)
        elif not poses_path(asked.out, name).exists():
            _say(str(make_trial(TRIALS[name], asked.out)))


def _write_pictures(trial: Trial, which: Sequence[int], folder: Path) -> None:
    one = scene(trial)
    folder.mkdir(parents=True, exist_ok=True)
    for frame, pixels in pictures(one, [min(frame, one.frames[-1]) for frame in which]):
        path = folder / f"{trial.name}_{frame:04d}.png"
        Image.fromarray(pixels).save(path)
        _say(str(path))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()

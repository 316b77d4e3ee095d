"""Score formcheck against recordings whose truth is known, and print Markdown tables.

    python benchmarks/accuracy.py [FOLDER ...] [--model full] [--poses CACHE] [--into docs/accuracy.md]

FOLDER (default: ``samples`` and ``benchmarks/clips``) holds ``NAME.mp4`` and ``NAME.json`` pairs; every pair
is scored.  The truth file has ``reps`` (a list with ``start`` and ``end`` in seconds), ``meta``
(``exercise``, ``view``, and ``camera_side`` or ``top_leg``) and, where the true angles are known, per-frame
lists under ``angles`` (``hip_angle_2d.L``: the interior angle between the projected true joints, degrees;
``hip_angle_3d.L``: the same in space; likewise ``knee``), ``joints_px`` (``hip.L``: pixels) and ``phase``
(0 = at rest).  ``NAME.npz`` beside it holds the true joints in space: angles that the truth file does not
list are taken from them and its ``camera``, and what is expected of every form fault
(`benchmarks.fault_truth`).  CACHE keeps the poses, so that scoring again takes seconds.

Tables:

counts
    Complete repetitions, the exercise given and recognised, and how far the start and the end of each
    repetition lie from the truth (median / worst).
angles
    Absolute error against the body's true angle, mean / 95th percentile, of the raw pose model's image
    angle and of what formcheck reports in ``frames.csv``, for the side nearer to the camera; and how often
    the band that formcheck states held the truth.
views
    The same, averaged over the clips of each view.
faults
    Form faults found, missed and falsely raised, by fault and view; good repetitions; what was answered
    though the view cannot show it; what was put in but is no fault by the truth (`benchmarks.fault_score`).

The exit code is 1 when a count is off, an angle from the side is worse than the model's, a fault with four
true cases or more is found in fewer than nine of ten, good repetitions carry more than one false alarm in
forty, or something was answered that cannot be seen.

Truth is the angle of the body between its true joints in space, which a picture shows from the side at best.
Hip angles are signed (flexion positive, past straight negative) from the side; from elsewhere they are sizes.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.fault_score import Case, compare, markdown, passed, report
from benchmarks.fault_truth import profile_for
from benchmarks.true_motion import (
    EXERCISE_NAMES,
    VIEW_NAMES,
    Motion,
    interior_deg,
    load_joints,
    projected,
    read_motion,
)
from formcheck import Review, Side
from formcheck.cli import native_chatter_silenced
from formcheck.pose import recorded
from formcheck.pose.recorded import Recording
from formcheck.pose.skeleton import Landmark
from formcheck.review import Options, analyse, record
from formcheck.video.files import sha256_of

Floats = NDArray[np.float64]

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "samples"
CLIPS = ROOT / "benchmarks" / "clips"
CHAINS = {"hip": ("shoulder", "hip", "knee"), "knee": ("hip", "knee", "ankle")}
"""The three joints of an angle, its vertex in the middle."""
MARK = "<!-- printed by benchmarks/accuracy.py -->"


@dataclass(frozen=True, slots=True)
class Truth:
    """One clip and what is known of it.

    Attributes
    ----------
    video : Path
    exercise : str
    view : str
    side : Side
        The side nearer to the camera, or the upper leg; left where neither is told.
    reps : list[tuple[float, float]]
        True start and end of every repetition, seconds.
    flexion_deg : dict[str, Floats]
        True flexion per frame for ``hip_2d``, ``hip_3d``, ``knee_2d``, ``knee_3d``; empty if not known.
    rest : NDArray[np.bool_]
        Whether the person rests in this frame.
    within_s : float
        How exact the true starts and ends are: 0 where they are known, more where they were labelled by eye.
    motion : Motion | None
        The true joints in space, where they are known.
    """

    video: Path
    exercise: str
    view: str
    side: Side
    reps: list[tuple[float, float]]
    flexion_deg: dict[str, Floats]
    rest: NDArray[np.bool_]
    within_s: float
    motion: Motion | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How one clip was counted."""

    clip: str
    exercise: str
    view: str
    true: int
    given: int
    recognised_as: str
    recognised: int
    start_errors_s: list[float]
    end_errors_s: list[float]


@dataclass(frozen=True, slots=True)
class AngleErrors:
    """Absolute errors of one joint in one clip, degrees per frame, NaN where nothing was reported.

    Attributes
    ----------
    raw, ours : Floats
        The model's image angle, and what formcheck reports.
    band : Floats
        Half of the band around what formcheck reports.
    rest : NDArray[np.bool_]
        Which frames are at rest.
    """

    clip: str
    view: str
    joint: str
    raw: Floats
    ours: Floats
    band: Floats
    rest: NDArray[np.bool_]


# The truth


def read_truth(path: Path) -> Truth:
    """Read one truth file."""
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    meta = document["meta"]
    side = Side.RIGHT if meta.get("camera_side", meta.get("top_leg", "left")) in ("right", "R") else Side.LEFT
    return Truth(
        video=path.with_suffix(".mp4"),
        exercise=EXERCISE_NAMES.get(meta["exercise"], meta["exercise"]),
        view=VIEW_NAMES.get(meta["view"], meta["view"]),
        side=side,
        reps=[(float(rep["start"]), float(rep["end"])) for rep in document["reps"]],
        flexion_deg=dict(_true_flexion(_with_angles(document, path), side)),
        rest=np.array(document.get("phase", []), dtype=np.float64) == 0.0,
        within_s=float(meta.get("labelled_within_s", 0.0)),
        motion=read_motion(path),
    )


def _with_angles(document: dict[str, Any], path: Path) -> dict[str, Any]:
    """Return the truth file with the angles and pixels it does not list taken from the joints in space."""
    if "angles" in document or not path.with_suffix(".npz").exists():
        return document
    joints, _ = load_joints(path.with_suffix(".npz"))
    size = (int(document["size"][0]), int(document["size"][1]))
    pixels = {name: projected(points, document["camera"], size) for name, points in joints.items()}
    angles = {
        f"{joint}_angle_{space}.{letter}": interior_deg(*(points[f"{name}.{letter}"] for name in chain))
        for joint, chain in CHAINS.items()
        for space, points in (("2d", pixels), ("3d", joints))
        for letter in "LR"
    }
    return {**document, "angles": angles, "joints_px": pixels}


def _true_flexion(document: dict[str, Any], side: Side) -> Iterator[tuple[str, Floats]]:
    """Yield the true flexion angles of a side; interior angles become flexion, of the hip signed.

    But for views from elsewhere than the side: there the picture does not tell past straight from bent.
    """
    letter = side[0].upper()
    from_the_side = document["meta"]["view"] == "side"
    for joint, chain in CHAINS.items():
        if f"{joint}_angle_2d.{letter}" not in document.get("angles", {}):
            continue
        points = (np.array(document["joints_px"][f"{name}.{letter}"], dtype=np.float64) for name in chain)
        bend = bend_deg(*points)
        for space in ("2d", "3d"):
            interior = np.array(document["angles"][f"{joint}_angle_{space}.{letter}"], dtype=np.float64)
            yield f"{joint}_{space}", signed(180.0 - interior, bend, joint if from_the_side else "knee")


def bend_deg(first: Floats, vertex: Floats, last: Floats) -> Floats:
    """Return the turn from ``first -> vertex`` to ``vertex -> last``, shape (frames,), -180 to 180."""
    inward, outward = vertex - first, last - vertex
    cross = inward[:, 0] * outward[:, 1] - inward[:, 1] * outward[:, 0]
    bend: Floats = np.degrees(np.arctan2(cross, (inward * outward).sum(axis=1)))
    return bend


def signed(flexion: Floats, bend: Floats, joint: str) -> Floats:
    """Return hip flexion made negative where the joint bends the other way than at the start.

    Every exercise here starts with bent hips, so the first frames tell which way is flexion.  Knees only
    bend one way.
    """
    if joint != "hip":
        return flexion
    known = bend[np.isfinite(bend)][:15]
    way = np.sign(np.median(known)) if known.size else 1.0
    return np.where(np.sign(bend) == way, flexion, -flexion)


# What formcheck says


@dataclass(frozen=True, slots=True)
class Score:
    """How one clip was scored."""

    counts: Counts
    angles: list[AngleErrors]
    faults: list[Case]


def score(truth: Truth, model: str, cache: Path | None = None) -> Score:
    """Review one clip, with the exercise recognised and given, and compare."""
    recording = poses_of(truth.video, model, cache)
    profile = profile_for(truth.motion)
    recognised = analyse(recording, Options().completed_by({}))
    given = analyse(recording, Options(exercise=truth.exercise, profile=profile).completed_by({}))
    starts, ends = boundary_errors(truth.reps, given)
    counts = Counts(
        clip=truth.video.stem,
        exercise=truth.exercise,
        view=truth.view,
        true=len(truth.reps),
        given=given.summary.reps.complete,
        recognised_as=recognised.summary.exercise,
        recognised=recognised.summary.reps.complete,
        start_errors_s=starts,
        end_errors_s=ends,
    )
    faults = compare(truth.motion, profile, given.summary.rep_list) if truth.motion is not None else ()
    return Score(counts, list(angle_errors(truth, given)), list(faults))


def poses_of(video: Path, model: str, cache: Path | None) -> Recording:
    """Return the poses of a clip, from the cache if they are those of this file and model."""
    kept = cache / f"{video.stem}.npz" if cache is not None else None
    if kept is not None and kept.exists():
        recording = recorded.load(kept)
        if recording.source.sha256 == sha256_of(video) and recording.software.model == f"pose_{model}":
            recording.options = {}
            return recording
    recording, interrupted = record(video, Options().completed_by({}), model, _silent)
    if interrupted:
        raise KeyboardInterrupt
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        with kept.open("wb") as file:
            recorded.save(recording, file)
    return recording


def _silent(stage: str, done_s: float, total_s: float | None) -> None:
    """Tell nobody how far it is."""


def boundary_errors(true: Sequence[tuple[float, float]], result: Review) -> tuple[list[float], list[float]]:
    """Return how far found starts and ends lie from the true ones, in seconds, later positive.

    Each true repetition is compared with the complete one that overlaps it most; none, no comparison.
    """
    found = [(rep.start_s, rep.end_s) for rep in result.summary.rep_list if rep.complete]
    starts, ends = [], []
    for start_s, end_s in true:
        overlaps = [min(end_s, b) - max(start_s, a) for a, b in found]
        if overlaps and max(overlaps) > 0:
            a, b = found[overlaps.index(max(overlaps))]
            starts.append(a - start_s)
            ends.append(b - end_s)
    return starts, ends


def angle_errors(truth: Truth, result: Review) -> Iterator[AngleErrors]:
    """Yield the errors of hip and knee on the truth's side; nothing where the true angles are not known."""
    if not truth.flexion_deg:
        return
    snapshots = list(result.snapshots())
    image = np.array([pose.image_px for pose in result.recording.poses()])
    for joint, chain in CHAINS.items():
        places = [Landmark[f"{truth.side.name}_{name.upper()}"] for name in chain]
        bend = bend_deg(*(image[:, place] for place in places))
        raw = signed(np.abs(bend), bend, joint if truth.view == "side" else "knee")
        name = f"{truth.side}_{joint}_flexion_deg"
        ours, band = (
            np.array([getattr(part, name) for part in parts], dtype=np.float64)
            for parts in zip(*((one.angles, one.bands) for one in snapshots), strict=True)
        )
        frames = min(len(ours), len(truth.rest))
        true = truth.flexion_deg[f"{joint}_3d"][:frames]
        yield AngleErrors(
            clip=truth.video.stem,
            view=truth.view,
            joint=joint,
            raw=np.abs(raw[:frames] - true),
            ours=np.abs(ours[:frames] - true),
            band=band[:frames],
            rest=truth.rest[:frames],
        )


# The tables


def counts_table(scores: Sequence[Counts]) -> str:
    """Return the table of counts and boundaries."""
    header = ("clip", "exercise", "view", "true", "given", "auto", "start off by", "end off by")
    rows = [
        (
            one.clip,
            one.exercise,
            one.view,
            str(one.true),
            str(one.given),
            str(one.recognised) + ("" if one.recognised_as == one.exercise else f" {one.recognised_as}"),
            _spread(one.start_errors_s),
            _spread(one.end_errors_s),
        )
        for one in scores
    ]
    starts = [error for one in scores for error in one.start_errors_s]
    ends = [error for one in scores for error in one.end_errors_s]
    totals = (sum(getattr(one, name) for one in scores) for name in ("true", "given", "recognised"))
    return markdown(header, [*rows, ("**all**", "", "", *map(str, totals), _spread(starts), _spread(ends))])


def angles_table(errors: Sequence[AngleErrors]) -> str:
    """Return the table of angle errors, a row per clip and joint."""
    return markdown(
        ("clip", "view", "joint", *ERROR_COLUMNS),
        [(one.clip, one.view, one.joint, *_error_cells(one)) for one in errors],
    )


def views_table(errors: Sequence[AngleErrors]) -> str:
    """Return the table of angle errors, a row per view and joint, all frames of its clips together."""
    groups = sorted({(one.view != "side", one.view, one.joint) for one in errors})
    rows = []
    for _, view, joint in groups:
        clips = [one for one in errors if (one.view, one.joint) == (view, joint)]
        rows.append((view, joint, str(len(clips)), *_error_cells(_pooled(clips))))
    return markdown(("view", "joint", "clips", *ERROR_COLUMNS), rows)


ERROR_COLUMNS = (
    "model, image",
    "formcheck",
    "model, image, at rest",
    "formcheck, at rest",
    "within its band",
    "frames reported",
)


def _error_cells(one: AngleErrors) -> tuple[str, ...]:
    reported = np.isfinite(one.ours).mean() if one.ours.size else 0.0
    return (
        _mean_and_p95(one.raw),
        _mean_and_p95(one.ours),
        _mean_and_p95(one.raw[one.rest]),
        _mean_and_p95(one.ours[one.rest]),
        _held(one),
        f"{100 * reported:.0f} %",
    )


def _pooled(clips: Sequence[AngleErrors]) -> AngleErrors:
    def joined(name: str) -> Any:
        return np.concatenate([getattr(one, name) for one in clips])

    first = clips[0]
    return AngleErrors(
        first.clip, first.view, first.joint, joined("raw"), joined("ours"), joined("band"), joined("rest")
    )


def _held(one: AngleErrors) -> str:
    known = np.isfinite(one.ours)
    return f"{100 * (one.ours[known] <= one.band[known]).mean():.0f} %" if known.any() else "-"


def _mean_and_p95(errors: Floats) -> str:
    known = errors[np.isfinite(errors)]
    return f"{known.mean():.1f} / {np.percentile(known, 95):.1f}" if known.size else "not reported"


def _spread(errors_s: Sequence[float]) -> str:
    sizes = [abs(error) for error in errors_s]
    return f"{median(sizes):.2f} / {max(sizes):.2f} s" if sizes else "-"


def no_worse(errors: Sequence[AngleErrors]) -> tuple[bool, str]:
    """Return whether formcheck's mean error is in no view above the model's, and that in words."""
    worse = [
        f"{joint} from {view}"
        for view, joint in sorted({(one.view, one.joint) for one in errors})
        if _worse(_pooled([one for one in errors if (one.view, one.joint) == (view, joint)]))
    ]
    if worse:
        return False, f"formcheck is worse than the raw model: {', '.join(worse)}."
    return True, "formcheck is no worse than the raw model in any view and joint (mean)."


def _worse(one: AngleErrors) -> bool:
    """Whether the mean error is above the raw model's, or a side view was not measured at all."""
    both = np.isfinite(one.ours) & np.isfinite(one.raw)
    if not both.any():
        return one.view == "side"
    return bool(one.ours[both].mean() > one.raw[both].mean() + ROUNDING_DEG)


ROUNDING_DEG = 0.05
"""Differences below what the table shows are none."""


def main(arguments: list[str] | None = None) -> int:
    """Score the folders and print the tables; 1 if a count, the side-view comparison or a fault is off."""
    parser = argparse.ArgumentParser(description="Score formcheck against clips whose truth is known.")
    parser.add_argument("folders", nargs="*", type=Path, default=[SAMPLES, CLIPS], metavar="FOLDER")
    parser.add_argument("--model", choices=("lite", "full", "heavy"), default="full")
    parser.add_argument("--poses", type=Path, metavar="CACHE", help="keep the poses in this folder")
    parser.add_argument(
        "--into", type=Path, metavar="FILE", help=f"also renew what follows {MARK} in this file"
    )
    options = parser.parse_args(arguments)
    paths = [path for folder in options.folders for path in sorted(folder.glob("*.json"))]
    truths = [read_truth(path) for path in paths if path.with_suffix(".mp4").exists()]
    if not truths:
        parser.error("there is no NAME.mp4 with a NAME.json in these folders")
    scores: list[Score] = []
    for number, truth in enumerate(truths, start=1):
        sys.stderr.write(f"{number} of {len(truths)}: {truth.video.name}\n")
        with native_chatter_silenced():
            scores.append(score(truth, options.model, options.poses))
    counts = [one.counts for one in scores]
    errors = [angle for one in scores for angle in one.angles]
    faults = [case for one in scores for case in one.faults]
    fine, verdict = no_worse(errors)
    text = (
        f"Pose model: {options.model}.\n\n{counts_table(counts)}\n"
        f"Angle errors in degrees, mean / 95th percentile.\n\n{angles_table(errors)}\n"
        f"The same by view.\n\n{views_table(errors)}\n{verdict}\n" + (f"\n{report(faults)}" if faults else "")
    )
    print(text, end="")
    if options.into:
        kept = options.into.read_text(encoding="utf-8").partition(MARK)[0]
        options.into.write_text(f"{kept}{MARK}\n\n{text}", encoding="utf-8")
    exact = all(one.true == one.given == one.recognised for one in counts)
    return 0 if exact and fine and passed(faults) else 1


if __name__ == "__main__":
    raise SystemExit(main())

"""The page of the error atlas: what each measure is good for, from where, and plots of its error."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise, product
from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from formcheck.atlas import ALL, CORRECTED, FROM_REST, Atlas, Cell, Grade, good_half, grade, read
from formcheck.observer import picture_half_deg
from formcheck.results import ViewLabel

from .atlas import Compared, Counts, Summary, as_csv, is_angle
from .promises import CORRECTABLE, EVERY

VIEWS = (ViewLabel.SIDE, ViewLabel.OBLIQUE, ViewLabel.FRONT, ViewLabel.BACK)
SHOWN: tuple[tuple[str, str, str], ...] = (
    ("squat", "knee_flexion", "knee flexion"),
    ("squat", "hip_flexion", "hip flexion (trunk-thigh)"),
    ("squat", "knee_flexion_3d", "knee flexion, world landmarks"),
    ("squat", "hip_flexion_3d", "hip flexion, world landmarks"),
    ("squat", "trunk_inclination", "trunk inclination"),
    ("squat", "hip_drop_2d" + FROM_REST, "hip drop in the picture"),
    ("squat", "hip_drop" + FROM_REST, "hip drop, world landmarks"),
    ("squat", "knee_medial_displacement" + FROM_REST, "knee inside hip-ankle"),
    ("squat", "frontal_plane_projection", "frontal-plane angle of the knee"),
    ("squat", "knee_separation_ratio", "knees over ankles apart"),
    ("squat", "trunk_lateral_lean" + FROM_REST, "lean to a side"),
    ("squat", "hip_shift" + FROM_REST, "hips over feet, sideways"),
    ("squat", "pelvic_obliquity", "pelvic obliquity"),
    ("squat", "hip_abduction", "hip abduction"),
    ("squat", "foot_pitch" + FROM_REST, "heel lift"),
    ("seated_march", "thigh_elevation" + FROM_REST, "thigh elevation"),
    ("seated_march", "knee_rise" + FROM_REST, "knee rise"),
    ("seated_march", "knee_lead" + FROM_REST, "one knee over the other"),
    ("seated_march", "hip_flexion", "hip flexion (trunk-thigh)"),
    ("seated_march", "knee_flexion", "knee flexion"),
    ("seated_march", "hip_flexion_3d", "hip flexion, world landmarks"),
    ("seated_march", "knee_flexion_3d", "knee flexion, world landmarks"),
    ("seated_march", "trunk_inclination" + FROM_REST, "lean back"),
    ("seated_march", "trunk_lateral_lean" + FROM_REST, "sway to a side"),
    ("seated_march", "pelvic_obliquity", "pelvic obliquity"),
    ("bridge", "hip_flexion", "hip flexion (trunk-thigh)"),
    ("bridge", "knee_flexion", "knee flexion"),
    ("bridge", "hip_flexion_3d", "hip flexion, world landmarks"),
    ("bridge", "knee_flexion_3d", "knee flexion, world landmarks"),
    ("bridge", "hip_height" + FROM_REST, "hip height"),
    ("bridge", "foot_pitch" + FROM_REST, "heel lift"),
    ("clamshell", "clamshell_rise" + FROM_REST, "knee rise"),
    ("clamshell", "clamshell_opening" + FROM_REST, "opening, world landmarks"),
    ("clamshell", "hip_flexion_3d", "hip flexion, world landmarks"),
    ("clamshell", "knee_flexion_3d", "knee flexion, world landmarks"),
    ("clamshell", "trunk_roll" + FROM_REST, "trunk roll"),
    ("clamshell", "pelvis_roll" + FROM_REST, "pelvis roll"),
)
"""What the page's table tells: exercise, measure, in words; the corrected ones are added."""


def grades_md(table: Mapping[Cell, Summary]) -> str:
    """Return the table of what each measure is good for, for the near leg where there is one."""
    atlas = read(as_csv(table).splitlines())
    lines = [
        "| exercise | measure | " + " | ".join(VIEWS) + " |",
        "| --- | --- |" + " --- |" * len(VIEWS),
    ]
    corrected = [
        (exercise, one.measure + CORRECTED, one.measure.replace("_", " ") + ", corrected")
        for one in CORRECTABLE
        for exercise in one.exercises
    ]
    for exercise in EVERY:
        for of, name, words in (*SHOWN, *corrected):
            if of == exercise and any(cell.measure == name and cell.exercise == of for cell in table):
                entries = (
                    _entry(atlas, Cell(name, exercise, view, "near", ALL, "believed")) for view in VIEWS
                )
                lines.append(f"| {exercise} | {words} | " + " | ".join(entries) + " |")
    return "\n".join(lines)


def _entry(atlas: Atlas, cell: Cell) -> str:
    found = atlas.band(
        cell.measure, cell.exercise, cell.view, cell.side, phase=cell.phase, joints=cell.joints
    )
    if found is None or not any(
        (known.measure, known.exercise, known.view) == (cell.measure, cell.exercise, cell.view)
        for known in atlas.bands
    ):
        return "too few"
    number = f"{found.half:.0f}°" if is_angle(cell.measure) else f"{found.half:.2f}"
    if found.grade is not Grade.UNUSABLE:
        return f"**good** ±{number}" if found.grade is Grade.GOOD else f"screening ±{number}"
    near_enough = grade(cell.measure, found.bias, found.half) is not Grade.UNUSABLE
    return f"no (±{number}, as a guess)" if near_enough else f"no (±{number})"


def left_out_md(counts: Counts) -> str:
    """Return what became of the stills, by exercise and by what is in the picture."""
    fates = ("used", "nobody found", "somebody else", "not believed")
    lines = [
        "| | stills | used | nobody found | somebody or something else | not believed by formcheck |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    groups = {group for group, _ in counts.what}
    for group in (*EVERY, *sorted(groups - {*EVERY, ALL}), ALL):
        total = sum(counts.what[group, fate] for fate in fates)
        if total:
            shares = (f"{100.0 * counts.what[group, fate] / total:.1f} %" for fate in fates)
            lines.append(f"| {group.replace('_', ' ')} | {total} | " + " | ".join(shares) + " |")
    return "\n".join(lines)


def made_of_md(counts: Counts, rows: Sequence[Compared]) -> str:
    """Return of how many stills and values the page is made."""
    total = sum(number for (group, _), number in counts.what.items() if group == ALL)
    return (
        f"{total:,} stills, {counts.what[ALL, 'used']:,} of them used; {len(rows):,} values compared. "
        + " ".join(f"Split `{split}`: seeds {low} to {high}." for split, (low, high) in counts.seeds.items())
    )


SHOWN_BINS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 1.01)
"""Edges of visibility, from where on a near leg's angle is shown."""


def picture_md(rows: Iterable[Compared]) -> str:
    """Return how far off flexion in the picture is from the side, near leg, by its least visible joint.

    Stills of the bodies that the correction learns from, so that those held back judge what is made of it.
    """
    lines = [
        "| visibility | stills | hip: mean | 90 % within | knee: mean | 90 % within | formcheck grants |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    off: dict[tuple[str, int], list[float]] = defaultdict(list)
    for row in rows:
        if row.view == "side" and row.side == "near" and not row.held_back:
            off[row.measure, int(np.searchsorted(SHOWN_BINS, row.visible, "right"))].append(abs(row.error))
    for place, (low, high) in enumerate(pairwise(SHOWN_BINS), start=1):
        cells = [f"{low:g} to {min(high, 1.0):g}", str(len(off["knee_flexion", place]))]
        for measure in ("hip_flexion", "knee_flexion"):
            sizes = [one for one in off[measure, place] if math.isfinite(one)]
            cells += [f"{np.mean(sizes):.1f}°", f"{np.percentile(sizes, 90):.0f}°"] if sizes else ["-", "-"]
        granted = picture_half_deg((low + min(high, 1.0)) / 2.0)
        lines.append("| " + " | ".join([*cells, f"±{granted:.0f}°"]) + " |")
    return "\n".join(lines)


def labels_md(counts: Counts) -> str:
    """Return how often the view is named as the camera's true place would name it, and the near side."""
    lines = [
        "| exercise | true view | stills | named so | most often else | near side right |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for exercise in EVERY:
        right, wrong = counts.near_right[exercise, True], counts.near_right[exercise, False]
        near = f"{100.0 * right / (right + wrong):.1f} %" if right + wrong else "-"
        for true in ("side", "oblique", "front", "back", "end"):
            named = {label: n for (e, t, label), n in counts.labels.items() if (e, t) == (exercise, true)}
            total = sum(named.values())
            if total:
                own = ("foot_end", "head_end") if true == "end" else (true,)
                so = sum(named.get(label, 0) for label in own)
                other = max((n, label) for label, n in {**named, "-": 0}.items() if label not in own)[1]
                lines.append(
                    f"| {exercise} | {true} | {total} | {100.0 * so / total:.0f} % | {other} | {near} |"
                )
                near = ""
    return "\n".join(lines)


def with_block(page: str, name: str, text: str) -> str:
    """Return the page with what stands between the marks ``<!-- name -->`` and ``<!-- /name -->`` renewed."""
    before, mark, rest = page.partition(f"<!-- {name} -->")
    _, end, after = rest.partition(f"<!-- /{name} -->")
    if not (mark and end):
        raise ValueError(f"the page has no block {name!r}")
    return f"{before}{mark}\n\n{text}\n\n{end}{after}"


# Plots: error against where the camera stands

BIN_DEG, FEWEST_IN_A_BIN = 15.0, 12


def by_yaw(rows: Iterable[Compared], percentile: float | None = None) -> tuple[list[float], list[float]]:
    """Return bin centres and mean absolute errors (or a percentile of them), NaN in thin bins."""
    bins: defaultdict[int, list[float]] = defaultdict(list)
    for row in rows:
        bins[math.floor(row.yaw_deg / BIN_DEG)].append(abs(row.error))
    centres, values = [], []
    for number in range(min(bins, default=0), max(bins, default=-1) + 1):
        sizes = bins[number]
        centres.append((number + 0.5) * BIN_DEG)
        if len(sizes) < FEWEST_IN_A_BIN:
            values.append(math.nan)
        else:
            values.append(float(np.mean(sizes) if percentile is None else np.percentile(sizes, percentile)))
    return centres, values


NEAR_COLOUR, WORLD_COLOUR, LEARNED_COLOUR = "#b3400e", "#1f5fa8", "#22823a"
LINES = (
    ("", NEAR_COLOUR, "angle in the picture"),
    ("_3d", WORLD_COLOUR, "world landmarks"),
    (CORRECTED, LEARNED_COLOUR, "corrected"),
)


def draw_flexion(rows: Sequence[Compared], path: Path) -> None:
    """Draw mean absolute error of knee and hip flexion against the camera's place, both legs apart."""
    figure = Figure(figsize=(10.0, 11.0), layout="constrained")
    axes = figure.subplots(len(EVERY), 2)
    for (i, exercise), (j, joint) in product(enumerate(EVERY), enumerate(("knee", "hip"))):
        axis = axes[i, j]
        for ending, colour, words in LINES:
            name = f"{joint}_flexion{ending}"
            of = [row for row in rows if row.exercise == exercise and row.measure == name]
            if not of:
                continue
            axis.plot(*by_yaw(row for row in of if row.faces), color=colour, label=f"{words}, near leg")
            far = by_yaw(row for row in of if not row.faces)
            axis.plot(*far, color=colour, linestyle=":", label=f"{words}, far leg")
        _dress(axis, exercise, f"{_said(exercise)}: {joint} flexion", "mean abs. error, °")
        axis.set_ylim(0.0, 60.0)
    figure.legend(*axes[0, 0].get_legend_handles_labels(), fontsize=9, ncols=3, loc="outside lower center")
    _save(figure, path)


OTHERS = (
    ("squat", "trunk_inclination" + FROM_REST, "trunk inclination, from rest"),
    ("squat", "trunk_lateral_lean" + FROM_REST, "lean to a side, from rest"),
    ("squat", "hip_drop_2d" + FROM_REST, "hip drop, from rest"),
    ("squat", "knee_medial_displacement" + FROM_REST, "knee inside hip-ankle, from rest"),
    ("squat", "hip_abduction", "hip abduction"),
    ("squat", "pelvic_obliquity", "pelvic obliquity"),
    ("seated_march", "knee_rise" + FROM_REST, "knee rise, from rest"),
    ("seated_march", "thigh_elevation" + FROM_REST, "thigh elevation, from rest"),
    ("bridge", "hip_height" + FROM_REST, "hip height, from rest"),
    ("clamshell", "clamshell_rise" + FROM_REST, "knee rise, from rest"),
    ("clamshell", "trunk_roll" + FROM_REST, "trunk roll, from rest"),
    ("clamshell", "pelvis_roll" + FROM_REST, "pelvis roll, from rest"),
)


def draw_others(rows: Sequence[Compared], path: Path) -> None:
    """Draw the error of other measures against the camera's place, with the limit of a good one."""
    figure = Figure(figsize=(11.0, 11.0), layout="constrained")
    for axis, (exercise, name, words) in zip(figure.subplots(4, 3).flat, OTHERS, strict=True):
        of = [row for row in rows if row.exercise == exercise and row.measure == name]
        near = [row for row in of if row.faces is not False]
        centres, p90 = by_yaw(near, 90.0)
        axis.plot(*by_yaw(near), color=NEAR_COLOUR, label="mean abs. error")
        axis.plot(centres, p90, color=NEAR_COLOUR, linestyle="--", linewidth=1.0, label="90 % are within")
        learned_name = name.removesuffix(FROM_REST) + CORRECTED
        told = [row for row in rows if row.exercise == exercise and row.measure == learned_name]
        if told:
            axis.plot(
                *by_yaw(r for r in told if r.faces is not False), color=LEARNED_COLOUR, label="corrected"
            )
        limit = good_half(name)
        axis.axhline(limit, color="#444444", linewidth=0.8, linestyle=":", label="limit of good (90 %)")
        _dress(axis, exercise, f"{_said(exercise)}: {words}", "°" if is_angle(name) else "ratio")
        axis.set_ylim(0.0, min(12.0 * limit, 1.1 * float(np.nanmax([limit, *p90]))))
    figure.legend(
        *figure.axes[0].get_legend_handles_labels(), fontsize=9, ncols=4, loc="outside lower center"
    )
    _save(figure, path)


def _said(exercise: str) -> str:
    return exercise.replace("_", " ").capitalize()


PLACES = {
    "squat": ((0, "front"), (90, "side"), (180, "behind")),
    "seated_march": ((0, "front"), (90, "side"), (180, "behind")),
    "bridge": ((0, "feet"), (90, "side"), (180, "head")),
    "clamshell": ((-180, "behind"), (-90, "head"), (0, "front"), (90, "feet"), (180, "behind")),
}


def _dress(axis: Axes, exercise: str, title: str, unit: str) -> None:
    places = PLACES[exercise]
    axis.set_title(title, fontsize=10)
    axis.set_xticks([at for at, _ in places], [f"{name}\n{at}°" for at, name in places])
    axis.set_xlim(places[0][0], places[-1][0])
    axis.set_ylabel(unit)
    axis.grid(alpha=0.3)


def _save(figure: Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with rc_context({"svg.hashsalt": "atlas", "svg.fonttype": "none"}):
        figure.savefig(path, metadata={"Date": None})

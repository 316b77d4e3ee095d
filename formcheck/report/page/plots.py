"""Small plots over the repetitions of a set, as pictures that scale and print."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from formcheck.pose.skeleton import Landmark, Pose
from formcheck.report.page.html import Html, el, joined
from formcheck.report.page.parts import Part
from formcheck.report.page.told import charted, charted_words
from formcheck.report.page.traces import target_of
from formcheck.results import Rep

WIDTH, HEIGHT = 420, 170
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 14, 30
BAR_SHARE = 0.62
MOST_LABELS = 14
DRAWN_PX = 100.0
SEEN = 0.3

BONES = (
    *((Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER), (Landmark.LEFT_HIP, Landmark.RIGHT_HIP)),
    *((Landmark.LEFT_SHOULDER, Landmark.LEFT_HIP), (Landmark.RIGHT_SHOULDER, Landmark.RIGHT_HIP)),
    *((Landmark.LEFT_HIP, Landmark.LEFT_KNEE), (Landmark.RIGHT_HIP, Landmark.RIGHT_KNEE)),
    *((Landmark.LEFT_KNEE, Landmark.LEFT_ANKLE), (Landmark.RIGHT_KNEE, Landmark.RIGHT_ANKLE)),
    *((Landmark.LEFT_ANKLE, Landmark.LEFT_FOOT_INDEX), (Landmark.RIGHT_ANKLE, Landmark.RIGHT_FOOT_INDEX)),
    *((Landmark.LEFT_SHOULDER, Landmark.LEFT_ELBOW), (Landmark.RIGHT_SHOULDER, Landmark.RIGHT_ELBOW)),
    *((Landmark.LEFT_ELBOW, Landmark.LEFT_WRIST), (Landmark.RIGHT_ELBOW, Landmark.RIGHT_WRIST)),
    *((Landmark.NOSE, Landmark.LEFT_SHOULDER), (Landmark.NOSE, Landmark.RIGHT_SHOULDER)),
)


def range_plot(part: Part) -> Html | None:
    """Return how far every repetition went, with its band and the target, None when none was measured."""
    reps = [rep for rep in part.reps if charted(part, rep) is not None]
    if not reps:
        return None
    what, unit = charted_words(part)
    target = target_of(part)
    values = [float(charted(part, rep) or 0.0) for rep in reps]
    label = f"{what[:1].upper()}{what[1:]}, {unit}"
    reach = [
        value + side * (rep.error or 0.0) for rep, value in zip(reps, values, strict=True) for side in (1, -1)
    ]
    frame = _Frame(part.reps, [*values, *reach, *([target.value] if target else [])])
    inner = [frame.axes()]
    if target is not None:
        inner.append(frame.level(target.value, "target, at most" if target.most else "target"))
    for rep, value in zip(reps, values, strict=True):
        if rep.error is not None:
            inner.append(frame.whisker(rep, value, rep.error))
        inner.append(_dot(frame.x(rep), frame.y(value), rep))
    return _figure(label, _told(label, reps, values), joined(*inner))


def tempo_plot(part: Part) -> Html | None:
    """Return the time out, held and back of every repetition, None without repetitions."""
    if not part.reps:
        return None
    label = "Time of each repetition, s"
    totals = [rep.end_s - rep.start_s for rep in part.reps]
    frame = _Frame(part.reps, [0.0, *totals])
    inner = [frame.axes()]
    for rep in part.reps:
        inner.append(frame.bar(rep))
    keys = el(
        "p",
        *(
            joined(el("span", class_=f"key {way}", aria_hidden="true"), f" {words} ")
            for way, words in (("out", "out"), ("hold", "held"), ("back", "back"))
        ),
        class_="keys",
    )
    return _figure(label, _told(label, part.reps, totals), joined(*inner), keys)


def drawn_pose(pose: Pose | None) -> Html | None:
    """Return a drawing of the body where there is no picture; None when too little of it was seen."""
    if pose is None:
        return None
    points = pose.image_px
    seen = [(int(one), int(other)) for one, other in BONES if _seen(pose, one) and _seen(pose, other)]
    used = {number for pair in seen for number in pair}
    if len(used) < 4:
        return None
    xs = [float(points[number][0]) for number in used]
    ys = [float(points[number][1]) for number in used]
    scale = DRAWN_PX / max(max(xs) - min(xs), max(ys) - min(ys), 1.0)
    left = (DRAWN_PX - scale * (max(xs) - min(xs))) / 2 - scale * min(xs)
    top = (DRAWN_PX - scale * (max(ys) - min(ys))) / 2 - scale * min(ys)

    def at(number: int) -> str:
        return f"{left + scale * float(points[number][0]):.1f} {top + scale * float(points[number][1]):.1f}"

    lines = " ".join(f"M{at(one)}L{at(other)}" for one, other in seen)
    box = "-6 -6 112 112"
    return el("svg", el("path", d=lines), viewBox=box, class_="drawn", aria_hidden="true")


def _seen(pose: Pose, landmark: Landmark) -> bool:
    return bool(math.isfinite(pose.image_px[landmark][0]) and pose.visibility[landmark] >= SEEN)


class _Frame:
    """Where things stand in a plot."""

    def __init__(self, reps: Sequence[Rep], values: Sequence[float]) -> None:
        self.reps = reps
        low, high = min(0.0, *values), max(0.0, *values)
        self.step = _nice((high - low or 1.0) / 3)
        self.low = math.floor(low / self.step) * self.step
        self.high = math.ceil(high / self.step) * self.step or self.step
        self.pitch = (WIDTH - LEFT - RIGHT) / max(1, len(reps))
        self._places = {rep.index: place for place, rep in enumerate(reps)}

    def x(self, rep: Rep) -> float:
        """Return the middle of a repetition's place."""
        return LEFT + self.pitch * (self._places[rep.index] + 0.5)

    def y(self, value: float) -> float:
        """Return the height of a value."""
        return HEIGHT - BOTTOM - (value - self.low) / (self.high - self.low) * (HEIGHT - TOP - BOTTOM)

    def axes(self) -> Html:
        """Return grid lines with their values, and the repetitions' numbers."""
        count = round((self.high - self.low) / self.step)
        every = -(-len(self.reps) // MOST_LABELS)
        digits = max(0, -math.floor(math.log10(self.step) + 1e-9))
        return joined(
            *(self._grid(self.low + number * self.step, digits) for number in range(count + 1)),
            *(
                el("text", str(rep.index), x=_px(self.x(rep)), y=HEIGHT - 14, class_="tick middle")
                for place, rep in enumerate(self.reps)
                if place % every == 0
            ),
            el("text", "repetition", x=WIDTH - RIGHT, y=HEIGHT - 2, class_="tick end"),
        )

    def _grid(self, value: float, digits: int) -> Html:
        y = self.y(value)
        shown = f"{round(value, 6) + 0.0:.{digits}f}".replace("-", "\N{MINUS SIGN}")
        return joined(
            el("path", d=f"M{LEFT} {_px(y)}H{WIDTH - RIGHT}", class_="grid"),
            el("text", shown, x=LEFT - 6, y=_px(y + 4), class_="tick end"),
        )

    def level(self, value: float, words: str) -> Html:
        """Return a line across with a word."""
        y = self.y(value)
        return joined(
            el("path", d=f"M{LEFT} {_px(y)}H{WIDTH - RIGHT}", class_="target"),
            el("text", words, x=WIDTH - RIGHT, y=_px(y - 4), class_="tick end"),
        )

    def whisker(self, rep: Rep, value: float, half: float) -> Html:
        """Return the band around one repetition's value."""
        x, top, foot = self.x(rep), self.y(value + half), self.y(value - half)
        caps = f"M{_px(x - 4)} {_px(top)}h8M{_px(x - 4)} {_px(foot)}h8"
        return el("path", d=f"M{_px(x)} {_px(top)}V{_px(foot)}{caps}", class_="whisker")

    def bar(self, rep: Rep) -> Html:
        """Return one repetition's time, in its three ways."""
        width = self.pitch * BAR_SHARE
        left, at, pieces = self.x(rep) - width / 2, 0.0, []
        for way, length in (("out", rep.outbound_s), ("hold", rep.hold_s), ("back", rep.return_s)):
            top, foot = self.y(at + length), self.y(at)
            pieces.append(
                el(
                    "rect",
                    x=_px(left),
                    y=_px(top),
                    width=_px(width),
                    height=_px(max(0.0, foot - top)),
                    class_=way,
                )
            )
            at += length
        return joined(*pieces)


def _dot(x: float, y: float, rep: Rep) -> Html:
    """Return the mark of one repetition: sides by shape, partial ones hollow."""
    state = "" if rep.complete else " hollow"
    if rep.side == "right":
        return el("rect", x=_px(x - 4), y=_px(y - 4), width=8, height=8, class_=f"dot{state}")
    return el("circle", cx=_px(x), cy=_px(y), r=4.5, class_=f"dot{state}")


def side_keys(part: Part) -> str:
    """Return what the marks mean."""
    said = []
    if {rep.side for rep in part.reps} >= {"left", "right"}:
        said += ["● left", "■ right"]
    if any(not rep.complete for rep in part.reps):
        said.append("○ partial")
    return ", ".join(said)


def _figure(label: str, told: str, inner: Html, keys: Html | None = None) -> Html:
    picture = el("svg", inner, viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img", aria_label=told, class_="plot")
    return el("figure", el("figcaption", label), picture, keys)


def _told(label: str, reps: Sequence[Rep], values: Sequence[float]) -> str:
    return f"{label}. " + ", ".join(_each(reps, values))


def _each(reps: Sequence[Rep], values: Sequence[float]) -> Iterator[str]:
    for rep, value in zip(reps, values, strict=True):
        yield f"repetition {rep.index}: {value:.3g}"


def _nice(step: float) -> float:
    """Return the smallest of 1, 2, 2.5, 5 times a power of ten that is no smaller."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(factor * power for factor in (1.0, 2.0, 2.5, 5.0, 10.0) if factor * power >= step - 1e-9)


def _px(value: float) -> str:
    return f"{value:.1f}"

"""Getting into place: what is still in the way of a good view, one advice at a time.

`findings` looks at one snapshot, `SetupCoach` decides when to speak.  Left and right are the
participant's: which way to move follows from where the body's own axes point in the picture.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from types import MappingProxyType

import numpy as np

from formcheck.exercises import EXERCISES
from formcheck.geometry import UP, Vector, dot
from formcheck.kinematics import LEFT, RIGHT, SIDES, Body, body_of, knee_flexion_3d
from formcheck.live.gestures import LYING, Stillness, trunk_of
from formcheck.live.script import ADVICE, GOOD_ENOUGH, OFFER_MARCH
from formcheck.pose.skeleton import Pose, Side
from formcheck.results import Posture, Snapshot, ViewLabel

SPEAK_S = 1.5
"""An advice is said when it has held this long (issue 4) ..."""
REPEAT_S = (6.0, 9.0, 12.0)
"""... and again after these pauses, the last one for ever."""
MOVING_S = 8.0
"""Somebody on the move is on the way already: told only after this long."""
MOVING_STILL_S = 0.5
READY_S = 1.0
"""All good and still this long: begin (issue 4)."""
ASK_STILL_S = 4.0
"""All good but moving this long: asked to keep still."""
GOOD_ENOUGH_S = 25.0
"""What counting does not need is let go after being asked for this long."""
NO_ROOM_S = 30.0
"""The same trouble with distance this long: the room is too small (issue 4)."""
DARK, BRIGHT = 45.0, 225.0
"""Mean brightness of the picture, 0 to 255, below and above which landmarks become guesses."""
EDGE_SHARE = 0.01
"""A joint this close to the picture's edge (share of its smaller side) is cut off."""
TOO_LARGE = 0.97
"""The body may fill this share of the picture, with room to move."""
KNEES_STRAIGHT_DEG = 40.0
"""Lying for a bridge, both knees straighter than this are not bent."""

BODY_TRUNKS: Mapping[Posture, float] = MappingProxyType(
    {Posture.STANDING: 3.4, Posture.SEATED: 2.6, Posture.SUPINE: 2.4, Posture.SIDE_LYING: 2.4}
)
"""From head to feet, in trunk lengths, along the picture (1.70 m and 0.50 m standing)."""
TOO_SMALL: Mapping[Posture, float] = MappingProxyType(
    {Posture.STANDING: 0.36, Posture.SEATED: 0.32, Posture.SUPINE: 0.22, Posture.SIDE_LYING: 0.22}
)
"""Share of the picture below which the body is too far away: about 5 m (clinical 0.7: stay within 4 m)."""
ELEVATION_DEG: Mapping[Posture, tuple[float, float]] = MappingProxyType(
    {
        Posture.STANDING: (-25.0, 30.0),
        Posture.SEATED: (-25.0, 35.0),
        Posture.SUPINE: (-20.0, 40.0),
        Posture.SIDE_LYING: (-10.0, 58.0),
    }
)
"""How far the lens may look down (clinical 0.7, with 15 degrees for the model's own error)."""
_HEAD, _FEET = (0, 7, 8), (27, 28, 29, 30, 31, 32)
_CHECKED = (*_HEAD, 11, 12, 23, 24, 25, 26, *_FEET)


class Need(IntEnum):
    """What is in the way; the most important first."""

    NOBODY = 1
    PARTLY = 2
    SECOND_PERSON = 3
    POSTURE = 4
    DISTANCE = 5
    FRAME = 6
    VIEW = 7
    LENS = 8
    LIGHT = 9
    STILL = 10
    NONE = 99


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to do.

    Attributes
    ----------
    need : Need
        ``NONE``: all is good.
    code : str
        Row of `formcheck.live.script.ADVICE`.
    text : str
        The sentence, empty when all is good.
    needed : bool
        Counting needs it; else it is let go in the end.
    """

    need: Need = Need.NONE
    code: str = ""
    text: str = ""
    needed: bool = True


GOOD = Advice()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an exercise needs to be seen.

    Attributes
    ----------
    exercise : str
    posture : Posture
    view : ViewLabel
    near : Side | None
        Which side should face the camera in a side view; None = either.
    top : Side | None
        Which side is up when side-lying; None = either.
    """

    exercise: str
    posture: Posture
    view: ViewLabel
    near: Side | None = None
    top: Side | None = None


WANTED: Mapping[str, tuple[Wanted, ...]] = MappingProxyType(
    {
        "squat": (
            Wanted("squat", Posture.STANDING, ViewLabel.SIDE),
            Wanted("squat", Posture.STANDING, ViewLabel.FRONT),
        ),
        "bridge": (Wanted("bridge", Posture.SUPINE, ViewLabel.SIDE),),
        "clamshell": (Wanted("clamshell", Posture.SIDE_LYING, ViewLabel.FRONT),),
        "seated_march": (
            Wanted("seated_march", Posture.SEATED, ViewLabel.FRONT),
            Wanted("seated_march", Posture.SEATED, ViewLabel.SIDE),
        ),
    }
)
"""By exercise, in turn for each set: squats are seen once from the side and once from the front, marches
the other way round, because neither view sees all (clinical 1.1, 0)."""


def wanted(exercise: str, in_set: int = 0, near: Side | None = None, top: Side | None = None) -> Wanted:
    """Return what the set (from 0) of an exercise needs."""
    rows = WANTED[exercise]
    return replace(rows[in_set % len(rows)], near=near, top=top)


# One snapshot


def check(
    snapshot: Snapshot,
    want: Wanted,
    brightness: float | None = None,
    people: int | None = None,
    frame_size: tuple[int, int] | None = None,
) -> Advice:
    """Return the most important advice; `GOOD` when there is none.

    Parameters
    ----------
    snapshot : Snapshot
    want : Wanted
    brightness : float | None
        Mean of the picture, 0 to 255; None = not known.
    people : int | None
        How many are seen; None = as the pose says.
    frame_size : tuple[int, int] | None
        Width and height; None = as the pose says.
    """
    return next(findings(snapshot, want, brightness, people, frame_size), GOOD)


def findings(
    snapshot: Snapshot,
    want: Wanted,
    brightness: float | None = None,
    people: int | None = None,
    frame_size: tuple[int, int] | None = None,
) -> Iterator[Advice]:
    """Yield everything that is in the way, the most important first."""
    pose = snapshot.pose
    dark = brightness is not None and brightness < DARK
    if not pose.detected:
        yield _nobody(snapshot, want, dark)
        return
    if (pose.people if people is None else people) > 1:
        yield _advice(Need.SECOND_PERSON, "second_person", needed=False)
    body = body_of(pose)
    if snapshot.posture is Posture.UNKNOWN:
        yield _partly(pose, body, frame_size or pose.frame_size)
        return
    yield from _posture(snapshot.posture, want, body)
    yield from _distance_and_frame(pose, body, snapshot.posture, frame_size or pose.frame_size)
    yield from _view(snapshot, want, body)
    yield from _lens(body, snapshot.posture)
    if dark:
        yield _advice(Need.LIGHT, "dark", needed=False)
    elif brightness is not None and brightness > BRIGHT:
        yield _advice(Need.LIGHT, "bright", needed=False)


def _advice(need: Need, code: str, side: Side | None = None, *, needed: bool = True) -> Advice:
    text = ADVICE[code].format(side=side.value if side else "")
    return Advice(need, code, text, needed)


def _nobody(snapshot: Snapshot, want: Wanted, dark: bool) -> Advice:
    if dark:
        return _advice(Need.NOBODY, "dark")
    if snapshot.reason is not None and "out of the picture" in snapshot.reason:
        return _advice(Need.PARTLY, "partly")
    return _advice(Need.NOBODY, "nobody_lying" if want.posture in LYING else "nobody")


def _partly(pose: Pose, body: Body, size: tuple[int, int]) -> Advice:
    """Return what to do when too little is seen to tell how the person is placed."""
    edges = cut_edges(pose, size) & {"left", "right"} if min(size) > 0 else set()
    code = _way_in(edges, body) if len(edges) == 1 else "to_middle"
    return _advice(Need.PARTLY, "partly") if code == "to_middle" else _advice(Need.FRAME, code)


def _posture(posture: Posture, want: Wanted, body: Body) -> Iterator[Advice]:
    if posture is not want.posture:
        counts = posture in EXERCISES[want.exercise].postures
        yield replace(_placed(want), needed=not counts)
    elif want.exercise == "bridge":
        knees = [knee_flexion_3d(body, side) for side in (LEFT, RIGHT)]
        if max(knees) < KNEES_STRAIGHT_DEG:
            yield _advice(Need.POSTURE, "knees", needed=False)


def _placed(want: Wanted) -> Advice:
    """Return the advice that names the posture and the way to face."""
    if want.posture not in LYING:
        return _advice(Need.POSTURE, "stand" if want.posture is Posture.STANDING else "sit")
    return Advice(Need.POSTURE, "lie", lie_text(want))


def lie_text(want: Wanted) -> str:
    """Return how to lie for this exercise, with the side when it is known."""
    if want.posture is Posture.SUPINE:
        return f"Lie on your back, {want.near.value if want.near else 'one'} side to the laptop."
    return f"Lie on {f'your {want.top.other.value}' if want.top else 'one'} side, facing the laptop."


# Distance and frame


def _distance_and_frame(pose: Pose, body: Body, posture: Posture, size: tuple[int, int]) -> Iterator[Advice]:
    if not min(size) > 0 or posture not in BODY_TRUNKS:
        return
    lying = "_lying" if posture in LYING else ""
    edges = cut_edges(pose, size)
    along = trunk_of(pose)
    room_px = size[0] if abs(along.real) > abs(along.imag) else size[1]
    length = BODY_TRUNKS[posture] * abs(along) / room_px
    across = {"left", "right"} <= edges or {"top", "bottom"} <= edges
    if across or (edges and length > TOO_LARGE):
        yield _advice(Need.DISTANCE, f"near{lying}", needed=_legs_cut(pose, size))
    elif not edges and extent(pose, size) < TOO_SMALL[posture]:
        yield _advice(Need.DISTANCE, f"far{lying}", needed=False)
    elif edges:
        yield _advice(Need.FRAME, _way_in(edges, body), needed=_legs_cut(pose, size))


def extent(pose: Pose, size: tuple[int, int]) -> float:
    """Return the larger share of the picture's width or height that the body fills."""
    points = pose.image_px[list(_CHECKED)]
    spans = np.nanmax(points, axis=0) - np.nanmin(points, axis=0)
    return float(max(spans / np.asarray(size, float)))


def cut_edges(pose: Pose, size: tuple[int, int]) -> set[str]:
    """Return the edges of the picture that cut the body: left, right, top, bottom of the picture."""
    margin = EDGE_SHARE * min(size)
    edges: set[str] = set()
    for index in _CHECKED:
        x, y = pose.image_px[index]
        if math.isnan(x):
            edges |= _edge_ahead(pose, index, size)
            continue
        edges |= {"left"} if x < margin else {"right"} if x > size[0] - margin else set()
        edges |= {"top"} if y < margin else {"bottom"} if y > size[1] - margin else set()
    return edges


_Limb = tuple[tuple[int, ...], tuple[int, ...]]
_BEFORE: dict[int, _Limb] = dict.fromkeys(_HEAD, ((11, 12), (23, 24)))
_BEFORE |= {i: ((25 + (i - 27) % 2,), (23 + (i - 27) % 2,)) for i in _FEET}
_BEFORE |= {25: ((23,), (11,)), 26: ((24,), (12,))}
"""For a joint out of the picture: the joints towards it and those before them."""


def _edge_ahead(pose: Pose, index: int, size: tuple[int, int]) -> set[str]:
    """Return the edge behind which a joint that is out of the picture lies, told from the limb before it."""
    if index not in _BEFORE:
        return set()
    last, before = (pose.image_px[list(at)].mean(axis=0) for at in _BEFORE[index])
    if np.isnan(last).any():
        return _edge_ahead(pose, _BEFORE[index][0][0], size)
    step = last - before
    ways = []
    for axis, names in ((0, ("left", "right")), (1, ("top", "bottom"))):
        if step[axis] < 0:
            ways.append((float(last[axis] / -step[axis]), names[0]))
        elif step[axis] > 0:
            ways.append((float((size[axis] - last[axis]) / step[axis]), names[1]))
    return {min(ways)[1]} if ways else set()


def _legs_cut(pose: Pose, size: tuple[int, int]) -> bool:
    """Whether knees or ankles are out of the picture, without which nothing is counted well."""
    points = pose.image_px[[25, 26, 27, 28]]
    return bool(np.isnan(points).any() or (points < 0).any() or (points > np.asarray(size)).any())


def _way_in(edges: set[str], body: Body) -> str:
    """Return the advice that brings the body back into the picture, in the person's own directions."""
    if edges & {"left", "right"}:
        return way_to(1.0 if "left" in edges else -1.0, body)
    return "tip_back" if "top" in edges else "tip_forward"


def way_to(picture_right: float, body: Body) -> str:
    """Return which way the person goes to move right (+1) or left (-1) in the picture.

    The body axis that lies best along the picture's width decides: left or right, forward or back, towards
    the head or the feet.
    """
    names = (("to_left", "to_right"), ("forward", "backward"), ("headward", "footward"))
    axes = zip((body.lateral[0], body.front[0], body.up[0]), names, strict=True)
    along, (onward, opposite) = max(axes, key=lambda row: abs(row[0]))
    if math.isnan(along):
        return "to_middle"
    return onward if along * picture_right > 0 else opposite


# View, lens


def _view(snapshot: Snapshot, want: Wanted, body: Body) -> Iterator[Advice]:
    if snapshot.posture is not want.posture:
        return
    label = snapshot.view.label
    countable = any(label in channel.views for channel in EXERCISES[want.exercise].channels)
    code, side = _view_code(snapshot, want, body)
    if code:
        yield _advice(Need.VIEW, code, side, needed=not countable)


def _view_code(snapshot: Snapshot, want: Wanted, body: Body) -> tuple[str, Side | None]:
    label = snapshot.view.label
    if want.posture is Posture.SIDE_LYING:
        return _side_lying_code(label, want, body)
    if want.view is ViewLabel.FRONT:
        return ("" if label is ViewLabel.FRONT else "turn_front"), None
    named = "_named" if want.near else ""
    if label is ViewLabel.SIDE:
        turned_away = want.near is not None and snapshot.camera_side not in (want.near, None)
        other = "swap_ends" if want.posture is Posture.SUPINE else "turn_around"
        return (other if turned_away else ""), want.near
    if want.posture is Posture.SUPINE:
        return f"lie{named}_side_on", want.near
    same_side = want.near is None or snapshot.camera_side is want.near
    more = label is ViewLabel.OBLIQUE and same_side
    return f"turn{named}_{'more' if more else 'side'}", want.near


def _side_lying_code(label: ViewLabel, want: Wanted, body: Body) -> tuple[str, Side | None]:
    upper = upper_side_of(body)
    right_way = want.top is None or upper is want.top
    lie_on = want.top.other if want.top else None
    if label in (ViewLabel.FOOT_END, ViewLabel.HEAD_END):
        return "lie_across", None
    if label is ViewLabel.FRONT:
        return ("" if right_way else "other_side"), lie_on
    if label is ViewLabel.BACK:
        return ("swap_ends", None) if right_way else ("roll_over", lie_on)
    return "belly", None


def upper_side_of(body: Body) -> Side:
    """Return the side that is up of somebody lying on the side."""
    return Side.LEFT if dot(body.lateral, UP) > 0 else Side.RIGHT


def elevation_deg(body: Body, posture: Posture) -> float:
    """Return how far the lens looks down on the person, from the body axis that points to the ceiling."""
    axis: Vector = body.up
    if posture is Posture.SUPINE:
        axis = body.front
    elif posture is Posture.SIDE_LYING:
        sign = 1.0 if upper_side_of(body) is Side.LEFT else -1.0
        axis = (sign * body.lateral[0], sign * body.lateral[1], sign * body.lateral[2])
    return math.degrees(math.asin(max(-1.0, min(1.0, -axis[2])))) if not math.isnan(axis[2]) else math.nan


def _lens(body: Body, posture: Posture) -> Iterator[Advice]:
    if posture not in ELEVATION_DEG:
        return
    elevation, (low, high) = elevation_deg(body, posture), ELEVATION_DEG[posture]
    if elevation < low:
        yield _advice(Need.LENS, "raise_lens", needed=False)
    elif elevation > high:
        yield _advice(Need.LENS, "lower_lens", needed=False)


# Speaking


@dataclass(frozen=True, slots=True)
class SetupStep:
    """What the set-up coach wants now.

    Attributes
    ----------
    advice : Advice
    say : str
        To be said now; empty for nothing.
    ready : bool
        All is good and the person is still.
    offer_march : bool
        The room is too small; ``say`` offers the chair exercise.
    """

    advice: Advice
    say: str = ""
    ready: bool = False
    offer_march: bool = False


class SetupCoach:
    """Speaks an advice when it has held, not too often, and gets out of the way.

    Parameters
    ----------
    want : Wanted
    now_s : float
        When it begins.
    patience_s : float
        Nothing is said before: the person is still getting there.
    """

    def __init__(self, want: Wanted, now_s: float, patience_s: float = 0.0) -> None:
        self.want = want
        self._quiet_until_s = now_s + patience_s
        self._advice, self._since_s = GOOD, now_s
        self._said: dict[str, tuple[int, float]] = {}
        self._asked_s: dict[str, float] = {}
        self._first_s: dict[Need, float] = {}
        self._seen_s: dict[Need, float] = {}
        self._waived: set[str] = set()
        self._offered = want.exercise == "seated_march"

    def step(
        self,
        snapshot: Snapshot,
        stillness: Stillness,
        brightness: float | None = None,
        *,
        may_speak: bool = True,
    ) -> SetupStep:
        """Take in one snapshot; return what to say, and whether to begin."""
        now = snapshot.time_s
        advice = self._most_important(snapshot, stillness, brightness)
        self._note(advice, now)
        if advice.need is Need.NONE:
            return SetupStep(advice, ready=may_speak and stillness.for_s(now) >= READY_S)
        if not may_speak or now < self._quiet_until_s:
            return SetupStep(advice)
        if self._no_room(advice, now):
            self._offered = True
            return SetupStep(advice, OFFER_MARCH, offer_march=True)
        if not advice.needed and now - self._asked_s.get(advice.code, now) >= GOOD_ENOUGH_S:
            self._waived.add(advice.code)
            return SetupStep(advice, GOOD_ENOUGH)
        if not self._due(advice, stillness, now):
            return SetupStep(advice)
        times, _ = self._said.get(advice.code, (0, 0.0))
        self._said[advice.code] = (times + 1, now)
        self._asked_s.setdefault(advice.code, now)
        return SetupStep(advice, advice.text)

    def _most_important(self, snapshot: Snapshot, stillness: Stillness, brightness: float | None) -> Advice:
        for advice in findings(snapshot, self.want, brightness):
            if advice.needed or advice.code not in self._waived:
                return advice
        moving = stillness.for_s(snapshot.time_s) <= 0.0
        return _advice(Need.STILL, "still") if moving else GOOD

    def _note(self, advice: Advice, now_s: float) -> None:
        """Remember since when this advice holds, and since when this kind has been coming back."""
        if advice.code != self._advice.code:
            self._since_s = now_s
        self._advice = advice
        if now_s - self._seen_s.get(advice.need, -math.inf) > NO_ROOM_S / 2:
            self._first_s[advice.need] = now_s
        self._seen_s[advice.need] = now_s

    def _no_room(self, advice: Advice, now_s: float) -> bool:
        tight = advice.need is Need.PARTLY or advice.code.startswith("near")
        return tight and not self._offered and now_s - self._first_s[advice.need] >= NO_ROOM_S

    def _due(self, advice: Advice, stillness: Stillness, now_s: float) -> bool:
        held = now_s - self._since_s
        if advice.need is Need.STILL:
            enough = held >= ASK_STILL_S
        else:
            waiting = stillness.for_s(now_s) >= MOVING_STILL_S or advice.need is Need.NOBODY
            enough = held >= (SPEAK_S if waiting else MOVING_S)
        times, last_s = self._said.get(advice.code, (0, -math.inf))
        pause = REPEAT_S[min(times, len(REPEAT_S)) - 1] if times else 0.0
        return enough and now_s - last_s >= pause


def near_side(side: str | None) -> Side | None:
    """Return the side that a word names, None for "both", "none", "auto" or nothing."""
    return Side(side) if side in tuple(SIDES) else None

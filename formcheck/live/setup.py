"""Getting into place: what is still in the way of a good view, one advice at a time.

`findings` looks at one snapshot, `Findings` tells what is true for a while, `SetupCoach` decides what is
shown, when to speak and when to begin.  Nobody is shut out: what counting does not need is let go soon, and
two even repetitions begin the set whatever is in the way.  Left and right are the participant's: which way to
move follows from where the body's own axes point in the picture.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from types import MappingProxyType

import numpy as np

from formcheck.exercises import EXERCISES
from formcheck.exercises.spec import Legs
from formcheck.geometry import UP, Vector, dot
from formcheck.kinematics import LEFT, RIGHT, SIDES, Body, body_of, knee_flexion_3d
from formcheck.live.gestures import LYING, TRUNK_M, Place, Stillness, follow_place, trunk_of
from formcheck.live.script import ADVICE, GOOD_ENOUGH, OFFER_MARCH
from formcheck.observer import SHOWN_VISIBILITY
from formcheck.pose.skeleton import Pose, Side
from formcheck.results import Phase, Posture, Snapshot, ViewLabel, Waiting

TRUE_S, DROPOUT_S = 1.0, 0.15
"""An advice is true once it has held this long, shorter gaps than the second left out; then it may be said
(app, section 4) ..."""
OVER_S, OVER_SHARE = 2.0, 0.1
"""... and over when it was in no more than this share of the looks of this time ..."""
STILL_SHARE = 0.5
"""... or, as a set begins, in no more than this share of the last second."""
HOLD_S = 2.0
"""What is shown stays this long (app, section 4) ..."""
HOLD_AGAIN_S, RECENT_S = 15.0, 60.0
"""... and so long before what was shown in the last minute comes back: of four that take turns it changes six
times a minute after the first."""
REPEAT_S = (6.0, 9.0, 12.0)
"""An advice is said again after these pauses, the last one for ever (issue 4)."""
MOVING_S = 8.0
"""Somebody on the move is on the way already: told only after this long ..."""
IN_PLACE_S = 0.5
"""... unless still this long, or in one place for `SETTLED_S`."""
READY_S = 1.0
"""Nothing in the way and still this long: begin (issue 4) ..."""
SETTLED_S = 3.0
"""... or in one place and not exercising so long, restless or not (judgement: 20 s in all are allowed) ..."""
RESTLESS_S = 8.0
"""... or in one place for this long, whatever moves, and at rest in the end."""
OPTIONAL_S, HEARD_S = 9.0, 4.0
"""What counting does not need is let go after this long, and this long after it was said last (judgement: a
turn on the spot takes 3 s; 20 s are allowed in all)."""
EVEN_SHARE, EVEN_TIME_SHARE = 0.7, 0.5
"""Two repetitions are even when the smaller has this share of the larger's excursion, and of its time."""
EVEN_PAUSE_S, EVEN_LATE_S = 4.0, 3.0
"""They follow each other this soon, and the last one ended no longer ago."""
NO_ROOM_S = 30.0
"""The same trouble with distance this long: the room is too small (issue 4)."""
DARK, BRIGHT = 45.0, 225.0
"""Mean brightness of the picture, 0 to 255, beyond which light is why landmarks are guesses, if they are."""
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
_LEGS = ((23, 25, 27), (24, 26, 28))
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
        Counting needs it; else it is let go soon.
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
    *,
    lying: bool | None = None,
) -> Iterator[Advice]:
    """Yield everything that is in the way, the most important first.

    Somebody who lies (``lying``; None = as the posture says) is told only what can be done from there: nobody
    gets up again to tilt a screen.
    """
    pose = snapshot.pose
    lying = snapshot.posture in LYING if lying is None else lying
    if not pose.detected:
        yield _nobody(snapshot, want, brightness, lying)
        return
    if (pose.people if people is None else people) > 1:
        yield _advice(Need.SECOND_PERSON, "second_person", needed=False)
    body = body_of(pose)
    if snapshot.posture is Posture.UNKNOWN:
        yield _partly(pose, body, frame_size or pose.frame_size, lying)
        return
    yield from _posture(snapshot.posture, want, body)
    yield from _distance_and_frame(pose, body, snapshot.posture, frame_size or pose.frame_size)
    yield from _view(snapshot, want, body)
    if snapshot.posture not in LYING:
        yield from _lens(body, snapshot.posture)
        yield from _light(pose, brightness)


def _light(pose: Pose, brightness: float | None) -> Iterator[Advice]:
    """Yield what to do about light, where the landmarks suffer from it."""
    if brightness is None or DARK <= brightness <= BRIGHT or not guessed(pose):
        return
    yield _advice(Need.LIGHT, "dark" if brightness < DARK else "bright", needed=False)


def guessed(pose: Pose) -> bool:
    """Whether the model guesses the joints of both legs; joints out of the picture tell nothing of light."""
    legs = ([float(pose.visibility[i]) for i in joints if pose.visibility[i] >= 0.0] for joints in _LEGS)
    seen = [min(leg) for leg in legs if leg]
    return bool(seen) and max(seen) < SHOWN_VISIBILITY[0]


def _advice(need: Need, code: str, side: Side | None = None, *, needed: bool = True) -> Advice:
    text = ADVICE[code].format(side=side.value if side else "")
    return Advice(need, code, text, needed)


def _nobody(snapshot: Snapshot, want: Wanted, brightness: float | None, lying: bool) -> Advice:
    if snapshot.reason is not None and "out of the picture" in snapshot.reason:
        return _advice(Need.PARTLY, "partly_lying" if lying else "partly")
    if brightness is not None and brightness < DARK and not lying:
        return _advice(Need.NOBODY, "dark")
    return _advice(Need.NOBODY, "nobody_lying" if want.posture in LYING else "nobody")


def _partly(pose: Pose, body: Body, size: tuple[int, int], lying: bool) -> Advice:
    """Return what to do when too little is seen to tell how the person is placed."""
    edges = cut_edges(pose, size) & {"left", "right"} if min(size) > 0 else set()
    code = _way_in(edges, body) if len(edges) == 1 else "to_middle"
    if code == "to_middle":
        return _advice(Need.PARTLY, "partly_lying" if lying else "partly")
    return _advice(Need.FRAME, code)


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
    lying, needed = posture in LYING, _legs_cut(pose, size)
    edges = cut_edges(pose, size)
    along = trunk_of(pose)
    room_px = size[0] if abs(along.real) > abs(along.imag) else size[1]
    trunk_px = max(abs(along), TRUNK_M * body.scale_px)  # a trunk bent towards the lens looks short
    length = BODY_TRUNKS[posture] * trunk_px / room_px
    across = {"left", "right"} <= edges or {"top", "bottom"} <= edges
    if across or (edges and BODY_TRUNKS[posture] * abs(along) / room_px > TOO_LARGE):
        yield _advice(Need.DISTANCE, "near_lying" if lying else "near", needed=needed)
    elif not edges and max(length, extent(pose, size)) < TOO_SMALL[posture] and not lying:
        yield _advice(Need.DISTANCE, "far", needed=False)
    elif edges and lying and not edges & {"left", "right"}:
        if needed:
            yield _advice(Need.FRAME, "near_lying" if "bottom" in edges else "closer_lying")
    elif edges:
        yield _advice(Need.FRAME, _way_in(edges, body), needed=needed)


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


def lost_from(want: Wanted, label: ViewLabel) -> list[str]:
    """Return the checks that the wanted view shows and this one does not."""
    rules = EXERCISES[want.exercise].rules
    shown = {rule.code for rule in rules if label in rule.views}
    return list(
        dict.fromkeys(rule.code for rule in rules if want.view in rule.views and rule.code not in shown)
    )


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


# What is true for a while


class Findings:
    """What is in the way and has been for a while: one stray pose makes nothing true and ends nothing."""

    def __init__(self) -> None:
        self._recent: deque[tuple[float, frozenset[str]]] = deque()
        self._runs: dict[str, tuple[float, float]] = {}
        self._true: set[str] = set()
        self._known: dict[str, Advice] = {}
        self._began_s: float | None = None

    def add(self, now_s: float, found: Sequence[Advice]) -> None:
        """Take in what was found in one snapshot, the most important first."""
        self._began_s = now_s if self._began_s is None else self._began_s
        codes = {one.code: one for one in found}
        self._recent.append((now_s, frozenset(codes)))
        while self._recent[0][0] <= now_s - OVER_S:
            self._recent.popleft()
        self._known |= codes
        lately = {
            code: run for code, run in self._runs.items() if now_s - run[1] <= DROPOUT_S or code in codes
        }
        self._runs = lately | {code: (lately.get(code, (now_s, now_s))[0], now_s) for code in codes}
        self._true |= {code for code, (since_s, last_s) in self._runs.items() if last_s - since_s >= TRUE_S}
        self._true = {code for code in self._true if self.share(code, now_s, OVER_S) > OVER_SHARE}

    def share(self, code: str, now_s: float, span_s: float) -> float:
        """Return in which share of the last snapshots this was found."""
        seen = [code in codes for time_s, codes in self._recent if time_s > now_s - span_s]
        return sum(seen) / max(len(seen), 1)

    @property
    def true(self) -> list[Advice]:
        """What is true now, the most important first."""
        return sorted((self._known[code] for code in self._true), key=lambda one: (one.need, one.code))

    def clear(self, now_s: float, gating: Callable[[Advice], bool]) -> bool:
        """Whether nothing of this kind was in the way in the last moments."""
        watched = self._began_s is not None and now_s - self._began_s >= READY_S
        return watched and not any(
            self.share(code, now_s, READY_S) > OVER_SHARE for code, one in self._known.items() if gating(one)
        )


def even_start(waiting: Sequence[Waiting], want: Wanted, since_s: float, now_s: float) -> float | None:
    """Return when the first of two even repetitions began that were just done, None without such.

    Parameters
    ----------
    waiting : Sequence[Waiting]
        Repetitions seen while nothing counts.
    want : Wanted
        Of somebody asked to lie on one side, only the leg that is to work tells.
    since_s : float
        What began before is none of this set.
    now_s : float
    """
    *_, first, last = (None, None, *waiting)
    if first is None or last is None or not (first.complete and last.complete):
        return None
    if first.start_s < since_s or now_s - last.end_s > EVEN_LATE_S:
        return None
    if last.start_s - first.end_s > EVEN_PAUSE_S:
        return None
    upper = EXERCISES[want.exercise].legs is Legs.UPPER
    if upper and (first.side is not last.side or want.top not in (None, last.side)):
        return None
    times = [one.end_s - one.start_s for one in (first, last)]
    ranges = [one.excursion for one in (first, last)]
    even = min(ranges) >= EVEN_SHARE * max(ranges) and min(times) >= EVEN_TIME_SHARE * max(times)
    return first.start_s if even else None


# Speaking


@dataclass(frozen=True, slots=True)
class SetupStep:
    """What the set-up coach wants now.

    Attributes
    ----------
    advice : Advice
        What is shown.
    say : str
        To be said now; empty for nothing.
    ready : bool
        Nothing is in the way: begin.
    begun_s : float | None
        Somebody has begun without waiting: two even repetitions, the first of which began then.
    offer_march : bool
        The room is too small; ``say`` offers the chair exercise.
    """

    advice: Advice
    say: str = ""
    ready: bool = False
    begun_s: float | None = None
    offer_march: bool = False


class SetupCoach:
    """Shows and speaks one advice at a time, and gets out of the way.

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
        self._began_s, self._quiet_until_s = now_s, now_s + patience_s
        self._findings, self._place, self._lying = Findings(), Place(), False
        self._shown, self._shown_s = GOOD, -math.inf
        self._left_s: dict[str, float] = {}
        self._true_s: dict[str, float] = {}
        self._said: dict[str, tuple[int, float]] = {}
        self._optional_s: float | None = None
        self._optional_said_s: float | None = None
        self._waived = False
        self._rest_s = now_s
        self._first_s: dict[Need, float] = {}
        self._seen_s: dict[Need, float] = {}
        self._offered = want.exercise == "seated_march"

    def left_over(self, now_s: float) -> list[Advice]:
        """Return what is in the way still, the most important first."""
        findings = self._findings
        return [one for one in findings.true if findings.share(one.code, now_s, READY_S) > STILL_SHARE]

    def step(
        self,
        snapshot: Snapshot,
        stillness: Stillness,
        brightness: float | None = None,
        *,
        may_speak: bool = True,
    ) -> SetupStep:
        """Take in one snapshot; return what to show and say, and whether to begin."""
        now = snapshot.time_s
        self._take_in(snapshot, brightness)
        wish = next((one for one in self._findings.true if one.needed or not self._waived), GOOD)
        self._note(wish, now)
        shown = self._show(wish, now)
        begun_s = even_start(snapshot.waiting, self.want, self._began_s, now)
        if begun_s is not None:
            return SetupStep(shown, begun_s=begun_s)
        if may_speak and self._ready(snapshot, stillness):
            return SetupStep(shown, ready=True)
        if not may_speak or now < self._quiet_until_s or wish is GOOD or wish.code != shown.code:
            return SetupStep(shown)
        return self._speak(wish, stillness, now)

    def _speak(self, wish: Advice, stillness: Stillness, now: float) -> SetupStep:
        """Say what is shown, if it is time to."""
        if self._no_room(wish, now):
            self._offered = True
            return SetupStep(wish, OFFER_MARCH, offer_march=True)
        if not wish.needed and self._asked_enough(now):
            self._waived = True
            return SetupStep(wish, GOOD_ENOUGH)
        if not self._due(wish, stillness, now):
            return SetupStep(wish)
        times, _ = self._said.get(wish.code, (0, 0.0))
        self._said[wish.code] = (times + 1, now)
        if not wish.needed:
            self._optional_said_s = now
        return SetupStep(wish, wish.text)

    def _take_in(self, snapshot: Snapshot, brightness: float | None) -> None:
        now = snapshot.time_s
        if snapshot.posture is not Posture.UNKNOWN:
            self._lying = snapshot.posture in LYING
        self._place = follow_place(self._place, snapshot)
        self._findings.add(now, list(findings(snapshot, self.want, brightness, lying=self._lying)))
        if snapshot.phase is not Phase.REST:
            self._rest_s = now

    def _gates(self, advice: Advice) -> bool:
        """Whether a set does not begin by itself because of it; light never holds anybody up."""
        return advice.needed or not (self._waived or advice.need is Need.LIGHT)

    def _ready(self, snapshot: Snapshot, stillness: Stillness) -> bool:
        now = snapshot.time_s
        if not snapshot.pose.detected or not self._findings.clear(now, self._gates):
            return False
        begun = [one for one in snapshot.waiting if one.start_s >= self._began_s]
        if len(begun) == 1 and now - begun[0].end_s < EVEN_PAUSE_S:
            return False  # the next one opens the set, if it is even
        settled = self._place.for_s(now) >= SETTLED_S and now - self._rest_s >= SETTLED_S
        restless = self._place.for_s(now) >= RESTLESS_S and snapshot.phase is Phase.REST
        return stillness.for_s(now) >= READY_S or settled or restless

    def _note(self, advice: Advice, now_s: float) -> None:
        """Remember since when this is asked for, and since when this kind has been coming back."""
        if not advice.needed and self._optional_s is None:
            self._optional_s = now_s
        self._true_s = {one.code: self._true_s.get(one.code, now_s) for one in self._findings.true}
        if now_s - self._seen_s.get(advice.need, -math.inf) > NO_ROOM_S / 2:
            self._first_s[advice.need] = now_s
        self._seen_s[advice.need] = now_s

    def _show(self, wish: Advice, now_s: float) -> Advice:
        """Return what is shown: held for a while before it changes, longer before it comes back."""
        if wish.code == self._shown.code:
            self._shown = wish
            return wish
        back = now_s - self._left_s.get(wish.code, -math.inf) < RECENT_S
        if now_s - self._shown_s >= (HOLD_AGAIN_S if back else HOLD_S):
            self._left_s[self._shown.code] = now_s
            self._shown, self._shown_s = wish, now_s
        return self._shown

    def _no_room(self, advice: Advice, now_s: float) -> bool:
        tight = advice.need is Need.PARTLY or advice.code.startswith("near")
        late = now_s - self._first_s[advice.need] >= NO_ROOM_S
        return tight and late and not (self._offered or self._lying)

    def _asked_enough(self, now_s: float) -> bool:
        """Whether what counting does not need was asked for long enough."""
        if self._optional_s is None or self._optional_said_s is None:
            return False
        return now_s - self._optional_s >= OPTIONAL_S and now_s - self._optional_said_s >= HEARD_S

    def _due(self, advice: Advice, stillness: Stillness, now_s: float) -> bool:
        there = stillness.for_s(now_s) >= IN_PLACE_S or self._place.for_s(now_s) >= SETTLED_S
        there |= advice.need is Need.NOBODY
        enough = there or now_s - self._true_s.get(advice.code, now_s) >= MOVING_S - TRUE_S
        times, last_s = self._said.get(advice.code, (0, -math.inf))
        pause = REPEAT_S[min(times, len(REPEAT_S)) - 1] if times else 0.0
        return enough and now_s - last_s >= pause


def near_side(side: str | None) -> Side | None:
    """Return the side that a word names, None for "both", "none", "auto" or nothing."""
    return Side(side) if side in tuple(SIDES) else None

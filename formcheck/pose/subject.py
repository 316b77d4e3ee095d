"""Who of several people is the one exercising: by posture, then continuity; pure functions.

Nobody lies down on the floor by accident, and a therapist stands or kneels beside the patient: so a lying
person is preferred to an upright one unless an upright exercise is wanted.  Among equals it is the largest,
most central person who is whole in the picture.  Once chosen, a subject is kept by where the hips are;
who walks past in front of them may take the tracking along, so that whoever is found where the subject was a
moment ago is the subject again.  They are chosen anew after a cut and after a loss of more than `LOST_S`, and
they lose to somebody in the wanted posture while they themselves are clearly in the other one (the tracking
had drifted to the helper, or the helper was in the picture first).

Whoever knows better says who it is (`formcheck.reading.Reading.person`): then posture and size decide
nothing, nobody takes over, and after a loss it is whoever is nearest to where they were.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from formcheck.pose.picture import SEGMENT_JOINTS, longest_segment
from formcheck.pose.sighting import Candidate
from formcheck.pose.skeleton import MIRROR_ORDER
from formcheck.reading import AT, place_of

BodyPosture = Literal["lying", "upright"]

# --- posture in the picture ---------------------------------------------------------------------------
LYING_TRUNK_DEG = 50.0
"""Trunk at least this far from the picture's vertical: 55 at the top of a steep bridge, 90 at rest."""
LYING_ANKLES = 0.8
"""Ankles at most this far below the hips, in trunk lengths: 0.6 at the top of a bridge, 1.6 for a helper
who bends over with straight legs."""
UPRIGHT_TRUNK_DEG = 45.0
"""Trunk at most this far from the vertical, shoulders up; between the two limits nothing is said."""

# --- continuity ---------------------------------------------------------------------------------------
LOST_S = 2.0
"""Seconds after which a subject who is not seen is chosen anew."""
REACH = 0.75
"""How far the hips may be from where they were, in lengths of the longest segment: half of what separates
a patient from a helper kneeling beside them."""
REACH_PER_S = 2.0
"""How much farther per second unseen: the hips of a fast squat move 2.5 trunk lengths a second."""
REACH_MOST = 2.0
"""And how far at most."""
SCALE_RATIO = 2.0
"""The longest segment may not have changed by more than this factor."""
CROWD_S = 5.0
"""While somebody else was seen within this time, a lone figure out of reach is not taken for the subject."""
MISFIT_S = 0.4
"""How long somebody else must be seen in the wanted posture before they replace the subject: at two looks
around, so that one false skeleton does not."""

HOME_S = 3.0
"""Time constant of the place where the subject exercises: longer than a passer-by covers them."""
AWAY = 1.0
"""Hips this many lengths of the longest segment away from there may be those of a passer-by whom the tracking
followed; then it is looked who is at that place."""
SETTLED_S = 1.0
"""After somebody is in the picture, so long do looks around decide who is left, right or largest: somebody in
the background may be found only by the second look."""

# --- who counts as another person ---------------------------------------------------------------------
SAME_DISTANCE = 0.5
"""Mean distance of shoulders, hips, knees and ankles, in lengths of the longest segment, below which two
skeletons are one person; two people beside each other are 1 or more apart."""
OTHER_SIZE = 0.4
"""A second skeleton smaller than this share of the first, and on top of it, is a limb of the first taken
for a person."""
PART_NEAR, PART_SHARE = 0.3, 0.8
"""A second skeleton of which this share of the key joints lies within so many lengths of the longest segment
of landmarks of the first is made of their limbs: all of them in a real sit-to-stand of one person."""
MIRRORED_DISTANCE = 0.2
"""Mean distance of the key joints, in lengths of the longest segment, at which a skeleton is found again in
the mirrored picture.  People: 0.02 to 0.05 (five samples, three moments each); a plant taken for a person in
9 looks of a real clip: not found again in 7, else 0.4 and 0.7 off."""
OTHER_SCORE = 0.5
"""Mean visibility and presence of the key joints a second person must have."""
OTHER_IN_PICTURE = 0.5
"""Share of the key joints that must be inside the picture."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is remembered of the subject.

    Attributes
    ----------
    hips_px : tuple[float, float] | None
        Where the middle of the hips was last seen; None = nobody is chosen.
    scale_px : float
        Length of the longest segment.
    seen_s : float
        When they were last seen.
    crowd_s : float
        When somebody else was last seen, minus infinity = never.
    misfit_s : float | None
        Since when somebody else has the wanted posture and the subject has not.
    since_s : float | None
        Since when anybody was there, where the user said who is wanted.
    settled : bool
        It is known whom the user wanted.
    home_px : tuple[float, float] | None
        Where the hips have been for the last seconds.
    """

    @property
    def away(self) -> bool:
        """Whether the subject has left the place where they were, or somebody led the tracking away."""
        if self.home_px is None or self.hips_px is None:
            return False
        return math.dist(self.hips_px, self.home_px) > AWAY * self.scale_px

    hips_px: tuple[float, float] | None = None
    scale_px: float = 1.0
    seen_s: float = 0.0
    crowd_s: float = float("-inf")
    misfit_s: float | None = None
    since_s: float | None = None
    settled: bool = False
    home_px: tuple[float, float] | None = None


def choose(
    state: Subject,
    candidates: Sequence[Candidate],
    time_s: float,
    frame_size: tuple[int, int],
    *,
    cut: bool = False,
    wanted_posture: BodyPosture | None = None,
    person: str | None = None,
    everyone: bool = True,
) -> tuple[Subject, int]:
    """Choose the subject in one picture.

    Parameters
    ----------
    state : Subject
        What is known from the pictures before.
    candidates : sequence of Candidate
        Everyone seen in this picture.
    time_s : float
        Time of the picture, seconds.
    frame_size : tuple[int, int]
        (width, height) in pixels.
    cut : bool
        Another shot begins with this picture.
    wanted_posture : {"lying", "upright"}, optional
        What the exercise needs; when unknown a lying person is preferred.
    person : str, optional
        Whom the user wants, as `formcheck.reading.Reading` says it.
    everyone : bool
        These are all who could be found, not only whoever is being followed.

    Returns
    -------
    Subject
        What to remember.
    int
        Index of the subject, -1 = not in the picture.
    """
    if cut:
        state = Subject()
    if not candidates:
        return state, -1
    if len(candidates) > 1:
        state = replace(state, crowd_s=time_s)
    wanted: BodyPosture = wanted_posture or "lying"
    if person is not None and not is_early(person, time_s):
        likely, points = _wanted(candidates, frame_size, person), person.startswith(AT)
        return _choose_person(state, candidates, time_s, wanted=likely, points=points, everyone=everyone)
    if state.hips_px is None or time_s - state.seen_s > LOST_S:
        return _seen(state, candidates, best(candidates, frame_size, wanted), time_s)
    kept = _nearest(state, candidates, time_s)
    if kept < 0 and len(candidates) == 1 and time_s - state.crowd_s > CROWD_S:
        kept = 0
    kept = _at_home(state, candidates, kept)
    state, successor = _hand_over(state, candidates, kept, time_s, wanted)
    if successor:
        kept, state = best(candidates, frame_size, wanted), replace(state, home_px=None)
    return _seen(state, candidates, kept, time_s)


def is_early(person: str, time_s: float) -> bool:
    """Whether the time at which somebody is pointed at has not come."""
    return person.startswith(AT) and time_s < place_of(person).time_s


def _choose_person(
    state: Subject,
    candidates: Sequence[Candidate],
    time_s: float,
    *,
    wanted: int,
    points: bool,
    everyone: bool,
) -> tuple[Subject, int]:
    """Stay with whom the user wants, who is one of the candidates until that is settled."""
    since_s = time_s if state.since_s is None else state.since_s
    state = replace(state, since_s=since_s, misfit_s=None)
    if not state.settled and everyone:
        settled = points or time_s - since_s >= SETTLED_S
        return _seen(replace(state, settled=settled, home_px=None), candidates, wanted, time_s)
    if state.hips_px is None:
        return _seen(state, candidates, wanted, time_s)
    kept = _nearest(state, candidates, time_s)
    if kept < 0 and time_s - state.seen_s > LOST_S:
        kept = _closest(candidates, state.hips_px)
    return _seen(state, candidates, _at_home(state, candidates, kept), time_s)


def _wanted(candidates: Sequence[Candidate], frame_size: tuple[int, int], person: str) -> int:
    """Return the index of whoever the user's words fit best."""
    if person == "largest":
        return max(range(len(candidates)), key=lambda i: longest_segment(candidates[i].image_px))
    if person in ("left", "right"):
        places = [_middles(one)[1][0] for one in candidates]
        leftmost = min(range(len(places)), key=places.__getitem__)
        return leftmost if person == "left" else max(range(len(places)), key=places.__getitem__)
    return _closest(candidates, place_of(person).in_px(frame_size))


def _closest(candidates: Sequence[Candidate], place: tuple[float, float]) -> int:
    """Return the index of whoever has a part of the body nearest to a place."""
    away = [min(math.dist(middle, place) for middle in _middles(one)) for one in candidates]
    return min(range(len(away)), key=away.__getitem__)


def best(candidates: Sequence[Candidate], frame_size: tuple[int, int], wanted: BodyPosture) -> int:
    """Return the index of the most likely subject among people seen for the first time."""
    return max(
        range(len(candidates)),
        key=lambda i: (posture_of(candidates[i]) == wanted, prominence(candidates[i], frame_size)),
    )


def prominence(candidate: Candidate, frame_size: tuple[int, int]) -> float:
    """Return how large, central and whole somebody is in the picture, 0 to about 1."""
    size = np.array(frame_size, dtype=np.float64)
    joints = candidate.image_px[SEGMENT_JOINTS].astype(np.float64)
    reach = float(np.hypot(*(np.ptp(joints, axis=0) / size.max())))
    off_centre = float(np.hypot(*((joints.mean(axis=0) - size / 2) / size)))
    return reach * (1.0 - min(off_centre, 0.5)) * share_in_picture(candidate, frame_size) ** 2


def posture_of(candidate: Candidate) -> BodyPosture | None:
    """Return how somebody is placed in the picture; None when that cannot be said.

    From the foot or head end a lying trunk is foreshortened and its direction says little.
    """
    shoulders, hips, _, ankles = _middles(candidate)
    length = max(math.dist(shoulders, hips), 1.0)
    from_vertical = math.degrees(math.atan2(abs(shoulders[0] - hips[0]), hips[1] - shoulders[1]))
    if from_vertical >= LYING_TRUNK_DEG and ankles[1] - hips[1] <= LYING_ANKLES * length:
        return "lying"
    return "upright" if from_vertical <= UPRIGHT_TRUNK_DEG else None


def share_in_picture(candidate: Candidate, frame_size: tuple[int, int]) -> float:
    """Return the share of the key joints that are inside the picture, 0 to 1."""
    joints = candidate.image_px[SEGMENT_JOINTS]
    return float(np.mean(np.all((joints >= 0) & (joints <= np.array(frame_size)), axis=1)))


def is_another_person(other: Candidate, known: Candidate, frame_size: tuple[int, int]) -> bool:
    """Return whether a second skeleton is a person of their own.

    Not when it is the same person again, one of their limbs taken for a body, or an unlikely figure.
    """
    scores = min(float(other.visibility[SEGMENT_JOINTS].mean()), float(other.presence[SEGMENT_JOINTS].mean()))
    return (
        scores >= OTHER_SCORE
        and share_in_picture(other, frame_size) >= OTHER_IN_PICTURE
        and not same_person(other, known)
        and not _is_part_of(other, known)
    )


def same_person(one: Candidate, other: Candidate) -> bool:
    """Return whether two skeletons lie on each other, their sides perhaps swapped."""
    apart = [math.dist(a, b) for a, b in zip(_middles(one), _middles(other), strict=True)]
    scale = max(longest_segment(one.image_px), longest_segment(other.image_px))
    return sum(apart) / len(apart) < SAME_DISTANCE * scale


def found_again(one: Candidate, others: Sequence[Candidate], width: int) -> bool:
    """Return whether a skeleton was found in the mirrored picture as well.

    A body is the same body in a mirror.  What the model makes of a plant, a coat or a shadow is not.

    Parameters
    ----------
    one : Candidate
    others : sequence of Candidate
        Who was found in the mirrored picture.
    width : int
        Of the picture, in pixels.
    """
    joints, scale = one.image_px[SEGMENT_JOINTS], longest_segment(one.image_px)
    for other in others:
        mirrored = other.image_px[list(MIRROR_ORDER)][SEGMENT_JOINTS]
        apart = np.hypot(width - mirrored[:, 0] - joints[:, 0], mirrored[:, 1] - joints[:, 1])
        if float(apart.mean()) <= MIRRORED_DISTANCE * scale:
            return True
    return False


def _is_part_of(other: Candidate, known: Candidate) -> bool:
    key_joints, joints = other.image_px[SEGMENT_JOINTS], known.image_px
    middle, scale = key_joints.mean(axis=0), longest_segment(joints)
    apart = np.linalg.norm(key_joints[:, None] - joints[None], axis=2).min(axis=1)
    if float(np.mean(apart <= PART_NEAR * scale)) >= PART_SHARE:
        return True
    low, high = joints.min(axis=0) - scale / 2, joints.max(axis=0) + scale / 2
    on_top = bool(np.all((middle >= low) & (middle <= high)))
    return on_top and longest_segment(other.image_px) < OTHER_SIZE * scale


def _middles(candidate: Candidate) -> list[tuple[float, float]]:
    """Return the middles of shoulders, hips, knees and ankles (plain floats: it runs for every frame)."""
    joints = candidate.image_px[SEGMENT_JOINTS].tolist()
    pairs = zip(joints[::2], joints[1::2], strict=True)
    return [((left[0] + right[0]) / 2, (left[1] + right[1]) / 2) for left, right in pairs]


def _seen(state: Subject, candidates: Sequence[Candidate], index: int, time_s: float) -> tuple[Subject, int]:
    if index < 0:
        return state, index
    scale, hips = longest_segment(candidates[index].image_px), _middles(candidates[index])[1]
    home, dt_s = state.home_px, time_s - state.seen_s
    if home is None or dt_s > LOST_S:
        home = hips
    else:
        share = 1.0 - math.exp(-max(dt_s, 0.0) / HOME_S)
        home = home[0] + share * (hips[0] - home[0]), home[1] + share * (hips[1] - home[1])
    return replace(state, hips_px=hips, scale_px=scale, seen_s=time_s, home_px=home), index


def _at_home(state: Subject, candidates: Sequence[Candidate], kept: int) -> int:
    """Return who is where the subject was, if whoever is kept has gone from there; else who is kept."""
    if kept < 0 or state.home_px is None or len(candidates) < 2:
        return kept
    reach = REACH * state.scale_px
    away = [math.dist(_middles(one)[1], state.home_px) for one in candidates]
    nearest = min(range(len(away)), key=away.__getitem__)
    ratio = longest_segment(candidates[nearest].image_px) / state.scale_px
    fits = away[nearest] <= reach and 1 / SCALE_RATIO <= ratio <= SCALE_RATIO
    return nearest if fits and away[kept] > AWAY * state.scale_px else kept


def _nearest(state: Subject, candidates: Sequence[Candidate], time_s: float) -> int:
    """Return the index of whoever is where the subject was, -1 = nobody."""
    assert state.hips_px is not None
    unseen_s = max(time_s - state.seen_s, 0.0)
    reach = min(REACH + REACH_PER_S * unseen_s, REACH_MOST) * state.scale_px
    distances = [math.dist(_middles(one)[1], state.hips_px) for one in candidates]
    nearest = min(range(len(candidates)), key=distances.__getitem__)
    ratio = longest_segment(candidates[nearest].image_px) / state.scale_px
    fits = distances[nearest] <= reach and 1 / SCALE_RATIO <= ratio <= SCALE_RATIO
    return nearest if fits else -1


def _hand_over(
    state: Subject, candidates: Sequence[Candidate], kept: int, time_s: float, wanted: BodyPosture
) -> tuple[Subject, bool]:
    """Say whether the subject gives way to somebody in the wanted posture, being clearly in the other one."""
    postures = [posture_of(one) for one in candidates]
    fits = kept >= 0 and postures[kept] in {wanted, None}
    if fits or (len(candidates) > 1 and wanted not in postures):
        return replace(state, misfit_s=None), False
    if kept < 0 or wanted not in postures:
        return state, False
    since_s = time_s if state.misfit_s is None else state.misfit_s
    if time_s - since_s < MISFIT_S:
        return replace(state, misfit_s=since_s), False
    return replace(state, misfit_s=None), True

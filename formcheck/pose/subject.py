"""Who of several people is the one exercising: by posture, then continuity; pure functions.

Nobody lies down on the floor by accident, and a therapist stands or kneels beside the patient: so a lying
person is preferred to an upright one unless an upright exercise is wanted.  Among equals it is the largest,
most central person who is whole in the picture.  Once chosen, a subject is kept by where the hips are;
they are chosen anew after a cut and after a loss of more than `LOST_S`, and they lose to somebody in the
wanted posture while they themselves are clearly in the other one (the tracking had drifted to the helper,
or the helper was in the picture first).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from formcheck.pose.picture import SEGMENT_JOINTS, longest_segment
from formcheck.pose.sighting import Candidate

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

# --- who counts as another person ---------------------------------------------------------------------
SAME_DISTANCE = 0.5
"""Mean distance of shoulders, hips, knees and ankles, in lengths of the longest segment, below which two
skeletons are one person; two people beside each other are 1 or more apart."""
OTHER_SIZE = 0.4
"""A second skeleton smaller than this share of the first, and on top of it, is a limb of the first taken
for a person."""
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
    """

    hips_px: tuple[float, float] | None = None
    scale_px: float = 1.0
    seen_s: float = 0.0
    crowd_s: float = float("-inf")
    misfit_s: float | None = None


def choose(
    state: Subject,
    candidates: Sequence[Candidate],
    time_s: float,
    frame_size: tuple[int, int],
    *,
    cut: bool = False,
    wanted_posture: BodyPosture | None = None,
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
    if state.hips_px is None or time_s - state.seen_s > LOST_S:
        return _seen(state, candidates, best(candidates, frame_size, wanted), time_s)
    kept = _nearest(state, candidates, time_s)
    if kept < 0 and len(candidates) == 1 and time_s - state.crowd_s > CROWD_S:
        kept = 0
    state, successor = _hand_over(state, candidates, kept, time_s, wanted)
    if successor:
        kept = best(candidates, frame_size, wanted)
    return _seen(state, candidates, kept, time_s)


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


def _is_part_of(other: Candidate, known: Candidate) -> bool:
    middle, joints = other.image_px[SEGMENT_JOINTS].mean(axis=0), known.image_px
    scale = longest_segment(joints)
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
    scale = longest_segment(candidates[index].image_px)
    return replace(state, hips_px=_middles(candidates[index])[1], scale_px=scale, seen_s=time_s), index


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

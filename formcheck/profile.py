"""The plan to judge by: targets, ceilings, doses, and which form checks speak.

Plain frozen records; `formcheck.profile_file` reads and writes them as TOML, nothing here opens a file.
Targets and ceilings are absolute (anatomical neutral 0); they never decide a count.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

from formcheck.results import Severity


@dataclass(frozen=True, slots=True)
class CheckSetting:
    """What a profile changes about one form check.

    Attributes
    ----------
    enabled : bool
        Off: the check answers ``not_assessed``, "off in this profile".
    limit : float | None
        Replaces the limit from which the check speaks, in its own unit; a stronger limit keeps its distance.
    severity : Severity | None
        Replaces the severity, whatever limit was crossed.
    """

    enabled: bool = True
    limit: float | None = None
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class ExercisePlan:
    """One exercise block of a profile.

    Attributes
    ----------
    target : float
        What a full repetition reaches: squat knee flexion (deg), bridge hip flexion at the top (deg, at
        most), clamshell knee rise (thigh lengths), march thigh elevation above rest (deg).
    ceilings : Mapping[str, float]
        By measure (``hip_flexion``, ``knee_flexion``, ...), in its unit: what must not be exceeded.
    comfort_caps : Mapping[str, float]
        By measure: what is better not exceeded (``too_deep``, ``too_high``).
    sets, repetitions : int | None
        The dose; None = not prescribed.
    rest_s : float | None
        Between two sets; None = not prescribed.
    hold_s : float | None
        The prescribed hold at the end position; None = no hold prescribed.
    tempo_s : tuple[float, float] | None
        Seconds for the way out and the way back, to pace by.
    max_lifts_per_min : float | None
        March: the fastest pace; None = the check's own limit.
    alternate : bool
        March: the legs must take turns.
    side : str
        ``left``, ``right``, ``both`` or ``auto``.
    checks : Mapping[str, CheckSetting]
        By fault code; what is not named stays as it is.
    """

    target: float
    ceilings: Mapping[str, float] = field(default_factory=dict)
    comfort_caps: Mapping[str, float] = field(default_factory=dict)
    sets: int | None = None
    repetitions: int | None = None
    rest_s: float | None = None
    hold_s: float | None = None
    tempo_s: tuple[float, float] | None = None
    max_lifts_per_min: float | None = None
    alternate: bool = False
    side: str = "auto"
    checks: Mapping[str, CheckSetting] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Profile:
    """A named plan for every exercise.

    Attributes
    ----------
    name : str
    plans : Mapping[str, ExercisePlan]
        By exercise; every exercise has one.
    affected_side : str | None
        ``left``, ``right``, ``both``, ``none``; None = not told.
    own_target : bool
        Targets are 90 % of the median of the person's first three repetitions, not those of the plans.
    """

    name: str
    plans: Mapping[str, ExercisePlan]
    affected_side: str | None = None
    own_target: bool = False

    @property
    def sha256(self) -> str:
        """Hash of everything the profile says; comments and order do not change it."""
        text = json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def _plans(squat: float, bridge: float, clamshell: float, march: float) -> dict[str, ExercisePlan]:
    return {
        "squat": ExercisePlan(squat),
        "bridge": ExercisePlan(bridge),
        "clamshell": ExercisePlan(clamshell),
        "seated_march": ExercisePlan(march),
    }


STANDARD = Profile("standard", _plans(70.0, 10.0, 0.35, 15.0))
"""Lower end of the standard column of the clinical table (product definition)."""
GENTLE = Profile("gentle", _plans(60.0, 20.0, 0.22, 8.0))
"""For a careful start: the beginner column (product definition)."""
OWN = Profile("own", _plans(70.0, 10.0, 0.35, 15.0), own_target=True)
"""The person's own range of today is the target (product definition)."""
BUILT_IN: Mapping[str, Profile] = {profile.name: profile for profile in (STANDARD, GENTLE, OWN)}

TARGET_FROM: Mapping[str, float] = {"squat": 0.0, "bridge": 50.0, "clamshell": 0.0, "seated_march": 0.0}
"""Where the way to the target begins, in its unit: the usual value at rest (clinical 1.1 to 1.4; lying for a
bridge the hips are bent by 40 to 60 degrees)."""
SMALLEST_TARGET: Mapping[str, float] = {
    "squat": 30.0,
    "bridge": 32.0,
    "clamshell": 0.15,
    "seated_march": 6.0,
}
"""The smallest movement that counts as a repetition (clinical 1, minimum excursion), as a target: nobody is
asked for one that would not count."""


def eased(plan: ExercisePlan, exercise: str, share: float) -> ExercisePlan:
    """Return the plan with a share of its target range, for somebody who does it smaller today.

    Ceilings, comfort caps and checks stay.  The target is not set below the smallest movement that counts.

    Parameters
    ----------
    plan : ExercisePlan
    exercise : str
    share : float
        Of the way from rest to the target, over 0 to 1; 1 = the plan as it is.
    """
    if share >= 1.0:
        return plan
    rest, least = TARGET_FROM[exercise], SMALLEST_TARGET[exercise]
    target = rest + share * (plan.target - rest)
    if plan.target >= rest:
        target = max(target, min(least, plan.target))
    else:
        target = min(target, max(least, plan.target))
    return replace(plan, target=target)


CEILINGS: Mapping[str, Mapping[str, tuple[float, float]]] = {
    "squat": {"hip_flexion": (10.0, 160.0), "knee_flexion": (10.0, 170.0)},
    "bridge": {"hip_extension": (-45.0, 40.0), "knee_flexion": (10.0, 170.0)},
    "clamshell": {"knee_rise": (0.1, 1.2)},
    "seated_march": {"hip_flexion": (10.0, 160.0), "thigh_elevation": (1.0, 80.0)},
}
"""Measures that a ceiling or comfort cap may name, and between which values (degrees, knee rise in thigh
lengths).  Clamshells get no degrees: the camera sees those angles edge-on."""

"""Seated march: one knee at a time is lifted from a chair."""

import math

from formcheck.exercises.guards import GUARD, time_guard
from formcheck.exercises.spec import (
    Against,
    Channel,
    Exercise,
    FaultRule,
    FromPlan,
    Gate,
    Legs,
    Limit,
    Of,
    Reported,
    Statistic,
    When,
)
from formcheck.reps import RepCycle
from formcheck.results import Posture, Severity, ViewLabel

_NOT_SIDE = (ViewLabel.OBLIQUE, ViewLabel.FRONT, ViewLabel.BACK)
_ANY = (ViewLabel.SIDE, *_NOT_SIDE)
_SOURCE = "clinical 1.2: knee rise 0.10 shank lengths (6 deg); 0.3 s"
_SIDE, _FRONT = (ViewLabel.SIDE,), (ViewLabel.FRONT,)
_FACING = (ViewLabel.FRONT, ViewLabel.OBLIQUE)
_LEAST_DEG = 2.0
"""A thigh that rose by less than a third of the smallest lift was not lifted: the other knee sank."""
_SQUARE_DEG = 25.0
"""Largest yaw off a front view at which a lean to the side is one."""


def knee_rise_at(thigh_deg: float) -> float:
    """Return the knee's rise in shank lengths for a thigh lifted by this angle (clinical 1.2)."""
    return math.sin(math.radians(thigh_deg))


RULES = (
    FaultRule(
        "lean_back",
        "trunk_inclination",
        Of.BODY,
        "deg",
        (Limit(-8.0, -5.0, Severity.IMPROVE), Limit(-14.0, -11.0, Severity.CORRECT)),
        _SIDE,
        above=False,
        against=Against.REST,
        landmarks=("shoulder", "hip"),
        error=GUARD["trunk_inclination"],
        evidence="clinical 2.2 [D]: the main substitution; healthy people round the back by 3 deg [V#31]",
    ),
    FaultRule(
        "slump",
        "trunk_length",
        Of.BODY,
        "ratio",
        (Limit(0.93, 0.96, Severity.IMPROVE),),
        _FRONT,
        above=False,
        against=Against.REST_SHARE,
        min_duration_s=2.0,
        landmarks=("shoulder", "hip"),
        max_off_deg=_SQUARE_DEG,
        error=GUARD["trunk_length"],
        evidence="clinical 2.2 [D]: the trunk looks shorter than at rest; leaning towards the camera does "
        "that too",
    ),
    FaultRule(
        "lateral_sway",
        "trunk_lateral_lean",
        Of.BODY,
        "deg",
        (Limit(7.0, 4.0, Severity.IMPROVE), Limit(14.0, 11.0, Severity.CORRECT)),
        _FRONT,
        against=Against.REST_EITHER_WAY,
        landmarks=("shoulder", "hip"),
        max_off_deg=_SQUARE_DEG,
        error=GUARD["trunk_lateral_lean"],
        evidence="clinical 2.2 [D]; the strong limit is that of leaning back [D]",
    ),
    FaultRule(
        "low_lift",
        "range",
        Of.WORKING,
        "deg",
        (Limit(0.8, 0.8, Severity.IMPROVE),),
        _SIDE,
        above=False,
        when=When.AT_END,
        from_plan=FromPlan.TARGET,
        error=2.0,
        evidence="product definition: 80 % of the target lift, less the error of thigh elevation from the "
        "side (0.8 deg mean, 2 deg at most of 95 % [M]); healthy people lift 21 deg [V#31]",
    ),
    FaultRule(
        "low_lift",
        "range",
        Of.WORKING,
        "ratio",
        (Limit(0.8, 0.8, Severity.IMPROVE),),
        (ViewLabel.FRONT,),
        above=False,
        when=When.AT_END,
        from_plan=FromPlan.TARGET,
        scaled=knee_rise_at,
        error=0.03,
        evidence="as from the side, the thigh's angle turned into the knee's rise [C]",
    ),
    FaultRule(
        "too_high",
        "hip_flexion",
        Of.WORKING,
        "deg",
        (),
        _SIDE,
        min_duration_s=0.2,
        landmarks=("shoulder", "hip", "knee"),
        from_plan=FromPlan.COMFORT_CAP,
        plan_key="hip_flexion",
        evidence="the profile's comfort cap",
    ),
    FaultRule(
        "fast_drop",
        "return_time",
        Of.WORKING,
        "s",
        (Limit(0.35, 0.35, Severity.IMPROVE),),
        _ANY,
        above=False,
        when=When.AT_END,
        min_rate_hz=24.0,
        error=time_guard(0.35),
        evidence="clinical 2.2 [D]: the foot is down in under 0.35 s",
    ),
    FaultRule(
        "rushing",
        "lift_rate",
        Of.WORKING,
        "per_min",
        (Limit(100.0, 100.0, Severity.IMPROVE),),
        _ANY,
        when=When.AT_END,
        from_plan=FromPlan.PACE,
        error=GUARD["lift_rate"],
        evidence="clinical corrections: above 100 lifts a minute over six lifts; leaflets ask for a steady "
        "rhythm [V#74]",
    ),
    FaultRule(
        "missed_alternation",
        "same_leg_lifts",
        Of.WORKING,
        "lifts",
        (Limit(2.0, 2.0, Severity.LOG),),
        _FACING,
        when=When.AT_END,
        evidence="clinical 2.2: the third lift of the same leg in a row; `improve` when the profile asks to "
        "alternate",
    ),
    *(
        FaultRule(
            "range_limit",
            measure,
            Of.WORKING,
            "deg",
            (),
            _SIDE,
            against=against,
            min_duration_s=0.1,
            landmarks=("shoulder", "hip", "knee"),
            from_plan=FromPlan.CEILING,
            plan_key=measure,
            error=error,
            evidence="the profile's ceiling, passed by more than the error of the angle from the side",
        )
        for measure, against, error in (
            ("hip_flexion", Against.NEUTRAL, 4.0),
            ("thigh_elevation", Against.REST, 2.0),
        )
    ),
)

SEATED_MARCH = Exercise(
    name="seated_march",
    title="Seated march",
    legs=Legs.EACH,
    postures=(Posture.SEATED, Posture.STANDING),
    channels=(
        Channel("knee_rise", Of.WORKING, (ViewLabel.SIDE,), RepCycle(0.10, -0.7, 0.5, 0.3, source=_SOURCE)),
        Channel(
            "knee_lead",
            Of.WORKING_OVER_OTHER,
            _NOT_SIDE,
            RepCycle(0.10, -0.6, 0.6, 0.3, still_within=0.10, source=_SOURCE),
        ),
    ),
    reported=(
        Reported(
            "thigh_elevation",
            "thigh_elevation",
            Of.WORKING,
            "deg",
            (ViewLabel.SIDE,),
            least_range=_LEAST_DEG,
            near_only=True,
        ),
        Reported("knee_rise", "knee_rise", Of.WORKING, "ratio", _ANY, least_range=knee_rise_at(_LEAST_DEG)),
    ),
    gates=(
        Gate(
            "knee_flexion_3d",
            Of.WORKING,
            Statistic.AT_PEAK,
            "the knee straightened: a leg extension",
            low=40.0,
            source="marching knees keep 70 deg and more",
        ),
        Gate(
            "knee_rise",
            Of.WORKING,
            Statistic.AT_START,
            "the thigh is not level at rest",
            low=-0.7,
            high=0.5,
            source="seated thighs stay within 30 deg of level, seen from 20 deg above or below",
        ),
        Gate(
            "hip_drop",
            Of.BODY,
            Statistic.AT_START,
            "standing, not seated",
            low=0.2,
            start_unseen=(0.35, float("inf")),
            source="seated people read 0.36 to 0.67, standing 0.02 to 0.1",
        ),
        Gate(
            "trunk_over_feet",
            Of.BODY,
            Statistic.AT_START,
            "standing over the feet, not seated",
            high=-0.15,
            source="balance: seated people read -0.38 to -1.1 thigh lengths, squats -0.2 and more",
        ),
        Gate(
            "hip_drop",
            Of.BODY,
            Statistic.CHANGE,
            "the hips moved: a squat or getting up",
            high=0.25,
            source="marching lowers the hips by less than 0.1 leg lengths against the standing foot",
        ),
    ),
    needs="knee_rise",
    codes=(
        "lean_back",
        "slump",
        "lateral_sway",
        "low_lift",
        "too_high",
        "pelvic_hike",
        "fast_drop",
        "rushing",
        "missed_alternation",
        "range_limit",
    ),
    rules=RULES,
    unseen=(
        (
            "pelvic_hike",
            "the pelvis is not seen well enough: the model tilts it by 6 deg with every lifted knee",
        ),
    ),
)

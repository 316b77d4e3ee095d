"""What a profile says, in plain words for a physical therapist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from formcheck.exercises import EXERCISES
from formcheck.exercises.spec import Legs
from formcheck.profile import CheckSetting, ExercisePlan, Profile
from formcheck.report.exercise_text import title_of
from formcheck.report.text import printable
from formcheck.report.words import CHECK_WORDS

TARGET_WORDS: Mapping[str, str] = {
    "squat": "the knees bend to {target:g} degrees",
    "bridge": "the hips open until at most {target:g} degrees of bend are left",
    "clamshell": "the upper knee rises by {target:g} thigh lengths",
    "seated_march": "the thigh lifts by {target:g} degrees",
}
OWN_TARGET = "90 % of the median of the person's first three repetitions"
MEASURE_WORDS: Mapping[str, str] = {
    "hip_flexion": "hip bend (trunk-thigh) {value:g} degrees",
    "knee_flexion": "knee bend {value:g} degrees",
    "hip_extension": "hip {value:g} degrees past the straight line",
    "knee_rise": "rise of the upper knee {value:g} thigh lengths",
    "thigh_elevation": "lift of the thigh {value:g} degrees",
}
AFFECTED_WORDS: Mapping[str | None, str] = {
    None: "not told",
    "none": "none",
    "left": "left",
    "right": "right",
    "both": "both",
}


def profile_text(profile: Profile) -> str:
    """Return what a profile means for each exercise, and its hash."""
    lines = [f"Profile {printable(profile.name)}", f"Sore side: {AFFECTED_WORDS[profile.affected_side]}"]
    for exercise, plan in profile.plans.items():
        lines += ["", title_of(exercise)]
        lines += [f"  {line}" for line in _plan_lines(exercise, plan, profile.own_target)]
    return "\n".join([*lines, "", f"SHA-256 {profile.sha256}", ""])


def _plan_lines(exercise: str, plan: ExercisePlan, own_target: bool) -> Iterator[str]:
    yield f"Target: {OWN_TARGET if own_target else TARGET_WORDS[exercise].format(target=plan.target)}"
    yield f"Not to be passed: {_bounds(plan.ceilings)}"
    if plan.comfort_caps:
        yield f"Better not passed: {_bounds(plan.comfort_caps)}"
    yield f"Dose: {', '.join(_dose(plan)) or 'not prescribed'}"
    if plan.side != "auto":
        no_difference = plan.side != "both" and EXERCISES[exercise].legs is Legs.TOGETHER
        yield f"Side: {plan.side}{' (both legs work here, so it changes nothing)' if no_difference else ''}"
    if plan.alternate:
        yield "The legs take turns"
    yield from _check_lines(plan.checks)


def _bounds(bounds: Mapping[str, float]) -> str:
    return ", ".join(_bound(name, value) for name, value in bounds.items()) or "nothing"


def _bound(name: str, value: float) -> str:
    if name == "hip_extension" and value < 0:
        return f"hip {-value:g} degrees before the straight line"
    return MEASURE_WORDS[name].format(value=value)


def _dose(plan: ExercisePlan) -> Iterator[str]:
    if plan.sets is not None:
        yield _counted(plan.sets, "set")
    if plan.repetitions is not None:
        yield _counted(plan.repetitions, "repetition") + (" each" if plan.sets else "")
    if plan.rest_s is not None:
        yield f"rest {plan.rest_s:g} s between sets"
    if plan.hold_s is not None:
        yield f"hold {plan.hold_s:g} s"
    if plan.tempo_s is not None:
        yield f"{plan.tempo_s[0]:g} s out and {plan.tempo_s[1]:g} s back"
    if plan.max_lifts_per_min is not None:
        yield f"at most {plan.max_lifts_per_min:g} lifts a minute"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _check_lines(checks: Mapping[str, CheckSetting]) -> Iterator[str]:
    off = [_named(code) for code, setting in checks.items() if not setting.enabled]
    if off:
        yield f"Checks switched off: {', '.join(off)}"
    changed = [f"{_named(code)} {_change(setting)}" for code, setting in checks.items() if _change(setting)]
    if changed:
        yield f"Checks changed: {', '.join(changed)}"
    if not checks:
        yield "Checks: as usual"


def _named(code: str) -> str:
    return f"{code} ({CHECK_WORDS.get(code, code)})"


def _change(setting: CheckSetting) -> str:
    if not setting.enabled:
        return ""
    limit = "" if setting.limit is None else f"from {setting.limit:g}"
    severity = "" if setting.severity is None else f"as {setting.severity}"
    return " ".join(part for part in (limit, severity) if part)

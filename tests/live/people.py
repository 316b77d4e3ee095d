"""A synthetic person who listens: plays motions in answer to what the coach does.

A person is a generator: it is given the coach and yields clips; each is seen by the real analyser, and the
coach's acts are written down.  The next clip is asked for only after the last one has been heard out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from formcheck.analyser import Analyser
from formcheck.live.acts import Act, Ended, Kind, Say, Screen, Sound
from formcheck.live.coach import Coach, Stage
from formcheck.live.inputs import Input, Keyboard
from formcheck.pose.skeleton import Pose, Side, no_pose
from formcheck.results import Event, Summary
from tests import synthetic
from tests.exercises.watched import amplitudes_of, usual
from tests.synthetic import Camera, Tempo
from tests.synthetic.clip import Clip, render

RATE_HZ = 12.0
SIZE = (640, 480)
CALM = Tempo(1.4, 0.3, 1.3, 0.6)
CAMERAS = {
    "squat": Camera(azimuth_deg=90, distance_m=3.0, aim_m=(0.0, 0.0, 0.85)),
    "bridge": Camera(azimuth_deg=90, height_m=0.5, distance_m=2.5, aim_m=(0.0, 0.0, 0.3)),
    "clamshell": Camera(azimuth_deg=0, height_m=0.95, distance_m=1.9),
    "seated_march": Camera(azimuth_deg=0, height_m=0.9, distance_m=2.4, aim_m=(0.0, 0.0, 0.7)),
}
Person = Iterator["Clip | list[Pose] | str | Input"]


@dataclass
class Heard:
    """What came out of a session."""

    acts: list[tuple[float, Act]] = field(default_factory=list)
    stages: list[tuple[float, Stage]] = field(default_factory=list)
    coach: Coach | None = None
    poses: list[Pose] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    analyser: Analyser | None = None

    def finish(self) -> Summary:
        """End the session; return what the engine counted."""
        self.coach.close()
        self.analyser.counting = self.coach.counting if self.coach.coaching else None
        return self.analyser.finish()

    def said(self, kind: Kind | None = None) -> list[str]:
        return [a.text for _, a in self.acts if isinstance(a, Say) and kind in (None, a.kind)]

    def when(self, text: str) -> float:
        return next(t for t, a in self.acts if isinstance(a, Say) and text in a.text)

    def tones(self) -> list[str]:
        return [a.tone.value for _, a in self.acts if isinstance(a, Sound)]

    def screens(self) -> list[Screen]:
        return [a for _, a in self.acts if isinstance(a, Screen)]

    @property
    def ended(self) -> str | None:
        return next((a.reason for _, a in self.acts if isinstance(a, Ended)), None)


def session(
    coach: Coach,
    person: Callable[[Coach], Person],
    *,
    brightness: float | None = 120.0,
    limit_s: float = 900.0,
) -> Heard:
    """Let the person do a session; strings that it yields are keys, pressed before the next clip."""
    analyser = Analyser(coach.exercise, counting=() if coach.coaching else None)
    heard = Heard(coach=coach, analyser=analyser)
    _play(heard, person, brightness, limit_s)
    return heard


def _play(heard, person, brightness, limit_s) -> None:
    coach, analyser = heard.coach, heard.analyser
    exercise, now, given, step_s = coach.exercise, 0.0, [], 1.0 / RATE_HZ
    keyboard = Keyboard()
    for part in person(coach):
        if isinstance(part, str):
            screens = heard.screens()
            given += keyboard.inputs([part], screens[-1].question if screens else None)
            continue
        if isinstance(part, Input):
            given.append(part)
            continue
        for pose in part.poses if isinstance(part, Clip) else part:
            heard.poses.append(replace(pose, time_s=now))
            snapshot = analyser.step(heard.poses[-1])
            heard.events += snapshot.events
            acts = coach.step(snapshot, brightness=brightness, inputs=given)
            given = []
            if coach.exercise != exercise:
                exercise = coach.exercise
                analyser.take_up(exercise, now)
            analyser.counting = coach.counting if coach.coaching else None
            heard.acts += [(now, act) for act in acts]
            if not heard.stages or heard.stages[-1][1] is not coach.stage:
                heard.stages.append((now, coach.stage))
            now += step_s
            if coach.stage is Stage.ENDED or now > limit_s:
                return


# Motions


def moving(exercise: str, amplitudes, **more) -> Clip:
    """Return repetitions without waiting before or after."""
    options = {"noise": usual(), "rate_hz": RATE_HZ, "tempo": CALM, "lead_s": 0.3, "tail_s": 0.3}
    return getattr(synthetic, exercise)(amplitudes, **(options | {"camera": CAMERAS[exercise]} | more))


@lru_cache(maxsize=256)
def waiting(exercise: str, seconds: float = 1.0, **more) -> Clip:
    """Return the start posture, held."""
    return moving(exercise, (), lead_s=seconds, tail_s=0.0, **more)


def gone(seconds: float) -> list[Pose]:
    return [no_pose(i / RATE_HZ, SIZE) for i in range(int(seconds * RATE_HZ))]


def until(coach: Coach, *stages: Stage, exercise: str, **more) -> Person:
    """Wait in the start posture until the coach gets there."""
    while coach.stage not in stages:
        yield waiting(exercise, 0.5, **more)


def willing(exercise: str, amplitudes, **more) -> Callable[[Coach], Person]:
    """Return somebody who does as told: waits for the word, one repetition after the other in each set."""

    def person(coach: Coach) -> Person:
        while True:
            if coach.stage is Stage.SET:
                for index, amplitude in enumerate(amplitudes):
                    if coach.stage is not Stage.SET:
                        break
                    yield from rep(exercise, amplitude, index, **more)
            yield waiting(exercise, 0.5, **more)

    return person


def rep(exercise: str, amplitude: float, index: int = 9, **more) -> Person:
    """Do one repetition; the first two of a set after the coach's word."""
    if index < 2:
        yield waiting(exercise, 1.6, **{k: v for k, v in more.items() if k in ("camera", "top", "noise")})
    if exercise == "seated_march" and index % 2:
        more = {"sides": "R", **more}
    yield moving(exercise, amplitudes_of(exercise, [amplitude]), **more)


def arm_up(exercise: str, seconds: float, side: Side = Side.LEFT, **more) -> Clip:
    """Return the start posture with one arm straight up: to the ceiling when lying."""
    clip = waiting(exercise, seconds, **more)
    degrees = {
        "squat": (175.0, 5.0, 3.0),
        "bridge": (92.0, 3.0, 3.0),
        "clamshell": (5.0, 88.0, 3.0),
        "seated_march": (172.0, 5.0, 3.0),
    }[exercise]
    names = ("shoulder_flexion", "shoulder_abduction", "elbow_flexion")
    up = {
        f"{name}_{side}": value + 0 * clip.truth.times_s for name, value in zip(names, degrees, strict=True)
    }
    return filmed_again(clip, up)


def filmed_again(clip: Clip, change: dict[str, Any]) -> Clip:
    truth = clip.truth
    return render(
        truth.posture | change,
        truth.times_s,
        truth.body,
        truth.camera,
        truth.noise,
        repetitions=truth.repetitions,
        segments=truth.segments,
    )

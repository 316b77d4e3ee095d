"""One whole session for each exercise, as it may go at home."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from formcheck.live.coach import Coach, Stage
from formcheck.pose.skeleton import Side
from tests.exercises.watched import HALF
from tests.live.people import CAMERAS, Heard, Person, arm_up, gone, rep, session, until, waiting
from tests.synthetic import Camera, Tempo

FRONT = Camera(azimuth_deg=0, distance_m=3.2, aim_m=(0.0, 0.0, 0.85))


def answered(pain: int) -> Person:
    """Press the keys for the questions at the beginning."""
    yield "enter"
    yield gone(1.0)
    for key in ["up"] * pain or ["0"]:
        yield key
        yield gone(0.7)
    yield "enter"
    yield gone(0.5)


def squat_person(coach: Coach) -> Person:
    """Faces the laptop first; a short one; leaves and comes back; knees in; pauses; ends because of pain."""
    yield gone(2.0)
    yield from answered(2)
    while coach.stage is not Stage.SETUP:
        yield gone(0.5)
    yield gone(6.0)
    yield waiting("squat", 6.0, camera=FRONT)
    yield from until(coach, Stage.SET, exercise="squat")
    for index, amplitude in enumerate((1.0, 1.0, HALF)):
        yield from rep("squat", amplitude, index)
    yield gone(6.0)
    yield from until(coach, Stage.SET, exercise="squat")
    for _ in range(2):
        yield from rep("squat", 1.0)
    while coach.stage is Stage.REST:
        yield waiting("squat", 0.5, camera=FRONT)
    yield from until(coach, Stage.SET, exercise="squat", camera=FRONT)
    for index, inward in enumerate((25.0, 25.0, 0.0)):
        yield from rep("squat", 1.0, index, knee_in_deg=inward, camera=FRONT)
    yield arm_up("squat", 2.0, camera=FRONT)
    yield waiting("squat", 5.0, camera=FRONT)
    yield arm_up("squat", 2.0, camera=FRONT)
    yield waiting("squat", 3.0, camera=FRONT)
    yield arm_up("squat", 4.4, camera=FRONT)
    yield waiting("squat", 3.0, camera=FRONT)
    yield arm_up("squat", 2.0, camera=FRONT)
    while coach.stage is not Stage.PAIN_AFTER:
        yield waiting("squat", 0.5, camera=FRONT)
    yield waiting("squat", 6.0, camera=FRONT)
    for _ in range(4):
        yield "up"
        yield waiting("squat", 0.7, camera=FRONT)
    yield "enter"
    while True:
        yield waiting("squat", 0.5, camera=FRONT)


def bridge_person(coach: Coach) -> Person:
    """Makes the voice louder and slower; lies too far to one side; arches twice; stops in the second set."""
    right = replace(CAMERAS["bridge"], pan_deg=22.0)
    yield gone(9.5)
    for key in ("up", "up", "left"):
        yield key
        yield gone(1.5)
    yield from answered(4)
    while coach.stage is not Stage.SETUP:
        yield gone(0.5)
    yield gone(12.0)
    yield waiting("bridge", 5.0, camera=right)
    yield from until(coach, Stage.SET, exercise="bridge")
    for index, top in enumerate((0.0, -32.0, -32.0, 0.0, 0.0, 0.0, 0.0, 0.0)):
        if coach.stage is Stage.SET:
            yield from rep("bridge", 1.0, index, top_deg=top, tempo=Tempo(1.4, 1.2, 1.4, 0.6))
    yield from until(coach, Stage.SET, exercise="bridge")
    for index in range(3):
        yield from rep("bridge", 1.0, index)
    while True:
        if coach.stage is Stage.PAIN_AFTER:
            yield "skip"
        yield waiting("bridge", 0.5)


def clamshell_person(coach: Coach) -> Person:
    """Both sides to the end; the feet drift apart twice; the other side needs a hint."""
    yield gone(2.0)
    yield from answered(0)
    while coach.stage is not Stage.SETUP:
        yield gone(0.5)
    yield gone(12.0)
    sets = 0
    while True:
        top = Side.RIGHT if sets < 2 else Side.LEFT
        if coach.stage is Stage.SET:
            for index in range(8):
                if coach.stage is not Stage.SET:
                    break
                apart = 0.22 if sets == 0 and index in (2, 3) else 0.0
                yield from rep("clamshell", 1.0, index, top=top, feet_apart_m=apart)
            sets += 1
            if sets == 2:
                yield gone(1.0)
                yield waiting("clamshell", 22.0, top=Side.RIGHT)
                yield gone(4.0)
        if coach.stage is Stage.PAIN_AFTER:
            yield "skip"
        yield waiting("clamshell", 0.5, top=top)


def march_person(coach: Coach) -> Person:
    """Stands at first; gets tired; ends by raising the arm and says why by keys."""
    yield gone(2.0)
    yield from answered(1)
    while coach.stage is not Stage.SETUP:
        yield gone(0.5)
    yield waiting("squat", 8.0, camera=Camera(azimuth_deg=0, distance_m=3.0, aim_m=(0.0, 0.0, 0.8)))
    yield from until(coach, Stage.SET, exercise="seated_march")
    for index, amplitude in enumerate((1.0, 1.0, 1.0, 1.0, 0.9, 0.7, 0.6, 0.6)):
        yield from rep("seated_march", amplitude, index)
    yield arm_up("seated_march", 4.4)
    while coach.stage is not Stage.PAIN_AFTER:
        yield waiting("seated_march", 0.5)
    yield waiting("seated_march", 5.0)
    yield "up"
    yield waiting("seated_march", 1.0)
    yield "enter"
    yield waiting("seated_march", 12.0)
    for _ in range(2):
        yield "down"
        yield waiting("seated_march", 1.5)
    yield "enter"
    while True:
        yield waiting("seated_march", 0.5)


PEOPLE = {
    "squat": (squat_person, {"reps": 5, "affected_side": "left", "rest_s": 25.0}),
    "bridge": (bridge_person, {"rest_s": 25.0}),
    "clamshell": (clamshell_person, {"reps": 5, "rest_s": 25.0, "affected_side": "right"}),
    "seated_march": (march_person, {"reps": 6}),
}


@cache
def story(exercise: str) -> Heard:
    """Return the session of this exercise."""
    person, options = PEOPLE[exercise]
    return session(Coach(exercise, **options), person)

"""One whole session of each exercise with rendered people, as it may go at home, and their transcripts."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from formcheck.live.coach import Coach, Stage
from formcheck.live.session import Setup
from tests.live.played import Material, Part, Person, Told, material, play

GETTING_UP_S = 5.1
"""From lying to standing, at the beginning of ``leave``; lying down ends ``come``."""
FOLLOW_S = 1.8
"""The first two repetitions of a set begin this long after the last one: when told."""
Doing = Iterator[Part | str]


def wait(coach: Coach, clip: Material, part: str, *stages: Stage) -> Doing:
    """Stay in a still part until the coach gets there."""
    while coach.stage not in stages:
        yield clip.lasting(part, 0.4)


def answer(clip: Material, pain: int) -> Doing:
    """Answer the questions at the beginning by keys, and listen until it is time to get into place."""
    yield clip.lasting("empty", 6.0)
    yield "enter"
    yield clip.lasting("empty", 7.0)
    for _ in range(pain):
        yield "up"
        yield clip.lasting("empty", 1.0)
    yield "enter"


def begin(coach: Coach, clip: Material, pain: int = 2) -> Doing:
    yield from answer(clip, pain)
    yield from wait(coach, clip, "empty", Stage.SETUP)
    yield clip["come"]


def follow(clip: Material, names: str, still: str = "still", prefix: str = "") -> Doing:
    """Do the first two repetitions of a set, each when told."""
    for name in names.split():
        yield clip.lasting(still, FOLLOW_S)
        yield clip[prefix + name]


def do(clip: Material, names: str, prefix: str = "") -> Doing:
    for name in names.split():
        yield clip[prefix + name]


def away(coach: Coach, clip: Material, seconds: float = 8.0) -> Doing:
    """Leave the picture, come back, go on when told."""
    yield clip["leave"]
    yield clip.lasting("gone", seconds)
    yield clip["return"]
    yield from wait(coach, clip, "settled", Stage.SET)


def pause(clip: Material, side: str, still: str = "still", prefix: str = "") -> Doing:
    """Pause with an arm, have a breath, and go on with an arm."""
    yield clip.arm(side, 1.8, prefix)
    yield clip.lasting(still, 6.0)
    yield clip.arm(side, 1.8, prefix)


def end_for_pain(clip: Material, side: str, still: str = "still", prefix: str = "") -> Doing:
    """Keep an arm up until it is the end, and say yes with an arm when asked whether it hurt."""
    yield clip.arm(side, 4.4, prefix)
    yield clip.lasting(still, 5.0)
    yield clip.arm(side, 2.0, prefix)


def listen_and_leave(coach: Coach, clip: Material, still: str, leave: str, pain: int) -> Doing:
    """Hear the summary and how to get up, get up, tell the pain by keys."""
    yield from wait(coach, clip, still, Stage.GET_UP)
    yield clip.lasting(still, 9.0)
    yield clip[leave]
    yield from wait(coach, clip, "gone", Stage.PAIN_AFTER)
    yield clip.lasting("gone", 7.0)
    for _ in range(pain):
        yield "up"
        yield clip.lasting("gone", 1.0)
    yield "enter"
    yield from wait(coach, clip, "gone", Stage.ENDED)


def squat_person(coach: Coach, clip: Material) -> Doing:
    """Comes facing the laptop; leans forward twice; is called away; pauses; knees in twice; ends in pain."""
    yield from begin(coach, clip)
    yield clip.lasting("front_still", 4.0)
    yield clip["to_side"]
    yield from wait(coach, clip, "still", Stage.SET)
    yield from follow(clip, "good_1 good_2")
    yield from do(clip, "poor_1 poor_2")
    yield from away(coach, clip)
    yield from do(clip, "good_3")
    yield clip.lasting("still", 1.0)
    yield from pause(clip, "L")
    yield clip.lasting("still", 2.0)
    yield from do(clip, "good_1")
    yield clip.lasting("still", 7.0)
    yield clip["to_front"]
    yield from wait(coach, clip, "front_settled", Stage.SET)
    yield from follow(clip, "good_1 good_2", "front_settled", "front_")
    yield from do(clip, "poor_1 poor_2 good_3", "front_")
    yield clip.lasting("front_settled", 1.0)
    yield from end_for_pain(clip, "R", "front_settled", "front_")
    yield from listen_and_leave(coach, clip, "front_settled", "front_leave", 4)


def lying_person(coach: Coach, clip: Material, arm: str, before: int, after: int) -> Doing:
    """Two poor ones; is called away; pauses with an arm; ends in pain with an arm."""
    yield from begin(coach, clip, before)
    yield from wait(coach, clip, "still", Stage.SET)
    yield from follow(clip, "good_1 good_2")
    yield from do(clip, "poor_1 poor_2 good_3")
    yield from away(coach, clip)
    yield from do(clip, "good_1")
    yield clip.lasting("still", 1.0)
    yield from pause(clip, arm)
    yield clip.lasting("still", 2.0)
    yield from do(clip, "good_2")
    yield clip.lasting("still", 1.0)
    yield from end_for_pain(clip, "L")
    yield from listen_and_leave(coach, clip, "still", "leave", after)


def bridge_person(coach: Coach, clip: Material) -> Doing:
    """Arches twice; is called away; pauses lying; ends in pain, all with an arm."""
    return lying_person(coach, clip, "R", 3, 5)


def clamshell_person(coach: Coach, clip: Material) -> Doing:
    """The feet part twice; is called away; pauses lying; ends in pain, all with an arm."""
    return lying_person(coach, clip, "L", 1, 3)


def march_person(coach: Coach, clip: Material) -> Doing:
    """Stands first; drops the foot twice; is called away; pauses with an arm; ends in pain by keys."""
    yield from begin(coach, clip)
    yield clip.lasting("stood", 4.0)
    yield clip["sit"]
    yield from wait(coach, clip, "still", Stage.SET)
    yield from follow(clip, "good_1 good_2")
    yield from do(clip, "good_3 good_4 poor_1 poor_2 good_1 good_2")
    yield from away(coach, clip)
    yield from do(clip, "good_3 good_4")
    yield clip.lasting("still", 1.0)
    yield from pause(clip, "R")
    yield clip.lasting("still", 2.0)
    yield from do(clip, "good_1")
    yield clip.lasting("still", 1.0)
    yield "end"
    yield clip.lasting("still", 5.0)
    yield "enter"
    yield from listen_and_leave(coach, clip, "still", "leave", 4)


def both_sides_person(coach: Coach, clip: Material) -> Doing:
    """Right leg, then left leg, as told, to the end; the feet part twice."""
    other = material("clamshell_left_up")
    frames = round(GETTING_UP_S * clip.rate_hz)
    yield from begin(coach, clip, 2)
    for one in (clip, other):
        for index in range(2):
            yield from wait(coach, one, "still", Stage.SET)
            yield from follow(one, "good_1 good_2")
            poor = one is clip and index == 0
            yield from do(one, "poor_1 poor_2 good_3" if poor else "good_3 good_1 good_2")
        if one is clip:
            yield clip.lasting("still", 8.0)
            yield [*clip["leave"][:frames], *other["come"][-frames:]]
    yield from listen_and_leave(coach, other, "still", "leave", 1)


PEOPLE: dict[str, tuple[Person, str, Setup]] = {
    "squat": (squat_person, "squat", Setup("squat", affected_side="left", sets=2, reps=6, rest_s=30.0)),
    "bridge": (bridge_person, "bridge", Setup("bridge", sets=2, reps=8, rest_s=30.0)),
    "clamshell": (clamshell_person, "clamshell_left_up", Setup("clamshell", side="left", sets=2, reps=8)),
    "seated_march": (march_person, "seated_march", Setup("seated_march", sets=2, reps=8)),
    "clamshell_both_sides": (
        both_sides_person,
        "clamshell_right_up",
        Setup("clamshell", affected_side="right", sets=2, reps=5, rest_s=30.0),
    ),
}


@cache
def told(name: str) -> Told:
    """Return the session with this name."""
    person, clip, setup = PEOPLE[name]
    return play(setup, person, material(clip))


def write_transcripts(folder: Path) -> None:
    for name, (person, _, _) in PEOPLE.items():
        head = f"{name}: {person.__doc__}\n\n"
        (folder / f"{name}.txt").write_text(head + told(name).listing(), encoding="utf-8")


if __name__ == "__main__":
    write_transcripts(Path(__file__).resolve().parents[2] / "docs" / "transcripts")

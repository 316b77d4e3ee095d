"""Nobody who walks past ends the set of somebody else."""

from dataclasses import replace

import numpy as np

from formcheck.kinematics import LEFT, RIGHT
from formcheck.pose.skeleton import Pose
from formcheck.results import Severity
from tests.rules.stories import Film, Judged, planned, watched
from tests.synthetic import Camera, Course, Tempo

TELE = {"distance_m": 8.0, "focal_px": 1365.0, "height_m": 0.9}
SIDE, FRONT = Camera(azimuth_deg=90, **TELE), Camera(azimuth_deg=0, **TELE)
LEGS = [side_part for side in (LEFT, RIGHT) for side_part in (side.knee, side.ankle, side.heel, side.toe)]
LOWER_LEG = [LEFT.ankle, LEFT.heel, LEFT.toe]
GOOD = Film("squat", [1.0] * 3, {"camera": FRONT, "tempo": Tempo(1.2, 1.0, 1.2, 1.0)})


def stops(judged: Judged) -> list[str]:
    return [check.code for rep in judged.reps for check in rep.faults if check.severity is Severity.STOP] + [
        str(dict(event.details)["code"])
        for event in judged.of("fault_raised")
        if dict(event.details)["severity"] == "stop"
    ]


def passed_by(
    film: Film, taken: list[int], *, people: int = 1, aside: float = 0.6, lasting_s: float = 0.5
) -> list[Pose]:
    """Let joints be those of somebody who crosses in the second repetition, for a while.

    Their joints lie `aside` trunk lengths beside the subject's and walk on from there.
    """
    rep = film.clip.truth.repetitions[1]
    begin_s = (rep.start_s + rep.end_s) / 2
    poses = []
    for pose in film.poses:
        since_s = pose.time_s - begin_s
        one = pose
        if 0.0 <= since_s <= lasting_s:
            trunk = (
                abs(pose.image_px[11, 1] + pose.image_px[12, 1] - pose.image_px[23, 1] - pose.image_px[24, 1])
                / 2
            )
            image = pose.image_px.copy()
            image[taken, 0] += (aside + 0.5 * since_s) * trunk
            one = replace(pose, image_px=image)
        if people > 1 and 0.4 <= since_s <= lasting_s + 1.0:
            one = replace(one, people=people)
        poses.append(one)
    return poses


def test_good_squats_end_no_set():
    assert stops(watched(GOOD.poses, "squat")) == []


def test_feet_that_leap_aside_are_somebody_elses():
    """The model takes one lower leg of a passer-by for the subject's, for half a second."""
    judged = watched(passed_by(GOOD, LOWER_LEG), "squat")
    assert len(judged.reps) == 3
    assert stops(judged) == []


def test_whoever_is_noticed_late_ends_no_set():
    """The feet are taken over slowly, and the other person is noticed 0.4 s later."""
    judged = watched(passed_by(GOOD, LOWER_LEG, people=2, aside=0.2, lasting_s=1.0), "squat")
    said = [judged.said("loss_of_balance", i) for i in range(len(judged.reps))]
    assert "stop" not in said
    assert said[1] == "another person was in the picture"


def test_somebody_who_steps_aside_alone_is_stopped():
    """A quick step of a quarter of a metre, in 0.3 s."""
    film = Film(
        "squat",
        [1.0] * 2,
        {
            "camera": FRONT,
            "tempo": Tempo(1.2, 1.6, 1.2, 1.0),
            "step_m": [0.0, Course(((1.6, 0.0), (1.9, 0.25), (2.6, 0.25), (2.9, 0.0)))],
        },
    )
    assert "loss_of_balance" in stops(watched(film.poses, "squat"))


def test_legs_that_leap_pass_no_ceiling():
    plan = planned("squat", ceilings={"knee_flexion": 115.0})
    film = Film("squat", [1.0] * 3, {"camera": SIDE, "tempo": Tempo(1.2, 1.0, 1.2, 1.0)})
    assert stops(watched(film.poses, "squat", plan)) == []
    rep = film.clip.truth.repetitions[1]
    middle_s = (rep.start_s + rep.end_s) / 2
    poses = []
    for pose in film.poses:
        if 0.0 <= pose.time_s - middle_s <= 0.5:
            image = pose.image_px.copy()
            towards = image[[LEFT.hip, RIGHT.hip]] - image[[LEFT.ankle, RIGHT.ankle]]
            image[[LEFT.ankle, RIGHT.ankle]] += 0.9 * towards
            pose = replace(pose, image_px=image)  # noqa: PLW2901
        poses.append(pose)
    judged = watched(poses, "squat", plan)
    assert np.isfinite(judged.reps[1].valid_fraction)
    assert stops(judged) == []

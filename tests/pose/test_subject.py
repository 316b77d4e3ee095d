"""Who is the subject: posture first, then continuity."""

from dataclasses import replace

import numpy as np
import pytest

from formcheck.pose.sighting import Candidate
from formcheck.pose.skeleton import MIRROR_ORDER, Landmark
from formcheck.pose.subject import (
    Subject,
    best,
    choose,
    is_another_person,
    posture_of,
    prominence,
    same_person,
    share_in_picture,
)

SIZE = (1280, 720)
CHAIN = ("SHOULDER", "HIP", "KNEE", "ANKLE")


def person(
    hips: tuple[float, float], trunk_deg: float, legs: tuple[float, float], trunk: float = 100.0
) -> Candidate:
    """Return somebody: trunk ``trunk_deg`` from the vertical (to the right), thigh and shank directions.

    Directions of the legs in degrees from straight down, to the left positive.
    """
    up = np.radians(trunk_deg)
    places = {"HIP": np.array(hips), "SHOULDER": np.array(hips) + trunk * np.array([np.sin(up), -np.cos(up)])}
    for joint, before, down in (("KNEE", "HIP", legs[0]), ("ANKLE", "KNEE", legs[1])):
        angle = np.radians(down)
        places[joint] = places[before] + 0.8 * trunk * np.array([-np.sin(angle), np.cos(angle)])
    image = np.tile(places["SHOULDER"], (33, 1)).astype(np.float32)
    for joint in CHAIN:
        image[Landmark[f"LEFT_{joint}"]] = places[joint] + 2
        image[Landmark[f"RIGHT_{joint}"]] = places[joint] - 2
    ones = np.ones(33, dtype=np.float32)
    return Candidate(image, np.zeros((33, 3), np.float32), ones, ones)


def standing(x: float = 640, trunk: float = 100.0) -> Candidate:
    return person((x, 360), 3, (0, 0), trunk)


def lying(x: float = 640, y: float = 600, trunk: float = 100.0) -> Candidate:
    return person((x, y), 92, (140, 30), trunk)


def kneeling(x: float = 900) -> Candidate:
    return person((x, 500), 20, (-60, 80), 100)


BRIDGE_TOP = person((640, 560), 122, (95, 5))
SEATED = person((640, 450), -10, (85, 0))
BENT_OVER = person((640, 350), 85, (0, 0))
SQUAT_BOTTOM = person((640, 450), 40, (80, -20))
SIDE_LYING = person((640, 600), 80, (60, 120))


@pytest.mark.parametrize(
    ("candidate", "posture"),
    [
        (standing(), "upright"),
        (SEATED, "upright"),
        (kneeling(), "upright"),
        (SQUAT_BOTTOM, "upright"),
        (lying(), "lying"),
        (BRIDGE_TOP, "lying"),
        (SIDE_LYING, "lying"),
        (BENT_OVER, None),
        (person((640, 500), 47, (90, 30)), None),
        (person((640, 500), 53, (90, 30)), "lying"),
    ],
    ids=[
        "standing",
        "seated",
        "kneeling",
        "squat",
        "lying",
        "bridge",
        "side",
        "bent over",
        "between",
        "steep bridge",
    ],
)
def test_posture(candidate: Candidate, posture: str | None) -> None:
    assert posture_of(candidate) == posture


def start(*candidates: Candidate, wanted: str | None = None) -> int:
    return choose(Subject(), candidates, 0.0, SIZE, wanted_posture=wanted)[1]  # type: ignore[arg-type]


def test_nobody_is_nobody() -> None:
    assert start() == -1


@pytest.mark.parametrize("wanted", [None, "lying"])
def test_the_lying_patient_and_not_the_therapist(wanted: str | None) -> None:
    assert start(standing(300, 140), lying(), wanted=wanted) == 1
    assert start(lying(), kneeling(), wanted=wanted) == 0


def test_the_upright_one_when_an_upright_exercise_is_wanted() -> None:
    assert start(lying(), standing(300), wanted="upright") == 1


def test_a_lone_person_is_taken_whatever_is_wanted() -> None:
    assert start(standing(), wanted="lying") == 0


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_larger_the_more_central_and_the_whole_one(order: tuple[int, int]) -> None:
    for winner, loser in (
        (standing(400, 110), standing(880, 70)),
        (standing(640), standing(1150)),
        (standing(500), person((800, 600), 0, (0, 0))),
    ):
        pair = (winner, loser)
        assert start(*(pair[i] for i in order)) == order.index(0)


def test_prominence_and_share_in_the_picture() -> None:
    assert share_in_picture(standing(), SIZE) == 1.0
    assert share_in_picture(person((640, 600), 0, (0, 0)), SIZE) == 0.75
    assert prominence(standing(), SIZE) > prominence(standing(), (4000, 3000))
    assert best([standing(1200), standing(640)], SIZE, "upright") == 1


def test_the_subject_is_kept_in_any_order() -> None:
    state, chosen = choose(Subject(), [standing(400, 110), standing(880, 90)], 0.0, SIZE)
    assert chosen == 0
    for i in range(1, 60):
        left, right = standing(400 + 4 * i, 110), standing(880 - 2 * i, 160)
        pair = [left, right] if i % 2 else [right, left]
        state, chosen = choose(state, pair, i / 30, SIZE)
        assert pair[chosen] is left


def test_a_lone_stranger_is_not_the_subject_until_two_seconds_have_passed() -> None:
    state, _ = choose(Subject(), [standing(300), standing(900)], 0.0, SIZE)
    subject = 300 if state.hips_px is not None and state.hips_px[0] < 600 else 900
    stranger = standing(1200 - subject)
    answers = {}
    for i in range(1, 80):
        state, answers[i / 30] = choose(state, [stranger], i / 30, SIZE)
    assert {chosen for time_s, chosen in answers.items() if time_s <= 2.0} == {-1}
    assert {chosen for time_s, chosen in answers.items() if time_s > 2.05} == {0}


def test_alone_a_jump_is_believed() -> None:
    state, _ = choose(Subject(), [standing(300)], 0.0, SIZE)
    assert choose(state, [standing(900)], 0.1, SIZE)[1] == 0


def test_a_quick_movement_is_still_the_subject() -> None:
    state, _ = choose(Subject(), [standing(600), standing(1100)], 0.0, SIZE)
    assert choose(state, [standing(1100), standing(660)], 1 / 30, SIZE)[1] == 1
    assert choose(state, [standing(1100), standing(800)], 1 / 30, SIZE)[1] == -1


def test_the_subject_comes_back_after_a_gap() -> None:
    state, _ = choose(Subject(), [standing(600), standing(1100)], 0.0, SIZE)
    state, chosen = choose(state, [], 0.5, SIZE)
    assert chosen == -1
    assert choose(state, [standing(1100), standing(700)], 1.0, SIZE)[1] == 1


def test_somebody_of_another_size_in_the_same_place_is_not_the_subject() -> None:
    state, _ = choose(Subject(), [standing(600), standing(1100)], 0.0, SIZE)
    assert choose(state, [person((600, 360), 0, (0, 0), 40)], 0.1, SIZE)[1] == -1


def test_after_a_cut_the_choice_is_new() -> None:
    state, _ = choose(Subject(), [standing(640), standing(1100)], 0.0, SIZE)
    assert choose(state, [standing(1100)], 0.1, SIZE, cut=True)[1] == 0


def test_the_helper_hands_over_to_a_patient_found_later() -> None:
    state, chosen = choose(Subject(), [kneeling()], 0.0, SIZE)
    for time_s, expected in ((0.5, 0), (1.0, 1), (1.1, 1)):
        state, chosen = choose(state, [kneeling(), lying()], time_s, SIZE)
        assert chosen == expected
    assert choose(state, [kneeling()], 1.2, SIZE)[1] == -1


def test_one_false_skeleton_does_not_take_over() -> None:
    state, _ = choose(Subject(), [standing()], 0.0, SIZE)
    state, chosen = choose(state, [standing(), lying()], 1.0, SIZE)
    assert chosen == 0
    state, _ = choose(state, [standing(), kneeling()], 2.0, SIZE)
    assert state.misfit_s is None
    assert choose(state, [standing(), lying()], 3.0, SIZE)[1] == 0


def test_a_patient_who_sits_up_stays_the_subject() -> None:
    state, _ = choose(Subject(), [lying(), kneeling()], 0.0, SIZE)
    for i in range(1, 60):
        trunk_deg = max(0.0, 92 - 3 * i)
        state, chosen = choose(state, [kneeling(), person((640, 600), trunk_deg, (140, 30))], i / 15, SIZE)
        assert chosen == 1


def test_a_helper_who_bends_over_is_not_lying() -> None:
    state, _ = choose(Subject(), [standing(400, 120)], 0.0, SIZE)
    bent = person((900, 350), 85, (0, 0))
    for i in range(1, 10):
        state, chosen = choose(state, [standing(400, 120), bent], float(i), SIZE)
        assert chosen == 0


def test_the_same_person_twice_is_one_even_with_sides_swapped() -> None:
    one = standing()
    swapped = replace(one, image_px=one.image_px[list(MIRROR_ORDER)] + np.float32(10))
    assert same_person(one, swapped)
    assert not same_person(one, standing(760))


def test_a_passer_by_who_took_the_tracking_along_gives_it_back() -> None:
    """The tracking follows whoever covers the subject; the look around finds who stands where they stood."""
    state = Subject()
    for i in range(60):
        state, _ = choose(state, [standing(600)], i / 30, SIZE, wanted_posture="upright")
    for i in range(60, 90):
        state, chosen = choose(state, [standing(600 + 5 * (i - 60))], i / 30, SIZE, wanted_posture="upright")
        assert chosen == 0
    assert state.away
    state, chosen = choose(state, [standing(750), standing(605)], 3.0, SIZE, wanted_posture="upright")
    assert chosen == 1
    assert not state.away
    state, chosen = choose(state, [standing(760), standing(600)], 3.1, SIZE, wanted_posture="upright")
    assert chosen == 1


def test_who_walks_on_stays_the_subject() -> None:
    """Nobody is where they were; a helper who stands elsewhere changes nothing."""
    state = Subject()
    for i in range(150):
        people = [standing(200 + 5 * i), standing(1200)] if i % 15 == 0 else [standing(200 + 5 * i)]
        if i > 120:
            people = people[:1]
        state, chosen = choose(state, people, i / 30, SIZE, wanted_posture="upright")
        assert chosen == 0


def test_who_is_another_person() -> None:
    assert is_another_person(kneeling(), lying(), SIZE)
    assert not is_another_person(standing(650), standing(640), SIZE)
    assert not is_another_person(standing(1600), standing(640), SIZE), "outside the picture"
    doubtful = replace(kneeling(), visibility=np.full(33, 0.3, np.float32))
    assert not is_another_person(doubtful, lying(), SIZE)
    forearm = person((660, 300), 60, (70, 60), 30)
    assert not is_another_person(forearm, standing(), SIZE)

"""The estimator around mediapipe: with a fake landmarker that sees marks in the picture, and for real."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest

from formcheck.errors import ModelError, UsageError
from formcheck.frame import Frame
from formcheck.pose import blazepose
from formcheck.pose.blazepose import BlazePoseEstimator, TaskLandmarker, software, to_candidate
from formcheck.pose.models import Model, load_model
from formcheck.pose.picture import Pixels
from formcheck.pose.sighting import Candidate, Sighting
from formcheck.pose.skeleton import MIRROR_ORDER, Landmark

SIZE = (640, 480)
MODEL = Model("pose_full", b"", "0" * 64)
SAMPLE = Path(__file__).parents[2] / "samples" / "squat_side.mp4"
HELPER, PATIENT, VISITOR = 0, 1, 2
CHAINS = {
    HELPER: ((500, 120), (500, 200), (500, 265), (500, 330)),
    PATIENT: ((330, 400), (230, 400), (170, 340), (130, 405)),
    VISITOR: ((60, 100), (60, 180), (60, 245), (60, 310)),
}
"""Shoulders, hips, knees and ankles of everyone there can be."""


def candidate(who: int) -> Candidate:
    image = np.tile(np.array(CHAINS[who][0], np.float32), (33, 1))
    for joint, place in zip(("SHOULDER", "HIP", "KNEE", "ANKLE"), CHAINS[who], strict=True):
        image[Landmark[f"LEFT_{joint}"]] = image[Landmark[f"RIGHT_{joint}"]] = place
    ones = np.ones(33, np.float32)
    return Candidate(image, np.zeros((33, 3), np.float32), ones, ones)


def mirror_image(one: Candidate) -> Candidate:
    image = one.image_px[list(MIRROR_ORDER)] * np.float32([-1, 1]) + np.float32([SIZE[0], 0])
    return Candidate(image, one.world_m, one.visibility, one.presence)


def picture(*people: int, background: int = 100) -> Pixels:
    """Draw a mark at everybody's hips."""
    image = np.full((SIZE[1], SIZE[0], 3), background, np.uint8)
    image[:, : SIZE[0] // 3] //= 2
    for who in people:
        x, y = CHAINS[who][1]
        image[y - 2 : y + 3, x - 2 : x + 3] = 200 + who
    return image


@dataclass
class Fake:
    """A landmarker that finds marks; following a video it stays with one, else the first in order."""

    video: bool
    poses: int
    blind_to: set[int] = field(default_factory=set)
    times_ms: list[int] = field(default_factory=list)
    closed: bool = False
    follows: int | None = None
    in_the_mirror: bool = True

    def detect(self, image: Pixels, time_ms: int) -> tuple[Candidate, ...]:
        assert not self.closed
        self.times_ms.append(time_ms)
        if not self.video and image[:, -20:].mean() < 70 < image[:, :20].mean():  # its left third is darker
            found = self.detect(image[:, ::-1], self.times_ms.pop())
            return tuple(map(mirror_image, found)) if self.in_the_mirror else found
        seen = [
            who
            for who, chain in CHAINS.items()
            if who not in self.blind_to and image[chain[1][1], chain[1][0], 0] == 200 + who
        ]
        if self.video:
            if self.follows not in seen:
                self.follows = seen[0] if seen else None
            seen = [] if self.follows is None else [self.follows]
        return tuple(candidate(who) for who in seen[: self.poses])

    def close(self) -> None:
        self.closed = True


class Fakes:
    """Makes fakes and remembers them."""

    def __init__(self, blind_trackers_to: Sequence[int] = ()) -> None:
        self.blind, self.made = set(blind_trackers_to), list[Fake]()

    def __call__(self, model: Model, *, video: bool, poses: int) -> Fake:
        self.made.append(Fake(video, poses, self.blind if video else set()))
        return self.made[-1]

    @property
    def trackers(self) -> list[Fake]:
        return [fake for fake in self.made if fake.video]

    @property
    def looks(self) -> int:
        return sum(len(fake.times_ms) for fake in self.made if not fake.video)


def watch(fakes: Fakes, pictures: Sequence[Pixels], rate_hz: float = 10.0) -> list[Sighting]:
    with BlazePoseEstimator(MODEL, landmarkers=fakes) as estimator:
        return [estimator.estimate(Frame(one, i / rate_hz, i)) for i, one in enumerate(pictures)]


def subjects(sightings: Sequence[Sighting]) -> list[int]:
    """Return who was chosen, -1 = nobody."""
    found = []
    for sighting in sightings:
        hips = sighting.pose.image_px[Landmark.LEFT_HIP]
        found.append(next((who for who, chain in CHAINS.items() if np.allclose(hips, chain[1])), -1))
    return found


def test_one_person_is_tracked_by_one_landmarker_and_others_are_looked_for_once_a_second() -> None:
    fakes = Fakes()
    sightings = watch(fakes, [picture(PATIENT)] * 31)
    assert subjects(sightings) == [PATIENT] * 31
    assert {len(one.candidates) for one in sightings} == {1}
    assert {one.people for one in sightings} == {1}
    assert len(fakes.trackers) == 1
    assert fakes.trackers[0].poses == 1
    assert fakes.looks == 4


def test_nobody_is_nobody_and_nobody_looks_around() -> None:
    fakes = Fakes()
    sightings = watch(fakes, [picture()] * 20)
    assert subjects(sightings) == [-1] * 20
    assert {one.people for one in sightings} == {0}
    assert fakes.looks == 0


def test_the_patient_from_the_first_picture_though_the_model_prefers_the_helper() -> None:
    fakes = Fakes()
    sightings = watch(fakes, [picture(HELPER, PATIENT)] * 31)
    assert subjects(sightings) == [PATIENT] * 31
    assert {one.people for one in sightings} == {2}
    assert len(fakes.trackers) == 2
    assert fakes.trackers[0].closed
    assert all(len(one.candidates) == 1 for one in sightings[1:9]), (
        "between looks only the subject is tracked"
    )


def test_a_helper_who_comes_and_goes_changes_nothing() -> None:
    fakes = Fakes()
    alone, together = [picture(PATIENT)] * 15, [picture(HELPER, PATIENT)] * 30
    sightings = watch(fakes, [*alone, *together, *alone])
    assert subjects(sightings) == [PATIENT] * 60
    assert len(fakes.trackers) == 1
    assert [sightings[i].people for i in (0, 14, 25, 40, 59)] == [1, 1, 2, 2, 1]


def test_three_people_are_three() -> None:
    sightings = watch(Fakes(), [picture(HELPER, PATIENT, VISITOR)] * 3)
    assert sightings[0].people == 3
    assert len(sightings[0].candidates) == 3
    assert subjects(sightings) == [PATIENT] * 3


def test_what_is_nobody_in_the_mirror_is_no_second_person() -> None:
    """A plant: the same skeleton each time, but another one in the mirrored picture."""
    fakes = Fakes()
    make = fakes.__call__

    def deceived(model: Model, *, video: bool, poses: int) -> Fake:
        fake = make(model, video=video, poses=poses)
        fake.in_the_mirror = False
        return fake

    with BlazePoseEstimator(MODEL, landmarkers=deceived) as estimator:
        sightings = [estimator.estimate(Frame(picture(PATIENT, VISITOR), i / 10, i)) for i in range(25)]
    assert {one.people for one in sightings} == {1}
    assert {len(one.candidates) for one in sightings} == {1}


@pytest.mark.parametrize(
    ("person", "who"),
    [
        ("left", VISITOR),
        ("right", HELPER),
        ("largest", PATIENT),
        ("at:0,60,200", VISITOR),
        ("at:0,0.8,0.4", HELPER),
        (None, PATIENT),
    ],
)
def test_the_person_asked_for_is_followed(person: str | None, who: int) -> None:
    with BlazePoseEstimator(MODEL, landmarkers=Fakes(), person=person) as estimator:
        everyone = picture(HELPER, PATIENT, VISITOR)
        sightings = [estimator.estimate(Frame(everyone, i / 10, i)) for i in range(40)]
    assert subjects(sightings) == [who] * 40


def test_somebody_pointed_at_later_is_followed_from_then_on() -> None:
    with BlazePoseEstimator(MODEL, landmarkers=Fakes(), person="at:1.55,60,200") as estimator:
        everyone = picture(HELPER, PATIENT, VISITOR)
        found = subjects([estimator.estimate(Frame(everyone, i / 10, i)) for i in range(40)])
    assert found == [PATIENT] * 16 + [VISITOR] * 24


def test_who_passes_on_the_left_does_not_become_the_left_one() -> None:
    with BlazePoseEstimator(MODEL, landmarkers=Fakes(), person="left") as estimator:
        pictures = [*[picture(HELPER, PATIENT)] * 30, *[picture(HELPER, PATIENT, VISITOR)] * 30]
        found = subjects([estimator.estimate(Frame(one, i / 10, i)) for i, one in enumerate(pictures)])
    assert found == [PATIENT] * 60


def test_when_the_tracker_slips_to_the_helper_it_is_pointed_back() -> None:
    fakes = Fakes()
    hidden = [picture(HELPER)] * 3
    both = [picture(HELPER, PATIENT)] * 12
    found = subjects(watch(fakes, [*both, *hidden, *both]))
    assert found[:12] == [PATIENT] * 12
    assert found[12:15] == [-1] * 3, "the helper is not taken for the patient"
    assert found[21:] == [PATIENT] * 6, "and the patient is found within half a second or so"
    assert HELPER not in found


def test_a_helper_alone_hands_over_to_the_patient_who_lies_down_later() -> None:
    found = subjects(watch(Fakes(), [*[picture(HELPER)] * 15, *[picture(HELPER, PATIENT)] * 20]))
    assert found[:20] == [HELPER] * 20
    assert found[25:] == [PATIENT] * 10


def test_a_tracker_that_cannot_be_pointed_is_left_as_it_is_and_tried_again() -> None:
    fakes = Fakes(blind_trackers_to=[PATIENT])
    found = subjects(watch(fakes, [picture(HELPER, PATIENT)] * 11))
    assert found[0] == PATIENT, "the look's own pose is used"
    assert found[1:5] == [-1] * 4
    assert found[5] == PATIENT
    assert not fakes.trackers[0].follows
    assert len(fakes.trackers) == 4
    assert all(fake.closed for fake in fakes.made)


def test_the_wanted_posture_decides() -> None:
    fakes = Fakes()
    with BlazePoseEstimator(MODEL, wanted_posture="upright", landmarkers=fakes) as estimator:
        sighting = estimator.estimate(Frame(picture(HELPER, PATIENT), 0.0, 0))
    assert subjects([sighting]) == [HELPER]
    assert len(sighting.candidates) == 2


def test_after_a_cut_everything_is_fresh() -> None:
    fakes = Fakes()
    other = np.full_like(picture(), 230)
    other[: SIZE[1] // 2] = 20
    x, y = CHAINS[VISITOR][1]
    other[y - 2 : y + 3, x - 2 : x + 3] = 200 + VISITOR
    sightings = watch(fakes, [*[picture(HELPER, PATIENT)] * 3, *[other] * 3])
    assert [one.cut for one in sightings] == [False, False, False, True, False, False]
    assert subjects(sightings) == [PATIENT] * 3 + [VISITOR] * 3
    assert [one.people for one in sightings] == [2, 2, 2, 1, 1, 1]
    assert [fake.closed for fake in fakes.trackers] == [True] * 3
    assert len(fakes.trackers) == 3


def test_a_large_picture_is_thinned_for_looking_and_answers_in_its_own_pixels() -> None:
    class Halved(Fake):
        def detect(self, image: Pixels, time_ms: int) -> tuple[Candidate, ...]:
            if not self.video:
                assert image.shape == (481, 641, 3)
                self.times_ms.append(time_ms)
                one = candidate(PATIENT)
                return (one,) if len(self.times_ms) == 1 else (mirror_image(one),)
            return (candidate(HELPER),)

    with BlazePoseEstimator(
        MODEL, landmarkers=lambda model, *, video, poses: Halved(video, poses)
    ) as estimator:
        sighting = estimator.estimate(Frame(np.zeros((961, 1281, 3), np.uint8), 0.0, 0))
    hips = sighting.candidates[1].image_px[Landmark.LEFT_HIP]
    assert hips == pytest.approx((460, 800))


def test_times_are_true_and_strictly_increasing() -> None:
    fakes = Fakes()
    with BlazePoseEstimator(MODEL, landmarkers=fakes) as estimator:
        for i, time_s in enumerate((0.0, 0.0334, 0.0336, 0.0338, 0.5, 12.3456)):
            assert estimator.estimate(Frame(picture(PATIENT), time_s, i)).time_s == time_s
    assert fakes.trackers[0].times_ms == [0, 33, 34, 35, 500, 12346]


def test_every_tracker_sees_increasing_times_when_it_is_pointed() -> None:
    fakes = Fakes()
    watch(fakes, [picture(HELPER, PATIENT)] * 5, rate_hz=1000)
    for tracker in fakes.trackers:
        assert tracker.times_ms == sorted(set(tracker.times_ms))


def test_light_and_size_are_noted() -> None:
    sighting = watch(Fakes(), [picture(PATIENT)])[0]
    assert sighting.frame_size == SIZE
    assert 0.2 < sighting.light < 0.4


def test_a_closed_estimator_says_so() -> None:
    fakes = Fakes()
    estimator = BlazePoseEstimator(MODEL, landmarkers=fakes)
    estimator.estimate(Frame(picture(PATIENT), 0.0, 0))
    estimator.close()
    estimator.close()
    assert all(fake.closed for fake in fakes.made)
    with pytest.raises(UsageError, match="closed"):
        estimator.estimate(Frame(picture(PATIENT), 0.1, 1))


def test_results_become_pixels_and_metres() -> None:
    marks = [SimpleNamespace(x=0.5, y=0.25, visibility=i / 33, presence=1.0) for i in range(33)]
    world = [SimpleNamespace(x=0.1, y=-0.2, z=0.3)] * 33
    one = to_candidate(marks, world, (640, 480))
    assert one.image_px.dtype == one.world_m.dtype == one.visibility.dtype == one.presence.dtype == np.float32
    assert one.image_px[7] == pytest.approx((320, 120))
    assert one.world_m[32] == pytest.approx((0.1, -0.2, 0.3))
    assert one.visibility[11] == pytest.approx(1 / 3)
    assert one.presence.tolist() == [1.0] * 33


def test_another_mediapipe_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mediapipe", SimpleNamespace(__version__="0.10.35"))
    with pytest.raises(ModelError, match=r"0\.10\.35 is installed.*pip install mediapipe==0\.10\.31"):
        BlazePoseEstimator(MODEL)


def test_a_missing_mediapipe_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mediapipe", None)
    with pytest.raises(ModelError, match=r"mediapipe 0\.10\.31 does not load"):
        BlazePoseEstimator(MODEL)


def test_software_names_what_looked() -> None:
    found = software(MODEL)
    assert found.mediapipe == blazepose.MEDIAPIPE_VERSION
    assert (found.model, found.model_sha256) == ("pose_full", "0" * 64)


def test_mediapipe_refuses_a_bundle_that_is_none() -> None:
    with pytest.raises(ModelError, match="does not take this pose model"):
        TaskLandmarker(Model("pose_full", b"no bundle", ""), video=True, poses=1)


@pytest.fixture(scope="module")
def frames() -> list[Frame]:
    if not SAMPLE.is_file():
        pytest.skip(f"{SAMPLE} is missing")
    with av.open(SAMPLE) as container:
        return [
            Frame(np.ascontiguousarray(one.to_ndarray(format="rgb24")), float(one.time or 0.0), i)
            for i, one in zip(range(60), container.decode(video=0), strict=False)
        ]


def test_mediapipe_finds_the_person_in_a_sample_and_repeats_itself(frames: list[Frame]) -> None:
    model = load_model("lite")
    runs = []
    for _ in range(2):
        with BlazePoseEstimator(model) as estimator:
            runs.append([estimator.estimate(frame) for frame in frames[:25]])
    assert all(len(one.candidates) == 1 and one.people == 1 and not one.cut for one in runs[0])
    for one, other in zip(*runs, strict=True):
        np.testing.assert_array_equal(one.candidates[0].image_px, other.candidates[0].image_px)
        np.testing.assert_array_equal(one.candidates[0].world_m, other.candidates[0].world_m)
    pose = runs[0][-1].pose
    assert pose.image_px[Landmark.LEFT_SHOULDER, 1] < pose.image_px[Landmark.LEFT_HIP, 1]
    assert np.all((pose.visibility >= 0) & (pose.visibility <= 1))


def test_rows_that_are_not_contiguous_are_no_skewed_picture(frames: list[Frame]) -> None:
    image = frames[0].image
    padded = np.zeros((480, 672, 3), np.uint8)
    padded[:, :640] = image
    landmarker = TaskLandmarker(load_model("lite"), video=False, poses=1)
    straight, skewed = landmarker.detect(image, 0), landmarker.detect(padded[:, :640], 0)
    landmarker.close()
    np.testing.assert_array_equal(straight[0].image_px, skewed[0].image_px)


def test_two_people_side_by_side_are_two(frames: list[Frame]) -> None:
    twins = [Frame(np.hstack([one.image, one.image[:, ::-1]]), one.time_s, one.index) for one in frames[:3]]
    with BlazePoseEstimator(load_model("lite")) as estimator:
        sightings = [estimator.estimate(twin) for twin in twins]
    assert [one.people for one in sightings] == [2] * 3
    first, last = (one.pose.image_px[Landmark.LEFT_HIP, 0] for one in (sightings[0], sightings[-1]))
    assert abs(first - last) < 20, "the same one of them throughout"

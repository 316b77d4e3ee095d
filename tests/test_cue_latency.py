"""The measurement of how soon a cue is heard: onsets on known values, tables, and one cue in real time."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import cue_latency
from benchmarks.accuracy import Truth
from benchmarks.cue_latency import MARK, Playing, Spoken, held_since, play, tables
from formcheck.exercises.squat import RULES
from formcheck.pose.recorded import Recording
from formcheck.pose.skeleton import Side
from formcheck.profile import STANDARD
from formcheck.results import Severity, Software, Source
from tests.exercises.watched import filmed
from tests.live.people import CALM, CAMERAS
from tests.live.test_recorder import sighting_of

(LEAN,) = (rule for rule in RULES if rule.code == "forward_lean")
NAN = math.nan


@pytest.mark.parametrize(
    ("values", "since_s"),
    [
        ([0.0] * 30, None),
        ([0.0] * 10 + [60.0] * 20, 1.0),
        ([0.0] * 10 + [60.0] * 3 + [0.0] * 17, None),
        ([60.0] * 3 + [0.0] * 5 + [60.0] * 22, 0.8),
        ([NAN] * 10 + [60.0] * 20, 1.0),
        ([60.0] * 3 + [NAN] * 7 + [60.0] * 20, 1.0),
        ([58.0] * 30, None),
    ],
)
def test_the_onset_is_where_it_begins_to_last(values, since_s):
    found = held_since(LEAN, 58.0, np.arange(30) / 10.0, np.array(values))
    assert found == (None if since_s is None else pytest.approx(since_s))


def spoken(code="forward_lean", sound_s=1.6, onset_s=1.0, *, at_once=True, severity=Severity.CORRECT):
    return Spoken("clip", code, severity, at_once, 1.4, 1.43, sound_s, onset_s, 0.4)


def test_what_keeps_to_its_limits():
    text, kept = tables([spoken(), spoken(sound_s=1.8), spoken(sound_s=1.92, at_once=False)])
    assert kept
    row = "| `forward_lean` | correct | 2 | 0.27 / 0.37 s | 0.40 / 0.40 s | 0.70 / 0.80 s | 0.90 s | 2 of 2 |"
    assert row in text
    assert "| `forward_lean` | correct | 1 | 0.49 / 0.49 s |" in text


@pytest.mark.parametrize(
    "late",
    [
        {"sound_s": 1.94, "onset_s": NAN},
        {"onset_s": 0.69},
        {"sound_s": NAN},
        {"sound_s": 1.94, "at_once": False},
    ],
    ids=str,
)
def test_what_does_not(late):
    text, kept = tables([spoken(), spoken(**late)])
    assert not kept
    assert "2 cues, 1 later than a limit" in text


def test_nothing_said_is_not_in_time():
    assert not tables([spoken(at_once=False)])[1]


def test_a_cue_is_heard_within_half_a_second():
    """In real time, through the speech process: somebody who leans forward in the second of two squats."""
    poses = [*filmed("squat", [1.0], tempo=CALM, camera=CAMERAS["squat"], rate_hz=30.0).poses]
    leaning = filmed("squat", [1.0], tempo=CALM, camera=CAMERAS["squat"], rate_hz=30.0, trunk_deg=72.0).poses
    at_s = poses[-1].time_s + 1 / 30
    sightings = [sighting_of(pose) for pose in poses]
    sightings += [replace(sighting_of(pose), time_s=at_s + pose.time_s) for pose in leaning]
    source = Source("clip", None, None, 9.0, len(sightings), len(sightings), *sightings[0].frame_size, 0)
    recording = Recording(source, Software("", None, None, None), sightings=sightings)
    truth = Truth(Path("clip.mp4"), "squat", "side", Side.LEFT, [], {}, np.zeros(0, bool), 0.0)
    (cue,) = play(Playing(truth, recording, STANDARD), "silent")
    assert (cue.code, cue.severity, cue.at_once) == ("forward_lean", Severity.CORRECT, True)
    assert at_s < cue.raised_s < cue.allowed_s
    assert cue.waited_s <= cue_latency.TARGET_S
    assert math.isnan(cue.onset_s)


def test_the_page_is_generated():
    page = (Path(__file__).resolve().parent.parent / "docs" / "live-latency.md").read_text(encoding="utf-8")
    told = page.partition(MARK)[2]
    assert "python benchmarks/cue_latency.py --into docs/live-latency.md" in page
    assert " cues, 0 later than a limit." in told

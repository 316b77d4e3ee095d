"""Whose turn it is, what is heard when, and what happens when a voice dies, hangs or is not there."""

import base64
import io
import itertools
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import wave

import numpy as np
import pytest

from formcheck.errors import UsageError
from formcheck.live import players, speaker, speech, voices
from formcheck.live.acts import Kind, Say, Sound, Tone
from formcheck.live.players import Pretended, Silent
from formcheck.live.speech import Asked, Queue, Speech, Voice
from formcheck.live.tones import (
    LOUD,
    RATE_HZ,
    TONES,
    Pcm,
    evened,
    from_wav,
    louder,
    resampled,
    to_wav,
    tone,
    trimmed,
)

FORMAT = np.float32


def queue_of(*says, now_s=0.0):
    queue = Queue()
    for number, say in enumerate(says):
        queue = queue.put(Asked(number, say, now_s))
    return queue


def texts(queue):
    return [one.say.text for one in queue.waiting]


def order(queue, now_s=0.0):
    """Return the texts in the order they would be said."""
    said = []
    while (queue := queue.over().take(now_s)).speaking is not None:
        said.append(queue.speaking.say.text)
    return said


class TestQueue:
    def test_guidance_keeps_its_order(self):
        assert order(queue_of(Say("a"), Say("b"), Say("c"))) == ["a", "b", "c"]

    def test_stop_then_number_then_cue_then_guidance(self):
        queue = queue_of(Say("guide"), Say("3", Kind.COUNT), Say("cue", Kind.CUE))
        assert order(queue) == ["3", "cue", "guide"]

    def test_nothing_starts_while_something_is_said(self):
        queue = queue_of(Say("a"), Say("cue", Kind.CUE)).take(0.0)
        assert queue.take(1.0) == queue

    def test_a_cue_waits_for_the_number_being_said(self):
        queue = queue_of(Say("3", Kind.COUNT)).take(0.0).put(Asked(9, Say("cue", Kind.CUE), 0.1))
        assert queue.speaking.say.text == "3"
        assert texts(queue) == ["cue"]

    def test_stop_cuts_and_clears(self):
        queue = queue_of(Say("a"), Say("b"), Say("cue", Kind.CUE)).take(0.0)
        queue = queue.put(Asked(9, Say("stop", Kind.STOP), 1.0))
        assert queue.speaking is None
        assert order(queue, 1.0) == ["stop"]

    def test_what_comes_after_a_stop_is_kept(self):
        assert order(queue_of(Say("a"), Say("stop", Kind.STOP), Say("then"))) == ["stop", "then"]

    def test_two_stops_are_both_said(self):
        queue = queue_of(Say("stop", Kind.STOP), Say("are you all right?", Kind.STOP))
        assert order(queue) == ["stop", "are you all right?"]
        queue = queue_of(Say("stop", Kind.STOP)).take(0.0).put(Asked(9, Say("other", Kind.STOP), 1.0))
        assert queue.speaking.say.text == "stop"

    def test_the_same_stop_does_not_stutter(self):
        queue = queue_of(Say("stop", Kind.STOP)).take(0.0)
        assert queue.put(Asked(9, Say("stop", Kind.STOP), 0.1)) == queue

    def test_a_stop_never_expires(self):
        assert order(queue_of(Say("stop", Kind.STOP, within_s=0.1)), 60.0) == ["stop"]

    @pytest.mark.parametrize(
        ("kind", "within_s", "now_s", "said"),
        [
            (Kind.PACE, 0.7, 0.69, True),
            (Kind.PACE, 0.7, 0.71, False),
            (Kind.PACE, 0.3, 0.31, False),
            (Kind.PACE, float("inf"), 0.71, False),
            (Kind.COUNT, 0.7, 0.71, False),
            (Kind.COUNT, float("inf"), 2.4, True),
            (Kind.COUNT, float("inf"), 2.6, False),
        ],
    )
    def test_the_beat_is_in_time_or_dropped(self, kind, within_s, now_s, said):
        assert order(queue_of(Say("3", kind, within_s)), now_s) == (["3"] if said else [])

    def test_a_newer_number_replaces_the_older(self):
        assert order(queue_of(Say("3", Kind.COUNT), Say("4", Kind.COUNT))) == ["4"]

    @pytest.mark.parametrize(
        ("kind", "said"), [(Kind.GUIDE, ["4", "said", "more"]), (Kind.PACE, ["4", "more"])]
    )
    def test_a_number_cuts_guidance_which_is_said_again_after_it(self, kind, said):
        queue = queue_of(Say("said", kind)).take(0.0).put(Asked(8, Say("more"), 0.1))
        queue = queue.put(Asked(9, Say("4", Kind.COUNT), 0.2))
        assert queue.speaking is None
        assert order(queue, 0.2) == said

    def test_guidance_is_cut_and_said_again_only_once(self):
        queue = queue_of(Say("said")).take(0.0).put(Asked(8, Say("4", Kind.COUNT), 0.2)).take(0.2).over()
        queue = queue.take(0.5)
        assert queue.speaking.say.text == "said"
        assert order(queue.put(Asked(9, Say("5", Kind.COUNT), 0.8)), 0.8) == ["5"]

    @pytest.mark.parametrize("kind", [Kind.STOP, Kind.COUNT, Kind.CUE])
    def test_a_number_lets_a_stop_a_cue_and_a_number_end(self, kind):
        queue = queue_of(Say("said", kind)).take(0.0).put(Asked(9, Say("4", Kind.COUNT), 0.1))
        assert queue.speaking.say.text == "said"

    def test_a_pace_does_not_replace_a_number_but_a_number_does(self):
        assert order(queue_of(Say("3", Kind.COUNT), Say("up", Kind.PACE))) == ["3"]
        assert order(queue_of(Say("up", Kind.PACE), Say("3", Kind.COUNT))) == ["3"]

    def test_a_cue_with_a_limit_is_dropped_too(self):
        assert order(queue_of(Say("cue", Kind.CUE, 2.0)), 2.1) == []

    @pytest.mark.parametrize("kind", [Kind.PACE, Kind.GUIDE])
    def test_an_urgent_cue_cuts_what_can_wait(self, kind):
        queue = queue_of(Say("said", kind)).take(0.0)
        queue = queue.put(Asked(8, Say("guide"), 0.1)).put(Asked(9, Say("cue", Kind.CUE, urgent=True), 0.1))
        assert queue.speaking is None
        assert order(queue, 0.1) == ["cue", "guide"]

    @pytest.mark.parametrize("kind", [Kind.STOP, Kind.COUNT, Kind.CUE])
    def test_an_urgent_cue_lets_the_rest_end(self, kind):
        queue = queue_of(Say("said", kind)).take(0.0).put(Asked(9, Say("cue", Kind.CUE, urgent=True), 0.1))
        assert queue.speaking.say.text == "said"

    def test_an_urgent_cue_comes_after_a_number_and_before_a_pace(self):
        cue = Say("cue", Kind.CUE, urgent=True)
        assert order(queue_of(Say("3", Kind.COUNT), cue)) == ["3", "cue"]
        assert order(queue_of(Say("up", Kind.PACE), Say("slow", Kind.CUE), cue)) == ["cue", "up", "slow"]

    @pytest.mark.parametrize("urgent", [True, False])
    def test_numbers_that_keep_coming_do_not_hold_up_a_cue(self, urgent):
        queue = queue_of(Say("3", Kind.COUNT), Say("slower", Kind.CUE, urgent=urgent)).take(0.0)
        queue = queue.put(Asked(8, Say("4", Kind.COUNT), 0.3))
        assert order(queue, 0.4) == ["slower", "4"]

    def test_a_cue_that_is_not_urgent_cuts_nothing(self):
        queue = queue_of(Say("a")).take(0.0).put(Asked(9, Say("cue", Kind.CUE), 0.1))
        assert queue.speaking.say.text == "a"

    def test_never_more_than_one_beat_waits(self):
        kinds = (Kind.COUNT, Kind.PACE, Kind.CUE, Kind.GUIDE, Kind.STOP)
        for some in itertools.product(kinds, repeat=4):
            queue = queue_of(*(Say(f"{n}", kind) for n, kind in enumerate(some)))
            assert sum(one.say.kind in (Kind.COUNT, Kind.PACE) for one in queue.waiting) <= 1


class Clock:
    def __init__(self):
        self.now_s = 0.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


class TestRecording:
    def test_words_take_their_time(self, clock):
        with Speech.recording(clock, rate=120) as listened:
            listened.say(Say("one two three four"))
            listened.say(Say("five"))
            assert listened.busy
            clock.now_s = 10.0
            assert not listened.busy
            assert listened.transcript == [
                (0.0, "one two three four", Kind.GUIDE),
                (2.0, "five", Kind.GUIDE),
            ]

    def test_said_gives_both_times_once(self, clock):
        listened = Speech.recording(clock, rate=60)
        listened.say(Say("one two"))
        clock.now_s = 0.5
        listened.say(Say("cue", Kind.CUE))
        clock.now_s = 5.0
        said = listened.poll()
        assert [(one.text, one.kind, one.asked_s, one.started_s) for one in said] == [
            ("one two", Kind.GUIDE, 0.0, 0.0),
            ("cue", Kind.CUE, 0.5, 2.0),
        ]
        assert listened.poll() == []

    def test_a_late_number_is_never_heard(self, clock):
        listened = Speech.recording(clock, rate=60)
        listened.say(Say("a long cue", Kind.CUE))
        clock.now_s = 1.0
        listened.say(Say("3", Kind.COUNT, 0.7))
        clock.now_s = 2.5
        listened.say(Say("4", Kind.COUNT, 0.7))
        clock.now_s = 9.0
        assert [one.text for one in listened.transcript] == ["a long cue", "4"]

    def test_guidance_swallows_no_number(self, clock):
        """Four, five and six while somebody is told at length where to stand."""
        listened = Speech.recording(clock, rate=150)
        clock.now_s = 1.0
        listened.say(Say("I still count, but I can't see well. Turn so that one side faces the laptop."))
        for index, number in enumerate(("Four.", "Five.", "Six.")):
            clock.now_s = 1.5 + 2.5 * index
            listened.say(Say(number, Kind.COUNT, 2.5))
        clock.now_s = 20.0
        numbers = [(one.time_s, one.text) for one in listened.transcript if one.kind is Kind.COUNT]
        assert numbers == [(1.5, "Four."), (4.0, "Five."), (6.5, "Six.")]

    def test_stop_cuts_the_words_where_they_were(self, clock):
        listened = Speech.recording(clock, rate=60)
        listened.say(Say("one two three four five"))
        listened.say(Say("never heard"))
        clock.now_s = 2.2
        listened.say(Say("Stop there", Kind.STOP))
        clock.now_s = 9.0
        assert listened.transcript == [(0.0, "one two –", Kind.GUIDE), (2.2, "Stop there", Kind.STOP)]

    def test_words_wait_for_a_tone_and_the_listing_has_both(self, clock):
        listened = Speech.recording(clock)
        listened.play(Sound(Tone.REP))
        listened.say(Say("One", Kind.COUNT, 0.7))
        clock.now_s = 1.0
        assert listened.transcript == [(TONES[Tone.REP][0].length_s, "One", Kind.COUNT)]
        assert listened.tones == [(0.0, Tone.REP)]
        assert listened.listing().split() == ["0.0", "s", "tone", "(rep)", "0.1", "s", "count", "One"]

    def test_silence_at_once(self, clock):
        listened = Speech.recording(clock, rate=60)
        listened.say(Say("one two three"))
        listened.say(Say("more"))
        clock.now_s = 1.5
        listened.stop_all()
        assert not listened.busy
        clock.now_s = 9.0
        assert [one.text for one in listened.transcript] == ["one –"]


class TestTones:
    @pytest.mark.parametrize("which", Tone)
    def test_soft_edges_no_clicks_and_where_older_ears_hear(self, which):
        samples = tone(which).samples
        assert np.abs(samples[[0, -1]]).max() < 0.001
        assert 0.3 < np.abs(samples).max() <= LOUD + 1e-6
        power = np.abs(np.fft.rfft(samples, 1 << 17)) ** 2
        hertz = np.fft.rfftfreq(1 << 17, 1 / RATE_HZ)
        assert power[(hertz > 250) & (hertz < 900)].sum() > 0.98 * power.sum()
        assert len(samples) / RATE_HZ < 0.35

    def test_told_apart_by_pitch_and_length(self):
        signs = {(notes[0].pitch_hz, sum(note.length_s for note in notes)) for notes in TONES.values()}
        assert len({pitch for pitch, _ in signs}) == len({length for _, length in signs}) == len(Tone)
        assert TONES[Tone.READY][0].pitch_hz < TONES[Tone.READY][-1].pitch_hz
        assert TONES[Tone.REST][0].pitch_hz > TONES[Tone.REST][-1].pitch_hz

    def test_wav_there_and_back(self):
        back = from_wav(to_wav(tone(Tone.REP)))
        assert back.rate_hz == RATE_HZ
        np.testing.assert_allclose(back.samples, tone(Tone.REP).samples, atol=1e-3)

    def test_wav_from_a_pipe_other_chunks_two_channels(self):
        frames = np.array([[1000, 3000], [-1000, -3000]], dtype="<i2")
        out = io.BytesIO()
        with wave.open(out, "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(frames.tobytes())
        data = out.getvalue()
        piped = data[:36] + b"FLLR\x03\x00\x00\x00abc\x00data\x00\xf0\xff\x7f" + data[44:]
        np.testing.assert_allclose(from_wav(piped).samples, [2000 / 32768, -2000 / 32768])

    @pytest.mark.parametrize("data", [b"", b"RIFF", b"RIFF0000WAVE", b"RIFF0000WAVEdata\x02\x00\x00\x00ab"])
    def test_no_wav(self, data):
        with pytest.raises(ValueError, match="WAV"):
            from_wav(data)

    def test_trimmed_evened_louder_resampled(self):
        quiet = np.zeros(RATE_HZ, dtype=FORMAT)
        words = Pcm(np.concatenate([quiet, tone(Tone.REP).samples * FORMAT(0.2), quiet]), RATE_HZ)
        assert trimmed(words).duration_s < 0.2
        assert len(trimmed(Pcm(quiet, RATE_HZ)).samples) == 0
        assert np.abs(evened(words).samples).max() == pytest.approx(LOUD)
        assert np.abs(louder(evened(words), 0.5).samples).max() == pytest.approx(LOUD / 2)
        raised = louder(evened(words), 2.0).samples
        assert np.abs(raised).max() <= 1.0
        assert np.abs(raised).mean() > np.abs(evened(words).samples).mean()
        assert resampled(words, 48000).duration_s == pytest.approx(words.duration_s, abs=1e-3)


class Mouth:
    """A voice that makes 0.1 s of sound of any text, or fails."""

    def __init__(self, name="mouth", fails=False, speaks=None, delay_s=0.0):
        self.name, self.fails, self.speaks, self.delay_s = name, fails, speaks, delay_s
        self.made = []

    def render(self, text, voice):
        self.made.append(text)
        time.sleep(self.delay_s)
        if self.fails:
            raise OSError("no")
        return Pcm(np.full(RATE_HZ // 10, 0.5, dtype=FORMAT), RATE_HZ)

    def speak(self, text, voice):
        return self.speaks() if self.speaks else None

    def cancel(self):
        pass

    def close(self):
        pass


class Ear:
    """The other side of a `Speaker`."""

    def __init__(self, mouths, players_=None, deviceless=True):
        self.messages = []
        there = [Silent()] if players_ is None else players_
        self.speaker = speaker.Speaker(
            iter(mouths), iter(there), self.messages.append, deviceless=lambda: deviceless
        )
        self.count = 0

    def say(self, *says, asked_s=None):
        for say in says:
            self.count += 1
            value = {"number": self.count, "text": say.text, "kind": say.kind, "within_s": say.within_s}
            asked_s = time.perf_counter() if asked_s is None else asked_s
            self.speaker.handle({"say": {**value, "asked_s": asked_s}})

    def run(self, limit_s=3.0):
        """Let it work until it has nothing to say."""
        end_s = time.perf_counter() + limit_s
        self.step()
        while self.speaker.current is not None and time.perf_counter() < end_s:
            self.step()
            time.sleep(0.005)
        assert self.speaker.current is None
        return self

    def step(self):
        while not self.speaker.inbox.empty():
            self.speaker.handle(self.speaker.inbox.get())
        self.speaker.step(time.perf_counter())

    def said(self):
        return [one["said"] for one in self.messages if "said" in one]

    def notices(self):
        return [one["notice"] for one in self.messages if "notice" in one]


class TestSpeaker:
    def test_said_in_turn_and_nothing_left(self):
        ear = Ear([Mouth()])
        ear.say(Say("guide"), Say("cue", Kind.CUE))
        ear.run()
        assert [one["number"] for one in ear.said()] == [2, 1]
        assert all(one["aloud"] for one in ear.said())
        assert ear.speaker.told == {"seen": 2, "open": []}

    def test_prepared_words_are_made_before_they_are_asked(self):
        ear = Ear([mouth := Mouth()])
        ear.speaker.handle({"prepare": ["One", "Two"]})
        for _ in range(20):
            ear.step()
            time.sleep(0.005)
        assert mouth.made == ["One", "Two"]
        ear.say(Say("One", Kind.COUNT))
        ear.step()
        assert len(ear.said()) == 1
        ear.run()
        assert mouth.made == ["One", "Two"]

    def test_a_preparation_ended_for_something_more_urgent_is_begun_again(self):
        class Interrupted(Mouth):
            """Needs long for what is prepared, unless it is ended."""

            ended = threading.Event()

            def render(self, text, voice):
                if text == "Stop." and not self.ended.is_set():
                    self.made.append(text)
                    self.ended.wait(5.0)
                    raise OSError("ended")
                return super().render(text, voice)

            def cancel(self):
                self.ended.set()

        ear = Ear([mouth := Interrupted()])
        ear.speaker.handle({"prepare": ["Stop."]})
        ear.step()
        while not mouth.made:
            time.sleep(0.002)
        ear.say(Say("Now", Kind.CUE))
        ear.run()
        until_s = time.perf_counter() + 3.0
        while "Stop." not in ear.speaker.shelf and time.perf_counter() < until_s:
            ear.step()
            time.sleep(0.005)
        assert mouth.made == ["Stop.", "Now", "Stop."]
        assert "Stop." in ear.speaker.shelf
        assert ear.speaker.mouth is mouth

    def test_a_number_made_too_late_is_dropped(self):
        ear = Ear([Mouth(delay_s=0.2)])
        ear.say(Say("One", Kind.COUNT, within_s=0.1))
        ear.run()
        assert ear.said() == []

    def test_long_texts_go_by_sentences_and_are_one_said(self):
        ear = Ear([mouth := Mouth()])
        ear.say(Say("Eleven words " * 8 + "and an end. Then a second sentence. A third?"))
        ear.run()
        assert [text.split()[-1] for text in mouth.made] == ["end.", "sentence.", "third?"]
        assert len(ear.said()) == 1

    def test_stop_is_heard_at_once_while_words_are_said(self):
        ear = Ear([Mouth()])
        ear.say(Say("guide"))
        for _ in range(20):
            ear.step()
            time.sleep(0.002)
        sounding = ear.speaker.current.sounding
        ear.say(Say("stop", Kind.STOP))
        assert sounding.over
        ear.run()
        assert [one["number"] for one in ear.said()] == [1, 2]

    def test_a_failing_voice_gives_way_to_the_next(self):
        ear = Ear([bad := Mouth(fails=True), good := Mouth()])
        ear.say(Say("guide"))
        ear.run()
        assert (bad.made, good.made) == (["guide"] * 2, ["guide"])
        assert ear.notices() == []

    def test_no_voice_is_told_once_and_words_are_timed(self):
        ear = Ear([Mouth(fails=True)])
        ear.say(Say("a"), Say("b"))
        ear.run()
        assert [one["aloud"] for one in ear.said()] == [False, False]
        assert len(ear.notices()) == 1
        assert speaker.NO_VOICE in ear.notices()[0]

    def test_no_device_means_no_voice(self):
        ear = Ear([Mouth(speaks=lambda: Pretended(1.0))], players_=[])
        assert ear.notices() == [speaker.NO_SOUND]
        ear.speaker.handle({"tone": "rep"})
        ear.say(Say("a"))
        assert not ear.run().said()[0]["aloud"]

    def test_a_voice_that_speaks_itself(self):
        ear = Ear([mouth := Mouth(speaks=lambda: Pretended(0.2))], players_=[], deviceless=False)
        ear.say(Say("a"))
        assert ear.run().said()[0]["aloud"]
        assert mouth.made == []

    @pytest.mark.parametrize("length_s", [0.0, 60.0])
    def test_a_voice_that_says_nothing_or_hangs_is_given_up(self, length_s, monkeypatch):
        monkeypatch.setattr(speaker, "HANGS_S", 0.1)
        monkeypatch.setattr(speaker, "HANGS_TIMES", 1.5)
        ear = Ear([Mouth(speaks=lambda: Pretended(length_s))], players_=[], deviceless=False)
        ear.say(Say("a"))
        ear.run()
        assert len(ear.notices()) == 1
        assert ear.speaker.mouth is None

    def test_a_player_that_breaks_gives_way(self):
        class Broken(Silent):
            def play(self, pcm):
                raise OSError("unplugged")

        ear = Ear([Mouth()], players_=[Broken(), Silent()])
        ear.say(Say("a"))
        assert len(ear.run().said()) == 1

    def test_a_tone_that_never_ends_does_not_hold_up_the_words(self, monkeypatch):
        class Stuck(Silent):
            def play(self, pcm):
                return Pretended(60.0)

        monkeypatch.setattr(speaker, "TONE_S", 0.1)
        ear = Ear([Mouth()], players_=[Stuck(), Silent()])
        ear.speaker.handle({"tone": "rep"})
        ear.say(Say("a"))
        ear.step()
        assert ear.said() == []
        time.sleep(0.1)
        assert len(ear.run().said()) == 1

    def test_another_rate_is_made_anew_another_volume_not(self):
        ear = Ear([mouth := Mouth()])
        for voice in (Voice(), Voice(volume=0.5), Voice(rate=120)):
            ear.speaker.handle({"voice": {"rate": voice.rate, "volume": voice.volume, "name": None}})
            ear.say(Say("a"))
            ear.run()
        assert mouth.made == ["a", "a"]

    def test_the_shelf_keeps_to_its_size(self):
        shelf = speaker.Shelf(size=1000)
        for n in range(10):
            shelf.put(str(n), Pcm(np.zeros(100, dtype=FORMAT), RATE_HZ))
        assert [str(n) in shelf for n in range(10)] == [False] * 8 + [True] * 2


class TestVoices:
    def test_single_words_are_quicker_but_for_those_drawn_out(self):
        rates = [speaker.brisk(text, Voice(rate=150)).rate for text in ("Three.", "Down...", "And up.")]
        assert rates == [195, 150, 150]
        assert speaker.brisk("Three.", Voice(rate=290)).rate == 300

    @pytest.mark.parametrize("changed", [{"rate": 20}, {"rate": 400}, {"volume": -1}, {"volume": 3}])
    def test_rates_and_volumes_that_make_no_sense(self, changed):
        with pytest.raises(UsageError, match="speech"):
            Voice(**changed)

    @pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
    def test_espeak(self):
        espeak = voices.Espeak("espeak-ng")
        slow, fast = (espeak.render("Keep your feet together", Voice(rate=rate)) for rate in (100, 200))
        assert 1.4 * trimmed(fast).duration_s < trimmed(slow).duration_s < 5.0
        assert trimmed(espeak.render("-h 3", Voice())).duration_s > 0.3

    def test_a_hung_voice_is_ended(self, tmp_path, monkeypatch):
        hung = tmp_path / "hung"
        hung.write_text(f"#!{sys.executable}\nimport time\ntime.sleep(60)\n")
        hung.chmod(0o755)
        monkeypatch.setattr(voices, "RENDER_S", 0.3)
        with pytest.raises((subprocess.TimeoutExpired, OSError)):
            voices.Espeak(str(hung)).render("a", Voice())

    def test_sapi_is_one_process_for_all_texts(self):
        """The protocol, against a stand-in: SAPI itself is only on Windows."""
        wav = base64.b64encode(to_wav(tone(Tone.REP))).decode()
        script = (
            "import base64, sys\n"
            "for line in sys.stdin:\n"
            "    rate, words = line.split()\n"
            "    good = base64.b64decode(words).decode() == 'Füße' and rate == '-2'\n"
            f"    print('{wav}' if good else '', flush=True)\n"
        )
        sapi = voices.Sapi([sys.executable, "-c", script])
        first = sapi.render("Füße", Voice())
        process = sapi._process
        assert sapi.render("Füße", Voice()).duration_s == first.duration_s == tone(Tone.REP).duration_s
        assert sapi._process is process
        with pytest.raises(ValueError, match="WAV"):
            sapi.render("other", Voice())
        assert process.poll() is not None

    def test_sapi_rates(self):
        assert [voices.sapi_rate(rate) for rate in (80, 150, 180, 300)] == [-7, -2, 0, 5]

    def test_nothing_elsewhere(self, tmp_path):
        assert list(voices.installed(tmp_path, "none")) == []


def wait(spoken, until, limit_s=8.0):
    """Poll until something holds; return what was said."""
    said = []
    end_s = time.perf_counter() + limit_s
    while not until() and time.perf_counter() < end_s:
        said += spoken.poll()
        time.sleep(0.01)
    assert until()
    return [*said, *spoken.poll()]


def alive(spoken):
    return spoken._out._child is not None and spoken._out._child.ready


class TestProcess:
    def test_a_session_of_words_survives_the_death_of_the_voice_twice(self):
        """With no voice and a silent player: only the processes are real."""
        with Speech(Voice(name="none", rate=300), players=["silent"]) as spoken:
            began_s = time.perf_counter()
            spoken.say(Say("Ready"))
            spoken.play(Sound(Tone.READY))
            assert time.perf_counter() - began_s < 0.1
            said = wait(spoken, lambda: not spoken.busy)
            assert [(one.text, one.aloud) for one in said] == [("Ready", False)]
            assert said[0].started_s >= said[0].asked_s >= began_s
            os.kill(spoken._out._child._process.pid, signal.SIGTERM)
            spoken.say(Say("Two", Kind.COUNT, 0.01))
            spoken.say(Say("Again"))
            assert [one.text for one in wait(spoken, lambda: not spoken.busy)] == ["Again"]
            assert spoken.notices() == [speech.AGAIN]
            assert spoken.notices() == []
        assert not spoken.busy

    def test_it_ends_with_formcheck_and_leaves_nothing(self, tmp_path):
        folder = tmp_path / "sounds"
        folder.mkdir()
        options = {"folder": str(folder), "voice": {"name": "none"}, "players": ["silent"]}
        done = subprocess.run(
            speech.command(options),
            env=speech.environment(),
            input=b"",
            capture_output=True,
            timeout=10,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, b"")
        assert not folder.exists()

    @pytest.mark.parametrize("script", ["", "import time; time.sleep(60)"])
    def test_a_process_that_only_dies_or_hangs_ends_in_text(self, script, monkeypatch):
        monkeypatch.setattr(speech, "command", lambda options: [sys.executable, "-S", "-c", script])
        monkeypatch.setattr(speech, "START_S", 0.2)
        with Speech() as spoken:
            spoken.say(Say("Hello", Kind.GUIDE))
            said = wait(spoken, lambda: spoken._out._fallback is not None and not spoken.busy)
            assert [(one.text, one.aloud) for one in said] == [("Hello", False)]
            assert spoken.notices() == [speech.AGAIN, speech.TONES_ONLY, speech.TEXT_ONLY]
            spoken.play(Sound(Tone.REP))
            spoken.stop_all()

    def test_a_process_that_cannot_start_ends_in_text(self, monkeypatch):
        monkeypatch.setattr(speech, "command", lambda options: ["/no/such/python"])
        with Speech() as spoken:
            assert spoken.notices() == [speech.TEXT_ONLY]
            spoken.say(Say("Hello"))
            assert [one.text for one in spoken.poll()] == ["Hello"]

    @pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
    def test_within_half_a_second_with_a_real_voice(self):
        with Speech(Voice(name="espeak-ng"), players=["silent"]) as spoken:
            wait(spoken, lambda: spoken.poll() is not None and alive(spoken))
            for say in (Say("Keep your feet together", Kind.CUE), Say("Stop", Kind.STOP)):
                spoken.say(say)
                (said,) = wait(spoken, lambda: not spoken.busy)
                assert said.aloud
                assert said.started_s - said.asked_s < 0.5

    def test_mute_has_no_process_and_the_same_turns(self):
        with Speech(Voice(rate=300), mute=True) as spoken:
            spoken.play(Sound(Tone.REP))
            spoken.say(Say("One", Kind.COUNT, 0.7))
            said = wait(spoken, lambda: not spoken.busy)
            assert [(one.text, one.aloud) for one in said] == [("One", False)]
            assert isinstance(spoken._out, speech.Timed)


def test_what_is_there_is_named(monkeypatch):
    monkeypatch.setattr(speech, "command", lambda options: [sys.executable, "-S", "-c", FOUND])
    assert speech.available() == ["voice espeak-ng", "player aplay"]
    assert speech.describe() == "voice: espeak-ng; sound through: aplay"
    monkeypatch.setattr(speech, "command", lambda options: [sys.executable, "-S", "-c", "1/0"])
    assert speech.available() == []
    assert "text only" in speech.describe()


FOUND = 'print(\'{"voices": ["espeak-ng"], "players": ["aplay"]}\')'


def test_players_that_do_not_work_are_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(players, "PROGRAMS", {"false": (), "true": (), "no-such-player": ()})
    if shutil.which("true") is None or shutil.which("false") is None:
        pytest.skip("no true and false here to stand in for players")
    assert [one.name for one in players.usable(tmp_path, ["false", "no-such-player", "true"])] == ["true"]
    assert list(tmp_path.iterdir()) == []


def test_sound_fed_to_a_stream_starts_when_its_first_buffer_is_heard():
    sound = players.Fed(np.ones(15, dtype=FORMAT))
    out = np.zeros(10, dtype=FORMAT)
    now_s = time.perf_counter()
    sound.feed(out, now_s + 5.0, 100.0)
    assert (sound.started_s, sound.over, sound.used, out.sum()) == (now_s + 5.0, False, False, 10)
    sound.feed(out, now_s + 5.1, 100.0)
    assert (sound.used, out.sum()) == (True, 15)
    sound.stop()
    assert sound.over

from __future__ import annotations

import hashlib
import os
import select
import shutil
import socket
import stat
import struct
import sys
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest

from formcheck.errors import InputError, Reason
from formcheck.frame import Frame
from formcheck.reading import Reading
from formcheck.video import files
from formcheck.video.files import VideoFile, sha256_of, source_record
from tests import media

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX files")


def corners(image: np.ndarray) -> list[str]:
    """Names of the colours in the corners: top left, top right, bottom left, bottom right."""
    names = list(media.CORNERS)
    known = np.array([media.CORNERS[name] for name in names])
    edge = 3
    seen = [image[y, x].astype(int) for y in (edge, -edge) for x in (edge, -edge)]
    return [names[int(np.abs(known - colour).sum(axis=1).argmin())] for colour in seen]


def times(video: VideoFile) -> list[float]:
    return [frame.time_s for frame in video]


def assert_times(shown: Sequence[float], expected: Sequence[Fraction], *, within_s: float = 1e-9) -> None:
    assert shown == pytest.approx([float(time) for time in expected], rel=0, abs=within_s)


def refusal(path: Path) -> InputError:
    """The error that opening or reading a path ends with; it is always one line that names the path."""
    with pytest.raises(InputError) as caught:
        list(VideoFile(path))
    message = str(caught.value)
    assert message.isprintable()
    assert ";" in message  # what is wrong; what to do
    return caught.value


class TestFormats:
    @pytest.mark.parametrize(
        ("codec", "suffix"),
        [
            ("libx264", "mp4"),
            ("libx264", "mov"),
            ("libx264", "mkv"),
            ("libx264", "ts"),
            ("libx264", "avi"),
            ("libx265", "mp4"),
            ("libx265", "mkv"),
            ("libvpx-vp9", "webm"),
            ("libvpx-vp9", "mp4"),
            ("libsvtav1", "mp4"),
            ("libsvtav1", "webm"),
            ("mpeg4", "avi"),
            ("mpeg4", "mp4"),
            ("gif", "gif"),
        ],
    )
    def test_common_ones_decode_whole(self, tmp_path: Path, codec: str, suffix: str) -> None:
        tick_s = Fraction(1, 25) if suffix == "avi" else None
        path = media.make_video(
            tmp_path / f"clip.{suffix}", media.pictures(50), media.steady(50, 25), codec=codec, tick_s=tick_s
        )
        video = VideoFile(path)
        frames = list(video)
        assert [frame.index for frame in frames] == list(range(50))
        assert_times([frame.time_s for frame in frames], media.steady(50, 25))
        assert (video.width, video.height, video.scale, video.rotation_deg) == (64, 48, 1, 0)
        assert corners(frames[49].image) == ["top_left", "top_right", "bottom_left", "bottom_right"]
        assert video.warnings == ()

    @pytest.mark.parametrize(
        ("codec", "pix_fmt", "size"),
        [
            ("libx264", "yuv420p10le", (64, 48)),
            ("libx265", "yuv420p10le", (64, 48)),
            ("libx264", "yuv444p", (63, 47)),
            ("libx264", "yuvj420p", (64, 48)),
            ("ffv1", "bgra", (63, 47)),
            ("ffv1", "gray", (64, 48)),
        ],
    )
    def test_odd_pixels_and_sizes_become_plain_rgb(
        self, tmp_path: Path, codec: str, pix_fmt: str, size: tuple[int, int]
    ) -> None:
        path = media.make_video(tmp_path / "clip.mkv", media.pictures(40, size), codec=codec, pix_fmt=pix_fmt)
        for frame in VideoFile(path):
            assert frame.size == size
            assert frame.image.dtype == np.uint8
            assert frame.image.flags.c_contiguous
        if pix_fmt != "gray":
            assert np.abs(frame.image[3, 3].astype(int) - media.CORNERS["top_left"]).max() <= 6

    def test_sixteen_pixels_square_decode(self, tmp_path: Path) -> None:
        assert next(iter(VideoFile(media.tiny(tmp_path / "tiny.mp4")))).size == (16, 16)

    def test_sound_is_passed_over(self, tmp_path: Path) -> None:
        video = VideoFile(media.make_video(tmp_path / "clip.mp4", sound_s=3.0))
        assert len(times(video)) == 60
        assert video.warnings == ()
        assert video.decoded is not None
        assert video.decoded.complete

    @pytest.mark.parametrize("name", ["übung ñ 練習 🦵.mp4", "a:b %03d *[?].mp4", "x" * 251 + ".mp4"])
    @POSIX
    def test_any_name_opens(self, tmp_path: Path, name: str) -> None:
        path = media.make_video(tmp_path / "clip.mp4").rename(tmp_path / name)
        assert len(list(VideoFile(path))) == 60

    def test_a_deep_folder_opens(self, tmp_path: Path) -> None:
        folder = tmp_path.joinpath(*["d" * 50] * 6)
        folder.mkdir(parents=True)
        path = shutil.move(media.make_video(tmp_path / "clip.mp4"), folder / "clip.mp4")
        assert len(list(VideoFile(path))) == 60


class TestTimes:
    def test_are_the_recordings_own_and_exact(self, tmp_path: Path) -> None:
        shown = [0, 3003, 6006, 12012, 13000, 13001, 60000, 90000, 99000]  # in 1/90000 s
        path = media.make_video(
            tmp_path / "clip.mp4", media.pictures(9), [Fraction(tick, 90_000) for tick in shown]
        )
        assert times(VideoFile(path)) == [tick / 90_000 for tick in shown]

    def test_begin_at_zero_wherever_the_recording_begins(self, tmp_path: Path) -> None:
        late = [time + 5 for time in media.steady(60)]
        for suffix in ("mkv", "mp4", "ts"):
            video = VideoFile(media.make_video(tmp_path / f"clip.{suffix}", media.pictures(60), late))
            assert_times(times(video), media.steady(60), within_s=0.00051)
            assert video.warnings == ()

    def test_frames_left_out_of_an_avi_leave_a_gap(self, tmp_path: Path) -> None:
        """AVI knows no times: a recorder that drops a frame writes an empty one."""
        shown = [*media.steady(30), *(time + Fraction(4, 3) for time in media.steady(30))]
        path = media.make_video(
            tmp_path / "clip.avi", media.pictures(60), shown, codec="mpeg4", tick_s=Fraction(1, 30)
        )
        assert_times(times(VideoFile(path)), shown)

    def test_second_iteration_is_the_first_again(self, tmp_path: Path) -> None:
        video = VideoFile(media.make_video(tmp_path / "clip.mp4"))
        first, second = list(video), list(video)
        assert [frame.time_s for frame in first] == [frame.time_s for frame in second]
        assert all(np.array_equal(a.image, b.image) for a, b in zip(first, second, strict=True))

    def test_go_on_when_the_clock_starts_anew(self, tmp_path: Path) -> None:
        path = media.make_video(tmp_path / "clip.ts")
        path.write_bytes(path.read_bytes() * 2)
        assert_times(times(VideoFile(path)), media.steady(120))

    @pytest.mark.parametrize(
        ("stamps", "expected"),
        [
            ([7, 10, 13], [0.0, 0.3, 0.6]),
            ([-3, 0, 3], [0.0, 0.3, 0.6]),
            ([0, 3, 3, 2, 6], [0.0, 0.3, None, None, 0.6]),
            ([0, 3, None, 9], [0.0, 0.3, 0.6, 0.9]),
            ([None, None, None], [0.0, 0.2, 0.4]),
            ([100, 103, 0, 3], [0.0, 0.3, 0.6, 0.9]),
            ([0, 3, 10**9, 10**9 + 3], [0.0, 0.3, 0.6, 0.9]),
            ([0, 3, 600], [0.0, 0.3, 60.0]),
        ],
        ids=["late", "early", "equal or back", "missing", "all missing", "restart", "leap", "pause"],
    )
    def test_time_stamps_are_repaired(self, stamps: list[int | None], expected: list[float | None]) -> None:
        clock = files._Clock(Fraction(1, 10), step=2)
        assert [clock.tell(stamp) for stamp in stamps] == expected


class TestLook:
    """The pixels that a player would show."""

    @pytest.mark.parametrize(
        ("rotation", "mirror", "expected"),
        [
            (0, False, ["top_left", "top_right", "bottom_left", "bottom_right"]),
            (90, False, ["bottom_left", "top_left", "bottom_right", "top_right"]),
            (180, False, ["bottom_right", "bottom_left", "top_right", "top_left"]),
            (270, False, ["top_right", "bottom_right", "top_left", "bottom_left"]),
            (0, True, ["top_right", "top_left", "bottom_right", "bottom_left"]),
            (90, True, ["bottom_right", "top_right", "bottom_left", "top_left"]),
            (180, True, ["bottom_left", "bottom_right", "top_left", "top_right"]),
            (270, True, ["top_left", "bottom_left", "top_right", "bottom_right"]),
        ],
    )
    def test_rotation_tag_is_obeyed_once(
        self, tmp_path: Path, rotation: int, mirror: bool, expected: list[str]
    ) -> None:
        video = VideoFile(media.make_video(tmp_path / "clip.mp4", rotation=rotation, mirror=mirror))
        size = (48, 64) if rotation % 180 else (64, 48)
        assert (video.width, video.height) == size
        assert video.rotation_deg == rotation
        for frame in video:
            assert frame.size == size
            assert frame.image.flags.c_contiguous
            assert corners(frame.image) == expected

    @pytest.mark.parametrize(
        ("aspect", "rotation", "size"),
        [
            (Fraction(4, 3), 0, (85, 48)),
            (Fraction(3, 4), 0, (48, 48)),
            (Fraction(4, 3), 90, (48, 85)),
            (Fraction(5), 0, (64, 48)),
            (Fraction(1, 5), 0, (64, 48)),
        ],
    )
    def test_pixels_are_square(
        self, tmp_path: Path, aspect: Fraction, rotation: int, size: tuple[int, int]
    ) -> None:
        video = VideoFile(media.make_video(tmp_path / "clip.mp4", aspect=aspect, rotation=rotation))
        assert (video.width, video.height) == size
        assert next(iter(video)).size == size

    def test_a_very_large_picture_is_scaled_down(self, tmp_path: Path) -> None:
        size = (8200, 64)
        path = media.make_video(
            tmp_path / "clip.mp4", media.pictures(4, size), media.steady(4, 2), rotation=90
        )
        video = VideoFile(path)
        assert (video.width, video.height) == (64, 8200)
        assert video.scale == 3
        frame = next(iter(video))
        assert frame.size == (21, 2733)
        assert corners(frame.image) == ["bottom_left", "top_left", "bottom_right", "top_right"]

    def test_size_that_changes_midway_keeps_its_shape(self, tmp_path: Path) -> None:
        path = media.make_video(tmp_path / "clip.ts")
        tall = media.make_video(tmp_path / "tall.ts", media.pictures(60, (48, 64)))
        path.write_bytes(path.read_bytes() + tall.read_bytes())
        last = list(VideoFile(path))[-1].image
        assert last.shape == (48, 64, 3)
        assert (last[:, :13] == 0).all()  # 36 of 64 columns are picture
        assert (last[:, -13:] == 0).all()
        assert corners(last[:, 14:50]) == ["top_left", "top_right", "bottom_left", "bottom_right"]


class TestRefusals:
    @pytest.mark.parametrize(
        ("build", "reason"),
        [
            (media.empty, Reason.UNREADABLE),
            (media.text, Reason.UNREADABLE),
            (media.audio_only, Reason.NO_VIDEO_STREAM),
            (media.no_frames, Reason.NO_FRAMES),
            (media.one_frame, Reason.TOO_SHORT),
        ],
    )
    def test_each_has_its_reason(self, tmp_path: Path, build, reason: Reason) -> None:
        assert refusal(build(tmp_path / "clip.mp4")).reason is reason

    def test_missing_and_folder_and_absurd_names_are_not_found(self, tmp_path: Path) -> None:
        clip = media.text(tmp_path / "clip")
        for path in (tmp_path / "no", tmp_path, clip / "below", tmp_path / ("x" * 300), Path("a\0b")):
            assert refusal(path).reason is Reason.NOT_FOUND

    def test_message_is_one_line_whatever_the_name(self, tmp_path: Path) -> None:
        assert "new?line.mp4" in str(refusal(tmp_path / "new\nline.mp4"))

    def test_a_photograph_is_too_short(self, tmp_path: Path) -> None:
        assert refusal(media.still(tmp_path / "photo.png")).reason is Reason.TOO_SHORT

    @pytest.mark.parametrize(("count", "fits"), [(29, False), (30, True)])
    def test_a_second_is_enough(self, tmp_path: Path, count: int, fits: bool) -> None:
        for suffix in ("mp4", "mkv"):
            path = media.make_video(tmp_path / f"clip.{suffix}", media.pictures(count))
            if fits:
                assert len(list(VideoFile(path))) == count
            else:
                assert refusal(path).reason is Reason.TOO_SHORT

    def test_too_short_is_said_after_all_frames(self, tmp_path: Path) -> None:
        seen: list[Frame] = []
        video = VideoFile(media.make_video(tmp_path / "clip.mp4", media.pictures(10)))
        with pytest.raises(InputError):
            seen.extend(video)
        assert video.decoded is not None
        assert video.decoded.frames == 10

    def test_cover_art_is_no_recording(self, tmp_path: Path) -> None:
        path = media.audio_with_cover(tmp_path / "song.mp4")
        assert refusal(path).reason is Reason.NO_VIDEO_STREAM

    def test_damaged_beyond_reading(self, tmp_path: Path) -> None:
        noise = tmp_path / "noise.mp4"
        noise.write_bytes(np.random.default_rng(1).bytes(50_000))
        headless = media.scramble(media.make_video(tmp_path / "headless.mp4"), 0.0, 0.9)
        unfinished = media.truncate(media.make_video(tmp_path / "unfinished.mp4"), 0.5)
        for path in (noise, headless, unfinished):
            assert refusal(path).reason is Reason.UNREADABLE

    @POSIX
    def test_pipes_and_devices_are_not_opened(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe.mp4")
        for path in (tmp_path / "pipe.mp4", Path("/dev/zero")):
            assert refusal(path).reason is Reason.UNREADABLE

    @POSIX
    @pytest.mark.skipif(hasattr(os, "getuid") and os.getuid() == 0, reason="root may read everything")
    def test_a_file_one_may_not_read(self, tmp_path: Path) -> None:
        path = media.make_video(tmp_path / "clip.mp4")
        path.chmod(0)
        assert refusal(path).reason is Reason.UNREADABLE
        path.chmod(stat.S_IRWXU)

    def test_opening_that_fails_is_unreadable(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*args: object) -> None:
            raise PermissionError(13, "Permission denied")

        path = media.make_video(tmp_path / "clip.mp4")
        monkeypatch.setattr("builtins.open", refuse)
        error = refusal(path)
        assert error.reason is Reason.UNREADABLE
        assert "Permission denied" in str(error)

    def test_lost_between_two_passes(self, tmp_path: Path) -> None:
        video = VideoFile(media.make_video(tmp_path / "clip.mp4"))
        video.path.unlink()
        with pytest.raises(InputError) as caught:
            list(video)
        assert caught.value.reason is Reason.NOT_FOUND


class TestAnimatedWebp:
    def test_what_helps_is_told(self, tmp_path: Path) -> None:
        path = tmp_path / "clip.webp"
        body = b"WEBPVP8X" + struct.pack("<I", 10) + bytes([2]) + bytes(9) + b"ANIM" + bytes(10)
        path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
        error = refusal(path)
        assert error.reason is Reason.UNSUPPORTED
        assert "save it as MP4" in str(error)


class TestNothingElseIsOpened:
    """Files that name other files or addresses."""

    def test_playlists_reach_no_other_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)  # where a relative name would be found
        other = media.make_video(tmp_path / "other.ts")
        lists = {
            "list.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2.0,\n{}\n#EXT-X-ENDLIST\n",
            "list.ffconcat": "ffconcat version 1.0\nfile {}\n",
        }
        for name, body in lists.items():
            for target in (other.name, str(other), f"file:{other}"):
                path = tmp_path / name
                path.write_text(body.format(target), encoding="utf-8")
                assert refusal(path).reason is Reason.UNREADABLE

    def test_ffmpeg_itself_is_told_to_open_nothing(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A list format that formcheck does not know by name gets no further."""
        monkeypatch.setattr(files, "_REFERENCES", frozenset())
        monkeypatch.chdir(tmp_path)
        media.make_video(tmp_path / "other.ts")
        path = tmp_path / "list.mp4"
        path.write_text("ffconcat version 1.0\nfile other.ts\n", encoding="utf-8")
        assert refusal(path).reason is Reason.UNREADABLE

    def test_no_connection_is_made(self, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            host = f"127.0.0.1:{server.getsockname()[1]}"
            bodies = {
                "a.m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nhttp://{host}/a.ts\n#EXT-X-ENDLIST\n",
                "a.mp4": f"ffconcat version 1.0\nfile http://{host}/a.mp4\n",
                "a.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\n"
                "c=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n",
            }
            for name, body in bodies.items():
                (tmp_path / name).write_text(body, encoding="utf-8")
                assert refusal(tmp_path / name).reason is Reason.UNREADABLE
            assert select.select([server], [], [], 0.1)[0] == []

    @pytest.mark.parametrize(
        "name", ["http://127.0.0.1:9/a.mp4", "concat:a.mp4|b.mp4", "pipe:0", "rtsp://x/y"]
    )
    def test_addresses_are_names_of_missing_files(self, name: str) -> None:
        assert refusal(Path(name)).reason is Reason.NOT_FOUND


class TestWarnings:
    @pytest.mark.parametrize("suffix", ["mp4", "mkv", "webm", "ts", "avi", "gif"])
    def test_truncated_file_keeps_what_came_before(self, tmp_path: Path, suffix: str) -> None:
        codec = {"webm": "libvpx-vp9", "gif": "gif"}.get(suffix, "libx264")
        path = media.make_video(
            tmp_path / f"clip.{suffix}",
            media.grain(90),
            codec=codec,
            tick_s=Fraction(1, 30) if suffix == "avi" else None,
            container_options={"movflags": "faststart"} if suffix == "mp4" else None,
        )
        whole = list(VideoFile(path))
        video = VideoFile(media.truncate(path, 0.7))
        kept = list(video)
        assert 54 <= len(kept) <= 64
        for old, new in zip(whole[:50], kept, strict=False):
            assert new.time_s == pytest.approx(old.time_s, abs=1e-9)
            assert np.array_equal(new.image, old.image)
        assert video.warnings == ("truncated",)

    @pytest.mark.parametrize("suffix", ["mp4", "ts"])
    def test_damage_midway_is_passed_over(self, tmp_path: Path, suffix: str) -> None:
        path = media.make_video(tmp_path / f"clip.{suffix}", media.grain(90))
        video = VideoFile(media.scramble(path, 0.45, 0.47))
        shown = times(video)
        assert len(shown) >= 85
        assert shown[-1] == pytest.approx(89 / 30, abs=0.1)
        assert np.all(np.diff(shown) > 0)
        assert video.warnings == ("truncated",)

    def test_damage_that_the_decoder_papers_over(self, tmp_path: Path) -> None:
        path = media.make_video(tmp_path / "clip.mp4", media.grain(90), codec="mpeg4")
        video = VideoFile(media.scramble(path, 0.5, 0.503))
        assert len(times(video)) >= 88
        assert video.warnings == ("truncated",)

    def test_unreadable_packets_are_passed_over_until_they_are_too_many(self) -> None:
        tally = files._Tally()
        packets = files._packets(_Stumbling(3), tally)  # type: ignore[arg-type]
        assert next(packets).size == 7
        assert tally.damaged
        assert list(files._packets(_Stumbling(10**9), tally)) == []  # type: ignore[arg-type]

    def test_an_end_that_the_header_promises(self, tmp_path: Path) -> None:
        """Nothing of the file is damaged: its index says more than its pictures last."""
        video = VideoFile(media.declare_duration(media.make_video(tmp_path / "clip.mkv"), 3.0))
        assert len(times(video)) == 60
        assert video.warnings == ("truncated",)

    @pytest.mark.parametrize(("container", "codes"), [("mpegvideo", ()), ("matroska,webm", ("truncated",))])
    def test_a_guessed_duration_promises_nothing(self, container: str, codes: tuple[str, ...]) -> None:
        """FFmpeg divides the size of a bare stream by its bit rate."""
        tally = files._Tally(end_s=2.0, times_s=[0.0, 0.1])
        guess = SimpleNamespace(format=SimpleNamespace(name=container), duration=9_000_000, start_time=None)
        reader = SimpleNamespace(failed=False, seek=lambda *_: 0, read=lambda _: b"")
        tally.finish(files._Open(guess, None, reader))  # type: ignore[arg-type]
        assert tally.decoded().warnings == codes

    def test_sound_longer_than_the_picture_is_no_loss(self, tmp_path: Path) -> None:
        for suffix in ("mp4", "mkv", "avi"):
            tick_s = Fraction(1, 30) if suffix == "avi" else None
            video = VideoFile(media.make_video(tmp_path / f"clip.{suffix}", sound_s=5.0, tick_s=tick_s))
            assert len(times(video)) == 60
            assert video.warnings == ()

    def test_a_read_that_fails_ends_the_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        options = {"movflags": "faststart"}
        video = VideoFile(media.make_video(tmp_path / "c.mp4", media.grain(90), container_options=options))
        size = video.path.stat().st_size
        read = files._Reader.read

        def fail_late(self: files._Reader, count: int) -> bytes:
            if self._file.tell() > 0.6 * size:
                self._file = _Broken()
            return read(self, count)

        monkeypatch.setattr(files._Reader, "read", fail_late)
        assert 40 < len(times(video)) < 90
        assert video.warnings == ("truncated",)
        assert capfd.readouterr().err == ""

    @pytest.mark.parametrize(
        ("rate", "codes"), [(1, ("low_frame_rate",)), (7, ("low_frame_rate",)), (10, ()), (12, ())]
    )
    def test_low_frame_rate(self, tmp_path: Path, rate: int, codes: tuple[str, ...]) -> None:
        for suffix, codec in (("mp4", "libx264"), ("gif", "gif"), ("mkv", "libx264")):
            path = media.make_video(
                tmp_path / f"clip{rate}.{suffix}", media.pictures(20), media.steady(20, rate), codec=codec
            )
            video = VideoFile(path)
            assert len(times(video)) == 20
            assert video.warnings == codes
            assert video.decoded is not None
            assert video.decoded.median_rate_hz == pytest.approx(rate, rel=0.05)

    def test_a_gap_is_a_low_frame_rate(self, tmp_path: Path) -> None:
        shown = [*media.steady(30), *(time + 2 for time in media.steady(30))]
        video = VideoFile(media.make_video(tmp_path / "clip.mp4", media.pictures(60), shown))
        assert times(video) == [float(time) for time in shown]
        assert video.warnings == ("low_frame_rate",)
        assert video.decoded is not None
        assert video.decoded.longest_gap_s == pytest.approx(2 - 29 / 30)

    def test_a_joined_stream_is_whole(self, tmp_path: Path) -> None:
        """Its packets are marked at the seam, where their numbering breaks."""
        one = media.make_video(tmp_path / "one.ts", media.grain(60)).read_bytes()
        path = tmp_path / "joined.ts"
        path.write_bytes(one + one)
        video = VideoFile(path)
        assert len(times(video)) == 120
        assert video.warnings == ()
        cut = tmp_path / "cut.ts"
        cut.write_bytes(one[: 188 * 300] + one[188 * 320 :])
        lossy = VideoFile(cut)
        list(lossy)
        assert lossy.warnings == ("truncated",)


class _Stumbling:
    """A container whose first so many reads fail."""

    def __init__(self, failures: int) -> None:
        self.failures = failures

    def demux(self) -> Iterator[SimpleNamespace]:
        self.failures -= 1
        if self.failures >= 0:
            raise av.error.InvalidDataError(1, "bad")
        yield SimpleNamespace(
            size=7, is_corrupt=False, pts=0, dts=0, duration=1, time_base=Fraction(1, 30), stream_index=0
        )


class _Broken:
    """A file on a stick that was pulled."""

    def read(self, size: int) -> bytes:
        raise OSError(5, "Input/output error")

    def tell(self) -> int:
        return 0

    def seek(self, offset: int, whence: int = 0) -> int:
        return 0


class TestRecord:
    def test_source_record_says_what_was_read(self, tmp_path: Path) -> None:
        video = VideoFile(media.make_video(tmp_path / "clip.mp4", rotation=270))
        with pytest.raises(ValueError, match="iterate"):
            source_record(video)
        list(video)
        record = source_record(video, frames_analysed=30, sha256="ab")
        assert (record.path, record.sha256, record.recorded_at) == ("clip.mp4", "ab", None)
        assert (record.width, record.height, record.rotation_deg) == (48, 64, 270)
        assert (record.frames, record.frames_analysed) == (60, 30)
        assert record.duration_s == pytest.approx(2.0)
        assert source_record(video, path="a/clip.mp4").path == "a/clip.mp4"

    def test_part_of_a_recording_has_no_end_to_miss(self, tmp_path: Path) -> None:
        video = VideoFile(media.make_video(tmp_path / "clip.mp4"))
        for frame in video:
            if frame.index == 29:
                break
        del frame
        list(zip(range(30), video, strict=False))
        assert video.declared_duration_s == 2.0
        assert video.decoded is not None
        assert not video.decoded.complete
        assert video.warnings == ()

    @pytest.mark.parametrize(
        ("written", "expected"),
        [
            ({"creation_time": "2026-03-04T05:06:07Z"}, "2026-03-04T05:06:07+00:00"),
            ({"creation_time": "yesterday"}, None),
            ({}, None),
        ],
    )
    def test_recorded_at(self, tmp_path: Path, written: dict[str, str], expected: str | None) -> None:
        for suffix in ("mkv", "mp4") if "yesterday" not in written.values() else ("mkv",):
            path = media.make_video(tmp_path / f"clip.{suffix}", metadata=written)
            assert VideoFile(path).recorded_at == expected

    def test_phones_own_time_goes_first(self, tmp_path: Path) -> None:
        told = {
            "creation_time": "2026-03-04T05:06:07Z",
            "com.apple.quicktime.creationdate": "2026-03-04T07:06:07+0200",
        }
        path = media.make_video(
            tmp_path / "clip.mov", metadata=told, container_options={"movflags": "use_metadata_tags"}
        )
        assert VideoFile(path).recorded_at == "2026-03-04T07:06:07+02:00"

    def test_words_that_are_not_unicode_do_no_harm(self, tmp_path: Path) -> None:
        path = media.make_video(tmp_path / "clip.mkv", metadata={"title": "ABCDEFGH"})
        path.write_bytes(path.read_bytes().replace(b"ABCDEFGH", b"\xff\xfe\xff\xfe\xff\xfe\xff\xfe"))
        assert len(list(VideoFile(path))) == 60

    def test_sha256(self, tmp_path: Path) -> None:
        path = media.scramble(media.text(tmp_path / "clip.mp4"), 0, 1)
        assert sha256_of(path) == hashlib.sha256(path.read_bytes()).hexdigest()
        with pytest.raises(InputError) as caught:
            sha256_of(tmp_path)
        assert caught.value.reason is Reason.NOT_FOUND


class TestParts:
    """A part is the same frames at the same times as in the whole, decoded from the key frame before."""

    @pytest.fixture
    def grouped(self, tmp_path: Path) -> Path:
        """Four seconds with a key frame each half second, pictures shown out of order, first stamp not 0."""
        path = tmp_path / "grouped.mkv"
        images = media.grain(120)
        with av.open(str(path), "w") as container:
            options = {"preset": "veryfast", "g": "15", "bf": "3", "x264-params": "open-gop=1"}
            stream = container.add_stream("libx264", rate=30, options=options)
            stream.height, stream.width = images[0].shape[:2]
            for index, image in enumerate(images):
                frame = av.VideoFrame.from_ndarray(image, format="rgb24")
                frame.pts, frame.time_base = 45_000 + index * 3_000, Fraction(1, 90_000)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return path

    @pytest.mark.parametrize(("start_s", "end_s"), [(0.0, 1.5), (0.9, 2.1), (1.0, 2.5), (2.0, float("inf"))])
    @pytest.mark.parametrize("suffix", ["grouped", "mp4", "avi", "ts", "webm"])
    def test_a_part_is_those_frames_of_the_whole(self, suffix, start_s, end_s, grouped, tmp_path):
        codec = {"webm": "libvpx-vp9", "avi": "mpeg4"}.get(suffix, "libx264")
        path = (
            grouped
            if suffix == "grouped"
            else media.make_video(tmp_path / f"clip.{suffix}", media.pictures(90), codec=codec)
        )
        whole = VideoFile(path)
        wanted = [frame for frame in whole if start_s - 1e-6 <= frame.time_s <= end_s + 1e-6]
        part = VideoFile(path, files.Span(start_s, end_s))
        got = list(part)
        assert [frame.time_s for frame in got] == [frame.time_s for frame in wanted]
        assert all((one.image == other.image).all() for one, other in zip(got, wanted, strict=True))
        assert part.warnings == whole.warnings
        source, everything = source_record(part), source_record(whole)
        assert (source.frames, source.frames_analysed) == (everything.frames, len(wanted))
        assert source.duration_s == pytest.approx(everything.duration_s, abs=0.05)

    def test_only_what_is_needed_is_decoded(self, grouped, monkeypatch):
        decoded = []
        real = files._decode

        def counting(stream, packet, tally):
            decoded.append(packet)
            return real(stream, packet, tally)

        monkeypatch.setattr(files, "_decode", counting)
        video = VideoFile(grouped)
        whole = list(video)
        everything = len(decoded)
        decoded.clear()
        asked = [whole[20].time_s, whole[100].time_s]
        found = list(video.stills(reversed(asked)))
        assert [frame.time_s for frame in found] == asked
        assert (found[0].image == whole[20].image).all()
        assert (found[1].image == whole[100].image).all()
        assert len(decoded) < 0.6 * everything
        assert list(video.stills([99.0])) == []

    @pytest.mark.parametrize(
        ("span", "told"),
        [
            ((1.0, 1.5), "the part from 1 to 1.5 s holds 0.53 s of pictures; at least 1 s is needed"),
            ((30.0, float("inf")), "ends at 4.0 s, before the part from 30 s on begins"),
        ],
    )
    def test_a_part_without_a_second_of_pictures_is_refused(self, grouped, span, told):
        with pytest.raises(InputError) as caught:
            list(VideoFile(grouped, files.Span(*span)))
        assert caught.value.reason is Reason.TOO_SHORT
        assert told in str(caught.value)

    def test_a_part_far_behind_the_start_is_no_broken_clock(self, tmp_path):
        between = [Fraction(2000)]
        late = [*media.steady(60), *between, *(4000 + time_s for time_s in media.steady(60))]
        path = media.make_video(tmp_path / "clip.mp4", media.pictures(121), late)
        assert times(VideoFile(path, files.Span(3990.0, 4010.0)))[0] == pytest.approx(4000.0)

    @pytest.mark.parametrize("leap", ["back", "ahead"])
    def test_a_part_after_a_clock_that_started_anew(self, tmp_path, leap):
        """The part, and single pictures, are those of the whole, whatever the packets say."""
        late = [*media.steady(60), *(4000 + time_s for time_s in media.steady(60))]
        path = (
            media.joined(tmp_path / "clip.mkv")
            if leap == "back"
            else media.make_video(tmp_path / "clip.mp4", media.pictures(120), late)
        )
        whole = list(VideoFile(path))
        assert whole[-1].time_s == pytest.approx(119 / 30, abs=0.02)
        part = VideoFile(path, files.Span(2.5))
        got = list(part)
        wanted = [frame for frame in whole if frame.time_s >= 2.5 - 1e-6]
        assert [frame.time_s for frame in got] == [frame.time_s for frame in wanted]
        assert np.array_equal(got[5].image, wanted[5].image)
        assert source_record(part).frames == 120
        (still,) = VideoFile(path).stills([whole[100].time_s])
        assert np.array_equal(still.image, whole[100].image)

    def test_a_cut_file_says_so_in_a_part_as_well(self, grouped, tmp_path):
        path = tmp_path / "cut.mkv"
        path.write_bytes(grouped.read_bytes())
        media.truncate(path, 0.7)
        part = VideoFile(path, files.Span(0.0, 1.2))
        list(part)
        assert "truncated" in part.warnings


class TestReading:
    """A recording turned, mirrored or played slower than life, as somebody said."""

    @pytest.mark.parametrize("own", [0, 90, 180, 270])
    @pytest.mark.parametrize("asked", [90, 180, 270])
    def test_a_turn_by_hand_comes_after_the_files_own(self, tmp_path: Path, own: int, asked: int) -> None:
        path = media.make_video(tmp_path / "clip.mp4", rotation=own)
        plain = next(iter(VideoFile(path))).image
        video = VideoFile(path, reading=Reading(rotate_deg=asked))
        image = next(iter(video)).image
        assert corners(image) == corners(np.rot90(plain, -asked // 90))
        assert (video.width, video.height) == (image.shape[1], image.shape[0])
        assert video.rotation_deg == (own + asked) % 360

    @pytest.mark.parametrize("own", [0, 90])
    def test_a_mirror_image_is_put_right(self, tmp_path: Path, own: int) -> None:
        path = media.make_video(tmp_path / "clip.mp4", rotation=own)
        plain = next(iter(VideoFile(path))).image
        video = VideoFile(path, reading=Reading(rotate_deg=90, mirrored=True))
        frames = list(video)
        assert corners(frames[0].image) == corners(np.rot90(plain, -1)[:, ::-1])
        assert source_record(video).mirrored
        assert source_record(video).rotation_deg == (own + 90) % 360

    @pytest.mark.parametrize("suffix", ["mp4", "ts"])
    def test_slow_motion_is_told_in_seconds_of_life(self, tmp_path: Path, suffix: str) -> None:
        path = media.make_video(tmp_path / f"clip.{suffix}", media.pictures(240))
        video = VideoFile(path, reading=Reading(slow_motion=4.0))
        assert_times(times(video), [Fraction(i, 120) for i in range(240)], within_s=1e-6)
        source = source_record(video)
        assert (source.slow_motion, source.duration_s) == (4.0, pytest.approx(2.0, abs=0.01))
        part = VideoFile(path, files.Span(0.5, 1.6), Reading(slow_motion=4.0))
        assert (times(part)[0], times(part)[-1]) == (pytest.approx(0.5), pytest.approx(1.6))
        assert [frame.time_s for frame in VideoFile(path, reading=Reading(slow_motion=4.0)).stills([1.5])]

    @pytest.mark.parametrize(("captured", "slower"), [("120", 4.0), ("30.01", 1.0), ("nonsense", 1.0)])
    def test_the_file_says_how_slow_it_is(self, tmp_path: Path, captured: str, slower: float) -> None:
        """As Android's phones write it; what is said by hand goes first."""
        path = media.make_video(
            tmp_path / "clip.mp4",
            media.pictures(150),
            metadata={"com.android.capture.fps": captured},
            container_options={"movflags": "use_metadata_tags"},
        )
        assert VideoFile(path).slow_motion == pytest.approx(slower, abs=0.01)
        assert VideoFile(path, reading=Reading(slow_motion=2.0)).slow_motion == 2.0


class TestTracks:
    def test_the_moving_track_is_taken_although_a_still_is_the_default(self, tmp_path: Path) -> None:
        path = media.with_still_first(tmp_path / "clip.mov")
        video = VideoFile(path)
        assert len(times(video)) == 60
        assert (video.width, video.height) == media.SIZE

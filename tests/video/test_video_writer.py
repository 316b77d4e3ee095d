from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from formcheck.errors import OutputError
from formcheck.video import writer
from formcheck.video.files import VideoFile
from formcheck.video.writer import VideoWriter
from tests import media


def write(path: Path, images: list[media.Image], times_s: list[Fraction] | list[float]) -> Path:
    height, width = images[0].shape[:2]
    with VideoWriter(path, (width, height)) as video:
        for image, time_s in zip(images, times_s, strict=True):
            video.write(image, float(time_s))
    return path


def key_times(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        return [
            float(packet.pts * packet.time_base) for packet in container.demux(video=0) if packet.is_keyframe
        ]


@pytest.fixture
def fill_disk() -> Iterator[None]:
    """Let no file grow beyond 4 kB."""
    resource = pytest.importorskip("resource")
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, old[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, old)


class TestWhatIsWritten:
    def test_plays_in_every_browser(self, tmp_path: Path) -> None:
        path = write(tmp_path / "out.mp4", media.pictures(40), media.steady(40))
        with av.open(str(path)) as container:
            assert "mp4" in container.format.name
            assert [stream.type for stream in container.streams] == ["video"]
            stream = container.streams.video[0]
            assert stream.codec_context.name == "h264"
            assert stream.codec_context.pix_fmt == "yuv420p"
        data = path.read_bytes()
        assert data.index(b"moov") < data.index(b"mdat")  # playing starts before all is loaded

    def test_times_are_kept(self, tmp_path: Path) -> None:
        for rate in (Fraction(24), Fraction(30_000, 1001), Fraction(60)):
            shown = media.steady(90, rate)
            read = [frame.time_s for frame in VideoFile(write(tmp_path / "a.mp4", media.pictures(90), shown))]
            assert read == pytest.approx([float(time) for time in shown], abs=1e-12)

    def test_uneven_times_are_kept(self, tmp_path: Path) -> None:
        steps = np.random.default_rng(3).uniform(0.005, 0.3, 50)
        shown = [0.0, *np.cumsum(steps)]
        video = VideoFile(write(tmp_path / "out.mp4", media.pictures(51), shown))
        assert [frame.time_s for frame in video] == pytest.approx(shown, abs=1 / 90_000)

    def test_pictures_are_the_right_way_round_and_colour(self, tmp_path: Path) -> None:
        path = write(tmp_path / "out.mp4", media.pictures(40, (128, 96)), media.steady(40))
        image = list(VideoFile(path))[39].image.astype(int)
        for y, x, name in ((8, 8, "top_left"), (8, -8, "top_right"), (-8, 8, "bottom_left")):
            assert np.abs(image[y, x] - media.CORNERS[name]).max() <= 8

    @pytest.mark.parametrize(
        ("size", "stored"), [((63, 47), (62, 46)), ((64, 47), (64, 46)), ((2, 2), (2, 2))]
    )
    def test_odd_sizes_lose_a_line(
        self, tmp_path: Path, size: tuple[int, int], stored: tuple[int, int]
    ) -> None:
        video = VideoFile(write(tmp_path / "out.mp4", media.pictures(40, size), media.steady(40)))
        assert (video.width, video.height) == stored

    def test_pictures_need_not_be_contiguous(self, tmp_path: Path) -> None:
        mirrored = [image[:, ::-1] for image in media.pictures(40)]
        first = next(iter(VideoFile(write(tmp_path / "out.mp4", mirrored, media.steady(40)))))
        assert np.abs(first.image[4, 4].astype(int) - media.CORNERS["top_right"]).max() <= 8

    @pytest.mark.parametrize("rate", [Fraction(10), Fraction(30_000, 1001), Fraction(60)])
    def test_a_key_frame_each_second(self, tmp_path: Path, rate: Fraction) -> None:
        count = int(5 * rate)
        path = write(tmp_path / "out.mp4", media.pictures(count), media.steady(count, rate))
        keys = key_times(path)
        assert keys[0] == 0
        assert max(np.diff([*keys, 5.0])) <= 1.0
        assert len(keys) <= 6

    def test_a_key_frame_after_a_gap(self, tmp_path: Path) -> None:
        shown = [0.0, 0.1, 0.2, 3.0, 3.1, 3.2, 3.9, 4.6]
        keys = key_times(write(tmp_path / "out.mp4", media.pictures(8), shown))
        assert keys == pytest.approx([0.0, 3.0, 3.9, 4.6])

    def test_other_encoder_if_there_is_no_x264(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(writer.av, "codecs_available", {"libvpx-vp9", "gif"})
        shown = media.steady(40)
        path = write(tmp_path / "out.mp4", media.pictures(40), shown)
        with av.open(str(path)) as container:
            assert container.streams.video[0].codec_context.name == "vp9"
        assert [frame.time_s for frame in VideoFile(path)] == pytest.approx([float(time) for time in shown])
        assert max(np.diff(key_times(path))) <= 1.0

    def test_no_encoder_at_all(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(writer.av, "codecs_available", {"gif"})
        with pytest.raises(OutputError, match="encoder"):
            VideoWriter(tmp_path / "out.mp4", (64, 48))
        assert list(tmp_path.iterdir()) == []


class TestWholeOrNothing:
    def test_name_appears_when_the_file_is_whole(self, tmp_path: Path) -> None:
        path = tmp_path / "out.mp4"
        path.write_bytes(b"the old one")
        with VideoWriter(path, media.SIZE) as video:
            for image, time_s in zip(media.pictures(40), media.steady(40), strict=True):
                video.write(image, float(time_s))
                assert path.read_bytes() == b"the old one"
        assert len(list(VideoFile(path))) == 40
        assert list(tmp_path.iterdir()) == [path]

    def test_others_may_read_it(self, tmp_path: Path) -> None:
        plain = media.empty(tmp_path / "plain")
        path = write(tmp_path / "out.mp4", media.pictures(5), media.steady(5))
        assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)

    @pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
    def test_nothing_stays_after_an_error(self, tmp_path: Path, error: type[BaseException]) -> None:
        def stop_midway() -> None:
            with VideoWriter(tmp_path / "out.mp4", media.SIZE) as video:
                video.write(media.picture(), 0.0)
                raise error

        with pytest.raises(error):
            stop_midway()
        assert list(tmp_path.iterdir()) == []

    def test_no_picture_no_file(self, tmp_path: Path) -> None:
        with VideoWriter(tmp_path / "out.mp4", media.SIZE):
            pass
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        ("image", "time_s", "match"),
        [
            (media.picture((48, 64)), 1.0, "shape"),
            (media.picture(), 0.5, "advance"),
            (media.picture(), 0.0, "advance"),
        ],
        ids=["size", "same time", "back in time"],
    )
    def test_wrong_use_is_told(self, tmp_path: Path, image: media.Image, time_s: float, match: str) -> None:
        with VideoWriter(tmp_path / "out.mp4", media.SIZE) as video:
            video.write(media.picture(), 0.5)
            with pytest.raises(ValueError, match=match):
                video.write(image, time_s)
        assert len(key_times(tmp_path / "out.mp4")) == 1
        (tmp_path / "out.mp4").unlink()
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.skipif(sys.platform == "win32", reason="POSIX names")
    @pytest.mark.parametrize("name", ["übung 練習 🦵.mp4", "a:b %03d [?].mp4", "x" * 251 + ".mp4"])
    def test_any_name(self, tmp_path: Path, name: str) -> None:
        path = write(tmp_path / name, media.pictures(40), media.steady(40))
        assert list(tmp_path.iterdir()) == [path]

    def test_relative_names(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        write(Path("out.mp4"), media.pictures(5), media.steady(5))
        assert list(tmp_path.iterdir()) == [tmp_path / "out.mp4"]

    @pytest.mark.skipif(sys.platform == "win32", reason="POSIX names")
    def test_a_folder_that_looks_like_an_address(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        Path("tcp:b").mkdir()
        write(Path("tcp:b/out.mp4"), media.pictures(5), media.steady(5))
        assert list(tmp_path.iterdir()) == [tmp_path / "tcp:b"]
        assert list(Path("tcp:b").iterdir()) == [Path("tcp:b/out.mp4")]


class TestWhereItCannotBeWritten:
    def test_missing_folder(self, tmp_path: Path) -> None:
        with pytest.raises(OutputError, match=r"out\.mp4.*--out"):
            VideoWriter(tmp_path / "no" / "out.mp4", media.SIZE)
        with pytest.raises(OutputError, match=r"new\?line"):
            VideoWriter(tmp_path / "new\nline" / "out.mp4", media.SIZE)

    @pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() == 0, reason="root may write everywhere")
    def test_folder_one_may_not_write(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o500)
        with pytest.raises(OutputError, match="ermission"):
            VideoWriter(tmp_path / "out.mp4", media.SIZE)

    @pytest.mark.usefixtures("fill_disk")
    @pytest.mark.parametrize("count", [10, 300], ids=["at the end", "on the way"])
    def test_no_space(self, tmp_path: Path, count: int) -> None:
        with pytest.raises(OutputError) as caught:
            write(tmp_path / "out.mp4", media.grain(count), media.steady(count))
        assert str(caught.value).isprintable()
        assert str(tmp_path / "out.mp4") in str(caught.value)
        assert list(tmp_path.iterdir()) == []

    def test_full_disk_advice(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*args: object) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(os, "replace", refuse)
        with pytest.raises(OutputError, match="free some space"):
            write(tmp_path / "out.mp4", media.pictures(5), media.steady(5))
        assert list(tmp_path.iterdir()) == []

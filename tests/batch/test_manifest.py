"""What becomes a row: folders, patterns, addresses, manifests."""

from __future__ import annotations

import os

import fsspec
import pytest

from formcheck.batch import places
from formcheck.batch.manifest import Inputs
from formcheck.batch.options import Options
from formcheck.batch.places import Stamp, fetched, is_address, place_of, stamp_of
from formcheck.errors import InputError, OutputError, Reason, UsageError


@pytest.fixture
def memory():
    """An empty file system that lives in this process."""
    system = fsspec.filesystem("memory")
    system.store.clear()
    system.pseudo_dirs[:] = [""]
    yield system
    system.store.clear()


def touch(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")


def names(inputs, folder):
    return [os.path.relpath(row.place, folder) for row in inputs]


# Paths


def test_a_folder_yields_its_recordings_in_order(tmp_path):
    touch(tmp_path, "b.mp4", "a.MOV", "c/d.webm", "notes.txt", ".hidden.mp4", ".git/e.mp4")
    touch(tmp_path, "a.mp4.formcheck/annotated.mp4", "out/results/f.mp4", "b.json")
    inputs = Inputs([str(tmp_path)], avoid=str(tmp_path / "out"))
    assert names(inputs, tmp_path) == ["a.MOV", "b.mp4", "c/d.webm"]
    assert inputs.count() == 3
    assert [row.number for row in inputs] == [1, 2, 3]


def test_what_is_named_is_taken_whatever_it_is(tmp_path):
    touch(tmp_path, "notes.txt")
    paths = [str(tmp_path / name) for name in ("notes.txt", "missing.mp4", "none*.mp4")]
    assert names(Inputs(paths), tmp_path) == ["notes.txt", "missing.mp4", "none*.mp4"]


def test_a_pattern_yields_what_fits(tmp_path):
    touch(tmp_path, "a1.mp4", "a2.mp4", "b1.mp4", "c/a3.mp4", "a[1].mp4")
    assert names(Inputs([f"{tmp_path}/a?.mp4"]), tmp_path) == ["a1.mp4", "a2.mp4"]
    assert names(Inputs([f"{tmp_path}/**/a3.mp4"]), tmp_path) == ["c/a3.mp4"]
    assert names(Inputs([f"{tmp_path}/a[1].mp4"]), tmp_path) == ["a[1].mp4"]  # there is a file of this name


def test_exclude_leaves_out_by_name_and_by_path(tmp_path):
    touch(tmp_path, "a.mp4", "b_test.mp4", "old/c.mp4")
    rows = Inputs([str(tmp_path)], exclude=["*_test.*", "*/old/*"])
    assert [row.excluded for row in rows] == [False, True, True]


# Manifests


def manifest(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "m.csv"
    path.write_bytes(text.encode(encoding))
    return Inputs(manifest=str(path))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_manifest_as_any_spreadsheet_writes_it(tmp_path, delimiter, encoding):
    lines = [["Path", "Participant", "Größe", ""], ["a.mp4", " Bo ", "17", ""], ["", "", "", ""], ["b.mp4"]]
    text = "\r\n".join(delimiter.join(cells) for cells in lines)
    first, second = manifest(tmp_path, text, encoding)
    assert (first.path, first.participant, first.extra) == ("a.mp4", "Bo", ("17",))
    assert first.place == str(tmp_path / "a.mp4")
    assert (second.number, second.path, second.extra) == (2, "b.mp4", ("",))
    assert manifest(tmp_path, text, encoding).extra_columns() == {"Größe": "int64"}


def test_relative_paths_count_from_the_manifest_else_from_here(tmp_path, monkeypatch):
    touch(tmp_path, "there/a.mp4", "here/b.mp4", "here/a.mp4")
    monkeypatch.chdir(tmp_path / "here")
    rows = list(manifest(tmp_path / "there", "path,profile\na.mp4,p.toml\nb.mp4,gentle\nc.mp4,\n"))
    assert [row.place for row in rows] == [
        str(tmp_path / "there" / "a.mp4"),
        str(tmp_path / "here" / "b.mp4"),
        str(tmp_path / "there" / "c.mp4"),
    ]
    assert [row.profile for row in rows] == [str(tmp_path / "there" / "p.toml"), "gentle", None]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("file,exercise\na,b\n", "no column 'path'"),
        ("", "no column 'path'"),
        ("path,site,site\na,b,c\n", "two columns 'site'"),
    ],
)
def test_a_manifest_that_cannot_be_used(tmp_path, text, complaint):
    with pytest.raises(UsageError, match=complaint):
        manifest(tmp_path, text).count()


def test_a_manifest_in_another_encoding_is_told(tmp_path):
    with pytest.raises(UsageError, match="UTF-8"):
        manifest(tmp_path, "path\nGrün.mp4\n", "latin-1").count()
    with pytest.raises(UsageError, match="cannot be read"):
        Inputs(manifest=str(tmp_path / "none.csv")).count()


def test_how_a_recording_is_read_may_stand_in_its_row(tmp_path):
    manifest = tmp_path / "study.csv"
    manifest.write_text("path,rotate,Mirrored,slow_motion,person\na.mp4,90,true,4,left\nb.mp4,,,,\n")
    one, other = Inputs(manifest=str(manifest))
    assert one.options == Options(rotate=90, mirrored=True, slow_motion=4.0, person="left")
    assert other.options == Options()
    assert Inputs(manifest=str(manifest)).extra_columns() == {}


def test_what_cannot_be_read_so_is_a_mistake_of_its_row(tmp_path):
    text = "path,rotate,slow_motion,person\na.mp4,45,,\nb.mp4,,fast,\nc.mp4,,,at:1\nd.mp4,90,,\n"
    *wrong, right = manifest(tmp_path, text)
    assert ["degrees" in wrong[0].problem, "number" in wrong[1].problem, "at:1" in wrong[2].problem] == [
        True
    ] * 3
    assert right.problem is None


def test_rows_with_a_mistake_say_so(tmp_path):
    first, second, third = manifest(tmp_path, "path,site\na.mp4,b,c\n,x\na.mp4,\n")
    assert "3 cells" in first.problem
    assert "names no path" in second.problem
    assert third.problem is None


def test_paths_and_manifest_are_numbered_through(tmp_path):
    touch(tmp_path, "a.mp4")
    (tmp_path / "m.csv").write_text("path,site\nb.mp4,x\n")
    rows = list(Inputs([str(tmp_path / "a.mp4")], str(tmp_path / "m.csv")))
    assert [(row.number, row.extra) for row in rows] == [(1, ("",)), (2, ("x",))]


# Addresses


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("s3://b/a.mp4", True),
        ("memory://a", True),
        ("filecache::s3://b/a", True),
        ("a.mp4", False),
        ("/a:b/c.mp4", False),
        ("C:/a.mp4", False),
        ("file:///a.mp4", False),
        ("12:30.mp4", False),
    ],
)
def test_what_is_an_address(text, address):
    assert is_address(text) is address


def test_a_file_address_is_a_local_path(tmp_path):
    assert place_of(f"file://{tmp_path}/a.mp4") == str(tmp_path / "a.mp4")


def test_addresses_are_listed_stamped_and_fetched(memory):
    for name in ("in/b.mp4", "in/a.mp4", "in/c.txt", "in/.x.mp4", "in/a.mp4.formcheck/annotated.mp4"):
        memory.pipe_file(f"/{name}", name.encode())
    memory.pipe_file("/in/out/d.mp4", b"d")
    rows = [row.place for row in Inputs(["memory://in"], avoid="memory://in/out")]
    assert [place.rpartition("/")[2] for place in rows] == ["a.mp4", "b.mp4"]
    assert len(list(Inputs(["memory://in/*.mp4"]))) == 2
    assert stamp_of(rows[0]).size == 8
    before = stamp_of(rows[0])
    memory.pipe_file("/in/a.mp4", b"another")
    assert stamp_of(rows[0]) != before
    with fetched(rows[0]) as path:
        assert path.name == "a.mp4"
        assert path.read_bytes() == b"another"
    assert not path.exists()


def test_stamps_of_what_is_not_there(tmp_path, memory):
    memory.pipe_file("/in/a.mp4", b"x")
    for place in (str(tmp_path / "no.mp4"), str(tmp_path), "memory://in/no.mp4", "memory://in"):
        with pytest.raises(InputError) as caught:
            stamp_of(place)
        assert caught.value.reason is Reason.NOT_FOUND
    with pytest.raises(UsageError, match="cannot be opened"):
        stamp_of("nosuch://a/b.mp4")


def test_a_stamp_changes_with_the_file(tmp_path):
    touch(tmp_path, "a.mp4")
    path = str(tmp_path / "a.mp4")
    assert stamp_of(path) == Stamp(1, str(os.stat(path).st_mtime_ns))
    os.utime(path, (1, 1))
    assert stamp_of(path) == Stamp(1, "1000000000")


def test_a_manifest_at_an_address_and_paths_that_count_from_it(memory):
    memory.pipe_file("/study/m.csv", b"path\na.mp4\ns3://other/b.mp4\n")
    rows = list(Inputs(manifest="memory://study/m.csv"))
    assert [row.place for row in rows] == ["memory://study/a.mp4", "s3://other/b.mp4"]


def test_a_full_disk_while_fetching_is_not_the_recordings_fault(tmp_path, memory, monkeypatch):
    memory.pipe_file("/a.mp4", b"x")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(memory), "get_file", full)
    with pytest.raises(OutputError, match="disk is full"):
        places.fetch("memory://a.mp4", tmp_path / "a.mp4")

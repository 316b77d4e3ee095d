"""Model bundles: found, checked, and refused with a line that says what to do."""

import hashlib
import os
import stat
from pathlib import Path

import pytest

from formcheck.errors import ModelError, UsageError
from formcheck.pose.models import CHECKSUMS, VARIANTS, bundle_folder, load_model

CONTENT = b"a bundle"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pose_full.task").write_bytes(CONTENT)
    (tmp_path / CHECKSUMS).write_text(f"{hashlib.sha256(CONTENT).hexdigest()}  pose_full.task\n")
    return tmp_path


@pytest.mark.parametrize("name", VARIANTS)
def test_the_shipped_bundles_are_the_ones_the_checksums_belong_to(name: str) -> None:
    model = load_model(name)
    assert model.name == f"pose_{name}"
    assert hashlib.sha256(model.data).hexdigest() == model.sha256
    assert model.sha256 in (bundle_folder() / CHECKSUMS).read_text(encoding="ascii")


def test_full_is_the_default() -> None:
    assert load_model().name == "pose_full"


def test_loads_from_a_folder(folder: Path) -> None:
    assert load_model("full", folder).data == CONTENT


def test_the_bytes_stay_out_of_the_repr(folder: Path) -> None:
    assert "bundle" not in repr(load_model("full", folder))


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"'medium'.*lite, full, heavy"):
        load_model("medium")


def test_an_altered_bundle_is_refused(folder: Path) -> None:
    (folder / "pose_full.task").write_bytes(CONTENT + b"!")
    with pytest.raises(ModelError, match=r"pose_full\.task: .*altered.*reinstall"):
        load_model("full", folder)


def test_an_empty_bundle_is_refused(folder: Path) -> None:
    (folder / "pose_full.task").write_bytes(b"")
    with pytest.raises(ModelError, match=r"0 bytes"):
        load_model("full", folder)


@pytest.mark.parametrize("name", ["pose_full.task", CHECKSUMS])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ModelError, match=rf"{name}: .*missing.*models/build\.py"):
        load_model("full", folder)


def test_a_bundle_without_checksum_is_refused(folder: Path) -> None:
    (folder / "pose_lite.task").write_bytes(CONTENT)
    with pytest.raises(ModelError, match=r"checksum of pose_lite\.task is not in this list"):
        load_model("lite", folder)


def test_a_folder_in_place_of_the_bundle_cannot_be_read(folder: Path) -> None:
    (folder / "pose_full.task").unlink()
    (folder / "pose_full.task").mkdir()
    with pytest.raises(ModelError, match="cannot be read"):
        load_model("full", folder)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads through mode bits")
def test_a_bundle_without_permission_cannot_be_read(folder: Path) -> None:
    (folder / "pose_full.task").chmod(0)
    with pytest.raises(ModelError, match="permissions"):
        load_model("full", folder)
    (folder / "pose_full.task").chmod(stat.S_IRUSR | stat.S_IWUSR)

"""Model bundles: found, checked, and refused with a line that says what to do."""

import hashlib
import importlib.util
import io
import os
import stat
import zipfile
from itertools import islice
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from numpy.typing import NDArray

from formcheck.errors import ModelError, UsageError
from formcheck.pose.blazepose import TaskLandmarker
from formcheck.pose.models import CHECKSUMS, VARIANTS, Model, bundle_folder, load_model
from formcheck.video.files import VideoFile
from tests.clips import SAMPLES

CONTENT = b"a bundle"


def _script(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


build = _script(SAMPLES.parent / "models" / "build.py")


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


PUBLISHED = Path(os.environ.get("FORMCHECK_PUBLISHED_MODELS", "../shared/models-src"))
"""Where Google's files are, for those who have them."""
needs_published = pytest.mark.skipif(
    not (PUBLISHED / "pose_landmark_full.tflite").is_file(),
    reason="Google's published model files are not here (set FORMCHECK_PUBLISHED_MODELS to their folder)",
)


@needs_published
def test_the_bundles_are_rebuilt_byte_for_byte() -> None:
    for name, data in build.build(PUBLISHED).items():
        assert hashlib.sha256(data).hexdigest() in (bundle_folder() / CHECKSUMS).read_text(
            encoding="ascii"
        ), name


@needs_published
@pytest.mark.parametrize("name", ["lite", "full"])
def test_leaving_the_outline_out_changes_no_landmark(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "without_outline", lambda data: data)
    with_outline = Model(f"pose_{name}", build.build(PUBLISHED)[f"pose_{name}.task"], "")
    pictures = [frame.image for frame in islice(VideoFile(SAMPLES / "squat_side.mp4"), 12)]
    for ours, theirs in zip(seen(load_model(name), pictures), seen(with_outline, pictures), strict=True):
        assert np.array_equal(ours, theirs)


def seen(model: Model, pictures: list[NDArray[np.uint8]]) -> list[NDArray[np.float32]]:
    landmarker = TaskLandmarker(model, video=True, poses=1)
    try:
        people = [landmarker.detect(picture, 33 * index) for index, picture in enumerate(pictures)]
    finally:
        landmarker.close()
    assert all(people)
    return [np.column_stack([one.image_px, one.world_m, one.visibility, one.presence]) for (one,) in people]


@pytest.mark.parametrize("name", VARIANTS)
def test_the_landmark_models_compute_nothing_that_is_not_used(name: str) -> None:
    with zipfile.ZipFile(io.BytesIO(load_model(name).data)) as bundle:
        graph = build.model_schema.ModelT.InitFromObj(
            build.model_schema.Model.GetRootAs(bundle.read("pose_landmarks_detector.tflite"), 0)
        ).subgraphs[0]
    outputs = [int(output) for output in graph.outputs]
    shapes = [list(graph.tensors[output].shape) for output in outputs]
    assert shapes == [[1, 195], [1, 1], [1, 1], [1, 64, 64, 39], [1, 117]]
    assert len(build.needed(graph.operators, outputs)) == len(graph.operators)
    assert len(build.needed(graph.operators, outputs[:1])) < len(graph.operators)

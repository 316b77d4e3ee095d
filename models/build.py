"""Build the pose model bundles from Google's published BlazePose files, reproducibly.

    python models/build.py SOURCE_FOLDER [--out models]

SOURCE_FOLDER holds the four published ``.tflite`` files (Apache-2.0)::

    pose_detection.tflite       PyPI mediapipe 0.10.21 wheel, mediapipe/modules/pose_detection/
    pose_landmark_lite.tflite   npm @mediapipe/pose 0.5.1675469404
    pose_landmark_full.tflite   npm @mediapipe/pose 0.5.1675469404 (identical in the wheel above)
    pose_landmark_heavy.tflite  npm @mediapipe/pose 0.5.1675469404

The published files lack the input normalisation that mediapipe's task API wants, so each one gets a
``TFLITE_METADATA`` buffer (a ``ModelMetadata`` flatbuffer): mean 127.5 and std 127.5 for the detector,
mean 0 and std 255 for the landmark models.

The landmark models also draw the person's outline (a 256x256 segmentation mask), which formcheck never
asks for but which would be computed for every picture: it takes a third of the time of the full model.
`without_outline` leaves those operators out.  Everything else is as published, and every landmark comes out
the same, bit for bit (compared on 490 pictures of four samples with all three models).

A ``.task`` bundle is an uncompressed zip of a detector
and a landmark model; with fixed time stamps it is reproducible, and ``checksums.txt`` pins the result.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import sys
import zipfile
from pathlib import Path
from typing import Any

import flatbuffers
from mediapipe.tasks.metadata import metadata_schema_py_generated as metadata_schema
from mediapipe.tasks.metadata import schema_py_generated as model_schema

SOURCE_SHA256 = {
    "pose_detection.tflite": "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
    "pose_landmark_lite.tflite": "f17bfbecadb61c3be1baa8b8d851cc6619c870a87167b32848ad20db306b9d61",
    "pose_landmark_full.tflite": "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
    "pose_landmark_heavy.tflite": "59e42d71bcd44cbdbabc419f0ff76686595fd265419566bd4009ef703ea8e1fe",
}
DETECTOR_NORMALIZATION = (127.5, 127.5)
LANDMARKS_NORMALIZATION = (0.0, 255.0)
VARIANTS = ("lite", "full", "heavy")


def read_source(folder: Path, name: str) -> bytes:
    """Return a published model file after checking that it is the published one."""
    data = (folder / name).read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != SOURCE_SHA256[name]:
        raise SystemExit(f"{folder / name}: sha256 is {found}, expected {SOURCE_SHA256[name]}")
    return data


def metadata_buffer(mean: float, std: float) -> bytes:
    """Return a ``ModelMetadata`` flatbuffer that states how the input tensor is normalised."""
    options = metadata_schema.NormalizationOptionsT()
    options.mean, options.std = [mean], [std]
    unit = metadata_schema.ProcessUnitT()
    unit.optionsType = metadata_schema.ProcessUnitOptions.NormalizationOptions
    unit.options = options
    tensor = metadata_schema.TensorMetadataT()
    tensor.name, tensor.processUnits = "image", [unit]
    graph = metadata_schema.SubGraphMetadataT()
    graph.inputTensorMetadata = [tensor]
    model = metadata_schema.ModelMetadataT()
    model.subgraphMetadata = [graph]
    builder = flatbuffers.Builder(256)
    builder.Finish(model.Pack(builder), b"M001")
    return bytes(builder.Output())


def without_outline(tflite: bytes) -> bytes:
    """Return a landmark model that no longer computes the segmentation mask.

    mediapipe expects five outputs in their order, so the mask's place is taken by a number that is computed
    anyway (whether a person is there); nothing reads it unless masks are asked for.
    """
    model = model_schema.ModelT.InitFromObj(model_schema.Model.GetRootAs(tflite, 0))
    graph = model.subgraphs[0]
    (mask,) = (one for one in graph.outputs if list(graph.tensors[one].shape) == [1, 256, 256, 1])
    (presence,) = (one for one in graph.outputs if list(graph.tensors[one].shape) == [1, 1])
    graph.operators = needed(graph.operators, [one for one in graph.outputs if one != mask])
    graph.outputs = [presence if one == mask else one for one in graph.outputs]
    return packed(model, len(tflite))


def needed(operators: list[Any], outputs: list[int]) -> list[Any]:
    """Return the operators that some outputs depend on, in their order."""
    maker = {int(output): index for index, one in enumerate(operators) for output in one.outputs}
    kept: set[int] = set()
    open_ends = [int(output) for output in outputs]
    while open_ends:
        index = maker.get(open_ends.pop())
        if index is not None and index not in kept:
            kept.add(index)
            open_ends += [int(tensor) for tensor in operators[index].inputs]
    return [one for index, one in enumerate(operators) if index in kept]


def packed(model: Any, size: int) -> bytes:
    """Return a model as a flatbuffer of about that size."""
    builder = flatbuffers.Builder(size + 1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def with_metadata(tflite: bytes, normalization: tuple[float, float]) -> bytes:
    """Return the model with a ``TFLITE_METADATA`` buffer added (any older one replaced)."""
    model = model_schema.ModelT.InitFromObj(model_schema.Model.GetRootAs(tflite, 0))
    buffer = model_schema.BufferT()
    buffer.data = list(metadata_buffer(*normalization))
    model.buffers.append(buffer)
    entry = model_schema.MetadataT()
    entry.name, entry.buffer = "TFLITE_METADATA", len(model.buffers) - 1
    kept = [m for m in model.metadata or [] if m.name not in (b"TFLITE_METADATA", "TFLITE_METADATA")]
    model.metadata = [*kept, entry]
    return packed(model, len(tflite))


def bundle(detector: bytes, landmarks: bytes) -> bytes:
    """Return the uncompressed zip that mediapipe loads, with fixed time stamps and permissions."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, data in (
            ("pose_detector.tflite", detector),
            ("pose_landmarks_detector.tflite", landmarks),
        ):
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, data)
    return stream.getvalue()


def build(source: Path) -> dict[str, bytes]:
    """Return ``{file name: content}`` of the three bundles."""
    detector = with_metadata(read_source(source, "pose_detection.tflite"), DETECTOR_NORMALIZATION)
    return {
        f"pose_{variant}.task": bundle(
            detector,
            with_metadata(
                without_outline(read_source(source, f"pose_landmark_{variant}.tflite")),
                LANDMARKS_NORMALIZATION,
            ),
        )
        for variant in VARIANTS
    }


def main(arguments: list[str] | None = None) -> int:
    """Build the bundles and their checksum list into ``--out``."""
    parser = argparse.ArgumentParser(description="Build the pose model bundles (see the head of this file).")
    parser.add_argument("source", type=Path, help="folder with the published .tflite files")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="where the bundles go")
    options = parser.parse_args(arguments)
    lines = []
    for name, data in build(options.source).items():
        (options.out / name).write_bytes(data)
        lines.append(f"{hashlib.sha256(data).hexdigest()}  {name}\n")
    (options.out / "checksums.txt").write_text("".join(lines), encoding="ascii")
    sys.stdout.writelines(lines)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

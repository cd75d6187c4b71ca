"""Reads .edge files; sdk/Edge/Inference/FORMAT.md says what stands where.

    python3 edge_file.py net.edge        # lists the plan's operators

`edgec` checks what it writes; this reader checks only that a file is one that it understands.
"""

from __future__ import annotations

import json
import struct
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

VERSIONS = range(1, 5)
DTYPES = {"I8": np.int8, "I16": np.int16, "I32": np.int32}


@dataclass(frozen=True)
class PlanTensor:
    """A tensor of the plan: real = scale * (q - zero_point). `values` holds a constant's integers, int4 unpacked to int8."""

    name: str
    at: str
    type: str
    shape: tuple[int, ...]
    scale: np.float32
    zero_point: int
    values: np.ndarray | None = None
    initial: int | None = None

    @property
    def range(self) -> tuple[int, int]:
        """The smallest and the largest integer that the type holds."""
        bits = int(self.type[3:])
        return -(1 << (bits - 1)), (1 << (bits - 1)) - 1

    @property
    def magnitude(self) -> int:
        """The largest |q - zero_point|."""
        low, high = self.range
        return max(self.zero_point - low, high - self.zero_point)


@dataclass(frozen=True)
class PlanOperator:
    """An operator of the plan: its kind, numbers of the tensors it reads and writes, the attributes as the file has them."""

    kind: str
    inputs: list[int]
    outputs: list[int]
    attributes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class EdgeFile:
    """A file's plan with its constants; `sections` holds the rest of the plan (frontEnd, detection, ...)."""

    path: Path
    version: int
    name: str
    labels: list[str]
    rounding: str
    tensors: list[PlanTensor]
    operators: list[PlanOperator]
    input: int
    output: int
    sections: dict[str, Any]

    @staticmethod
    def read(path: str | Path) -> EdgeFile:
        """Reads a file; ValueError where it is no .edge file or one of a version that is not known here."""
        path = Path(path)
        content = path.read_bytes()
        try:
            (length,) = struct.unpack_from("<Q", content)
            if length > len(content) - 8:
                raise ValueError(f"its header is said to have {length} bytes, and the file has {len(content)}")
            header = json.loads(content[8:8 + length])
            metadata = header.pop("__metadata__")
            version = int(metadata["version"])
            plan = json.loads(metadata["plan"])
        except (struct.error, ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path} is no .edge file: {type(error).__name__}: {error}.") from None
        if version not in VERSIONS:
            raise ValueError(f"{path} is of version {version}; these parts read {VERSIONS[0]} to {VERSIONS[-1]}.")
        stored = {name: _constant(content, 8 + length, entry) for name, entry in header.items()}
        tensors = [_tensor(entry, stored, place) for place, entry in enumerate(plan.pop("tensors"))]
        operators = [
            PlanOperator(entry.pop("op"), entry.pop("inputs"), entry.pop("outputs"), entry) for entry in plan.pop("operators")]
        return EdgeFile(
            path, version, plan.pop("name"), plan.pop("labels", []), plan.pop("rounding", "double"), tensors, operators,
            plan.pop("input"), plan.pop("output"), plan)


def _constant(content: bytes, start: int, entry: dict[str, Any]) -> np.ndarray:
    begin, end = entry["data_offsets"]
    return np.frombuffer(content[start + begin:start + end], DTYPES[entry["dtype"]]).reshape(entry["shape"])


def _tensor(entry: dict[str, Any], stored: dict[str, np.ndarray], place: int) -> PlanTensor:
    name = entry.get("name", str(place))
    at = entry.get("at", "arena" if "shape" in entry else "file")
    scale, zero_point = np.float32(entry.get("scale", 0)), entry.get("zeroPoint", 0)
    if at != "file":
        return PlanTensor(name, at, entry.get("type", "int8"), tuple(entry["shape"]), scale, zero_point, None, entry.get("initial"))
    values = stored[name]
    if entry.get("type") == "int4":
        values = unpack_int4(values, entry["shape"])
    return PlanTensor(name, at, entry.get("type", values.dtype.name), tuple(values.shape), scale, zero_point, values)


def unpack_int4(packed: np.ndarray, shape: list[int]) -> np.ndarray:
    """Two elements a byte, the first in the lower half, to int8 of a shape."""
    nibbles = np.stack([packed.view(np.uint8) & 15, packed.view(np.uint8) >> 4], axis=-1).reshape(-1)[: int(np.prod(shape))]
    return ((nibbles.astype(np.int8) ^ 8) - 8).reshape(shape)


def pack_int4(values: np.ndarray) -> np.ndarray:
    """The inverse of `unpack_int4`: uint8, one byte for two elements."""
    nibbles = values.reshape(-1).astype(np.uint8) & 15
    nibbles = np.append(nibbles, np.zeros(nibbles.size % 2, np.uint8))
    return nibbles[0::2] | nibbles[1::2] << 4


if __name__ == "__main__":
    file = EdgeFile.read(sys.argv[1])
    for op in file.operators:
        shapes = [f"{file.tensors[i].name}{list(file.tensors[i].shape)}" for i in [*op.inputs, *op.outputs]]
        print(op.kind, *shapes, op.attributes)

"""slice, pad, concatenate, reshape, transpose and history: values that are moved."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ..edge_file import EdgeFile, PlanOperator
from .operator import Operator

TIME = 1  # dimension of the frames in the plan's shapes, which have no clips


class Slice(Operator):
    """Takes begin + i * stride along each dimension."""

    @property
    def streams(self) -> bool:
        strides, shape = self.attributes["stride"], self.result.shape
        return len(shape) <= TIME or self.advance() == strides[TIME] * shape[TIME]

    def forward(self, x: Tensor) -> Tensor:
        for axis, (begin, stride, count) in enumerate(zip(self.attributes["begin"], self.attributes["stride"], self.result.shape)):
            if axis == TIME:
                count += (x.shape[axis + 1] - self.sources[0].shape[axis]) // stride  # more frames at once
            x = x.narrow(axis + 1, begin, (count - 1) * stride + 1)
            if stride > 1:
                x = x.index_select(axis + 1, torch.arange(0, x.shape[axis + 1], stride))
        return x


class Pad(Operator):
    """Real zeros around."""

    @property
    def streams(self) -> bool:
        return len(self.result.shape) <= TIME or self.result.shape[TIME] == self.sources[0].shape[TIME]

    def forward(self, x: Tensor) -> Tensor:
        pads: list[int] = []
        for axis in range(len(self.result.shape) - 1, -1, -1):
            before = self.attributes["before"][axis]
            pads += [before, self.result.shape[axis] - self.sources[0].shape[axis] - before]
        return F.pad(x, pads)


class Concatenate(Operator):
    """Joins along an axis; constants are repeated for every clip."""

    @property
    def streams(self) -> bool:
        return self.attributes["axis"] != TIME

    def forward(self, *values: Tensor) -> Tensor:
        clips = max(value.shape[0] for value in values)
        return torch.cat([value.expand(clips, *value.shape[1:]) for value in values], self.attributes["axis"] + 1)


class Reshape(Operator):
    """The same elements in another shape; more frames at once stay in the dimension of frames."""

    @property
    def streams(self) -> bool:
        before, after = self.sources[0].shape, self.result.shape
        return len(before) > TIME and len(after) > TIME and before[:TIME + 1] == after[:TIME + 1]

    def forward(self, x: Tensor) -> Tensor:
        shape = list(self.result.shape)
        if self.streams:
            shape[TIME] = x.shape[TIME + 1]
        return x.reshape(x.shape[0], *shape)


class Transpose(Operator):
    """Dimension i of the result is dimension axes[i]."""

    @property
    def streams(self) -> bool:
        return self.attributes["axes"][TIME] == TIME

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(0, *[axis + 1 for axis in self.attributes["axes"]])


class History(Operator):
    """The newest frames of a stream: what is kept of the past goes in front of what comes."""

    def __init__(self, file: EdgeFile, op: PlanOperator) -> None:
        super().__init__(file, op)
        self.kept = self.result.shape[TIME] - self.sources[0].shape[TIME]
        self.initial = None if self.result.initial is None else file.tensors[self.result.initial]
        self.delay = op.attributes.get("delay")

    def forward(self, x: Tensor) -> Tensor:
        raise NotImplementedError("A history runs with its past, see EdgePlan.")

    def past(self, clips: int) -> Tensor:
        """What is kept before the first step, [clips, 1, kept, ..]."""
        shape = (clips, 1, self.kept, *self.result.shape[2:])
        if self.initial is None:
            return torch.zeros(shape)
        values = torch.from_numpy(self.initial.values.astype("float32")) - self.result.zero_point
        return values[:, values.shape[1] - self.kept:].expand(shape) if self.kept else torch.zeros(shape)

    def extended(self, x: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:
        """(frames to read, frames to keep)."""
        value = torch.cat([past, x], TIME + 1)
        return value, value[:, :, value.shape[TIME + 1] - self.kept:]

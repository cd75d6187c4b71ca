"""slice, pad, concatenate, reshape and transpose: values that are moved."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from .operator import Operator

TIME = 1  # dimension of the frames in the plan's shapes, which have no clips


class Slice(Operator):
    """Takes begin + i * stride along each dimension; of many steps at once, that of every step's frames."""

    def forward(self, x: Tensor) -> Tensor:
        plan = self.sources[0].shape
        for axis, (begin, stride, count) in enumerate(zip(self.attributes["begin"], self.attributes["stride"], self.result.shape)):
            at = begin + stride * torch.arange(count)
            if axis == TIME and x.shape[axis + 1] > plan[axis]:
                steps = (x.shape[axis + 1] - plan[axis]) // self.advance() + 1
                at = (self.advance() * torch.arange(steps).unsqueeze(1) + at).reshape(-1)
            if len(at) < x.shape[axis + 1] or stride > 1:
                contiguous = stride == 1 and int(at[-1] - at[0]) == len(at) - 1
                x = x.narrow(axis + 1, int(at[0]), len(at)) if contiguous else x.index_select(axis + 1, at)
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

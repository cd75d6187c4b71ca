"""Pools and means."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ..edge_file import EdgeFile, PlanOperator
from ..fixed_point import Requantize, StraightThrough
from .operator import Operator

OUTSIDE = -(1 << 20)  # below every activation


class Pool(Operator):
    """A window over [clips, 1, frames, width, channels]; taps outside do not count."""

    def __init__(self, file: EdgeFile, op: PlanOperator) -> None:
        super().__init__(file, op)
        get = op.attributes.get
        self.kernel = op.attributes["kernelHeight"], op.attributes["kernelWidth"]
        self.stride = get("strideHeight", 1), get("strideWidth", 1)
        self.padding = get("padLeft", 0), get("padRight", 0), get("padTop", 0), get("padBottom", 0)

    @property
    def streams(self) -> bool:
        return self.padding[2:] == (0, 0) and self.advance() == self.result.shape[1] * self.stride[0]

    def forward(self, x: Tensor) -> Tensor:
        return self.pooled(x.squeeze(1).permute(0, 3, 1, 2)).permute(0, 2, 3, 1).unsqueeze(1)

    def pooled(self, x: Tensor) -> Tensor:
        """[clips, channels, frames, width]."""
        raise NotImplementedError


class MaxPool(Pool):
    def pooled(self, x: Tensor) -> Tensor:
        return F.max_pool2d(F.pad(x, self.padding, value=OUTSIDE), self.kernel, self.stride).clamp(self.low, self.high)


class AveragePool(Pool):
    def pooled(self, x: Tensor) -> Tensor:
        taps = F.avg_pool2d(F.pad(torch.ones_like(x[:1, :1]), self.padding), self.kernel, self.stride, divisor_override=1)
        sums = F.avg_pool2d(F.pad(x, self.padding), self.kernel, self.stride, divisor_override=1)
        real = sums / taps
        exact = (sums.detach().double() / taps).round_().clamp_(self.low, self.high).float()  # ties to even, as single rounding has it
        return StraightThrough.apply(real, exact, self.low, self.high)


class Mean(Operator):
    """The mean of all rows [.., channels]."""

    @property
    def streams(self) -> bool:
        return False

    def forward(self, x: Tensor) -> Tensor:
        rows = x.reshape(x.shape[0], -1, x.shape[-1])
        sums = rows.sum(1) if rows.shape[1] * self.sources[0].magnitude < 1 << 24 else rows.double().sum(1)
        mean = Requantize.apply(sums, self.rescale("multiplier").over(rows.shape[1]), self.low, self.high)
        return mean.reshape(x.shape[0], *self.result.shape)

"""add, subtract, multiply, requantize and table: functions of single values."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ..edge_file import EdgeFile, PlanOperator
from ..fixed_point import Requantize, Rescale, StraightThrough
from .operator import Operator

EXTRA_BITS = 20  # of a sum's terms
TABLE_SPAN = 64  # of a table's parts; so many entries to each side are what its slope is taken from


def aligned(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """The shorter operand, whose shape is the end of the other's, with dimensions of 1 behind its clips."""
    if a.dim() < b.dim():
        b, a = aligned(b, a)
        return a, b
    return a, b.reshape(b.shape[0], *[1] * (a.dim() - b.dim()), *b.shape[1:])


class Sum(Operator):
    """a + b or a - b: both come to a common scale with 20 more bits, and are rounded once more in the end."""

    sign = 1

    def __init__(self, file: EdgeFile, op: PlanOperator) -> None:
        super().__init__(file, op)
        self.first, self.second, self.last = self.rescale("multiplier1"), self.rescale("multiplier2"), self.rescale("outputMultiplier")

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        a, b = aligned(a, b)
        with torch.no_grad():
            terms = wide(a, self.first) + self.sign * wide(b, self.second)
            exact = self.last.apply(terms, self.low, self.high)
        common = float(self.last.factor) * (1 << EXTRA_BITS)
        real = a * (float(self.first.factor) * common) + b * (self.sign * float(self.second.factor) * common)
        return StraightThrough.apply(real, exact, self.low, self.high)


class Difference(Sum):
    """a - b."""

    sign = -1


def wide(x: Tensor, rescale: Rescale) -> Tensor:
    """x * 2^20 rescaled to nearest; float64 holds x * M of 48 bits exactly, and thus its half."""
    return (x.double() * (rescale.factor * (1 << EXTRA_BITS))).add_(0.5).floor_().to(torch.int64)


class Multiply(Operator):
    """a * b."""

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        a, b = aligned(a, b)
        exact_in_float32 = self.sources[0].magnitude * self.sources[1].magnitude < 1 << 24
        product = a * b if exact_in_float32 else a.double() * b.double()
        return Requantize.apply(product, self.rescale("outputMultiplier"), self.low, self.high)


class Rescaling(Operator):
    """The same value in another scale."""

    def forward(self, x: Tensor) -> Tensor:
        return Requantize.apply(x, self.rescale("multiplier"), self.low, self.high)


class Lookup(torch.autograd.Function):
    """table[x + 128], of int16 table[x + 32768]; the gradient is the table's slope, a straight line of least squares through its neighbours."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, zero_point: int, table: Tensor, slopes: Tensor) -> Tensor:
        index = (x + (zero_point + len(table) // 2)).to(torch.int32)
        ctx.save_for_backward(index, slopes)
        return table.index_select(0, index.reshape(-1)).reshape(x.shape)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        index, slopes = ctx.saved_tensors
        return gradient * slopes.index_select(0, index.reshape(-1)).reshape(index.shape), None, None, None


class Table(Operator):
    """Any function of one value, int8 or int16."""

    def __init__(self, file: EdgeFile, op: PlanOperator) -> None:
        super().__init__(file, op)
        table = torch.from_numpy(self.sources[1].values.astype("float32")) - self.result.zero_point
        self.register_buffer("table", table, persistent=False)
        self.register_buffer("slopes", slopes_of(table), persistent=False)

    def forward(self, x: Tensor, *_: Tensor) -> Tensor:
        return Lookup.apply(x, self.sources[0].zero_point, self.table, self.slopes)


def slopes_of(table: Tensor) -> Tensor:
    """Slope of a table at each entry, a line of least squares through its neighbours: rounding alone would make it a staircase."""
    count = len(table)
    span, at = count // TABLE_SPAN, torch.arange(count)
    first, end = (at - span).clamp(min=0), (at + span + 1).clamp(max=count)
    sums, moments = (F.pad(values.cumsum(0), (1, 0)) for values in (table.double(), table.double() * at))
    entries, middle = (end - first).double(), (first + end - 1).double() / 2
    covariance = moments[end] - moments[first] - middle * (sums[end] - sums[first])
    return (covariance * 12 / (entries * (entries * entries - 1))).float()

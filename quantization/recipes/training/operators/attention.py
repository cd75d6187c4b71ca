"""batch-matmul and softmax."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ..edge_file import EdgeFile, PlanOperator
from ..fixed_point import Requantize, Rescale, StraightThrough
from .normalization import leading_zeros
from .operator import Operator


class BatchMatMul(Operator):
    """a [clips, 1, t, w, k] times b [clips, 1, s, w, k] transposed, or [clips, 1, k, w, s]: one product for each w."""

    @property
    def streams(self) -> bool:
        return False

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        left = a.squeeze(1).transpose(1, 2)
        right = b.squeeze(1).transpose(1, 2)
        right = right.transpose(2, 3) if self.attributes["transposeB"] else right
        if self.sources[0].magnitude * self.sources[1].magnitude * left.shape[-1] >= 1 << 24:
            left, right = left.double(), right.double()
        product = (left @ right).transpose(1, 2).unsqueeze(1)
        return Requantize.apply(product, self.rescale("multiplier"), self.low, self.high)


class Softmax(Operator):
    """gemmlowp's fixed-point softmax over the last dimension; ARITHMETIC.md, "Softmax"."""

    def __init__(self, file: EdgeFile, op: PlanOperator) -> None:
        super().__init__(file, op)
        rescale = self.rescale("multiplier")
        low, high = self.sources[0].range
        self.slope = float(rescale.factor) / (1 << 26)
        self.register_buffer("exponentials", torch.from_numpy(exponentials(rescale, high - low + 1)), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        with torch.no_grad():
            exact = self.exact(x)
        return StraightThrough.apply(torch.softmax(x * self.slope, -1) * 256, exact, self.low - 1, self.high)

    def exact(self, x: Tensor) -> Tensor:
        differences = (x.amax(-1, keepdim=True) - x).to(torch.int32)
        exponential = self.exponentials.index_select(0, differences.reshape(-1)).reshape(x.shape)
        total = rounded_right(exponential, 12).sum(-1, keepdim=True)
        mantissa, shift = reciprocal(total)
        share = high_product(mantissa, exponential)
        return torch.where(shift > 31, torch.zeros_like(share), rounded_right(share, shift.clamp(max=31))).clamp_(0, 255).float()


def high_product(a: Tensor, b: Tensor | int) -> Tensor:
    """Q0.31 product of int32 in int64, to nearest, ties up."""
    return (a * b + (1 << 30)) >> 31


def rounded_right(value: Tensor, bits: Tensor | int) -> Tensor:
    """value / 2^bits to nearest, ties away from zero."""
    bits = torch.as_tensor(bits)
    half = (torch.ones_like(bits) << bits) >> 1
    return torch.sign(value) * ((value.abs() + half) >> bits)


def reciprocal(total: Tensor) -> tuple[Tensor, Tensor]:
    """1 / a sum in Q12.19: a mantissa in Q0.31 and the right shift that brings share * mantissa to steps of 1/256."""
    headroom = torch.from_numpy(leading_zeros(total.numpy().astype(np.uint64)) - 32)
    fraction = (total << headroom) - (1 << 31)
    half = (fraction + (1 << 31)) >> 1
    x = 1515870810 + high_product(half, -1010580540)
    for _ in range(3):
        error = (1 << 29) - high_product(half, x)
        x = x + (high_product(x, error) << 2).clamp_(-1 << 31, (1 << 31) - 1)
    return (x << 1).clamp_(-1 << 31, (1 << 31) - 1), 12 - headroom + 31 - 8


def exponentials(scale: Rescale, count: int) -> np.ndarray:
    """int64 [count]: e^(-difference * scale) in Q0.31; 0 where a difference leaves Q5.26."""
    powers = (1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242)
    quarter = 1 << 24
    difference = torch.arange(count)
    limit = (31 << 26) >> max(int(scale.shift), 0)
    a = scale.to_nearest(-torch.minimum(difference, torch.tensor(limit)))
    fraction = (a & (quarter - 1)) - quarter
    result = near_zero(fraction << 5)
    rest = fraction - a
    for i, power in enumerate(powers):
        result = torch.where((rest >> (24 + i)) & 1 != 0, high_product(result, power), result)
    result = torch.where(a == 0, torch.full_like(result, (1 << 31) - 1), result)
    return torch.where(difference > limit, torch.zeros_like(result), result).numpy()


def near_zero(a: Tensor) -> Tensor:
    """e^a for a in [-1/4, 0), Q0.31: the Taylor series about -1/8."""
    c, third = 1895147668, 715827883
    x = a + (1 << 28)
    x2 = high_product(x, x)
    x3, x4 = high_product(x2, x), high_product(x2, x2)
    tail = high_product(rounded_right(x4, 2) + x3, third) + x2
    return c + high_product(x + rounded_right(tail, 1), c)

"""The engine's rescaling on tensors: exact integers forward, the real factor backward.

Activations are float tensors that hold the integers q - z ("centred"), so that padding is 0 and gradients are those of the integers.
sdk/Edge/Inference/ARITHMETIC.md, "Rescaling", is the definition; plans of single rounding alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

CHUNK = 1 << 15  # elements that stay in a core's cache over the passes of a rescaling


def quantize_multiplier(factor: float) -> tuple[int, int]:
    """A factor of at least 0 as (multiplier, shift): factor = multiplier * 2^(shift - 31), as edgec writes it."""
    if factor == 0:
        return 0, 0
    fraction, shift = math.frexp(factor)
    multiplier = math.floor(math.ldexp(fraction, 31) + 0.5)
    if multiplier == 1 << 31:
        multiplier, shift = multiplier // 2, shift + 1
    return (0, 0) if shift < -31 else (multiplier, shift)


@dataclass(frozen=True)
class Rescale:
    """Factors M * 2^(e - 31), one for all channels or one a channel of the last dimension; int64 [1] or [channels]."""

    multiplier: Tensor
    shift: Tensor

    @staticmethod
    def of(multiplier: int | np.ndarray, shift: int | np.ndarray) -> Rescale:
        """From the plan's integers."""
        m, e = (torch.from_numpy(np.atleast_1d(np.asarray(x, np.int64))) for x in (multiplier, shift))
        return Rescale(m, e)

    @property
    def factor(self) -> Tensor:
        """The real factors, exact in float64."""
        return torch.ldexp(self.multiplier.double(), self.shift - 31)

    def over(self, count: int) -> Rescale:
        """The factor over a count, rounded once (ARITHMETIC.md, "Mean")."""
        m, e = int(self.multiplier), int(self.shift)
        if m == 0:
            return self
        bits = count.bit_length() - 1
        bits += ((m << bits) + count // 2) // count < 1 << 30
        return Rescale.of(((m << bits) + count // 2) // count, e - bits) if e - bits >= -31 else Rescale.of(0, 0)

    def apply(self, a: Tensor, low: int, high: int) -> Tensor:
        """float32 clamp(a * factor to nearest, ties up, low, high) for whole numbers a, |a| < 2^47 where float64 or int64."""
        result_bits = max(abs(low), abs(high)).bit_length() + 1
        factor = self.factor
        # Results within the range have |a * M| < 2^(result_bits + 31 - e), which float64 holds exactly up to 2^53; others clamp anyway.
        in_double = result_bits + 31 - int(self.shift.min()) <= 53
        rows = a.reshape(-1, a.shape[-1])
        out = torch.empty(rows.shape, dtype=torch.float32)
        step = max(1, CHUNK // rows.shape[1])
        for start in range(0, rows.shape[0], step):
            part = rows[start:start + step]
            if in_double:
                part = part.double().mul_(factor) if part.dtype != torch.float64 else part * factor
                out[start:start + step] = part.add_(0.5).floor_().clamp_(low, high)
            else:
                out[start:start + step] = self.to_nearest(part.to(torch.int64)).clamp_(low, high)
        return out.reshape(a.shape)

    def to_nearest(self, a: Tensor) -> Tensor:
        """int64 a * factor to nearest, ties up, for int64 |a| < 2^47 (e <= 15) or |a| < 2^31."""
        m, e = self.multiplier, self.shift
        half = torch.ones_like(e) << (30 - e)
        if int(e.max()) > 15:
            return (a * m + half) >> (31 - e)
        # 64 bits do not hold a * M of 78; a = 2^16 h + l, and nothing is cut off before the last shift.
        return ((a >> 16) * m + (((a & 0xFFFF) * m + half) >> 16)) >> (15 - e)


class Requantize(torch.autograd.Function):
    """Sums [.., channels] to centred integers; the gradient is the real factor where the result is not at an end of its range."""

    @staticmethod
    def forward(ctx: Any, sums: Tensor, rescale: Rescale, low: int, high: int) -> Tensor:
        result = rescale.apply(sums, low, high)
        ctx.save_for_backward(result)
        ctx.factor, ctx.low, ctx.high, ctx.dtype = rescale.factor, low, high, sums.dtype
        return result

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        (result,) = ctx.saved_tensors
        inside = (result > ctx.low) & (result < ctx.high)
        return (gradient * inside).mul_(ctx.factor.float()).to(ctx.dtype), None, None, None


class StraightThrough(torch.autograd.Function):
    """The exact value forward; backward the gradient goes to the real-valued one, but not where the exact one is at an end of its range."""

    @staticmethod
    def forward(ctx: Any, real: Tensor, exact: Tensor, low: int, high: int) -> Tensor:
        ctx.save_for_backward(exact)
        ctx.low, ctx.high = low, high
        return exact

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        (exact,) = ctx.saved_tensors
        return gradient * ((exact > ctx.low) & (exact < ctx.high)), None, None, None


class Quantize(torch.autograd.Function):
    """Real parameters to the nearest integers within a range; the gradient passes as if they had not been rounded."""

    @staticmethod
    def forward(ctx: Any, real: Tensor, scale: Tensor, low: int, high: int) -> Tensor:
        ctx.save_for_backward(scale)
        return (real / scale).round_().clamp_(low, high)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        (scale,) = ctx.saved_tensors
        return gradient / scale, None, None, None

"""layer-norm and instance-norm: (x - mean) / sqrt(variance + epsilon) * gamma + beta, with gammas and betas that are trained."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..edge_file import EdgeFile, PlanOperator
from ..fixed_point import StraightThrough, quantize_multiplier
from .operator import Operator

NORMALIZED_BITS, OFFSET_BITS = 24, 16  # behind the point of a normalized value, and of what is added to it
LARGEST = 1 << 61  # that an epsilon counts


class Normalization(Operator):
    """What both have in common: n = `count` values are normalized together."""

    def __init__(self, file: EdgeFile, op: PlanOperator) -> None:
        super().__init__(file, op)
        _, gamma, beta = self.sources
        self.unit = float(self.result.scale)
        signed = torch.from_numpy(gamma.values[0].astype(np.float64))
        self.weight = nn.Parameter(torch.ldexp(signed, torch.from_numpy(gamma.values[1].astype(np.int64)) - 31) * self.unit)
        self.bias = nn.Parameter(torch.from_numpy(beta.values.astype(np.float64)) * (self.unit / (1 << OFFSET_BITS)))
        self.epsilon = float(self.rescale("epsilon").factor)

    @property
    def count(self) -> int:
        """Values that are normalized together."""
        raise NotImplementedError

    def epsilon_of(self, bits: int) -> int:
        """n^2 * epsilon with so many bits behind the point, to nearest, ties up, in Python's unlimited integers."""
        epsilon = self.rescale("epsilon")
        shift = 31 - int(epsilon.shift) - bits
        product = self.count**2 * int(epsilon.multiplier)
        return (product + (1 << (shift - 1))) >> shift if shift > 0 else product << -shift

    def integers(self) -> tuple[np.ndarray, np.ndarray]:
        """gamma int64 [2, channels] and beta int64 [channels] as the file gets them, from the reals as float32, which ONNX stores."""
        pairs = [quantize_multiplier(abs(g) / self.unit) for g in self.weight.detach().float().double().tolist()]
        signs = np.where(self.weight.detach().numpy() < 0, -1, 1)
        gamma = np.array([[m for m, _ in pairs] * signs, [e for _, e in pairs]], np.int64)
        beta = np.rint(self.bias.detach().float().double().numpy() / self.unit * (1 << OFFSET_BITS)).astype(np.int64)
        return gamma, beta

    def forward(self, x: Tensor, *_: Tensor) -> Tensor:
        with torch.no_grad():
            gamma, beta = (torch.from_numpy(values) for values in self.integers())
            exact = self.exact(x.to(torch.int64), gamma, beta).clamp_(self.low, self.high).float()
        real = self.real(x, (self.weight / self.unit).float(), (self.bias / self.unit).float())
        return StraightThrough.apply(real, exact, self.low, self.high)

    def real(self, x: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
        """The real-valued operator, in steps of the output."""
        raise NotImplementedError

    def exact(self, x: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
        """The engine's, int64 without the output's zero point."""
        raise NotImplementedError


class LayerNorm(Normalization):
    """Over the last dimension; ARITHMETIC.md, "Layer normalization"."""

    @property
    def count(self) -> int:
        return len(self.weight)

    def real(self, x: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
        return F.layer_norm(x, [self.count], gamma, beta, self.epsilon)

    def exact(self, x: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
        total = x.sum(-1, keepdim=True)
        variance = self.count * (x * x).sum(-1, keepdim=True) - total * total
        v, epsilon = variance.numpy(), self.epsilon_of(16)
        large = v >= 1 << 46
        value = np.where(large, (v << 8) + (epsilon >> 8), (np.where(large, 0, v) << 16) + epsilon)
        inverse, shift = (torch.from_numpy(x) for x in inverse_root(value, np.where(large, 8, 16)))
        normalized = ((self.count * x - total) * inverse + (torch.ones_like(shift) << (shift - 1))) >> shift
        right = (NORMALIZED_BITS + 31 - OFFSET_BITS - gamma[1]).clamp_(max=63)
        return (((normalized * gamma[0]) >> right) + beta + (1 << (OFFSET_BITS - 1))) >> OFFSET_BITS


class InstanceNorm(Normalization):
    """Each channel over all frames and columns of a window: one factor a channel and clip."""

    @property
    def streams(self) -> bool:
        return False

    @property
    def count(self) -> int:
        shape = self.result.shape
        return int(np.prod(shape[:-1]))

    def real(self, x: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
        rows = x.reshape(len(x), -1, x.shape[-1])
        variance, mean = torch.var_mean(rows, 1, unbiased=False, keepdim=True)
        return ((rows - mean) / (variance + self.epsilon).sqrt() * gamma + beta).reshape(x.shape)

    def exact(self, x: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
        rows = x.reshape(len(x), -1, x.shape[-1])
        total = rows.sum(1, keepdim=True)
        variance = (self.count * (rows * rows).sum(1, keepdim=True) - total * total).numpy()
        e16, e8, e0 = (min(self.epsilon_of(bits), (1 << 63) - 1) for bits in (16, 8, 0))
        whole = variance + min(e0, LARGEST)
        small, middle = whole < 1 << 46, whole < 1 << 54
        with np.errstate(over="ignore"):  # in the branches that are not taken
            value = np.where(small, (variance << 16) + e16, np.where(middle, (variance << 8) + e8, whole))
        inverse, shift = (torch.from_numpy(v) for v in inverse_root(value, np.where(small, 16, np.where(middle, 8, 0))))
        factor = (inverse * gamma[0] + (1 << 30)) >> 31
        right = (shift + NORMALIZED_BITS - OFFSET_BITS - gamma[1]).clamp_(max=63)
        result = ((((self.count * rows - total) * factor) >> right) + beta + (1 << (OFFSET_BITS - 1))) >> OFFSET_BITS
        return result.reshape(x.shape)


def inverse_root(value: np.ndarray, fraction_bits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """1 / sqrt(value * 2^-fraction_bits) as a whole number below 2^31 and the right shift that brings its products to Q24."""
    value = np.maximum(value, 1 << 16).astype(np.uint64)  # below there is no variance, and nothing to normalize
    headroom = leading_zeros(value) & ~np.int64(1)
    root = nearest_root(value << headroom.astype(np.uint64))
    inverse = np.minimum(((1 << 62) + root // 2) // root, (1 << 31) - 1).astype(np.int64)
    return inverse, 62 - fraction_bits // 2 - headroom // 2 - NORMALIZED_BITS


def leading_zeros(value: np.ndarray) -> np.ndarray:
    """Leading zeros of uint64 above 0."""
    bits = np.zeros(value.shape, np.int64)
    rest = value.copy()
    for step in (32, 16, 8, 4, 2, 1):
        more = rest >> np.uint64(step) > 0
        bits[more] += step
        rest[more] >>= np.uint64(step)
    return 63 - bits


def nearest_root(value: np.ndarray) -> np.ndarray:
    """uint64 square roots to nearest, at most 2^32 - 1; float64 alone may be one off."""
    top, one = np.uint64((1 << 32) - 1), np.uint64(1)
    root = np.minimum(np.sqrt(value.astype(np.float64)).astype(np.uint64), top)
    root -= (root * root > value).astype(np.uint64)
    root += ((root < top) & ((root + one) * (root + one) <= value) & (root + one <= top)).astype(np.uint64)
    return np.where((value - root * root > root) & (root < top), root + one, root)

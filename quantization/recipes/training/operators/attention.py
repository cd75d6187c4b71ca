"""batch-matmul, layer-norm and softmax."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..edge_file import EdgeFile, PlanOperator
from ..fixed_point import Requantize, Rescale, StraightThrough, quantize_multiplier
from .operator import Operator

NORMALIZED_BITS, OFFSET_BITS = 24, 16  # behind the point of a normalized value, and of what is added to it


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


class LayerNorm(Operator):
    """(x - mean) / sqrt(variance + epsilon) * gamma + beta over the last dimension; gamma and beta are trained."""

    def __init__(self, file: EdgeFile, op: PlanOperator) -> None:
        super().__init__(file, op)
        _, gamma, beta = self.sources
        self.width = gamma.values.shape[1]
        scale = float(self.result.scale)
        signed = torch.from_numpy(gamma.values[0].astype(np.float64))
        self.weight = nn.Parameter(torch.ldexp(signed, torch.from_numpy(gamma.values[1].astype(np.int64)) - 31) * scale)
        self.register_buffer("offset_scale", torch.tensor(scale / (1 << OFFSET_BITS), dtype=torch.float64), persistent=False)
        self.bias = nn.Parameter(torch.from_numpy(beta.values.astype(np.float64)) * self.offset_scale)
        epsilon = self.rescale("epsilon")
        self.epsilon = float(epsilon.factor)
        # floor(n^2 * epsilon * 2^16 + 1/2), in Python's unlimited integers
        shift = 31 - int(epsilon.shift) - OFFSET_BITS
        product = self.width**2 * int(epsilon.multiplier)
        self.epsilon_q16 = (product + (1 << (shift - 1))) >> shift if shift > 0 else product << -shift

    def integers(self) -> tuple[np.ndarray, np.ndarray]:
        """gamma int32 [2, channels] and beta int32 [channels] as the file gets them, from the reals as float32, which ONNX stores."""
        scale = float(self.result.scale)
        pairs = [quantize_multiplier(abs(g) / scale) for g in self.weight.detach().float().double().tolist()]
        signs = np.where(self.weight.detach().numpy() < 0, -1, 1)
        gamma = np.array([[m for m, _ in pairs] * signs, [e for _, e in pairs]], np.int64)
        beta = np.rint(self.bias.detach().float().double().numpy() / scale * (1 << OFFSET_BITS)).astype(np.int64)
        return gamma, beta

    def forward(self, x: Tensor, *_: Tensor) -> Tensor:
        scale = float(self.result.scale)
        real = F.layer_norm(x, [self.width], (self.weight / scale).float(), (self.bias / scale).float(), self.epsilon)
        with torch.no_grad():
            exact = self.exact(x.to(torch.int64)).clamp_(self.low, self.high).float()
        return StraightThrough.apply(real, exact, self.low, self.high)

    def exact(self, x: Tensor) -> Tensor:
        """ARITHMETIC.md, "Layer normalization", int64 without the output's zero point."""
        gamma, beta = self.gamma_beta()
        total = x.sum(-1, keepdim=True)
        difference = self.width * x - total
        variance = self.width * (x * x).sum(-1, keepdim=True) - total * total
        inverse, shift = inverse_root(variance.numpy(), self.epsilon_q16)
        normalized = (difference * torch.from_numpy(inverse) + (torch.ones_like(variance) << torch.from_numpy(shift - 1))) >> torch.from_numpy(shift)
        right = (NORMALIZED_BITS + 31 - OFFSET_BITS - gamma[1]).clamp_(max=63)
        return (((normalized * gamma[0]) >> right) + beta + (1 << (OFFSET_BITS - 1))) >> OFFSET_BITS

    def gamma_beta(self) -> tuple[Tensor, Tensor]:
        gamma, beta = self.integers()
        return torch.from_numpy(gamma), torch.from_numpy(beta)


def inverse_root(variance: np.ndarray, epsilon_q16: int) -> tuple[np.ndarray, np.ndarray]:
    """1 / sqrt(variance + epsilon) of each row as a whole number below 2^31 and the right shift that brings differences to Q24."""
    large = variance >= 1 << 46
    value = np.where(large, (variance << 8) + (epsilon_q16 >> 8), (np.where(large, 0, variance) << 16) + epsilon_q16)
    value = np.maximum(value, 1 << 16).astype(np.uint64)
    headroom = leading_zeros(value) & ~np.int64(1)
    root = nearest_root(value << headroom.astype(np.uint64))
    inverse = np.minimum(((1 << 62) + root // 2) // root, (1 << 31) - 1).astype(np.int64)
    return inverse, 62 - np.where(large, 4, 8) - headroom // 2 - NORMALIZED_BITS


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
    """uint64 square roots to nearest, at most 2^32 - 1."""
    top, one = np.uint64((1 << 32) - 1), np.uint64(1)
    root = np.minimum(np.sqrt(value.astype(np.float64)).astype(np.uint64), top)
    root -= (root * root > value).astype(np.uint64)
    root += ((root < top) & ((root + one) * (root + one) <= value) & (root + one <= top)).astype(np.uint64)
    return np.where((value - root * root > root) & (root < top), root + one, root)


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

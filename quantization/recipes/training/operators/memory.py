"""history, running-mean, softmax-pool, legendre-memory and leaky-integrate-and-fire: operators that remember.

All take any number of steps at once: values are [clips, 1, frames, ..].
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..edge_file import EdgeFile, PlanOperator
from ..fixed_point import Rescale, StraightThrough
from .attention import exponentials
from .operator import Operator
from .stream import Stream

TIME = 1  # of the plan's shapes, which have no clips
INT16 = -(1 << 15), (1 << 15) - 1
MEAN_BITS = 20  # behind the point of a softmax pool's mean
DIVISOR_BITS = 34
MOST_FRAMES = {"int8": 1 << 22, "int16": 1 << 15}  # that a running mean sums before it halves what it has


class Memory(Operator):
    """An operator with a past and perhaps a delay; where its states lie in the arena, every run begins without a past."""

    def __init__(self, file: EdgeFile, op: PlanOperator) -> None:
        super().__init__(file, op)
        self.delay: int | None = op.attributes.get("delay")
        self.fresh = all(file.tensors[i].at != "state" for i in op.outputs)

    @property
    def streams(self) -> bool:
        return not self.fresh

    def run(self, stream: Stream, *values: Tensor) -> Tensor:
        """Takes frames in and gives what they make; the past is kept in the stream."""
        real = stream.real(self.advance(), self.delay, values[0].shape[TIME + 1])
        result, stream.past[self.outputs[0]] = self.follow(stream.past.get(self.outputs[0]), real, *values)
        return result

    def follow(self, past: Any, real: Tensor | None, *values: Tensor) -> tuple[Tensor, Any]:
        """(result, past of what comes next); `real` is bool [clips or 1, frames]."""
        raise NotImplementedError


def masked(x: Tensor, real: Tensor | None, fill: float = 0.0) -> Tensor:
    """[clips, 1, frames, ..] with what is not real replaced."""
    return x if real is None else torch.where(real.reshape(real.shape[0], 1, -1, *[1] * (x.dim() - 3)), x, torch.tensor(fill))


class History(Memory):
    """The newest frames of a stream: what is kept of the past goes in front of what comes."""

    def __init__(self, file: EdgeFile, op: PlanOperator) -> None:
        super().__init__(file, op)
        self.kept = self.result.shape[TIME] - self.sources[0].shape[TIME]
        self.fill = float(op.attributes.get("fill", self.result.zero_point) - self.result.zero_point)
        self.initial = None if self.result.initial is None else file.tensors[self.result.initial]

    def follow(self, past: Any, real: Tensor | None, *values: Tensor) -> tuple[Tensor, Any]:
        x = masked(values[0], real, self.fill)
        x = torch.cat([self.first(len(x)) if past is None else past, x], TIME + 1)
        return x, x[:, :, x.shape[TIME + 1] - self.kept:]

    def first(self, clips: int) -> Tensor:
        """What is kept before the first step, [clips, 1, kept, ..]."""
        shape = (clips, 1, self.kept, *self.result.shape[2:])
        if self.initial is None:
            return torch.zeros(shape)  # the zero point, also of a history that fills with another value later
        values = torch.from_numpy(self.initial.values.astype("float32")) - self.result.zero_point
        return values[:, values.shape[1] - self.kept:].expand(shape)


class RunningMean(Memory):
    """The mean of all frames so far, after every frame."""

    def follow(self, past: Any, real: Tensor | None, *values: Tensor) -> tuple[Tensor, Any]:
        x = masked(values[0], real)
        frames = x.shape[TIME + 1]
        ones = torch.ones(1, frames, dtype=torch.int64) if real is None else real.to(torch.int64)
        before, heard = (0, 0) if past is None else past
        counts = heard + ones.cumsum(1)  # [clips or 1, frames]
        if int(counts.max()) >= MOST_FRAMES[self.sources[0].type]:
            raise ValueError(f"A clip has {int(counts.max())} frames; a running mean of {self.sources[0].type} sums {MOST_FRAMES[self.sources[0].type]} at most.")
        spread = (len(counts), 1, frames, *[1] * (x.dim() - 3))
        sums = before + x.double().cumsum(TIME + 1)
        factors = [self.rescale("multiplier").over(max(1, count)) for count in range(int(counts.max()) + 1)]
        multiplier, shift = (torch.cat([getattr(f, name) for f in factors])[counts].reshape(spread) for name in ("multiplier", "shift"))
        with torch.no_grad():
            exact = Rescale(multiplier, shift).to_nearest(sums.to(torch.int64)).clamp_(self.low, self.high).float()
        mean = sums / counts.clamp(min=1).reshape(spread) * float(self.rescale("multiplier").factor)
        return StraightThrough.apply(mean.float(), exact, self.low, self.high), (sums[:, :, -1:], counts[:, -1:])


class SoftmaxPool(Memory):
    """The mean of all frames so far, each weighted by e^logit; ARITHMETIC.md, "Softmax pool"."""

    def __init__(self, file: EdgeFile, op: PlanOperator) -> None:
        super().__init__(file, op)
        exponent = self.rescale("multiplier")
        self.slope = float(exponent.factor) / (1 << 26)
        self.register_buffer("exponentials", torch.from_numpy(exponentials(exponent, 256)), persistent=False)

    @property
    def streams(self) -> bool:
        return not self.fresh and self.advance() % self.result.shape[TIME] == 0

    def follow(self, past: Any, real: Tensor | None, *values: Tensor) -> tuple[Tensor, Any]:
        x, logits = values
        stride = self.sources[0].shape[TIME] // self.result.shape[TIME]
        at = slice(stride - 1, None, stride)  # the frames after which there is a result
        with torch.no_grad():
            exact, sums = self.exact(x, logits, real, None if past is None else past[0], at)
        mean, carried = self.means(x, masked(logits, real, -1e9), None if past is None else past[1])
        factor = float(self.rescale("outputMultiplier").factor) * (1 << MEAN_BITS)
        return StraightThrough.apply(mean[:, :, at] * factor, exact, self.low, self.high), (sums, carried)

    def means(self, x: Tensor, logits: Tensor, past: Any) -> tuple[Tensor, Any]:
        """The real means so far; sums are relative to the largest logit of all frames that have come by now."""
        largest = logits.detach().amax(TIME + 1, keepdim=True)
        if past is not None:
            largest = torch.maximum(largest, past[2])
        weights = ((logits - largest) * self.slope).exp()
        total, weighted = weights.cumsum(TIME + 1), (weights * x).cumsum(TIME + 1)
        if past is not None:
            old = ((past[2] - largest) * self.slope).exp()
            total, weighted = total + past[0] * old, weighted + past[1] * old
        return weighted / total.clamp(min=1e-30), (total[:, :, -1:], weighted[:, :, -1:], largest)

    def exact(self, x: Tensor, logits: Tensor, real: Tensor | None, past: Any, at: slice) -> tuple[Tensor, Any]:
        """Frame by frame, as every rounding depends on the largest logit so far; int64 sums of [clips, width, channels]."""
        v, l = x.squeeze(1).to(torch.int64), logits.squeeze(1).to(torch.int64)
        if past is None:
            past = (torch.zeros_like(v[:, 0]), torch.zeros_like(v[:, 0]), l[:, 0])
        weights, sums, largest = past
        all_weights, all_sums = [], []
        for frame in range(v.shape[1]):
            new = torch.where(weights == 0, l[:, frame], torch.maximum(largest, l[:, frame]))
            scale = self.exponential(new - largest)  # of no meaning where it is the first frame: the sums are 0
            weight = self.exponential(new - l[:, frame])
            grown = l[:, frame] > largest
            now = torch.where(grown, scaled(weights, scale), weights) + weight
            value = torch.where(grown, scaled(sums, scale), sums) + weight * v[:, frame]
            if real is not None:
                is_real = real[:, frame].reshape(-1, 1, 1)
                now, value, new = torch.where(is_real, now, weights), torch.where(is_real, value, sums), torch.where(is_real, new, largest)
            weights, sums, largest = now, value, new
            all_weights.append(weights)
            all_sums.append(sums)
        if int(weights.max()) >= 1 << 54:
            raise ValueError(f"A clip has {v.shape[1]} frames; softmax pools of more than 2^23 frames are not trained here.")
        w, s = torch.stack(all_weights[at], 1), torch.stack(all_sums[at], 1)
        return self.finish(w, s).unsqueeze(1), (weights, sums, largest)

    def exponential(self, difference: Tensor) -> Tensor:
        return self.exponentials[difference.clamp(0, 255)]

    def finish(self, weights: Tensor, sums: Tensor) -> Tensor:
        """The means as centred integers."""
        bits = torch.from_numpy(np.frexp(weights.numpy().astype(np.float64))[1].astype(np.int64))
        shift = (bits - DIVISOR_BITS).clamp(min=0)
        divisor = (weights >> shift).clamp(min=1)
        mean = torch.div(((sums >> shift) << (MEAN_BITS + 1)) + divisor, 2 * divisor, rounding_mode="floor")
        mean = torch.where(weights > 0, mean, torch.zeros_like(mean))
        return self.rescale("outputMultiplier").to_nearest(mean).clamp_(self.low, self.high).float()


def scaled(sums: Tensor, factor: Tensor) -> Tensor:
    """sums * factor / 2^31 to nearest, ties up, for sums below 2^62 and factors below 2^31."""
    return (sums >> 31) * factor + (((sums & ((1 << 31) - 1)) * factor + (1 << 30)) >> 31)


class LegendreMemory(Memory):
    """m = A m + B u, step by step; A and B are not trained, gradients go through the recurrence."""

    def __init__(self, file: EdgeFile, op: PlanOperator) -> None:
        super().__init__(file, op)
        a, b, shifts = (source.values for source in self.sources[1:4])
        bits = torch.from_numpy(shifts[0].astype(np.int64))
        self.half, self.scale = (2.0 ** bits.double() / 2).floor(), 2.0 ** -bits.double()
        self.bits, self.shift = bits, torch.from_numpy(shifts[1].astype(np.int64))
        self.register_buffer("matrix", torch.from_numpy(a.astype(np.float64)).T.contiguous(), persistent=False)
        self.register_buffer("vector", torch.from_numpy(b.astype(np.float64)), persistent=False)

    def follow(self, past: Any, real: Tensor | None, *values: Tensor) -> tuple[Tensor, Any]:
        u = values[0].reshape(len(values[0]), -1, 1).double()
        product = u * self.vector
        shifted = torch.ldexp(product, self.shift)
        drive = shifted + (torch.floor(shifted + torch.where(self.shift < 0, 0.5, 0.0)) - shifted).detach()
        state = torch.zeros(len(u), len(self.vector), dtype=torch.float64) if past is None else past
        states = []
        for frame in range(u.shape[1]):
            sums = state @ self.matrix + drive[:, frame]
            exact = ((sums.detach() + self.half) * self.scale).floor_().clamp_(*INT16)
            new = StraightThrough.apply(sums * self.scale, exact, *INT16)
            state = new if real is None else torch.where(real[:, frame].unsqueeze(1), new, state)
            states.append(state)
        result = torch.stack(states, 1).reshape(*values[0].shape[:-1], -1)
        return result.float(), state


class Spike(torch.autograd.Function):
    """1 where the membrane reaches the threshold; backward the slope of an arc tangent (Fang et al. 2021), in units of the threshold."""

    @staticmethod
    def forward(ctx: Any, membrane: Tensor, threshold: int) -> Tensor:
        ctx.save_for_backward(membrane)
        ctx.threshold = threshold
        return (membrane >= threshold).to(membrane.dtype)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        (membrane,) = ctx.saved_tensors
        x = (membrane / ctx.threshold - 1) * (np.pi / 2 * 2)
        return gradient / (1 + x * x) / ctx.threshold, None


class LeakyIntegrateAndFire(Memory):
    """v = v * leak + x * charge; where v reaches the threshold there is a spike and v is 0."""

    def follow(self, past: Any, real: Tensor | None, *values: Tensor) -> tuple[Tensor, Any]:
        x = values[0].squeeze(1)
        leak, charge = self.rescale("leakMultiplier"), self.rescale("chargeMultiplier")
        exact = charge.apply(x.detach(), -(1 << 20), 1 << 20)
        driven = StraightThrough.apply(x * float(charge.factor), exact, -(1 << 20), 1 << 20)
        membrane = torch.zeros_like(x[:, 0]) if past is None else past
        spikes = []
        for frame in range(x.shape[1]):
            kept = StraightThrough.apply(membrane * float(leak.factor), leak.apply(membrane.detach(), *INT16), *INT16)
            charged = (kept + driven[:, frame]).clamp(*INT16)
            fired = Spike.apply(charged, self.attributes["threshold"])
            after = charged * (1 - fired.detach())
            if real is not None:
                is_real = real[:, frame].reshape(-1, *[1] * (x.dim() - 2))
                fired, after = fired * is_real, torch.where(is_real, after, membrane)
            membrane = after
            spikes.append(fired)
        return torch.stack(spikes, 1).unsqueeze(1), membrane

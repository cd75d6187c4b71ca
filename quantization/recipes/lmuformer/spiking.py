"""The spiking LMUFormer: batch norm and leaky integrate-and-fire neurons before every layer; one time step a frame.

Between the layers go spikes, 0 or 1: a layer adds the weights of those that fired and multiplies nothing.
"""

from __future__ import annotations

from typing import Callable

import torch
from torch import Tensor, nn

from legendre import LegendreMemory
from model import Size, TimeConv, initialize, pointwise

TAU = 2.0
SURROGATE_SLOPE = 4.0


class Fire(torch.autograd.Function):
    """Neurons over time: x [frames, ...] to spikes of the same shape.

    v += (x - v) / tau; where v >= threshold the neuron fires and v becomes 0. Backward, a spike has the gradient of a sigmoid
    of slope 4 (Neftci et al., "Surrogate Gradient Learning", 2019); the reset has none.
    """

    @staticmethod
    def forward(ctx: torch.autograd.function.FunctionCtx, x: Tensor, threshold: float) -> Tensor:
        membrane, v = torch.empty_like(x), torch.zeros_like(x[0])
        for frame, charged in zip(x, membrane):
            torch.lerp(v, frame, 1 / TAU, out=charged)
            v = charged * (charged < threshold)
        ctx.save_for_backward(membrane)
        ctx.threshold = threshold
        return (membrane >= threshold).to(x.dtype)

    @staticmethod
    def backward(ctx: torch.autograd.function.FunctionCtx, gradient: Tensor) -> tuple[Tensor, None]:
        (membrane,) = ctx.saved_tensors
        s = torch.sigmoid(SURROGATE_SLOPE * (membrane - ctx.threshold))
        total = gradient * SURROGATE_SLOPE * s * (1 - s)
        kept = (membrane < ctx.threshold).to(gradient.dtype) * (1 - 1 / TAU)
        for t in range(len(total) - 2, -1, -1):
            total[t].addcmul_(total[t + 1], kept[t])
        return total / TAU, None


def fire(x: Tensor, threshold: float) -> Tensor:
    """Returns the spikes [batch, channels, frames] of neurons that take x."""
    return Fire.apply(x.permute(2, 0, 1).contiguous(), threshold).permute(1, 2, 0)


class Neurons(nn.Module):
    """Batch norm, then leaky integrate-and-fire over the frames: [batch, channels, frames] to spikes 0 or 1.

    Of `count` places for a spike that evaluation has seen, `zeros` had none.
    """

    def __init__(self, channels: int, threshold: float = 1.0) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(channels)
        self.threshold = threshold
        self.zeros, self.count = 0, 0

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm(x)
        if torch.onnx.is_in_onnx_export():
            return NeuronMarker.apply(x, self.norm.num_features, self.threshold)
        spikes = fire(x.float(), self.threshold)
        if not self.training:
            self.zeros += int((spikes == 0).sum())
            self.count += spikes.numel()
        return spikes


class NeuronMarker(torch.autograd.Function):
    """Stands for `fire` in an exported graph until export.py writes the Scan in its place."""

    @staticmethod
    def forward(ctx: torch.autograd.function.FunctionCtx, x: Tensor, channels: int, threshold: float) -> Tensor:
        return torch.zeros_like(x)  # only the shape is used

    @staticmethod
    def symbolic(graph: torch._C.Graph, x: torch._C.Value, channels: int, threshold: float) -> torch._C.Value:
        return graph.op("edge::LeakyIntegrateAndFire", x, channels_i=channels, threshold_f=threshold).setType(x.type())


class SpikingEmbedding(nn.Module):
    """Four convolutions over time with neurons between them, and a fifth as relative position encoding."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        layers: list[nn.Module] = [TimeConv(size.bins, size.width, size.causal)]
        for _ in range(3):
            layers += [Neurons(size.width), TimeConv(size.width, size.width, size.causal)]
        self.layers = nn.Sequential(*layers)
        self.position = nn.Sequential(Neurons(size.width), TimeConv(size.width, size.width, size.causal))

    def forward(self, x: Tensor) -> Tensor:
        x = self.layers(x)
        return x + self.position(x)


class SpikingMemoryBlock(nn.Module):
    """The memory block with neurons before it and behind signal, memory and hidden layer."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.neurons = Neurons(size.width, threshold=0.5)
        self.signal = nn.Sequential(pointwise(size.width, 1), Neurons(1))
        self.memory = LegendreMemory(size.order, size.theta, size.taps)
        self.memory_neurons = Neurons(size.order)
        self.hidden = nn.Sequential(pointwise(size.order + size.width, size.width), Neurons(size.width))
        self.projection = nn.Sequential(pointwise(size.width, size.width), nn.BatchNorm1d(size.width))

    def forward(self, x: Tensor, remember: Callable[[LegendreMemory, Tensor], Tensor]) -> Tensor:
        x = self.neurons(x)
        memory = self.memory_neurons(remember(self.memory, self.signal(x)))
        return self.projection(self.hidden(torch.cat([memory, x], dim=1)))


class SpikingLmuFormer(nn.Module):
    """The network, as `LmuFormer`: features [batch, frames, bins] to logits [batch, frames, classes]."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.size = size
        hidden = size.expansion * size.width
        self.embedding = SpikingEmbedding(size)
        self.block = SpikingMemoryBlock(size)
        self.mixer = nn.Sequential(
            Neurons(size.width), pointwise(size.width, hidden), Neurons(hidden), pointwise(hidden, size.width))
        self.neurons = Neurons(size.width)
        self.head = nn.Linear(size.width, size.classes)
        initialize(self)

    def forward(self, features: Tensor, recurrent: bool = False) -> Tensor:
        """Returns the logits of every frame; with `recurrent` the memory goes frame by frame."""
        x = ((features - self.size.mean) * (1 / self.size.deviation)).transpose(1, 2)
        x = self.embedding(x)
        x = x + self.block(x, LegendreMemory.recurrent if recurrent else LegendreMemory.forward)
        x = x + self.mixer(x)
        return self.head(self.neurons(x).transpose(1, 2))

    def zero_share(self) -> float:
        """The share of zeros among all spikes of all calls in evaluation."""
        neurons = [m for m in self.modules() if isinstance(m, Neurons)]
        return sum(m.zeros for m in neurons) / sum(m.count for m in neurons)

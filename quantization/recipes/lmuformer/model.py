"""LMUFormer (Liu, Datta, Li, Beerel, "LMUFormer: Low Complexity Yet Powerful Spiking Model With Legendre Memory Units", ICLR
2024): convolutions over time, a Legendre memory, a channel mixer, and the mean over time of each frame's scores.

Shapes: features [batch, frames, bins] (natural logarithm) to logits [batch, frames, classes], `running_mean` of them is what is
heard so far. `python3 model.py` prints parameters and multiply-accumulates of the four networks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from legendre import LegendreMemory


@dataclass(frozen=True)
class Size:
    """What sets one LMUFormer apart from another.

    `theta` frames are remembered in `order` coefficients; `taps` is the length of the memory's parallel form. `causal` pads the
    convolutions on the left alone, else on both sides: five frames of look-ahead. `norm_first` has batch norm before ReLU in
    the embedding, where it folds into the convolution; the published network has it behind. Features enter as
    (x - `mean`) / `deviation`.
    """

    bins: int
    width: int
    order: int
    theta: float
    classes: int
    expansion: int = 4
    taps: int = 128
    causal: bool = False
    norm_first: bool = False
    mean: float = 0.0
    deviation: float = 1.0
    dropout: float = 0.0


# Speech Commands of 35 words: fbank of 128 bins, 10 ms, samples of +-1.
PUBLISHED = Size(bins=128, width=256, order=256, theta=128, classes=35, mean=-6.845978, deviation=2 * 5.5654526)
PUBLISHED_SPIKING = replace(PUBLISHED, order=512)

# Spoken digits: log-mel of 40 bins, 10 ms, 8 kHz.
SMALL = Size(bins=40, width=64, order=32, theta=64, classes=10, expansion=3, causal=True, norm_first=True,
             mean=-4.0, deviation=4.0, dropout=0.1)
SMALL_SPIKING = replace(SMALL, order=64, expansion=2)


class TimeConv(nn.Module):
    """Convolution of three frames without bias, [batch, channels, frames], padded so that the number of frames stays."""

    def __init__(self, channels_in: int, channels_out: int, causal: bool) -> None:
        super().__init__()
        self.padding = (2, 0) if causal else (1, 1)
        self.conv = nn.Conv1d(channels_in, channels_out, 3, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(functional.pad(x, self.padding))


def pointwise(channels_in: int, channels_out: int) -> nn.Conv1d:
    """A linear layer on every frame, [batch, channels, frames], with bias."""
    return nn.Conv1d(channels_in, channels_out, 1)


class Embedding(nn.Module):
    """Four convolutions over time, and a fifth added as relative position encoding: x + conv(x)."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for i in range(4):
            norm_and_relu = [nn.BatchNorm1d(size.width), nn.ReLU()]
            layers += [TimeConv(size.width if i else size.bins, size.width, size.causal)]
            layers += norm_and_relu if size.norm_first else reversed(norm_and_relu)
        self.layers = nn.Sequential(*layers)
        self.position = TimeConv(size.width, size.width, size.causal)

    def forward(self, x: Tensor) -> Tensor:
        x = self.layers(x)
        return x + self.position(x)


class MemoryBlock(nn.Module):
    """u = relu(W x), one channel; m its Legendre memory; relu(W [m; x]), projected and normalized."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.signal = pointwise(size.width, 1)
        self.memory = LegendreMemory(size.order, size.theta, size.taps)
        self.hidden = pointwise(size.order + size.width, size.width)
        self.projection = nn.Sequential(pointwise(size.width, size.width), nn.BatchNorm1d(size.width))

    def forward(self, x: Tensor, remember: Callable[[LegendreMemory, Tensor], Tensor]) -> Tensor:
        memory = remember(self.memory, functional.relu(self.signal(x)))
        return self.projection(functional.relu(self.hidden(torch.cat([memory, x], dim=1))))


class LmuFormer(nn.Module):
    """The network: embedding, residual memory block, residual channel mixer, a linear head on every frame."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.size = size
        hidden = size.expansion * size.width
        self.embedding = Embedding(size)
        self.block = MemoryBlock(size)
        self.mixer = nn.Sequential(
            pointwise(size.width, hidden), nn.BatchNorm1d(hidden), nn.GELU(),
            pointwise(hidden, size.width), nn.BatchNorm1d(size.width), nn.ReLU())
        self.dropout = nn.Dropout(size.dropout)
        self.head = nn.Linear(size.width, size.classes)
        initialize(self)

    def forward(self, features: Tensor, recurrent: bool = False) -> Tensor:
        """Returns the logits of every frame; with `recurrent` the memory goes frame by frame."""
        x = ((features - self.size.mean) * (1 / self.size.deviation)).transpose(1, 2)
        x = self.embedding(x)
        x = x + self.block(x, LegendreMemory.recurrent if recurrent else LegendreMemory.forward)
        x = x + self.mixer(x)
        return self.head(self.dropout(x).transpose(1, 2))


def initialize(net: nn.Module) -> None:
    """Linear layers begin small, as published."""
    for module in net.modules():
        if isinstance(module, nn.Linear):
            nn.init.trunc_normal_(module.weight, std=0.02)
            nn.init.zeros_(module.bias)


def running_mean(logits: Tensor) -> Tensor:
    """Returns [batch, frames, classes]: the mean of all frames so far."""
    count = torch.arange(1, logits.shape[1] + 1, dtype=logits.dtype, device=logits.device)
    return logits.cumsum(dim=1) / count[:, None]


class Scores(nn.Module):
    """What is exported: probabilities [batch, classes] from the mean over all frames."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, features: Tensor) -> Tensor:
        return self.net(features).mean(dim=1).softmax(dim=-1)


def parameters(net: nn.Module) -> int:
    """Everything that is trained: weights, biases, batch norm's scales and offsets."""
    return sum(p.numel() for p in net.parameters())


def products(net: nn.Module) -> int:
    """Multiply-accumulates of one frame, the memory's recurrence included."""
    layers = sum(m.weight.numel() for m in net.modules() if isinstance(m, (nn.Conv1d, nn.Linear)))
    return layers + sum(m.order * (m.order + 1) for m in net.modules() if isinstance(m, LegendreMemory))


def networks() -> dict[str, nn.Module]:
    """The four networks, untrained."""
    from spiking import SpikingLmuFormer

    return {
        "published": LmuFormer(PUBLISHED), "published-spiking": SpikingLmuFormer(PUBLISHED_SPIKING),
        "small": LmuFormer(SMALL), "small-spiking": SpikingLmuFormer(SMALL_SPIKING),
    }


if __name__ == "__main__":
    for name, net in networks().items():
        print(f"{name}: {parameters(net):,} parameters, {products(net):,} multiply-accumulates a frame")

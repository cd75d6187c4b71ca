"""The wake-word network: a causal depthwise-separable convolution net over 40 log-mel bins.

Shapes: features [batch, T, 40] (natural logarithm, one frame every 10 ms) to scores [batch, T/2, 6], a softmax over
`other` and the five words every 20 ms. Step k depends on frames 0 .. 2k+1 only, so the batch form and a device that
takes two frames a step give the same. Features go in as they are: zero is silence for the `micro` front end, so the
zeros of the left padding are silence before the recording began.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

BINS = 40
CLASSES = 6
STRIDE = 2


class CausalConv(nn.Module):
    """Conv1d padded on the left alone by (kernel - 1) * dilation + 1 - stride frames, then batch norm.

    In: [batch, channels_in, T]. Out: [batch, channels_out, T / stride].
    """

    def __init__(self, channels_in: int, channels_out: int, kernel: int, stride: int = 1, dilation: int = 1,
                 groups: int = 1) -> None:
        super().__init__()
        self.padding = (kernel - 1) * dilation + 1 - stride
        self.conv = nn.Conv1d(channels_in, channels_out, kernel, stride, 0, dilation, groups, bias=False)
        self.norm = nn.BatchNorm1d(channels_out)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.conv(functional.pad(x, (self.padding, 0)) if self.padding else x))


class Block(nn.Module):
    """Depthwise convolution over time, ReLU, pointwise convolution, residual sum, ReLU. [batch, channels, steps]."""

    def __init__(self, channels: int, kernel: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.depthwise = CausalConv(channels, channels, kernel, dilation=dilation, groups=channels)
        self.pointwise = CausalConv(channels, channels, 1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        y = self.pointwise(functional.relu(self.depthwise(x)))
        return functional.relu(x + self.dropout(y))


class WakeWordNet(nn.Module):
    """A strided convolution over the features, residual blocks with growing dilation, a linear head on each step."""

    def __init__(self, channels: int = 64, kernel: int = 7, dilations: tuple[int, ...] = (1, 1, 1, 2, 2, 3, 3, 1),
                 dropout: float = 0.1) -> None:
        super().__init__()
        self.dilations = dilations
        self.kernel = kernel
        self.input = CausalConv(BINS, channels, 5, STRIDE)
        self.blocks = nn.Sequential(*[Block(channels, kernel, d, dropout) for d in dilations])
        self.head = nn.Conv1d(channels, CLASSES, 1)

    def logits(self, features: Tensor) -> Tensor:
        """Returns [batch, CLASSES, steps]."""
        return self.head(self.blocks(functional.relu(self.input(features.transpose(1, 2)))))

    def forward(self, features: Tensor) -> Tensor:
        """Returns probabilities, [batch, steps, CLASSES]."""
        return functional.softmax(self.logits(features).transpose(1, 2), dim=2)

    @property
    def receptive_field_s(self) -> float:
        """Seconds of the past that a score sees, the first frame's window of 30 ms included."""
        steps = sum((self.kernel - 1) * d for d in self.dilations)
        return (steps * STRIDE + 5 - 1) * 0.01 + 0.03

    def macs_per_step(self) -> int:
        """Multiply-accumulates for one score, that is for 20 ms."""
        return sum(m.weight.numel() for m in self.modules() if isinstance(m, nn.Conv1d))

    def parameters_folded(self) -> int:
        """Weights and biases once batch norm is folded into the convolutions, as on the device."""
        convolutions = [m for m in self.modules() if isinstance(m, nn.Conv1d)]
        return sum(m.weight.numel() + m.out_channels for m in convolutions)


if __name__ == "__main__":
    net = WakeWordNet()
    print(net)
    print(f"{net.parameters_folded()} parameters, {net.macs_per_step()} MAC a step, "
          f"receptive field {net.receptive_field_s:.2f} s")

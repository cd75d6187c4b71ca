"""Three small networks that hear a spoken digit in a window of features.

Shapes: features [batch, 50, 32] (natural logarithm, a frame every 20 ms) to logits [batch, 10]; `Scores` puts the
softmax behind. They are written as one writes PyTorch: what quantizers find hard is left in.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from data import BINS, FRAMES, LABELS


class Scores(nn.Module):
    """A network's probabilities, [batch, 10]: what is exported."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, features: Tensor) -> Tensor:
        return self.net(features).softmax(dim=-1)


def separable(channels_in: int, channels_out: int, stride: int = 1) -> nn.Sequential:
    """Depthwise 3x3 and pointwise convolution, each with batch norm and ReLU. [batch, channels, time, bins]."""
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_in, 3, stride, 1, groups=channels_in, bias=False), nn.BatchNorm2d(channels_in), nn.ReLU(),
        nn.Conv2d(channels_in, channels_out, 1, bias=False), nn.BatchNorm2d(channels_out), nn.ReLU())


class DsCnn(nn.Module):
    """Depthwise-separable 2-D convolutions after "Hello Edge" (Zhang et al., 2017) and MLPerf Tiny's keyword spotting."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, 48, (10, 4), 2, (4, 1), bias=False), nn.BatchNorm2d(48), nn.ReLU())
        self.blocks = nn.Sequential(separable(48, 48), separable(48, 96, 2), separable(96, 96), separable(96, 96))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.dropout = nn.Dropout(0.2)
        self.head = nn.Linear(96, len(LABELS))

    def forward(self, features: Tensor) -> Tensor:
        x = self.blocks(self.stem(features.unsqueeze(1)))
        return self.head(self.dropout(self.pool(x).flatten(1)))


class TinyTransformer(nn.Module):
    """A convolution to 25 frames of 64, learned positions, three encoder blocks (norm first, GELU), mean, linear."""

    def __init__(self, width: int = 64, heads: int = 4, blocks: int = 3) -> None:
        super().__init__()
        self.embedding = nn.Conv1d(BINS, width, 3, stride=2, padding=1)
        self.positions = nn.Parameter(0.02 * torch.randn(1, FRAMES // 2, width))
        self.blocks = nn.ModuleList([
            nn.TransformerEncoderLayer(width, heads, 2 * width, dropout=0.1, activation="gelu", batch_first=True, norm_first=True)
            for _ in range(blocks)])
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, len(LABELS))

    def forward(self, features: Tensor) -> Tensor:
        x = self.embedding(features.transpose(1, 2)).transpose(1, 2) + self.positions
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x).mean(dim=1))


class SqueezeExcitation(nn.Module):
    """x times a gate from its mean over time (Hu et al., 2018). [batch, channels, steps]."""

    def __init__(self, channels: int, squeezed: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv1d(channels, squeezed, 1)
        self.excite = nn.Conv1d(squeezed, channels, 1)
        self.activation = nn.SiLU()

    def forward(self, x: Tensor) -> Tensor:
        return x * self.excite(self.activation(self.squeeze(x.mean(dim=2, keepdim=True)))).sigmoid()


class SwishBlock(nn.Module):
    """Two convolutions over time with SiLU between, squeeze and excitation, residual sum, hard-swish."""

    def __init__(self, channels: int, kernel: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv1d(channels, channels, kernel, padding=kernel // 2, bias=False), nn.BatchNorm1d(channels), nn.SiLU(),
            nn.Conv1d(channels, channels, kernel, padding=kernel // 2, bias=False), nn.BatchNorm1d(channels),
            SqueezeExcitation(channels, channels // 4))
        self.activation = nn.Hardswish()

    def forward(self, x: Tensor) -> Tensor:
        return self.activation(x + self.layers(x))


class ResSwish(nn.Module):
    """A residual 1-D convolution net over time with hard-swish, SiLU, and squeeze and excitation."""

    def __init__(self, channels: int = 48, blocks: int = 3) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv1d(BINS, channels, 5, 2, 2, bias=False), nn.BatchNorm1d(channels), nn.Hardswish())
        self.blocks = nn.Sequential(*[SwishBlock(channels, 3) for _ in range(blocks)])
        self.dropout = nn.Dropout(0.2)
        self.head = nn.Linear(channels, len(LABELS))

    def forward(self, features: Tensor) -> Tensor:
        return self.head(self.dropout(self.blocks(self.stem(features.transpose(1, 2))).mean(dim=2)))


NETWORKS = {"ds-cnn": DsCnn, "tiny-transformer": TinyTransformer, "res-swish": ResSwish}


if __name__ == "__main__":
    for name, kind in NETWORKS.items():
        print(f"{name}: {sum(p.numel() for p in kind().parameters())} parameters")

"""The encoders: log-mel features [batch, time, 40], a frame every 10 ms, to embeddings [batch, time / 2, width].

A convolution of stride 2, positions by a depthwise convolution (after wav2vec 2.0), transformer blocks that normalize first.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from data import BANDS

STRIDE = 2
# features are about 9 +- 7 nat.
CENTRE, SPREAD = 10.0, 7.0


class Norm(nn.LayerNorm):
    """Layer norm in single precision, also where the rest is in bfloat16."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x if x.dtype == torch.float32 else x.float())


class Attention(nn.Module):
    """Multi-head attention over all frames, [batch, time, width]."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads, self.size = heads, width // heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.out = nn.Linear(width, width)

    def split(self, x: Tensor) -> Tensor:
        """[batch, time, width] to [batch, heads, time, size]."""
        return x.reshape(x.shape[0], x.shape[1], self.heads, self.size).transpose(1, 2)

    def forward(self, x: Tensor) -> Tensor:
        query, key, value = self.split(self.query(x)), self.split(self.key(x)), self.split(self.value(x))
        weights = (query @ key.transpose(2, 3) * self.size**-0.5).softmax(-1)
        return self.out((weights @ value).transpose(1, 2).flatten(2))


class Block(nn.Module):
    """x + attention(norm(x)), then x + feed-forward(norm(x))."""

    def __init__(self, width: int, heads: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.norm1 = Norm(width)
        self.attention = Attention(width, heads)
        self.norm2 = Norm(width)
        self.feed_forward = nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.dropout(self.attention(self.norm1(x)))
        return x + self.dropout(self.feed_forward(self.norm2(x)))


class Encoder(nn.Module):
    """A HuBERT of log-mel features (Hsu et al., 2021); frames that `mask` names are replaced by a learned vector."""

    def __init__(self, width: int, heads: int, layers: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.stem = nn.Conv1d(BANDS, width, 5, STRIDE, 2)
        self.positions = nn.Conv1d(width, width, 15, padding=7, groups=width)
        self.blocks = nn.ModuleList([Block(width, heads, 4 * width, dropout) for _ in range(layers)])
        self.norm = Norm(width)
        self.activation = nn.ReLU()  # not GELU: its gradient in bfloat16 on transposed tensors is not finite in PyTorch 1.13

    def embed(self, features: Tensor) -> Tensor:
        """The frames before the transformer, without positions, [batch, time / 2, width]."""
        return self.activation(self.stem(((features - CENTRE) / SPREAD).transpose(1, 2))).transpose(1, 2)

    def layers(self, x: Tensor) -> list[Tensor]:
        """What every block gives, [batch, time / 2, width]; the last one normalized."""
        x = x + self.activation(self.positions(x.transpose(1, 2))).transpose(1, 2)
        given = []
        for block in self.blocks:
            x = block(x)
            given.append(x)
        return given[:-1] + [self.norm(x)]

    def forward(self, features: Tensor) -> Tensor:
        return self.layers(self.embed(features))[-1]


def teacher() -> Encoder:
    """Four layers of 256."""
    return Encoder(256, 4, 4, dropout=0.05)


class Student(nn.Module):
    """Two layers of 192. Embeddings [batch, time / 2, 448]: the 192 of the frame itself, and 256 of what surrounds it, which are distilled.

    None is ever negative, so that a mean over time still tells what there was.
    """

    WIDTH = 256

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Encoder(192, 4, 2)
        self.out = nn.Linear(192, self.WIDTH)

    def distilled(self, frames: Tensor) -> Tensor:
        """The part that the teacher teaches, from `encoder.embed`."""
        return torch.relu(self.out(self.encoder.layers(frames)[-1]))

    def forward(self, features: Tensor) -> Tensor:
        frames = self.encoder.embed(features)
        return torch.cat([frames, self.distilled(frames)], 2)


def load_student(path: Path) -> Student:
    """A student from a state dictionary (.pt) or from the float16 arrays that ship (.npz)."""
    weights = np.load(path) if path.suffix == ".npz" else torch.load(path)
    net = Student()
    net.load_state_dict({name: torch.as_tensor(weights[name]).float() for name in weights})
    return net


class ClusterPrediction(nn.Module):
    """The teacher in training: logits of each frame's clusters, one head a codebook; frames that `masked` names are hidden from it."""

    def __init__(self, clusters: list[int]) -> None:
        super().__init__()
        self.encoder = teacher()
        width = self.encoder.norm.normalized_shape[0]
        self.mask = nn.Parameter(0.1 * torch.randn(width))
        self.heads = nn.ModuleList([nn.Linear(width, n) for n in clusters])

    def forward(self, features: Tensor, masked: Tensor) -> list[Tensor]:
        """`masked` bool [batch, time / 2]; returns logits [batch, time / 2, clusters]."""
        x = self.encoder.embed(features)
        x = torch.where(masked.unsqueeze(2), self.mask.to(x.dtype), x)
        x = self.encoder.layers(x)[-1]
        return [head(x) for head in self.heads]

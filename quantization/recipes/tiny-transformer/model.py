"""A BERT-style encoder of at most 7,000 parameters that says which of ten sounds five seconds of log-mel frames are.

After "Tiny Transformers for Environmental Sound Classification at the Edge" (Elliott, Otero, Wyatt, Martino, 2021): encoder blocks as in
BERT (Devlin et al., 2018), norm behind each residual sum, GELU. A token is four frames of 40 ms; positions are fixed sinusoids, which cost no
parameters; the mean of all tokens takes the place of BERT's class token.

Shapes: features [batch, 124, 32] (natural logarithm) to logits [batch, 10].
"""

from __future__ import annotations

import copy
import math

import torch
from torch import Tensor, nn

from data import BINS, FRAMES, LABELS

TOKEN_FRAMES = 4
WIDTH, HEADS, BLOCKS, HIDDEN = 16, 2, 2, 32
EPSILON = 1e-12  # BERT's


class Normalization(nn.Module):
    """Features less their mean in training, by bin, over one deviation for all bins."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(BINS))
        self.register_buffer("deviation", torch.ones(1))

    def forward(self, features: Tensor) -> Tensor:
        return (features - self.mean) / self.deviation


class Block(nn.Module):
    """Self-attention and two dense layers, each with a residual sum and a layer norm behind it. [batch, tokens, WIDTH]."""

    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value, self.out = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.attention_norm = nn.LayerNorm(WIDTH, EPSILON)
        self.expand, self.contract = nn.Linear(WIDTH, HIDDEN), nn.Linear(HIDDEN, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, EPSILON)

    def forward(self, x: Tensor) -> Tensor:
        x = self.attention_norm(x + self.attend(x))
        return self.norm(x + self.contract(nn.functional.gelu(self.expand(x))))

    def attend(self, x: Tensor) -> Tensor:
        """softmax(q k' / sqrt(d)) v by heads (Vaswani et al., 2017)."""
        batch, tokens, _ = x.shape
        q, k, v = (layer(x).reshape(batch, tokens, HEADS, -1).transpose(1, 2) for layer in (self.query, self.key, self.value))
        weights = (q @ k.transpose(-1, -2) / math.sqrt(WIDTH // HEADS)).softmax(dim=-1)
        return self.out((weights @ v).transpose(1, 2).reshape(batch, tokens, WIDTH))


class TinyTransformer(nn.Module):
    """The network; `outputs` (mean over tokens) feeds the classifier, and in training a head for the teacher's scores."""

    def __init__(self) -> None:
        super().__init__()
        self.normalize = Normalization()
        self.register_buffer("positions", 0.5 * sinusoids(FRAMES // TOKEN_FRAMES), persistent=False)
        self.embedding = nn.Linear(TOKEN_FRAMES * BINS, WIDTH)
        self.embedding_norm = nn.LayerNorm(WIDTH, EPSILON)
        self.blocks = nn.ModuleList([Block() for _ in range(BLOCKS)])
        self.classifier = nn.Linear(WIDTH, len(LABELS))

    def outputs(self, features: Tensor) -> Tensor:
        """Returns [batch, WIDTH]."""
        x = self.embedding(self.normalize(features).reshape(-1, FRAMES // TOKEN_FRAMES, TOKEN_FRAMES * BINS))
        x = self.embedding_norm(x + self.positions)
        for block in self.blocks:
            x = block(x)
        return x.mean(dim=1)

    def forward(self, features: Tensor) -> Tensor:
        return self.classifier(self.outputs(features))


class Scores(nn.Module):
    """A network's probabilities, [batch, 10]: what is exported. The normalization of features is folded into the embedding."""

    def __init__(self, net: TinyTransformer) -> None:
        super().__init__()
        self.net = copy.deepcopy(net)
        embedding = self.net.embedding
        weight = embedding.weight.reshape(WIDTH, TOKEN_FRAMES, BINS) / net.normalize.deviation
        embedding.bias.data = embedding.bias - (weight * net.normalize.mean).sum(dim=(1, 2))
        embedding.weight.data = weight.reshape(WIDTH, -1)
        self.net.normalize = nn.Identity()

    def forward(self, features: Tensor) -> Tensor:
        return self.net(features).softmax(dim=-1)


def sinusoids(count: int) -> Tensor:
    """Positions [count, WIDTH] as in "Attention Is All You Need": sines at even channels, cosines at odd ones."""
    angles = torch.arange(count)[:, None] / 10_000 ** (torch.arange(0, WIDTH, 2) / WIDTH)
    return torch.stack([angles.sin(), angles.cos()], dim=2).reshape(count, WIDTH)

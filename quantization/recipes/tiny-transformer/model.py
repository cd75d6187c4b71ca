"""A BERT-style encoder of 4,470 parameters that says which of ten sounds five seconds of log-mel frames are.

After "Tiny Transformers for Environmental Sound Classification at the Edge" (Elliott, Otero, Wyatt, Martino, 2021): an encoder block as in
BERT (Devlin et al., 2018), norm behind each residual sum, GELU. A token is 160 ms: each of its eight frames goes through a dense layer of 12
with GELU, and one of 16 joins them. The mean of all tokens takes the place of BERT's class token. There are no positions: which sound it is does
not depend on when in the clip it is heard.

Shapes: features [batch, 248, 40] (natural logarithm) to logits [batch, 10].
"""

from __future__ import annotations

import copy
import math

import torch
from torch import Tensor, nn

from data import BINS, FRAMES, LABELS

TOKEN_FRAMES = 8
STEM, WIDTH, HIDDEN = 12, 16, 32
BLOCKS = 1
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
        """softmax(q k' / sqrt(d)) v, one head (Vaswani et al., 2017)."""
        weights = (self.query(x) @ self.key(x).transpose(1, 2) / math.sqrt(WIDTH)).softmax(dim=-1)
        return self.out(weights @ self.value(x))


class TinyTransformer(nn.Module):
    """The network; its `outputs`, the mean over tokens, feed the classifier, and in training a head for the teacher's scores."""

    def __init__(self) -> None:
        super().__init__()
        self.normalize = Normalization()
        self.stem = nn.Linear(BINS, STEM)
        self.embedding = nn.Linear(TOKEN_FRAMES * STEM, WIDTH)
        self.embedding_norm = nn.LayerNorm(WIDTH, EPSILON)
        self.blocks = nn.ModuleList([Block() for _ in range(BLOCKS)])
        self.classifier = nn.Linear(WIDTH, len(LABELS))

    def outputs(self, features: Tensor) -> Tensor:
        """Returns [batch, WIDTH]."""
        x = nn.functional.gelu(self.stem(self.normalize(features)))
        x = self.embedding_norm(self.embedding(x.reshape(-1, FRAMES // TOKEN_FRAMES, TOKEN_FRAMES * STEM)))
        for block in self.blocks:
            x = block(x)
        return x.mean(dim=1)

    def forward(self, features: Tensor) -> Tensor:
        return self.classifier(self.outputs(features))


class Scores(nn.Module):
    """A network's probabilities, [batch, 10]: what is exported. The normalization of features is folded into the stem."""

    def __init__(self, net: TinyTransformer) -> None:
        super().__init__()
        self.net = copy.deepcopy(net)
        stem, normalize = self.net.stem, self.net.normalize
        stem.weight.data = stem.weight / normalize.deviation
        stem.bias.data = stem.bias - stem.weight @ normalize.mean
        self.net.normalize = nn.Identity()

    def forward(self, features: Tensor) -> Tensor:
        return self.net(features).softmax(dim=-1)

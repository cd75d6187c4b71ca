"""Wav2Small (Kounadis-Athanasopoulos et al., arXiv 2408.13920) behind the device's integer front end.

Both networks take log-mel features [batch, time, 26], a frame every 2 ms, and give one vector for the utterance. The names of
layers are those of the published checkpoint of the second-order network.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

BANDS, CHANNELS, POOLED_BANDS = 26, 13, 13
FFT_SIZE = 64
# What the publication counts and the integer front end replaces: two kernels of the Fourier transform, the mel filterbank.
FRONT_END_PARAMETERS = 2 * (FFT_SIZE // 2 + 1) * FFT_SIZE + (FFT_SIZE // 2 + 1) * BANDS

EMOTIONS = ["anger", "boredom", "disgust", "fear", "happiness", "sadness", "neutral"]
DIMENSIONS = ["arousal", "dominance", "valence"]


class Convolution(nn.Module):
    """3x3 convolution without bias, batch norm, ReLU. [batch, channels, time, bands], same time and bands."""

    def __init__(self, channels_in: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels_in, CHANNELS, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(CHANNELS)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.norm(self.conv(x)))


class Vgg7(nn.Module):
    """Seven convolutions, a max-pool of stride 2 behind the third: [batch, time, 26] to [batch, 13, time / 2, 13]."""

    def __init__(self) -> None:
        super().__init__()
        self.l1 = Convolution(1)
        self.l2 = Convolution(CHANNELS)
        self.l3 = Convolution(CHANNELS)
        self.pool = nn.MaxPool2d(3, stride=2, padding=1)
        self.l4 = Convolution(CHANNELS)
        self.l5 = Convolution(CHANNELS)
        self.l6 = Convolution(CHANNELS)
        self.l7 = Convolution(CHANNELS)

    def forward(self, features: Tensor) -> Tensor:
        x = self.l3(self.l2(self.l1(features.unsqueeze(1))))
        return self.l7(self.l6(self.l5(self.l4(self.pool(x)))))


def softmax_pool(values: Tensor, logits: Tensor, axis: int) -> Tensor:
    """The mean of `values` over `axis`, time, weighted by the softmax of `logits` over time."""
    return (values * logits.softmax(axis)).sum(axis)


class Wav2Small(nn.Module):
    """The network of 72,477 parameters: frames of 13 x 13 values, two linear layers over all of them, softmax pooling."""

    def __init__(self, outputs: int = len(EMOTIONS), dropout: float = 0.0) -> None:
        super().__init__()
        width = CHANNELS * POOLED_BANDS
        self.vgg7 = Vgg7()
        self.lin = nn.Linear(width, width)
        self.sof = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)
        self.adv = nn.Linear(width, outputs)

    def forward(self, features: Tensor) -> Tensor:
        x = self.vgg7(features).permute(0, 2, 1, 3).flatten(2)
        return self.adv(self.dropout(softmax_pool(self.lin(x), self.sof(x), 1)))


class SecondOrderVgg7(Vgg7):
    """The stack with two pointwise convolutions and softmax pooling over time behind it: to [batch, 13, 13]."""

    def __init__(self) -> None:
        super().__init__()
        self.lin = nn.Conv2d(CHANNELS, CHANNELS, 1)
        self.sof = nn.Conv2d(CHANNELS, CHANNELS, 1)

    def forward(self, features: Tensor) -> Tensor:
        x = super().forward(features)
        return softmax_pool(self.lin(x), self.sof(x), 2)


class SecondOrderWav2Small(nn.Module):
    """The network of 15,888 parameters (three outputs), Wav2Small 2.0: pooled values and their products between channels."""

    def __init__(self, outputs: int = len(EMOTIONS), dropout: float = 0.0) -> None:
        super().__init__()
        self.vgg7 = SecondOrderVgg7()
        self.dropout = nn.Dropout(dropout)
        self.adv = nn.Linear(CHANNELS * (POOLED_BANDS + CHANNELS), outputs)

    def forward(self, features: Tensor) -> Tensor:
        x = self.vgg7(features)
        x = torch.cat([x, torch.bmm(x, x.transpose(1, 2))], 2)
        return self.adv(self.dropout(x.flatten(1)))


NETWORKS = {"wav2small-72k": Wav2Small, "wav2small-17k": SecondOrderWav2Small}


def parameters(net: nn.Module) -> int:
    """Trained parameters and those of the fixed front end, as the publication counts them."""
    return sum(p.numel() for p in net.parameters()) + FRONT_END_PARAMETERS

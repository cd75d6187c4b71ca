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

    def lower(self, features: Tensor) -> Tensor:
        """What is heard within 16 ms: [batch, time, 26] to [batch, 13, time / 2, 13]."""
        return self.pool(self.l3(self.l2(self.l1(features.unsqueeze(1)))))

    def upper(self, x: Tensor) -> Tensor:
        """The layers behind the pool, which keep the shape."""
        return self.l7(self.l6(self.l5(self.l4(x))))

    def forward(self, features: Tensor) -> Tensor:
        return self.upper(self.lower(features))


def softmax_pool(values: Tensor, logits: Tensor, axis: int) -> Tensor:
    """The mean of `values` over `axis`, time, weighted by the softmax of `logits` over time."""
    return (values * logits.softmax(axis)).sum(axis)


class Wav2Small(nn.Module):
    """The network of 72,477 parameters: frames of 13 x 13 values, two linear layers over all of them, softmax pooling."""

    def __init__(self, outputs: int = len(EMOTIONS)) -> None:
        super().__init__()
        width = CHANNELS * POOLED_BANDS
        self.vgg7 = Vgg7()
        self.lin = nn.Linear(width, width)
        self.sof = nn.Linear(width, width)
        self.pooled = nn.Identity()
        self.adv = nn.Linear(width, outputs)

    def forward(self, features: Tensor) -> Tensor:
        return self.judge(self.vgg7.lower(features))

    def judge(self, x: Tensor) -> Tensor:
        """From what the lower layers give, [batch, 13, time / 2, 13], to [batch, outputs]."""
        x = self.vgg7.upper(x).permute(0, 2, 1, 3).flatten(2)
        return self.adv(self.pooled(softmax_pool(self.lin(x), self.sof(x), 1)))


class SecondOrderVgg7(Vgg7):
    """The stack with two pointwise convolutions and softmax pooling over time behind it: to [batch, 13, 13]."""

    def __init__(self) -> None:
        super().__init__()
        self.lin = nn.Conv2d(CHANNELS, CHANNELS, 1)
        self.sof = nn.Conv2d(CHANNELS, CHANNELS, 1)

    def upper(self, x: Tensor) -> Tensor:
        x = super().upper(x)
        return softmax_pool(self.lin(x), self.sof(x), 2)


class SecondOrderWav2Small(nn.Module):
    """The network of 15,888 parameters (three outputs), Wav2Small 2.0: pooled values and their products between channels."""

    def __init__(self, outputs: int = len(EMOTIONS)) -> None:
        super().__init__()
        self.vgg7 = SecondOrderVgg7()
        self.pooled = nn.Identity()
        self.adv = nn.Linear(CHANNELS * (POOLED_BANDS + CHANNELS), outputs)

    def forward(self, features: Tensor) -> Tensor:
        return self.judge(self.vgg7.lower(features))

    def judge(self, x: Tensor) -> Tensor:
        """From what the lower layers give, [batch, 13, time / 2, 13], to [batch, outputs]."""
        x = self.vgg7.upper(x)
        x = torch.cat([x, torch.bmm(x, x.transpose(1, 2))], 2)
        return self.adv(self.pooled(x.flatten(1)))


def normalize_pooled(net: nn.Module, dropout: float) -> None:
    """Puts batch norm and dropout before the head for training: pooled values of different utterances differ little beside their size."""
    net.pooled = nn.Sequential(nn.BatchNorm1d(net.adv.in_features), nn.Dropout(dropout))


def fold_pooled(net: nn.Module) -> None:
    """Takes what `normalize_pooled` put there into the head's weights; the network in evaluation computes the same."""
    norm = net.pooled[0]
    with torch.no_grad():
        scale = norm.weight / (norm.running_var + norm.eps).sqrt()
        net.adv.bias += net.adv.weight @ (norm.bias - scale * norm.running_mean)
        net.adv.weight *= scale
    net.pooled = nn.Identity()


NETWORKS = {"wav2small-72k": Wav2Small, "wav2small-17k": SecondOrderWav2Small}


def parameters(net: nn.Module) -> int:
    """Trained parameters and those of the fixed front end, as the publication counts them."""
    return sum(p.numel() for p in net.parameters()) + FRONT_END_PARAMETERS

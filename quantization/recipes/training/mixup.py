"""Clips mixed in pairs, with their targets (Zhang, Cisse, Dauphin, Lopez-Paz 2018)."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor


def one_hot(labels: Tensor, classes: int, smoothing: float = 0.0) -> Tensor:
    """float [clips, classes] of class numbers; `smoothing` is spread over all classes."""
    return F.one_hot(labels, classes).float() * (1 - smoothing) + smoothing / classes


def mixup(
    inputs: Tensor, targets: Tensor, rng: np.random.Generator, alpha: float = 0.3, share: float = 1.0, log: bool = False
) -> tuple[Tensor, Tensor]:
    """Each clip with another of the batch: w * x1 + (1 - w) * x2, targets alike, w from Beta(alpha, alpha) and at least 1/2.

    `targets` are probabilities [clips, ..], see `one_hot`; `share` of the clips is mixed; `log`: inputs are logarithms and are mixed as what they
    are logarithms of, as sounds that are heard at once.
    """
    count = len(inputs)
    weight = rng.beta(alpha, alpha, count)
    weight = np.where(rng.random(count) < share, np.maximum(weight, 1 - weight), 1.0)
    other = torch.from_numpy(rng.permutation(count))
    w = torch.from_numpy(weight.astype(np.float32))
    wx, wy = (w.reshape(-1, *[1] * (x.dim() - 1)) for x in (inputs, targets))
    if log:
        mixed = torch.logaddexp(inputs + wx.log(), inputs[other] + (1 - wx).clamp_min(1e-12).log())
    else:
        mixed = wx * inputs + (1 - wx) * inputs[other]
    return mixed, wy * targets + (1 - wy) * targets[other]

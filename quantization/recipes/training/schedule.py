"""How the learning rate goes, and the mean of the weights on the way."""

from __future__ import annotations

import copy
import math

import torch
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR


def warm_up_and_cosine(optimizer: Optimizer, updates: int, warm_up: float = 0.1, last: float = 0.01) -> LambdaLR:
    """The rate rises over a share of the updates and falls by half a cosine to a share of itself; `step()` after every update."""
    first = max(1, round(warm_up * updates))

    def factor(update: int) -> float:
        if update < first:
            return (update + 1) / first
        return last + (1 - last) * 0.5 * (1 + math.cos(math.pi * min(1.0, (update - first) / max(1, updates - first))))

    return LambdaLR(optimizer, factor)


class WeightAverage:
    """A running mean of a network's parameters and buffers, which often generalizes better than any of them.

    Not for EdgePlan where weights of few bits hover between two integers: their mean lies between, and is rounded as it falls.
    """

    def __init__(self, net: nn.Module, decay: float = 0.999) -> None:
        self.net, self.decay, self.updates = copy.deepcopy(net).eval().requires_grad_(False), decay, 0

    @torch.no_grad()
    def update(self, net: nn.Module) -> None:
        """Takes a step of training into the mean; the first ones count more, so that the start is soon forgotten."""
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        for mean, new in zip(self.net.state_dict().values(), net.state_dict().values()):
            if mean.is_floating_point():
                mean.lerp_(new, 1 - decay)
            else:
                mean.copy_(new)

"""Trains the wake-word network on folders of examples (data.py); export.py turns the weights into ONNX.

    train.py --examples FOLDER... --out FILE.pt [--start FILE.pt...] [--updates 2500] [--seed 1]

Given several files to start from, it starts from the mean of their weights, and with `--updates 0` it only writes that.
"""

from __future__ import annotations

import argparse
import copy
import math
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

import data
from model import WakeWordNet

# Words are a twentieth of these streams and far rarer in life: at equal weight the network would call too much a word.
WORD_WEIGHT = 0.2
HARD_SHARE = 0.005  # the share of background steps that count again, being the likeliest false accepts
HARD_WEIGHT = 0.2


def wake_word_loss(logits: Tensor, labels: Tensor, smoothing: float) -> Tensor:
    """Cross entropy of words, of background and of the hardest background, each by its own mean and weight."""
    losses = functional.cross_entropy(logits, labels.clamp(min=0), reduction="none", label_smoothing=smoothing)
    words, background = losses[labels > 0], losses[labels == 0]
    hardest = background.topk(max(1, int(HARD_SHARE * background.numel()))).values
    return WORD_WEIGHT * words.mean() + background.mean() + HARD_WEIGHT * hardest.mean()


class Average:
    """Exponential moving average of a network's weights and buffers, which is what is exported."""

    def __init__(self, net: nn.Module, decay: float) -> None:
        self.net = copy.deepcopy(net).eval()
        self.decay = decay
        self.updates = 0

    def update(self, net: nn.Module) -> None:
        self.updates += 1
        decay = min(self.decay, self.updates / (self.updates + 10))
        with torch.no_grad():
            for mine, theirs in zip(self.net.state_dict().values(), net.state_dict().values()):
                if mine.dtype.is_floating_point:
                    mine.lerp_(theirs, 1 - decay)
                else:
                    mine.copy_(theirs)


def mean_weights(paths: list[Path]) -> dict[str, Tensor]:
    """Returns the mean of several networks' weights: runs from one start lie in one valley, and their mean is better
    than each of them (Wortsman et al., 2022)."""
    states = [torch.load(path) for path in paths]
    return {name: sum(s[name] for s in states) / len(states) if first.is_floating_point() else first
            for name, first in states[0].items()}


def train(net: WakeWordNet, features: np.ndarray, labels: np.ndarray, updates: int, batch: int, rate: float,
          seed: int) -> nn.Module:
    """Trains with a learning rate that falls to zero and returns the moving average."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    optimizer = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=0.02)
    average = Average(net, 0.999)
    begun, running = time.monotonic(), 0.0
    for step in range(1, updates + 1):
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1, step / 100) * 0.5 * (1 + math.cos(math.pi * step / updates))
        x, y = data.sample(features, labels, batch, rng)
        loss = wake_word_loss(net.logits(x), y, smoothing=0.03)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 2.0)
        optimizer.step()
        average.update(net)
        running += (float(loss) - running) * max(0.01, 1 / step)
        if step % 50 == 0:
            print(f"update {step} of {updates}, loss {running:.4f}, {time.monotonic() - begun:.0f} s", flush=True)
    return average.net


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=Path, nargs="+", default=[])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--updates", type=int, default=2500)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1, help="one is faster than two for so small a network")
    parser.add_argument("--start", type=Path, nargs="+", default=[], help="weights to go on from")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    net = WakeWordNet()
    if args.start:
        net.load_state_dict(mean_weights(args.start))
    if args.updates:
        features, labels = data.load_examples(args.examples)
        print(f"{features.shape[0]} streams, {features.shape[0] * features.shape[1] / 360000:.1f} h")
        net = train(net, features, labels, args.updates, args.batch, args.rate, args.seed)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    torch.save(net.state_dict(), args.out)
    print(f"{net.parameters_folded()} parameters, {net.macs_per_step()} MAC a step of 20 ms")


if __name__ == "__main__":
    main()

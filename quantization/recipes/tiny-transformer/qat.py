"""Trains a quantized network on, in the integers of the device.

    qat.py fold-1.edge fold-1.int8.onnx --features recorded.npy --fold 1 --out fold-1.qat.onnx [--steps 100] [--rate 2e-4]

fold-1.edge is what `edgec build` made of fold-1.int8.onnx, over a window of 248 frames; recorded.npy is what `edgec features --concat` wrote. Trains on
the recorded clips of the other folds and prints the accuracy on the held-out fold before and after, which is the device's to the last clip; the held-out
clips choose nothing.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn

from data import FRACTION, Clips
from train import augment

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from training.edge_plan import EdgePlan  # noqa: E402
from training.schedule import warm_up_and_cosine  # noqa: E402

BATCH = 32


def quantized(net: EdgePlan, features: torch.Tensor) -> torch.Tensor:
    """int8 as the device computes them of features in nat."""
    return net.quantize((features * FRACTION).round())


def train(net: EdgePlan, clips: Clips, steps: int, rate: float, seed: int) -> None:
    """Cross entropy of the recorded clips, changed as in train.py."""
    rng = np.random.default_rng(seed)
    optimizer = torch.optim.Adam([p for p in net.parameters() if p.requires_grad], rate)
    schedule = warm_up_and_cosine(optimizer, steps)
    features, labels = torch.from_numpy(clips.features), torch.from_numpy(clips.shares).argmax(dim=1)
    for _ in range(steps):
        chosen = torch.from_numpy(rng.choice(len(features), BATCH, replace=False))
        loss = nn.functional.cross_entropy(net(quantized(net, augment(features[chosen], rng))), labels[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()


def correct(net: EdgePlan, clips: Clips) -> int:
    """How many clips have their label's score largest; of the first 5 s, without the windows that `edgec evaluate` adds for longer clips."""
    scores = net.scores(quantized(net, torch.from_numpy(clips.features))).numpy().reshape(len(clips.folds), -1)
    return int((scores.argmax(axis=1) == clips.shares.argmax(axis=1)).sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("edge", type=Path)
    parser.add_argument("graph", type=Path)
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--fold", type=int, choices=range(5), required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    clips = Clips.recorded(args.features)
    kept, held = clips.where(clips.folds != args.fold), clips.where(clips.folds == args.fold)
    net = EdgePlan.load(args.edge, args.graph)
    before = correct(net, held) if args.fold else 0
    train(net, kept, args.steps, args.rate, args.seed)
    if args.fold:
        print(f"fold {args.fold}: {before} of {len(held.folds)} before, {correct(net, held)} after")
    net.write(args.out)


if __name__ == "__main__":
    main()

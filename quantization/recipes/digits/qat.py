"""Trains a quantized network on, in the integers of the device.

    qat.py net.edge net.int8.onnx --features FOLDER --out net.qat.onnx [--epochs 12] [--rate 3e-4]

net.edge is what `edgec build` made of net.int8.onnx, over windows of 50 frames. Prints the accuracy on the test clips before and after, which is
the device's to the last clip; the test clips choose nothing.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

from data import FRACTION, augmented, clips, load

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from training.clips import accuracy, clip_scores  # noqa: E402
from training.edge_plan import EdgePlan  # noqa: E402
from training.schedule import warm_up_and_cosine  # noqa: E402

BATCH = 50


def train(net: EdgePlan, features: list[np.ndarray], labels: np.ndarray, epochs: int, rate: float, seed: int) -> None:
    """Cross entropy with smoothed labels, as `train.py` has it, on features that are quantized as on the device."""
    rng = np.random.default_rng(seed)
    optimizer = torch.optim.Adam([p for p in net.parameters() if p.requires_grad], rate)
    updates = len(labels) // BATCH
    rates = warm_up_and_cosine(optimizer, epochs * updates, warm_up=0.05)
    loss_of = nn.CrossEntropyLoss(label_smoothing=0.05)
    for epoch in range(epochs):
        began, total = time.monotonic(), 0.0
        for chosen in np.array_split(rng.permutation(len(labels))[: updates * BATCH], updates):
            batch = net.quantize((augmented([features[i] for i in chosen], rng) * FRACTION).round())
            loss = loss_of(net(batch), torch.from_numpy(labels[chosen]))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            rates.step()
            total += loss.item()
        print(f"epoch {epoch + 1}/{epochs}: loss {total / updates:.4f}, {time.monotonic() - began:.1f} s", flush=True)


def heard(net: EdgePlan, folder: Path) -> float:
    """Per cent of the test clips heard right."""
    test = [clip for clip in clips(folder, ".npy") if clip.is_test]
    scores = clip_scores(net, [np.load(folder / f"{clip.name}.npy") for clip in test])
    return 100 * accuracy(scores, np.array([clip.digit for clip in test]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("edge", type=Path)
    parser.add_argument("graph", type=Path)
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--rate", type=float, default=3e-4)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    if not args.out.parent.is_dir():
        sys.exit(f"{args.out.parent} is no folder; expected one to write {args.out.name} into.")
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    net = EdgePlan.load(args.edge, args.graph)
    print(f"before: {heard(net, args.features):.2f} % of the test clips", flush=True)
    train(net, *load(args.features, test=False), args.epochs, args.rate, args.seed)
    print(f"after: {heard(net, args.features):.2f} % of the test clips")
    net.write(args.out)


if __name__ == "__main__":
    main()

"""Trains one of the networks.

    train.py ds-cnn --features FOLDER --out ds-cnn.pt [--epochs 40] [--start WEIGHTS]

The schedule is fixed and the last weights are kept: the test clips decide nothing.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from data import augmented, load, windows
from model import NETWORKS

BATCH = 50


def train(net: nn.Module, features: list[np.ndarray], labels: np.ndarray, epochs: int, rate: float, seed: int) -> None:
    """Cross entropy with smoothed labels, AdamW, a rate that rises for a tenth of the time and falls by a cosine."""
    rng = np.random.default_rng(seed)
    optimizer = torch.optim.AdamW(net.parameters(), rate, weight_decay=0.02)
    updates = len(labels) // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, epochs * updates, pct_start=0.1)
    loss_of = nn.CrossEntropyLoss(label_smoothing=0.05)
    began = time.monotonic()
    for epoch in range(epochs):
        net.train()
        total = 0.0
        for chosen in np.array_split(rng.permutation(len(labels))[: updates * BATCH], updates):
            loss = loss_of(net(augmented([features[i] for i in chosen], rng)), torch.from_numpy(labels[chosen]))
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            total += loss.item()
        print(f"epoch {epoch + 1}/{epochs}: loss {total / updates:.4f}, {time.monotonic() - began:.0f} s", flush=True)


def accuracy(net: nn.Module, x: Tensor, labels: np.ndarray) -> float:
    """Share of the windows [clips, 50, 32] whose largest score is the label's."""
    net.eval()
    with torch.no_grad():
        return float((net(x).argmax(dim=1).numpy() == labels).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", choices=NETWORKS)
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start", type=Path, help="weights to go on from")
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--rate", type=float, default=4e-3)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    net = NETWORKS[args.network]()
    if args.start:
        net.load_state_dict(torch.load(args.start))
    train(net, *load(args.features, test=False), args.epochs, args.rate, args.seed)
    features, labels = load(args.features, test=True)
    print(f"{args.network}: {100 * accuracy(net, windows(features), labels):.2f} % of {len(labels)} test clips")
    torch.save(net.state_dict(), args.out)


if __name__ == "__main__":
    main()

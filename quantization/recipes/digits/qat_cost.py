"""What a pass over the training clips costs: float, and in the device's integers.

    qat_cost.py ds-cnn.edge ds-cnn --features FOLDER

Processor time of forward, backward and update over 40 batches of 50 augmented clips, extrapolated from 8 of them.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from data import FRACTION, augmented, load
from model import NETWORKS

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from training.edge_plan import EdgePlan  # noqa: E402

BATCH, MEASURED, UPDATES = 50, 8, 40


def seconds(net: nn.Module, prepare: Callable[[Tensor], Tensor], batches: list[tuple[Tensor, Tensor]]) -> float:
    """Processor seconds of an epoch; the first batch warms up."""
    optimizer = torch.optim.Adam([p for p in net.parameters() if p.requires_grad], 1e-4)
    began = 0.0
    for i, (features, labels) in enumerate(batches):
        loss = nn.functional.cross_entropy(net(prepare(features)), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        began = time.process_time() if i == 0 else began
    return (time.process_time() - began) / (len(batches) - 1) * UPDATES


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("edge", type=Path)
    parser.add_argument("network", choices=NETWORKS)
    parser.add_argument("--features", type=Path, required=True)
    args = parser.parse_args()
    torch.set_num_threads(1)
    features, labels = load(args.features, test=False)
    rng = np.random.default_rng(1)
    chosen = rng.permutation(len(labels))[: (MEASURED + 1) * BATCH].reshape(-1, BATCH)
    batches = [(augmented([features[i] for i in some], rng), torch.from_numpy(labels[some])) for some in chosen]
    plain = seconds(NETWORKS[args.network](), lambda x: x, batches)
    net = EdgePlan.load(args.edge)
    exact = seconds(net, lambda x: net.quantize((x * FRACTION).round()), batches)
    print(f"{args.network}: {plain:.1f} s of processor time an epoch in float, {exact:.1f} s in the device's integers, {exact / plain:.1f} times")


if __name__ == "__main__":
    main()

"""Trains the teacher: it predicts the clusters of frames, first of those that it does not see, then of all.

    pretrain.py --features FOLDER --out first.pt [--epochs 8]
    pretrain.py --features FOLDER --out teacher.pt --start first.pt --codebooks context level --all-frames --epochs 2 --rate 7e-4

Prints for each epoch the cross entropy and the share of frames whose cluster was predicted, for each codebook.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from clusters import CODEBOOKS, targets
from data import augmented, training_stream
from model import STRIDE, ClusterPrediction

CROP = 300  # frames of 10 ms
BATCH = 10
MASK_SPAN, MASK_STARTS = 10, 0.065  # spans of 200 ms; about half the frames are hidden


def mask(rng: np.random.Generator) -> np.ndarray:
    """Returns bool [BATCH, CROP / 2], true where a frame is hidden."""
    starts = rng.random((BATCH, CROP // STRIDE)) < MASK_STARTS
    hidden = np.zeros_like(starts)
    for offset in range(MASK_SPAN):
        hidden[:, offset:] |= starts[:, : starts.shape[1] - offset]
    return hidden


def batch(features: np.ndarray, clusters: np.ndarray, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Returns (augmented crops [BATCH, CROP, 40], their clusters [codebooks, BATCH, CROP / 2])."""
    begins = rng.integers(0, (len(features) - CROP) // STRIDE, BATCH) * STRIDE
    x = np.stack([augmented(features[begin: begin + CROP], rng) for begin in begins])
    y = np.stack([clusters[:, begin // STRIDE: (begin + CROP) // STRIDE] for begin in begins], axis=1)
    return torch.from_numpy(x), torch.from_numpy(y)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--start", type=Path, help="teacher whose encoder to go on from; its heads are new")
    parser.add_argument("--codebooks", nargs="+", choices=CODEBOOKS, default=["spectrum", "level"])
    parser.add_argument("--all-frames", action="store_true", help="also predict the frames that are seen")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    rng = np.random.default_rng(args.seed)
    features, owner = training_stream(args.features)
    clusters = targets(features, owner, args.codebooks, rng)
    print(f"{len(features) / 100:.0f} s of speech in {owner[-1] + 1} clips", flush=True)
    net = ClusterPrediction([CODEBOOKS[name] for name in args.codebooks])
    if args.start:
        kept = {name: value for name, value in torch.load(args.start).items() if not name.startswith("heads.")}
        net.load_state_dict(kept, strict=False)
    optimizer = torch.optim.AdamW(net.parameters(), args.rate, betas=(0.9, 0.98), weight_decay=0.01)
    updates = len(features) // (BATCH * CROP)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, args.rate, args.epochs * updates, pct_start=0.1)
    began, processor = time.monotonic(), time.process_time()
    for epoch in range(args.epochs):
        totals = np.zeros(1 + len(args.codebooks))
        for _ in range(updates):
            x, y = batch(features, clusters, rng)
            hidden = torch.from_numpy(mask(rng))
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits = net(x, hidden)
            judged = torch.ones_like(hidden) if args.all_frames else hidden
            logits, wanted = [one[judged] for one in logits], [one[judged] for one in y]
            loss = sum(torch.nn.functional.cross_entropy(a.float(), b) for a, b in zip(logits, wanted))
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            totals += [loss.item()] + [float((a.argmax(1) == b).float().mean()) for a, b in zip(logits, wanted)]
        shares = ", ".join(f"{name} {100 * share:.1f} %" for name, share in zip(args.codebooks, totals[1:] / updates))
        print(f"epoch {epoch + 1}/{args.epochs}: loss {totals[0] / updates:.3f}, {shares}; "
              f"{time.monotonic() - began:.0f} s, processor {time.process_time() - processor:.0f} s", flush=True)
        torch.save(net.state_dict(), args.out)


if __name__ == "__main__":
    main()

"""Distils the teacher's layers into the student (after DistilHuBERT, Chang et al., 2022).

    distill.py --features FOLDER --teacher teacher.pt --out student.pt [--epochs 8]

The student predicts three of the teacher's layers by a linear head each; the loss is L1 and -log(sigmoid(cosine)). The heads are thrown away.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

from data import augmented, training_stream
from model import STRIDE, student, teacher

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from training.distillation import FeatureMatching  # noqa: E402

LAYERS = (1, 2, 3)  # of the teacher's four, from 0
CROP = 200
BATCH = 16


def ended(crop: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Every fourth crop ends early, in silence, as short recordings do in the device's window."""
    if rng.random() < 0.25:
        crop[int(rng.integers(20, CROP)):] = 0
    return crop


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--teacher", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    rng = np.random.default_rng(args.seed)
    features, _ = training_stream(args.features)
    large, small = teacher(), student()
    large.load_state_dict(torch.load(args.teacher))
    large.eval()
    matching = FeatureMatching(small.norm.normalized_shape[0], large.norm.normalized_shape[0], len(LAYERS))
    trained = [*small.parameters(), *matching.parameters()]
    optimizer = torch.optim.AdamW(trained, args.rate, weight_decay=0.01)
    updates = len(features) // (BATCH * CROP)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, args.rate, args.epochs * updates, pct_start=0.1)
    began, processor = time.monotonic(), time.process_time()
    for epoch in range(args.epochs):
        total = 0.0
        for _ in range(updates):
            begins = rng.integers(0, (len(features) - CROP) // STRIDE, BATCH) * STRIDE
            x = torch.from_numpy(np.stack([ended(augmented(features[begin: begin + CROP], rng), rng) for begin in begins]))
            with torch.autocast("cpu", dtype=torch.bfloat16):
                with torch.no_grad():
                    layers = large.layers(large.embed(x))
                    wanted = [nn.functional.layer_norm(layers[i].float(), layers[i].shape[-1:]) for i in LAYERS]
                loss = matching(small(x), wanted)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(trained, 1.0)
            optimizer.step()
            schedule.step()
            total += loss.item()
        print(f"epoch {epoch + 1}/{args.epochs}: loss {total / updates:.4f}, "
              f"{time.monotonic() - began:.0f} s, processor {time.process_time() - processor:.0f} s", flush=True)
        torch.save(small.state_dict(), args.out)


if __name__ == "__main__":
    main()

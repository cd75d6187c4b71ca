"""Distils the teacher's layers and clusters into the student (after DistilHuBERT, Chang et al., 2022).

    distill.py --features FOLDER --teacher teacher.pt --out student.pt [--epochs 4]

From the student's embeddings one linear head each predicts three of the teacher's layers, by L1 and -log(sigmoid(cosine)), and another the
teacher's probabilities of the clusters. The heads are thrown away.
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
from clusters import CODEBOOKS
from model import STRIDE, ClusterPrediction, Student

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from training.distillation import FeatureMatching, distillation_loss  # noqa: E402

LAYERS = (1, 2, 3)  # of the teacher's four, from 0
TEACHER_CODEBOOKS = ("context", "level")
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
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    rng = np.random.default_rng(args.seed)
    features, _ = training_stream(args.features)
    large, small = ClusterPrediction([CODEBOOKS[name] for name in TEACHER_CODEBOOKS]), Student()
    large.load_state_dict(torch.load(args.teacher))
    large.eval()
    matching = FeatureMatching(small.WIDTH, large.mask.numel(), len(LAYERS))
    units = nn.Linear(small.WIDTH, large.heads[0].out_features)
    trained = [*small.parameters(), *matching.parameters(), *units.parameters()]
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
                    layers = large.encoder.layers(large.encoder.embed(x))
                    wanted = [nn.functional.layer_norm(layers[i].float(), layers[i].shape[-1:]) for i in LAYERS]
                    clusters = large.heads[0](layers[-1]).float().softmax(-1)
                embeddings = small.distilled(small.encoder.embed(x))
                loss = matching(embeddings, wanted)
                logits = units(embeddings)
            loss = loss + distillation_loss(logits.float().flatten(0, 1), clusters.flatten(0, 1), temperature=1.0)
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

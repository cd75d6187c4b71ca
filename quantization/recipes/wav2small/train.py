"""Trains a network behind the pretrained lower layers on all speakers but those held out, and measures on these.

    train.py wav2small-72k --lower lower.npy --stem stem.pt --held-out 03 --out 03.pt [--epochs 40]

The schedule is fixed and no epoch is chosen: what is kept is the running average of the weights at the end.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

from data import SPEAKERS, Clip, batch, load_lower
from model import EMOTIONS, NETWORKS, fold_pooled, normalize_pooled

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from training.mixup import mixup, one_hot  # noqa: E402
from training.schedule import WeightAverage  # noqa: E402

BATCH = 16


def epoch_of(clips: list[Clip], rng: np.random.Generator) -> list[Clip]:
    """As many clips as there are, every emotion as often as every other."""
    by_emotion = [[clip for clip in clips if clip.emotion == emotion] for emotion in range(len(EMOTIONS))]
    drawn = []
    for of_emotion in by_emotion:
        wanted = round(len(clips) / len(by_emotion))
        while wanted > 0:
            part = rng.permutation(len(of_emotion))[:wanted]
            drawn += [of_emotion[i] for i in part]
            wanted -= len(part)
    return [drawn[i] for i in rng.permutation(len(drawn))]


def recall(truth: np.ndarray, heard: np.ndarray) -> float:
    """Mean over the emotions that occur of the share heard."""
    return float(np.mean([(heard[truth == e] == e).mean() for e in np.unique(truth)]))


def judged(net: nn.Module, clips: list[Clip]) -> np.ndarray:
    """Returns logits [clips, emotions] of whole recordings from their lower layers."""
    net.eval()
    with torch.no_grad():
        return np.stack([net.judge(torch.from_numpy(clip.versions[0].astype(np.float32)).permute(2, 0, 1)[None])[0].numpy() for clip in clips])


def train(net: nn.Module, clips: list[Clip], args: argparse.Namespace) -> nn.Module:
    """AdamW, one cycle of the rate, cross entropy with smoothed labels, mixup; returns the average of the weights."""
    rng = np.random.default_rng(args.seed)
    normalize_pooled(net, args.dropout)
    optimizer = torch.optim.AdamW(net.parameters(), args.rate, weight_decay=args.decay)
    updates = len(clips) // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, args.rate, args.epochs * updates, pct_start=0.15)
    averaged = WeightAverage(net, args.average)
    began = time.process_time()
    net = net.to(memory_format=torch.channels_last)
    for epoch in range(args.epochs):
        net.train()
        total = 0.0
        order = epoch_of(clips, rng)
        for chosen in np.array_split(np.arange(len(order)), updates):
            picked = [order[i] for i in chosen]
            y = one_hot(torch.tensor([clip.emotion for clip in picked]), len(EMOTIONS), args.smoothing)
            x, y = mixup(batch(picked, rng), y, rng, args.mixup, share=0.5)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits = net.judge(x)
            loss = nn.functional.cross_entropy(logits.float(), y)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 2.0)
            optimizer.step()
            schedule.step()
            averaged.update(net)
            total += loss.item()
        print(f"epoch {epoch + 1}/{args.epochs}: loss {total / updates:.4f}, processor {time.process_time() - began:.0f} s", flush=True)
    fold_pooled(averaged.net)
    return averaged.net


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", choices=NETWORKS)
    parser.add_argument("--lower", type=Path, required=True)
    parser.add_argument("--stem", type=Path, required=True)
    parser.add_argument("--start", type=Path, help="network of the same speakers whose convolutions to go on from, such as the large one")
    parser.add_argument("--held-out", nargs="*", choices=SPEAKERS, default=[])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--decay", type=float, default=0.05)
    parser.add_argument("--dropout", type=float, default=0.3)
    parser.add_argument("--mixup", type=float, default=0.3)
    parser.add_argument("--smoothing", type=float, default=0.1)
    parser.add_argument("--average", type=float, default=0.98)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    clips = load_lower(args.lower)
    net = NETWORKS[args.network]()
    net.vgg7.load_state_dict(torch.load(args.stem), strict=False)  # the second-order network's stack has two layers more
    if args.start:
        started = {name: value for name, value in torch.load(args.start).items() if name.startswith("vgg7.l") and "vgg7.lin" not in name}
        net.load_state_dict(started, strict=False)
    averaged = train(net, [clip for clip in clips if clip.speaker not in args.held_out], args)
    torch.save(averaged.state_dict(), args.out)
    for speaker in args.held_out:
        own = [clip for clip in clips if clip.speaker == speaker]
        logits = judged(averaged, own)
        print(f"speaker {speaker}: {100 * recall(np.array([clip.emotion for clip in own]), logits.argmax(1)):.1f} %", flush=True)


if __name__ == "__main__":
    main()

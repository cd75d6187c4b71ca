"""Trains a small network on all speakers but one, and measures it on that one.

    train.py small --held-out theo --pcm pcm/ --features features/ [--synthesized synth/] --out small-theo.pt
    train.py small --held-out theo … --start small-theo.pt --wide --epochs 8 --rate 3e-3 --seed 2 --out small-theo.pt

The second goes on from weights, with voices varied further (data.py).
The schedule is fixed and the last weights' moving average is kept: no epoch is chosen by the speaker that is held out.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from data import Clip, Voices, load_clips, load_features
from model import networks, running_mean

BATCH = 64


def mean_until(logits: Tensor, frames: Tensor) -> Tensor:
    """Returns [batch, classes]: the mean of the first `frames` [batch] of the logits [batch, frames, classes]."""
    return running_mean(logits)[torch.arange(len(frames)), frames - 1]


def loss_of(net: nn.Module, features: Tensor, frames: Tensor, digits: Tensor, voices: Voices, mixed: bool) -> Tensor:
    """Cross entropy of the whole clip and, for early decisions, of its beginning; with `mixed`, of pairs of clips mixed."""
    share = torch.ones(())
    if mixed:
        share = torch.from_numpy(np.random.default_rng(int(frames.sum())).beta(0.3, 0.3, (len(digits), 1, 1)).astype(np.float32))
        share = torch.maximum(share, 1 - share)
        features = share * features + (1 - share) * features.flip(0)
        frames = torch.maximum(frames, torch.where(share[:, 0, 0] < 0.8, frames.flip(0), frames))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = net(features)
    logits = logits.float()
    part = (frames * (0.4 + 0.6 * torch.rand(len(frames), generator=voices.rng))).long().clamp(min=1)
    loss = torch.zeros(())
    for until, weight in ((frames, 0.75), (part, 0.25)):
        heard = mean_until(logits, until)
        own, other = (functional.cross_entropy(heard, d, label_smoothing=0.05, reduction="none") for d in (digits, digits.flip(0)))
        loss = loss + weight * (share.flatten() * own + (1 - share.flatten()) * other).mean()
    return loss


def train(net: nn.Module, clips: list[Clip], epochs: int, rate: float, voices: Voices, rng: np.random.Generator) -> nn.Module:
    """AdamW, one cycle of the learning rate; returns the moving average of the weights."""
    optimizer = torch.optim.AdamW(net.parameters(), rate, weight_decay=0.03)
    updates = len(clips) // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, epochs * updates, pct_start=0.15)
    average = torch.optim.swa_utils.AveragedModel(net, avg_fn=lambda mean, new, _: mean + (new - mean) * 0.01)
    average.use_buffers = True
    began = time.monotonic()
    for epoch in range(epochs):
        net.train()
        total = 0.0
        order = rng.permutation(len(clips))[: updates * BATCH]
        groups = np.array_split(order, max(updates // 8, 1))  # clips of like length together
        batches = [b for g in groups for b in np.array_split(sorted(g, key=lambda i: len(clips[i].fine)), len(g) // BATCH)]
        for chosen in (batches[i] for i in rng.permutation(len(batches))):
            picked = [clips[i] for i in rng.permutation(chosen)]
            features, frames = voices.batch(picked)
            digits = torch.tensor([clip.digit for clip in picked])
            loss = loss_of(net, features, frames, digits, voices, mixed=rng.random() < (0.2 if voices.wide else 0.25))
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            average.update_parameters(net)
            total += loss.item()
        print(f"epoch {epoch + 1}/{epochs}: loss {total / len(batches):.4f}, {time.monotonic() - began:.0f} s, "
              f"{time.process_time():.0f} s of processor", flush=True)
    return average.module


def running_scores(net: nn.Module, features: list[Tensor]) -> list[Tensor]:
    """Returns the probabilities [frames, classes] after every frame of each clip."""
    net.eval()
    with torch.no_grad():
        return [running_mean(net(one[None]))[0].softmax(dim=1) for one in features]


def accuracy(scores: list[Tensor], digits: list[int]) -> float:
    """Share of the clips whose largest score at the end is the digit's."""
    return float(np.mean([int(one[-1].argmax()) == digit for one, digit in zip(scores, digits)]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", choices=["small", "small-spiking"])
    parser.add_argument("--held-out", required=True, help="a speaker, or 'none'")
    parser.add_argument("--pcm", type=Path, required=True)
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--synthesized", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start", type=Path, help="weights to go on from; must not have been trained on the speaker either")
    parser.add_argument("--wide", action="store_true", help="vary the voices further")
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--rate", type=float, default=5e-3)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    clips = [clip for clip in load_clips(args.pcm) if clip.speaker != args.held_out]
    clips += load_clips(args.synthesized) if args.synthesized else []
    print(f"{len(clips)} clips of {len({clip.speaker for clip in clips})} voices", flush=True)
    net = networks()[args.network]
    if args.start:
        net.load_state_dict({name: value.float() for name, value in torch.load(args.start).items()})
    net = train(net, clips, args.epochs, args.rate, Voices(args.seed, args.wide), np.random.default_rng(args.seed))
    stored = {name: value.half() if value.is_floating_point() else value for name, value in net.state_dict().items()}
    torch.save(stored, args.out)
    net.load_state_dict(stored)
    features, digits, speakers = load_features(args.features)
    held_out = [i for i, speaker in enumerate(speakers) if speaker == args.held_out]
    if held_out:
        scores = running_scores(net, [features[i] for i in held_out])
        print(f"{args.held_out}: {100 * accuracy(scores, [digits[i] for i in held_out]):.2f} % of {len(held_out)} clips")


if __name__ == "__main__":
    main()

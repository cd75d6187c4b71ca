"""Trains the network on three folds, judged on the fourth; or on all four.

    train.py --features FOLDER --fold 1 --out fold-1.pt [--teacher FOLDER [--hard]]

FOLDER holds what train.sh makes: recorded.npy, and for a student augmented.npy, items.json and teacher.npy. With --teacher, the folder of
detection.json and yamnet-class-map.csv, the network learns YAMNet's scores of the augmented clips beside the labels; with --hard, the same clips' labels
alone, which shows what the teacher adds; without a teacher, from the recorded clips. Clips of none of the labels have all of them alike as target
(outlier exposure: Hendrycks, Mazeika, Dietterich 2019), so that nothing is told of them. --fold 0 holds nothing back. The schedule is fixed and the last
weights are kept: no step is chosen by the clips it is judged on.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from data import FRAMES, LABELS, SILENCE, Clips
from model import WIDTH, TinyTransformer

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from training.distillation import multilabel_distillation_loss, pseudo_labels, soften  # noqa: E402
from training.schedule import WeightAverage, warm_up_and_cosine  # noqa: E402

BATCH = 64
RECORDED = 0.4  # share of a student's batch that is recorded clips
TEACHER = 0.5  # the teacher's part in the target of an augmented clip, less where it is not sure; the rest is what was mixed
SURE = 0.3  # best of the ten scores from which the teacher has its whole part: what is quiet or in noise it scores low throughout
TEMPERATURE = 0.7
MAIN = 0.3  # share from which a sound is a main one of a mixture


class Teacher:
    """YAMNet's scores of the augmented clips: all of them, and the ten classes' as probabilities."""

    def __init__(self, features: Path, folder: Path) -> None:
        classes = json.loads((folder / "detection.json").read_text())["classes"]
        with (folder / "yamnet-class-map.csv").open(newline="") as file:
            names = [row["display_name"] for row in csv.DictReader(file)]
        self.scores = torch.from_numpy(np.load(features / "teacher.npy"))
        probabilities = pseudo_labels(features / "teacher.npy", LABELS, names, {one["name"]: one["labels"] for one in classes})
        self.probabilities = soften(probabilities, TEMPERATURE)
        best = torch.stack([self.scores[:, [names.index(label) for label in one["labels"]]].amax(dim=1) for one in classes], dim=1).amax(dim=1)
        self.trust = TEACHER * (best / SURE).clamp_max(1)[:, None]

    def recognises(self, shares: np.ndarray) -> np.ndarray:
        """Whether the sound that it hears first is a main one of each clip; others were changed too much to teach anything. Clips of no label stay."""
        first = np.take_along_axis(shares, self.probabilities.argmax(dim=1, keepdim=True).numpy(), 1)[:, 0]
        return (first > MAIN) | (shares.sum(axis=1) == 0)

    def targets(self, numbers: Tensor, shares: Tensor) -> Tensor:
        """What was mixed and what the teacher hears, one beside the other; where nothing was mixed in, all labels alike."""
        mixed = shares.lerp(self.probabilities[numbers], self.trust[numbers])
        return torch.where(shares.sum(dim=1, keepdim=True) > 0, mixed, 1 / shares.shape[1])


def augment(x: Tensor, rng: np.random.Generator) -> Tensor:
    """Rolls all clips in time, changes each one's level, and hides a stretch of bands and of frames in half of them."""
    x = torch.roll(x, int(rng.integers(FRAMES)), 1)
    level = torch.from_numpy(rng.normal(0, 1.5, (len(x), 1, 1)).astype(np.float32))
    x = (x + level).clamp_min_(SILENCE)
    mean = x.mean(dim=(0, 1))
    for axis, most in ((1, 48), (2, 7), (2, 7)):
        width = int(rng.integers(most))
        start = int(rng.integers(x.shape[axis] - width))
        rows = torch.from_numpy(np.flatnonzero(rng.random(len(x)) < 0.5))
        part = x.narrow(axis, start, width)
        part[rows] = SILENCE if axis == 1 else mean[start: start + width]
    return x


def train(net: TinyTransformer, recorded: Clips, augmented: Clips | None, teacher: Teacher | None, options: argparse.Namespace) -> nn.Module:
    """Cross entropy with labels, their shares in mixtures, and the teacher's ten probabilities; beside it all 521 scores by a head of their own."""
    steps, rate, seed, hard = options.steps, options.rate, options.seed, options.hard
    rng = np.random.default_rng(seed)
    features, shares = torch.from_numpy(recorded.features), torch.from_numpy(recorded.shares)
    net.normalize.mean.copy_(features.mean(dim=(0, 1)))
    net.normalize.deviation.fill_((features - net.normalize.mean).std())
    head = nn.Linear(WIDTH, teacher.scores.shape[1]) if teacher and not hard else None
    parameters = [*net.parameters(), *(head.parameters() if head else [])]
    optimizer = torch.optim.AdamW(parameters, rate, weight_decay=0.02)
    schedule = warm_up_and_cosine(optimizer, steps)
    average = WeightAverage(net, options.average)
    began = time.process_time()
    total = 0.0
    for step in range(1, steps + 1):
        count = int(rng.binomial(BATCH, RECORDED)) if teacher else BATCH
        chosen = torch.from_numpy(rng.choice(len(features), count))
        x, y = augment(features[chosen], rng), shares[chosen]
        if teacher:
            more = rng.choice(len(augmented.features), BATCH - count)
            x = torch.cat([x, augment(torch.from_numpy(augmented.features[more]), rng)])
            numbers = torch.from_numpy(augmented.numbers[more])
            y = torch.cat([y, teacher.targets(numbers, torch.from_numpy(augmented.shares[more]))])
        out = net.outputs(x)
        loss = nn.functional.cross_entropy(net.classifier(out), y)
        total += loss.item()
        if head:
            loss = loss + 10 * multilabel_distillation_loss(head(out[count:]), teacher.scores[numbers])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        schedule.step()
        average.update(net)
        if step % 100 == 0:
            print(f"step {step}/{steps}: loss {total / 100:.4f}, {time.process_time() - began:.0f} s", flush=True)
            total = 0.0
    return average.net


def correct(net: nn.Module, clips: Clips) -> int:
    """How many clips have their label's score largest."""
    net.eval()
    with torch.no_grad():
        return int((net(torch.from_numpy(clips.features)).argmax(dim=1).numpy() == clips.shares.argmax(axis=1)).sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--fold", type=int, choices=range(5), required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--teacher", type=Path)
    parser.add_argument("--hard", action="store_true")
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--rate", type=float, default=6e-3)
    parser.add_argument("--average", type=float, default=0.998, help="of the weights: over the last 500 steps or so")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    clips = Clips.recorded(args.features / "recorded.npy")
    kept, held = clips.where(clips.folds != args.fold), clips.where(clips.folds == args.fold)
    augmented = teacher = None
    if args.teacher:
        augmented = Clips.augmented(args.features / "augmented.npy", args.features / "items.json")
        teacher = Teacher(args.features, args.teacher)
        augmented = augmented.where((augmented.folds != args.fold) & teacher.recognises(augmented.shares))
        teacher.trust *= not args.hard
    net = train(TinyTransformer(), kept, augmented, teacher, args)
    if args.fold:
        right = correct(net, held)
        print(f"fold {args.fold}: {100 * right / len(held.folds):.2f} % ({right} of {len(held.folds)}); of the others {100 * correct(net, kept) / len(kept.folds):.2f} %")
    torch.save(net.state_dict(), args.out)


if __name__ == "__main__":
    main()

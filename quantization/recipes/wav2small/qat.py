"""Trains a quantized network on, in the integers of the device, on all speakers but those held out.

    qat.py 03.edge 03.int8.onnx --features FOLDER --teacher 03.pt --held-out 03 --out 03.qat.onnx [--epochs 4]

The file is what `edgec build` made of the graph. Targets are what the teacher, the float network, says of the same stretch of sound, and the
labels. The lower layers, which `train.py` does not train either, stay as they were quantized. What is printed is measured on the speakers held
out, whose clips choose nothing.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from data import CROP, FRACTION, SPEAKERS, Clip, crop, load
from model import EMOTIONS, NETWORKS
from train import epoch_of, recall

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from training.distillation import distillation_loss  # noqa: E402
from training.edge_plan import EdgePlan  # noqa: E402
from training.mixup import one_hot  # noqa: E402
from training.operators import Layer  # noqa: E402
from training.schedule import warm_up_and_cosine  # noqa: E402

BATCH = 16
LOWER_LAYERS = 3
GAIN_NAT = 0.4


def batch(clips: list[Clip], rng: np.random.Generator) -> Tensor:
    """float [clips, frames, bands], logarithms: of each clip a crop of one of its versions, a little louder or quieter where augmented."""
    rows = []
    for clip in clips:
        version = int(rng.integers(len(clip.versions)))
        x = crop(clip.versions[version], rng, 2 * CROP)
        if version > 0:
            x = np.maximum(x + np.float32(rng.normal(0, GAIN_NAT)) * (x > 0), 0)
        for _ in range(int(rng.integers(0, 3))):
            length = int(rng.integers(10, 120))
            begin = int(rng.integers(0, len(x) - length))
            x[begin: begin + length] = 0
        rows.append(x)
    return torch.from_numpy(np.stack(rows))


def load_teacher(network: str, path: Path) -> nn.Module:
    """The float network as `train.py` wrote it."""
    net = NETWORKS[network]()
    net.load_state_dict({name: value.float() for name, value in torch.load(path).items()})
    return net.eval().to(memory_format=torch.channels_last)


def taught(teacher: nn.Module, x: Tensor) -> Tensor:
    """Probabilities [clips, emotions]."""
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        return teacher(x).float().softmax(-1)


def heard(net: EdgePlan, clips: list[Clip]) -> np.ndarray:
    """The device's verdicts on whole recordings."""
    net.eval()
    verdicts = []
    for clip in clips:
        x = clip.versions[0]
        whole = np.rint(x[: len(x) // net.frames_per_step * net.frames_per_step].astype(np.float64) * FRACTION)
        verdicts.append(int(net.scores(net.quantize(whole).unsqueeze(0))[0, -1].argmax()))
    return np.array(verdicts)


def train(net: EdgePlan, teacher: nn.Module, clips: list[Clip], args: argparse.Namespace) -> None:
    """Adam, warm-up and half a cosine; the teacher's probabilities and the labels."""
    rng = np.random.default_rng(args.seed)
    for step in [step for step in net.steps if isinstance(step, Layer)][:LOWER_LAYERS]:
        step.requires_grad_(False)
    optimizer = torch.optim.Adam([p for p in net.parameters() if p.requires_grad], args.rate)
    updates = len(clips) // BATCH
    rates = warm_up_and_cosine(optimizer, args.epochs * updates, warm_up=0.05)
    for epoch in range(args.epochs):
        began, total = time.process_time(), 0.0
        order = epoch_of(clips, rng)
        for chosen in np.array_split(np.arange(len(order)), updates):
            picked = [order[i] for i in chosen]
            x = batch(picked, rng)
            labels = one_hot(torch.tensor([clip.emotion for clip in picked]), len(EMOTIONS), args.smoothing)
            logits = net(net.quantize((x * FRACTION).round()))[:, -1]
            loss = distillation_loss(logits, taught(teacher, x), labels, args.temperature, args.share)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            rates.step()
            total += loss.item()
        print(f"epoch {epoch + 1}/{args.epochs}: loss {total / updates:.4f}, processor {time.process_time() - began:.0f} s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("edge", type=Path)
    parser.add_argument("graph", type=Path)
    parser.add_argument("--network", choices=NETWORKS, default="wav2small-72k")
    parser.add_argument("--features", type=Path, required=True, help="folder that holds version0/, version1/ ..")
    parser.add_argument("--teacher", type=Path, required=True, help="float network that did not hear the held-out speakers either")
    parser.add_argument("--held-out", nargs="*", choices=SPEAKERS, default=[])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--rate", type=float, default=3e-4)
    parser.add_argument("--temperature", type=float, default=2.0)
    parser.add_argument("--share", type=float, default=0.9, help="of the teacher in the loss")
    parser.add_argument("--smoothing", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    if not args.out.parent.is_dir():
        sys.exit(f"{args.out.parent} is no folder; expected one to write {args.out.name} into.")
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    net = EdgePlan.load(args.edge, args.graph)
    clips = load(args.features)
    own = [clip for clip in clips if clip.speaker in args.held_out]
    truth = np.array([clip.emotion for clip in own])
    if own:
        print(f"before: {100 * recall(truth, heard(net, own)):.1f} %", flush=True)
    train(net, load_teacher(args.network, args.teacher), [clip for clip in clips if clip.speaker not in args.held_out], args)
    if own:
        print(f"after: {100 * recall(truth, heard(net, own)):.1f} %", flush=True)
    net.write(args.out)


if __name__ == "__main__":
    main()

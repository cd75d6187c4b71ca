"""What the pretrained lower layers make of every clip in every version, once for all folds.

    lower.py --features FOLDER --stem stem.pt --out lower.npy

Writes float16 [frames of 4 ms, 13 bands, 13 channels] of all clips end to end, and lower.index.npz beside it: names, lengths [clips, versions].
Augmented versions are up to a few decibels louder or quieter; the recordings as they are stay so.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

from data import load
from model import Vgg7

GAIN_NAT = 0.4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--stem", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(1)
    rng = np.random.default_rng(args.seed)
    net = Vgg7()
    net.load_state_dict(torch.load(args.stem))
    net = net.eval().to(memory_format=torch.channels_last)
    clips = load(args.features)
    written, lengths = [], []
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        for clip in clips:
            for version, features in enumerate(clip.versions):
                if version > 0:
                    features = np.maximum(features + np.float32(rng.normal(0, GAIN_NAT)) * (features > 0), 0)
                x = net.lower(torch.from_numpy(features)[None])[0].permute(1, 2, 0)
                written.append(x.float().numpy().astype(np.float16))
                lengths.append(len(written[-1]))
    np.save(args.out, np.concatenate(written))
    np.savez(args.out.with_suffix(".index.npz"), names=[clip.name for clip in clips], lengths=np.array(lengths).reshape(len(clips), -1))


if __name__ == "__main__":
    main()

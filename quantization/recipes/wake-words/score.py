"""Scores of the float network: weights and features in, one array [steps, 6] for every file out.

    score.py --weights wake-words.pt --features FOLDER --out FOLDER
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

from data import FRACTION
from model import WakeWordNet


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    net = WakeWordNet()
    net.load_state_dict(torch.load(args.weights))
    net.eval()
    with torch.no_grad():
        for path in sorted(args.features.glob("*.npy")):
            features = np.load(path).astype(np.float32) / FRACTION
            frames = len(features) // 2 * 2
            scores = net(torch.from_numpy(features[None, :frames]))[0].numpy()
            np.save(args.out / path.name, scores)


if __name__ == "__main__":
    main()

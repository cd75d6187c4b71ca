"""The float networks' running scores of clips by speakers that they were not trained on.

    score.py small --weights weights/ --features features/ --out scores/

weights/{network}-{speaker}.pt is the network trained without that speaker. Writes scores/{clip}.npy, float32 [frames, 10], the
probabilities after every frame: what `edgec scores` writes of a built model. Prints accuracy by speaker, mean and spread.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

from data import load_features
from model import networks
from spiking import SpikingLmuFormer
from train import accuracy, running_scores


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", choices=["small", "small-spiking"])
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    torch.set_num_threads(1)
    features, digits, speakers = load_features(args.features)
    names = [path.stem for path in sorted(args.features.glob("*.npy"))]
    shares = []
    for path in sorted(args.weights.glob(f"{args.network}-*.pt")):
        speaker = path.stem.removeprefix(f"{args.network}-")
        chosen = [i for i, own in enumerate(speakers) if own == speaker]  # none where the name is another network's
        if not chosen:
            continue
        net = networks()[args.network]
        net.load_state_dict({name: value.float() for name, value in torch.load(path).items()})
        scores = running_scores(net, [features[i] for i in chosen])
        shares.append(100 * accuracy(scores, [digits[i] for i in chosen]))
        zeros = f"; {100 * net.zero_share():.1f} % of its spikes are 0" if isinstance(net, SpikingLmuFormer) else ""
        print(f"{speaker}: {shares[-1]:.1f} % of {len(chosen)} clips{zeros}")
        if args.out:
            args.out.mkdir(parents=True, exist_ok=True)
            for i, one in zip(chosen, scores):
                np.save(args.out / f"{names[i]}.npy", one.numpy())
    if not shares:
        raise SystemExit(f"{args.weights} holds no {args.network}-{{speaker}}.pt of a speaker in {args.features}.")
    print(f"mean of {len(shares)} speakers {np.mean(shares):.1f} %, standard deviation {np.std(shares, ddof=1) if len(shares) > 1 else 0:.1f}")


if __name__ == "__main__":
    main()

"""Features of the device against those of the definition in float, frame by frame: mean and least cosine.

    edge run --model distilhubert.edge --json RECORDING... | compare.py distilhubert [--seed 1]

The network is the seeded one of export.py, so what is compared is the whole way: recording, front end, integer network.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy
import torch

import sound
from export import KINDS, network
from model import SAMPLE_RATE


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(1)
    net, recordings = network(args.kind, args.seed), {}
    cosines, signal, noise, windows = [], 0.0, 0.0, 0
    for line in sys.stdin:
        window = json.loads(line)
        path = window["file"]
        if path not in recordings:
            recordings[path] = sound.read(Path(path), SAMPLE_RATE)
        samples = recordings[path][round(window["start_s"] * SAMPLE_RATE):round(window["end_s"] * SAMPLE_RATE)]
        with torch.no_grad():
            expected = net(torch.from_numpy(samples.astype(numpy.float32) / 32768).unsqueeze(0))[0]
        found = torch.tensor(window["features"])
        cosines.append(torch.cosine_similarity(expected, found, dim=1))
        signal += expected.square().sum().item()
        noise += (expected - found).square().sum().item()
        windows += 1
    if not windows:
        raise SystemExit("No features came in; is a recording as long as the window?")
    cosines = torch.cat(cosines)
    print(f"{args.kind}: {len(cosines)} frames of {windows} windows: cosine {cosines.mean():.4f} in the mean, {cosines.min():.4f} at least; "
          f"1 % of the frames below {cosines.quantile(0.01):.4f}; {10 * numpy.log10(signal / noise):.1f} dB")


if __name__ == "__main__":
    main()

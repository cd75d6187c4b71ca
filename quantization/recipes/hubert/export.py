"""A network of the family with seeded weights to ONNX, as PyTorch's exporter writes it.

    export.py distilhubert --seconds 1 --onnx distilhubert.onnx

The interface: `samples` [1, 16000 · seconds], full scale 1, to `features` [1, frames, width].
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import onnx
import torch

import seeded
import supernet
from model import DISTILHUBERT, HUBERT_BASE, SAMPLE_RATE, Hubert

HOP = 320
KINDS = ["distilhubert", "hubert-base", *supernet.PUBLISHED]


def network(kind: str, seed: int) -> Hubert:
    """A seeded network; LightHuBERT's are cut from a seeded supernet."""
    if kind in supernet.PUBLISHED:
        return supernet.cut(seeded.fill(supernet.supernet(), seed), supernet.PUBLISHED[kind])
    return seeded.fill(Hubert(DISTILHUBERT if kind == "distilhubert" else HUBERT_BASE), seed)


def export(net: Hubert, samples: int, path: Path) -> None:
    """Writes the network for a window of samples, with its front end as metadata."""
    torch.onnx.export(net, torch.zeros(1, samples), str(path), opset_version=17, input_names=["samples"], output_names=["features"])
    model = onnx.load(str(path))
    front_end = {"kind": "pcm", "sampleRateHz": SAMPLE_RATE, "windowSamples": HOP, "hopSamples": HOP}
    onnx.helper.set_model_props(model, {"edge.frontEnd": json.dumps(front_end, separators=(",", ":"))})
    onnx.save(model, str(path))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--onnx", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(1)
    export(network(args.kind, args.seed), round(args.seconds * SAMPLE_RATE), args.onnx)


if __name__ == "__main__":
    main()

"""A trained network to ONNX, as PyTorch's exporter writes it, with front end and labels as metadata.

    export.py ds-cnn --weights ds-cnn.pt --onnx ds-cnn.onnx

The interface: `features` [1, 50, 32] (natural logarithm) to `scores` [1, 10] (probabilities).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import onnx
import torch
from torch import nn

from data import BINS, FRAMES, LABELS
from model import NETWORKS, Scores

# Different ones on purpose: at 13, layer norm and hard-swish are spelled in several nodes.
OPSETS = {"ds-cnn": 17, "tiny-transformer": 13, "res-swish": 13}


def export(net: nn.Module, path: Path, opset: int) -> None:
    """Writes the network for one window. Nothing is rewritten: the tool chain is to digest it as it comes."""
    model = Scores(net).eval()
    torch.onnx.export(model, torch.zeros(1, FRAMES, BINS), str(path), opset_version=opset, input_names=["features"], output_names=["scores"])
    add_metadata(path)


def add_metadata(path: Path) -> None:
    """Adds `edge.frontEnd` and `edge.labels`, from which edgec knows how to hear with the network."""
    model = onnx.load(str(path))
    front_end = json.loads((Path(__file__).parent / "front-end.json").read_text())
    onnx.helper.set_model_props(model, {
        "edge.frontEnd": json.dumps(front_end, separators=(",", ":")),
        "edge.labels": json.dumps(LABELS),
    })
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", choices=NETWORKS)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--onnx", type=Path, required=True)
    args = parser.parse_args()
    net = NETWORKS[args.network]()
    net.load_state_dict(torch.load(args.weights))
    export(net, args.onnx, OPSETS[args.network])


if __name__ == "__main__":
    main()

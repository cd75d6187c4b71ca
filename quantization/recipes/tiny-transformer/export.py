"""Trained weights to ONNX (operator set 17), with front end and labels as metadata.

    export.py fold-1.pt fold-1.onnx

The interface: `features` [1, 124, 32] (natural logarithm) to `scores` [1, 10] (probabilities).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import onnx
import torch

from data import BINS, FRAMES, LABELS
from model import Scores, TinyTransformer

HERE = Path(__file__).parent


def export(net: TinyTransformer, path: Path) -> None:
    """Writes the network for one window of 5 s."""
    model = Scores(net).eval()
    torch.onnx.export(model, torch.zeros(1, FRAMES, BINS), str(path), opset_version=17, input_names=["features"], output_names=["scores"])
    graph = onnx.load(str(path))
    front_end = json.loads((HERE / "front-end.json").read_text())
    onnx.helper.set_model_props(graph, {
        "edge.frontEnd": json.dumps(front_end, separators=(",", ":")),
        "edge.labels": json.dumps(LABELS),
    })
    onnx.checker.check_model(graph)
    onnx.save(graph, str(path))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path)
    parser.add_argument("onnx", type=Path)
    args = parser.parse_args()
    net = TinyTransformer()
    net.load_state_dict(torch.load(args.weights))
    export(net, args.onnx)


if __name__ == "__main__":
    main()

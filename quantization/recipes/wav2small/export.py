"""A trained network to ONNX with front end and labels as metadata.

    export.py wav2small-72k --weights wav2small-72k.pt --onnx wav2small-72k.onnx [--outputs dimensions]

The interface: `features` [1, time, 26] (natural logarithm, a frame every 2 ms) to `scores` [1, 7], logits of the emotions, or
[1, 3], arousal, dominance and valence.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import onnx
import torch
from torch import nn

from model import BANDS, DIMENSIONS, EMOTIONS, NETWORKS

OUTPUTS = {"emotions": EMOTIONS, "dimensions": DIMENSIONS}
FRAMES = 500


def export(net: nn.Module, labels: list[str], path: Path) -> None:
    """Writes the network with a time axis of any length."""
    torch.onnx.export(
        net.eval(), torch.zeros(1, FRAMES, BANDS), str(path), opset_version=17,
        input_names=["features"], output_names=["scores"], dynamic_axes={"features": {1: "time"}})
    model = onnx.load(str(path))
    front_end = json.loads((Path(__file__).parent / "front-end.json").read_text())
    onnx.helper.set_model_props(model, {
        "edge.frontEnd": json.dumps(front_end, separators=(",", ":")),
        "edge.labels": json.dumps(labels),
    })
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", choices=NETWORKS)
    parser.add_argument("--weights", type=Path, help="state dictionary; without it the network is untrained")
    parser.add_argument("--onnx", type=Path, required=True)
    parser.add_argument("--outputs", choices=OUTPUTS, default="emotions")
    args = parser.parse_args()
    torch.manual_seed(1)
    labels = OUTPUTS[args.outputs]
    net = NETWORKS[args.network](len(labels))
    if args.weights:
        net.load_state_dict({name: value.float() for name, value in torch.load(args.weights).items()})
    export(net, labels, args.onnx)


if __name__ == "__main__":
    main()

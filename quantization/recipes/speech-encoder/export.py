"""The student to ONNX with its front end as metadata.

    export.py --weights student.pt --onnx speech-encoder.onnx

The interface: `features` [1, time, 40] (natural logarithm, a frame every 10 ms) to `embeddings` [1, time / 2, 256].
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import onnx
import torch

from data import BANDS, WINDOW
from model import Student


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, help="state dictionary; without it the encoder is untrained")
    parser.add_argument("--onnx", type=Path, required=True)
    args = parser.parse_args()
    torch.manual_seed(1)
    net = Student()
    if args.weights:
        net.load_state_dict({name: value.float() for name, value in torch.load(args.weights).items()})
    torch.onnx.export(
        net.eval(), torch.zeros(1, WINDOW, BANDS), str(args.onnx), opset_version=17,
        input_names=["features"], output_names=["embeddings"], dynamic_axes={"features": {1: "time"}})
    model = onnx.load(str(args.onnx))
    front_end = json.loads((Path(__file__).parent / "front-end.json").read_text())
    onnx.helper.set_model_props(model, {"edge.frontEnd": json.dumps(front_end, separators=(",", ":")), "edge.output": "features"})
    onnx.checker.check_model(model)
    onnx.save(model, str(args.onnx))


if __name__ == "__main__":
    main()

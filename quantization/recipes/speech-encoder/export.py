"""The student to ONNX with its front end as metadata.

    export.py --weights speech-encoder.npz --onnx speech-encoder.onnx
    export.py --weights student.pt --pack speech-encoder.npz --onnx speech-encoder.onnx

The interface: `features` [1, time, 40] (natural logarithm, a frame every 10 ms) to `embeddings` [1, time / 2, 448].
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import onnx
import torch

from data import BANDS, WINDOW
from model import load_student


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--pack", type=Path, metavar="FILE.npz", help="also write the weights as float16; these are exported then")
    parser.add_argument("--onnx", type=Path, required=True)
    args = parser.parse_args()
    net = load_student(args.weights)
    if args.pack:
        np.savez_compressed(args.pack, **{name: value.numpy().astype(np.float16) for name, value in net.state_dict().items()})
        net = load_student(args.pack)
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

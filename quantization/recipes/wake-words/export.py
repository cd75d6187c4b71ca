"""Weights to ONNX, as the workbench wants it: folded batch norm, padding as constants, and calibration features.

    export.py --weights wake-words.pt --onnx wake-words.onnx [--examples FOLDER --calibration FOLDER]

The interface: `features` [1, frames, 40] (natural logarithm) to `scores` [1, steps, 6] (probabilities), steps = frames / 2.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper

from data import FRACTION
from model import BINS, CausalConv, WakeWordNet

CALIBRATION_SEQUENCES = 320
CALIBRATION_FRAMES = 256


def constant_padding(model: onnx.ModelProto, paddings: list[int]) -> None:
    """Gives every Pad its constant left padding: the exporter computes it by a dozen operators on shapes."""
    graph = model.graph
    pads = [node for node in graph.node if node.op_type == "Pad"]
    if len(pads) != len(paddings):
        raise ValueError(f"{len(pads)} Pad operators in the graph, expected {len(paddings)}.")
    for node, left in zip(pads, paddings):
        name = f"left_{left}"
        if all(i.name != name for i in graph.initializer):
            values = np.array([0, 0, left, 0, 0, 0], np.int64)  # before and after, each as [batch, channels, time]
            graph.initializer.append(numpy_helper.from_array(values, name))
        del node.input[1:]
        node.input.append(name)
    remove_unused(graph)


def remove_unused(graph: onnx.GraphProto) -> None:
    """Drops operators that no output needs."""
    needed = {output.name for output in graph.output}
    kept = []
    for node in reversed(graph.node):
        if needed.intersection(node.output):
            kept.append(node)
            needed.update(node.input)
    del graph.node[:]
    graph.node.extend(reversed(kept))


def export(net: WakeWordNet, path: Path) -> None:
    """Writes the network at opset 13 with any number of frames."""
    torch.onnx.export(net.eval(), torch.zeros(1, 200, BINS), str(path), opset_version=13, input_names=["features"],
                      output_names=["scores"], dynamic_axes={"features": {1: "frames"}, "scores": {1: "steps"}})
    model = onnx.load(str(path))
    constant_padding(model, [m.padding for m in net.modules() if isinstance(m, CausalConv) and m.padding])
    model.graph.output[0].CopyFrom(helper.make_tensor_value_info("scores", onnx.TensorProto.FLOAT, [1, "steps", 6]))
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def write_calibration(examples: Path, out: Path) -> None:
    """Writes stretches of training features, float32 [frames, 40], for the ranges of the int8 network."""
    out.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    paths = sorted((examples / "features").glob("*.npy"))
    for index, choice in enumerate(rng.choice(len(paths), min(CALIBRATION_SEQUENCES, len(paths)), replace=False)):
        features = np.load(paths[choice])
        start = int(rng.integers(0, len(features) - CALIBRATION_FRAMES))
        stretch = features[start: start + CALIBRATION_FRAMES].astype(np.float32) / FRACTION
        np.save(out / f"calibration_{index:04d}.npy", stretch)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--onnx", type=Path, required=True)
    parser.add_argument("--examples", type=Path)
    parser.add_argument("--calibration", type=Path)
    args = parser.parse_args()
    net = WakeWordNet()
    net.load_state_dict(torch.load(args.weights))
    export(net, args.onnx)
    if args.examples and args.calibration:
        write_calibration(args.examples, args.calibration)


if __name__ == "__main__":
    main()

"""A network to ONNX: standard operators alone, any number of frames, front end and labels as metadata.

    export.py small --weights small.pt --onnx small.onnx
    export.py published-spiking --seed 1 --onnx published-spiking.onnx    # untrained

The interface: `features` [1, frames, bins] (natural logarithm) to `scores` [1, classes] (probabilities). The Legendre memory
is a convolution with its impulse response, `edge.theta` its length in frames; neurons are a Scan over the frames.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import GraphProto, TensorProto, helper, numpy_helper
from torch import nn
from torch.onnx import TrainingMode

from legendre import LegendreMemory
from model import Scores, TimeConv, networks
from spiking import TAU

HERE = Path(__file__).parent
DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
OPSET = 17


def export(net: nn.Module, path: Path, front_end: Path | None, labels: list[str]) -> None:
    """Writes `net` with a softmax over the mean of its logits."""
    size = net.size
    torch.onnx.export(Scores(net).eval(), torch.zeros(1, size.taps, size.bins), str(path), opset_version=OPSET,
                      input_names=["features"], output_names=["scores"], dynamic_axes={"features": {1: "frames"}},
                      custom_opsets={"edge": 1}, training=TrainingMode.PRESERVE)  # else batch norm goes into the memory's kernel
    model = onnx.load(str(path))
    fold_padding(model.graph, paddings(net))
    scan_neurons(model.graph)
    del model.opset_import[:]
    model.opset_import.append(helper.make_opsetid("", OPSET))
    metadata = {"edge.theta": f"{size.theta:g}"}
    if front_end is not None:
        metadata["edge.frontEnd"] = json.dumps(json.loads(front_end.read_text()), separators=(",", ":"))
    if labels:
        metadata["edge.labels"] = json.dumps(labels)
    helper.set_model_props(model, metadata)
    model = onnx.shape_inference.infer_shapes(model)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def paddings(net: nn.Module) -> list[tuple[int, int]]:
    """Returns the frames of padding (before, behind) of every padded convolution in the order of their running."""
    found = []
    for module in net.modules():
        if isinstance(module, TimeConv):
            found.append(module.padding)
        elif isinstance(module, LegendreMemory):
            found.append((module.taps - 1, 0))
    return found


def fold_padding(graph: GraphProto, amounts: list[tuple[int, int]]) -> None:
    """Turns every Pad and the Conv behind it into a Conv with pads: the exporter computes amounts by a dozen operators."""
    pads = [node for node in graph.node if node.op_type == "Pad"]
    if len(pads) != len(amounts):
        raise ValueError(f"{len(pads)} Pad operators in the graph; expected {len(amounts)}.")
    for pad, amount in zip(pads, amounts):
        (convolution,) = [node for node in graph.node if pad.output[0] in node.input]
        for attribute in convolution.attribute:
            if attribute.name == "pads":
                attribute.CopyFrom(helper.make_attribute("pads", amount))
        convolution.input[0] = pad.input[0]
        graph.node.remove(pad)
    remove_unused(graph)


def remove_unused(graph: GraphProto) -> None:
    """Drops operators that no output needs."""
    needed = {output.name for output in graph.output}
    kept = []
    for node in reversed(graph.node):
        if needed.intersection(node.output):
            kept.append(node)
            needed.update(node.input)
    del graph.node[:]
    graph.node.extend(reversed(kept))


def scan_neurons(graph: GraphProto) -> None:
    """Puts a Scan over the frames in the place of every marker of leaky integrate-and-fire neurons."""
    for index, node in enumerate(graph.node):
        if node.op_type == "LeakyIntegrateAndFire":
            attributes = {attribute.name: attribute for attribute in node.attribute}
            width = attributes["channels"].i
            start = numpy_helper.from_array(np.zeros((1, width), np.float32), f"{node.output[0]}.start")
            graph.initializer.append(start)
            scan = helper.make_node(
                "Scan", [start.name, node.input[0]], [f"{node.output[0]}.membrane", node.output[0]], name=f"{node.name}.scan",
                body=neuron_body(width, attributes["threshold"].f), num_scan_inputs=1, scan_input_axes=[2], scan_output_axes=[2])
            graph.node[index].CopyFrom(scan)


def neuron_body(width: int, threshold: float) -> GraphProto:
    """v1 = v + (x - v) / tau; s = v1 >= threshold; v' = v1 (1 - s): one frame, [1, width]."""
    def value(name: str) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, width])

    constants = {"rate": 1 / TAU, "threshold": threshold, "one": 1.0}
    nodes = [
        helper.make_node("Sub", ["x", "v"], ["gap"]),
        helper.make_node("Mul", ["gap", "rate"], ["rise"]),
        helper.make_node("Add", ["v", "rise"], ["charged"]),
        helper.make_node("GreaterOrEqual", ["charged", "threshold"], ["fires"]),
        helper.make_node("Cast", ["fires"], ["spike"], to=TensorProto.FLOAT),
        helper.make_node("Sub", ["one", "spike"], ["stays"]),
        helper.make_node("Mul", ["charged", "stays"], ["membrane"]),
    ]
    return helper.make_graph(nodes, "leaky-integrate-and-fire", [value("v"), value("x")], [value("membrane"), value("spike")],
                             [numpy_helper.from_array(np.array(number, np.float32), name) for name, number in constants.items()])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", choices=["published", "published-spiking", "small", "small-spiking"])
    weights = parser.add_mutually_exclusive_group(required=True)
    weights.add_argument("--weights", type=Path)
    weights.add_argument("--seed", type=int, help="untrained weights from this seed")
    parser.add_argument("--onnx", type=Path, required=True)
    args = parser.parse_args()
    torch.manual_seed(args.seed or 0)
    net = networks()[args.network]
    if args.weights:
        net.load_state_dict({name: value.float() for name, value in torch.load(args.weights).items()})
    is_small = args.network.startswith("small")
    export(net, args.onnx, HERE / "front-end.json" if is_small else None, DIGITS if is_small else [])


if __name__ == "__main__":
    main()

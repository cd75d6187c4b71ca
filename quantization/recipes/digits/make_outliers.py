"""ds-cnn with outlier channels: the same function, but hard for per-tensor ranges.

    make_outliers.py ds-cnn.onnx ds-cnn-outliers.onnx

Between two layers a few channels are multiplied by a power of two and the layer behind divides by it, which ReLU lets
pass: relu(s x) = s relu(x) for s > 0. Floats lose nothing by powers of two, so the outputs are the same; an int8 range
for the whole tensor, though, is as wide as its largest channel, and leaves the other channels a few steps each. Trained
networks get such channels from batch norm and weight decay (Nagel et al., "Data-free quantization through weight
equalization and bias correction", 2019).
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import ModelProto, NodeProto, numpy_helper

SEED = 1


@dataclass(frozen=True)
class Outliers:
    """Channels to scale from one convolution to another, by their places in the graph; depthwise ones between pass the scale on."""

    scaled: int
    divided: int
    exponents: tuple[int, ...]  # one a channel: it is multiplied by 2^exponent


# Convolutions: 0 stem; 1, 3, 5, 7 depthwise; 2, 4, 6, 8 pointwise.
PLACES = [
    Outliers(2, 3, (5, 4)),     # into a depthwise convolution, which divides
    Outliers(4, 6, (6, 5, 4)),  # through a depthwise convolution to the pointwise one
    Outliers(7, 8, (5, 4)),     # from a depthwise convolution to the pointwise one
]


class Weights:
    """The convolutions of a model and their initializers, to read and to write back."""

    def __init__(self, model: ModelProto) -> None:
        self.initializers = {i.name: i for i in model.graph.initializer}
        self.convolutions = [node for node in model.graph.node if node.op_type == "Conv"]

    def read(self, name: str) -> np.ndarray:
        return numpy_helper.to_array(self.initializers[name]).copy()

    def write(self, name: str, values: np.ndarray) -> None:
        self.initializers[name].CopyFrom(numpy_helper.from_array(values, name))

    def group(self, node: NodeProto) -> int:
        return next(a.i for a in node.attribute if a.name == "group")


def scale(weights: Weights, place: Outliers, channels: np.ndarray) -> None:
    """Multiplies output channels of the first convolution and divides the same input channels of the second."""
    factors = np.exp2(np.array(place.exponents, np.float32))
    first, second = weights.convolutions[place.scaled], weights.convolutions[place.divided]
    kernel, bias = weights.read(first.input[1]), weights.read(first.input[2])
    kernel[channels] *= factors[:, None, None, None]
    bias[channels] *= factors
    weights.write(first.input[1], kernel)
    weights.write(first.input[2], bias)
    for between in weights.convolutions[place.scaled + 1: place.divided]:
        # A depthwise convolution passes the factor on, and its own bias takes it.
        bias = weights.read(between.input[2])
        bias[channels] *= factors
        weights.write(between.input[2], bias)
    kernel = weights.read(second.input[1])
    if weights.group(second) > 1:
        kernel[channels] /= factors[:, None, None, None]
    else:
        kernel[:, channels] /= factors[:, None, None]
    weights.write(second.input[1], kernel)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    args = parser.parse_args()
    model = onnx.load(str(args.source))
    weights = Weights(model)
    rng = np.random.default_rng(SEED)
    for place in PLACES:
        name = weights.convolutions[place.scaled].output[0]
        count = len(weights.read(weights.convolutions[place.scaled].input[1]))
        channels = rng.choice(count, len(place.exponents), replace=False)
        scale(weights, place, channels)
        print(f"{name}: " + ", ".join(f"channel {c} times {1 << e}" for c, e in zip(channels, place.exponents)))
    model.graph.name = args.target.stem
    onnx.checker.check_model(model)
    onnx.save(model, str(args.target))


if __name__ == "__main__":
    main()

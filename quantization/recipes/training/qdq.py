"""Finds a plan's layers in the QDQ graph that it was built from, and writes their integers back.

`edgec quantize` writes weights and biases as integers behind DequantizeLinear; those that `edgec build` put into the file are found by
their values and their order. Scales, activations' ranges and everything else in the graph stay as they are.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import GraphProto, NodeProto, TensorProto, numpy_helper

from .edge_file import pack_int4, unpack_int4
from .fixed_point import quantize_multiplier
from .operators import Layer, Normalization

INT4 = 22  # TensorProto.INT4 of newer onnx
RAW_TYPES = {TensorProto.INT8: np.int8, TensorProto.INT32: np.int32, TensorProto.FLOAT: np.float32}


@dataclass(frozen=True)
class StoredLayer:
    """Initializers of a layer's weights and bias, and how its part of them lies in the file.

    `part` selects the output channels of a group of a grouped convolution; `axes` orders what is selected as the file has it.
    """

    node: str
    weight: str
    bias: str | None
    part: tuple[slice, ...]
    shape: tuple[int, ...]
    axes: tuple[int, ...]

    def to_file(self, stored: np.ndarray) -> np.ndarray:
        """The graph's weights as the file has them."""
        return stored[self.part].reshape(self.shape).transpose(self.axes)

    def to_graph(self, stored: np.ndarray, values: np.ndarray) -> np.ndarray:
        """The graph's weights with the file's in place of its own."""
        result = stored.copy()
        result[self.part] = values.transpose(np.argsort(self.axes)).reshape(result[self.part].shape)
        return result


class QdqGraph:
    """A QDQ graph whose constants can be replaced."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.model = onnx.load(str(path))
        graph: GraphProto = self.model.graph
        self.initializers = {tensor.name: tensor for tensor in graph.initializer}
        self.producers = {output: node for node in graph.node for output in node.output}
        self.consumers: dict[str, list[NodeProto]] = {}
        for node in graph.node:
            for name in node.input:
                self.consumers.setdefault(name, []).append(node)
        self.layers = [layer for node in graph.node for layer in self._layers(node)]
        self.norms = [node for node in graph.node if node.op_type in ("LayerNormalization", "InstanceNormalization")]

    def array(self, name: str) -> np.ndarray:
        """A constant's values; 4 bits as int8."""
        tensor = self.initializers[name]
        if tensor.data_type == INT4:
            packed = tensor.raw_data or bytes(x & 255 for x in tensor.int32_data)
            return unpack_int4(np.frombuffer(packed, np.int8), list(tensor.dims))
        return numpy_helper.to_array(tensor)

    def replace(self, name: str, values: np.ndarray) -> None:
        """Puts values of the same shape into a constant, in its own type."""
        tensor = self.initializers[name]
        assert tuple(tensor.dims) == values.shape, (name, values.shape)
        packed = pack_int4(values) if tensor.data_type == INT4 else np.ascontiguousarray(values, RAW_TYPES[tensor.data_type])
        tensor.ClearField("int32_data")
        tensor.ClearField("float_data")
        tensor.raw_data = packed.tobytes()

    def save(self, path: Path) -> None:
        """Writes the graph; a file of that name is replaced when the new one is complete."""
        if not path.parent.is_dir():
            raise FileNotFoundError(f"{path.parent} is no folder; expected one to write {path.name} into.")
        temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        onnx.save(self.model, str(temporary))
        os.replace(temporary, path)

    def _stored(self, value: str) -> str | None:
        """The initializer behind a DequantizeLinear."""
        node = self.producers.get(value)
        return node.input[0] if node is not None and node.op_type == "DequantizeLinear" and node.input[0] in self.initializers else None

    def _layers(self, node: NodeProto) -> list[StoredLayer]:
        weight = self._stored(node.input[1]) if node.op_type in ("Conv", "Gemm", "MatMul") else None
        if weight is None:
            return []
        attributes = {a.name: a for a in node.attribute}
        dims = tuple(self.initializers[weight].dims)
        if node.op_type == "Conv":
            bias = self._stored(node.input[2]) if len(node.input) > 2 else None
            return convolutions(node.name, weight, bias, dims, attributes["group"].i if "group" in attributes else 1)
        if node.op_type == "Gemm":
            bias = self._stored(node.input[2]) if len(node.input) > 2 else None
            transposed = "transB" in attributes and attributes["transB"].i != 0
        else:
            adds = [n for n in self.consumers.get(node.output[0], []) if n.op_type == "Add"]
            bias = next((found for n in adds for name in n.input if (found := self._stored(name))), None)
            transposed = False
        return [StoredLayer(node.name, weight, bias, (slice(None),), dims, (0, 1) if transposed else (1, 0))]


def convolutions(node: str, weight: str, bias: str | None, dims: tuple[int, ...], groups: int) -> list[StoredLayer]:
    """[o, i, rows, columns] (columns absent in 1-D) to the file's [o, rows, columns, i], or [rows, columns, o] of a depthwise one."""
    outputs, inputs, rows, columns = (*dims, 1)[:4]
    if groups > 1 and inputs == 1:
        return [StoredLayer(node, weight, bias, (slice(None),), (outputs, rows, columns), (1, 2, 0))]
    size = outputs // groups
    return [
        StoredLayer(node, weight, bias, (slice(g * size, (g + 1) * size),), (size, inputs, rows, columns), (0, 2, 3, 1))
        for g in range(groups)]


def bind(steps: list, graph: QdqGraph, name: str) -> dict[Layer, StoredLayer]:
    """Which of the graph's layers each of the plan's is; ValueError where one is not there."""
    rest = list(graph.layers)
    bound: dict[Layer, StoredLayer] = {}
    for step in steps:
        if not isinstance(step, Layer):
            continue
        weights, bias = step.sources[1].values, step.sources[2].values
        found = next((layer for layer in rest if fits(graph, layer, weights, bias)), None)
        if found is not None:
            rest.remove(found)
            bound[step] = found
        elif step.weight.requires_grad:
            raise ValueError(f"The weights '{step.sources[1].name}' of {name} are not in {graph.path}; was the file built from this graph?")
    return bound


def fits(graph: QdqGraph, layer: StoredLayer, weights: np.ndarray, bias: np.ndarray) -> bool:
    """Whether a layer has these weights and this bias."""
    if int(np.prod(layer.shape)) != weights.size:
        return False
    stored = layer.to_file(graph.array(layer.weight))
    stored_bias = 0 if layer.bias is None else graph.array(layer.bias).reshape(-1)[layer.part]
    return stored.shape == weights.shape and np.array_equal(stored, weights) and np.array_equal(bias, np.broadcast_to(stored_bias, bias.shape))


def bind_norms(steps: list, graph: QdqGraph) -> dict[Normalization, NodeProto]:
    """Which of the graph's normalizations each of the plan's is; those whose gamma is no float constant are not trained."""
    rest = [node for node in graph.norms if all(name in graph.initializers for name in node.input[1:3])]
    bound: dict[Normalization, NodeProto] = {}
    for step in (step for step in steps if isinstance(step, Normalization)):
        scale = float(step.result.scale)
        for node in rest:
            pairs = [quantize_multiplier(abs(g) / scale) for g in graph.array(node.input[1]).astype(np.float64).tolist()]
            if len(pairs) == len(step.weight) and np.array_equal([m for m, _ in pairs], np.abs(step.sources[1].values[0])):
                bound[step] = node
                rest.remove(node)
                break
    return bound


def write(layers: dict[Layer, StoredLayer], norms: dict[Normalization, NodeProto], graph: QdqGraph, path: Path) -> None:
    """Writes the trained integers, and the gammas and betas, which the graph has as floats."""
    for step, layer in layers.items():
        weights, bias = (tensor.detach().numpy() for tensor in step.integers())
        graph.replace(layer.weight, layer.to_graph(graph.array(layer.weight), weights))
        if layer.bias is not None:
            stored = graph.array(layer.bias).copy()
            stored.reshape(-1)[layer.part] = bias
            graph.replace(layer.bias, stored)
    for norm, node in norms.items():
        graph.replace(node.input[1], norm.weight.detach().float().numpy())
        graph.replace(node.input[2], norm.bias.detach().float().numpy())
    graph.save(path)

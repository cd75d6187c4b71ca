"""The network of an .edge file as a PyTorch module whose outputs are the device's integers and whose weights can be trained.

    net = EdgePlan.load("net.edge", "net.int8.onnx")   # the file, and what `edgec build` made it of
    loss = cross_entropy(net(net.quantize(features)), labels)
    net.write("net.qat.onnx")                          # `edgec build net.qat.onnx` gives the integers that were trained

Forward is the engine's arithmetic to the bit; backward goes straight through every rounding into the real-valued operator.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from . import qdq
from .edge_file import EdgeFile
from .operators import KINDS, History, Layer, Memory, Normalization, Softmax, Stream, Table, constant
from .qdq import QdqGraph

MOVES = ("reshape", "transpose")


class EdgePlan(nn.Module):
    """A plan over whole clips. Parameters are the real weights, biases, gammas and betas; everything else stays as in the file."""

    def __init__(self, file: EdgeFile, graph: QdqGraph | None = None) -> None:
        super().__init__()
        if file.rounding != "single":
            raise ValueError(f"{file.path} rounds twice, as imported TensorFlow Lite models may; only what edgec quantized can be trained.")
        unknown = sorted({op.kind for op in file.operators} - KINDS.keys())
        if unknown:
            raise ValueError(f"{file.path} has operators that are not known here: {', '.join(unknown)}.")
        self.file = file
        self.steps = [KINDS[op.kind](file, op) for op in file.operators]
        self.operators = nn.ModuleList(self.steps)
        self.constants = {i: constant(t).unsqueeze(0) for i, t in enumerate(file.tensors) if t.values is not None and t.scale != 0}
        self.window = self._window()
        self.entry = self.steps[0].outputs[0] if self.window else file.input
        self.frames_per_step = file.tensors[file.input].shape[1]
        self.delay_steps = file.sections.get("delaySteps", 0) if file.version >= 4 else 0
        self._advances = self._set_advances()
        self.at_once = True  # all steps of a stream in one pass; false: one by one, which gives the same
        self.logits_at = self._logits_at()
        self._readers = {i: n for n, step in enumerate(self.steps) for i in step.inputs}
        self.graph = graph
        if graph is not None:
            self._bind(graph)

    @staticmethod
    def load(path: str | Path, graph: str | Path | None = None) -> EdgePlan:
        """From a file and the QDQ graph that it was built from, which training needs; ValueError where they do not fit."""
        return EdgePlan(EdgeFile.read(path), QdqGraph(Path(graph)) if graph else None)

    def _bind(self, graph: QdqGraph) -> None:
        """Finds every layer in the graph. What the graph cannot hold is not trained: biases that a layer does not have."""
        self._layers = qdq.bind(self.steps, graph, str(self.file.path))
        self._norms = qdq.bind_norms(self.steps, graph)
        tied: dict[str, Layer] = {}
        for step, layer in self._layers.items():
            step.bias.requires_grad_(step.bias.requires_grad and layer.bias is not None)
            first = tied.setdefault(f"{layer.weight}{layer.part}", step)
            step.weight = first.weight
        for step in self.steps:
            if isinstance(step, Normalization):
                step.requires_grad_(step in self._norms)

    @property
    def outputs(self) -> int:
        """Scores of a step."""
        return self.file.tensors[self.file.output].shape[-1]

    def _window(self) -> int | None:
        """Frames of the window of a windowed plan, whose only past is its input's; None for a plan that streams."""
        states = [t for t in self.file.tensors if t.at == "state"]
        source = self.file.tensors[self.file.input]
        if not states:
            return None
        first = self.steps[0]
        windowed = len(states) == 1 and isinstance(first, History) and first.inputs == [self.file.input] and states[0].name == f"{source.name}.window"
        return first.result.shape[1] if windowed else None

    def _set_advances(self) -> dict[int, int]:
        """Frames that a step adds to every tensor: those of its shape, but of a history's what came in."""
        advances = {i: (tensor.shape + (1, 1))[1] for i, tensor in enumerate(self.file.tensors)}
        for step in self.steps:
            step.advances = [advances[i] for i in step.inputs]
            if isinstance(step, History):
                advances[step.outputs[0]] = step.advances[0]
        return advances

    def _logits_at(self) -> int:
        """The value that cross entropy is taken of: what the last softmax or sigmoid reads, else the output."""
        writers = {step.outputs[0]: step for step in self.steps}
        at = self.file.output
        while at in writers and writers[at].kind in MOVES:
            at = writers[at].inputs[0]
        step = writers.get(at)
        return step.inputs[0] if isinstance(step, Softmax) or isinstance(step, Table) and is_sigmoid(step) else self.file.output

    def quantize(self, features: Tensor | np.ndarray) -> Tensor:
        """The front end's whole numbers, as `edgec features` writes them, to the network's integers; any shape."""
        source = self.file.tensors[self.file.input]
        q = self.file.sections["frontEnd"]["quantizer"]
        x = torch.as_tensor(features).to(torch.int64)
        quotient = torch.div(x * q["numerator"] + q["offset"], q["denominator"], rounding_mode="floor")
        return (quotient + q["zeroPoint"]).clamp_(*source.range).to(getattr(torch, source.type))

    def forward(self, features: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Real logits of int8 features [clips, frames, bins]: [clips, outputs] of a window, [clips, steps, outputs] of a stream.

        `lengths` [clips] says after how many frames each clip ends, for networks that look ahead; absent, after the last.
        """
        number = self.logits_at
        return self._results(self._run(features, lengths)[number] * float(self.file.tensors[number].scale), number)

    @torch.no_grad()
    def scores(self, features: Tensor, lengths: Tensor | None = None) -> Tensor:
        """int8 outputs, as the device gives them; shapes as of `forward`."""
        number = self.file.output
        value = self._run(features, lengths)[number] + self.file.tensors[number].zero_point
        return self._results(value, number).to(torch.int8)

    def values(self, features: Tensor, *names: str, lengths: Tensor | None = None) -> list[Tensor]:
        """Real values of the plan's tensors by name, [clips, 1, frames, width, channels], as feature matching needs them.

        A tensor of a network that looks ahead begins as many frames late as it stands behind the sound.
        """
        numbers = [self._number(name) for name in names]
        values = self._run(features, lengths, set(numbers))
        return [values[i] * float(self.file.tensors[i].scale) for i in numbers]

    def _number(self, name: str) -> int:
        for i, tensor in enumerate(self.file.tensors):
            if tensor.name == name and tensor.at != "file":
                return i
        raise ValueError(f"{self.file.path} computes no '{name}'; `python3 edge_file.py {self.file.path}` lists what it computes.")

    def _results(self, value: Tensor, number: int) -> Tensor:
        """[clips, outputs] where a run gives one result; [clips, steps, outputs] where it gives one for every step."""
        if not self._streams:
            return value.reshape(value.shape[0], -1, value.shape[-1]).squeeze(1)
        value = value[:, :, self.delay_steps * self.file.tensors[number].shape[1]:]
        return value.reshape(value.shape[0], -1, value.shape[-1])

    @property
    def _streams(self) -> bool:
        return self.window is None and any(tensor.at == "state" for tensor in self.file.tensors)

    def _run(self, features: Tensor, lengths: Tensor | None, kept: set[int] | None = None) -> dict[int, Tensor]:
        x = self._centred(features)
        step_frames = self.window or self.frames_per_step
        if self.delay_steps:
            lengths = torch.full((len(x),), x.shape[2]) if lengths is None else lengths
            x = torch.nn.functional.pad(x, [0, 0] * (x.dim() - 3) + [0, self.delay_steps * step_frames])
        stream = Stream(self.frames_per_step, lengths)
        part_frames = x.shape[2] if self.at_once else step_frames
        parts = []
        with torch.autocast("cpu", enabled=False):
            for part in x.split(part_frames, 2):
                parts.append(self._pass(part, part_frames // step_frames, stream, kept))
                stream.steps += 1
        return parts[0] if len(parts) == 1 else {i: torch.cat([part[i] for part in parts], 2) for i in parts[0]}

    def _centred(self, features: Tensor) -> Tensor:
        """The input as the operators read it, [clips, 1, frames, ..]; ValueError where it does not fit."""
        source = self.file.tensors[self.file.input]
        frames, bins = self.window or self.frames_per_step, source.shape[-1]
        if features.dim() != 3 or features.shape[2] != bins or features.dtype != getattr(torch, source.type):
            raise ValueError(f"Features are {features.dtype} {list(features.shape)}; expected {source.type} [clips, frames, {bins}] (see EdgePlan.quantize).")
        if features.shape[1] == 0 or features.shape[1] % frames or (features.shape[1] != frames and not self._streams):
            raise ValueError(f"Clips have {features.shape[1]} frames; expected {'a multiple of ' if self._streams else ''}{frames}.")
        return (features.float() - source.zero_point).reshape(len(features), 1, features.shape[1], *source.shape[2:])

    def _pass(self, x: Tensor, steps: int, stream: Stream, kept: set[int] | None) -> dict[int, Tensor]:
        """Runs the operators over the frames of so many steps.

        An operator that does not tell frames of different steps apart gets every step as a clip of its own. What nobody needs any more is let
        go, so that inference takes little memory.
        """
        values, folded = {**self.constants, self.entry: x}, set()
        keep = {self.file.output, self.logits_at} | (kept or set())
        for n, step in enumerate(self.steps):
            if n == 0 and self.window:
                continue  # the window is what came in
            read = [i for i in step.inputs if i in values]  # weights and tables are in the operator
            apart = steps > 1 and not (step.streams and (isinstance(step, Memory) or folded.isdisjoint(read)))
            inputs = [values[i] if i in self.constants or (i in folded) == apart else self._fold(values[i], i, steps) if apart
                      else self._unfold(values[i], steps) for i in read]
            number = step.outputs[0]
            if isinstance(step, Memory):
                values[number] = step.run(Stream(self.frames_per_step) if apart else stream, *inputs)
            else:
                values[number] = step(*inputs)
            if apart:
                folded.add(number)
            for i in step.inputs:
                if self._readers[i] == n and i not in keep and i not in self.constants:
                    values.pop(i, None)
        return {i: self._unfold(values[i], steps) if i in folded else values[i] for i in keep}

    def _fold(self, value: Tensor, number: int, steps: int) -> Tensor:
        """[clips, 1, frames, ..] of several steps to [clips * steps, 1, frames of a step, ..]; those of a history overlap."""
        frames, advance = self.file.tensors[number].shape[1], self._advances[number]
        if frames != advance:
            value = value.unfold(2, frames, advance).movedim(-1, 3)
        return value.reshape(len(value) * steps, 1, frames, *value.shape[4 if frames != advance else 3:])

    @staticmethod
    def _unfold(value: Tensor, steps: int) -> Tensor:
        """The inverse: the frames of all steps, end to end."""
        return value.reshape(len(value) // steps, 1, -1, *value.shape[3:])

    def write(self, path: str | Path) -> None:
        """Writes the QDQ graph that the file was built from with the trained integers in place of its own."""
        if self.graph is None:
            raise ValueError(f"{self.file.path} was loaded without the graph that it was built from; expected EdgePlan.load(file, graph).")
        qdq.write(self._layers, self._norms, self.graph, Path(path))


def is_sigmoid(step: Table) -> bool:
    """Whether a table holds 1 / (1 + e^-x) of its input, to within its rounding."""
    source, result = step.sources[0], step.result
    low, high = source.range
    x = (np.arange(low, high + 1) - source.zero_point) * float(source.scale)
    expected = np.clip(np.rint(1 / (1 + np.exp(-x)) / float(result.scale)) + result.zero_point, *result.range)
    return bool(np.abs(expected - step.sources[1].values).max() <= 1)

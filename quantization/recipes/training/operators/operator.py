"""What all operators of a plan have in common."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..edge_file import EdgeFile, PlanOperator, PlanTensor
from ..fixed_point import Rescale


class Operator(nn.Module):
    """An operator of a plan over a batch of clips: centred integers in, centred integers out.

    An activation of shape [1, n, ..] in the plan is a float tensor [clips, 1, frames, ..] of whole numbers q - z; constants have no clips.
    """

    def __init__(self, file: EdgeFile, op: PlanOperator) -> None:
        super().__init__()
        self.kind, self.inputs, self.outputs = op.kind, op.inputs, op.outputs
        self.attributes = op.attributes
        self.advances: list[int] = []
        self.sources: list[PlanTensor] = [file.tensors[i] for i in op.inputs]
        self.result: PlanTensor = file.tensors[op.outputs[0]]
        low, high = self.result.range
        zero = self.result.zero_point
        self.low = op.attributes.get("activationMin", low) - zero
        self.high = op.attributes.get("activationMax", high) - zero

    def rescale(self, name: str) -> Rescale:
        """An attribute's multiplier and shift."""
        return Rescale.of(self.attributes[name], self.attributes[f"{name}Shift"])

    @property
    def streams(self) -> bool:
        """Whether running over the frames of many steps, end to end, gives what the steps give one by one."""
        return True

    def advance(self, number: int = 0) -> int:
        """Frames that a step adds to an input; the plan knows them, as the shape of a history's result has its past in it."""
        return self.advances[number]

    def forward(self, *values: Tensor) -> Tensor:
        raise NotImplementedError


def constant(tensor: PlanTensor) -> Tensor:
    """A constant operand, centred."""
    assert tensor.values is not None
    return torch.from_numpy(tensor.values.astype("float32")) - tensor.zero_point

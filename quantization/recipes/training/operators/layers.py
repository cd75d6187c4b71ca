"""convolution, depthwise-convolution and fully-connected: sums of products, and their trained weights."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..edge_file import EdgeFile, PlanOperator
from ..fixed_point import Quantize, Requantize, Rescale
from .operator import Operator

EXACT_FLOAT32 = 1 << 24  # whole numbers up to here, and all sums that stay within, are exact in float32
BIAS_LIMIT = (1 << 31) - 1


class Layer(Operator):
    """A layer whose weights and biases are trained: reals that are quantized with the file's scales on the way in.

    `weight` has the shape of the file's constant; its real scale is the one of the file's factors, s_x * s_w / s_y. A layer that the compiler
    made of an average has equal weights and no bias, and is not trained.
    """

    axis = 0  # of the output channels in the weights

    def __init__(self, file: EdgeFile, op: PlanOperator) -> None:
        super().__init__(file, op)
        _, weights, bias, factors = self.sources
        self.factors = Rescale.of(factors.values[0], factors.values[1])
        scale = self.factors.factor * float(self.result.scale) / float(self.sources[0].scale)
        self.limit = 7 if weights.type == "int4" else 127
        self.lowest = min(-self.limit, int(weights.values.min()))  # a file may hold -8 or -128
        shape = [-1 if axis == self.axis % weights.values.ndim else 1 for axis in range(weights.values.ndim)]
        self.register_buffer("scale", torch.where(scale > 0, scale, torch.ones_like(scale)).float().reshape(shape), persistent=False)
        self.register_buffer("bias_scale", self.scale.flatten().double() * float(self.sources[0].scale), persistent=False)
        trained = not (np.all(weights.values == 127) and not bias.values.any())
        self.weight = nn.Parameter(torch.from_numpy(weights.values.astype(np.float32)) * self.scale, trained)
        self.bias = nn.Parameter(torch.from_numpy(bias.values.astype(np.float64)) * self.bias_scale, trained)

    def integers(self) -> tuple[Tensor, Tensor]:
        """The weights and biases that the file gets, float32 and float64 of whole numbers; gradients go to the reals."""
        with torch.no_grad():  # a weight that left its range would no longer follow its gradient
            self.weight.clamp_(self.lowest * self.scale, self.limit * self.scale)
        return (Quantize.apply(self.weight, self.scale, self.lowest, self.limit),
                Quantize.apply(self.bias, self.bias_scale, -BIAS_LIMIT, BIAS_LIMIT))

    def forward(self, x: Tensor, *_: Tensor) -> Tensor:
        weight, bias = self.integers()
        with torch.no_grad():
            others = [axis for axis in range(weight.dim()) if axis != self.axis % weight.dim()]
            largest = weight.abs().sum(others) * self.sources[0].magnitude + bias.abs()
        dtype = torch.float32 if float(largest.max()) < EXACT_FLOAT32 else torch.float64
        sums = self.sums(x.to(dtype), weight.to(dtype), bias.to(dtype))
        return Requantize.apply(sums, self.factors, self.low, self.high)

    def sums(self, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """The layer's sums, channels last."""
        raise NotImplementedError


class FullyConnected(Layer):
    """[.., d] to [.., o]."""

    def sums(self, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        return F.linear(x, weight, bias)


class Convolution(Layer):
    """[clips, 1, frames, width, channels]; weights [o, rows, columns, channels]."""

    def __init__(self, file: EdgeFile, op: PlanOperator) -> None:
        super().__init__(file, op)
        get = op.attributes.get
        self.stride = get("strideHeight", 1), get("strideWidth", 1)
        self.dilation = get("dilationHeight", 1), get("dilationWidth", 1)
        self.padding = get("padLeft", 0), get("padRight", 0), get("padTop", 0), get("padBottom", 0)

    @property
    def streams(self) -> bool:
        frames = self.result.shape[1]
        return self.padding[2:] == (0, 0) and self.advance() == frames * self.stride[0]

    def sums(self, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        return self.convolve(x, weight.permute(0, 3, 1, 2), bias, 1)

    def convolve(self, x: Tensor, weight: Tensor, bias: Tensor, groups: int) -> Tensor:
        x = x.squeeze(1).permute(0, 3, 1, 2)
        left, right, top, bottom = self.padding
        if left != right or top != bottom:
            x, left, top = F.pad(x, self.padding), 0, 0
        return F.conv2d(x, weight, bias, self.stride, (top, left), self.dilation, groups).permute(0, 2, 3, 1).unsqueeze(1)


class DepthwiseConvolution(Convolution):
    """Each channel by itself; weights [rows, columns, o]."""

    axis = -1

    def sums(self, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        return self.convolve(x, weight.permute(2, 0, 1).unsqueeze(1), bias, x.shape[-1])

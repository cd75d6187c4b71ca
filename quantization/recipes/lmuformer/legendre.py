"""The Legendre memory: a scalar signal's last `theta` frames as coefficients of Legendre polynomials.

Voelker, Kajic and Eliasmith, "Legendre Memory Units" (NeurIPS 2019): m' = A m + B u, discretised with zero-order hold at a
step of one frame. Euler's rule, 1 + A, diverges at the orders used here. Everything constant is computed in float64.
"""

from __future__ import annotations

import numpy as np
import torch
from scipy.linalg import expm
from torch import Tensor, nn
from torch.nn import functional


def continuous(order: int, theta: float) -> tuple[np.ndarray, np.ndarray]:
    """Returns (A [order, order], B [order]) of the differential equation, time in frames."""
    i = np.arange(order)
    rate = (2 * i + 1) / theta
    sign = np.where(i[:, None] < i[None, :], -1.0, (-1.0) ** (i[:, None] - i[None, :] + 1))
    return rate[:, None] * sign, rate * (-1.0) ** i


def discretize(order: int, theta: float) -> tuple[np.ndarray, np.ndarray]:
    """Returns (A [order, order], B [order]) of m[t] = A m[t - 1] + B u[t]: zero-order hold, one frame a step."""
    a, b = continuous(order, theta)
    block = np.zeros((order + 1, order + 1))
    block[:order, :order], block[:order, order] = a, b
    held = expm(block)
    return held[:order, :order], held[:order, order]


def impulse_response(order: int, theta: float, taps: int) -> np.ndarray:
    """Returns [order, taps]: the memory 0 .. taps - 1 frames after an impulse."""
    a, b = discretize(order, theta)
    response = np.empty((order, taps))
    state = b
    for tap in range(taps):
        response[:, tap] = state
        state = a @ state
    return response


class LegendreMemory(nn.Module):
    """A memory of one signal: u [batch, 1, frames] to m [batch, order, frames]. Nothing in it is trained.

    The parallel form is a convolution with the impulse response; it equals the recurrence for up to `taps` frames.
    """

    def __init__(self, order: int, theta: float, taps: int) -> None:
        super().__init__()
        self.order, self.theta, self.taps = order, theta, taps
        a, b = discretize(order, theta)
        response = impulse_response(order, theta, taps)
        self.register_buffer("a", torch.from_numpy(a).float(), persistent=False)
        self.register_buffer("b", torch.from_numpy(b).float(), persistent=False)
        kernel = torch.from_numpy(response[:, ::-1].copy()).float().unsqueeze(1)  # as a correlation has it: oldest first
        self.register_buffer("kernel", kernel, persistent=False)

    def forward(self, u: Tensor) -> Tensor:
        """The parallel form."""
        taps = min(u.shape[2], self.taps) if self.training else self.taps
        return functional.conv1d(functional.pad(u, (taps - 1, 0)), self.kernel[:, :, self.taps - taps:])

    def recurrent(self, u: Tensor) -> Tensor:
        """The same frame by frame, as on the device."""
        m = u.new_zeros(u.shape[0], self.order)
        frames = []
        for t in range(u.shape[2]):
            m = m @ self.a.T + u[:, :, t] * self.b
            frames.append(m)
        return torch.stack(frames, dim=2)

"""Checks what the recipe stands on; prints a line for each, and ends with an error where one does not hold.

    check.py

The Legendre memory's constants, that Euler's rule would diverge, that the parallel form is the recurrence, that a causal network's past does
not change by what comes, that an exported graph is the network, and that neurons and their gradient are those of the plain loop.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from legendre import LegendreMemory, continuous, discretize, impulse_response
from model import networks
from spiking import TAU, fire


def near(name: str, found: float | np.ndarray | Tensor, expected: float | np.ndarray | Tensor, tolerance: float) -> None:
    difference = float(np.abs(np.asarray(found) - np.asarray(expected)).max())
    print(f"{name}: within {difference:.1e}")
    if not difference <= tolerance:
        raise SystemExit(f"{name} differs by {difference}; expected at most {tolerance}.")


def check_memory() -> None:
    """Values computed independently (order 8 and 64, theta 128)."""
    a, b = discretize(8, 128)
    near("B of order 8", b[:3], np.array([0.007985, -0.022733, 0.03903]), 1e-6)
    near("A of order 8", a[0, :3], np.array([0.992015, -0.007578, -0.007806]), 1e-6)
    near("impulse response", impulse_response(8, 128, 130)[0, [0, 64, 127, 129]], np.array([0.007985, 0.007665, 0.003651, 0.003112]), 1e-6)
    a, b = discretize(64, 128)
    near("order 64", np.array([b[0], a[0, 0]]), np.array([0.007824, 0.992176]), 1e-6)
    growth = np.abs(np.linalg.eigvals(np.eye(32) + continuous(32, 128)[0])).max()
    if growth < 1.02:
        raise SystemExit(f"Euler's rule grows by {growth:.3f} a step at order 32; expected it to diverge.")
    print(f"Euler's rule diverges: {growth:.3f} a step at order 32")
    near("zero-order hold does not: spectral radius above 1", max(np.abs(np.linalg.eigvals(discretize(256, 128)[0])).max() - 1, 0), 0, 0)


def check_networks() -> None:
    torch.manual_seed(1)
    for order, theta in ((32, 64), (256, 128), (512, 128)):
        memory = LegendreMemory(order, theta, 128)
        u = torch.randn(2, 1, 128).relu()
        near(f"memory of order {order}: parallel against recurrent", memory(u), memory.recurrent(u), 1e-4)
    for name, net in networks().items():
        net.eval()
        x = torch.randn(2, 60, net.size.bins) * 3 - 5
        with torch.no_grad():
            whole = net(x)
            # A spike may come a frame later where rounding takes a membrane across its threshold.
            tolerance = 1e-4 if "spiking" not in name else 0.5
            near(f"{name}: parallel against recurrent", net(x, recurrent=True), whole, tolerance)
            if net.size.causal:
                near(f"{name}: frames to come change nothing", net(x[:, :31]), whole[:, :31], 1e-5)


def check_neurons() -> None:
    torch.manual_seed(2)
    x = (torch.randn(3, 5, 20) * 2).requires_grad_()
    weights = torch.randn(3, 5, 20)
    (fire(x, 1.0) * weights).sum().backward()
    y = x.detach().clone().requires_grad_()
    v, total, spikes = torch.zeros(3, 5), torch.zeros(()), []
    for t in range(20):
        v = v + (y[:, :, t] - v) / TAU
        smooth = torch.sigmoid(4 * (v - 1))
        hard = (v.detach() >= 1).float()
        total = total + ((hard + smooth - smooth.detach()) * weights[:, :, t]).sum()
        v = v * (1 - hard)
        spikes.append(hard)
    total.backward()
    near("spikes against the plain loop", fire(x.detach(), 1.0), torch.stack(spikes, 2), 0)
    near("gradient against the plain loop", x.grad, y.grad, 1e-5)


def check_export() -> None:
    """Whether the small networks' graphs have what they should and nothing else."""
    import onnx

    from export import DIGITS, HERE, export

    for name, net in networks().items():
        if "published" in name:
            continue
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "net.onnx"
            export(net, path, HERE / "front-end.json", DIGITS)
            graph = onnx.load(str(path)).graph
        kinds = [node.op_type for node in graph.node]
        scans = 11 if "spiking" in name else 0
        if kinds.count("Scan") != scans or {node.domain for node in graph.node} != {""} or "Pad" in kinds:
            raise SystemExit(f"{name}: the graph has {sorted(set(kinds))}, {kinds.count('Scan')} of them Scan; expected {scans} and no Pad.")
        print(f"{name}: {len(kinds)} operators of the standard set")


def main() -> None:
    torch.set_num_threads(1)
    check_memory()
    check_networks()
    check_neurons()
    check_export()


if __name__ == "__main__":
    main()

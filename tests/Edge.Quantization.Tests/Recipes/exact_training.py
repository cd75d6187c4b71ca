"""The interpreter of quantization/recipes/training against the engine; run by ExactTrainingTests.

    exact_training.py FOLDER

FOLDER holds net.edge, the graph net.onnx that it was built from, features.npy int8 [clips, frames, bins] and scores.npy int8 [clips, outputs]
of the engine. The interpreter must give the same scores. Two steps of training follow; trained.onnx and trained.npy are what came of them.
"""

import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "quantization" / "recipes"))
from training.edge_plan import EdgePlan  # noqa: E402

folder = Path(sys.argv[1])
features = torch.from_numpy(np.load(folder / "features.npy"))
expected = np.load(folder / "scores.npy")
net = EdgePlan.load(folder / "net.edge", folder / "net.onnx")
scores = net.scores(features).numpy().reshape(expected.shape)
differences = int((scores != expected).sum())
assert differences == 0, f"{differences} of {expected.size} scores differ, by up to {np.abs(scores.astype(int) - expected).max()}"

trained = [parameter for parameter in net.parameters() if parameter.requires_grad]
optimizer = torch.optim.Adam(trained, 3e-3)
labels = torch.arange(len(features)) % expected.shape[-1]
for _ in range(2):
    logits = net(features)
    logits = logits.mean(1) if logits.dim() == 3 else logits
    loss = torch.nn.functional.cross_entropy(logits, labels)
    optimizer.zero_grad()
    loss.backward()
    assert all(parameter.grad is not None for parameter in trained), "a parameter got no gradient"
    optimizer.step()
net.write(folder / "trained.onnx")
np.save(folder / "trained.npy", net.scores(features).numpy().reshape(expected.shape))

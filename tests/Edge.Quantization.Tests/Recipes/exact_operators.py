"""Operators of quantization/recipes/training against the engine's, one plan each; run by ExactOperatorsTests.

    exact_operators.py FOLDER

For every NAME.edge there are NAME.features.npy int8 [clips, frames, values] and NAME.scores.npy int8 [clips, values] of the engine. Gradients
must reach the input: a plan that breaks the chain could not be trained.
"""

import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "quantization" / "recipes"))
from training.edge_plan import EdgePlan  # noqa: E402

failed = 0
for path in sorted(Path(sys.argv[1]).glob("*.edge")):
    features, expected = (np.load(path.with_suffix(f".{kind}.npy")) for kind in ("features", "scores"))
    net = EdgePlan.load(path)
    scores = net.scores(torch.from_numpy(features)).numpy().reshape(expected.shape)
    differences = int((scores != expected).sum())
    spread = len(np.unique(expected))
    first = next(net.parameters(), None)
    if first is not None:
        net(torch.from_numpy(features)).square().sum().backward()
    if differences or spread < 4 or (first is not None and not float(first.grad.abs().sum()) > 0):
        failed += 1
        print(f"{path.stem}: {differences} of {expected.size} differ; {spread} different values", file=sys.stderr)
sys.exit(failed > 0)

"""Operators of quantization/recipes/training against the engine's, one plan each; run by ExactOperatorsTests.

    exact_operators.py FOLDER

For every NAME.edge there are NAME.features.npy int8 [clips, frames, values] and NAME.scores.npy int8 [clips, values] of the engine. Of a plan
that streams the scores are [clips, steps, values], and NAME.lengths.npy says after how many frames each clip ends. The first layer must get a
gradient: a plan that breaks the chain could not be trained.
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
    lengths = path.with_suffix(".lengths.npy")
    ends = torch.from_numpy(np.load(lengths).astype(np.int64)) if lengths.exists() else None
    for at_once in {net.at_once, False}:
        net.at_once = at_once
        scores = net.scores(torch.from_numpy(features), ends).numpy().reshape(expected.shape)
        if ends is not None:  # what comes after a clip's last step does not exist on the device
            for clip, end in enumerate(ends.tolist()):
                scores[clip, -(-end // net.frames_per_step):] = 0
        if (scores != expected).any():
            break
    differences = int((scores != expected).sum())
    spread = len(np.unique(expected))
    first = next(net.parameters(), None)
    if first is not None:
        net(torch.from_numpy(features), ends).square().sum().backward()
    if differences or spread < 4 or (first is not None and not float(first.grad.abs().sum()) > 0):
        failed += 1
        print(f"{path.stem}: {differences} of {expected.size} differ; {spread} different values", file=sys.stderr)
sys.exit(failed > 0)

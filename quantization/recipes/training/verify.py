"""Shows that a plan in PyTorch gives the device's scores, clip by clip and to the last bit.

    edgec features --front-end-file front-end.json --out features/ clips/
    edgec scores net.edge --out scores/ clips/
    python3 verify.py net.edge --features features/ --scores scores/

Both folders hold NAME.npy for every clip. Exit code 1 where a score differs. A windowed model hears silence behind a clip: where a frame of
silence is not all zeros, as log-mel features have it, give the features of a silent recording, `--silence silence.npy`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from training.clips import clip_scores  # noqa: E402
from training.edge_plan import EdgePlan  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("edge", type=Path)
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--scores", type=Path, required=True)
    parser.add_argument("--silence", type=Path)
    args = parser.parse_args()
    names = sorted(path.relative_to(args.scores) for path in args.scores.rglob("*.npy"))
    absent = [name for name in names if not (args.features / name).exists()]
    if not names or absent:
        sys.exit(f"{args.scores} has the scores of {len(names)} clips, and {args.features} lacks {len(absent)} of them"
                 f"{f', such as {absent[0]}' if absent else ''}; expected features of every clip that was scored.")
    torch.set_num_threads(1)
    net = EdgePlan.load(args.edge)
    output = net.file.tensors[net.file.output]
    silence = np.load(args.silence)[-1] if args.silence else None
    found = clip_scores(net, [np.load(args.features / name) for name in names], silence)
    steps, clips = 0, 0
    for name, scores in zip(names, found):
        expected = np.rint(np.load(args.scores / name) / output.scale).astype(int) + output.zero_point
        same = scores.shape == expected.shape and np.array_equal(scores, expected)
        steps, clips = steps + len(expected), clips + (not same)
        if not same and clips <= 10:
            print(f"{name}: {list(scores.shape)} here, {list(expected.shape)} on the device"
                  + (f", up to {np.abs(scores - expected).max()} steps apart" if scores.shape == expected.shape else ""), file=sys.stderr)
    print(f"{args.edge.name}: {len(names) - clips} of {len(names)} clips have the device's scores to the bit ({steps} steps of {output.shape[-1]})")
    sys.exit(1 if clips else 0)


if __name__ == "__main__":
    main()

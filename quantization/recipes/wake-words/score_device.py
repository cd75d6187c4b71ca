"""Scores of recordings by the device's own program, as evaluate.py reads them.

    score_device.py --edge artifacts/host/edge --model wake-words.edge --recordings FOLDER --out FOLDER

Runs `edge run --scores --json` over FOLDER/*.wav and writes OUT/NAME.npy, float32 [steps, 6], one row every 20 ms.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from pathlib import Path

import numpy as np

from evaluate import LABELS

FILES_A_RUN = 100


def score(edge: Path, model: Path, recordings: list[Path]) -> dict[str, np.ndarray]:
    """Returns the scores of each recording by its path."""
    command = [str(edge), "run", "--model", str(model), "--scores", "--json", *map(str, recordings)]
    rows: dict[str, list[list[float]]] = {}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or []:
            entry = json.loads(line)
            if "scores" in entry:
                rows.setdefault(entry["file"], []).append([entry["scores"][label] for label in LABELS])
    if process.returncode != 0:
        raise SystemExit(f"edge run ended with exit code {process.returncode}")
    return {file: np.array(scores, np.float32) for file, scores in rows.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edge", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--recordings", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    recordings = sorted(args.recordings.glob("*.wav"))
    for first in range(0, len(recordings), FILES_A_RUN):
        for file, scores in score(args.edge, args.model, recordings[first: first + FILES_A_RUN]).items():
            np.save(args.out / f"{Path(file).stem}.npy", scores)


if __name__ == "__main__":
    main()

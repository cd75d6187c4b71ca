"""Prints float and int8 accuracy of every fold from what `edgec evaluate --json` wrote; exit code 1 where int8 loses more than a point in the mean.

    report.py FOLDER

FOLDER holds fold-1.json to fold-4.json, and the same of scratch, hard, seed2 and qat where those were measured. Also prints what is taken for what, of all folds.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from pathlib import Path

from data import FOLDS


KINDS = (
    ("scratch", "from scratch"), ("hard", "augmented clips, labels alone"), ("fold", "distilled"), ("seed2", "distilled, another seed"),
    ("qat", "distilled, trained on in int8"),
)


def print_confusion(folder: Path) -> None:
    """What the distilled int8 networks take for what, summed over the folds: all pairs that occur three times or more."""
    results = [json.loads((folder / f"fold-{fold}.json").read_text()) for fold in FOLDS]
    labels = results[0]["labels"]
    pairs = [
        (sum(result["models"][1]["confusion"][i][j] for result in results), label, answer)
        for i, label in enumerate(labels) for j, answer in enumerate(labels) if i != j
    ]
    print("most often taken for another, int8: " + ", ".join(f"{label} for {answer} {count}" for count, label, answer in sorted(pairs, reverse=True) if count > 2))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    missed = False
    for name, title in KINDS:
        if not (folder / f"{name}-1.json").exists():
            continue
        results = [json.loads((folder / f"{name}-{fold}.json").read_text())["models"] for fold in FOLDS]
        means = []
        for model, engine in enumerate(("float", "int8")[: len(results[0])]):
            values = [100 * result[model]["accuracy"] for result in results]
            means.append(statistics.mean(values))
            print(f"{title}, {engine}: {means[-1]:.2f} % +- {statistics.stdev(values):.2f} over the folds ({', '.join(f'{value:.2f}' for value in values)})")
        missed |= means[0] - means[-1] > 1
    print_confusion(folder)
    sys.exit(missed)


if __name__ == "__main__":
    main()

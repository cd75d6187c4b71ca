"""Prints float and int8 accuracy of every fold from what `edgec evaluate --json` wrote; exit code 1 where int8 loses more than a point in the mean.

    report.py FOLDER

FOLDER holds scratch-1.json to scratch-4.json and fold-1.json to fold-4.json, and where networks were trained on, qat-1.json to qat-4.json.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from pathlib import Path

from data import FOLDS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    missed = False
    for name, title in (("scratch", "from scratch"), ("fold", "distilled"), ("qat", "distilled, trained on in int8")):
        if not (folder / f"{name}-1.json").exists():
            continue
        results = [json.loads((folder / f"{name}-{fold}.json").read_text())["models"] for fold in FOLDS]
        means = []
        for model, engine in enumerate(("float", "int8")[: len(results[0])]):
            values = [100 * result[model]["accuracy"] for result in results]
            means.append(statistics.mean(values))
            print(f"{title}, {engine}: {means[-1]:.2f} % +- {statistics.stdev(values):.2f} over the folds ({', '.join(f'{value:.2f}' for value in values)})")
        missed |= means[0] - means[-1] > 1
    sys.exit(missed)


if __name__ == "__main__":
    main()

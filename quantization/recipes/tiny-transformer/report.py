"""Prints float and int8 accuracy of every fold from what `edgec evaluate --json` wrote; exit code 1 where int8 loses more than a point in the mean.

    report.py FOLDER

FOLDER holds fold-1.json to fold-4.json, scratch-1.json to scratch-4.json.
"""

from __future__ import annotations

import json
import statistics
import sys
from pathlib import Path

from data import FOLDS


def main() -> None:
    missed = False
    for name, title in (("scratch", "from scratch"), ("fold", "distilled")):
        results = [json.loads((Path(sys.argv[1]) / f"{name}-{fold}.json").read_text()) for fold in FOLDS]
        accuracies = [[100 * result["models"][model]["accuracy"] for result in results] for model in (0, 1)]
        for engine, values in zip(("float", "int8"), accuracies):
            print(f"{title}, {engine}: {statistics.mean(values):.2f} % +- {statistics.stdev(values):.2f} over the folds ({', '.join(f'{v:.2f}' for v in values)})")
        missed |= statistics.mean(accuracies[0]) - statistics.mean(accuracies[1]) > 1
    sys.exit(missed)


if __name__ == "__main__":
    main()

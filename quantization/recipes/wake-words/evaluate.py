"""Missed words and false accepts from score arrays, with 95 % intervals.

    evaluate.py --manifest manifest.json --scores FOLDER [--smoothing 20] [--json FILE]

FOLDER holds NAME.npy, [steps, 6], probabilities (or int8, as the device's program writes them) every 20 ms, from
score.py or from the device. The detector is a copy of the device's: the mean of the last `smoothing` scores of a word, a
threshold, and a refractory second.
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path

import numpy as np

LABELS = ["other", "alexa", "computer", "jarvis", "smart mirror", "snowboy"]
STEP_S = 0.02
REFRACTORY_S = 1.0
LATE_S = 1.0  # an event counts for a word from the word's start to this long after its end
RATES = (0.1, 0.5, 1.0)


def wilson(missed: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927)."""
    z, p = 1.96, missed / total
    centre = (p + z * z / (2 * total)) / (1 + z * z / total)
    half = z * math.sqrt(p * (1 - p) / total + z * z / (4 * total * total)) / (1 + z * z / total)
    return max(0.0, centre - half), min(1.0, centre + half)


def poisson(count: int) -> tuple[float, float]:
    """The exact 95 % interval of a Poisson count (Garwood 1936), by bisection."""
    def cumulative(k: int, mean: float) -> float:
        return sum(math.exp(-mean + i * math.log(mean) - math.lgamma(i + 1)) for i in range(k + 1)) if mean else 1.0

    def solve(k: int, target: float) -> float:
        low, high = 1e-9, 10.0 * (k + 5)
        for _ in range(80):
            middle = (low + high) / 2
            low, high = (middle, high) if cumulative(k, middle) > target else (low, middle)
        return low

    return (0.0 if count == 0 else solve(count - 1, 0.975)), solve(count, 0.025)


def smooth(scores: np.ndarray, steps: int) -> np.ndarray:
    """Causal mean over `steps`, [steps, classes]; before the first score there were zeros."""
    total = np.cumsum(np.vstack([np.zeros((steps, scores.shape[1])), scores.astype(np.float64)]), axis=0)
    return (total[steps:] - total[:-steps]) / steps


def load(path: Path) -> np.ndarray:
    """Scores as probabilities; int8 scores have scale 1/256 and zero point -128."""
    scores = np.load(path)
    return (scores.astype(np.float32) + 128) / 256 if scores.dtype == np.int8 else scores


def events(smoothed: np.ndarray, thresholds: np.ndarray, smoothing: int) -> list[tuple[int, int]]:
    """Returns (step, label) for every event, as sdk/Edge/Detection/KeywordDetector.cs finds them: an event empties the
    average, and its word stays mute for the refractory time and until its average has been below the threshold."""
    words, limits = smoothed[:, 1:], thresholds[1:]
    above = words >= limits
    found: list[tuple[int, int]] = []
    ready = smoothing - 1  # the first step with a full window
    mute: dict[int, int] = {}  # word to the end of its refractory time
    for step in np.flatnonzero(above.any(axis=1)).tolist():
        if step < ready:
            continue
        word = int(np.where(above[step], words[step], -1.0).argmax())
        if word in mute:
            since = max(mute[word], ready)
            if not (words[since:step, word] < limits[word]).any():
                continue
            del mute[word]
        found.append((step, 1 + word))
        mute[word] = step + round(REFRACTORY_S / STEP_S)
        ready = step + smoothing
    return found


def count(entries: list[dict], scores: dict[str, np.ndarray], thresholds: np.ndarray, smoothing: int) -> dict:
    """Counts words, missed words, events that belong to no word and seconds, by condition and by word."""
    result: dict = {}
    for entry in entries:
        row = result.setdefault(entry["condition"], {"words": 0, "missed": 0, "false": 0, "seconds": 0.0,
                                                     "missed_by_word": [0] * len(LABELS),
                                                     "false_by_word": [0] * len(LABELS)})
        row["seconds"] += entry["seconds"]
        found = events(scores[entry["name"]], thresholds, smoothing)
        used: set[int] = set()
        for label, start_s, end_s in entry["words"]:
            match = [i for i, (step, event) in enumerate(found)
                     if event == label and i not in used and start_s <= step * STEP_S <= end_s + LATE_S]
            used.update(match[:1])
            row["words"] += 1
            row["missed"] += not match
            row["missed_by_word"][label] += not match
        for i, (_, event) in enumerate(found):
            if i not in used:
                row["false"] += 1
                row["false_by_word"][event] += 1
    return result


def threshold_for(rate: float, negatives: list[dict], scores: dict[str, np.ndarray], smoothing: int) -> float:
    """The lowest threshold, the same for all words, with at most `rate` false accepts an hour on `negatives`."""
    hours = sum(e["seconds"] for e in negatives) / 3600
    for threshold in np.arange(0.2, 1.0, 0.005):
        rows = count(negatives, scores, np.full(len(LABELS), threshold), smoothing)
        if sum(r["false"] for r in rows.values()) / hours <= rate:
            return float(threshold)
    return 1.0


def report(entries: list[dict], scores: dict[str, np.ndarray], smoothing: int) -> list[dict]:
    """Prints the table and returns its rows."""
    negatives = [e for e in entries if e["condition"].startswith("negative")]
    hours = sum(e["seconds"] for e in negatives) / 3600
    print(f"{hours:.2f} h without a wake word")
    table = []
    for rate in RATES:
        threshold = threshold_for(rate, negatives, scores, smoothing)
        rows = count(entries, scores, np.full(len(LABELS), threshold), smoothing)
        accepts = sum(r["false"] for c, r in rows.items() if c.startswith("negative"))
        low, high = poisson(accepts)
        print(f"\n{rate}/h: threshold {threshold:.3f}, {accepts} false accepts, {accepts / hours:.2f}/h "
              f"[{low / hours:.2f}, {high / hours:.2f}]")
        for condition, row in rows.items():
            if row["words"]:
                low, high = wilson(row["missed"], row["words"])
                by_word = dict(zip(LABELS[1:], row["missed_by_word"][1:]))
                print(f"  {condition:6} missed {row['missed']:3} of {row['words']} = "
                      f"{100 * row['missed'] / row['words']:.2f} % [{100 * low:.2f}, {100 * high:.2f}]  {by_word} "
                      f"events beside a word: {row['false']}")
            else:
                print(f"  {condition}: {row['false']} in {row['seconds'] / 3600:.2f} h "
                      f"{dict(zip(LABELS[1:], row['false_by_word'][1:]))}")
        table.append({"rate_per_hour": rate, "threshold": threshold, "rows": rows})
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--manifest", type=Path, required=True)
    parser.add_argument("--scores", type=Path, required=True)
    parser.add_argument("--smoothing", type=int, default=20, help="steps")
    parser.add_argument("--json", type=Path, help="writes the table")
    parser.add_argument("--detection", type=Path, help="writes the detector's settings for 0.5 false accepts an hour")
    args = parser.parse_args()
    entries = json.loads(args.manifest.read_text())
    scores = {e["name"]: smooth(load(args.scores / f"{e['name']}.npy"), args.smoothing) for e in entries}
    table = report(entries, scores, args.smoothing)
    if args.json:
        args.json.write_text(json.dumps(table, indent=1))
    if args.detection:
        threshold = next(row["threshold"] for row in table if row["rate_per_hour"] == 0.5)
        settings = {"kind": "keyword", "thresholds": [1.0] + [round(threshold, 3)] * (len(LABELS) - 1),
                    "background": [0], "smoothingMs": round(args.smoothing * STEP_S * 1000), "consecutiveHits": 1,
                    "refractoryMs": round(REFRACTORY_S * 1000), "wordMs": 700, "warmUpMs": 0}
        args.detection.write_text(json.dumps(settings, indent=1) + "\n")


if __name__ == "__main__":
    main()

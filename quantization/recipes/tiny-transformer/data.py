"""The clips, their folds, and what a network is trained and judged on.

A clip is 5 s at 16 kHz. `edgec features --concat` writes the features of many clips end to end, [clips * FRAMES, BINS] int32,
and beside it which recording begins where.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

RATE_HZ = 16_000
SAMPLES = 5 * RATE_HZ
FRAMES, BINS = 248, 40  # 5 s, a frame every 20 ms (front-end.json)
FOLDS = (1, 2, 3, 4)
NO_FOLD = -1  # of clips that have none of the labels, and that every network may be trained on
HELD_OUT_NOISE = {"kitchen", "doing_the_dishes"}  # never trained on: false events are counted in them
LABELS = ["dog", "rain", "sea_waves", "crying_baby", "clock_tick", "sneezing", "helicopter", "chainsaw", "rooster", "crackling_fire"]
FRACTION = 65_536.0  # log-mel features are natural logarithms with 16 fractional bits
SILENCE = math.log(1e-3)  # the front end's floor


@dataclass(frozen=True)
class Place:
    """Where a clip is from: its fold, 1 to 4, and the number of its label."""

    fold: int
    label: int

    @staticmethod
    def of(path: str) -> Place:
        """Of a path that ends in fold{n}/{label}/{name}."""
        fold, label, _ = Path(path).parts[-3:]
        return Place(int(fold.removeprefix("fold")), LABELS.index(label))


def read_rows(path: Path) -> tuple[np.ndarray, list[dict]]:
    """Returns what `edgec ... --concat` wrote: rows [rows, columns], and the index of recordings."""
    return np.load(path), json.loads(path.with_suffix(".json").read_text())


def read_sound(path: Path) -> dict[str, np.ndarray]:
    """Returns int16 samples by recording, from what `edgec features --front-end pcm --concat` wrote."""
    rows, index = read_rows(path)
    return {entry["file"]: rows[entry["start"]: entry["start"] + entry["frames"]].reshape(-1) for entry in index}


def read_features(path: Path) -> tuple[np.ndarray, list[str]]:
    """Returns (features float32 [clips, FRAMES, BINS] in nat, the recordings' paths); what is short ends in silence, what is long is cut."""
    rows, index = read_rows(path)
    features = np.full((len(index), FRAMES, BINS), SILENCE, np.float32)
    for clip, entry in zip(features, index):
        frames = min(FRAMES, entry["frames"])
        clip[:frames] = rows[entry["start"]: entry["start"] + frames] / FRACTION
    np.maximum(features, SILENCE, out=features)  # where the features were computed with a lower floor
    return features, [entry["file"] for entry in index]


@dataclass(frozen=True)
class Clips:
    """Features [clips, FRAMES, BINS], the fold of each, how much of each label is in it [clips, labels], and its number in the file."""

    features: np.ndarray
    folds: np.ndarray
    shares: np.ndarray
    numbers: np.ndarray

    @staticmethod
    def recorded(path: Path) -> Clips:
        """The publisher's clips; folds and labels are those of their paths."""
        features, files = read_features(path)
        places = [Place.of(file) for file in files]
        shares = np.eye(len(LABELS), dtype=np.float32)[[place.label for place in places]]
        return Clips(features, np.array([place.fold for place in places]), shares, np.arange(len(files)))

    @staticmethod
    def augmented(path: Path, items: Path) -> Clips:
        """What augment.py made, and its items.json."""
        features, files = read_features(path)
        described = json.loads(items.read_text())
        shares = np.zeros((len(files), len(LABELS)), np.float32)
        for row, file in zip(shares, files):
            for label, share in described[Path(file).stem]["shares"].items():
                row[int(label)] = share
        return Clips(features, np.array([described[Path(file).stem]["fold"] for file in files]), shares, np.arange(len(files)))

    def where(self, chosen: np.ndarray) -> Clips:
        """Those of a mask or of numbers."""
        return Clips(self.features[chosen], self.folds[chosen], self.shares[chosen], self.numbers[chosen])

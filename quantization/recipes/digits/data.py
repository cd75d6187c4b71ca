"""The clips, their split, and batches of augmented feature windows.

A folder of features holds {digit}_{speaker}_{n}.npy, int16 [frames, 32], 64 * ln, as `edgec features` writes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

FRAMES, BINS = 50, 32  # 1 s, a frame every 20 ms
FRACTION = 64.0
LABELS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


@dataclass(frozen=True)
class Clip:
    """A recording's name without extension and what is said in it."""

    name: str
    digit: int
    number: int

    @staticmethod
    def of(name: str) -> Clip:
        digit, _, number = name.split("_")
        return Clip(name, int(digit), int(number))

    @property
    def is_test(self) -> bool:
        """Every fifth clip of a speaker and digit: the same voices in training and test, other recordings."""
        return self.number % 5 == 0

    @property
    def is_calibration(self) -> bool:
        """250 of the training clips: every tenth of a speaker and digit."""
        return self.number % 10 == 1


def clips(folder: Path, suffix: str) -> list[Clip]:
    """Returns the clips of a folder in order of their names."""
    found = [Clip.of(path.stem) for path in sorted(folder.glob(f"*{suffix}"))]
    if not found:
        raise SystemExit(f"{folder} holds no {suffix} files; expected {{digit}}_{{speaker}}_{{n}}{suffix}.")
    return found


def window(features: np.ndarray, start: int = 0) -> np.ndarray:
    """Returns [FRAMES, BINS]: features from frame `start` on; zeros around, as silence is for the `micro` front end."""
    result = np.zeros((FRAMES, BINS), np.float32)
    taken = features[: FRAMES - start]
    result[start: start + len(taken)] = taken
    return result


def load(folder: Path, test: bool) -> tuple[list[np.ndarray], np.ndarray]:
    """Returns (features float32 [frames, BINS] in nat, labels [clips]) of the test or the training clips."""
    chosen = [clip for clip in clips(folder, ".npy") if clip.is_test == test]
    features = [np.load(folder / f"{clip.name}.npy").astype(np.float32) / FRACTION for clip in chosen]
    return features, np.array([clip.digit for clip in chosen])


def windows(features: list[np.ndarray]) -> Tensor:
    """Returns [clips, FRAMES, BINS]: each clip from its start."""
    return torch.from_numpy(np.stack([window(one) for one in features]))


def augmented(features: list[np.ndarray], rng: np.random.Generator) -> Tensor:
    """Returns [clips, FRAMES, BINS]: shifted in time, bin and level, a few frames and bins masked."""
    batch = np.stack([augment(one, rng) for one in features])
    return torch.from_numpy(batch)


def augment(features: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One clip's window [FRAMES, BINS]."""
    cut = int(rng.integers(0, 1 + len(features) // 10))
    features = features[cut:]
    room = FRAMES - len(features)
    x = window(features, int(rng.integers(0, room + 1)) if room > 0 and rng.random() < 0.7 else 0)
    x = x @ bin_warp(rng.uniform(-1, 1), rng.uniform(0.96, 1.04))
    x = np.maximum(np.where(x > 0, x + np.float32(rng.normal(0, 0.3)), x), 0)
    for _ in range(int(rng.integers(0, 3))):
        bin_, width = int(rng.integers(0, BINS)), int(rng.integers(1, 5))
        x[:, bin_: bin_ + width] = 0
    for _ in range(int(rng.integers(0, 3))):
        frame, length = int(rng.integers(0, FRAMES)), int(rng.integers(1, 5))
        x[frame: frame + length] = 0
    return x


def bin_warp(shift: float, scale: float) -> np.ndarray:
    """Returns a matrix [BINS in, BINS out] that reads bin b at scale * b + shift by linear interpolation."""
    at = np.clip(np.arange(BINS) * scale + shift, 0, BINS - 1.001)
    low = at.astype(int)
    matrix = np.zeros((BINS, BINS), np.float32)
    matrix[low, np.arange(BINS)] = 1 - (at - low)
    matrix[low + 1, np.arange(BINS)] += at - low
    return matrix

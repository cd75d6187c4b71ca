"""Training examples: feature sequences of whole streams with a label for every step of 20 ms.

A folder of examples holds features/NAME.npy (int16, 64 * ln, [frames, 40], as `edgec features` writes them) and
words.json (NAME to [label, start, end] in samples).
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

STEP_SAMPLES = 320
FRACTION = 64.0  # features are 64 * ln
IGNORE = -1
CROP_FRAMES = 1024
UNSEEN_STEPS = 50  # at the start of a crop, where the word may have begun before it

# The score of a word should be high from 80 ms before the word's end to 320 ms after it; a margin around is left free.
BEFORE_END_S, AFTER_END_S, FREE_AFTER_S = 0.08, 0.32, 0.5


def step_labels(words: list[list[int]], steps: int) -> np.ndarray:
    """Returns int8 labels [steps]: a word's label near its end, 0 elsewhere, IGNORE where either would do."""
    labels = np.zeros(steps, np.int8)

    def step(samples: float) -> int:
        return int(np.clip(round(samples / STEP_SAMPLES), 0, steps))

    for label, start, end in words:
        begin = end - BEFORE_END_S * 16000
        free = slice(step(min(start + 0.45 * (end - start), begin)), step(end + FREE_AFTER_S * 16000))
        labels[free] = np.where(labels[free] > 0, labels[free], IGNORE)
        labels[step(begin):step(end + AFTER_END_S * 16000)] = label
    return labels


def load_examples(folders: list[Path]) -> tuple[np.ndarray, np.ndarray]:
    """Returns (features int16 [streams, frames, 40], labels int8 [streams, frames / 2]) of every folder."""
    features, labels = [], []
    for folder in folders:
        words = json.loads((folder / "words.json").read_text())
        for name in sorted(words):
            sequence = np.load(folder / "features" / f"{name}.npy")
            features.append(sequence)
            labels.append(step_labels(words[name], len(sequence) // 2))
    return np.stack(features), np.stack(labels)


def sample(features: np.ndarray, labels: np.ndarray, size: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Returns `size` random crops: augmented features [size, CROP_FRAMES, 40] in nat, labels [size, CROP_FRAMES / 2]."""
    x = np.empty((size, CROP_FRAMES, features.shape[2]), np.float32)
    y = np.empty((size, CROP_FRAMES // 2), np.int64)
    for i in range(size):
        stream = int(rng.integers(len(features)))
        step = int(rng.choice([0, rng.integers(0, (features.shape[1] - CROP_FRAMES) // 2 + 1)], p=[0.35, 0.65]))
        x[i] = features[stream, 2 * step: 2 * step + CROP_FRAMES]
        y[i] = labels[stream, step: step + CROP_FRAMES // 2]
        if step > 0:
            y[i, :UNSEEN_STEPS] = IGNORE
    return augment(torch.from_numpy(x / FRACTION), rng), torch.from_numpy(y)


def augment(batch: Tensor, rng: np.random.Generator) -> Tensor:
    """Warps the bins (another vocal tract), shifts the level and masks bins and frames. [batch, frames, 40], nat."""
    size, frames, bins = batch.shape
    warps = np.zeros((size, bins, bins), np.float32)
    for i in range(size):
        warps[i] = bin_warp(bins, rng.uniform(-1.6, 1.6), rng.uniform(0.95, 1.05))
    batch = torch.bmm(batch, torch.from_numpy(warps))
    level = torch.from_numpy(rng.normal(0, 0.25, (size, 1, 1)).astype(np.float32))
    batch = torch.relu(torch.where(batch > 0, batch + level, batch))
    for i in range(size):
        for _ in range(int(rng.integers(0, 3))):
            width = int(rng.integers(1, 6))
            first = int(rng.integers(0, bins - width))
            begin = int(rng.integers(0, frames))
            batch[i, begin: begin + int(rng.integers(200, 1200)), first: first + width] = 0
        for _ in range(int(rng.integers(0, 12))):
            begin = int(rng.integers(0, frames))
            batch[i, begin: begin + int(rng.integers(2, 9))] = 0
    return batch


def bin_warp(bins: int, shift: float, scale: float) -> np.ndarray:
    """Returns a matrix [bins in, bins out] that reads bin b at scale * b + shift by linear interpolation."""
    at = np.clip(np.arange(bins) * scale + shift, 0, bins - 1.001)
    low = at.astype(int)
    matrix = np.zeros((bins, bins), np.float32)
    matrix[low, np.arange(bins)] = 1 - (at - low)
    matrix[low + 1, np.arange(bins)] += at - low
    return matrix

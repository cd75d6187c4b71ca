"""Targets of the masked prediction: k-means clusters of what is heard in frames of 20 ms.

Two codebooks: `spectrum`, cepstra and their slopes relative to the clip's own mean and deviation, which is mostly what is said, and
`level`, the slow cepstra as they are, which is how it is said.
"""

from __future__ import annotations

import numpy as np
from scipy.fft import dct

from model import STRIDE

CODEBOOKS = {"spectrum": 128, "level": 48}


def slope(x: np.ndarray) -> np.ndarray:
    """Regression over five frames, as of delta cepstra."""
    padded = np.pad(x, ((2, 2), (0, 0)), "edge")
    return (2 * (padded[4:] - padded[:-4]) + padded[3:-1] - padded[1:-3]) / 10


def described(features: np.ndarray, owner: np.ndarray) -> dict[str, np.ndarray]:
    """Returns for each codebook float32 [frames / 2, values] of features [frames, 40] whose frames belong to clips `owner`."""
    cepstra = dct(features, type=2, norm="ortho", axis=1)[:, :13].astype(np.float32)
    spectrum = np.empty((len(cepstra), 39), np.float32)
    for begin, end in runs(owner):
        clip = cepstra[begin:end]
        clip = (clip - clip.mean(0)) / (clip.std(0) + 0.5)
        first = slope(clip)
        spectrum[begin:end] = np.concatenate([clip, 1.5 * first, 1.5 * slope(first)], 1)
    level = cepstra[:, :5] / cepstra[:, :5].std(0)
    return {"spectrum": spectrum[::STRIDE], "level": np.concatenate([level, 2 * slope(level)], 1)[::STRIDE]}


def runs(owner: np.ndarray) -> list[tuple[int, int]]:
    """The [begin, end) of every clip in a stream."""
    edges = np.concatenate([[0], np.flatnonzero(np.diff(owner)) + 1, [len(owner)]])
    return list(zip(edges[:-1].tolist(), edges[1:].tolist()))


def nearest(x: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """The number of the nearest centre, [rows]."""
    half_norms = 0.5 * (centres**2).sum(1)
    return np.concatenate([(part @ centres.T - half_norms).argmax(1) for part in np.array_split(x, max(1, len(x) // 20000))])


def k_means(x: np.ndarray, count: int, rng: np.random.Generator, rounds: int = 20, rows: int = 60000) -> np.ndarray:
    """Returns centres [count, values] after Lloyd's rounds on at most `rows` of the rows; an empty cluster begins anew at a random row."""
    chosen = x[rng.choice(len(x), min(rows, len(x)), replace=False)]
    centres = chosen[rng.choice(len(chosen), count, replace=False)].copy()
    for _ in range(rounds):
        assigned = nearest(chosen, centres)
        sizes = np.bincount(assigned, minlength=count)
        sums = np.zeros_like(centres)
        np.add.at(sums, assigned, chosen)
        full = sizes > 0
        centres[full] = sums[full] / sizes[full, None]
        centres[~full] = chosen[rng.choice(len(chosen), int((~full).sum()))]
    return centres


def targets(features: np.ndarray, owner: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Returns the clusters int64 [codebooks, frames / 2]."""
    return np.stack([nearest(x, k_means(x, CODEBOOKS[name], rng)) for name, x in described(features, owner).items()])

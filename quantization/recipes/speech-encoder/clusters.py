"""Targets of the teacher: k-means clusters of what is heard every 20 ms.

Three codebooks: `spectrum`, cepstra and their slopes relative to the clip's own mean and deviation, and `context`, such cepstra now and 40 ms
before and after, which are mostly what is said; and `level`, the slow cepstra as they are, which is how it is said.
"""

from __future__ import annotations

import numpy as np
from scipy.fft import dct

from model import STRIDE

CODEBOOKS = {"spectrum": 128, "level": 48, "context": 384}
CONTEXT = 4  # frames of 10 ms to either side


def slope(x: np.ndarray) -> np.ndarray:
    """Regression over five frames, as of delta cepstra."""
    padded = np.pad(x, ((2, 2), (0, 0)), "edge")
    return (2 * (padded[4:] - padded[:-4]) + padded[3:-1] - padded[1:-3]) / 10


def cepstra_of(features: np.ndarray) -> np.ndarray:
    """The first 13 cepstra, float32 [frames, 13]."""
    return dct(features, type=2, norm="ortho", axis=1)[:, :13].astype(np.float32)


def by_spectrum(features: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """Cepstra relative to the clip's mean and deviation, their slopes and the slopes' slopes, [frames / 2, 39]."""
    cepstra, found = cepstra_of(features), []
    for begin, end in runs(owner):
        clip = cepstra[begin:end]
        clip = (clip - clip.mean(0)) / (clip.std(0) + 0.5)
        first = slope(clip)
        found.append(np.concatenate([clip, 1.5 * first, 1.5 * slope(first)], 1))
    return np.concatenate(found)[::STRIDE]


def by_level(features: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """The first five cepstra as they are and their slopes, [frames / 2, 10]."""
    level = cepstra_of(features)[:, :5]
    level = level / level.std(0)
    return np.concatenate([level, 2 * slope(level)], 1)[::STRIDE]


def by_context(features: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """Cepstra relative to the mean and deviation of the clip's loud frames, now, before and after, [frames / 2, 39]."""
    cepstra, found = cepstra_of(features), []
    for begin, end in runs(owner):
        clip = cepstra[begin:end]
        weights = np.maximum(clip[:, :1] - np.percentile(clip[:, :1], 20), 0) + 0.1
        mean = (weights * clip).sum(0) / weights.sum()
        clip = (clip - mean) / (np.sqrt((weights * (clip - mean) ** 2).sum(0) / weights.sum()) + 0.5)
        at = np.clip(np.arange(len(clip))[:, None] + [-CONTEXT, 0, CONTEXT], 0, len(clip) - 1)
        found.append(clip[at].reshape(len(clip), -1))
    return np.concatenate(found)[::STRIDE]


DESCRIBED = {"spectrum": by_spectrum, "level": by_level, "context": by_context}


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


def targets(features: np.ndarray, owner: np.ndarray, codebooks: list[str], rng: np.random.Generator) -> np.ndarray:
    """Returns the clusters int64 [codebooks, frames / 2]."""
    found = []
    for name in codebooks:
        x = DESCRIBED[name](features, owner)
        found.append(nearest(x, k_means(x, CODEBOOKS[name], rng)))
    return np.stack(found)

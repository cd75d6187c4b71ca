"""Changes of log-mel features [frames, bins] that leave their label alone, on real values (natural logarithm).

A recipe composes those that suit its task, for one clip at a time:

    x = gain(vocal_tract(time_shift(features, 50, rng), rng, limit=0.1), rng, deviation=0.3)
    x = mask(x, rng, frames=8, bins=6)
"""

from __future__ import annotations

import numpy as np


def time_shift(features: np.ndarray, frames: int, rng: np.random.Generator, silence: float = 0.0) -> np.ndarray:
    """A window of `frames` that holds the clip at a random place; of a longer clip a random part."""
    spare = len(features) - frames
    if spare >= 0:
        start = int(rng.integers(0, spare + 1))
        return features[start:start + frames].astype(np.float32)
    window = np.full((frames, features.shape[1]), silence, np.float32)
    start = int(rng.integers(0, 1 - spare))
    window[start:start + len(features)] = features
    return window


def gain(features: np.ndarray, rng: np.random.Generator, deviation: float = 0.3, floor: float = 0.0) -> np.ndarray:
    """Louder or quieter by a normal deviate in nat; what is at the floor, silence, stays there."""
    return np.where(features > floor, np.maximum(features + np.float32(rng.normal(0, deviation)), floor), features).astype(np.float32)


def vocal_tract(features: np.ndarray, rng: np.random.Generator, limit: float = 0.1, knee: float = 0.85) -> np.ndarray:
    """Another length of the vocal tract: bins are read at their place times a factor within 1 +- limit (Jaitly, Hinton 2013).

    From the share `knee` of the bins on, the factor goes back to 1, so that the last bin stays the last. On a mel scale a factor of frequency is
    not one of bins; for the small factors of voices it is near enough.
    """
    bins = features.shape[1]
    factor, turn = rng.uniform(1 - limit, 1 + limit), knee * (bins - 1)
    turn = min(turn, turn / factor)
    at = np.arange(bins)
    beyond = factor * turn + (bins - 1 - factor * turn) * (at - turn) / max(bins - 1 - turn, 1e-9)
    return warp(features, np.where(at <= turn, factor * at, beyond))


def warp(features: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Bins read at the places `at` [bins] by linear interpolation."""
    at = np.clip(at, 0, features.shape[1] - 1)
    low = np.minimum(at.astype(int), features.shape[1] - 2)
    part = (at - low).astype(np.float32)
    return features[:, low] * (1 - part) + features[:, low + 1] * part


def speed(features: np.ndarray, rng: np.random.Generator, limit: float = 0.1) -> np.ndarray:
    """Faster or slower by a factor within 1 +- limit, pitch unchanged: frames read by linear interpolation."""
    count = max(1, round(len(features) / rng.uniform(1 - limit, 1 + limit)))
    return warp(features.T, np.linspace(0, len(features) - 1, count)).T.copy() if len(features) > 1 else features


def mask(features: np.ndarray, rng: np.random.Generator, frames: int = 8, bins: int = 6, count: int = 2, value: float = 0.0) -> np.ndarray:
    """Up to `count` stretches of up to `frames` frames, and as many of up to `bins` bins, are set to a value (SpecAugment: Park et al. 2019)."""
    x = features.copy()
    for axis, most in ((0, frames), (1, bins)):
        for _ in range(int(rng.integers(0, count + 1))):
            width = int(rng.integers(0, min(most, x.shape[axis]) + 1))
            start = int(rng.integers(0, x.shape[axis] - width + 1))
            x[(slice(None),) * axis + (slice(start, start + width),)] = value
    return x

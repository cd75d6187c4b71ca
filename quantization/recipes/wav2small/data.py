"""EMO-DB's clips, their speakers, and batches of augmented crops of what the lower layers make of them.

A folder of features holds version0/, the recordings as they are, and version1/ .., augmented ones, each with NAME.npy, int32
[frames, 26], 2^16 * ln, as `edgec features` writes them. Characters 1 and 2 of a name are the speaker, 6 is the emotion.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from model import CHANNELS, POOLED_BANDS

FRACTION = 65536.0
LETTERS = "WLEAFTN"  # in the order of model.EMOTIONS
SPEAKERS = ["03", "08", "09", "10", "12", "13", "14", "15"]
CROP = 400  # frames of 4 ms


@dataclass(frozen=True)
class Clip:
    """A recording in its versions, the first as it is: features [frames, 26] or the lower layers' [frames / 2, 13 bands, 13 channels]."""

    name: str
    versions: list[np.ndarray]

    @property
    def speaker(self) -> str:
        return self.name[:2]

    @property
    def emotion(self) -> int:
        return LETTERS.index(self.name[5])


def load(folder: Path, versions: int | None = None) -> list[Clip]:
    """Returns the clips' features, float32 natural logarithms, in order of names, in their first `versions` versions or all of them."""
    folders = sorted(folder.glob("version*"), key=lambda path: int(path.name.removeprefix("version")))[:versions]
    names = sorted(path.stem for path in folders[0].glob("*.npy")) if folders else []
    if not names:
        raise SystemExit(f"{folder} holds no version0/*.npy; expected features as edgec features writes them.")
    return [Clip(name, [(np.load(one / f"{name}.npy") / FRACTION).astype(np.float32) for one in folders]) for name in names]


def load_lower(path: Path) -> list[Clip]:
    """Returns the clips as `lower.py` wrote them, mapped, not read."""
    values = np.load(path, mmap_mode="r")
    index = np.load(path.with_suffix(".index.npz"))
    ends = np.cumsum(index["lengths"], axis=None).reshape(index["lengths"].shape)
    return [Clip(str(name), [values[end - length: end] for end, length in zip(own, lengths)])
            for name, own, lengths in zip(index["names"], ends, index["lengths"])]


def crop(x: np.ndarray, rng: np.random.Generator, frames: int = CROP) -> np.ndarray:
    """A random stretch [frames, ..]; what is shorter lies somewhere among zeros."""
    if len(x) >= frames:
        start = int(rng.integers(0, len(x) - frames + 1))
        return x[start: start + frames].astype(np.float32)
    result = np.zeros((frames, *x.shape[1:]), np.float32)
    start = int(rng.integers(0, frames - len(x) + 1))
    result[start: start + len(x)] = x
    return result


def augmented(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Masks over bands and time (after SpecAugment, Park et al., 2019)."""
    for _ in range(int(rng.integers(0, 3))):
        width = int(rng.integers(1, 3))
        first = int(rng.integers(0, POOLED_BANDS - width + 1))
        x[:, first: first + width] = 0
    for _ in range(int(rng.integers(0, 4))):
        length = int(rng.integers(5, 60))
        begin = int(rng.integers(0, CROP - length))
        x[begin: begin + length] = 0
    return x


def batch(clips: list[Clip], rng: np.random.Generator) -> Tensor:
    """Returns [clips, CHANNELS, CROP, POOLED_BANDS], channels last in memory: of each clip an augmented crop of one of its versions."""
    x = np.stack([augmented(crop(clip.versions[rng.integers(len(clip.versions))], rng), rng) for clip in clips])
    assert x.shape[2:] == (POOLED_BANDS, CHANNELS)
    return torch.from_numpy(x).permute(0, 3, 1, 2)

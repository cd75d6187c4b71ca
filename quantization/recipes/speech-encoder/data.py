"""The clips, which of them the encoder may hear, and random crops of their features.

A folder of features holds digits/, emodb/, negative-speech/ and wake-words/WORD/ with NAME.npy, int32 [frames, 40], 2^16 * ln, as
`edgec features` writes them. The split never depends on the order of a directory: wake words by a hash of the file's name, emodb
and digits by speaker.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

BANDS = 40
WINDOW = 200  # frames of 10 ms that the device hears at once
FRACTION = 65536.0
WORDS = ["alexa", "computer", "jarvis", "smart-mirror", "snowboy"]
DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
EMOTIONS = "WLEAFTN"  # anger, boredom, disgust, fear, happiness, sadness, neutral
# Neither teacher nor student hears these; probes are judged on them.
TEST_DIGIT_SPEAKERS = ("theo", "yweweler")
TEST_EMODB_SPEAKERS = ("12", "13", "14", "15")
TEST_WORD_SHARE = 0.2


@dataclass(frozen=True)
class Clip:
    """A recording: where its features lie, the corpus it belongs to, its class there and its speaker, empty where unknown."""

    path: Path
    corpus: str
    label: int
    speaker: str

    @property
    def is_test(self) -> bool:
        """Whether it is kept from the encoder."""
        if self.corpus == "wake-words":
            return fraction(self.path.stem + ".flac") >= 1 - TEST_WORD_SHARE
        return self.speaker in TEST_DIGIT_SPEAKERS + TEST_EMODB_SPEAKERS

    def features(self) -> np.ndarray:
        """Returns float32 [frames, BANDS], natural logarithms."""
        return np.load(self.path).astype(np.float32) / FRACTION


def fraction(name: str) -> float:
    """Returns a number in [0, 1) that depends on the file's name alone."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") / 2**32


def clips(folder: Path, corpus: str) -> list[Clip]:
    """Returns the clips of a corpus in order of their names."""
    def clip(path: Path) -> Clip:
        if corpus == "wake-words":
            return Clip(path, corpus, WORDS.index(path.parent.name), "")
        if corpus == "digits":
            digit, speaker, _ = path.stem.split("_")
            return Clip(path, corpus, int(digit), speaker)
        if corpus == "emodb":
            return Clip(path, corpus, EMOTIONS.index(path.stem[5]), path.stem[:2])
        return Clip(path, corpus, 0, "")

    found = [clip(path) for path in sorted((folder / corpus).rglob("*.npy"))]
    if not found:
        raise SystemExit(f"{folder / corpus} holds no .npy files; expected features as edgec features writes them.")
    return found


def training_stream(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Returns (features float32 [frames, BANDS] of all training clips end to end, the number [frames] of each frame's clip)."""
    kept = [clip.features() for corpus in ("wake-words", "negative-speech", "digits", "emodb")
            for clip in clips(folder, corpus) if not clip.is_test]
    return np.concatenate(kept), np.repeat(np.arange(len(kept)), [len(one) for one in kept])


def augmented(crop: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Another level and vocal tract: `crop` [frames, BANDS] a little louder or quieter, its bands moved and stretched."""
    x = crop @ band_warp(rng.uniform(-1.0, 1.0), rng.uniform(0.95, 1.05))
    return np.maximum(x + np.float32(rng.normal(0, 0.4)), 0)


def band_warp(shift: float, scale: float) -> np.ndarray:
    """Returns a matrix [BANDS in, BANDS out] that reads band b at scale * b + shift by linear interpolation."""
    at = np.clip(np.arange(BANDS) * scale + shift, 0, BANDS - 1.001)
    low = at.astype(int)
    matrix = np.zeros((BANDS, BANDS), np.float32)
    matrix[low, np.arange(BANDS)] = 1 - (at - low)
    matrix[low + 1, np.arange(BANDS)] += at - low
    return matrix

"""Which recordings there are, which part each belongs to, and where the word lies in a clip.

The split is by a hash of the file's name, so that it never depends on the order of a directory:
wake-word clips 80 % train / 20 % test, negative speech 65 / 35, noises by time (the last 30 % is test), digits, emodb
and prompts by speaker, ESC-10 by fold.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import resample_poly

SAMPLE_RATE_HZ = 16000
LABELS = ["other", "alexa", "computer", "jarvis", "smart mirror", "snowboy"]
WORD_FOLDERS = ["alexa", "computer", "jarvis", "smart-mirror", "snowboy"]

LONGEST_WORD_FRAMES = 135  # of 10 ms
TEST_DIGIT_SPEAKER = "theo"
TEST_EMODB_SPEAKERS = ("03", "16")
TEST_FOLD = "fold4"
# Debian packages of recorded speech: asterisk prompts, and the short descriptions and letters of children's programs.
TRAIN_PROMPTS = ["/usr/share/asterisk/sounds/fr_CA_f_June", "/usr/share/asterisk/sounds/it_IT_m_Carlo",
                 "/usr/share/asterisk/sounds/ru_RU_f_IvrvoiceRU", "/usr/share/tuxpaint/stamps", "/usr/share/klettres"]
TEST_PROMPTS = ["/usr/share/asterisk/sounds/en_US_f_Allison", "/usr/share/asterisk/sounds/es_MX_f_Allison",
                "/usr/share/asterisk/sounds/it_IT_f_Menardi", "/usr/share/asterisk/sounds/fr",
                "/usr/share/asterisk/sounds/es"]


@dataclass
class Clip:
    """A wake word's recording: int16 samples at 16 kHz and the word's place in them, in samples."""

    name: str
    label: int
    samples: np.ndarray
    start: int
    end: int


@dataclass
class Part:
    """One side of the split. Every pool is a list of int16 recordings at 16 kHz."""

    words: list[Clip] = field(default_factory=list)
    synthesized_words: list[Clip] = field(default_factory=list)
    pools: dict[str, list[np.ndarray]] = field(default_factory=dict)


def fraction(name: str) -> float:
    """Returns a number in [0, 1) that depends on the file's name alone."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") / 2**32


def read(path: Path) -> np.ndarray:
    """Reads any sound file as int16 mono at 16 kHz, [samples]."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    mono = samples.mean(axis=1)
    if rate != SAMPLE_RATE_HZ:
        divisor = np.gcd(rate, SAMPLE_RATE_HZ)
        mono = resample_poly(mono, SAMPLE_RATE_HZ // divisor, rate // divisor)
    return np.clip(np.round(mono * 32768), -32768, 32767).astype(np.int16)


def locate_word(samples: np.ndarray) -> tuple[int, int]:
    """Returns (start, end) in samples of the loudest stretch of a clip: frames of 10 ms above a level between the
    clip's floor and its peak, a level that rises until the stretch is no longer than a word can be."""
    hop = SAMPLE_RATE_HZ // 100
    x = np.diff(samples.astype(np.float32), prepend=0.0)  # a first difference: weakens hum and rumble
    frames = x[: len(x) // hop * hop].reshape(-1, hop)
    energy = np.convolve((frames**2).mean(axis=1), np.ones(3) / 3, mode="same")
    level_db = 10 * np.log10(energy + 1e-3)
    floor_db, peak_db = np.percentile(level_db, 15), np.percentile(level_db, 99)
    first, last = 0, len(energy)
    for height in np.arange(0.35, 0.85, 0.05):
        active = level_db > max(floor_db + height * (peak_db - floor_db), peak_db - 30)
        runs = close_gaps(active, shortest=3, gap=22)
        if runs:
            first, last = max(runs, key=lambda run: float(energy[run[0]:run[1]].sum()))
        if last - first <= LONGEST_WORD_FRAMES:
            break
    return first * hop, min(last * hop, len(samples))


def close_gaps(active: np.ndarray, shortest: int, gap: int) -> list[list[int]]:
    """Returns the [first, last) of the runs of true of at least `shortest`, those up to `gap` apart made one."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], active.astype(np.int8), [0]])))
    merged: list[list[int]] = []
    for first, last in zip(edges[::2].tolist(), edges[1::2].tolist()):
        if last - first < shortest:
            continue
        if merged and first - merged[-1][1] <= gap:
            merged[-1][1] = last
        else:
            merged.append([first, last])
    return merged


def read_words(folder: Path, keep: Callable[[str], bool]) -> list[Clip]:
    """Reads the clips of the five word folders whose name passes `keep`."""
    clips: list[Clip] = []
    for label, word in enumerate(WORD_FOLDERS, start=1):
        for path in sorted((folder / word).glob("*.flac")):
            if keep(path.name):
                samples = read(path)
                clips.append(Clip(f"{word}/{path.name}", label, samples, *locate_word(samples)))
    return clips


def read_all(paths: list[Path]) -> list[np.ndarray]:
    """Reads recordings, leaving out what is shorter than 0.2 s or cannot be read."""
    recordings = []
    for path in paths:
        try:
            samples = read(path)
        except (RuntimeError, OSError):
            continue
        if len(samples) >= SAMPLE_RATE_HZ // 5:
            recordings.append(samples)
    return recordings


def prompts(folders: list[str]) -> list[Path]:
    """Recorded speech of Debian packages, in name order; folders that are not installed give nothing."""
    found = [p for folder in folders for p in sorted(Path(folder).rglob("*"))
             if p.suffix in (".wav", ".ogg", ".gsm") and p.is_file()]
    return [p for p in found if "tuxpaint" not in str(p) or "_desc" in p.name]


def load(data: Path, synthesized: Path, train: bool) -> Part:
    """Loads the training part or the test part into memory."""
    part = Part()
    part.words = read_words(data / "wake-words", lambda name: (fraction(name) < 0.8) == train)
    if train:
        part.synthesized_words = read_words(synthesized / "wake-words", lambda name: True)

    def pool(name: str, paths: list[Path]) -> None:
        part.pools[name] = read_all(paths)

    pool("negative", [p for p in sorted((data / "negative-speech").glob("*.flac"))
                      if (fraction(p.name) < 0.65) == train])
    pool("digits", [p for p in sorted((data / "digits").glob("*.flac"))
                    if (p.name.split("_")[1] != TEST_DIGIT_SPEAKER) == train])
    pool("emodb", [p for p in sorted((data / "emodb").glob("*.flac"))
                   if (p.name[:2] not in TEST_EMODB_SPEAKERS) == train])
    pool("esc10", [p for p in sorted((data / "esc10").rglob("*.flac")) if (p.parts[-3] != TEST_FOLD) == train])
    pool("prompts", prompts(TRAIN_PROMPTS if train else TEST_PROMPTS))
    pool("synthesized", sorted((synthesized / ("train" if train else "held-out")).glob("*.flac")))
    if not train:
        pool("confusable", sorted((synthesized / "held-out-confusable").glob("*.flac")))
    noises = read_all(sorted((data / "noise").glob("*.flac")))
    cut = [int(len(n) * 0.7) for n in noises]
    part.pools["noise"] = [n[:c] if train else n[c:] for n, c in zip(noises, cut)]
    return part

"""The held-out recordings as WAV files with a manifest, for evaluate.py and for the device's own program.

    testset.py --data FOLDER --synthesized FOLDER --out FOLDER

OUT/manifest.json lists {"name", "condition", "seconds", "words": [[label, start_s, end_s] ...]}. Conditions: `clean`,
`10 dB`, `5 dB`, `0 dB` (twenty clips one after another; the noise is measured against the words' own power), `alone`
(one clip a file, so that the network starts cold), `negative …`, which hold no wake word, and `confusable`, which holds
words that sound like them.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import soundfile

import augment
import corpus
from corpus import SAMPLE_RATE_HZ, Clip, Part

CLIPS_A_FILE = 20
NEGATIVE_FILE_S = 600
NEGATIVES = ["negative", "prompts", "synthesized", "digits", "emodb", "esc10", "noise"]
CONFUSABLE = "confusable"  # words that sound like wake words: reported, but no measure of a day's false accepts


class Writer:
    """Writes the files and gathers the manifest."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.entries: list[dict] = []

    def add(self, condition: str, samples: np.ndarray, words: list[list]) -> None:
        name = f"{condition.replace(' ', '-')}_{len(self.entries):04d}"
        peak = max(1.0, float(np.abs(samples).max()) / 32000)
        soundfile.write(self.out / f"{name}.wav", (samples / peak).astype(np.int16), SAMPLE_RATE_HZ, subtype="PCM_16")
        self.entries.append({"name": name, "condition": condition, "seconds": len(samples) / SAMPLE_RATE_HZ,
                             "words": words})

    def close(self) -> None:
        (self.out / "manifest.json").write_text(json.dumps(self.entries, indent=0))


def word_entry(clip: Clip, offset: int) -> list:
    return [clip.label, (offset + clip.start) / SAMPLE_RATE_HZ, (offset + clip.end) / SAMPLE_RATE_HZ]


def noisy(clip: Clip, noises: list[np.ndarray], snr_db: float, rng: np.random.Generator) -> np.ndarray:
    """The clip with a stretch of held-out noise, by the word's root mean square against the noise's."""
    x = clip.samples.astype(np.float32)
    noise = augment.crop(noises[int(rng.integers(len(noises)))], len(x), rng).astype(np.float32)
    level = augment.active_rms(x[clip.start:clip.end]) * 10 ** (-snr_db / 20)
    mixed = x + noise * (level / (np.sqrt((noise**2).mean()) + 1e-6))
    return mixed / max(1.0, float(np.abs(mixed).max()) / 32000)


def write_words(part: Part, writer: Writer) -> None:
    rng = np.random.default_rng(11)
    clips = [part.words[i] for i in rng.permutation(len(part.words))]
    for condition, snr_db in [("clean", None), ("10 dB", 10.0), ("5 dB", 5.0), ("0 dB", 0.0)]:
        for first in range(0, len(clips), CLIPS_A_FILE):
            pieces, words, offset = [], [], 0
            for clip in clips[first: first + CLIPS_A_FILE]:
                own = clip.samples.astype(np.float32)
                x = own if snr_db is None else noisy(clip, part.pools["noise"], snr_db, rng)
                words.append(word_entry(clip, offset))
                pieces.append(augment.fade(x))
                offset += len(x)
            pieces.append(np.zeros(SAMPLE_RATE_HZ, np.float32))
            writer.add(condition, np.concatenate(pieces), words)
    for clip in clips:
        tail = np.zeros(SAMPLE_RATE_HZ // 2, np.float32)
        writer.add("alone", np.concatenate([clip.samples.astype(np.float32), tail]), [word_entry(clip, 0)])


def write_negatives(part: Part, writer: Writer) -> None:
    rng = np.random.default_rng(12)
    for name in [*NEGATIVES, CONFUSABLE]:
        condition = name if name == CONFUSABLE else f"negative {name}"
        pool = part.pools[name]
        pieces, length = [], 0
        for index in rng.permutation(len(pool)):
            pieces.append(augment.fade(pool[int(index)].astype(np.float32)))
            pieces.append(np.zeros(int(rng.uniform(0.1, 0.6) * SAMPLE_RATE_HZ), np.float32))
            length += len(pieces[-1]) + len(pieces[-2])
            if length > NEGATIVE_FILE_S * SAMPLE_RATE_HZ:
                writer.add(condition, np.concatenate(pieces), [])
                pieces, length = [], 0
        if pieces:
            writer.add(condition, np.concatenate(pieces), [])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--synthesized", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    part = corpus.load(args.data, args.synthesized, train=False)
    writer = Writer(args.out)
    write_words(part, writer)
    write_negatives(part, writer)
    writer.close()


if __name__ == "__main__":
    main()

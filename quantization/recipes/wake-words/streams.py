"""Endless audio for training, in pieces of 20 s: wake words at random places among speech, noises and silence.

    streams.py --data FOLDER --synthesized FOLDER --out FOLDER --hours 20 --seed 1

writes OUT/000000.wav … and OUT/words.json: for every file the words' labels, starts and ends in samples.
"""

from __future__ import annotations

import argparse
import json
import pickle
from multiprocessing import Pool
from pathlib import Path

import numpy as np
import soundfile

import augment
import corpus
from corpus import SAMPLE_RATE_HZ, Clip, Part

FRAMES = 2048
SAMPLES = 480 + 160 * (FRAMES - 1)  # a whole number of 30 ms windows at a hop of 10 ms
SPEECH_RMS = 0.05

# (pool, share): where what is not a wake word comes from.
NEGATIVES = [("negative", 0.27), ("prompts", 0.25), ("synthesized", 0.30), ("emodb", 0.05), ("digits", 0.05),
             ("esc10", 0.08)]

part: Part  # set before the pool forks, so that the workers share its memory


def to_float(samples: np.ndarray) -> np.ndarray:
    return samples.astype(np.float32) / 32768


def pick(pool: list[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    return pool[int(rng.integers(len(pool)))]


def transmit(x: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, float]:
    """Speed, room and colour of one utterance; returns it with its change of length."""
    stretch = 1.0
    if rng.random() < 0.8:
        x, stretch = augment.change_speed(x, rng)
    if rng.random() < 0.35:
        x = augment.reverberate(x, rng)
    if rng.random() < 0.6:
        x = augment.colour(x, rng)
    return x, stretch


def wake_word(rng: np.random.Generator) -> tuple[np.ndarray, Clip, int, int]:
    """Returns (samples, clip, word start, word end): the whole clip, or the word cut out with a little around it."""
    synthesized = part.synthesized_words and rng.random() < 0.08
    clips = part.synthesized_words if synthesized else part.words
    label = int(rng.integers(1, len(corpus.LABELS)))
    own = [c for c in clips if c.label == label]
    clip = own[int(rng.integers(len(own)))]
    first, last = 0, len(clip.samples)
    if rng.random() < 0.5:
        first = max(0, clip.start - int(rng.uniform(0.03, 0.3) * SAMPLE_RATE_HZ))
        last = min(last, clip.end + int(rng.uniform(0.05, 0.3) * SAMPLE_RATE_HZ))
    x, stretch = transmit(to_float(clip.samples[first:last]), rng)
    start, end = int((clip.start - first) * stretch), int((clip.end - first) * stretch)
    x = x * (SPEECH_RMS / augment.active_rms(x[start:end]))
    return augment.fade(x), clip, start, end


def half_word(rng: np.random.Generator) -> np.ndarray:
    """The first or the last half of a wake word: no wake word."""
    clip = part.words[int(rng.integers(len(part.words)))]
    length = clip.end - clip.start
    if rng.random() < 0.6:
        first, last = max(0, clip.start - 1600), clip.start + int(length * rng.uniform(0.25, 0.5))
    else:
        first, last = clip.start + int(length * rng.uniform(0.5, 0.7)), min(len(clip.samples), clip.end + 1600)
    x, _ = transmit(to_float(clip.samples[first:last]), rng)
    return augment.fade(x * (SPEECH_RMS / augment.active_rms(x)), 320)


def other_sound(rng: np.random.Generator) -> np.ndarray:
    """Speech without a wake word, or a sound event, 0.5 to 6 s."""
    names, shares = zip(*NEGATIVES)
    x = pick(part.pools[str(rng.choice(names, p=shares))], rng)
    length = int(rng.uniform(0.8, 6.0) * SAMPLE_RATE_HZ)
    if len(x) > length:
        x = augment.crop(x, length, rng)
    x, _ = transmit(to_float(x), rng)
    if rng.random() < 0.06:
        x = x[::-1]
    level = SPEECH_RMS * 10 ** (rng.normal(0, 4) / 20)
    return augment.fade(x * (level / augment.active_rms(x)))


def background(rng: np.random.Generator) -> np.ndarray:
    """Noise over a whole stream: a recorded one, an event repeated, coloured noise or many voices."""
    kind = rng.random()
    if kind < 0.45:
        noise = to_float(augment.crop(pick(part.pools["noise"], rng), SAMPLES, rng))
    elif kind < 0.6:
        noise = to_float(augment.crop(pick(part.pools["esc10"], rng), SAMPLES, rng))
    elif kind < 0.8:
        noise = augment.coloured_noise(SAMPLES, rng)
    else:
        noise = np.zeros(SAMPLES, np.float32)
        for _ in range(int(rng.integers(2, 8))):
            voices = part.pools["negative" if rng.random() < 0.5 else "synthesized"]
            x = to_float(augment.crop(pick(voices, rng), SAMPLES, rng))
            noise += x / augment.active_rms(x)
    if rng.random() < 0.5:
        noise = augment.colour(noise, rng)
    return noise / (np.sqrt((noise**2).mean()) + 1e-6)


def make_stream(seed: tuple[int, int]) -> tuple[np.ndarray, list[list[int]]]:
    """Returns (int16 samples [SAMPLES], words as [label, start, end])."""
    rng = np.random.default_rng(seed)
    x = np.zeros(SAMPLES, np.float32)
    words: list[list[int]] = []
    at = int(rng.uniform(0, 0.6) * SAMPLE_RATE_HZ)
    word_share = rng.choice([0.15, 0.45, 0.7])
    while at < SAMPLES - SAMPLE_RATE_HZ // 2:
        kind = rng.random()
        if kind < word_share:
            sound, clip, start, end = wake_word(rng)
            if at + end < SAMPLES:
                words.append([clip.label, at + start, at + end])
        else:
            sound = half_word(rng) if rng.random() < 0.15 else other_sound(rng)
        n = min(len(sound), SAMPLES - at)
        x[at: at + n] += sound[:n]
        gap_s = rng.uniform(0, 0.15) if rng.random() < 0.35 else rng.exponential(0.5)
        at += len(sound) + int(gap_s * SAMPLE_RATE_HZ)
    if rng.random() < 0.75:
        snr_db = rng.uniform(-3, 25)
        x += background(rng) * (SPEECH_RMS * 10 ** (-snr_db / 20))
    x += rng.standard_normal(SAMPLES).astype(np.float32) * 10 ** rng.uniform(-5.5, -3.5)
    peak = float(np.abs(x).max()) + 1e-6
    peak_db = rng.uniform(-15, 2) if rng.random() < 0.75 else rng.uniform(-32, -15)
    gain = 10 ** (peak_db / 20) / peak
    return np.clip(np.round(x * gain * 32767), -32768, 32767).astype(np.int16), words


def write_stream(job: tuple[Path, int, int]) -> list[list[int]]:
    out, seed, index = job
    samples, words = make_stream((seed, index))
    soundfile.write(out / f"{index:06d}.wav", samples, SAMPLE_RATE_HZ, subtype="PCM_16")
    return words


def load_part(data: Path, synthesized: Path, cache: Path) -> Part:
    """The training part, read once and kept in `cache`."""
    if not cache.exists():
        cache.write_bytes(pickle.dumps(corpus.load(data, synthesized, train=True), protocol=5))
    return pickle.loads(cache.read_bytes())


def main() -> None:
    global part
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--synthesized", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--hours", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    part = load_part(args.data, args.synthesized, args.out.parent / "train-part.pickle")
    count = round(args.hours * 3600 * SAMPLE_RATE_HZ / SAMPLES)
    with Pool(args.workers) as pool:
        words = pool.map(write_stream, [(args.out, args.seed, i) for i in range(count)], chunksize=8)
    (args.out / "words.json").write_text(json.dumps({f"{i:06d}": w for i, w in enumerate(words)}))


if __name__ == "__main__":
    main()

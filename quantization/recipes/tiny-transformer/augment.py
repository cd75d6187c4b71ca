"""New clips from the recorded ones: shifted, faster and slower, coloured, quieter, in noise, and two at once; and clips of none of the sounds.

    augment.py --clips clips.npy --noise noise.npy --speech speech.npy --out FOLDER --count 12000 --others 2000 [--seed 1]

Takes samples as `edgec features --front-end pcm --concat` writes them and writes FOLDER/{number}.wav and FOLDER/items.json: of each
new clip its fold and the labels that sound in it, with their share. Both sounds of a mixture are of one fold, so that a network that is
judged on a fold has heard nothing of it. What is behind the first `count` clips is speech and noise: no labels, and no fold. Noise recordings
of HELD_OUT_NOISE are not used: with them false events are counted.
"""

from __future__ import annotations

import argparse
import json
import wave
from pathlib import Path

import numpy as np

from data import FOLDS, HELD_OUT_NOISE, NO_FOLD, RATE_HZ, SAMPLES, Place, read_sound

MIXTURES = 0.35  # share of clips with two sounds
NOISY = 0.35  # share of clips with noise
SPEECH = 0.7  # share of the clips of no label that have speech
KNOTS_HZ = np.geomspace(60, 8_000, 7)


def change_speed(x: np.ndarray, factor: float) -> np.ndarray:
    """Plays x faster by `factor`, its pitch with it; what is too short goes on from its beginning. Linear interpolation."""
    at = np.arange(SAMPLES) * factor
    return np.interp(at % (len(x) - 1), np.arange(len(x)), x)


def colour(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Weights the spectrum by a curve through drawn gains of 5 dB (standard deviation), as another microphone and room do."""
    gains_db = rng.normal(0, 5, len(KNOTS_HZ))
    spectrum = np.fft.rfft(x)
    hz = np.arange(len(spectrum)) * RATE_HZ / len(x)
    curve = np.interp(np.log(hz + 1), np.log(KNOTS_HZ), gains_db)
    return np.fft.irfft(spectrum * 10 ** (curve / 20), len(x))


def power(x: np.ndarray) -> float:
    """Mean power over the frames of 50 ms within 20 dB of the loudest; pauses do not count."""
    frames = (x.reshape(-1, 800) ** 2).mean(axis=1)
    return float(frames[frames >= frames.max() / 100].mean()) + 1e-9


def vary(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One recorded clip, changed: [SAMPLES] float of power 1."""
    x = np.roll(change_speed(x.astype(np.float64), 2 ** rng.uniform(-0.3, 0.3)), int(rng.integers(SAMPLES)))
    x = colour(x, rng)
    return x / np.sqrt(power(x))


class Augmenter:
    """Draws new clips of a fold."""

    def __init__(self, clips: dict[str, np.ndarray], noises: list[np.ndarray], speech: list[np.ndarray]) -> None:
        self.folds = {fold: [(Place.of(path).label, x) for path, x in clips.items() if Place.of(path).fold == fold] for fold in FOLDS}
        self.noises, self.speech = noises, speech

    def draw(self, fold: int, rng: np.random.Generator) -> tuple[np.ndarray, dict[int, float]]:
        """Returns int16 [SAMPLES], and the power share of each label."""
        label, x = self.pick(fold, rng)
        y, shares = vary(x, rng), {label: 1.0}
        if rng.random() < MIXTURES:
            second, x = self.pick(fold, rng)
            share = 10 ** (rng.uniform(-12, 0) / 10)
            y = y + np.sqrt(share) * vary(x, rng)
            shares = {label: 1.0} if second == label else {label: 1 / (1 + share), second: share / (1 + share)}
        if rng.random() < NOISY:
            y = y + self.noise(rng) * 10 ** (-rng.uniform(0, 25) / 20)
        return to_int16(y, rng.uniform(-24, 0)), shares

    def draw_other(self, rng: np.random.Generator) -> np.ndarray:
        """Returns int16 [SAMPLES] of speech, of noise, or of both."""
        if rng.random() >= SPEECH:
            y = vary(self.noise(rng), rng)
        else:
            spoken = np.concatenate([self.speech[int(number)] for number in rng.integers(len(self.speech), size=4)])
            y = vary(spoken, rng)
            if rng.random() < NOISY:
                y = y + self.noise(rng) * 10 ** (-rng.uniform(0, 25) / 20)
        return to_int16(y, rng.uniform(-40, 0))

    def noise(self, rng: np.random.Generator) -> np.ndarray:
        """Five seconds of a noise, of power 1."""
        noise = self.noises[int(rng.integers(len(self.noises)))]
        begin = int(rng.integers(len(noise) - SAMPLES + 1))
        noise = noise[begin: begin + SAMPLES].astype(np.float64)
        return noise / np.sqrt(power(noise))

    def pick(self, fold: int, rng: np.random.Generator) -> tuple[int, np.ndarray]:
        """A recorded clip of a fold."""
        return self.folds[fold][int(rng.integers(len(self.folds[fold])))]


def to_int16(x: np.ndarray, peak_dbfs: float) -> np.ndarray:
    """x with its largest sample at a level."""
    return np.round(x * 32_767 * 10 ** (peak_dbfs / 20) / np.abs(x).max()).astype(np.int16)


def write_wav(path: Path, samples: np.ndarray) -> None:
    """Writes int16 mono."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(samples.astype("<i2").tobytes())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--noise", type=Path, required=True)
    parser.add_argument("--speech", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--others", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    rng = np.random.default_rng(args.seed)
    noises = [x for path, x in read_sound(args.noise).items() if Path(path).stem not in HELD_OUT_NOISE]
    augmenter = Augmenter(read_sound(args.clips), noises, list(read_sound(args.speech).values()))
    args.out.mkdir(parents=True, exist_ok=True)
    items = {}
    for number in range(args.count):
        fold = FOLDS[number % len(FOLDS)]
        samples, shares = augmenter.draw(fold, rng)
        write_wav(args.out / f"{number:06}.wav", samples)
        items[f"{number:06}"] = {"fold": fold, "shares": shares}
    for number in range(args.count, args.count + args.others):
        write_wav(args.out / f"{number:06}.wav", augmenter.draw_other(rng))
        items[f"{number:06}"] = {"fold": NO_FOLD, "shares": {}}
    (args.out / "items.json").write_text(json.dumps(items))


if __name__ == "__main__":
    main()

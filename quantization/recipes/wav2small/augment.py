"""Writes versions of the recordings in other voices, through other microphones, as WAV files for `edgec features`.

    augment.py --data FOLDER --out FOLDER [--versions 8]

FOLDER holds emodb/*.flac; --out gets version1/NAME.wav and so on: played up to 12 % faster or slower, which moves pitch and formants,
mostly with another frequency response, at times with noise 15 to 35 dB below the speech.
"""

from __future__ import annotations

import argparse
import wave
from pathlib import Path

import numpy as np
from scipy.signal import lfilter, resample_poly

from sound import SAMPLE_RATE_HZ, read


def write(path: Path, x: np.ndarray) -> None:
    """Writes float [samples] in +-1 as a 16-bit WAV file."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes(np.clip(np.round(x * 32768), -32768, 32767).astype("<i2").tobytes())


def change_speed(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Plays up to 12 % faster or slower, pitch and formants with it."""
    up = int(rng.integers(44, 57))
    return resample_poly(x, up, 50) if up != 50 else x


def colour(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A microphone's frequency response: a tilt and two resonances (peaking filters of Bristow-Johnson's cookbook)."""
    x = lfilter([1.0, rng.uniform(-0.3, 0.3)], [1.0], x)
    for _ in range(2):
        gain = 10 ** (rng.uniform(-5, 5) / 40)
        w = 2 * np.pi * np.exp(rng.uniform(np.log(150), np.log(6500))) / SAMPLE_RATE_HZ
        alpha = np.sin(w) / (2 * rng.uniform(0.5, 2.0))
        x = lfilter([1 + alpha * gain, -2 * np.cos(w), 1 - alpha * gain], [1 + alpha / gain, -2 * np.cos(w), 1 - alpha / gain], x)
    return x


def noise(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Adds noise whose power falls by 0 to 6 dB an octave, 15 to 35 dB below the recording's mean power."""
    spectrum = np.fft.rfft(rng.standard_normal(len(x))) * (np.arange(len(x) // 2 + 1) + 20.0) ** -rng.uniform(0, 1)
    added = np.fft.irfft(spectrum, len(x))
    return x + added * np.sqrt((x**2).mean() / (added**2).mean()) * 10 ** (-rng.uniform(15, 35) / 20)


def augmented(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One version of a recording, no louder than full scale."""
    x = change_speed(x, rng)
    if rng.random() < 0.7:
        x = colour(x, rng)
    if rng.random() < 0.4:
        x = noise(x, rng)
    return x / max(1.0, float(np.abs(x).max()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--versions", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    rng = np.random.default_rng(args.seed)
    paths = sorted((args.data / "emodb").glob("*.flac"))
    if not paths:
        raise SystemExit(f"{args.data} holds no emodb/*.flac.")
    recordings = [read(path) for path in paths]
    for version in range(1, args.versions + 1):
        folder = args.out / f"version{version}"
        folder.mkdir(parents=True, exist_ok=True)
        for path, x in zip(paths, recordings):
            write(folder / f"{path.stem}.wav", augmented(x, rng))


if __name__ == "__main__":
    main()

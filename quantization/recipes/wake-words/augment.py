"""What happens to a recording on its way to a microphone: speed, room, colour, level and noise. NumPy, float32."""

from __future__ import annotations

import numpy as np
from scipy.signal import fftconvolve, lfilter, resample_poly

SAMPLE_RATE_HZ = 16000


def change_speed(x: np.ndarray, rng: np.random.Generator, spread: float = 0.12) -> tuple[np.ndarray, float]:
    """Returns (`x` played up to `spread` faster or slower with its pitch, new length / old length)."""
    up = int(rng.integers(round(50 * (1 - spread)), round(50 * (1 + spread)) + 1))
    return (x, 1.0) if up == 50 else (resample_poly(x, up, 50, window=("kaiser", 4.0)).astype(np.float32), up / 50)


def reverberate(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Convolves with a synthetic room: a direct path and an exponentially decaying tail, RT60 0.1 to 0.7 s."""
    rt60_s = rng.uniform(0.1, 0.7)
    n = int(rt60_s * SAMPLE_RATE_HZ * 0.8)
    decay = np.exp(-6.9 * np.arange(n) / (rt60_s * SAMPLE_RATE_HZ))
    tail = rng.standard_normal(n) * decay
    tail = lfilter([1 - 0.5], [1, -0.5], tail)  # walls absorb the high frequencies
    tail[: int(rng.uniform(0.001, 0.008) * SAMPLE_RATE_HZ)] = 0
    direct_to_tail_db = rng.uniform(-3, 12)
    tail *= 10 ** (-direct_to_tail_db / 20) / np.sqrt((tail**2).sum() + 1e-9)
    tail[0] = 1.0
    return fftconvolve(x, tail.astype(np.float32))[: len(x)].astype(np.float32)


def colour(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A microphone's frequency response: a tilt, a resonance, a high-pass, and at times a telephone's low-pass."""
    tilt = rng.uniform(-0.45, 0.45)
    x = lfilter([1.0, tilt], [1.0], x)
    for _ in range(2):  # peaking filters (Bristow-Johnson cookbook)
        gain = 10 ** (rng.uniform(-7, 7) / 40)
        w = 2 * np.pi * np.exp(rng.uniform(np.log(150), np.log(6500))) / SAMPLE_RATE_HZ
        alpha = np.sin(w) / (2 * rng.uniform(0.5, 2.0))
        b = [1 + alpha * gain, -2 * np.cos(w), 1 - alpha * gain]
        a = [1 + alpha / gain, -2 * np.cos(w), 1 - alpha / gain]
        x = lfilter(b, a, x)
    pole = np.exp(-2 * np.pi * rng.uniform(20, 250) / SAMPLE_RATE_HZ)
    x = lfilter([1.0, -1.0], [1.0, -pole], x)
    if rng.random() < 0.15:
        x = low_pass(x, rng.uniform(3300, 6500))
    return x.astype(np.float32)


def low_pass(x: np.ndarray, cutoff_hz: float) -> np.ndarray:
    """A windowed-sinc low-pass of 63 taps."""
    n = np.arange(-31, 32)
    taps = np.sinc(2 * cutoff_hz / SAMPLE_RATE_HZ * n) * np.hamming(63)
    return fftconvolve(x, taps / taps.sum(), mode="same")


def coloured_noise(n: int, rng: np.random.Generator) -> np.ndarray:
    """Noise of `n` samples whose power falls by 0 to 9 dB an octave, at times with a slow swell."""
    spectrum = np.fft.rfft(rng.standard_normal(n).astype(np.float32))
    slope = rng.uniform(0, 1.5)
    spectrum *= (np.arange(len(spectrum)) + 20.0 * n / SAMPLE_RATE_HZ) ** -slope
    noise = np.fft.irfft(spectrum, n)
    if rng.random() < 0.3:
        noise *= 1 + 0.8 * np.sin(2 * np.pi * rng.uniform(0.05, 2) * np.arange(n) / SAMPLE_RATE_HZ + rng.uniform(0, 6))
    return noise.astype(np.float32)


def active_rms(x: np.ndarray) -> float:
    """Root mean square over the frames of 20 ms within 25 dB of the loudest, which are speech in most recordings."""
    frames = x[: len(x) // 320 * 320].reshape(-1, 320)
    if frames.size == 0:
        return 1e-6
    energy = (frames**2).mean(axis=1)
    return float(np.sqrt(energy[energy >= energy.max() * 10**-2.5].mean()) + 1e-6)


def crop(x: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """A random stretch of `n` samples; what is shorter is repeated."""
    if len(x) < n:
        x = np.tile(x, n // len(x) + 1)
    start = int(rng.integers(0, len(x) - n + 1))
    return x[start: start + n]


def fade(x: np.ndarray, samples: int = 160) -> np.ndarray:
    """Fades both ends, so that a cut is no click."""
    n = min(samples, len(x) // 2)
    if n:
        x = x.copy()
        ramp = np.linspace(0, 1, n, dtype=np.float32)
        x[:n] *= ramp
        x[len(x) - n:] *= ramp[::-1]
    return x

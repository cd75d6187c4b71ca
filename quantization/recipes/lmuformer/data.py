"""Clips as spectra, and batches of them in voices that nobody recorded.

A clip is its power spectrum, [frames, 127] without 0 Hz and half the rate, split into the envelope that the vocal tract
gives and the fine structure that the pitch gives: each is warped by its own factor. `to_features` then does what the front end
does (front-end.json), in float.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

FRONT_END = json.loads((Path(__file__).parent / "front-end.json").read_text())
WINDOW, HOP, FFT, BANDS = (FRONT_END[name] for name in ("windowSamples", "hopSamples", "fftSize", "bands"))
BINS = FFT // 2 - 1
FLOOR = FRONT_END["floorDigits"] * 10.0 ** FRONT_END["floorExponent"]
FRACTION = 65536.0  # of the integer features that edgec writes
ENVELOPE_COEFFICIENTS = 24  # of the log spectrum's cosine transform: finer structure comes from a pitch above 80 Hz


@dataclass(frozen=True)
class Clip:
    """A recording: the digit said, by whom, the envelope and the fine structure of its log power spectrum [frames, BINS]."""

    name: str
    digit: int
    speaker: str
    envelope: np.ndarray
    fine: np.ndarray


def power_spectrum(samples: np.ndarray) -> np.ndarray:
    """Returns [frames, BINS]: the front end's windowed frames, their mean removed; samples are int16."""
    frames = 1 + (len(samples) - WINDOW) // HOP
    x = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::HOP][:frames] / 32768.0
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)
    return np.abs(np.fft.rfft((x - x.mean(axis=1, keepdims=True)) * window, FFT))[:, 1:-1] ** 2


def mel_filters() -> np.ndarray:
    """Returns [BINS, BANDS]: triangles of height 1 on the HTK mel scale, straight over Hz."""
    low, high = (2595 * np.log10(1 + hz / 700) for hz in (FRONT_END["lowHz"], FRONT_END["highHz"]))
    edges = 700 * (10 ** (np.linspace(low, high, BANDS + 2) / 2595) - 1)
    hz = np.arange(1, BINS + 1)[:, None] * FRONT_END["sampleRateHz"] / FFT
    rising = (hz - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - hz) / (edges[2:] - edges[1:-1])
    return np.maximum(0, np.minimum(rising, falling)).astype(np.float32)


def split(power: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns (envelope, fine structure) of the log spectrum, float16 [frames, BINS]; their sum is the logarithm."""
    log = np.log(power + 1e-9)
    k = np.arange(ENVELOPE_COEFFICIENTS)[:, None]
    basis = np.cos(np.pi * k * (np.arange(BINS) + 0.5) / BINS)
    basis /= np.sqrt((basis ** 2).sum(axis=1, keepdims=True))
    envelope = log @ basis.T @ basis
    return envelope.astype(np.float16), (log - envelope).astype(np.float16)


def load_clips(folder: Path, longest: int = 90) -> list[Clip]:
    """Reads {digit}_{speaker}_{n}.npy, int16 PCM as `edgec features --front-end pcm` writes it, at most `longest` frames of each."""
    clips = []
    for path in sorted(folder.glob("*.npy")):
        digit, speaker, _ = path.stem.split("_", 2) if path.stem.count("_") == 2 else (*path.stem.split("_", 1), "")
        samples = np.load(path).reshape(-1)[: WINDOW + HOP * (longest - 1)]
        if len(samples) >= WINDOW + 9 * HOP:
            clips.append(Clip(path.stem, int(digit), speaker, *split(power_spectrum(samples))))
    return clips


def load_features(folder: Path) -> tuple[list[Tensor], list[int], list[str]]:
    """Returns (features [frames, BANDS] of the device's own front end, digits, speakers) of every clip in a folder."""
    paths = sorted(folder.glob("*.npy"))
    features = [torch.from_numpy(np.load(path).astype(np.float32) / FRACTION) for path in paths]
    return features, [int(path.stem[0]) for path in paths], [path.stem.split("_")[1] for path in paths]


def uniform(rng: torch.Generator, count: int, low: float, high: float) -> Tensor:
    return low + (high - low) * torch.rand(count, generator=rng)


def read_between(x: Tensor, at: Tensor, dim: int) -> Tensor:
    """Reads x [batch, frames, bins] along `dim` at positions [batch, n] by linear interpolation; the ends are repeated."""
    last = x.shape[dim] - 1
    at = at.clamp(0, last)
    low = at.floor()
    shape = (x.shape[0], at.shape[1], x.shape[2]) if dim == 1 else (x.shape[0], x.shape[1], at.shape[1])
    fraction = (at - low).unsqueeze(3 - dim)
    below, above = (place.long().unsqueeze(3 - dim).expand(shape) for place in (low, (low + 1).clamp(max=last)))
    return x.gather(dim, below).lerp_(x.gather(dim, above), fraction)


class Voices:
    """Makes batches: spectra warped, stretched, coloured, in noise and silence, masked and mixed.

    With `wide`, clips also get each other's colour, other levels of hiss, bumps of a microphone, uneven speed and level, and lose a bit of
    either end: what a network learns late, and what would slow its first epochs.
    """

    def __init__(self, seed: int, wide: bool = False) -> None:
        self.wide = wide
        self.rng = torch.Generator().manual_seed(seed)
        self.filters = torch.from_numpy(mel_filters())
        bins = torch.arange(BINS) + 0.5
        self.cosines = torch.cos(torch.pi * torch.arange(1, 6)[:, None] * bins / BINS)

    def batch(self, clips: list[Clip]) -> tuple[Tensor, Tensor]:
        """Returns (features [clips, frames, BANDS], number of frames [clips])."""
        count, rng = len(clips), self.rng
        lengths = torch.tensor([len(clip.envelope) for clip in clips])
        envelope, fine = (torch.zeros(count, int(lengths.max()), BINS) for _ in range(2))
        for i, clip in enumerate(clips):
            envelope[i, : len(clip.envelope)] = torch.from_numpy(clip.envelope.astype(np.float32))
            fine[i, : len(clip.fine)] = torch.from_numpy(clip.fine.astype(np.float32))
        bins = torch.arange(BINS, dtype=torch.float32)
        tract, pitch = (torch.exp(uniform(rng, count, -spread, spread)) for spread in (0.15, 0.25))
        envelope = self.with_other_hiss(self.in_other_colours(envelope, lengths)) if self.wide else envelope
        log = read_between(envelope, bins * tract[:, None], 2) + read_between(fine, bins * pitch[:, None], 2)
        for _ in range(2 if self.wide else 0):  # a bump or dip of up to 10 dB
            place, width, gain = uniform(rng, count, 0, BINS), uniform(rng, count, 4, 30), uniform(rng, count, -2.3, 2.3)
            log += (gain[:, None] * torch.exp(-0.5 * ((bins - place[:, None]) / width[:, None]) ** 2))[:, None, :]
        log += (torch.randn(count, 5, generator=rng) * torch.tensor([1.5, 0.7, 0.4, 0.3, 0.2]) @ self.cosines)[:, None, :]
        log += uniform(rng, count, -4.5, 3.0)[:, None, None]
        log, lengths, behind = self.stretch(log, lengths)
        features = self.to_features(self.in_noise(log, behind, lengths))
        return self.mask(features, lengths), lengths

    def in_other_colours(self, envelope: Tensor, lengths: Tensor) -> Tensor:
        """Takes most clips' mean over time up to 0.6 of the way to another's, as MixStyle does with features (Zhou et al., ICLR 2021)."""
        count = len(lengths)
        valid = (torch.arange(envelope.shape[1])[None, :] < lengths[:, None])[:, :, None]
        mean = (envelope * valid).sum(dim=1) / lengths[:, None]
        share = uniform(self.rng, count, 0, 0.6) * (torch.rand(count, generator=self.rng) < 0.6)
        return envelope + (share[:, None] * (mean[torch.randperm(count, generator=self.rng)] - mean))[:, None, :]

    def with_other_hiss(self, envelope: Tensor) -> Tensor:
        """Changes the level of frames with more above 2 kHz than below 1 kHz by -15 to 4 dB: one microphone hides an s that another has."""
        count = len(envelope)
        tilt = envelope[:, :, 64:].mean(dim=2) - envelope[:, :, :32].mean(dim=2)
        gain = uniform(self.rng, count, -3.5, 1.0) * (torch.rand(count, generator=self.rng) < 0.7)
        return envelope + (torch.sigmoid(2 * (tilt + 1.5)) * gain[:, None])[:, :, None]

    def uneven(self, place: Tensor) -> tuple[Tensor, Tensor]:
        """Makes speed and level change within a clip; place [clips, frames], 0 to 1; returns where to read, and a gain, the logarithm of a factor of power."""
        count = len(place)
        for k, spread in ((1, 0.09), (2, 0.05), (3, 0.03)):
            place = place + uniform(self.rng, count, -spread, spread)[:, None] * torch.sin(torch.pi * k * place)
        gain = sum(uniform(self.rng, count, -0.8, 0.8)[:, None] * torch.cos(torch.pi * k * place) for k in (1, 2, 3))
        return place, gain

    def stretch(self, log: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Changes the speed and puts up to 10 frames of silence before and behind; returns also where the sound lies [clips, 2]."""
        count = len(lengths)
        speed = torch.exp(uniform(self.rng, count, -0.25, 0.25))
        silent = torch.rand(count, generator=self.rng) < 0.5
        before, after = (torch.where(silent, uniform(self.rng, count, 0, 10), torch.zeros(count)).long() for _ in range(2))
        begin = end = torch.zeros(count)
        if self.wide:
            begin, end = (uniform(self.rng, count, 0, most) * (torch.rand(count, generator=self.rng) < 0.4) for most in (0.1, 0.2))
        sound = (lengths * (1 - begin - end) / speed).long().clamp(8, 95)
        total = sound + before + after
        place = (torch.arange(int(total.max()))[None, :] - before[:, None]) / (sound - 1).clamp(min=1)[:, None]
        place = begin[:, None] + place.clamp(0, 1) * (1 - begin - end)[:, None]
        place, gain = self.uneven(place) if self.wide else (place, torch.zeros(()))
        return read_between(log, place * (lengths - 1)[:, None], 1) + gain[..., None], total, torch.stack([before, before + sound], dim=1)

    def in_noise(self, log: Tensor, sound: Tensor, lengths: Tensor) -> Tensor:
        """Returns the power [clips, frames, BINS] with coloured noise 10 to 60 dB below the clip's mean; silence is noise alone."""
        count, frames, _ = log.shape
        frame = torch.arange(frames)[None, :]
        inside = ((frame >= sound[:, :1]) & (frame < sound[:, 1:]))[:, :, None]
        power = log.exp() * inside
        mean = power.mean(dim=2).sum(dim=1) / (sound[:, 1] - sound[:, 0])
        colour = (torch.randn(count, 5, generator=self.rng) * torch.tensor([1.5, 0.8, 0.5, 0.3, 0.3])) @ self.cosines
        level = mean * torch.pow(10, -uniform(self.rng, count, 1.0, 6.0))
        noise = -torch.log(torch.rand(count, frames, BINS, generator=self.rng) + 1e-7)
        return power + noise * (colour.exp() * level[:, None])[:, None, :]

    def to_features(self, power: Tensor) -> Tensor:
        return torch.log(power @ self.filters + FLOOR)

    def mask(self, features: Tensor, lengths: Tensor) -> Tensor:
        """SpecAugment (Park et al., 2019): one stretch of bands and one of frames becomes the clip's mean, each in half of the clips."""
        count, frames, bands = features.shape
        mean = features.mean(dim=(1, 2), keepdim=True)
        for size, width, dim in ((bands, 6, 2), (frames, 5, 1)):
            begin = uniform(self.rng, count, 0, 1) * (size if dim == 2 else lengths)
            length = uniform(self.rng, count, 0, width) * (torch.rand(count, generator=self.rng) < 0.5)
            place = torch.arange(size)[None, :]
            hidden = (place >= begin[:, None]) & (place < (begin + length)[:, None])
            features = torch.where(hidden[:, None, :] if dim == 2 else hidden[:, :, None], mean, features)
        return features

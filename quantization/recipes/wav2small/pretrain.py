"""Trains the lower layers on speech without labels, in many voices: they learn to tell spectrum, pitch and voicing.

    pretrain.py --data FOLDER --features FOLDER --out stem.pt [--updates 600]

FOLDER of the data holds wake-words/ and negative-speech/, that of the features the same names, NAME.npy as `edgec features` writes
them. Every 20 ms the stack's mean over five frames predicts what a window of 32 ms says: 24 mel bands, the strength of the voice and
its pitch. EMO-DB is not heard here.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from data import FRACTION
from model import BANDS, CHANNELS, POOLED_BANDS, Vgg7
from sound import SAMPLE_RATE_HZ, read

CORPORA = ("wake-words", "negative-speech")
HOP, WINDOW, FFT_SIZE, MEL_BANDS = 320, 512, 1024, 24
FRAMES_A_TARGET = 10  # frames of 2 ms in 20 ms
CROP, BATCH = 60, 16  # targets in a crop
PITCH_HZ = (70, 450)


def mel_bands() -> np.ndarray:
    """Returns triangles [FFT_SIZE / 2 + 1, MEL_BANDS], even on the mel scale from 60 to 8,000 Hz."""
    edges = 700 * (np.exp(np.linspace(np.log1p(60 / 700), np.log1p(8000 / 700), MEL_BANDS + 2)) - 1)
    f = np.fft.rfftfreq(FFT_SIZE, 1 / SAMPLE_RATE_HZ)[:, None]
    return np.maximum(0, np.minimum((f - edges[:-2]) / (edges[1:-1] - edges[:-2]), (edges[2:] - f) / (edges[2:] - edges[1:-1])))


def described(x: np.ndarray, bands: np.ndarray) -> np.ndarray:
    """Returns float32 [frames of 20 ms, MEL_BANDS + 2]: log power of the bands, voicing in 0 .. 1, ln of the pitch in Hz (of the autocorrelation)."""
    window = np.hanning(WINDOW)
    x = np.pad(x, ((WINDOW - HOP) // 2, WINDOW))
    count = (len(x) - WINDOW) // HOP
    frames = np.lib.stride_tricks.sliding_window_view(x, WINDOW)[::HOP][:count] * window
    power = np.abs(np.fft.rfft(frames, FFT_SIZE)) ** 2
    shape = np.fft.irfft(np.abs(np.fft.rfft(window, FFT_SIZE)) ** 2)
    shortest, longest = SAMPLE_RATE_HZ // PITCH_HZ[1], SAMPLE_RATE_HZ // PITCH_HZ[0]
    correlation = np.fft.irfft(power)[:, :longest]
    correlation = correlation / (correlation[:, :1] + 1e-6) / (shape[:longest] / shape[0])
    period = correlation[:, shortest:].argmax(1) + shortest
    voicing = np.clip(correlation[np.arange(count), period], 0, 1)
    return np.concatenate([np.log(power @ bands + 1e-6), voicing[:, None], np.log(SAMPLE_RATE_HZ / period)[:, None]], 1).astype(np.float32)


def load(data: Path, features: Path) -> tuple[np.ndarray, np.ndarray]:
    """Returns (features float16 [frames, BANDS] of all recordings end to end, targets [frames / FRAMES_A_TARGET, MEL_BANDS + 2])."""
    bands, xs, ys = mel_bands(), [], []
    for corpus in CORPORA:
        for path in sorted((data / corpus).rglob("*.flac")):
            x = np.load(features / path.relative_to(data).with_suffix(".npy")) / FRACTION
            y = described(read(path), bands)
            count = min(len(x) // FRAMES_A_TARGET, len(y))
            xs.append(x[: count * FRAMES_A_TARGET].astype(np.float16))
            ys.append(y[:count])
    return np.concatenate(xs), np.concatenate(ys)


class Describer(nn.Module):
    """The stack and a linear layer on its mean over 20 ms. [batch, time, 26] to [batch, time / 10, targets]."""

    def __init__(self) -> None:
        super().__init__()
        self.vgg7 = Vgg7()
        self.norm = nn.BatchNorm1d(CHANNELS * POOLED_BANDS)
        self.out = nn.Linear(CHANNELS * POOLED_BANDS, MEL_BANDS + 2)

    def forward(self, features: Tensor) -> Tensor:
        x = self.vgg7(features).permute(0, 2, 1, 3).flatten(2).float()
        x = x.unflatten(1, (-1, FRAMES_A_TARGET // 2)).mean(2)
        return self.out(self.norm(x.transpose(1, 2)).transpose(1, 2))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--updates", type=int, default=600)
    parser.add_argument("--rate", type=float, default=5e-3)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    rng = np.random.default_rng(args.seed)
    x, y = load(args.data, args.features)
    voiced = y[:, MEL_BANDS] > 0.6
    pitch = y[voiced, -1]
    y[:, -1] = np.where(voiced, (y[:, -1] - pitch.mean()) / pitch.std(), 0)
    y[:, :-1] = (y[:, :-1] - y[:, :-1].mean(0)) / y[:, :-1].std(0)
    loud = y[:, :MEL_BANDS].mean(1)
    begins = np.array([i for i in range(0, len(y) - CROP, 5) if loud[i: i + CROP].mean() > -0.2])
    print(f"{len(y) / 50:.0f} s of speech, {len(begins)} crops", flush=True)
    net = Describer().to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(net.parameters(), args.rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, args.rate, args.updates, pct_start=0.1)
    began, totals = time.process_time(), np.zeros(3)
    for update in range(args.updates):
        chosen = rng.choice(begins, BATCH)
        features = torch.from_numpy(np.stack([x[i * FRAMES_A_TARGET: (i + CROP) * FRAMES_A_TARGET] for i in chosen]).astype(np.float32))
        wanted = torch.from_numpy(np.stack([y[i: i + CROP] for i in chosen]))
        known = torch.from_numpy(np.stack([voiced[i: i + CROP] for i in chosen])).float()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            given = net(features).float()
        errors = (given - wanted) ** 2
        losses = [errors[..., :MEL_BANDS].mean(), errors[..., MEL_BANDS].mean(), (errors[..., -1] * known).sum() / known.sum()]
        loss = losses[0] + losses[1] + 2 * losses[2]
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 2.0)
        optimizer.step()
        schedule.step()
        totals += [one.item() for one in losses]
        if update % 50 == 49:
            print(f"update {update + 1}/{args.updates}: squared error of bands {totals[0] / 50:.3f}, voicing {totals[1] / 50:.3f}, "
                  f"pitch {totals[2] / 50:.3f}; processor {time.process_time() - began:.0f} s", flush=True)
            totals[:] = 0
            torch.save(net.vgg7.state_dict(), args.out)
    torch.save(net.vgg7.state_dict(), args.out)


if __name__ == "__main__":
    main()

"""Features of whole clips as a plan hears them: windows with silence behind the last, or a stream."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from .edge_plan import EdgePlan


def windows(features: np.ndarray, frames: int, stride: int, silence: np.ndarray) -> np.ndarray:
    """[windows, frames, bins] of [n, bins]: as `edgec evaluate` and `edgec scores` hear a clip with a windowed model."""
    needed = -(-frames // stride) * stride  # a device's window is full after whole steps
    count = max(0, -(-(len(features) - needed) // stride)) + 1
    padded = np.concatenate([features, np.broadcast_to(silence, (max(0, needed + (count - 1) * stride - len(features)), features.shape[1]))])
    starts = needed - frames + stride * np.arange(count)
    return np.stack([padded[start:start + frames] for start in starts])


def clip_scores(net: EdgePlan, features: list[np.ndarray], silence: np.ndarray | None = None, batch: int = 256) -> list[np.ndarray]:
    """int8 scores [steps, outputs] of every clip, those of the device; features as `edgec features` writes them.

    `silence` is the frame that lasting silence has, zeros where not given; a streaming model drops what is left of a clip within a step.
    """
    if net.window is None:
        return [net.scores(_steps(net, clip)).squeeze(0).reshape(-1, net.outputs).numpy() for clip in features]
    silence = np.zeros(features[0].shape[1], features[0].dtype) if silence is None else silence
    parts = [windows(clip, net.window, net.frames_per_step, silence) for clip in features]
    joined = net.quantize(np.concatenate(parts))
    scores = torch.cat([net.scores(some) for some in joined.split(batch)]).numpy()
    return np.split(scores, np.cumsum([len(part) for part in parts])[:-1])


def _steps(net: EdgePlan, clip: np.ndarray) -> Tensor:
    whole = len(clip) // net.frames_per_step * net.frames_per_step
    if whole == 0:
        raise ValueError(f"A clip has {len(clip)} frames; expected at least the {net.frames_per_step} of a step.")
    return net.quantize(clip[:whole]).unsqueeze(0)


def accuracy(scores: list[np.ndarray], labels: np.ndarray) -> float:
    """Share of the clips whose largest score, the mean over the steps, is the label's."""
    return float(np.mean([np.argmax(clip.mean(0)) == label for clip, label in zip(scores, labels)]))


def load(folder: Path, names: list[str]) -> list[np.ndarray]:
    """Features of clips by name without extension."""
    return [np.load(folder / f"{name}.npy") for name in names]

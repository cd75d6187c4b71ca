"""A smaller network learns from a larger one: its scores, and its values on the way.

Shapes: scores and logits [clips, labels]; features [.., channels], the student's projected to the teacher's channels where they differ.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn


def soften(scores: Tensor, temperature: float) -> Tensor:
    """Probabilities at a temperature, of probabilities at 1: p^(1/T), normalized. T above 1 shows what else a teacher took into account."""
    return torch.softmax(scores.clamp_min(1e-7).log() / temperature, -1)


def distillation_loss(logits: Tensor, teacher: Tensor, labels: Tensor | None = None, temperature: float = 2.0, share: float = 0.9) -> Tensor:
    """T^2 * KL(teacher || student) at temperature T, mixed with the cross entropy of the labels (Hinton, Vinyals, Dean 2015).

    `teacher` holds probabilities at temperature 1; `labels` class numbers or probabilities; `share` is the teacher's part, 1 without labels.
    """
    soft = F.kl_div((logits / temperature).log_softmax(-1), soften(teacher, temperature), reduction="batchmean") * temperature**2
    return soft if labels is None else share * soft + (1 - share) * F.cross_entropy(logits, labels)


def multilabel_distillation_loss(logits: Tensor, teacher: Tensor, labels: Tensor | None = None, share: float = 0.9) -> Tensor:
    """Binary cross entropy against a teacher's independent probabilities, mixed with that of the labels in [0, 1]."""
    soft = F.binary_cross_entropy_with_logits(logits, teacher)
    return soft if labels is None else share * soft + (1 - share) * F.binary_cross_entropy_with_logits(logits, labels)


def feature_loss(student: Tensor, teacher: Tensor, weight: float = 1.0) -> Tensor:
    """Mean |s - t| + weight * -log sigmoid(cos(s, t)), over the last dimension (DistilHuBERT: Chang, Yang, Lee 2022)."""
    return F.l1_loss(student, teacher) - weight * F.logsigmoid(F.cosine_similarity(student, teacher, dim=-1)).mean()


class FeatureMatching(nn.Module):
    """One head a teacher layer, each a linear projection of the student's last value; heads are thrown away after training."""

    def __init__(self, student_channels: int, teacher_channels: int, layers: int, weight: float = 1.0) -> None:
        super().__init__()
        self.heads = nn.ModuleList([nn.Linear(student_channels, teacher_channels) for _ in range(layers)])
        self.weight = weight

    def forward(self, student: Tensor, teachers: list[Tensor]) -> Tensor:
        """The mean loss over the layers: student [clips, frames, channels], teachers a tensor a layer."""
        if len(teachers) != len(self.heads):
            raise ValueError(f"There are {len(teachers)} teacher layers; expected {len(self.heads)}, one a head.")
        losses = [feature_loss(head(student), teacher, self.weight) for head, teacher in zip(self.heads, teachers)]
        return torch.stack(losses).mean()


def pseudo_labels(path: str | Path, names: list[str], teacher_labels: list[str] | None = None, groups: dict[str, list[str]] | None = None) -> Tensor:
    """Probabilities [clips, names] of a teacher from what `edgec scores --mean --concat` writes, float [clips, teacher's labels].

    `groups` maps each of `names` to the teacher's labels that mean it; the largest counts. Rows are normalized to a sum of 1.
    """
    scores = np.load(path).astype(np.float32)
    if groups is not None:
        if teacher_labels is None or len(teacher_labels) != scores.shape[1]:
            raise ValueError(f"{path} has {scores.shape[1]} scores a clip; expected teacher_labels with a name for each.")
        scores = np.stack([scores[:, [teacher_labels.index(label) for label in groups[name]]].max(1) for name in names], 1)
    if scores.shape[1] != len(names):
        raise ValueError(f"{path} has {scores.shape[1]} scores a clip; expected {len(names)}: {', '.join(names)}.")
    scores = np.maximum(scores, 1e-4)  # a teacher of int8 says 0 for what it only finds unlikely
    return torch.from_numpy(scores / scores.sum(1, keepdims=True))

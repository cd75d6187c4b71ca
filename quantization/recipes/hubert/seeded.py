"""Weights from a seed at the scales that trained networks have, for measuring without a download.

Trained encoders are not what initializers give: attention is sharper, a few channels of the residual sums are several
times as large as the others, gains of norms vary. These are drawn so that what quantizes hard is there.
"""

from __future__ import annotations

import torch

from model import Hubert

OUTLIER_CHANNELS = 6


def fill(network: Hubert, seed: int = 1) -> Hubert:
    """Overwrites all parameters."""
    random = torch.Generator().manual_seed(seed)

    def normal(shape: torch.Size, deviation: float) -> torch.Tensor:
        return deviation * torch.randn(shape, generator=random)

    for name, parameter in network.named_parameters():
        shape = parameter.shape
        if "layer_norm" in name or ".0.2." in name:
            value = normal(shape, 0.3).exp() if name.endswith("weight") else normal(shape, 0.1)
            if name.endswith("weight") and "encoder" in name:
                value[torch.randperm(shape[0], generator=random)[:OUTLIER_CHANNELS]] *= 6
        elif "weight_v" in name:
            value = normal(shape, (4 / (shape[2] * network.config.width)) ** 0.5)
        elif "weight_g" in name:
            # The norm of v, a little off, so that nothing goes right where g is forgotten.
            value = (2 * shape[2] ** -0.5 * (network.config.width / 16) ** 0.5) * normal(shape, 0.2).exp()
        elif "feature_extractor" in name:
            value = normal(shape, (2.5 / (shape[1] * shape[2])) ** 0.5)
        elif name.endswith("weight"):
            value = normal(shape, 1.1 * shape[1] ** -0.5)
        else:
            value = normal(shape, 0.1)
        parameter.data.copy_(value)
    return network.eval()

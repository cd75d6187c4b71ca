"""LightHuBERT: sub-networks that share the weights of one network of HuBERT-base's size (Wang et al., Interspeech 2022).

A sub-network has a width, heads and feed-forward ratio layer by layer, and a depth. Its weights are parts of the
supernet's: leading rows and columns of the projections, norms and attention; of the feed-forward network, whose width is
ratio · width, the leading rows of each block as long as the supernet's width; leading channels of the positional
convolution, after weight norm. Fewer than 12 layers leave out the last ones of a block of four, the last block first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil

import torch
from torch import Tensor

from model import HEAD, HUBERT_BASE, Hubert, HubertConfig

SUPERNET_DEPTH = 12
LEAVE_ORDER = (11, 7, 3, 10, 6, 2)  # layers from 0 that leave, one by one, as the depth falls


@dataclass(frozen=True)
class SubNetwork:
    """What is cut: width, heads and ratio of the feed-forward network of each layer."""

    width: int
    heads: tuple[int, ...]
    ratios: tuple[float, ...]

    @classmethod
    def uniform(cls, width: int, heads: int, ratio: float, depth: int = SUPERNET_DEPTH) -> SubNetwork:
        return cls(width, (heads,) * depth, (ratio,) * depth)

    @property
    def depth(self) -> int:
        return len(self.heads)

    def config(self, mask_width: int = 768) -> HubertConfig:
        return HubertConfig(self.width, self.heads, tuple(int(ratio * self.width) for ratio in self.ratios), mask_width=mask_width)


# The two that the authors report, and the corners of the two spaces.
PUBLISHED = {
    "lighthubert-base": SubNetwork.uniform(640, 10, 4),
    "lighthubert-small": SubNetwork.uniform(384, 6, 4),
    "lighthubert-base-smallest": SubNetwork.uniform(512, 8, 3.5),
    "lighthubert-base-largest": SubNetwork.uniform(768, 12, 4),
    "lighthubert-small-smallest": SubNetwork.uniform(256, 4, 3, 10),
    "lighthubert-small-largest": SubNetwork.uniform(512, 8, 4),
}


def blocks(width: int, length: int, block: int) -> Tensor:
    """Indices of `length` rows: the first `width` of each block of the supernet's."""
    return torch.cat([torch.arange(i * block, i * block + min(width, length - i * width)) for i in range(ceil(length / width))])


def cut(supernet: Hubert, part: SubNetwork) -> Hubert:
    """A network of the part's own size with the supernet's weights."""
    whole, width = supernet.config.width, part.width
    network = Hubert(replace(part.config(supernet.config.mask_width), channels=supernet.config.channels))
    state = dict(supernet.state_dict())
    positions = state.pop("encoder.pos_conv.0.weight_v")
    norm = positions.flatten(0, 1).norm(dim=0)
    weight = state.pop("encoder.pos_conv.0.weight_g") * positions / norm
    kept = weight[:width, :width // 16]
    result = {
        "encoder.pos_conv.0.weight_v": kept,
        # Where v is the weight itself, g is its norm.
        "encoder.pos_conv.0.weight_g": kept.flatten(0, 1).norm(dim=0).reshape(1, 1, -1),
    }
    left_out = LEAVE_ORDER[:SUPERNET_DEPTH - part.depth]
    layers = [i for i in range(SUPERNET_DEPTH) if i not in left_out]
    for name in network.state_dict():
        if name in result:
            continue
        source, rows, columns = name, None, None
        parts = name.split(".")
        if parts[:2] == ["encoder", "layers"]:
            layer = int(parts[2])
            source = ".".join(["encoder.layers", str(layers[layer]), *parts[3:]])
            attention = HEAD * part.heads[layer]
            hidden = blocks(width, network.config.feed_forward[layer], whole)
            rows, columns = {
                "k_proj": (attention, width), "v_proj": (attention, width), "q_proj": (attention, width), "out_proj": (width, attention),
                "fc1": (hidden, width), "fc2": (width, hidden),
            }.get(parts[-2], (width, None))
        elif parts[0] in ("post_extract_proj", "encoder"):
            rows = width
        value = state[source]
        value = value if rows is None else value[rows] if isinstance(rows, Tensor) else value[:rows]
        if value.dim() > 1 and columns is not None:
            value = value[:, columns] if isinstance(columns, Tensor) else value[:, :columns]
        result[name] = value
    network.load_state_dict(result)
    return network.eval()


def supernet() -> Hubert:
    """The whole network; both published spaces are cut from one of this size."""
    return Hubert(HUBERT_BASE)

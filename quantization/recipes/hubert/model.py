"""The HuBERT family as PyTorch modules: HuBERT-base, DistilHuBERT and LightHuBERT's sub-networks.

Sound at 16 kHz, [batch, samples] in full scale 1, to features [batch, frames, width], a frame every 320 samples; n samples
give floor((n - 400) / 320) + 1 frames. Parameters have the names of the fairseq checkpoints (Hsu et al., 2021), which
s3prl's distiller (Chang, Yang, Lee, 2022) and LightHuBERT (Wang et al., 2022) share. Post-norm encoders with group norm in
the first convolution only: what the "base" models are.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

SAMPLE_RATE = 16_000
CONVOLUTIONS = ((10, 5), (3, 2), (3, 2), (3, 2), (3, 2), (2, 2), (2, 2))  # kernel, stride
HEAD = 64
POSITION_KERNEL = 128
POSITION_GROUPS = 16


@dataclass(frozen=True)
class HubertConfig:
    """Sizes of one network; heads and feed-forward widths are given layer by layer."""

    width: int
    heads: tuple[int, ...]
    feed_forward: tuple[int, ...]
    feature_norm: bool = True  # layer norm over the channels before the projection
    channels: int = 512  # of the convolutions
    mask_width: int = 768  # the embedding that replaces masked frames in training; 0 where there is none

    @property
    def layers(self) -> int:
        return len(self.heads)


HUBERT_BASE = HubertConfig(768, (12,) * 12, (3072,) * 12)
DISTILHUBERT = HubertConfig(768, (12,) * 2, (3072,) * 2, feature_norm=False, mask_width=0)


class FeatureExtractor(nn.Module):
    """Seven strided convolutions over the samples, [batch, samples] to [batch, channels, frames]; the first is normalized over time."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv_layers = nn.ModuleList()
        for i, (kernel, stride) in enumerate(CONVOLUTIONS):
            convolution = nn.Conv1d(1 if i == 0 else channels, channels, kernel, stride, bias=False)
            # fairseq keeps a dropout of zero at index 1, hence the names "0.0.weight" and "0.2.weight".
            norm = [nn.GroupNorm(channels, channels)] if i == 0 else []
            self.conv_layers.append(nn.Sequential(convolution, nn.Identity(), *norm, nn.GELU()))

    def forward(self, samples: Tensor) -> Tensor:
        x = samples.unsqueeze(1)
        for layer in self.conv_layers:
            x = layer(x)
        return x


class SamePad(nn.Module):
    """Drops the frame that an even kernel with padding on both sides adds."""

    def forward(self, x: Tensor) -> Tensor:
        return x[:, :, :-1]


class SelfAttention(nn.Module):
    """Multi-head attention over all frames, heads of 64; the width may differ from 64 · heads."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.k_proj = nn.Linear(width, HEAD * heads)
        self.v_proj = nn.Linear(width, HEAD * heads)
        self.q_proj = nn.Linear(width, HEAD * heads)
        self.out_proj = nn.Linear(HEAD * heads, width)

    def forward(self, x: Tensor) -> Tensor:
        query, key, value = (self.split(projection(x)) for projection in (self.q_proj, self.k_proj, self.v_proj))
        weights = (HEAD ** -0.5 * query @ key.transpose(2, 3)).softmax(dim=-1)
        return self.out_proj((weights @ value).transpose(1, 2).flatten(2))

    def split(self, x: Tensor) -> Tensor:
        """[batch, frames, 64 · heads] to [batch, heads, frames, 64]."""
        return x.view(x.shape[0], x.shape[1], self.heads, HEAD).transpose(1, 2)


class EncoderLayer(nn.Module):
    """Attention and feed-forward network, each with a residual sum and a layer norm behind it."""

    def __init__(self, width: int, heads: int, feed_forward: int) -> None:
        super().__init__()
        self.self_attn = SelfAttention(width, heads)
        self.self_attn_layer_norm = nn.LayerNorm(width)
        self.fc1 = nn.Linear(width, feed_forward)
        self.fc2 = nn.Linear(feed_forward, width)
        self.final_layer_norm = nn.LayerNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        x = self.self_attn_layer_norm(x + self.self_attn(x))
        return self.final_layer_norm(x + self.fc2(nn.functional.gelu(self.fc1(x))))


class Encoder(nn.Module):
    """Positions from a grouped convolution, layer norm, encoder layers: [batch, frames, width] to the same."""

    def __init__(self, config: HubertConfig) -> None:
        super().__init__()
        positions = nn.Conv1d(config.width, config.width, POSITION_KERNEL, padding=POSITION_KERNEL // 2, groups=POSITION_GROUPS)
        # One norm a tap, over all channels: weight_g has 128 entries.
        self.pos_conv = nn.Sequential(nn.utils.weight_norm(positions, dim=2), SamePad(), nn.GELU())
        self.layer_norm = nn.LayerNorm(config.width)
        self.layers = nn.ModuleList(EncoderLayer(config.width, h, f) for h, f in zip(config.heads, config.feed_forward))

    def forward(self, x: Tensor) -> list[Tensor]:
        """The input to the layers and what each gives; the last is the result."""
        x = self.layer_norm(x + self.pos_conv(x.transpose(1, 2)).transpose(1, 2))
        states = [x]
        for layer in self.layers:
            states.append(layer(states[-1]))
        return states


class Hubert(nn.Module):
    """Samples [batch, samples] to features [batch, frames, width]."""

    def __init__(self, config: HubertConfig) -> None:
        super().__init__()
        self.config = config
        self.feature_extractor = FeatureExtractor(config.channels)
        if config.feature_norm:
            self.layer_norm = nn.LayerNorm(config.channels)
        self.post_extract_proj = nn.Linear(config.channels, config.width)
        if config.mask_width:
            self.mask_emb = nn.Parameter(torch.rand(config.mask_width))
        self.encoder = Encoder(config)

    def forward(self, samples: Tensor) -> Tensor:
        return self.hidden_states(samples)[-1]

    def hidden_states(self, samples: Tensor) -> list[Tensor]:
        """The projected convolution features, the encoder's input and the output of each layer."""
        x = self.feature_extractor(samples).transpose(1, 2)
        if self.config.feature_norm:
            x = self.layer_norm(x)
        x = self.post_extract_proj(x)
        return [x, *self.encoder(x)]


def parameters(network: nn.Module) -> int:
    """Number of trained values."""
    return sum(parameter.numel() for parameter in network.parameters())

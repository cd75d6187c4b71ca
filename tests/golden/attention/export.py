"""Exports small attention modules as PyTorch writes them: python3 export.py (torch 1.13, onnx 1.12). Weights follow from the seeds."""
import math

import torch
from torch import nn

WIDTH, HEADS, FRAMES = 16, 2, 6


class FusedQkv(nn.Module):
    """The attention of timm's vision transformer: one layer for query, key and value, permuted to [3, batch, heads, time, head]."""

    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.projection = nn.Linear(WIDTH, WIDTH)

    def forward(self, x):
        batch, time, width = x.shape
        qkv = self.qkv(x).reshape(batch, time, 3, HEADS, width // HEADS).permute(2, 0, 3, 1, 4)
        query, key, value = qkv.unbind(0)
        weights = (query @ key.transpose(-2, -1) * (width // HEADS) ** -0.5).softmax(dim=-1)
        return self.projection((weights @ value).transpose(1, 2).reshape(batch, time, width))


class Bert(nn.Module):
    """The self-attention of Hugging Face's BERT: three layers, scores divided by the root of the head size."""

    def __init__(self):
        super().__init__()
        self.query, self.key, self.value, self.dense = (nn.Linear(WIDTH, WIDTH) for _ in range(4))

    def split(self, x):
        return x.view(x.size()[:-1] + (HEADS, WIDTH // HEADS)).permute(0, 2, 1, 3)

    def forward(self, x):
        query, key, value = self.split(self.query(x)), self.split(self.key(x)), self.split(self.value(x))
        weights = nn.functional.softmax(query @ key.transpose(-1, -2) / math.sqrt(WIDTH // HEADS), dim=-1)
        context = (weights @ value).permute(0, 2, 1, 3).contiguous()
        return self.dense(context.view(context.size()[:-2] + (WIDTH,)))


class Hubert(nn.Module):
    """The attention of Hugging Face's HuBERT and wav2vec 2.0: the query is scaled, batch and heads are one axis of bmm."""

    def __init__(self):
        super().__init__()
        self.query, self.key, self.value, self.out = (nn.Linear(WIDTH, WIDTH) for _ in range(4))

    def split(self, x, batch):
        return x.view(batch, -1, HEADS, WIDTH // HEADS).transpose(1, 2).contiguous().view(batch * HEADS, -1, WIDTH // HEADS)

    def forward(self, x):
        batch, time, _ = x.size()
        query = self.split(self.query(x) * (WIDTH // HEADS) ** -0.5, batch)
        key, value = self.split(self.key(x), batch), self.split(self.value(x), batch)
        weights = torch.bmm(query, key.transpose(1, 2)).softmax(dim=-1)
        context = torch.bmm(weights, value).view(batch, HEADS, time, WIDTH // HEADS).transpose(1, 2)
        return self.out(context.reshape(batch, time, WIDTH))


class PackedProjection(nn.Module):
    """nn.MultiheadAttention as PyTorch 2 writes it: unflatten, then one of three, and both query and key scaled by the root."""

    def __init__(self):
        super().__init__()
        self.in_projection = nn.Linear(WIDTH, 3 * WIDTH)
        self.out_projection = nn.Linear(WIDTH, WIDTH)

    def forward(self, x):
        x = x.transpose(0, 1)
        time, batch, width = x.shape
        packed = self.in_projection(x).reshape(time, batch, 3, width).unsqueeze(0).transpose(0, -2).squeeze(-2)
        query, key, value = (packed[i].view(time, batch * HEADS, width // HEADS).transpose(0, 1).view(batch, HEADS, time, width // HEADS) for i in range(3))
        scale = math.sqrt(1 / math.sqrt(width // HEADS))
        weights = torch.softmax((query * scale) @ (key.transpose(-2, -1) * scale), dim=-1)
        context = (weights @ value).permute(2, 0, 1, 3).reshape(time * batch, width)
        return self.out_projection(context).view(time, batch, width).transpose(0, 1)


class SelfAttention(nn.Module):
    """nn.MultiheadAttention of this version of PyTorch."""

    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)

    def forward(self, x):
        return self.attention(x, x, x, need_weights=False)[0]


def export(name, module, opset, dynamic=False):
    torch.manual_seed(len(name))
    module = module()
    for parameter in module.parameters():
        nn.init.uniform_(parameter, -0.5, 0.5)
    axes = {"x": {1: "time"}, "y": {1: "time"}} if dynamic else None
    training = torch.onnx.TrainingMode.PRESERVE if name.startswith("encoder") else torch.onnx.TrainingMode.EVAL
    torch.onnx.export(
        module.train() if name.startswith("encoder") else module.eval(), torch.rand(1, FRAMES, WIDTH), name + ".onnx", opset_version=opset,
        input_names=["x"], output_names=["y"], dynamic_axes=axes, training=training, do_constant_folding=False)


def encoder_layer():
    return nn.TransformerEncoderLayer(WIDTH, HEADS, 24, dropout=0, activation="gelu", batch_first=True)


export("fused-qkv-14", FusedQkv, 14)
export("fused-qkv-17-time", FusedQkv, 17, dynamic=True)
export("bert-11", Bert, 11)
export("bert-17-time", Bert, 17, dynamic=True)
export("hubert-13", Hubert, 13)
export("packed-17", PackedProjection, 17)
export("mha-12", SelfAttention, 12)
export("mha-17", SelfAttention, 17)
export("encoder-layer-11", encoder_layer, 11)
export("encoder-layer-17", encoder_layer, 17)

"""Seeded weights in the layouts in which the family's checkpoints are published, and what the network gives of a sound.

    checkpoints.py hubert-base fairseq --out hubert.pt [--expected FOLDER] [--small]

Each layout has what stands beside the weights in the real files: heads of the training, settings, optimizers, objects of
classes that a reader does not have. --expected receives `samples` and every value in which definition and graph can be
compared, one .npy each; --small takes the same layers with few channels, for tests.
"""

from __future__ import annotations

import argparse
import json
import struct
import sys
import types
from pathlib import Path

import numpy
import torch
from torch import Tensor

import seeded
from model import DISTILHUBERT, HUBERT_BASE, SAMPLE_RATE, Hubert, HubertConfig
from supernet import SUPERNET_DEPTH, SubNetwork, cut

State = dict[str, Tensor]

SMALL = {
    "distilhubert": HubertConfig(128, (2,) * 2, (256,) * 2, feature_norm=False, channels=32, mask_width=0),
    "hubert-base": HubertConfig(128, (2,) * 3, (512,) * 3, channels=32, mask_width=128),
    "lighthubert": HubertConfig(192, (3,) * SUPERNET_DEPTH, (768,) * SUPERNET_DEPTH, channels=32, mask_width=192),
}
WHOLE = {"distilhubert": DISTILHUBERT, "hubert-base": HUBERT_BASE, "lighthubert": HUBERT_BASE}


def transformers_names(state: State, parametrized: bool = False) -> State:
    """fairseq's names to those of transformers' HubertModel; PyTorch 2 names weight norm's parts anew."""
    renamed = {}
    for name, value in state.items():
        name = "feature_projection." + name if name.startswith("layer_norm.") else name
        for old, new in (
            ("post_extract_proj", "feature_projection.projection"), ("mask_emb", "masked_spec_embed"), ("encoder.pos_conv.0", "encoder.pos_conv_embed.conv"),
            ("self_attn_layer_norm", "layer_norm"), ("self_attn", "attention"), ("fc1", "feed_forward.intermediate_dense"), ("fc2", "feed_forward.output_dense"),
        ):
            name = name.replace(old, new)
        if "conv_layers" in name:
            name = name.replace(".0.2.", ".0.layer_norm.").replace(".0.weight", ".conv.weight")
        if parametrized:
            name = name.replace("weight_g", "parametrizations.weight.original0").replace("weight_v", "parametrizations.weight.original1")
        renamed[name] = value
    return renamed


def write_safetensors(state: State, path: Path) -> None:
    """https://github.com/huggingface/safetensors, section "Format"."""
    types_of = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16"}
    header, blobs, offset = {"__metadata__": {"format": "pt"}}, [], 0
    for name, value in state.items():
        stored = value.view(torch.int16) if value.dtype == torch.bfloat16 else value
        blobs.append(stored.numpy().tobytes())
        header[name] = {"dtype": types_of[value.dtype], "shape": list(value.shape), "data_offsets": [offset, offset + len(blobs[-1])]}
        offset += len(blobs[-1])
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def foreign(module: str, name: str, **attributes: object) -> object:
    """An object of a class that only the training had."""
    parts = module.split(".")
    for i in range(len(parts)):
        sys.modules.setdefault(".".join(parts[:i + 1]), types.ModuleType(".".join(parts[:i + 1])))
    kind = getattr(sys.modules[module], name, None) or type(name, (), {"__module__": module})
    setattr(sys.modules[module], name, kind)
    made = kind()
    made.__dict__.update(attributes)
    return made


def distiller(state: State, config: HubertConfig) -> dict[str, object]:
    """s3prl's distiller: weights beside their settings, the command line and the optimizer."""
    heads = {"output_layer.0.weight": torch.zeros(4, config.width), "output_layer.2.weight": torch.zeros(2, 3, 3), "output_layer.2.bias": torch.zeros(1, 1, 2, 3)}
    settings = {"distiller": {"encoder_layers": config.layers, "encoder_attention_heads": config.heads[0], "layer_norm_first": False, "pred_layer_id": [4, 12]}}
    optimizer = {"state": {0: {"step": 1, "exp_avg": torch.ones(3)}}, "param_groups": [{"lr": 2e-4, "params": [0]}]}
    return {"Distiller": {**state, **heads}, "Config": settings, "Paras": argparse.Namespace(seed=1, expdir="distilhubert"), "Optimizer": optimizer, "Step": 200000}


def fairseq(state: State, config: HubertConfig) -> dict[str, object]:
    """fairseq: an omegaconf tree, dictionaries of the task, the optimizer's history."""
    nodes = {key: foreign("omegaconf.nodes", "AnyNode", _val=value) for key, value in (("encoder_attention_heads", config.heads[0]), ("layer_norm_first", False))}
    settings = foreign("omegaconf.dictconfig", "DictConfig", _content={"model": foreign("omegaconf.dictconfig", "DictConfig", _content=nodes)})
    heads = {"final_proj.weight": torch.zeros(8, config.width), "final_proj.bias": torch.zeros(8), "label_embs_concat": torch.zeros(5, 8)}
    dictionary = foreign("fairseq.data.dictionary", "Dictionary", symbols=["<s>", "0"], count=[1, 1])
    history = [{"criterion_name": "HubertCriterion", "num_updates": 400000}]
    return {"args": None, "cfg": settings, "model": {**state, **heads}, "task_state": {"dictionaries": [dictionary]}, "optimizer_history": history, "last_optimizer_state": None}


def light(state: State, config: HubertConfig) -> dict[str, object]:
    """LightHuBERT's files: settings as a plain dictionary, and the head that predicts the teacher."""
    return {"cfg": {"model": {"encoder_attention_heads": config.heads[0], "supernet_type": "base"}}, "model": {**state, "layer_pred_heads.11.weight": torch.zeros(4, config.width)}}


def write(network: Hubert, layout: str, path: Path) -> None:
    state = {name: value.detach() for name, value in network.state_dict().items()}
    if layout.startswith("safetensors"):
        dtype = {"safetensors": torch.float32, "safetensors-f16": torch.float16, "safetensors-bf16": torch.bfloat16}[layout]
        write_safetensors({name: value.to(dtype) for name, value in transformers_names(state).items()}, path)
    elif layout.startswith("transformers"):
        classifier = {f"hubert.{name}": value for name, value in transformers_names(state, parametrized=True).items()}
        torch.save({**classifier, "classifier.weight": torch.zeros(2, 2)}, path)
    elif layout == "module":
        torch.save(network, path)
    else:
        content = {"s3prl": distiller, "fairseq": fairseq, "lighthubert": light}[layout](state, network.config)
        torch.save(content, path, _use_new_zipfile_serialization=layout == "lighthubert")


def values(network: Hubert, samples: Tensor) -> dict[str, numpy.ndarray]:
    """What the graph calls conv0 …, projected, embedded, layer1 …."""
    found, x = {"samples": samples}, samples.unsqueeze(1)
    for i, layer in enumerate(network.feature_extractor.conv_layers):
        found[f"conv{i}"] = x = layer(x)
    names = ["projected", "embedded", *(f"layer{i + 1}" for i in range(network.config.layers))]
    found.update(zip(names, network.hidden_states(samples)))
    return {name: value.numpy() for name, value in found.items()}


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=WHOLE)
    parser.add_argument("layout", choices=["safetensors", "safetensors-f16", "safetensors-bf16", "transformers", "s3prl", "fairseq", "lighthubert", "module"])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--expected", type=Path)
    parser.add_argument("--samples", type=int, default=SAMPLE_RATE)
    parser.add_argument("--part", help="of a supernet: WIDTH,HEADS,RATIO,DEPTH")
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args(arguments)
    torch.set_num_threads(1)
    network = seeded.fill(Hubert((SMALL if args.small else WHOLE)[args.kind]), args.seed)
    write(network, args.layout, args.out)
    if args.expected:
        if args.part:
            width, heads, ratio, depth = args.part.split(",")
            network = cut(network, SubNetwork.uniform(int(width), int(heads), float(ratio), int(depth)))
        samples = 0.1 * torch.randn(1, args.samples, generator=torch.Generator().manual_seed(args.seed))
        with torch.no_grad():
            args.expected.mkdir(parents=True, exist_ok=True)
            for name, value in values(network, samples).items():
                numpy.save(args.expected / f"{name}.npy", value)


if __name__ == "__main__":
    main()

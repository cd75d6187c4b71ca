"""The networks of leave-one-speaker-out: packed into one file, measured, and exported for edgec.

    folds.py pack --weights FOLDER --out wav2small-72k.folds.npz         FOLDER holds SPEAKER.pt of every fold
    folds.py measure wav2small-72k --features FOLDER                     unweighted average recall of every speaker, by its own fold
    folds.py export wav2small-72k --data FOLDER --out FOLDER             for every fold SPEAKER.onnx, SPEAKER.csv (file,label) and SPEAKER/,
                                                                         links to calibration clips of the other speakers
    folds.py compare FOLDER                                              mean recalls of SPEAKER.json, as edgec evaluate wrote them

Weights are kept as float16, which is what is measured and exported.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from torch import nn

from data import LETTERS, SPEAKERS, load
from export import export
from model import EMOTIONS, NETWORKS
from train import recall

HERE = Path(__file__).parent


def pack(weights: Path, path: Path) -> None:
    """Writes all folds' weights as SPEAKER/NAME, float16."""
    packed = {}
    for speaker in SPEAKERS:
        for name, value in torch.load(weights / f"{speaker}.pt").items():
            if value.is_floating_point():
                packed[f"{speaker}/{name}"] = value.numpy().astype(np.float16)
    np.savez_compressed(path, **packed)


def unpack(network: str, path: Path) -> dict[str, nn.Module]:
    """Returns the network of every held-out speaker."""
    packed = np.load(path)
    nets = {}
    for speaker in SPEAKERS:
        net = NETWORKS[network]()
        own = {name.partition("/")[2]: torch.from_numpy(packed[name].astype(np.float32)) for name in packed.files if name.startswith(speaker)}
        missing, unexpected = net.load_state_dict(own, strict=False)
        if unexpected or any("num_batches_tracked" not in name for name in missing):
            raise SystemExit(f"{path} does not hold {network} for speaker {speaker}: missing {missing}, unexpected {unexpected}.")
        nets[speaker] = net.eval()
    return nets


def measure(nets: dict[str, nn.Module], features: Path) -> None:
    """Prints each speaker's unweighted average recall, their mean and deviation, and the recall of each emotion over all speakers."""
    clips = load(features, versions=1)
    scores, truth, heard = [], [], []
    for speaker, net in nets.items():
        own = [clip for clip in clips if clip.speaker == speaker]
        with torch.no_grad():
            given = [int(net(torch.from_numpy(clip.versions[0])[None]).argmax()) for clip in own]
        wanted = [clip.emotion for clip in own]
        scores.append(100 * recall(np.array(wanted), np.array(given)))
        truth += wanted
        heard += given
        print(f"speaker {speaker}: {scores[-1]:.1f} % of {len(own)} clips", flush=True)
    truth, heard = np.array(truth), np.array(heard)
    by_emotion = [100 * (heard[truth == e] == e).mean() for e in range(len(EMOTIONS))]
    print(f"mean {np.mean(scores):.1f} %, deviation {np.std(scores, ddof=1):.1f}; all clips together: recall {np.mean(by_emotion):.1f} %, "
          f"accuracy {100 * (heard == truth).mean():.1f} %")
    print(", ".join(f"{name} {score:.0f}" for name, score in zip(EMOTIONS, by_emotion)))


def export_fold(net: nn.Module, speaker: str, data: Path, out: Path) -> None:
    """Writes a fold for edgec: the network, the held-out clips, and every sixth clip of the others for calibration."""
    export(net, EMOTIONS, out / f"{speaker}.onnx")
    names = sorted(one.name for one in (data / "emodb").glob("*.flac"))
    rows = [f"emodb/{name},{EMOTIONS[LETTERS.index(name[5])]}\n" for name in names if name.startswith(speaker)]
    (out / f"{speaker}.csv").write_text("file,label\n" + "".join(rows))
    links = out / speaker
    links.mkdir(exist_ok=True)
    for name in [name for name in names if not name.startswith(speaker)][::6]:
        if not (links / name).is_symlink():
            (links / name).symlink_to(data.resolve() / "emodb" / name)


def compare(folder: Path, names: list[str]) -> None:
    """Prints each fold's recall by the float network and by what edgec made of it, and the means; exit code 1 where one loses over a point."""
    rows = []
    for speaker in SPEAKERS:
        models = json.loads((folder / f"{speaker}.json").read_text())["models"]
        if len(models) != len(names):
            raise SystemExit(f"{folder / speaker}.json is of {len(models)} models; expected {len(names)}: {', '.join(names)}.")
        rows.append([100 * model["unweighted_average_recall"] for model in models])
        print(f"speaker {speaker}: " + ", ".join(f"{name} {row:.1f} %" for name, row in zip(names, rows[-1])))
    means, deviations = np.mean(rows, 0), np.std(rows, 0, ddof=1)
    for name, mean, deviation in zip(names, means, deviations):
        print(f"mean, {name}: {mean:.1f} %, deviation {deviation:.1f}, {mean - means[0]:+.2f} points to {names[0]}")
    if means[0] - means.min() > 1:
        raise SystemExit(1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("pack")
    one.add_argument("--weights", type=Path, required=True)
    one.add_argument("--out", type=Path, required=True)
    for name, option in (("measure", "--features"), ("export", "--out")):
        one = commands.add_parser(name)
        one.add_argument("network", choices=NETWORKS)
        one.add_argument(option, type=Path, required=True)
        one.add_argument("--folds", type=Path, help="default: NETWORK.folds.npz beside this file")
        if name == "export":
            one.add_argument("--data", type=Path, required=True, help="folder that holds emodb/")
    one = commands.add_parser("compare")
    one.add_argument("folder", type=Path)
    one.add_argument("--names", nargs="+", default=["float", "int8"], help="what the models are, in the order of the files' rows")
    args = parser.parse_args()
    torch.set_num_threads(1)
    if args.command == "pack":
        pack(args.weights, args.out)
        return
    if args.command == "compare":
        compare(args.folder, args.names)
        return
    nets = unpack(args.network, args.folds or HERE / f"{args.network}.folds.npz")
    if args.command == "measure":
        measure(nets, args.features)
        return
    args.out.mkdir(parents=True, exist_ok=True)
    for speaker, net in nets.items():
        export_fold(net, speaker, args.data, args.out)


if __name__ == "__main__":
    main()

"""Linear probes on frozen features: what of words, digits and emotions can be read from a clip's mean embedding.

    probe.py --features FOLDER [--teacher teacher.pt] [--student speech-encoder.npz] [--edge speech-encoder.edge]

Every set of features goes through the same multinomial logistic regression on standardized vectors of a clip:
  log-mel        mean and deviation over time of the 40 bands
  random         mean embedding of the student as it is before training
  teacher, student, edge: mean embedding; edge is the student in int8
Its strength of regularization is chosen by five-fold cross-validation on the probe's training clips. Tests are clips that the encoder never heard:
a fifth of the wake words; two digit speakers, each with a probe trained on the other four; four speakers of EMO-DB, each with a probe trained on the
other seven (unweighted recall).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from scipy.optimize import minimize
from torch import nn

from data import FRACTION, TEST_DIGIT_SPEAKERS, TEST_EMODB_SPEAKERS, WINDOW, Clip, clips
from model import STRIDE, Student, load_student, teacher

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from training.edge_plan import EdgePlan  # noqa: E402

STRENGTHS = (1e-4, 1e-3, 1e-2)

BATCH = 16  # windows

Describe = Callable[[list[Clip]], np.ndarray]


def windows(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cuts [frames, 40] into stretches [windows, WINDOW, 40], silence behind the last, and says which embeddings tell of sound, [windows, WINDOW / 2]."""
    count = max(1, round(len(features) / WINDOW))
    heard = np.zeros((count * WINDOW, features.shape[1]), np.float32)
    kept = min(len(features), len(heard))
    heard[:kept] = features[:kept]
    return heard.reshape(count, WINDOW, -1), (np.arange(count * WINDOW // STRIDE) < kept // STRIDE).reshape(count, -1)


def statistics(found: list[Clip]) -> np.ndarray:
    """Mean and deviation of every band, [clips, 80]."""
    features = [clip.features() for clip in found]
    return np.stack([np.concatenate([x.mean(0), x.std(0)]) for x in features])


def embedder(encode: Callable[[np.ndarray], np.ndarray]) -> Describe:
    """The mean embeddings of clips, [clips, width]; `encode` takes [windows, WINDOW, 40] to [windows, WINDOW / 2, width]."""
    def describe(found: list[Clip]) -> np.ndarray:
        heard, kept = zip(*[windows(clip.features()) for clip in found])
        owner = np.repeat(np.arange(len(found)), [len(one) for one in heard])
        heard, kept = np.concatenate(heard), np.concatenate(kept)
        sums = [(encode(heard[i: i + BATCH]) * kept[i: i + BATCH, :, None]).sum(1) for i in range(0, len(heard), BATCH)]
        total, count = np.zeros((len(found), sums[0].shape[1])), np.zeros(len(found))
        np.add.at(total, owner, np.concatenate(sums))
        np.add.at(count, owner, kept.sum(1))
        return total / count[:, None]

    return describe


def in_float(encoder: nn.Module) -> Describe:
    """By a network in PyTorch."""
    encoder.eval()

    def encode(heard: np.ndarray) -> np.ndarray:
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
            return encoder(torch.from_numpy(heard)).float().numpy()

    return embedder(encode)


def on_device(edge: Path) -> Describe:
    """By an .edge file, in exactly the device's integers."""
    plan = EdgePlan.load(edge)

    def encode(heard: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return plan(plan.quantize(np.round(heard * FRACTION).astype(np.int32))).reshape(len(heard), WINDOW // STRIDE, -1).numpy()

    return embedder(encode)


def fit(x: np.ndarray, y: np.ndarray, strength: float) -> np.ndarray:
    """Returns the weights [values + 1, classes] of least cross entropy plus strength / 2 * the sum of their squares."""
    classes = int(y.max()) + 1
    x = np.concatenate([x, np.ones((len(x), 1))], 1)
    wanted = np.eye(classes)[y]

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        w = flat.reshape(x.shape[1], classes)
        z = x @ w
        z -= z.max(1, keepdims=True)
        p = np.exp(z)
        p /= p.sum(1, keepdims=True)
        kept = w.copy()
        kept[-1] = 0
        value = -np.log(p[wanted > 0] + 1e-30).mean() + strength / 2 * (kept**2).sum()
        return value, (x.T @ (p - wanted) / len(x) + strength * kept).ravel()

    return minimize(loss, np.zeros(x.shape[1] * classes), jac=True, method="L-BFGS-B", options={"maxiter": 150}).x.reshape(-1, classes)


def predict(x: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return (x @ weights[:-1] + weights[-1]).argmax(1)


def recall(truth: np.ndarray, predicted: np.ndarray) -> float:
    """Mean over the classes that occur of the share found."""
    return float(np.mean([(predicted[truth == c] == c).mean() for c in np.unique(truth)]))


def probed(x: np.ndarray, y: np.ndarray, test: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Fits on the rows that are no test, at the strength that groups of them (folds) choose; returns the predictions of the test's rows."""
    centre, spread = x[~test].mean(0), x[~test].std(0) + 1e-6
    x = (x - centre) / spread
    fold = groups[~test]

    def held(strength: float) -> float:
        score = []
        for one in np.unique(fold):
            score.append(recall(y[~test][fold == one], predict(x[~test][fold == one], fit(x[~test][fold != one], y[~test][fold != one], strength))))
        return float(np.mean(score))

    best = max(STRENGTHS, key=held)
    return predict(x[test], fit(x[~test], y[~test], best))


def probe(folder: Path, corpus: str, describe: Describe) -> tuple[float, list[float]]:
    """Returns (the mean over held-out parts in percent, each part)."""
    found = clips(folder, corpus)
    x = describe(found)
    y = np.array([clip.label for clip in found])
    speakers = np.array([clip.speaker for clip in found])
    if corpus == "wake-words":
        parts, groups = [np.array([clip.is_test for clip in found])], np.arange(len(found)) % 5
    else:
        held_out = TEST_DIGIT_SPEAKERS if corpus == "digits" else TEST_EMODB_SPEAKERS
        parts, groups = [speakers == one for one in held_out], speakers
    scores = [100 * recall(y[test], probed(x, y, test, groups)) for test in parts]
    return float(np.mean(scores)), scores


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--teacher", type=Path)
    parser.add_argument("--student", type=Path)
    parser.add_argument("--edge", type=Path)
    parser.add_argument("--max-loss", type=float, metavar="POINTS", help="exit code 1 where the .edge file is so much below the student")
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    described: dict[str, Describe] = {"log-mel": statistics, "random": in_float(Student())}
    if args.teacher:
        large = teacher()
        weights = {key.removeprefix("encoder."): value for key, value in torch.load(args.teacher).items() if key.startswith("encoder.")}
        large.load_state_dict(weights)
        described["teacher"] = in_float(large)
    if args.student:
        described["student"] = in_float(load_student(args.student))
    if args.edge:
        described["edge"] = on_device(args.edge)
    means: dict[tuple[str, str], float] = {}
    for name, describe in described.items():
        for corpus in ("wake-words", "digits", "emodb"):
            mean, parts = probe(args.features, corpus, describe)
            means[name, corpus] = mean
            print(f"{name} {corpus}: {mean:.1f} % ({', '.join(f'{part:.1f}' for part in parts)})", flush=True)
    if args.max_loss is not None:
        lost = max(means["student", corpus] - mean for (name, corpus), mean in means.items() if name == "edge")
        raise SystemExit(int(lost > args.max_loss))


if __name__ == "__main__":
    main()

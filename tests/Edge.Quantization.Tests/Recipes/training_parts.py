"""Tests of quantization/recipes/training that need no engine; run by TrainingPartsTests.

Prints a JSON object a test, {"test": name, "problem": null or the failure}.
"""

import json
import math
import sys
import tempfile
import traceback
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "quantization" / "recipes"))
from training import augmentation, distillation, mixup, schedule  # noqa: E402
from training.edge_file import EdgeFile, pack_int4, unpack_int4  # noqa: E402
from training.fixed_point import Requantize, Rescale, quantize_multiplier  # noqa: E402


def close(actual: object, expected: object, tolerance: float = 1e-5) -> None:
    a, e = np.asarray(actual, np.float64), np.asarray(expected, np.float64)
    assert a.shape == e.shape and np.abs(a - e).max() <= tolerance, f"found {a}; expected {e}"


def raises(action, text: str) -> None:
    try:
        action()
    except ValueError as error:
        assert text in str(error) and len(str(error)) < 500, f"the message is '{error}'; expected '{text}' in it"
        return
    raise AssertionError("nothing was raised; expected a ValueError")


def rescaling_is_exact_where_float64_is_not() -> None:
    rng = np.random.default_rng(1)
    for limit, shifts in ((1 << 31, (-31, 31)), (1 << 47, (-31, 16)), (1 << 20, (-12, 1))):
        m = rng.integers(1 << 30, 1 << 31, 64)
        e = rng.integers(*shifts, 64)
        a = rng.integers(-limit + 1, limit, (50, 64))
        expected = np.array([[(int(x) * int(y) + (1 << (30 - int(z)))) >> (31 - int(z)) for x, y, z in zip(row, m, e)] for row in a], object)
        for low, high in ((-128, 127), (-32768, 32767)):
            found = Rescale.of(m, e).apply(torch.from_numpy(a), low, high).numpy()
            assert np.array_equal(found, np.clip(expected, low, high).astype(np.float32)), (limit, low)


def ties_go_up_in_float64_and_in_int64() -> None:
    odd = torch.arange(-201, 202, 2)
    for e in (-20, -10, 0):
        rescale = Rescale.of(1 << 30, e)  # 2^(e - 1)
        sums = (odd << -e).unsqueeze(1)
        close(rescale.to_nearest(sums).squeeze(1), (odd + 1) // 2)
        close(rescale.apply(sums.double(), -32768, 32767).squeeze(1), (odd + 1) // 2)
        close(rescale.to_nearest(sums - 1).squeeze(1), (odd + 1) // 2 - 1)


def a_factor_over_a_count_is_rounded_once() -> None:
    for count in (1, 2, 3, 25, 49, 1000):
        m, e = 1431931493, 3
        over = Rescale.of(m, e).over(count)
        assert 1 << 30 <= int(over.multiplier) < 1 << 31
        close(float(over.factor) * count / float(Rescale.of(m, e).factor), 1.0, 2**-30)
    assert quantize_multiplier(1.0) == (1 << 30, 1) and quantize_multiplier(0.0) == (0, 0)


def a_gradient_is_the_real_factor_and_stops_at_the_ends() -> None:
    sums = torch.tensor([[100.0, 10.0], [-100000.0, 30.0]], requires_grad=True)
    result = Requantize.apply(sums, Rescale.of(np.array([1 << 30, 1 << 30]), np.array([-3, -1])), -128, 127)
    close(result.detach(), [[6, 3], [-128, 8]])
    result.sum().backward()
    close(sums.grad, [[1 / 16, 1 / 4], [0, 1 / 4]])


def four_bits_are_packed_as_the_format_says() -> None:
    values = np.array([[-8, 7, 3], [-1, 0, 5], [1, -2, 4]], np.int8)
    assert pack_int4(values).tolist() == [0x78, 0xF3, 0x50, 0xE1, 0x04]
    assert np.array_equal(unpack_int4(pack_int4(values).view(np.int8), [3, 3]), values)


def a_file_that_is_no_model_is_refused_with_its_name() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.edge"
        path.write_bytes(b"\x02\0\0\0\0\0\0\0{}")
        raises(lambda: EdgeFile.read(path), "net.edge is no .edge file")
        path.write_bytes(bytes([8, 0, 0, 0, 0, 0, 0, 0]) + b"\xff" * 100_000)
        raises(lambda: EdgeFile.read(path), "net.edge is no .edge file")
        path.write_bytes(b"abc")
        raises(lambda: EdgeFile.read(path), "net.edge is no .edge file")


def a_student_that_says_what_its_teacher_says_has_no_loss() -> None:
    logits = torch.tensor([[2.0, 0.5, -1.0], [0.0, 1.0, 3.0]])
    close(distillation.distillation_loss(logits, logits.softmax(-1), temperature=3.0), 0.0)
    close(distillation.soften(torch.tensor([[0.64, 0.04, 0.32]]), 2.0).sum(), 1.0)
    close(distillation.soften(torch.tensor([[0.64, 0.04]]), 2.0), [[0.8, 0.2]])
    labels = torch.tensor([0, 2])
    mixed = distillation.distillation_loss(logits, logits.softmax(-1), labels, share=0.25)
    close(mixed, 0.75 * torch.nn.functional.cross_entropy(logits, labels))
    opposite = distillation.distillation_loss(-logits, logits.softmax(-1))
    assert float(opposite) > 1


def feature_matching_is_l1_and_cosine_over_layers() -> None:
    a = torch.tensor([[3.0, 4.0]])
    close(distillation.feature_loss(a, a, 1.0), math.log(1 + math.exp(-1)))
    close(distillation.feature_loss(a, -a, 2.0), 7.0 + 2 * math.log(1 + math.e))
    heads = distillation.FeatureMatching(2, 3, 2)
    student, teachers = torch.randn(4, 5, 2), [torch.randn(4, 5, 3) for _ in range(2)]
    expected = sum(float(distillation.feature_loss(head(student), t)) for head, t in zip(heads.heads, teachers)) / 2
    close(heads(student, teachers).detach(), expected)
    raises(lambda: heads(student, teachers[:1]), "1 teacher layers; expected 2")


def pseudo_labels_are_grouped_by_their_largest_and_sum_to_one() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "teacher.npy"
        np.save(path, np.array([[0.2, 0.6, 0.2], [0.0, 0.3, 0.9]], np.float32))
        close(distillation.pseudo_labels(path, ["x", "y", "z"]).sum(1), [1, 1])
        grouped = distillation.pseudo_labels(path, ["dog", "rain"], ["bark", "howl", "rain"], {"dog": ["bark", "howl"], "rain": ["rain"]})
        close(grouped, [[0.75, 0.25], [0.25, 0.75]])
        raises(lambda: distillation.pseudo_labels(path, ["x", "y"]), "3 scores a clip; expected 2: x, y")


def mixup_mixes_inputs_and_targets_alike() -> None:
    rng = np.random.default_rng(2)
    values = torch.arange(1.0, 33.0).reshape(32, 1)
    mixed, targets = mixup.mixup(values, values.clone(), rng, alpha=1.0)
    close(mixed, targets)
    assert float((mixed - values).abs().max()) > 1 and float(mixed.min()) >= 1 and float(mixed.max()) <= 32
    alone, _ = mixup.mixup(values, values, rng, share=0.0)
    close(alone, values)
    loud, _ = mixup.mixup(torch.zeros(8, 4, 2), torch.zeros(8, 2), rng, log=True)
    close(loud, np.zeros((8, 4, 2)), 1e-6)  # as loud as each where both are
    hard, soft = mixup.one_hot(torch.tensor([0, 1, 1, 0]), 2), torch.tensor([[0.7, 0.3]]).repeat(4, 1)
    x, both = mixup.mixup(torch.rand(4, 5, 3), torch.stack([hard, soft], 1), rng, log=True)
    close(both.sum(-1), np.ones((4, 2)))
    assert x.shape == (4, 5, 3) and float(distillation.distillation_loss(torch.zeros(4, 2), both[:, 1], both[:, 0])) > 0
    close(mixup.one_hot(torch.tensor([1]), 2, 0.2), [[0.1, 0.9]])


def augmentation_keeps_shapes_and_what_it_must() -> None:
    rng = np.random.default_rng(3)
    clip = np.abs(rng.normal(5, 2, (30, 16))).astype(np.float32)
    for _ in range(200):
        shifted = augmentation.time_shift(clip, 50, rng)
        rows = np.flatnonzero(shifted.any(1))
        assert shifted.shape == (50, 16) and np.array_equal(shifted[rows[0]:rows[-1] + 1], clip)
        assert augmentation.time_shift(clip, 20, rng).shape == (20, 16)
        warped = augmentation.vocal_tract(clip, rng, 0.2)
        assert warped.shape == clip.shape and warped.dtype == np.float32
        close(warped[:, [0, 15]], clip[:, [0, 15]], 1e-3)
        faster = augmentation.speed(clip, rng, 0.2)
        assert 25 <= len(faster) <= 38 and np.allclose(faster[0], clip[0]) and np.allclose(faster[-1], clip[-1], atol=1e-4)
        masked = augmentation.mask(clip, rng)
        assert (masked[masked != clip] == 0).all() and (masked != 0).mean() > 0.1
        assert augmentation.gain(np.zeros((3, 2), np.float32), rng).max() == 0
    close(augmentation.vocal_tract(clip, rng, 0.0), clip, 1e-4)
    line = np.arange(16, dtype=np.float32)[None]
    close(augmentation.warp(line, np.array([0, 1.5, 15.0])), [[0, 1.5, 15]])


def the_rate_rises_and_falls_and_weights_are_averaged() -> None:
    net = torch.nn.Linear(1, 1, bias=False)
    optimizer = torch.optim.SGD(net.parameters(), 2.0)
    rates = schedule.warm_up_and_cosine(optimizer, 100)
    seen = []
    for _ in range(100):
        seen.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        rates.step()
    close([seen[0], max(seen), seen[55], seen[-1]], [0.2, 2.0, 1.01, 0.02], 2e-3)
    average = schedule.WeightAverage(net, 0.5)
    with torch.no_grad():
        before = float(net.weight)
        net.weight += 4
    average.update(net)
    close(float(average.net.weight), before + 4 * (1 - 2 / 11))


for test in [value for value in list(globals().values()) if getattr(value, "__module__", "") == "__main__" and callable(value)]:
    if test.__name__ in ("close", "raises"):
        continue
    problem = None
    try:
        test()
    except Exception:  # noqa: BLE001 the harness shows it
        problem = traceback.format_exc()
    print(json.dumps({"test": test.__name__, "problem": problem}))

"""Early decision: how little of a word must be heard.

    decide.py --scores scores/ --features features/ [--loss 0.0] [--out detection.json]

scores/{digit}_{speaker}_{n}.npy holds [frames, 10], the running scores of a clip by a network that was not trained on its
speaker (score.py, or `edgec scores`). The rule: the best score leads the second by `margin` for `marginSteps` frames in a row, not
before `minimumMs`. For each speaker it is chosen on all others - the one that hears least and has no more than `--loss` points
less than their whole clips - and measured on that speaker. Reported against the clip, and against its spoken part, which ends with
the last frame within 35 dB of the loudest: what silence saves is no saving. With --out, the rule chosen on all speakers.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data import FRACTION

MINIMUM_FRAMES = [10, 15]  # the detector drops words shorter than this, and few are
MARGINS = [0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99]
STEPS = [1, 2, 3, 4, 5, 6, 8, 10, 12, 15]
SPOKEN_DB = 35
NEVER = 2.0  # a margin that no score has
RULES = [(NEVER, 1, 1)] + [(margin, steps, minimum) for margin in MARGINS for steps in STEPS for minimum in MINIMUM_FRAMES]


@dataclass(frozen=True)
class Heard:
    """A clip: whose it is, its number of frames and where its sound ends, and for every rule the frames heard and whether it is right."""

    speaker: str
    length: int
    spoken: int
    frames: np.ndarray
    right: np.ndarray

    @staticmethod
    def of(path: Path, features: Path) -> Heard:
        scores = np.load(path)
        digit, speaker, _ = path.stem.split("_")
        mel = np.load(features / path.name).astype(np.float64) / FRACTION
        level = 10 * np.log10(np.exp(mel).sum(axis=1))
        spoken = int(np.flatnonzero(level > level.max() - SPOKEN_DB)[-1]) + 1
        best, ordered = scores.argmax(axis=1), np.sort(scores, axis=1)
        lead = ordered[:, -1] - ordered[:, -2]
        frames = np.array([len(best)] + [n for margin in MARGINS for n in decided(best, lead, margin)])
        return Heard(speaker, len(scores), min(spoken, len(scores)), frames, best[frames - 1] == int(digit))


def decided(best: np.ndarray, lead: np.ndarray, margin: float) -> list[int]:
    """Returns for each number of steps and each minimum the frames heard when one label has led for so long; all where none has."""
    t = np.arange(len(best))
    leads = lead >= margin
    begins = leads & ~np.r_[False, leads[:-1] & (best[1:] == best[:-1])]
    hits = np.where(leads, t + 1 - np.maximum.accumulate(np.where(begins, t, -1)), 0)
    found = []
    for steps in STEPS:
        places = np.flatnonzero(hits >= steps) + 1
        found += [int(next(iter(places[places >= minimum]), len(best))) for minimum in MINIMUM_FRAMES]
    return found


def outcomes(clips: list[Heard]) -> np.ndarray:
    """Returns [rules, 3]: share of the clips that are right; frames heard, by those of the clip, by those of its spoken part."""
    spoken = np.array([clip.spoken for clip in clips])[:, None]
    frames = np.stack([clip.frames for clip in clips])
    of_clip = frames / np.array([clip.length for clip in clips])[:, None]
    return np.stack([np.mean([clip.right for clip in clips], axis=0), of_clip.mean(axis=0), (np.minimum(frames, spoken) / spoken).mean(axis=0)], axis=1)


def choose(clips: list[Heard], loss: float) -> int:
    """Returns the rule that hears least of the clips without losing more than `loss` points."""
    found = outcomes(clips)
    return int(np.argmin(np.where(found[:, 0] >= found[0, 0] - loss / 100 - 1e-9, found[:, 1], 2)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scores", type=Path, required=True)
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--loss", type=float, default=0.0)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    clips = [Heard.of(path, args.features) for path in sorted(args.scores.glob("*.npy"))]
    if not clips:
        raise SystemExit(f"{args.scores} holds no scores, {{digit}}_{{speaker}}_{{n}}.npy.")
    rows = []
    for speaker in sorted({clip.speaker for clip in clips}):
        own, others = ([clip for clip in clips if (clip.speaker == speaker) == mine] for mine in (True, False))
        rule = choose(others or own, args.loss)
        whole, early = outcomes(own)[[0, rule]]
        rows.append((whole[0], *early))
        print(f"{speaker}: {100 * whole[0]:.1f} % whole, {100 * early[0]:.1f} % after {100 * early[1]:.1f} % of the clip, "
              f"{100 * early[2]:.1f} % of the speech "
              f"(margin {RULES[rule][0]}, {RULES[rule][1]} steps, not before {10 * RULES[rule][2]} ms; chosen on the others)")
    mean = 100 * np.mean(rows, axis=0)
    print(f"mean: {mean[0]:.2f} % whole, {mean[1]:.2f} % after {mean[2]:.1f} % of the clip, {mean[3]:.1f} % of the speech; "
          f"trailing silence is {100 * np.mean([1 - clip.spoken / clip.length for clip in clips]):.1f} % of the clips")
    if args.out:
        margin, steps, minimum = RULES[choose(clips, args.loss)]
        if margin == NEVER:
            raise SystemExit("No rule loses so little; give a larger --loss.")
        args.out.write_text(json.dumps({"kind": "utterance", "margin": margin, "marginSteps": steps, "minimumMs": 10 * minimum}, indent=2) + "\n")


if __name__ == "__main__":
    main()

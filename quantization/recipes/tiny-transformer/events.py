"""Counts what `edge run --json` told: hits and wrong events in held-out clips, false events an hour in speech and noise.

    events.py FOLDER --data FOLDER

FOLDER holds clips-1.jsonl to clips-4.jsonl, what each fold's network told of the fold that it has not heard, and speech-{n}.jsonl and noise-{n}.jsonl, what
it told of recordings that have none of the sounds.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections import Counter
from pathlib import Path

from data import FOLDS, HELD_OUT_NOISE


def seconds(path: Path) -> float:
    """The length of a FLAC file: of its STREAMINFO, 20 bits of sample rate at byte 18 and 36 bits of samples behind 8 others (RFC 9639, 8.2)."""
    with path.open("rb") as file:
        header = file.read(26)
    if header[:4] != b"fLaC":
        raise ValueError(f"{path} begins with {header[:4]!r}; expected a FLAC file.")
    fields = int.from_bytes(header[18:26], "big")
    return (fields & (1 << 36) - 1) / (fields >> 44)


def told(path: Path) -> list[dict]:
    """The events of a file, one JSON object a line."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def clips(folder: Path) -> None:
    """Clips whose own sound was told at least once, and events of other sounds."""
    hits, wrong, total = 0, Counter(), 0
    for fold in FOLDS:
        events = [(Path(event["file"]), event["label"]) for event in told(folder / f"clips-{fold}.jsonl")]
        hits += len({path for path, label in events if path.parent.name == label})
        wrong.update((path.parent.name, label) for path, label in events if path.parent.name != label)
        total += int((folder / f"clips-{fold}.count").read_text())
    print(f"clips of held-out folds: the sound is told in {hits} of {total} ({100 * hits / total:.1f} %), {wrong.total()} events of another sound")
    print("  most often: " + ", ".join(f"{sound} as {label} {count}" for (sound, label), count in wrong.most_common(6)))


def negatives(folder: Path, name: str, recordings: list[Path]) -> None:
    """False events an hour of each fold's network."""
    hours = sum(map(seconds, recordings)) / 3600
    events = [told(folder / f"{name}-{fold}.jsonl") for fold in FOLDS]
    rates = [len(one) / hours for one in events]
    labels = Counter(event["label"] for one in events for event in one)
    most = ", ".join(f"{label} {count}" for label, count in labels.most_common(4)) or "none"
    print(f"{name}, {60 * hours:.1f} min: {statistics.mean(rates):.1f} false events an hour +- {statistics.stdev(rates):.1f} over the folds' networks "
          f"({', '.join(str(len(one)) for one in events)} events); most often: {most}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    args = parser.parse_args()
    clips(args.folder)
    negatives(args.folder, "speech", sorted((args.data / "negative-speech").glob("*.flac")))
    negatives(args.folder, "noise", [args.data / "noise" / f"{name}.flac" for name in sorted(HELD_OUT_NOISE)])


if __name__ == "__main__":
    main()

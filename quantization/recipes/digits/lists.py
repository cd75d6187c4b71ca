"""The lists of the split, and folders of links to the recordings.

    lists.py --data FOLDER [--links FOLDER]

Writes beside this file test-set.csv (file, label) and calibration.txt, names relative to the data's folder, which holds
digits/. With --links, FOLDER gets calibration/ and test/{label}/ with links to the recordings, for tools that read folders.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from data import LABELS, Clip, clips

HERE = Path(__file__).parent


def write_lists(found: list[Clip]) -> None:
    """Writes test-set.csv and calibration.txt."""
    rows = [f"digits/{clip.name}.flac,{LABELS[clip.digit]}\n" for clip in found if clip.is_test]
    (HERE / "test-set.csv").write_text("file,label\n" + "".join(rows))
    (HERE / "calibration.txt").write_text("".join(f"digits/{clip.name}.flac\n" for clip in found if clip.is_calibration))


def link(found: list[Clip], source: Path, target: Path) -> None:
    """Links the recordings of test and calibration; links that are there stay."""
    for clip in found:
        folder = target / "test" / LABELS[clip.digit] if clip.is_test else target / "calibration"
        if clip.is_test or clip.is_calibration:
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / f"{clip.name}.flac"
            if not path.is_symlink():
                path.symlink_to(source.resolve() / path.name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--links", type=Path)
    args = parser.parse_args()
    found = clips(args.data / "digits", ".flac")
    write_lists(found)
    if args.links:
        link(found, args.data / "digits", args.links)


if __name__ == "__main__":
    main()

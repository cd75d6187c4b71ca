"""Prints the parameters of both networks as published: the fixed Fourier transform and mel filterbank and the scales and offsets of
batch norm included, one JSON object a line.

    count.py
"""

from __future__ import annotations

import json

from model import DIMENSIONS, SecondOrderWav2Small, Wav2Small, parameters

CATEGORIES = 4  # an earlier head of the published small network beside the three dimensions: anger, happiness, neutral, sadness


def main() -> None:
    networks = {
        "wav2small-72k": Wav2Small(len(DIMENSIONS)),
        "wav2small-17k": SecondOrderWav2Small(len(DIMENSIONS) + CATEGORIES),
    }
    for name, net in networks.items():
        print(json.dumps({"network": name, "parameters": parameters(net)}))


if __name__ == "__main__":
    main()

"""Prints the parameters of the encoder that ships and of its teacher, one JSON object a line.

    count.py
"""

from __future__ import annotations

import json

from model import Student, teacher


def main() -> None:
    for name, net in (("speech-encoder", Student()), ("speech-encoder-teacher", teacher())):
        print(json.dumps({"network": name, "parameters": sum(p.numel() for p in net.parameters())}))


if __name__ == "__main__":
    main()

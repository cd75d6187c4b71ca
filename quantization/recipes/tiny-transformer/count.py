"""Prints the network's number of parameters as a line of JSON, embedding and classifier included."""

from __future__ import annotations

import json

from model import TinyTransformer

if __name__ == "__main__":
    count = sum(parameter.numel() for parameter in TinyTransformer().parameters())
    print(json.dumps({"network": "tiny-transformer", "parameters": count}))

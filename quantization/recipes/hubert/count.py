"""Parameters of the networks, a line each: {"network": "distilhubert", "parameters": 23491200}."""

from __future__ import annotations

import json

import supernet
from model import DISTILHUBERT, HUBERT_BASE, Hubert, parameters


def main() -> None:
    configs = {"hubert-base": HUBERT_BASE, "distilhubert": DISTILHUBERT}
    configs.update((name, part.config()) for name, part in supernet.PUBLISHED.items())
    for name, config in configs.items():
        print(json.dumps({"network": name, "parameters": parameters(Hubert(config))}))


if __name__ == "__main__":
    main()

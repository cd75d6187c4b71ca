"""Parameters of the networks, one JSON object a line: {"network": "lmuformer", "parameters": 1621796}."""

import json

from model import networks, parameters

NAMES = {"published": "lmuformer", "published-spiking": "lmuformer-spiking", "small": "lmuformer-small", "small-spiking": "lmuformer-small-spiking"}

for name, net in networks().items():
    print(json.dumps({"network": NAMES[name], "parameters": parameters(net)}))

"""Small networks of the HuBERT family in every layout that is published, and what they give: for HubertNetworkTests.

    hubert_checkpoints.py FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3] / "quantization" / "recipes" / "hubert"))

import checkpoints  # noqa: E402

LAYOUTS = {
    "distilhubert": ["safetensors", "safetensors-f16", "safetensors-bf16", "transformers", "s3prl"],
    "hubert-base": ["safetensors", "transformers", "fairseq", "module"],
    "lighthubert": ["lighthubert"],
}

folder = Path(sys.argv[1])
for kind, layouts in LAYOUTS.items():
    for layout in layouts:
        part = ["--part", "128,2,3.5,10"] if kind == "lighthubert" else []
        expected = ["--expected", str(folder / f"{kind}.expected")] if layout == layouts[0] else []
        checkpoints.main([kind, layout, "--out", str(folder / f"{kind}.{layout}"), "--samples", "3000", "--small", *part, *expected])

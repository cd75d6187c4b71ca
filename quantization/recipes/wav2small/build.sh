#!/usr/bin/env bash
# From the trained integers of wav2small-72k.qat.onnx to speech-emotion.edge, streaming:
#   quantization/recipes/wav2small/build.sh [--out FOLDER]
# --out is samples/models where not given.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
out="$root/samples/models"
if [ "${1:-}" = --out ] && [ $# -ge 2 ]; then
    mkdir -p "$2"
    out=$(realpath "$2")
    shift 2
fi
[ $# = 0 ] || { sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 2; }

dotnet build -c Release --nologo -v quiet "$root/quantization/Edge.Quantization.Cli" > /dev/null
dotnet run --no-build -c Release --project "$root/quantization/Edge.Quantization.Cli" -- build "$here/wav2small-72k.qat.onnx" \
    --detection "$here/detection.json" --name speech-emotion --short-names \
    --provenance recipe=quantization/recipes/wav2small --provenance "licence=weights MIT; data: EMO-DB (CC0), Picovoice benchmarks (Apache-2.0)" \
    --out "$out/speech-emotion.edge"

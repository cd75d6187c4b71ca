#!/usr/bin/env bash
# From the trained network to speech-emotion.edge, int8, streaming:
#   quantization/recipes/wav2small/build.sh --data FOLDER [--out FOLDER]
# FOLDER holds emodb/, every sixth clip of which calibrates; --out is samples/models where not given.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
data="" out="$root/samples/models" work="$root/artifacts/wav2small"
while [ $# -ge 2 ]; do
    case "$1" in
        --data) data=$(realpath "$2") ;;
        --out) mkdir -p "$2"; out=$(realpath "$2") ;;
        *) break ;;
    esac
    shift 2
done
[ $# = 0 ] && [ -d "$data/emodb" ] || { sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 2; }

mkdir -p "$work/calibration"
find "$work/calibration" -type l -delete
find "$data/emodb" -name '*.flac' | sort | awk 'NR % 6 == 1' | xargs ln -st "$work/calibration"
dotnet build -c Release --nologo -v quiet "$root/quantization/Edge.Quantization.Cli" > /dev/null
dotnet run --no-build -c Release --project "$root/quantization/Edge.Quantization.Cli" -- build "$here/wav2small-72k.onnx" \
    --calibration "$work/calibration" --detection "$here/detection.json" --name speech-emotion --max-size 80000 --short-names \
    --provenance recipe=quantization/recipes/wav2small --provenance "licence=weights MIT; data: EMO-DB (CC0), Picovoice benchmarks (Apache-2.0)" \
    --out "$out/speech-emotion.edge"

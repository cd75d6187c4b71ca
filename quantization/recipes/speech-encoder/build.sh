#!/usr/bin/env bash
# From the trained encoder to speech-encoder.edge, int8, a window of two seconds:
#   quantization/recipes/speech-encoder/build.sh --data FOLDER [--out FOLDER]
# FOLDER holds wake-words/ and emodb/, some clips of which calibrate; --out is samples/models where not given.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
data="" out="$root/samples/models" work="$root/artifacts/speech-encoder"
while [ $# -ge 2 ]; do
    case "$1" in
        --data) data=$(realpath "$2") ;;
        --out) mkdir -p "$2"; out=$(realpath "$2") ;;
        *) break ;;
    esac
    shift 2
done
[ $# = 0 ] && [ -d "$data/emodb" ] && [ -d "$data/wake-words" ] || { sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 2; }

mkdir -p "$work/calibration"
find "$work/calibration" -type l -delete
{
    find "$data/emodb" \( -name '03*.flac' -o -name '08*.flac' -o -name '09*.flac' -o -name '10*.flac' \) | sort | awk 'NR % 5 == 1'
    find "$data/wake-words/computer" "$data/wake-words/jarvis" -name '*.flac' | sort | awk 'NR % 20 == 1'
} | while read -r clip; do ln -s "$clip" "$work/calibration/$(basename "$(dirname "$clip")")-$(basename "$clip")"; done
/usr/bin/python3 "$here/export.py" --weights "$here/speech-encoder.npz" --onnx "$work/speech-encoder.onnx"
dotnet build -c Release --nologo -v quiet "$root/quantization/Edge.Quantization.Cli" > /dev/null
dotnet run --no-build -c Release --project "$root/quantization/Edge.Quantization.Cli" -- build "$work/speech-encoder.onnx" \
    --calibration "$work/calibration" --calibration-limit 20 --learned-rounding off --equalize off --window-frames 200 --stride-frames 100 --name speech-encoder \
    --provenance recipe=quantization/recipes/speech-encoder --provenance "licence=weights MIT; data: see NOTICE" \
    --out "$out/speech-encoder.edge"

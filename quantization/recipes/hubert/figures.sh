#!/usr/bin/env bash
# The figures of README.md, from seeded weights and recordings of 16 kHz, some minutes:
#   quantization/recipes/hubert/figures.sh --data FOLDER [--kind distilhubert] [--work FOLDER]
# FOLDER holds negative-speech/, of which every 20th recording calibrates, and emodb/ and wake-words/, of which some are measured. Kinds: distilhubert, lighthubert-small.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
python=/usr/bin/python3
data="" kind=distilhubert work="$root/artifacts/hubert"

usage() { sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 2; }
while [ $# -gt 0 ]; do
    [ $# -ge 2 ] || usage
    case "$1" in
        --data) data=$(realpath "$2") ;;
        --kind) kind=$2 ;;
        --work) work=$2 ;;
        *) usage ;;
    esac
    shift 2
done
[ -n "$data" ] || usage
for folder in negative-speech emodb wake-words; do
    [ -d "$data/$folder" ] || { echo "No folder $folder in $data." >&2; exit 2; }
done
mkdir -p "$work"
work=$(realpath "$work")

source "$here/packages.sh"
export OMP_NUM_THREADS=1
edgec() { dotnet run -c Release --project "$root/quantization/Edge.Quantization.Cli" -- "$@"; }
edge() { dotnet run -c Release --project "$root/sdk/Edge.Cli" -- "$@"; }

cd "$here"
$python count.py
case "$kind" in
    distilhubert)
        $python checkpoints.py distilhubert safetensors --out "$work/weights"
        edgec checkpoint "$work/weights" --out "$work/$kind.onnx" ;;
    lighthubert-small)
        $python checkpoints.py lighthubert lighthubert --out "$work/weights"
        edgec checkpoint "$work/weights" --embed 384 --heads 6 --ffn-ratio 4 --depth 12 --out "$work/$kind.onnx" ;;
    *) usage ;;
esac

every() { find "$data/$2" -name '*.flac' | sort | awk -v n="$1" 'NR % n == 1'; } # N FOLDER
mapfile -t calibration < <(every 20 negative-speech | awk '{ print "--calibration"; print }')
mapfile -t measured < <(every 60 emodb; every 200 wake-words)
edgec quantize "$work/$kind.onnx" "${calibration[@]}" --preset fast --range percentile --percentile 99.995 --wide-values on --wide-tables on --narrow-layers --out "$work/$kind.int8.onnx"
edgec build "$work/$kind.int8.onnx" --window-frames 50 --stride-frames 50 --out "$work/$kind.edge"
edge run --model "$work/$kind.edge" --json "${measured[@]}" | $python compare.py "$kind"

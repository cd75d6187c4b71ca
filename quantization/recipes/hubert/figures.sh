#!/usr/bin/env bash
# The figures of README.md, from seeded weights and recordings of 16 kHz, some minutes:
#   quantization/recipes/hubert/figures.sh --data FOLDER [--kind distilhubert] [--work FOLDER]
# FOLDER is searched for recordings; every 20th calibrates, every 21st is measured. Kinds: distilhubert, lighthubert-small.
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

mapfile -t recordings < <(find "$data" -name '*.flac' | sort)
calibration=() measured=()
for i in "${!recordings[@]}"; do
    [ $((i % 20)) = 0 ] && [ ${#calibration[@]} -lt 16 ] && calibration+=(--calibration "${recordings[$i]}")
    [ $((i % 20)) = 1 ] && [ ${#measured[@]} -lt 8 ] && measured+=("${recordings[$i]}")
done
edgec quantize "$work/$kind.onnx" "${calibration[@]}" --preset fast --range percentile --wide-values on --narrow-layers --out "$work/$kind.int8.onnx"
edgec build "$work/$kind.int8.onnx" --window-frames 50 --stride-frames 50 --out "$work/$kind.edge"
edge run --model "$work/$kind.edge" --json "${measured[@]}" | $python compare.py "$kind"

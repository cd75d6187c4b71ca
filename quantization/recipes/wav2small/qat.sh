#!/usr/bin/env bash
# Quantization-aware training of wav2small-72k, of the networks of all folds and of the one of all speakers:
#   quantization/recipes/wav2small/qat.sh --data FOLDER [--work FOLDER] [--out FOLDER] [--epochs N] [-- QUANTIZE-OPTIONS]
# FOLDER holds emodb/; --work is what train.sh left, with features and weights. Beside this file, or in --out, it writes qat/SPEAKER.edge of every
# fold and wav2small-72k.qat.onnx. The two 169 x 169 layers get 4 bits, by `--max-size 60000`; what stands behind -- takes its place.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
python=/usr/bin/python3
data="" work="$root/artifacts/wav2small" out="$here" epochs=3 quantize=(--max-size 60000)

usage() { sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2; }
while [ $# -gt 0 ]; do
    [ "$1" != -- ] || { shift; quantize=("$@"); break; }
    [ $# -ge 2 ] || usage
    case "$1" in
        --data) data=$(realpath "$2") ;;
        --work) work=$(realpath "$2") ;;
        --out) mkdir -p "$2"; out=$(realpath "$2") ;;
        --epochs) epochs=$2 ;;
        *) usage ;;
    esac
    shift 2
done
[ -d "$data/emodb" ] || usage
[ -f "$work/wav2small-72k/all.pt" ] && [ -d "$work/version1" ] || { echo "$work has no wav2small-72k/all.pt and version1/; expected what train.sh leaves." >&2; exit 2; }

source "$here/packages.sh"
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
dotnet build -c Release --nologo -v quiet "$root/quantization/Edge.Quantization.Cli" > /dev/null
edgec() { dotnet "$root"/quantization/Edge.Quantization.Cli/bin/Release/net10*/edgec.dll "$@"; }

cd "$here"
mkdir -p "$out/qat"
folds="$work/qat"
$python folds.py export wav2small-72k --data "$data" --out "$folds"
cp wav2small-72k.onnx "$folds/all.onnx"
mkdir -p "$folds/all"
find "$data/emodb" -name '*.flac' | sort | awk 'NR % 6 == 1' | xargs ln -sft "$folds/all"
for fold in 03 08 09 10 12 13 14 15 all; do
    held_out=()
    [ "$fold" = all ] || held_out=(--held-out "$fold")
    edgec build "$folds/$fold.onnx" --calibration "$folds/$fold" "${quantize[@]}" --qdq "$folds/$fold.int8.onnx" --out "$folds/$fold.int8.edge" > "$folds/$fold.txt"
    $python qat.py "$folds/$fold.int8.edge" "$folds/$fold.int8.onnx" --features "$work" --teacher "$work/wav2small-72k/$fold.pt" \
        "${held_out[@]}" --out "$folds/$fold.qat.onnx" --epochs "$epochs"
    if [ "$fold" = all ]; then
        cp "$folds/all.qat.onnx" "$out/wav2small-72k.qat.onnx"
    else
        edgec build "$folds/$fold.qat.onnx" --short-names --out "$out/qat/$fold.edge" > /dev/null
    fi
done

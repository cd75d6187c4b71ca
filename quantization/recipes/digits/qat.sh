#!/usr/bin/env bash
# Quantization-aware training of the digit networks, from shipped float weights to the device's accuracy:
#   quantization/recipes/digits/qat.sh --data FOLDER [--work FOLDER] [--network NAME] [--epochs N] [-- QUANTIZE-OPTIONS]
# FOLDER holds digits/ (see README.md). The defaults quantize tiny-transformer by `--preset fast`, which loses two points, and train it on; what
# stands behind -- goes to `edgec quantize` instead, as in: --network ds-cnn -- --weight-bits 4 --weights per-tensor --preset fast
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
python=/usr/bin/python3
data="" work="$root/artifacts/qat" network=tiny-transformer epochs=12 quantize=(--preset fast)

usage() { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }
while [ $# -gt 0 ]; do
    [ "$1" != -- ] || { shift; quantize=("$@"); break; }
    [ $# -ge 2 ] || usage
    case "$1" in
        --data) data=$(realpath "$2") ;;
        --work) work=$2 ;;
        --network) network=$2 ;;
        --epochs) epochs=$2 ;;
        *) usage ;;
    esac
    shift 2
done
[ -n "$data" ] || usage
[ -d "$data/digits" ] || { echo "No folder digits in $data." >&2; exit 2; }
[ -f "$here/$network.onnx" ] || { echo "There is no $here/$network.onnx; expected --network ds-cnn, ds-cnn-outliers, res-swish or tiny-transformer." >&2; exit 2; }
mkdir -p "$work/clips" "$work/test"
work=$(realpath "$work")

source "$here/packages.sh"
export OMP_NUM_THREADS=1

dotnet build "$root/quantization/Edge.Quantization.Cli" -c Release -v q --nologo > /dev/null
edgec() { dotnet "$root"/quantization/Edge.Quantization.Cli/bin/Release/net10.0/edgec.dll "$@"; }

while read -r clip; do ln -sfn "$data/$clip" "$work/clips/"; done < "$here/calibration.txt"
tail -n +2 "$here/test-set.csv" | cut -d, -f1 | while read -r clip; do ln -sfn "$data/$clip" "$work/test/"; done
edgec features --front-end-file "$here/front-end.json" --out "$work/features" "$data/digits" > /dev/null

cd "$work"
ln -sfn "$here/$network.onnx" "$network.onnx"
windowed=(--window-frames 50 --stride-frames 5)
edgec quantize "$network.onnx" --calibration clips "${quantize[@]}" --out "$network.ptq.onnx" > "$network.ptq.txt"
edgec build "$network.ptq.onnx" "${windowed[@]}" --out "$network.ptq.edge" > /dev/null
$python "$here/qat.py" "$network.ptq.edge" "$network.ptq.onnx" --features features --out "$network.qat.onnx" --epochs "$epochs"
edgec build "$network.qat.onnx" "${windowed[@]}" --out "$network.qat.edge"

edgec evaluate "$network.onnx" "$network.ptq.edge" "$network.qat.edge" "$data" --labels-file "$here/test-set.csv" | sed -n 3,6p
rm -rf scores
edgec scores "$network.qat.edge" --out scores test > /dev/null
$python "$here/../training/verify.py" "$network.qat.edge" --features features --scores scores

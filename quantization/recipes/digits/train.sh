#!/usr/bin/env bash
# From recordings to four ONNX files:
#   quantization/recipes/digits/train.sh --data FOLDER [--out FOLDER] [--work FOLDER]
# FOLDER holds digits/{digit}_{speaker}_{n}.flac (see README.md); --out is this script's folder where not given.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
python=/usr/bin/python3
data="" out="$here" work="$root/artifacts/digits"

usage() { sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 2; }
while [ $# -gt 0 ]; do
    [ $# -ge 2 ] || usage
    case "$1" in
        --data) data=$(realpath "$2") ;;
        --out) mkdir -p "$2"; out=$(realpath "$2") ;;
        --work) work=$2 ;;
        *) usage ;;
    esac
    shift 2
done
[ -n "$data" ] || usage
[ -d "$data/digits" ] || { echo "No folder digits in $data." >&2; exit 2; }
mkdir -p "$work"
work=$(realpath "$work")

source "$here/packages.sh"
export OMP_NUM_THREADS=1  # layers so small gain nothing by threads; the three networks train side by side

dotnet run -c Release --project "$root/quantization/Edge.Quantization.Cli" -- features \
    --front-end-file "$here/front-end.json" --out "$work/features" "$data/digits" > /dev/null

cd "$here"
$python lists.py --data "$data" --links "$work"

train() { # NETWORK EPOCHS RATE OUT [OPTIONS]
    $python train.py "$1" --features "$work/features" --epochs "$2" --rate "$3" --out "$work/$4.pt" "${@:5}" > "$work/$4.log" &&
        tail -n 1 "$work/$4.log"
}
export_onnx() { $python export.py "$1" --weights "$work/$1.pt" --onnx "$out/$1.onnx"; }

(train ds-cnn 60 4e-3 ds-cnn && export_onnx ds-cnn) &
jobs=($!)
(train res-swish 100 4e-3 res-swish && export_onnx res-swish) &
jobs+=($!)
(train tiny-transformer 80 2e-3 tiny-transformer.first \
    && train tiny-transformer 36 1e-3 tiny-transformer --start "$work/tiny-transformer.first.pt" --seed 2 && export_onnx tiny-transformer) &
jobs+=($!)
for job in "${jobs[@]}"; do
    wait "$job"
done
$python make_outliers.py "$out/ds-cnn.onnx" "$out/ds-cnn-outliers.onnx"

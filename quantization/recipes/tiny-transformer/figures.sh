#!/bin/bash
# The figures of the tiny transformer: float and int8 accuracy of every fold from the weights of this folder, and the model that ships, built.
#   quantization/recipes/tiny-transformer/figures.sh --data FOLDER [--work FOLDER]
# --data holds esc10/fold1 to fold4. Some minutes on two cores; exit code 1 where int8 loses more than a point in the mean.
set -euo pipefail
root=$(cd "$(dirname "$0")/../../.." && pwd)
recipe=$root/quantization/recipes/tiny-transformer
data='' work=$root/artifacts/figures/tiny-transformer
while [ $# -gt 0 ]; do
    case $1 in
        --data) data=$(cd "$2" && pwd); shift 2 ;;
        --work) work=$2; shift 2 ;;
        *) echo "Unknown argument '$1'; expected --data FOLDER [--work FOLDER]." >&2; exit 2 ;;
    esac
done
[ -d "$data/esc10/fold1" ] || { echo "--data '$data' holds no esc10/fold1." >&2; exit 2; }

dotnet build "$root/quantization/Edge.Quantization.Cli" -c Release -v q --nologo > /dev/null
edgec() { dotnet "$root"/quantization/Edge.Quantization.Cli/bin/Release/net*/edgec.dll "$@"; }
mkdir -p "$work"
cd "$work"

# A window is the whole clip; what a few clips have beyond 5 s is heard too, 40 ms further on each time, and the mean counts.
for fold in 1 2 3 4; do
    mkdir -p "training-$fold"
    for other in 1 2 3 4; do
        [ $other = $fold ] || ln -sfn "$data/esc10/fold$other" "training-$fold/"
    done
    for name in fold scratch; do
        edgec quantize "$recipe/$name-$fold.onnx" --calibration "training-$fold" --calibration-limit 120 --out "$name-$fold.int8.onnx" > "$name-$fold.txt"
        edgec build "$name-$fold.int8.onnx" --window-frames 248 --stride-frames 2 --out "$name-$fold.edge" > /dev/null
        edgec evaluate "$recipe/$name-$fold.onnx" "$name-$fold.edge" "$data/esc10/fold$fold" --stride-frames 2 --clip-score mean --json > "$name-$fold.json"
    done
done
/usr/bin/python3 "$recipe/report.py" "$work"

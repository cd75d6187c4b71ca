#!/bin/bash
# The figures of the tool chain that README.md names, each by the command that gives it.
#   quantization/recipes/digits/figures.sh --data FOLDER [--work FOLDER]
# FOLDER holds digits/ and wake-words/ as described in the recipes' READMEs. Some minutes on two cores; exit code 1 where a figure is missed.
set -euo pipefail
root=$(cd "$(dirname "$0")/../../.." && pwd)
recipe=$root/quantization/recipes/digits wake=$root/quantization/recipes/wake-words
data='' work=$root/artifacts/figures missed=0
while [ $# -gt 0 ]; do
    case $1 in
        --data) data=$(cd "$2" && pwd); shift 2 ;;
        --work) work=$2; shift 2 ;;
        *) echo "Unknown argument '$1'; expected --data FOLDER [--work FOLDER]." >&2; exit 2 ;;
    esac
done
[ -d "$data/digits" ] && [ -d "$data/wake-words" ] || { echo "--data '$data' holds no digits/ and wake-words/." >&2; exit 2; }

dotnet build "$root/quantization/Edge.Quantization.Cli" -c Release -v q --nologo > /dev/null
edgec() { dotnet "$root"/quantization/Edge.Quantization.Cli/bin/Release/net*/edgec.dll "$@"; }
accuracy() { edgec evaluate "$@" "$data" --labels-file "$recipe/test-set.csv" | sed -n '3,/^against/p' | grep -v '^against'; }

clips=$work/calibration
mkdir -p "$clips"
while read -r clip; do ln -sfn "$data/$clip" "$clips/"; done < "$recipe/calibration.txt"
ln -sfn "$recipe"/*.onnx "$wake/wake-words.onnx" "$wake/wake-words.qdq.onnx" "$root/samples/models/wake-words.edge" "$work/"
cd "$work"

echo "== Integer engine against ONNX Runtime, 1,000 random and 1,000 recorded inputs"
agree=(--random 1000 --calibration-limit 1000 --outputs-only --require-within-one-lsb 0.999 --require-top-1 0.995)
edgec diff wake-words.qdq.onnx wake-words.edge "${agree[@]}" --calibration "$data/wake-words" | tail -n 1 || missed=1
for network in ds-cnn res-swish tiny-transformer; do
    edgec quantize "$network.onnx" --calibration "$clips" --out "$network.int8.onnx" > "$network.txt"
    echo "$network"
    edgec diff "$network.int8.onnx" "${agree[@]}" --calibration "$data/digits" | tail -n 1 || missed=1
done

echo "== Float against int8: wake words, and the digit networks"
edgec evaluate wake-words.onnx wake-words.edge "$data/wake-words" --max-loss 0.3 | sed -n 3,5p || missed=1
for network in ds-cnn res-swish tiny-transformer; do
    edgec build "$network.int8.onnx" --window-frames 50 --stride-frames 5 --out "$network.edge" > /dev/null
    accuracy "$network.onnx" "$network.int8.onnx" "$network.edge"
done

echo "== ds-cnn with one scale a weight tensor: minimum and maximum alone, then learned rounding and bias correction"
edgec quantize ds-cnn.onnx --calibration "$clips" --weights per-tensor --preset fast --out per-tensor.onnx > /dev/null
edgec quantize ds-cnn.onnx --calibration "$clips" --weights per-tensor --preset fast --learned-rounding on --bias-correction on --out per-tensor.learned.onnx > /dev/null
accuracy ds-cnn.onnx per-tensor.onnx per-tensor.learned.onnx

echo "== ds-cnn with outlier channels: one scale a tensor, and what edgec quantize makes of it"
edgec quantize ds-cnn-outliers.onnx --calibration "$clips" --weights per-tensor --preset fast --out outliers.onnx > /dev/null
edgec quantize ds-cnn-outliers.onnx --calibration "$clips" --out outliers.best.onnx > /dev/null
edgec quantize ds-cnn-outliers.onnx --calibration "$clips" --weights per-tensor --out outliers.best-per-tensor.onnx > /dev/null
accuracy ds-cnn-outliers.onnx outliers.onnx outliers.best.onnx outliers.best-per-tensor.onnx
edgec analyze ds-cnn-outliers.onnx outliers.onnx --calibration "$clips" --calibration-limit 60 --out outliers.html

echo "== 109,000 parameters, 500 clips: quantized and built"
start=$(date +%s)
edgec build tiny-transformer.onnx --calibration "$data/digits" --calibration-limit 500 --window-frames 50 --stride-frames 5 --out timed.edge | sed -n 1p
echo "$(($(date +%s) - start)) s"

exit $missed

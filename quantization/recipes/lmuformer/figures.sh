#!/bin/bash
# The figures of this recipe, measured again from the committed weights:
#   quantization/recipes/lmuformer/figures.sh --data FOLDER [--work FOLDER]
# FOLDER holds digits/. Each network hears the speaker that it was not trained on; calibrated on clips of the others. Some minutes on two cores;
# exit code 1 where a network loses more than a point by int8.
set -euo pipefail
root=$(cd "$(dirname "$0")/../../.." && pwd)
recipe=$root/quantization/recipes/lmuformer
data='' work=$root/artifacts/figures/lmuformer missed=0
usage() { sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2; }
while [ $# -gt 0 ]; do
    [ $# -ge 2 ] || usage
    case $1 in
        --data) data=$2 ;;
        --work) work=$2 ;;
        *) usage ;;
    esac
    shift 2
done
[ -d "$data/digits" ] || { echo "--data '$data' holds no digits/." >&2; exit 2; }
data=$(cd "$data" && pwd)

dotnet build "$root/quantization/Edge.Quantization.Cli" -c Release -v q --nologo > /dev/null
edgec() { dotnet "$root"/quantization/Edge.Quantization.Cli/bin/Release/net*/edgec.dll "$@"; }
python() { OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 -W ignore "$@"; }
label() { local names=(zero one two three four five six seven eight nine); echo "${names[$1]}"; }

mkdir -p "$work"
work=$(cd "$work" && pwd)
cd "$recipe"
echo "== Parameters"
python count.py

echo "== Float, each speaker by the network that has not heard him"
edgec features --front-end-file front-end.json --out "$work/features" "$data/digits" > /dev/null
python score.py small --weights weights --features "$work/features" --out "$work/float"

echo "== Early decision by the float scores: rule chosen on the other speakers; with no loss there, and with half a point"
python decide.py --scores "$work/float" --features "$work/features"
python decide.py --scores "$work/float" --features "$work/features" --loss 0.5

echo "== Int8: whole clips, and the early decision chosen on the device's own scores"
rm -rf "$work/device"
for weights in weights/small-[!s]*.pt; do
    speaker=$(basename "$weights" .pt); speaker=${speaker#small-}
    clips=$work/calibration-$speaker
    mkdir -p "$clips"
    for clip in "$data"/digits/*_1[05].flac; do case $clip in *_"$speaker"_*) ;; *) ln -sfn "$clip" "$clips/" ;; esac; done
    { echo file,label; for clip in "$data"/digits/*_"$speaker"_*.flac; do name=$(basename "$clip"); echo "$name,$(label "${name:0:1}")"; done; } > "$work/$speaker.csv"
    python export.py small --weights "$weights" --onnx "$work/$speaker.onnx" 2> /dev/null
    edgec build "$work/$speaker.onnx" --calibration "$clips" --detection whole.json --out "$work/$speaker.edge" > "$work/$speaker.txt"
    edgec evaluate "$work/$speaker.onnx" "$work/$speaker.edge" "$data/digits" --labels-file "$work/$speaker.csv" --worst 0 --max-loss 1 | sed -n 4,5p || missed=1
    edgec scores "$work/$speaker.edge" "$data"/digits/*_"$speaker"_*.flac --out "$work/device" > /dev/null
done
python decide.py --scores "$work/device" --features "$work/features"
python decide.py --scores "$work/device" --features "$work/features" --loss 0.5 --out "$work/detection.json"

if compgen -G "weights/small-spiking-*.pt" > /dev/null; then
    echo "== Spiking, float"
    python score.py small-spiking --weights weights --features "$work/features"
fi
exit $missed

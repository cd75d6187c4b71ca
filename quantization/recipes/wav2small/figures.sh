#!/usr/bin/env bash
# What the README says, measured again from the weights beside this file:
#   quantization/recipes/wav2small/figures.sh --data FOLDER [--work FOLDER]
# FOLDER holds emodb/. Some ten minutes on two cores; exit code 1 where what ships, or
# the int8 form of the small network, loses over a point, or the device's scores are not those of training.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
python=/usr/bin/python3
data="" work="$root/artifacts/wav2small" missed=0
while [ $# -ge 2 ]; do
    case "$1" in
        --data) data=$(realpath "$2") ;;
        --work) work=$2 ;;
        *) break ;;
    esac
    shift 2
done
[ $# = 0 ] && [ -d "$data/emodb" ] || { sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2; }
mkdir -p "$work/version0"
work=$(realpath "$work")

source "$here/packages.sh"
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
dotnet build -c Release --nologo -v quiet "$root/quantization/Edge.Quantization.Cli" > /dev/null
edgec() { dotnet "$root"/quantization/Edge.Quantization.Cli/bin/Release/net10*/edgec.dll "$@"; }
cd "$here"

echo "== Parameters as published"
$python count.py

edgec features --front-end-file front-end.json --out "$work/version0" "$data/emodb" > /dev/null
for network in wav2small-72k wav2small-17k; do
    echo "== $network, unweighted average recall, every speaker by the network that never heard him"
    $python folds.py measure "$network" --features "$work"
    echo "== $network, the same by edgec: float (ONNX Runtime), int8 (.edge, streaming), shipped (two layers in 4 bits, trained on)"
    folds="$work/$network.folds"
    $python folds.py export "$network" --data "$data" --out "$folds"
    names=(float int8)
    [ "$network" = wav2small-17k ] || names+=(shipped)
    for speaker in 03 08 09 10 12 13 14 15; do
        models=("$folds/$speaker.onnx" "$folds/$speaker.edge")
        [ "$network" = wav2small-17k ] || models+=("qat/$speaker.edge")
        edgec build "$folds/$speaker.onnx" --calibration "$folds/$speaker" --out "$folds/$speaker.edge" > "$folds/$speaker.txt"
        edgec evaluate "${models[@]}" "$data" --labels-file "$folds/$speaker.csv" --clip-score last --json > "$folds/$speaker.json"
    done
    $python folds.py compare "$folds" --names "${names[@]}" || missed=1
done

echo "== wav2small-72k as trained in PyTorch's integers, and on the device"
for speaker in 03 08 09 10 12 13 14 15; do
    rm -rf "$work/scores"
    edgec scores "qat/$speaker.edge" --out "$work/scores" "$data"/emodb/$speaker*.flac > /dev/null
    $python ../training/verify.py "qat/$speaker.edge" --features "$work/version0" --scores "$work/scores" || missed=1
done
exit $missed

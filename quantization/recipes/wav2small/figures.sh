#!/usr/bin/env bash
# What the README says, measured again from the weights beside this file:
#   quantization/recipes/wav2small/figures.sh --data FOLDER [--work FOLDER]
# FOLDER holds emodb/. Some ten minutes on two cores; exit code 1 where int8 loses over a point.
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
[ $# = 0 ] && [ -d "$data/emodb" ] || { sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 2; }
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
    echo "== $network, the same by edgec: float (ONNX Runtime), int8 (.edge, streaming)"
    folds="$work/$network.folds"
    $python folds.py export "$network" --data "$data" --out "$folds"
    for speaker in 03 08 09 10 12 13 14 15; do
        edgec build "$folds/$speaker.onnx" --calibration "$folds/$speaker" --out "$folds/$speaker.edge" > "$folds/$speaker.txt"
        edgec evaluate "$folds/$speaker.onnx" "$folds/$speaker.edge" "$data" --labels-file "$folds/$speaker.csv" \
            --clip-score last --json > "$folds/$speaker.json"
    done
    $python folds.py compare "$folds" || missed=1
done
exit $missed

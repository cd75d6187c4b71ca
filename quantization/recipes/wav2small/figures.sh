#!/usr/bin/env bash
# What the README says, measured again from the weights beside this file:
#   quantization/recipes/wav2small/figures.sh --data FOLDER [--work FOLDER] [--quantize]
# FOLDER holds emodb/. Some minutes on two cores, twice as long with --quantize, which also measures wav2small-72k in int8 before it is trained on.
# Exit code 1 where a quantized network loses over a point to its float form, or the device's scores are not those of training.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
python=/usr/bin/python3
speakers="03 08 09 10 12 13 14 15"
data="" work="$root/artifacts/wav2small" missed=0 quantize=no
while [ $# -gt 0 ]; do
    [ "$1" != --quantize ] || { quantize=yes; shift; continue; }
    [ $# -ge 2 ] || break
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

# The way of post-training quantization whose logits come nearest to the float ones' on training speakers' clips that calibrate nothing.
int8=(--range minmax --equalize off --wide-values on --learned-rounding on --bias-correction on --short-names)

measure() { # NETWORK SPEAKER FORM..: each one's recall, to SPEAKER.json
    local folds="$work/$1.folds" speaker=$2 models=()
    rm -f "$folds/$speaker.json"
    for form in "${@:3}"; do
        case $form in
            float) models+=("$folds/$speaker.onnx") ;;
            int8) models+=("$folds/$speaker.edge")
                edgec build "$folds/$speaker.onnx" --calibration "$folds/$speaker" "${int8[@]}" --out "$folds/$speaker.edge" > "$folds/$speaker.txt" 2>&1 ;;
            4-bit) models+=("qat/$speaker.edge") ;;
        esac
    done
    edgec evaluate "${models[@]}" "$data" --labels-file "$folds/$speaker.csv" --clip-score last --json > "$folds/$speaker.json"
}

for network in wav2small-72k wav2small-17k; do
    echo "== $network, unweighted average recall, every speaker by the network that never heard him"
    $python folds.py measure "$network" --features "$work"
    $python folds.py export "$network" --data "$data" --out "$work/$network.folds"
    forms=(float int8)
    [ $network = wav2small-17k ] || forms=(float 4-bit)
    [ $network = wav2small-17k ] || [ $quantize = no ] || forms=(float int8 4-bit)
    echo "== $network, the same by edgec: float in ONNX Runtime, .edge files streaming"
    for speaker in $speakers; do
        measure $network $speaker "${forms[@]}" &
        [ "$(jobs -rp | wc -l)" -lt 2 ] || wait -n
    done
    wait
    $python folds.py compare "$work/$network.folds" --names "${forms[@]}" || missed=1
done

echo "== wav2small-72k as trained in PyTorch's integers, and on the device"
for speaker in $speakers; do
    rm -rf "$work/scores"
    edgec scores "qat/$speaker.edge" --out "$work/scores" "$data"/emodb/$speaker*.flac > /dev/null
    $python ../training/verify.py "qat/$speaker.edge" --features "$work/version0" --scores "$work/scores" || missed=1
done
exit $missed

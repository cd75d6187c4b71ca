#!/usr/bin/env bash
# From recordings to the networks of every fold, the networks of all speakers, and speech-emotion.edge:
#   quantization/recipes/wav2small/train.sh --data FOLDER [--out FOLDER] [--work FOLDER]
# FOLDER holds emodb/, wake-words/ and negative-speech/ (see README.md); --out is samples/models where not given.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
python=/usr/bin/python3
data="" out="$root/samples/models" work="$root/artifacts/wav2small"

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
for folder in emodb wake-words negative-speech; do
    [ -d "$data/$folder" ] || { echo "No folder $folder in $data." >&2; exit 2; }
done
mkdir -p "$work/version0"
work=$(realpath "$work")

source "$here/packages.sh"
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1  # layers so small gain nothing by threads; two folds train side by side
"$root/build.sh" onnxruntime  # with which `edgec build` measures the network's ranges
dotnet build -c Release --nologo -v quiet "$root/quantization/Edge.Quantization.Cli"
edgec() { dotnet run --no-build -c Release --project "$root/quantization/Edge.Quantization.Cli" -- "$@"; }
features() { edgec features --front-end-file "$here/front-end.json" --out "$2" "$1" > /dev/null; } # RECORDINGS FEATURES

cd "$here"
features "$data/emodb" "$work/version0"
$python augment.py --data "$data" --out "$work/recordings"
for version in "$work"/recordings/version*; do
    features "$version" "$work/$(basename "$version")"
done
rm -r "$work/recordings"
for corpus in wake-words negative-speech; do
    features "$data/$corpus" "$work/speech/$corpus"
done

$python pretrain.py --data "$data" --features "$work/speech" --out "$work/stem.pt"
$python lower.py --features "$work" --stem "$work/stem.pt" --out "$work/lower.npy"

train() { # NETWORK EPOCHS [NETWORK TO START FROM]
    mkdir -p "$work/$1"
    start=(train.py "$1" --lower "$work/lower.npy" --stem "$work/stem.pt" --epochs "$2")
    for speaker in 03 08 09 10 12 13 14 15; do
        echo "--held-out $speaker --out $work/$1/$speaker.pt ${3:+--start $work/$3/$speaker.pt}"
    done | xargs -P 2 -L 1 $python "${start[@]}" | grep speaker
    $python folds.py pack --weights "$work/$1" --out "$here/$1.folds.npz"
    $python folds.py measure "$1" --features "$work"
    # shellcheck disable=SC2086
    $python "${start[@]}" ${3:+--start $work/$3/all.pt} --out "$work/$1/all.pt" | tail -n 1
    $python export.py "$1" --weights "$work/$1/all.pt" --onnx "$here/$1.onnx"
}
train wav2small-72k 40
train wav2small-17k 10 wav2small-72k
"$here/qat.sh" --data "$data" --work "$work"
"$here/build.sh" --out "$out"

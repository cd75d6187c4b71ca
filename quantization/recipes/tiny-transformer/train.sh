#!/usr/bin/env bash
# From recordings to the ONNX files: four folds distilled with two seeds, with labels alone, from scratch; and the network that ships, trained on all four.
#   quantization/recipes/tiny-transformer/train.sh --data FOLDER --models FOLDER [--out FOLDER] [--work FOLDER]
# --data holds esc10/fold1 to fold4, noise/ and wake-words/ (any speech), --models yamnet-spectra-in.tflite and yamnet-class-map.csv (see README.md); --out is
# this script's folder where not given. Half an hour on two quiet cores; 3 GB under --work.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
python=/usr/bin/python3
data="" models="" out="$here" work="$root/artifacts/tiny-transformer"

usage() { sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2; }
while [ $# -gt 0 ]; do
    [ $# -ge 2 ] || usage
    case "$1" in
        --data) data=$(realpath "$2") ;;
        --models) models=$(realpath "$2") ;;
        --out) mkdir -p "$2"; out=$(realpath "$2") ;;
        --work) work=$2 ;;
        *) usage ;;
    esac
    shift 2
done
[ -n "$data" ] && [ -n "$models" ] || usage
[ -d "$data/esc10/fold1" ] && [ -d "$data/noise" ] && [ -d "$data/wake-words" ] ||
    { echo "--data '$data' holds no esc10/fold1, noise/ and wake-words/." >&2; exit 2; }
[ -f "$models/yamnet-spectra-in.tflite" ] || { echo "--models '$models' holds no yamnet-spectra-in.tflite." >&2; exit 2; }
mkdir -p "$work"
work=$(realpath "$work")

source "$here/packages.sh"
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1  # layers so small gain nothing by threads; two networks train side by side
dotnet build "$root/quantization/Edge.Quantization.Cli" -c Release -v q --nologo > /dev/null
edgec() { dotnet "$root"/quantization/Edge.Quantization.Cli/bin/Release/net*/edgec.dll "$@" > /dev/null; }

echo "Recordings: samples and features"
edgec features --front-end pcm --concat --out "$work/clips.npy" "$data/esc10"
edgec features --front-end pcm --concat --out "$work/noise.npy" "$data/noise"
edgec features --front-end pcm --concat --out "$work/speech.npy" "$data/wake-words"
edgec features --front-end-file "$here/front-end.json" --concat --out "$work/recorded.npy" "$data/esc10"

echo "8,000 augmented clips, 1,500 of none of the sounds, their features, and what YAMNet hears in them"
$python "$here/augment.py" --clips "$work/clips.npy" --noise "$work/noise.npy" --speech "$work/speech.npy" \
    --out "$work/augmented" --count 8000 --others 1500
cp "$work/augmented/items.json" "$work/"
edgec features --front-end-file "$here/front-end.json" --concat --out "$work/augmented.npy" "$work/augmented"
edgec import "$models/yamnet-spectra-in.tflite" --labels "$models/yamnet-class-map.csv" --front-end yamnet --stride-frames 48 --out "$work/yamnet.edge"
edgec scores "$work/yamnet.edge" --mean --concat --out "$work/teacher.npy" "$work/augmented"
mkdir -p "$work/teacher"
cp "$here/../sound-events/detection.json" "$models/yamnet-class-map.csv" "$work/teacher/"

train() { # NAME FOLD [OPTION ...]
    local name=$1 fold=$2
    shift 2
    $python "$here/train.py" --features "$work" --fold "$fold" --out "$work/$name.pt" "$@" > "$work/$name.log" &&
        $python -W ignore "$here/export.py" "$work/$name.pt" "$out/$name.onnx" &&
        echo "$name: $(tail -n 1 "$work/$name.log")"
}
distilled() { train "fold-$1" "$1" --teacher "$work/teacher"; }
again() { train "seed2-$1" "$1" --teacher "$work/teacher" --seed 2; }
hard() { train "hard-$1" "$1" --teacher "$work/teacher" --hard; }
scratch() { train "scratch-$1" "$1" --steps 1000 --average 0.99; }
(for fold in 1 2 3 4; do distilled $fold; again $fold; done) &
jobs=($!)
(for fold in 1 2 3 4; do scratch $fold; hard $fold; done; train sound-events-tiny 0 --teacher "$work/teacher") &
jobs+=($!)
for job in "${jobs[@]}"; do
    wait "$job"
done

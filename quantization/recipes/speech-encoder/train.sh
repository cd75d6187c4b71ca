#!/usr/bin/env bash
# From recordings to speech-encoder.edge:
#   quantization/recipes/speech-encoder/train.sh --data FOLDER [--out FOLDER] [--work FOLDER]
# FOLDER holds wake-words/, negative-speech/, digits/ and emodb/ (see README.md); --out is samples/models where not given.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
python=/usr/bin/python3
data="" out="$root/samples/models" work="$root/artifacts/speech-encoder"

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
for folder in wake-words negative-speech digits emodb; do
    [ -d "$data/$folder" ] || { echo "No folder $folder in $data." >&2; exit 2; }
done
mkdir -p "$work"
work=$(realpath "$work")

source "$here/packages.sh"
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
"$here/features.sh" "$data" "$work/features"
cd "$here"
$python pretrain.py --features "$work/features" --out "$work/first.pt" --epochs 8
$python pretrain.py --features "$work/features" --out "$work/teacher.pt" --start "$work/first.pt" \
    --codebooks context level --all-frames --epochs 2 --rate 7e-4
$python distill.py --features "$work/features" --teacher "$work/teacher.pt" --out "$work/student.pt" --epochs 4
$python export.py --weights "$work/student.pt" --pack "$here/speech-encoder.npz" --onnx "$work/speech-encoder.onnx"
"$here/build.sh" --data "$data" --out "$out"
$python probe.py --features "$work/features" --teacher "$work/teacher.pt" --student "$here/speech-encoder.npz"

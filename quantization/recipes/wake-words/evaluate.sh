#!/usr/bin/env bash
# Missed words and false accepts of a built model, heard by the device's own program:
#   quantization/recipes/wake-words/evaluate.sh --data FOLDER [--model wake-words.edge] [--work FOLDER]
# FOLDER is that of train.sh; only its held-out part is heard, with synthesized speech of held-out voices.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
python=/usr/bin/python3
data="" work="$root/artifacts/wake-words" model="$root/samples/models/wake-words.edge"

usage() { sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 2; }
while [ $# -gt 0 ]; do
    [ $# -ge 2 ] || usage
    case "$1" in
        --data) data=$(realpath "$2") ;;
        --model) model=$(realpath "$2") ;;
        --work) work=$2 ;;
        *) usage ;;
    esac
    shift 2
done
[ -n "$data" ] || usage
[ -d "$data/wake-words" ] || { echo "No folder wake-words in $data." >&2; exit 2; }
mkdir -p "$work"
work=$(realpath "$work")
source "$here/packages.sh"

"$root/build.sh" publish
cd "$here"
[ -d "$work/synthesized/held-out" ] || $python synthesize.py --out "$work/synthesized"
[ -f "$work/test/manifest.json" ] || $python testset.py --data "$data" --synthesized "$work/synthesized" --out "$work/test"
$python score_device.py --edge "$root/artifacts/host/edge" --model "$model" --recordings "$work/test" --out "$work/test/device"
$python evaluate.py --manifest "$work/test/manifest.json" --scores "$work/test/device"

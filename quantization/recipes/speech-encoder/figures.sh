#!/usr/bin/env bash
# What the README says of the encoder that ships, measured again:
#   quantization/recipes/speech-encoder/figures.sh --data FOLDER [--work FOLDER]
# FOLDER holds wake-words/, negative-speech/, digits/ and emodb/. Some ten minutes on two cores; exit code 1 where int8 loses over a point.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
python=/usr/bin/python3
data="" work="$root/artifacts/speech-encoder"
while [ $# -ge 2 ]; do
    case "$1" in
        --data) data=$(realpath "$2") ;;
        --work) work=$2 ;;
        *) break ;;
    esac
    shift 2
done
[ $# = 0 ] && [ -d "$data/wake-words" ] || { sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 2; }
mkdir -p "$work"
work=$(realpath "$work")

source "$here/packages.sh"
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
cd "$here"
echo "== Parameters"
$python count.py
[ -d "$work/features/emodb" ] || ./features.sh "$data" "$work/features"
echo "== Probes; int8 against float"
$python probe.py --features "$work/features" --student speech-encoder.npz --edge "$root/samples/models/speech-encoder.edge" --max-loss 1

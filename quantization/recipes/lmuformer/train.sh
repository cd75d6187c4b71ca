#!/usr/bin/env bash
# From recordings to the weights of one network for each speaker, trained without that speaker:
#   quantization/recipes/lmuformer/train.sh --data FOLDER [--network small|small-spiking] [--epochs 30] [--wide-epochs 8] [--work FOLDER] [--out FOLDER]
# FOLDER holds digits/{digit}_{speaker}_{n}.flac; --out is weights/ beside this script where not given. Two networks train at a time.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
data="" network=small epochs=30 wide_epochs=8 out="$here/weights" work="$root/artifacts/lmuformer"

usage() { sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 2; }
while [ $# -gt 0 ]; do
    [ $# -ge 2 ] || usage
    case "$1" in
        --data) data=$(realpath "$2") ;;
        --network) network=$2 ;;
        --epochs) epochs=$2 ;;
        --wide-epochs) wide_epochs=$2 ;;
        --out) out=$2 ;;
        --work) work=$2 ;;
        *) usage ;;
    esac
    shift 2
done
[ -n "$data" ] || usage
[ -d "$data/digits" ] || { echo "No folder digits in $data." >&2; exit 2; }
mkdir -p "$work" "$out"
work=$(realpath "$work") out=$(realpath "$out")

source "$here/packages.sh"
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python=/usr/bin/python3 network epochs wide_epochs work out
pcm=(--front-end pcm --rate 8000 --set windowSamples=80 --set hopSamples=80)

cd "$here"
[ -d "$work/spoken" ] || $python synthesize.py --out "$work/spoken"
dotnet build "$root/quantization/Edge.Quantization.Cli" -c Release -v q --nologo > /dev/null
edgec() { dotnet "$root"/quantization/Edge.Quantization.Cli/bin/Release/net*/edgec.dll "$@"; }
edgec features --front-end-file front-end.json --out "$work/features" "$data/digits" > /dev/null
edgec features "${pcm[@]}" --out "$work/pcm" "$data/digits" > /dev/null
edgec features "${pcm[@]}" --out "$work/spoken-pcm" "$work/spoken" > /dev/null

one() {
    local own=(--held-out "$1" --pcm "$work/pcm" --features "$work/features" --synthesized "$work/spoken-pcm") first="$work/$network-$1.pt"
    $python train.py "$network" "${own[@]}" --epochs "$epochs" --out "$first" > "$work/$network-$1.log"
    $python train.py "$network" "${own[@]}" --start "$first" --wide --epochs "$wide_epochs" --rate 3e-3 --seed 2 \
        --out "$out/$network-$1.pt" >> "$work/$network-$1.log"
    tail -n 1 "$work/$network-$1.log"
}
export -f one
for clip in "$data"/digits/0_*_0.flac; do basename "$clip" | cut -d_ -f2; done | xargs -P 2 -I@ bash -c 'one @'

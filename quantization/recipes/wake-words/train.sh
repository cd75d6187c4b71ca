#!/usr/bin/env bash
# From recordings to wake-words.edge:
#   quantization/recipes/wake-words/train.sh --data FOLDER --out samples/models/ [--work FOLDER] [--hours 15] [--updates 2500]
# FOLDER holds wake-words/, negative-speech/, noise/, digits/, emodb/ and esc10/ (see README.md).
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
python=/usr/bin/python3
data="" out="" work="$root/artifacts/wake-words" hours=15 updates=2500

usage() { sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 2; }
while [ $# -gt 0 ]; do
    [ $# -ge 2 ] || usage
    case "$1" in
        --data) data=$(realpath "$2") ;;
        --out) mkdir -p "$2"; out=$(realpath "$2") ;;
        --work) work=$2 ;;
        --hours) hours=$2 ;;
        --updates) updates=$2 ;;
        *) usage ;;
    esac
    shift 2
done
[ -n "$data" ] && [ -n "$out" ] || usage
[ -d "$data/wake-words" ] || { echo "No folder wake-words in $data." >&2; exit 2; }
mkdir -p "$work"
work=$(realpath "$work")

source "$here/packages.sh"

export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1  # the programs below use processes instead
"$root/build.sh" onnxruntime  # with which `edgec build` measures the network's ranges
dotnet build -c Release --nologo -v quiet "$root/quantization/Edge.Quantization.Cli"
edgec() { dotnet run --no-build -c Release --project "$root/quantization/Edge.Quantization.Cli" -- "$@"; }

front_end=(--front-end micro --hop-ms 10)

# Features of every WAV file of a folder into its folder features/.
features() {
    mkdir -p "$1/features"
    printf '%s\0' "$1"/*.wav | xargs -0 -n 500 dotnet run --no-build -c Release \
        --project "$root/quantization/Edge.Quantization.Cli" -- features "${front_end[@]}" --out "$1/features" > /dev/null
}

cd "$here"
[ -d "$work/synthesized/held-out" ] || $python synthesize.py --out "$work/synthesized"
for seed in 1 2; do
    [ -d "$work/streams$seed/features" ] && continue
    $python streams.py --data "$data" --synthesized "$work/synthesized" --out "$work/streams$seed" \
        --hours "$hours" --seed "$seed"
    features "$work/streams$seed"
    rm -f "$work/streams$seed"/*.wav
done

# A first run, then five rounds of two runs side by side from one start, their weights averaged after each round.
examples=("$work/streams1" "$work/streams2")
$python train.py --examples "${examples[@]}" --out "$work/net/round0.pt" --updates 1000
start=("$work/net/round0.pt")
for round in 1 2 3 4 5; do
    runs=("$work/net/round$round-a.pt" "$work/net/round$round-b.pt")
    for i in 0 1; do
        $python train.py --examples "${examples[@]}" --start "${start[@]}" --out "${runs[$i]}" \
            --updates "$updates" --rate 2e-3 --seed $((2 * round + i)) > "${runs[$i]}.log" &
    done
    wait -n
    wait -n
    start=("${runs[@]}")
done
$python train.py --updates 0 --start "${start[@]}" --out "$work/net/wake-words.pt"
$python export.py --weights "$work/net/wake-words.pt" --onnx "$work/net/wake-words.onnx" \
    --examples "$work/streams2" --calibration "$work/calibration"

if [ ! -d "$work/test/features" ]; then
    $python testset.py --data "$data" --synthesized "$work/synthesized" --out "$work/test"
    features "$work/test"
fi
$python score.py --weights "$work/net/wake-words.pt" --features "$work/test/features" --out "$work/test/scores"
$python evaluate.py --manifest "$work/test/manifest.json" --scores "$work/test/scores" \
    --detection "$work/net/detection.json" | tee "$work/net/evaluation.txt"

printf '%s\n' other alexa computer jarvis "smart mirror" snowboy > "$work/net/labels.txt"
edgec build "$work/net/wake-words.onnx" --calibration "$work/calibration" "${front_end[@]}" \
    --labels "$work/net/labels.txt" --name wake-words --detection "$work/net/detection.json" \
    --provenance recipe=quantization/recipes/wake-words --provenance "licence=weights MIT; data: see NOTICE" \
    --qdq "$work/net/wake-words.qdq.onnx" --out "$out/wake-words.edge"
"$here/evaluate.sh" --data "$data" --model "$out/wake-words.edge" --work "$work"

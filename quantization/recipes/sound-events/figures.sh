#!/bin/bash
# The figures of the sound event detector that README.md names, each by the command that gives it.
#   quantization/recipes/sound-events/figures.sh --models FOLDER --data FOLDER [--work FOLDER]
# --models holds yamnet-spectra-in.tflite and yamnet-class-map.csv, --data holds esc10/fold1 to fold4 and noise/. Two minutes on two cores; exit
# code 1 where the accuracy is missed.
set -euo pipefail
root=$(cd "$(dirname "$0")/../../.." && pwd)
recipe=$root/quantization/recipes/sound-events
data='' models='' work=$root/artifacts/figures/sound-events missed=0
while [ $# -gt 0 ]; do
    case $1 in
        --data) data=$(cd "$2" && pwd); shift 2 ;;
        --models) models=$(cd "$2" && pwd); shift 2 ;;
        --work) work=$2; shift 2 ;;
        *) echo "Unknown argument '$1'; expected --models FOLDER --data FOLDER [--work FOLDER]." >&2; exit 2 ;;
    esac
done
[ -d "$data/esc10/fold1" ] && [ -d "$data/noise" ] || { echo "--data '$data' holds no esc10/fold1 and noise/." >&2; exit 2; }
[ -f "$models/yamnet-spectra-in.tflite" ] || { echo "--models '$models' holds no yamnet-spectra-in.tflite." >&2; exit 2; }

dotnet build "$root/quantization/Edge.Quantization.Cli" -c Release -v q --nologo > /dev/null
edgec() { dotnet "$root"/quantization/Edge.Quantization.Cli/bin/Release/net*/edgec.dll "$@"; }
import() { edgec import "$models/yamnet-spectra-in.tflite" --labels "$models/yamnet-class-map.csv" --front-end yamnet --detection "$recipe/detection.json" "$@" > /dev/null; }

mkdir -p "$work"
cd "$work"

echo "== YAMNet on the clips of folds 1 to 4, zero-shot: the mean over patches of half a second's distance"
{ echo file,label; (cd "$data/esc10" && find fold[1-4] -name '*.flac' | sort | awk -F/ '{ print $0 "," $2 }'); } > clips.csv
import --stride-frames 48 --out clips.edge
edgec evaluate clips.edge "$data/esc10" --labels-file clips.csv --clip-score mean --worst 0 --require-accuracy 93 | sed -n '3,4p' || missed=1

echo "== Soundscapes at 10 dB: tuned on three hours of folds 1 and 2, measured on an hour of folds 3 and 4"
scape() { edgec soundscape "$data/esc10/fold$2" "$data/esc10/fold$3" --background "$data/noise/kitchen.flac" --snr-db 10 --seconds 300 --count "$4" --seed "$5" --out "$1"; }
scape tune 1 2 36 2
scape test 3 4 12 1
for goal in event segment; do
    import --stride-frames 10 --out "$goal.edge"
    edgec evaluate "$goal.edge" --events tune/events.csv --tune "$goal" --write > "$goal.tuned.txt"
    echo "-- tuned for $goal-based F1"
    edgec evaluate "$goal.edge" --events test/events.csv --page "$goal.html"
done

exit $missed

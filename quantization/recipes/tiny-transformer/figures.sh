#!/bin/bash
# The figures of the tiny transformer: float and int8 accuracy of every fold from the weights of this folder, and what their detectors tell.
#   quantization/recipes/tiny-transformer/figures.sh --data FOLDER [--work FOLDER] [--qat]
# --data holds esc10/fold1 to fold4, negative-speech/ and noise/; --qat also trains the distilled ones on in the device's integers, as qat.py has it. Some minutes on two cores;
# exit code 1 where int8 loses more than a point in the mean.
set -euo pipefail
root=$(cd "$(dirname "$0")/../../.." && pwd)
recipe=$root/quantization/recipes/tiny-transformer
data='' qat=0 work=$root/artifacts/figures/tiny-transformer
while [ $# -gt 0 ]; do
    case $1 in
        --data) data=$(cd "$2" && pwd); shift 2 ;;
        --work) work=$2; shift 2 ;;
        --qat) qat=1; shift ;;
        *) echo "Unknown argument '$1'; expected --data FOLDER [--work FOLDER] [--qat]." >&2; exit 2 ;;
    esac
done
for folder in esc10/fold1 negative-speech noise; do
    [ -d "$data/$folder" ] || { echo "--data '$data' holds no $folder." >&2; exit 2; }
done

dotnet build "$root/quantization/Edge.Quantization.Cli" -c Release -v q --nologo > /dev/null
dotnet build "$root/sdk/Edge.Cli" -c Release -v q --nologo > /dev/null
edgec() { dotnet "$root"/quantization/Edge.Quantization.Cli/bin/Release/net*/edgec.dll "$@"; }
edge() { dotnet "$root"/sdk/Edge.Cli/bin/Release/net*/Edge.Cli.dll "$@"; }
evaluate() { # EDGE FOLD
    edgec evaluate "$recipe/fold-$2.onnx" "$1" "$data/esc10/fold$2" --stride-frames 2 --clip-score mean --json > "${1%.edge}.json"
}
listen() { # FOLD: what the detector of the fold's network tells, as `edge run` prints it
    edgec build "fold-$1.int8.onnx" --detection "$recipe/detection.json" --window-frames 248 --stride-frames 25 --out "detector-$1.edge" > /dev/null
    local clips=("$data/esc10/fold$1"/*/*.flac)
    echo "${#clips[@]}" > "clips-$1.count"
    edge run --model "detector-$1.edge" --json "${clips[@]}" > "clips-$1.jsonl"
    edge run --model "detector-$1.edge" --json "$data"/negative-speech/*.flac > "speech-$1.jsonl"
    edge run --model "detector-$1.edge" --json "$data"/noise/{kitchen,doing_the_dishes}.flac > "noise-$1.jsonl"
}
train_on() { # FOLD
    /usr/bin/python3 -W ignore "$recipe/qat.py" "fold-$1.edge" "fold-$1.int8.onnx" --features recorded.npy --fold "$1" --out "qat-$1.onnx" > "qat-$1.txt"
    edgec build "qat-$1.onnx" --window-frames 248 --stride-frames 2 --out "qat-$1.edge" > /dev/null
    evaluate "qat-$1.edge" "$1"
}

mkdir -p "$work"
cd "$work"
[ $qat = 0 ] || edgec features --front-end-file "$recipe/front-end.json" --concat --out recorded.npy "$data/esc10" > /dev/null

# A window is the whole clip; what a few clips have beyond 5 s is heard too, 40 ms further on each time, and the mean counts.
for fold in 1 2 3 4; do
    mkdir -p "training-$fold"
    for other in 1 2 3 4; do
        [ $other = $fold ] || ln -sfn "$data/esc10/fold$other" "training-$fold/"
    done
    for name in scratch hard seed2; do
        [ ! -f "$recipe/$name-$fold.onnx" ] ||
            edgec evaluate "$recipe/$name-$fold.onnx" "$data/esc10/fold$fold" --stride-frames 2 --clip-score mean --json > "$name-$fold.json"
    done
    edgec quantize "$recipe/fold-$fold.onnx" --calibration "training-$fold" --calibration-limit 120 --out "fold-$fold.int8.onnx" > "fold-$fold.txt"
    edgec build "fold-$fold.int8.onnx" --window-frames 248 --stride-frames 2 --out "fold-$fold.edge" > /dev/null
    evaluate "fold-$fold.edge" $fold
    listen $fold
    [ $qat = 0 ] || train_on $fold
done
/usr/bin/python3 "$recipe/events.py" "$work" --data "$data"
/usr/bin/python3 "$recipe/report.py" "$work"

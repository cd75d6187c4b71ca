#!/usr/bin/env bash
# Features of all recordings by the device's own front end:
#   features.sh DATA OUT
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
project="$here/../../Edge.Quantization.Cli"
dotnet build -c Release --nologo -v quiet "$project" > /dev/null
for corpus in wake-words negative-speech digits emodb; do
    dotnet run --no-build -c Release --project "$project" -- features --front-end-file "$here/front-end.json" --out "$2/$corpus" "$1/$corpus" > /dev/null
done

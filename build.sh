#!/usr/bin/env bash
# Everything is a Cake task; `dotnet cake --description` lists them.
set -euo pipefail
cd "$(dirname "$0")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
dotnet tool restore --verbosity quiet
task="${1:-demo}"
[ $# -gt 0 ] && shift
exec dotnet cake build.cake --target="$task" "$@"

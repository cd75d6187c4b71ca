#!/usr/bin/env bash
# Everything is a Cake task: `./build.sh TASK [--argument=value ...]`; without a task, the tasks are listed.
set -euo pipefail
cd "$(dirname "$0")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
if ! command -v dotnet > /dev/null; then
    echo "build.sh: the .NET 10 SDK is needed and no 'dotnet' is on the PATH; see https://dotnet.microsoft.com/download" >&2
    exit 1
fi
# NuGet and the .NET tools keep their caches under HOME.
[ -w "${HOME:-/nonexistent}" ] || { export HOME="$PWD/artifacts/home"; mkdir -p "$HOME"; }
dotnet tool restore --verbosity quiet > /dev/null || dotnet tool restore
task="${1:-help}"
[ $# -gt 0 ] && shift
[ "$task" = -h ] || [ "$task" = --help ] && task=help
exec dotnet cake build.cake --target="$task" "$@"

using System.Runtime.InteropServices;
using Edge.Cli;

namespace Edge.Models;

/// <summary>`edge-models`, which `edge models` runs: what it takes to download and import a model is no part of the program that listens.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        var streams = StandardStreams.OfProcess();
        using var end = new CancellationTokenSource();
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        var program = new CommandLine("edge", "Lists, downloads and imports public models.", ModelsCommand.Create(streams))
        {
            CancellationToken = end.Token,
        };
        return streams.Run(program, ["models", .. args]);

        // A download ends so that it can be resumed. Who asks twice does not want to wait.
        void End(PosixSignalContext context)
        {
            if (!end.IsCancellationRequested)
            {
                context.Cancel = true;
                end.Cancel();
            }
        }
    }
}

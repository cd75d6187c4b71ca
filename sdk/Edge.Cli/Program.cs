using System.Runtime.InteropServices;

namespace Edge.Cli;

/// <summary>`edge`, the program of the device.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        var streams = StandardStreams.OfProcess();
        using var end = new CancellationTokenSource();
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        return Run(args, streams, end.Token);

        // `listen` has no end of its own: to be asked to end is its usual end. `models` ends a download so that it can be resumed. Who asks
        // twice does not want to wait.
        void End(PosixSignalContext context)
        {
            if (args is ["listen" or "models", ..] && !end.IsCancellationRequested)
            {
                context.Cancel = true;
                end.Cancel();
            }
        }
    }

    /// <summary>Runs a command line on the streams given.</summary>
    /// <param name="args">What stands after the program's name.</param>
    /// <param name="streams">Where it reads and writes.</param>
    /// <param name="end">Asks `listen` and `models` to end.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    internal static int Run(string[] args, StandardStreams streams, CancellationToken end = default)
    {
        var program = new CommandLine(
            "edge",
            "Hears sounds with .edge models: keywords and other events in recordings and streams.",
            RunCommand.Create(streams),
            ListenCommand.Create(streams),
            InspectCommand.Create(streams),
            VerifyCommand.Create(streams),
            BenchCommand.Create(streams),
            ModelsCommand.Create(streams))
        {
            CancellationToken = end,
        };
        try
        {
            using var help = new StringWriter();
            int code = program.Run(args, help, streams.Errors);
            Print(help.ToString(), streams.Output);
            return code;
        }
        catch (OutputException e)
        {
            if (e.ReaderIsGone)
            {
                return ExitCode.Done;
            }

            streams.Tell(e.Message);
            return ExitCode.WorkFailed;
        }
    }

    private static void Print(string help, Stream output)
    {
        if (help.Length > 0)
        {
            using var results = new ResultWriter(output, asJson: false);
            results.Line(help.TrimEnd());
            results.Flush();
        }
    }
}

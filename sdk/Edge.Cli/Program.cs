using System.Runtime.InteropServices;

namespace Edge.Cli;

/// <summary>`edge`, the program of the device.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        // `listen` has no end of its own: to be asked to end is its usual end. Lines are written whole, so none is cut.
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        return Run(args, StandardStreams.OfProcess());

        void End(PosixSignalContext context)
        {
            if (args is ["listen", ..])
            {
                context.Cancel = true;
                Environment.Exit(ExitCode.Done);
            }
        }
    }

    /// <summary>Runs a command line on the streams given.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    internal static int Run(string[] args, StandardStreams streams)
    {
        var program = new CommandLine(
            "edge",
            "Hears sounds with .edge models: keywords and other events in recordings and streams.",
            RunCommand.Create(streams),
            ListenCommand.Create(streams),
            InspectCommand.Create(streams),
            VerifyCommand.Create(streams),
            BenchCommand.Create(streams));
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

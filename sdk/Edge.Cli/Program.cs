using System.Runtime.InteropServices;

namespace Edge.Cli;

/// <summary>`edge`, the program of the device.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        var streams = StandardStreams.OfProcess();
        if (args is not ["listen" or "devices", ..])
        {
            return Run(args, streams);
        }

        using var end = new CancellationTokenSource();
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        return Run(args, streams, end.Token);

        // `listen` has no end of its own: to be asked to end is its usual end; and `devices --test` then tells what it heard so far. Who asks twice does not want to wait.
        void End(PosixSignalContext context)
        {
            if (!end.IsCancellationRequested)
            {
                context.Cancel = true;
                end.Cancel();
            }
        }
    }

    /// <summary>Runs a command line on the streams given.</summary>
    /// <param name="args">What stands after the program's name.</param>
    /// <param name="streams">Where it reads and writes.</param>
    /// <param name="end">Asks `listen` and `devices` to end.</param>
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
            DevicesCommand.Create(streams),
            DoctorCommand.Create(streams),
            SiblingProgram.Create("models", "Lists public models with what they hear, licence, size and address; `edge models get NAME` downloads one, checks it and makes NAME.edge of it.", streams),
            SiblingProgram.Create("serve", "Listens all day as a configuration says: several models, actions, metrics; the service of the package.", streams))
        {
            CancellationToken = end,
        };
        return streams.Run(program, args);
    }
}

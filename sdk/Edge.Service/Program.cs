using Edge.Cli;

namespace Edge.Service;

/// <summary>`edge-serve`, which `edge serve` runs: it listens all day under a service manager.</summary>
internal static class Program
{
    private static int Main(string[] args) => Run(args, StandardStreams.OfProcess());

    /// <summary>Runs a command line on the streams given.</summary>
    /// <param name="args">What stands after the program's name.</param>
    /// <param name="streams">Where it reads and writes.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    internal static int Run(string[] args, StandardStreams streams) =>
        streams.Run(new CommandLine("edge", "Listens all day, as a service.", ServeCommand.Create(streams)), ["serve", .. args]);
}

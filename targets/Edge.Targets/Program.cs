using Edge.Cli;

namespace Edge.Targets;

/// <summary>The catalogue of boards on the command line: what build.cake asks, and people.</summary>
internal static class Program
{
    private static int Main(string[] args) => Run(args, StandardStreams.OfProcess());

    /// <summary>Runs a command line on the streams given.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    internal static int Run(string[] args, StandardStreams streams) => streams.Run(
        new CommandLine("boards", "The boards that Edge is built for, and what each decides.", ListCommand.Create(streams), PlanCommand.Create(streams), EstimateCommand.Create(streams)), args);
}

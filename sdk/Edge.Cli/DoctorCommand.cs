using Edge.Cli.Diagnosis;
using Edge.Numerics;

namespace Edge.Cli;

/// <summary>`edge doctor`: what is wrong with a board, and what to do about it.</summary>
internal static class DoctorCommand
{
    public static Command Create(StandardStreams streams, Machine? machine = null) => new(
        new CommandSyntax(
            "edge doctor",
            "",
            "Checks this board: processor, memory, heat, supply, clock, storage, microphone, outputs, service, and the models' self-tests. Exit code 1 where something is at fault.",
            "edge doctor --model wake-words.edge",
            new Option("model", "FILE", "a model to test in place of the configured or installed ones", Repeatable: true),
            new Option("config", "FILE", $"the service's configuration in place of {ServiceCheck.Configuration}"),
            new Option("device", "NAME", "the microphone's ALSA device, as hw:1 or default; without it, a missing one is a warning"),
            ModelArguments.Kernels,
            ModelArguments.Json),
        arguments => Run(arguments, streams, machine ?? new Machine()));

    private static int Run(Arguments arguments, StandardStreams streams, Machine machine)
    {
        if (arguments.Operands.Count > 0)
        {
            throw new UsageException($"'{arguments.Operands[0]}' is not expected; a model is named by --model FILE.");
        }

        if (arguments.TextOrNull("config") is { } named && !File.Exists(named))
        {
            throw new FileNotFoundException($"{named} {(Directory.Exists(named) ? "is a folder" : "does not exist")}; expected the service's configuration.");
        }

        var doctor = new Doctor(machine, ProgramFeatures.OfProcess())
        {
            Models = arguments.All("model"),
            Configuration = arguments.TextOrNull("config"),
            Device = arguments.TextOrNull("device"),
            Kernels = ModelArguments.KernelsOrBest(arguments),
            ServiceProgram = SiblingProgram.Find("edge-serve"),
            ForcedKernels = Environment.GetEnvironmentVariable(InstructionSet.Variable),
        };
        using var results = new ResultWriter(streams.Output, arguments.Has("json"));
        int warnings = 0;
        int faults = 0;
        foreach (Finding finding in doctor.Run())
        {
            warnings += finding.Verdict == Verdict.Warning ? 1 : 0;
            faults += finding.Verdict == Verdict.Fault ? 1 : 0;
            Write(results, finding);
            results.Flush(); // self-tests take a moment; what is known by then can be read
        }

        if (!results.AsJson)
        {
            results.Line(faults + warnings == 0 ? "nothing is wrong" : $"{Count(faults, "fault")}, {Count(warnings, "warning")}");
            results.Flush();
        }

        return faults > 0 ? ExitCode.WorkFailed : ExitCode.Done;
    }

    private static string Count(int count, string what) => $"{count} {what}{(count == 1 ? "" : "s")}";

    private static void Write(ResultWriter results, Finding finding)
    {
        string verdict = finding.Verdict.ToString().ToLowerInvariant();
        if (results.AsJson)
        {
            results.Object(json =>
            {
                json.WriteString("check", finding.Check);
                json.WriteString("verdict", verdict);
                json.WriteString("found", finding.Found);
                json.WriteString("advice", finding.Advice);
            });
            return;
        }

        results.Line($"{verdict,-8} {finding.Check,-14} {finding.Found}");
        if (finding.Advice is { } advice)
        {
            results.Line($"{"",-23}> {advice}");
        }
    }
}

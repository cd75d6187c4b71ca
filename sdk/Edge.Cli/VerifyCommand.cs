using Edge.Detection;

namespace Edge.Cli;

/// <summary>`edge verify`: whether models give on this machine the very scores they gave where they were built.</summary>
internal static class VerifyCommand
{
    public static Command Create(StandardStreams streams) => new(
        new CommandSyntax(
            "edge verify",
            "MODEL...",
            "Runs each model's self-test and compares its scores bit for bit with those of the machine that built it.",
            "edge verify wake-words.edge",
            ModelArguments.Kernels,
            ModelArguments.Json),
        arguments => Run(arguments, streams));

    private static int Run(Arguments arguments, StandardStreams streams)
    {
        if (arguments.Operands.Count == 0)
        {
            throw new UsageException("No model is named; expected MODEL...");
        }

        Numerics.KernelSet kernels = ModelArguments.KernelsOrBest(arguments);
        using var results = new ResultWriter(streams.Output, arguments.Has("json"));
        bool failed = false;
        bool unreadable = false;
        foreach (string path in arguments.Operands)
        {
            try
            {
                using AudioModel model = AudioModel.Load(path, kernels);
                failed |= !Verify(model, path, results, streams);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                streams.Tell(e.Message);
                unreadable = true;
            }
        }

        return unreadable ? ExitCode.BadInputFile : failed ? ExitCode.WorkFailed : ExitCode.Done;
    }

    private static bool Verify(AudioModel model, string path, ResultWriter results, StandardStreams streams)
    {
        if (model.SelfTest is not { } expected)
        {
            streams.Tell($"{path} holds no self-test, so nothing can be said of it; build it again with edgec.");
            return false;
        }

        SelfTest found = model.ComputeSelfTest(expected.Seed, expected.Samples);
        bool same = found == expected;
        string kernels = model.Network.Kernels.ToString().ToLowerInvariant();
        if (results.AsJson)
        {
            results.Object(json =>
            {
                json.WriteString("file", path);
                json.WriteString("model", model.Name);
                json.WriteBoolean("ok", same);
                json.WriteString("kernels", kernels);
                json.WriteNumber("samples", expected.Samples);
                json.WriteString("expected_sha256", expected.Sha256);
                json.WriteString("found_sha256", found.Sha256);
            });
        }
        else
        {
            results.Line($"{path}: {(same ? "ok" : "FAILED")}, {expected.Samples} samples with kernels {kernels}");
        }

        results.Flush();
        if (!same)
        {
            streams.Tell($"{path}: the scores have SHA-256 {found.Sha256}; expected {expected.Sha256}. The file was changed, or these kernels compute wrongly here; try --kernels reference.");
        }

        return same;
    }
}

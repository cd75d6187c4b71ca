using System.Diagnostics;
using System.Globalization;
using Edge.Audio;
using Edge.Detection;
using Edge.Numerics;

namespace Edge.Cli.Diagnosis;

/// <summary>Whether models give here the scores that they gave where they were built, and whether the processor keeps up with them.</summary>
internal static class ModelCheck
{
    /// <summary>Where the package puts models.</summary>
    public const string Folder = "/usr/share/edge/models";

    private const string Name = "model";
    private const int SignalSeconds = 2;
    private const double MuchOfCore = 0.5;

    /// <param name="machine">The computer.</param>
    /// <param name="paths">Models; where there are none, those that lie in <see cref="Folder"/>.</param>
    /// <param name="kernels">Kernels to use.</param>
    public static IEnumerable<Finding> Run(Machine machine, IReadOnlyList<string> paths, KernelSet kernels)
    {
        if (paths.Count == 0)
        {
            paths = Array.ConvertAll(machine.List(Folder, "*.edge"), name => machine.PathTo($"{Folder}/{name}"));
        }

        if (paths.Count == 0)
        {
            yield return new Finding(Name, Verdict.Ok, "none named, none installed", "edge doctor --model FILE, to have one tested");
        }

        foreach (string path in paths)
        {
            yield return Check(path, kernels);
        }
    }

    private static Finding Check(string path, KernelSet kernels)
    {
        try
        {
            using AudioModel model = AudioModel.Load(path, kernels);
            return model.SelfTest is null
                ? new Finding(Name, Verdict.Warning, $"{path} holds no self-test, so nothing can be said of its scores", "build it again with edgec")
                : model.Verify() ? OfCost(path, ShareOfCore(model))
                : new Finding(Name, Verdict.Fault, $"{path}: the scores are not those of the machine that built it, with kernels {kernels.ToString().ToLowerInvariant()}", "copy the file anew; `edge verify --kernels reference` tells a damaged file from wrong kernels");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Finding(Name, Verdict.Fault, e.Message, "correct the path, or take a file that edgec wrote");
        }
    }

    /// <summary>Seconds of one core for a second of sound; the self-test before has warmed everything up.</summary>
    private static double ShareOfCore(AudioModel model)
    {
        short[] signal = SyntheticSignal.Generate(1, SignalSeconds * model.SampleRateHz);
        var spotter = new Spotter(model);
        long start = Stopwatch.GetTimestamp();
        spotter.Push(signal);
        return Stopwatch.GetElapsedTime(start).TotalSeconds / SignalSeconds;
    }

    private static Finding OfCost(string path, double share)
    {
        string found = string.Create(CultureInfo.InvariantCulture, $"{path}: self-test passed; takes about {100 * share:0.0#} % of a core");
        return share switch
        {
            >= 1 => new Finding(Name, Verdict.Fault, $"{found}: slower than the sound comes", "a smaller model, or a faster board; `edge bench MODEL` measures longer"),
            >= MuchOfCore => new Finding(Name, Verdict.Warning, found, "`edge bench MODEL` measures longer; several models share the core"),
            _ => new Finding(Name, Verdict.Ok, found),
        };
    }
}

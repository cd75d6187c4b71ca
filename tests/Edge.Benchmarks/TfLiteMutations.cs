using System.Globalization;
using Edge.Quantization.Graph.TfLite;
using Edge.Quantization.Tests.TfLite;

namespace Edge.Benchmarks;

/// <summary>Damages the public TensorFlow Lite models many times and imports every copy: no crash, no hang, an error that names the place.</summary>
internal static class TfLiteMutations
{
    private const int Largest = 1 << 20;

    /// <summary>Prints how many copies were read, accepted and refused, and the slowest; 1 where one ended in any other way.</summary>
    /// <param name="args">How many copies; 100,000 where empty.</param>
    public static int Run(string[] args)
    {
        int count = args.Length > 0 ? int.Parse(args[0], NumberStyles.AllowThousands, CultureInfo.InvariantCulture) : 100_000;
        string folder = Path.Combine(Path.GetDirectoryName(Repository.Root)!, "shared", "models");
        (string Name, byte[] Bytes)[] models =
            [.. Directory.GetFiles(folder, "*.tflite").Order(StringComparer.Ordinal).Select(path => (Path.GetFileName(path), File.ReadAllBytes(path))).Where(model => model.Item2.Length <= Largest)];
        Console.WriteLine($"models: {string.Join(", ", models.Select(model => model.Name))}");

        TfLiteMutationRun run = TfLiteMutationRun.Run(models, first: 1, count, (bytes, source) => TfLiteModel.Read(bytes, source), Progress(count));
        Console.WriteLine($"{run.Count:N0} damaged copies: {run.Sound:N0} accepted, {run.Count - run.Sound:N0} refused with a place; slowest {run.Slowest.TotalMilliseconds:F0} ms ({run.SlowestName})");
        foreach (string escape in run.Escaped)
        {
            Console.WriteLine($"ESCAPED {escape}");
        }

        return run.Escaped.Count == 0 ? 0 : 1;
    }

    private static Action<int> Progress(int count) => done =>
    {
        if (done % Math.Max(count / 20, 1) == 0)
        {
            Console.Error.WriteLine($"{done:N0} of {count:N0}");
        }
    };
}

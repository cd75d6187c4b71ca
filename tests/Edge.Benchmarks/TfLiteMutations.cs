using System.Globalization;
using Edge.Features;
using Edge.Quantization.Compilation;
using Edge.Quantization.Tests.TfLite;

namespace Edge.Benchmarks;

/// <summary>Damages the public TensorFlow Lite models many times and imports every copy: no crash, no hang, an error that names the place.</summary>
internal static class TfLiteMutations
{
    private const int Largest = 100_000;

    private static readonly string[] Commands = ["down", "go", "left", "no", "off", "on", "right", "stop", "up", "yes", "silence", "unknown"];

    /// <summary>Prints how many copies were read, accepted and refused, and the slowest; 1 where one ended in any other way.</summary>
    /// <param name="args">How many copies; 100,000 where empty.</param>
    public static int Run(string[] args)
    {
        int count = args.Length > 0 ? int.Parse(args[0], NumberStyles.AllowThousands, CultureInfo.InvariantCulture) : 100_000;
        string folder = Path.Combine(Path.GetDirectoryName(Repository.Root)!, "shared", "models");
        (string Name, byte[] Bytes)[] models =
            [.. Directory.GetFiles(folder, "*.tflite").Order(StringComparer.Ordinal).Select(path => (Path.GetFileName(path), File.ReadAllBytes(path))).Where(model => model.Item2.Length <= Largest)];
        Console.WriteLine($"models: {string.Join(", ", models.Select(model => model.Name))}");

        TfLiteMutationRun run = TfLiteMutationRun.Run(models, first: 1, count, Import, Progress(count));
        Console.WriteLine($"{run.Count:N0} damaged copies: {run.Sound:N0} accepted, {run.Count - run.Sound:N0} refused with a place; slowest {run.Slowest.TotalMilliseconds:F0} ms ({run.SlowestName})");
        foreach (string escape in run.Escaped)
        {
            Console.WriteLine($"ESCAPED {escape}");
        }

        return run.Escaped.Count == 0 ? 0 : 1;
    }

    /// <summary>All of an import: reading, translating, lowering, the self-test, the .edge file.</summary>
    private static void Import(ReadOnlyMemory<byte> bytes, string source)
    {
        bool commands = source.Contains("kws", StringComparison.Ordinal);
        ModelImport.Run(bytes, source, new ImportOptions
        {
            Name = "damaged",
            Labels = commands ? Commands : ["word"],
            FrontEnd = FrontEndCatalogue.Find(commands ? "mlperf-kws" : "micro-10ms"),
        });
    }

    private static Action<int> Progress(int count) => done =>
    {
        if (done % Math.Max(count / 20, 1) == 0)
        {
            Console.Error.WriteLine($"{done:N0} of {count:N0}");
        }
    };
}

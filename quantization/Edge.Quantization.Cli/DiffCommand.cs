using System.Globalization;
using Edge.Cli;
using Edge.Features;
using Edge.OnnxRuntime;
using Edge.Quantization.Analysis.Comparison;
using Edge.Quantization.Calibration;

namespace Edge.Quantization.Cli;

/// <summary>`edgec diff`: two models, or one model in two engines, tensor by tensor.</summary>
internal static class DiffCommand
{
    private const int MaxRandom = 1_000_000;

    private static readonly CommandSyntax Syntax = new(
        "edgec diff", "MODEL [OTHER]",
        "Runs two models over the same inputs and says, tensor by tensor in order of execution, how far the second is from the first; models are .onnx, .tflite (which runs in ONNX Runtime) or .edge. A quantized .onnx or .tflite alone is compared with itself in the integer engine.",
        "edgec diff wake-words.qdq.onnx wake-words.edge --random 1000 --calibration clips/ --require-within-one-lsb 0.999",
        [
            .. CalibrationArguments.Options,
            .. FrontEndArguments.Options,
            new Option("random", "N", "random inputs, uniform over what the quantized input can hold, on its grid (a float model's: -1 to 1); before the real ones", "0"),
            new Option("seed", "N", "seed of the random inputs", "1"),
            new Option("frames", "N", "frames of a random input, where the model takes any number", "100"),
            new Option("engine", "ENGINE", "what runs the second model where it is a quantized .onnx or .tflite: onnxruntime, or edge (batch form, integers)"),
            new Option("outputs-only", null, "compare the results alone; ONNX Runtime then runs a model with all of its optimizations"),
            new Option("only", "NAME", "list this tensor alone", Repeatable: true),
            new Option("apart", "DB", "signal-to-noise ratio below which a tensor has parted", "20"),
            new Option("require-within-one-lsb", "SHARE", "exit code 1 where a smaller share of the outputs, 0 to 1, is within one step"),
            new Option("require-top-1", "SHARE", "exit code 1 where a smaller share of the outputs has the same largest score"),
            new Option("json-out", "FILE", "write the result to a file as JSON"),
            new Option("json", null, "print the result as one JSON object"),
        ]);

    public static Command Command { get; } = new(Syntax, Run);

    private static int Run(Arguments arguments, CancellationToken cancellationToken)
    {
        if (arguments.Operands is not ([_] or [_, _]))
        {
            throw new UsageException($"edgec diff takes one or two models; found {arguments.Operands.Count}.");
        }

        string first = arguments.Operands[0];
        string second = arguments.Operands[^1];
        string? table = OutputFile.Report(arguments, "json-out", arguments.Operands);
        int random = arguments.Int("random", 0, MaxRandom);
        bool outputsOnly = arguments.Has("outputs-only");
        ModelEngine? engine = arguments.Has("engine") ? arguments.Choice<ModelEngine>("engine") : arguments.Operands.Count == 1 ? ModelEngine.Edge : null;
        double? near = arguments.Has("require-within-one-lsb") ? arguments.Double("require-within-one-lsb", 0, 1) : null;
        double? top = arguments.Has("require-top-1") ? arguments.Double("require-top-1", 0, 1) : null;
        double apart = arguments.Double("apart", -100, 300);
        if (random == 0 && arguments.All("calibration").Count == 0)
        {
            throw new UsageException("There is nothing to run: give --calibration PATH, --random N, or both.");
        }

        try
        {
            using ModelRunner reference = ModelFile.Open(first, null, outputsOnly);
            using ModelRunner other = ModelFile.Open(second, engine, outputsOnly);
            CalibrationData? real = null;
            if (arguments.All("calibration").Count > 0)
            {
                (FrontEndOptions? frontEnd, float? unit) = ModelFile.FrontEnd(arguments, first, second);
                real = CalibrationArguments.Open(arguments, reference.Inputs, frontEnd, unit);
            }

            (double min, double max, double step) = reference.InputRange ?? other.InputRange ?? (-1, 1, 0);
            using var progress = new ProgressBar("comparing", random + (real?.Count ?? 0));
            IEnumerable<CalibrationSample> samples = RandomSamples
                .Generate(reference.Inputs, random, arguments.Int("seed"), arguments.Int("frames", 1, 1_000_000), min, max, step, () => progress.Advance())
                .Concat(real?.Samples(() => progress.Advance()) ?? []);
            ComparisonResult result = ModelComparison.Run(reference, other, samples, cancellationToken);
            progress.Dispose();
            var report = new DiffReport(reference.Name, other.Name, random, result.Samples + result.TooShort - random, result, apart, arguments.All("only"));
            if (table is not null)
            {
                AtomicFile.Write(table, report.WriteJson);
            }

            report.Print(arguments.Has("json"), outputsOnly);
            return Meets(result, near, top) ? ExitCode.Done : ExitCode.WorkFailed;
        }
        catch (OnnxRuntimeException e)
        {
            return RuntimeFailure.Report("an .onnx or .tflite model runs in ONNX Runtime, and that failed", e);
        }
    }

    private static bool Meets(ComparisonResult result, double? near, double? top)
    {
        bool met = true;
        if (near is { } share && !(result.Output?.Difference.ShareWithinOneStep >= share))
        {
            Console.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"edgec: {result.Output?.Difference.ShareWithinOneStep ?? 0:0.#####} of the outputs are within one step; expected at least {share}."));
            met = false;
        }

        if (top is { } agreement && !(result.Top.Share >= agreement))
        {
            Console.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"edgec: {result.Top.Share ?? 0:0.#####} of the outputs have the same largest score; expected at least {agreement}."));
            met = false;
        }

        return met;
    }
}

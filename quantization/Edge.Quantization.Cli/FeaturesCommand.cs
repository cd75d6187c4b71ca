using System.Text.Encodings.Web;
using System.Text.Json;
using Edge.Cli;
using Edge.Features;
using Edge.Quantization.Calibration;

namespace Edge.Quantization.Cli;

/// <summary><c>edgec features</c>: recordings to .npy files of the device's own integer features, so that training sees what the device will see.</summary>
internal sealed class FeaturesCommand
{
    private enum NumberType
    {
        Int16,
        Int32,
    }

    private static readonly JsonSerializerOptions JsonLine = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The command as edgec lists it.</summary>
    public static readonly Command Command = new(
        new CommandSyntax(
            "edgec features",
            "RECORDING|FOLDER|LIST.txt ...",
            "Runs the device's integer front end over recordings and writes [frames, bins] .npy files for training.",
            "edgec features --front-end micro --hop-ms 10 --out features/ recordings/",
            [
                new Option("out", "PATH", "folder for one file a recording, or a .npy file for one recording or --concat"),
                new Option("concat", null, "all frames in one .npy file, and NAME.json beside it that says where each recording begins"),
                new Option("type", "TYPE", "int16 or int32 (default: int16 for micro and pcm, else int32)"),
                new Option("channel", "N", "channel of the recordings to hear, from 0 (default: the mean of all)"),
                .. FrontEndArguments.Options,
                new Option("json", null, "one JSON object a line"),
            ]),
        (arguments, cancellationToken) => new FeaturesCommand(arguments).Run(cancellationToken));

    private readonly string output;
    private readonly bool concat;
    private readonly bool json;
    private readonly NumberType type;
    private readonly FeatureExtractor extractor;
    private readonly IReadOnlyList<Recording> recordings;
    private int written;

    private FeaturesCommand(Arguments arguments)
    {
        FrontEndOptions frontEnd = FrontEndArguments.Read(arguments);
        output = arguments.Text("out");
        concat = arguments.Has("concat");
        json = arguments.Has("json");
        type = arguments.Has("type") ? arguments.Choice<NumberType>("type") : frontEnd is MicroOptions or PcmOptions ? NumberType.Int16 : NumberType.Int32;
        extractor = new FeatureExtractor(frontEnd, arguments.Has("channel") ? arguments.Int("channel", 0, 63) : null) { RequireWhole = true };
        recordings = Recording.Find(arguments.Operands);
        if (!OutputIsFile && File.Exists(output))
        {
            throw new UsageException($"--out is '{output}', a file; expected a folder, or a name ending in .npy.");
        }

        if (concat && !OutputIsFile)
        {
            throw new UsageException($"--out is '{output}'; with --concat a name ending in .npy is expected.");
        }

        if (!concat && OutputIsFile && recordings.Count > 1)
        {
            throw new UsageException($"--out is '{output}', one file, for {recordings.Count} recordings; expected a folder, or --concat.");
        }
    }

    private bool OutputIsFile => output.EndsWith(".npy", StringComparison.OrdinalIgnoreCase);

    private sealed record Extracted(Recording Recording, long Frames, Array? Features, string? Error);

    private int Run(CancellationToken cancellationToken)
    {
        using var progress = new ProgressBar("features", recordings.Count, "recordings");
        ParallelQuery<Extracted> extracted = recordings.AsParallel().AsOrdered()
            .WithMergeOptions(ParallelMergeOptions.NotBuffered)
            .WithCancellation(cancellationToken)
            .WithDegreeOfParallelism(Math.Min(Environment.ProcessorCount, 512))
            .Select(recording => Extract(recording, progress));
        try
        {
            return concat ? WriteOne(extracted, progress) : WriteEach(extracted, progress);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested && written > 0)
        {
            progress.WriteError($"edgec: cancelled; {written} of {recordings.Count} recordings were written to {output}");
            return ExitCode.Cancelled;
        }
        catch (AggregateException errors)
        {
            throw errors.Flatten().InnerExceptions[0];
        }
    }

    /// <summary>Reads one recording and, unless all go to one file, writes its features; a recording that cannot be read stops none of the others.</summary>
    private Extracted Extract(Recording recording, ProgressBar progress)
    {
        int[] features;
        try
        {
            features = extractor.Extract(recording.Path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            progress.Advance();
            return new Extracted(recording, 0, null, error.Message);
        }

        Array numbers = type == NumberType.Int16 ? ToInt16(features, recording.Path) : features;
        if (!concat)
        {
            string path = PathOf(recording);
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            using NpyWriter writer = CreateWriter(path);
            Write(writer, numbers);
            writer.Complete();
            Interlocked.Increment(ref written);
        }

        progress.Advance();
        return new Extracted(recording, features.Length / extractor.Bins, concat ? numbers : null, null);
    }

    private static short[] ToInt16(int[] features, string path) => Array.ConvertAll(features, feature =>
        feature is >= short.MinValue and <= short.MaxValue ? (short)feature : throw new UsageException(
            $"{path}: a feature is {feature}, which does not fit in 16 bits; use --type int32."));

    private int WriteEach(IEnumerable<Extracted> extracted, ProgressBar progress)
    {
        int failed = 0;
        foreach (Extracted one in extracted)
        {
            failed += one.Error is null ? 0 : 1;
            Report(one, PathOf(one.Recording), null, progress);
        }

        return failed == 0 ? ExitCode.Done : ExitCode.BadInputFile;
    }

    private int WriteOne(IEnumerable<Extracted> extracted, ProgressBar progress)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(output))!);
        using NpyWriter writer = CreateWriter(output);
        var index = new List<object>();
        long start = 0;
        int failed = 0;
        foreach (Extracted one in extracted)
        {
            Report(one, output, start, progress);
            if (one.Features is null)
            {
                failed++;
                continue;
            }

            Write(writer, one.Features);
            index.Add(new { file = one.Recording.Path, start, frames = one.Frames });
            start += one.Frames;
        }

        writer.Complete();
        AtomicFile.Write(Path.ChangeExtension(output, ".json"), file =>
        {
            JsonSerializer.Serialize(file, index, JsonLine);
            file.Write("\n"u8);
        });
        return failed == 0 ? ExitCode.Done : ExitCode.BadInputFile;
    }

    private void Report(Extracted one, string path, long? start, ProgressBar progress)
    {
        string file = one.Recording.Path;
        if (one.Error is not null)
        {
            progress.WriteError($"edgec: {one.Error}");
        }
        else if (json)
        {
            progress.WriteLine(start is null
                ? JsonSerializer.Serialize(new { file, frames = one.Frames, bins = extractor.Bins, fraction_bits = extractor.FractionBits, @out = path }, JsonLine)
                : JsonSerializer.Serialize(new { file, frames = one.Frames, bins = extractor.Bins, fraction_bits = extractor.FractionBits, @out = path, start }, JsonLine));
        }
        else
        {
            progress.WriteLine($"{file}: {one.Frames} x {extractor.Bins} -> {path}{(start is null ? "" : $" from frame {start}")}");
        }
    }

    private string PathOf(Recording recording) => OutputIsFile ? output : Path.Combine(output, recording.Name + ".npy");

    private NpyWriter CreateWriter(string path) => type == NumberType.Int16
        ? NpyWriter.Create<short>(path, extractor.Bins)
        : NpyWriter.Create<int>(path, extractor.Bins);

    private static void Write(NpyWriter writer, Array numbers)
    {
        if (numbers is short[] narrow)
        {
            writer.Write<short>(narrow);
        }
        else
        {
            writer.Write<int>((int[])numbers);
        }
    }
}

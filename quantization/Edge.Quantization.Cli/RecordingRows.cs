using System.Text.Encodings.Web;
using System.Text.Json;
using Edge.Cli;
using Edge.Quantization.Calibration;

namespace Edge.Quantization.Cli;

/// <summary>Rows of numbers that are computed from recordings, written to .npy files of shape [rows, columns]: one a recording, or one for all.</summary>
/// <typeparam name="T">Type of a number, one that <see cref="NpyWriter"/> takes.</typeparam>
/// <param name="output">As <see cref="RecordingOutput.Read"/> gives it.</param>
/// <param name="columns">Numbers in a row.</param>
/// <param name="json">Whether one JSON object a recording is printed rather than a line of text.</param>
/// <param name="rowsName">What the JSON calls the number of rows, such as "frames".</param>
/// <param name="columnsName">What the JSON calls the number of columns.</param>
/// <param name="properties">Further properties that every JSON object gets.</param>
internal sealed class RecordingRows<T>(
    RecordingOutput output, int columns, bool json, string rowsName, string columnsName, params IReadOnlyList<KeyValuePair<string, object>> properties)
    where T : unmanaged
{
    private static readonly JsonSerializerOptions JsonLine = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private int written;

    private sealed record Computed(Recording Recording, long Rows, T[]? Numbers, string? Error);

    /// <summary>Computes and writes the rows of all recordings, several at once; one that cannot be read stops none of the others.</summary>
    /// <param name="label">What is being done, for the progress bar.</param>
    /// <param name="compute">Gives a recording's rows, end to end; called from several threads.</param>
    /// <param name="cancellationToken">Stops between two recordings.</param>
    /// <returns>The exit code.</returns>
    public int Run(string label, Func<Recording, T[]> compute, CancellationToken cancellationToken)
    {
        using var progress = new ProgressBar(label, output.Recordings.Count, "recordings");
        ParallelQuery<Computed> computed = output.Recordings.AsParallel().AsOrdered()
            .WithMergeOptions(ParallelMergeOptions.NotBuffered)
            .WithCancellation(cancellationToken)
            .WithDegreeOfParallelism(Math.Min(Environment.ProcessorCount, 512))
            .Select(recording => Compute(recording, compute, progress));
        try
        {
            return output.Concat ? WriteOne(computed, progress) : WriteEach(computed, progress);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested && written > 0)
        {
            progress.WriteError($"edgec: cancelled; {written} of {output.Recordings.Count} recordings were written to {output.Path}");
            return ExitCode.Cancelled;
        }
        catch (AggregateException errors)
        {
            throw errors.Flatten().InnerExceptions[0];
        }
    }

    /// <summary>Computes one recording's rows and, unless all go to one file, writes them.</summary>
    private Computed Compute(Recording recording, Func<Recording, T[]> compute, ProgressBar progress)
    {
        T[] numbers;
        try
        {
            numbers = compute(recording);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            progress.Advance();
            return new Computed(recording, 0, null, error.Message);
        }

        if (!output.Concat)
        {
            string path = output.PathOf(recording);
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            NpyWriter.WriteAll<T>(path, [numbers.Length / columns, columns], numbers);
            Interlocked.Increment(ref written);
        }

        progress.Advance();
        return new Computed(recording, numbers.Length / columns, output.Concat ? numbers : null, null);
    }

    private int WriteEach(IEnumerable<Computed> computed, ProgressBar progress)
    {
        int failed = 0;
        foreach (Computed one in computed)
        {
            failed += one.Error is null ? 0 : 1;
            Report(one, output.PathOf(one.Recording), null, progress);
        }

        return failed == 0 ? ExitCode.Done : ExitCode.BadInputFile;
    }

    private int WriteOne(IEnumerable<Computed> computed, ProgressBar progress)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(output.Path))!);
        using NpyWriter writer = NpyWriter.Create<T>(output.Path, columns);
        var index = new List<Dictionary<string, object>>();
        long start = 0;
        int failed = 0;
        foreach (Computed one in computed)
        {
            Report(one, output.Path, start, progress);
            if (one.Numbers is null)
            {
                failed++;
                continue;
            }

            writer.Write<T>(one.Numbers);
            index.Add(new() { ["file"] = one.Recording.Path, ["start"] = start, [rowsName] = one.Rows });
            start += one.Rows;
        }

        writer.Complete();
        AtomicFile.Write(Path.ChangeExtension(output.Path, ".json"), file =>
        {
            JsonSerializer.Serialize(file, index, JsonLine);
            file.Write("\n"u8);
        });
        return failed == 0 ? ExitCode.Done : ExitCode.BadInputFile;
    }

    private void Report(Computed one, string path, long? start, ProgressBar progress)
    {
        if (one.Error is not null)
        {
            progress.WriteError($"edgec: {one.Error}");
            return;
        }

        if (!json)
        {
            progress.WriteLine($"{one.Recording.Path}: {one.Rows} x {columns} -> {path}{(start is null ? "" : $" from row {start}")}");
            return;
        }

        Dictionary<string, object> line = new() { ["file"] = one.Recording.Path, [rowsName] = one.Rows, [columnsName] = columns };
        foreach ((string name, object value) in properties)
        {
            line[name] = value;
        }

        line["out"] = path;
        if (start is not null)
        {
            line["start"] = start;
        }

        progress.WriteLine(JsonSerializer.Serialize(line, JsonLine));
    }
}

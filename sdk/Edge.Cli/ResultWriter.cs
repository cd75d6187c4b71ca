using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Edge.Detection;

namespace Edge.Cli;

/// <summary>Results on standard output: lines for people, or one JSON object a line.</summary>
/// <remarks>A line is written whole. <see cref="Flush"/> hands over what is there.</remarks>
internal sealed class ResultWriter : IDisposable
{
    private const int FullBytes = 16 * 1024;

    private readonly Stream output;
    private readonly Action? beforeWriting;
    private readonly ArrayBufferWriter<byte> buffer = new(1024);
    private readonly Utf8JsonWriter json;

    /// <param name="output">Standard output.</param>
    /// <param name="asJson">Whether lines are JSON objects.</param>
    /// <param name="beforeWriting">Clears the terminal's line.</param>
    public ResultWriter(Stream output, bool asJson, Action? beforeWriting = null)
    {
        this.output = output;
        this.beforeWriting = beforeWriting;
        AsJson = asJson;
        // The output is no HTML: labels and paths stay readable.
        json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    /// <summary>Whether lines are JSON objects.</summary>
    public bool AsJson { get; }

    /// <summary>Something was heard.</summary>
    /// <param name="file">Where.</param>
    /// <param name="heard">What and when.</param>
    /// <param name="lasts">Whether it has a beginning and an end, so that phase and mean score say something.</param>
    public void Heard(string file, in AudioEvent heard, bool lasts)
    {
        if (!AsJson)
        {
            string end = heard.Phase == EventPhase.Onset ? "…" : heard.End.TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture);
            string verdict = heard.Values is { } told ? string.Concat(told.Select(one => string.Create(CultureInfo.InvariantCulture, $" {one.Key} {one.Value:0.00}")))
                : string.Create(CultureInfo.InvariantCulture, $"  {heard.Score:0.00}");
            Line(string.Create(CultureInfo.InvariantCulture, $"{file}  {heard.Start.TotalSeconds:0.00}-{end} s  {heard.Label}{verdict}  ({heard.Model})"));
            return;
        }

        json.WriteStartObject();
        json.WriteString("file", file);
        json.WriteString("model", heard.Model);
        json.WriteString("label", heard.Label);
        if (heard.Values is null)
        {
            json.WriteNumber("score", Math.Round((decimal)heard.Score, 4));
        }

        json.WriteNumber("start_s", Seconds(heard.Start));
        json.WriteNumber("end_s", Seconds(heard.End));
        if (heard.Values is { } values)
        {
            json.WriteStartObject("values");
            foreach ((string label, float value) in values)
            {
                json.WriteNumber(label, Math.Round((decimal)value, 4));
            }

            json.WriteEndObject();
        }

        if (lasts)
        {
            json.WriteNumber("mean_score", Math.Round((decimal)heard.MeanScore, 4));
        }

        if (heard.Phase == EventPhase.Onset)
        {
            json.WriteString("phase", "onset");
        }

        json.WriteEndObject();
        EndLine();
    }

    /// <summary>The scores of one step, or its error.</summary>
    public void Scores(string file, Scorer scorer, Detector detector)
    {
        if (detector is AnomalyDetector anomaly)
        {
            Error(file, scorer, anomaly.Error);
            return;
        }

        Span<float> scores = stackalloc float[scorer.Scores.Length];
        scorer.CopyScores(scores);
        IReadOnlyList<string> labels = scorer.Model.Labels;
        if (!AsJson)
        {
            var line = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"{file}  {scorer.Time.TotalSeconds:0.000} s "));
            for (int i = 0; i < scores.Length; i++)
            {
                line.Append(CultureInfo.InvariantCulture, $" {labels[i]} {scores[i]:0.000}");
            }

            Line(line.ToString());
            return;
        }

        json.WriteStartObject();
        json.WriteString("file", file);
        json.WriteString("model", scorer.Model.Name);
        json.WriteNumber("time_s", Seconds(scorer.Time));
        json.WriteStartObject("scores");
        for (int i = 0; i < scores.Length; i++)
        {
            json.WriteNumber(labels[i], Math.Round((decimal)scores[i], 4));
        }

        json.WriteEndObject();
        json.WriteEndObject();
        EndLine();
    }

    /// <summary>The features that an encoder gives of a step, once its window is full of sound.</summary>
    public void Features(string file, Scorer scorer)
    {
        AudioModel model = scorer.Model;
        if (scorer.Time < model.Window)
        {
            return;
        }

        int width = model.Network.Output.Channels, frames = model.Network.Output.Elements / width;
        TimeSpan start = scorer.Time - model.Window;
        if (!AsJson)
        {
            Line(string.Create(CultureInfo.InvariantCulture, $"{file}  {start.TotalSeconds:0.00}-{scorer.Time.TotalSeconds:0.00} s  {frames} frames of {width} features; --json prints them  ({model.Name})"));
            return;
        }

        var features = new float[frames * width];
        scorer.CopyScores(features);
        json.WriteStartObject();
        json.WriteString("file", file);
        json.WriteString("model", model.Name);
        json.WriteNumber("start_s", Seconds(start));
        json.WriteNumber("end_s", Seconds(scorer.Time));
        json.WriteStartArray("features");
        for (int frame = 0; frame < frames; frame++)
        {
            json.WriteStartArray();
            foreach (float feature in features.AsSpan(frame * width, width))
            {
                json.WriteNumberValue(Math.Round((decimal)feature, 4));
            }

            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        EndLine();
    }

    private void Error(string file, Scorer scorer, double error)
    {
        if (!AsJson)
        {
            Line(string.Create(CultureInfo.InvariantCulture, $"{file}  {scorer.Time.TotalSeconds:0.000} s  error {error:0.000}"));
            return;
        }

        json.WriteStartObject();
        json.WriteString("file", file);
        json.WriteString("model", scorer.Model.Name);
        json.WriteNumber("time_s", Seconds(scorer.Time));
        json.WriteNumber("error", Math.Round(error, 4));
        json.WriteEndObject();
        EndLine();
    }

    /// <summary>One JSON object, written by the caller between its braces.</summary>
    public void Object(Action<Utf8JsonWriter> write)
    {
        json.WriteStartObject();
        write(json);
        json.WriteEndObject();
        EndLine();
    }

    /// <summary>A line for people.</summary>
    public void Line(string text)
    {
        Encoding.UTF8.GetBytes(text, buffer);
        buffer.Write("\n"u8);
        FlushIfFull();
    }

    /// <summary>Hands over every line written so far.</summary>
    /// <exception cref="OutputException">The stream does not take them.</exception>
    public void Flush()
    {
        if (buffer.WrittenCount == 0)
        {
            return;
        }

        beforeWriting?.Invoke();
        try
        {
            output.Write(buffer.WrittenSpan);
            output.Flush();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OutputException(e);
        }
        finally
        {
            buffer.ResetWrittenCount();
        }
    }

    /// <summary>Drops what was not flushed.</summary>
    public void Dispose() => json.Dispose();

    private static decimal Seconds(TimeSpan time) => Math.Round((decimal)time.Ticks / TimeSpan.TicksPerSecond, 3);

    private void EndLine()
    {
        json.Flush();
        json.Reset();
        buffer.Write("\n"u8);
        FlushIfFull();
    }

    private void FlushIfFull()
    {
        if (buffer.WrittenCount >= FullBytes)
        {
            Flush();
        }
    }
}

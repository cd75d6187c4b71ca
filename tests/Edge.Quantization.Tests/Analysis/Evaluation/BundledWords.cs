using System.Text.Json;
using Edge.Audio;
using Edge.Tests;

namespace Edge.Quantization.Tests.Analysis.Evaluation;

/// <summary>The words of the bundled recording.</summary>
internal static class BundledWords
{
    private const int RateHz = 16_000;

    private static readonly Lazy<short[]> Samples = new(() => Recordings.ReadAll(Recordings.Bundled));

    /// <summary>Label and place of each word, in order.</summary>
    public static IReadOnlyList<(string Label, double StartS, double EndS)> All { get; } = Read();

    /// <summary>Writes every word, with half a second around it, as FOLDER/LABEL/N.wav.</summary>
    public static void Cut(string folder)
    {
        short[] recording = Samples.Value;
        for (int i = 0; i < All.Count; i++)
        {
            (string label, double start, double end) = All[i];
            int first = Math.Max(0, (int)((start - 0.5) * RateHz)), last = Math.Min(recording.Length, (int)((end + 0.4) * RateHz));
            string path = Path.Combine(folder, label.Replace(' ', '-'));
            Directory.CreateDirectory(path);
            WavWriter.Write(Path.Combine(path, $"{i:00}.wav"), recording.AsSpan(first, last - first), RateHz);
        }
    }

    /// <summary>Writes the recording without its words as one file.</summary>
    public static void CutOut(string path)
    {
        short[] recording = Samples.Value;
        var rest = new List<short>();
        int at = 0;
        foreach ((_, double start, double end) in All)
        {
            int from = Math.Max(at, (int)((start - 0.1) * RateHz));
            rest.AddRange(recording.AsSpan(at, from - at));
            at = Math.Min(recording.Length, (int)((end + 0.1) * RateHz));
        }

        rest.AddRange(recording.AsSpan(at));
        WavWriter.Write(path, rest.ToArray(), RateHz);
    }

    private static (string, double, double)[] Read()
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Repository.PathTo("samples", "recordings", "keywords.json")));
        return [.. document.RootElement.EnumerateArray().Select(word =>
            (word.GetProperty("label").GetString()!, word.GetProperty("start_s").GetDouble(), word.GetProperty("end_s").GetDouble()))];
    }
}

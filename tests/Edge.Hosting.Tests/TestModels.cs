using Edge.Audio;
using Edge.Hosting.Listening;
using Edge.Tests;

namespace Edge.Hosting.Tests;

/// <summary>The bundled recording, and options for the bundled models under other names.</summary>
internal static class TestModels
{
    public const int RateHz = 16_000;

    private static readonly Lazy<short[]> Recording = new(Read);

    public static string WakeWordsPath => Repository.PathTo("samples", "models", "wake-words.edge");

    public static string RecordingPath => Repository.PathTo("samples", "recordings", "keywords.wav");

    /// <summary>The bundled recording with fifteen words.</summary>
    public static ReadOnlySpan<short> Keywords => Recording.Value;

    public static ModelOptions WakeWords(string name, int priority = 1, CascadeOptions? when = null) => new()
    {
        Name = name, Path = WakeWordsPath, Priority = priority, When = when,
    };

    public static ModelOptions Bundled(string name) => new() { Path = Repository.PathTo("samples", "models", $"{name}.edge") };

    public static EdgeOptions Options(params ModelOptions[] models) => new() { Models = [.. models], CpuBudget = 64, Source = { Kind = "file", Path = RecordingPath } };

    public static IReadOnlyList<LoadedModel> Load(EdgeOptions options)
    {
        var faults = new List<string>();
        IReadOnlyList<LoadedModel> models = ModelLoader.Load(options, faults);
        Assert.Empty(faults);
        return models;
    }

    private static short[] Read()
    {
        using IAudioSource source = AudioFile.Open(RecordingPath);
        short[] all = new short[60 * RateHz];
        int count = 0;
        for (int read; (read = source.Read(all.AsSpan(count))) > 0; count += read)
        {
        }

        return all[..count];
    }
}

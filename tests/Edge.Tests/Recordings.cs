using Edge.Audio;

namespace Edge.Tests;

/// <summary>Recordings read whole, as only tests may.</summary>
internal static class Recordings
{
    /// <summary>The minute of speech that the project brings along.</summary>
    public static string Bundled { get; } = Repository.PathTo("samples", "recordings", "keywords.wav");

    /// <summary>All samples of a recording.</summary>
    public static short[] ReadAll(string path)
    {
        using IAudioSource source = AudioFile.Open(path);
        var samples = new List<short>();
        var buffer = new short[4_096];
        for (int count = source.Read(buffer); count > 0; count = source.Read(buffer))
        {
            samples.AddRange(buffer.AsSpan(0, count));
        }

        return [.. samples];
    }
}

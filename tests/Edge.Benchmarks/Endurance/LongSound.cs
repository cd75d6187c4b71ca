using System.Globalization;
using System.Text.Json;
using Edge.Audio;

namespace Edge.Benchmarks.Endurance;

/// <summary>Hours of sound made as they are read: quiet noise with the bundled recording's words at known places.</summary>
/// <remarks>The same seed gives the same sound. 16 kHz, mono.</remarks>
internal sealed class LongSound
{
    public const int RateHz = 16_000;

    private const double MarginSeconds = 0.4; // of the recording around each word
    private const int FadeSamples = RateHz / 50;
    private const int NoisePeak = 33; // -60 dBFS
    private const int LeastGapSeconds = 10;
    private const int MostGapSeconds = 40;

    private readonly short[][] words;
    private readonly List<Placement> placements = [];
    private uint noise = 1;
    private int next; // of the placements
    private long position;

    /// <param name="words">What is laid into the noise.</param>
    /// <param name="seconds">The sound's length.</param>
    /// <param name="seed">Decides which word comes where.</param>
    public LongSound(short[][] words, double seconds, int seed)
    {
        this.words = words;
        Samples = (long)(seconds * RateHz);
        var random = new Random(seed);
        long start = 0;
        while (true)
        {
            // On no grid: a word begins anywhere within a step of the model.
            start += random.Next(LeastGapSeconds * RateHz, MostGapSeconds * RateHz);
            int word = random.Next(words.Length);
            if (start + words[word].Length + LeastGapSeconds * RateHz > Samples)
            {
                return;
            }

            placements.Add(new Placement(start, word));
            start += words[word].Length;
        }
    }

    /// <summary>A sound with one word in it.</summary>
    public LongSound(short[] word, double before, double after)
    {
        words = [word];
        placements.Add(new Placement((long)(before * RateHz), 0));
        Samples = placements[0].Start + word.Length + (long)(after * RateHz);
    }

    /// <summary>The whole length.</summary>
    public long Samples { get; }

    /// <summary>Which word lies where.</summary>
    public IReadOnlyList<Placement> Placements => placements;

    /// <summary>Cuts the words out of the bundled recording, faded in and out.</summary>
    public static (string Label, short[] Samples)[] ReadWords(string folder)
    {
        using IAudioSource source = AudioFile.Open(Path.Combine(folder, "keywords.wav"));
        short[] recording = new short[120 * RateHz];
        int length = 0;
        for (int count; (count = source.Read(recording.AsSpan(length))) > 0;)
        {
            length += count;
        }

        using JsonDocument labels = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "keywords.json")));
        return [.. labels.RootElement.EnumerateArray().Select(word => (word.GetProperty("label").GetString()!, Cut(recording.AsSpan(0, length), Seconds(word, "start_s"), Seconds(word, "end_s"))))];
    }

    /// <summary>Makes the sound's next samples.</summary>
    /// <returns>How many; 0 at the end.</returns>
    public int Read(Span<short> buffer)
    {
        int count = (int)Math.Min(buffer.Length, Samples - position);
        Span<short> sound = buffer[..count];
        foreach (ref short sample in sound)
        {
            noise ^= noise << 13; // xorshift32
            noise ^= noise >> 17;
            noise ^= noise << 5;
            sample = (short)((int)(noise % (2 * NoisePeak + 1)) - NoisePeak);
        }

        while (next < placements.Count && placements[next].Start < position + count)
        {
            short[] word = words[placements[next].Word];
            int from = (int)Math.Max(position - placements[next].Start, 0);
            int at = (int)Math.Max(placements[next].Start - position, 0);
            int length = Math.Min(word.Length - from, count - at);
            for (int i = 0; i < length; i++)
            {
                sound[at + i] = (short)Math.Clamp(sound[at + i] + word[from + i], short.MinValue, short.MaxValue);
            }

            if (from + length < word.Length)
            {
                break; // the rest comes with the next samples
            }

            next++;
        }

        position += count;
        return count;
    }

    private static double Seconds(JsonElement word, string field) => double.Parse(word.GetProperty(field).GetRawText(), CultureInfo.InvariantCulture);

    private static short[] Cut(ReadOnlySpan<short> recording, double start, double end)
    {
        int from = Math.Max((int)((start - MarginSeconds) * RateHz), 0);
        int to = Math.Min((int)((end + MarginSeconds) * RateHz), recording.Length);
        short[] word = recording[from..to].ToArray();
        for (int i = 0; i < FadeSamples; i++)
        {
            word[i] = (short)(word[i] * i / FadeSamples);
            word[^(i + 1)] = (short)(word[^(i + 1)] * i / FadeSamples);
        }

        return word;
    }
}

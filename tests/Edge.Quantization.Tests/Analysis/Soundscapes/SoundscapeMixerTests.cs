using Edge.Audio;
using Edge.Quantization.Analysis.Evaluation;
using Edge.Quantization.Analysis.Soundscapes;

namespace Edge.Quantization.Tests.Analysis.Soundscapes;

public sealed class SoundscapeMixerTests : IDisposable
{
    private const int RateHz = 16_000;

    private readonly string folder = Directory.CreateTempSubdirectory("edge-soundscape-").FullName;
    private readonly LabelledClip[] clips;
    private readonly string noise;

    public SoundscapeMixerTests()
    {
        // Half a second of silence, a tone, 0.8 s of silence, a tone, silence: two events.
        clips = [new(Tone("low", 300, [(0.5, 1.0), (1.8, 2.4)]), "low"), new(Tone("high", 3000, [(0.2, 2.0)]), "high")];
        noise = Noise("noise", 7);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Events_lie_where_the_sound_is()
    {
        Soundscape soundscape = Mix(new SoundscapeOptions { Seconds = 60, ClipsPerMinute = 10, SnrDb = (30, 30), GapSeconds = 0.5 });

        Assert.InRange(soundscape.Events.Count, 4, 30);
        bool[] heard = Heard(soundscape);
        foreach (SoundscapeEvent one in soundscape.Events)
        {
            double length = one.Event.Label == "high" ? 1.8 : one.Event.Length < 0.55 ? 0.5 : 0.6;
            Assert.Equal(length, one.Event.Length, 0.045); // whole frames of 20 ms
            Assert.True(Power(soundscape, one.Event.Start + 0.05, one.Event.End - 0.05) > 100 * Background(soundscape, heard));
        }
    }

    [Fact]
    public void The_ratio_of_signal_to_noise_is_what_was_asked_for()
    {
        clips[0] = new(Tone("one", 300, [(0.5, 2.5)]), "one");
        Soundscape soundscape = new SoundscapeMixer([clips[0]], [noise], new SoundscapeOptions { Seconds = 60, SnrDb = (10, 10), BackgroundDbfs = -40 }).Next(TestContext.Current.CancellationToken);

        double background = Background(soundscape, Heard(soundscape));
        Assert.Equal(-40, 10 * Math.Log10(background / (32767.0 * 32767)), 0.2);
        Assert.All(soundscape.Events, one =>
            Assert.Equal(10, 10 * Math.Log10((Power(soundscape, one.Event.Start + 0.05, one.Event.End - 0.05) - background) / background), 0.5));
    }

    [Fact]
    public void The_same_seed_gives_the_same_sound_and_another_seed_another()
    {
        var options = new SoundscapeOptions { Seconds = 20, Polyphony = 2, SnrDb = (0, 20) };
        Soundscape first = Mix(options), second = Mix(options), other = Mix(options with { Seed = 2 });

        Assert.Equal(first.Samples, second.Samples);
        Assert.Equal(first.Events, second.Events);
        Assert.NotEqual(first.Events, other.Events);
    }

    [Fact]
    public void Tracks_overlap_but_no_class_with_itself()
    {
        Soundscape soundscape = Mix(new SoundscapeOptions { Seconds = 120, Polyphony = 3, ClipsPerMinute = 20 });

        SoundscapeEvent[] events = [.. soundscape.Events];
        bool overlap = false;
        for (int i = 0; i < events.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                bool together = events[i].Event.Overlap(events[j].Event) > 0;
                overlap |= together;
                Assert.False(together && events[i].Event.Label == events[j].Event.Label);
            }
        }

        Assert.True(overlap);
    }

    [Fact]
    public void Silence_is_refused_by_name()
    {
        string silence = Tone("silence", 300, []);
        Assert.Contains("silence.wav is silent", Assert.Throws<InvalidDataException>(() => new SoundscapeMixer([new(silence, "x")], [noise], new()).Next(TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
        Assert.Contains("expected a background", Assert.Throws<InvalidDataException>(() => new SoundscapeMixer(clips, [silence], new()).Next(TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new SoundscapeMixer([], [noise], new()));
    }

    private Soundscape Mix(SoundscapeOptions options) => new SoundscapeMixer(clips, [noise], options).Next(TestContext.Current.CancellationToken);

    private static bool[] Heard(Soundscape soundscape)
    {
        var heard = new bool[soundscape.Samples.Length];
        foreach (SoundscapeEvent one in soundscape.Events)
        {
            heard.AsSpan((int)(one.Event.Start * RateHz) - 400, (int)(one.Event.Length * RateHz) + 800).Fill(true);
        }

        return heard;
    }

    private static double Power(Soundscape soundscape, double start, double end) =>
        soundscape.Samples[(int)(start * RateHz)..(int)(end * RateHz)].Average(sample => (double)sample * sample);

    private static double Background(Soundscape soundscape, bool[] heard) =>
        soundscape.Samples.Where((_, i) => !heard[i]).Average(sample => (double)sample * sample);

    private string Tone(string name, double hz, (double Start, double End)[] parts)
    {
        var samples = new short[3 * RateHz];
        foreach ((double start, double end) in parts)
        {
            for (int i = (int)(start * RateHz); i < (int)(end * RateHz); i++)
            {
                samples[i] = (short)(8_000 * Math.Sin(2 * Math.PI * hz * i / RateHz));
            }
        }

        return Write(name, samples);
    }

    private string Noise(string name, int seed)
    {
        var random = new Random(seed);
        return Write(name, [.. Enumerable.Range(0, 5 * RateHz).Select(_ => (short)random.Next(-500, 501))]);
    }

    private string Write(string name, short[] samples)
    {
        string path = Path.Combine(folder, $"{name}.wav");
        WavWriter.Write(path, samples, RateHz);
        return path;
    }
}

using Edge.Audio;
using Edge.Quantization.Analysis.Evaluation;
using Edge.Quantization.Analysis.Events;

namespace Edge.Quantization.Analysis.Soundscapes;

/// <summary>Mixes clips into a background at drawn times and levels.</summary>
/// <remarks>After Salamon et al., "Scaper: A Library for Soundscape Synthesis and Augmentation", WASPAA 2017. Clips are drawn without putting back until all have been used.</remarks>
public sealed class SoundscapeMixer
{
    private const double FadeSeconds = 0.01; // at the cut ends of a clip, against clicks
    private const float FullScale = 32_767;
    private const int MaxClipSeconds = 600;

    private readonly IReadOnlyList<LabelledClip> clips;
    private readonly IReadOnlyList<string> backgrounds;
    private readonly SoundscapeOptions options;
    private readonly Dictionary<string, float[]> heard = []; // backgrounds; clips are read again
    private readonly SeededRandom random;
    private readonly Queue<LabelledClip> deck = [];

    /// <summary>Prepares mixing; what follows from one seed goes on from soundscape to soundscape.</summary>
    /// <param name="clips">What is heard, one at least.</param>
    /// <param name="backgrounds">Sound files that go on below, one at least; repeated where they are too short.</param>
    /// <param name="options">How.</param>
    /// <exception cref="ArgumentException">There are no clips, or no background.</exception>
    public SoundscapeMixer(IReadOnlyList<LabelledClip> clips, IReadOnlyList<string> backgrounds, SoundscapeOptions options)
    {
        if (clips.Count == 0 || backgrounds.Count == 0)
        {
            throw new ArgumentException($"{clips.Count} clips and {backgrounds.Count} backgrounds; expected one of each at least.");
        }

        (this.clips, this.backgrounds, this.options) = (clips, backgrounds, options);
        random = new SeededRandom(options.Seed);
    }

    /// <summary>Mixes the next soundscape.</summary>
    /// <param name="cancellationToken">Stops between two clips.</param>
    /// <exception cref="InvalidDataException">A file is no sound, a clip or a background is silent, or a clip is longer than ten minutes.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public Soundscape Next(CancellationToken cancellationToken = default)
    {
        float[] mix = Background();
        float[] background = [.. mix];
        var events = new List<SoundscapeEvent>();
        for (int track = 0; track < options.Polyphony; track++)
        {
            Fill(mix, background, events, cancellationToken);
        }

        float peak = mix.Max(Math.Abs);
        float gain = peak > FullScale ? FullScale / peak : 1;
        return new Soundscape(
            [.. mix.Select(sample => (short)Math.Round(sample * gain))], options.SampleRateHz, [.. events.OrderBy(one => one.Event.Start).ThenBy(one => one.Event.Label, StringComparer.Ordinal)]);
    }

    /// <summary>Puts clips one after another, with pauses of random length between them (a Poisson process, but for the least pause).</summary>
    private void Fill(float[] mix, float[] background, List<SoundscapeEvent> events, CancellationToken cancellationToken)
    {
        double time = options.RestSeconds;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            LabelledClip clip = Draw();
            float[] sound = Read(clip.Path);
            List<Range> parts = ActiveParts.Find(sound, options.SampleRateHz, options.SilenceDb, options.GapSeconds);
            if (parts.Count == 0)
            {
                throw new InvalidDataException($"{clip.Path} is silent; expected a clip that holds '{clip.Label}'. Leave it out.");
            }

            double length = (double)(parts[^1].End.Value - parts[0].Start.Value) / options.SampleRateHz;
            double pause = Math.Max(0, (60 / options.ClipsPerMinute) - length - options.RestSeconds);
            time += -pause * Math.Log(1 - random.NextDouble());
            if (time + length + options.RestSeconds > options.Seconds)
            {
                deck.Enqueue(clip);
                return;
            }

            if (!events.Exists(one => one.Event.Label == clip.Label && one.Event.Overlap(new SoundEvent("", time - options.GapSeconds, time + length + options.GapSeconds)) > 0))
            {
                Place(mix, background, clip, sound, parts, (int)(time * options.SampleRateHz), events);
            }

            time += length + options.RestSeconds;
        }
    }

    private void Place(float[] mix, float[] background, LabelledClip clip, float[] sound, List<Range> parts, int at, List<SoundscapeEvent> events)
    {
        (int first, int end) = (parts[0].Start.Value, parts[^1].End.Value);
        double snrDb = options.SnrDb.Low + (random.NextDouble() * (options.SnrDb.High - options.SnrDb.Low));
        double active = parts.Sum(part => ActiveParts.MeanPower(sound.AsSpan(part)) * (part.End.Value - part.Start.Value)) / parts.Sum(part => part.End.Value - part.Start.Value);
        double noise = ActiveParts.MeanPower(background.AsSpan(at, end - first));
        double floor = ActiveParts.MeanPower(background) * 0.01; // a pause of the background is no reason for an event that cannot be heard
        double gain = Math.Sqrt(Math.Max(noise, floor) * Math.Pow(10, snrDb / 10) / active);
        int fade = Math.Min((int)(FadeSeconds * options.SampleRateHz), (end - first) / 2);
        for (int i = first; i < end; i++)
        {
            double edge = Math.Min(1, Math.Min(i - first + 1, end - i) / (double)(fade + 1));
            mix[at + i - first] += (float)(gain * edge * sound[i]);
        }

        foreach (Range part in parts)
        {
            double Seconds(Index index) => (double)(at + index.Value - first) / options.SampleRateHz;
            events.Add(new SoundscapeEvent(new SoundEvent(clip.Label, Seconds(part.Start), Seconds(part.End)), clip.Path, snrDb));
        }
    }

    private LabelledClip Draw()
    {
        if (deck.Count == 0)
        {
            LabelledClip[] shuffled = [.. clips];
            for (int i = shuffled.Length - 1; i > 0; i--)
            {
                int j = random.Next(i + 1);
                (shuffled[i], shuffled[j]) = (shuffled[j], shuffled[i]);
            }

            Array.ForEach(shuffled, deck.Enqueue);
        }

        return deck.Dequeue();
    }

    /// <summary>A stretch of a background from a random place, repeated where it is too short, at its level.</summary>
    private float[] Background()
    {
        string path = backgrounds[random.Next(backgrounds.Count)];
        float[] sound = heard.TryGetValue(path, out float[]? known) ? known : heard[path] = Read(path);
        double power = ActiveParts.MeanPower(sound);
        if (power < 1)
        {
            throw new InvalidDataException($"{path} is silent; expected a background. A ratio of signal to nothing means nothing: give some noise.");
        }

        float gain = (float)(FullScale * Math.Pow(10, options.BackgroundDbfs / 20) / Math.Sqrt(power));
        int start = random.Next(sound.Length);
        var background = new float[(int)(options.Seconds * options.SampleRateHz)];
        for (int i = 0; i < background.Length; i++)
        {
            background[i] = gain * sound[(start + i) % sound.Length];
        }

        return background;
    }

    private float[] Read(string path)
    {
        using var source = new MonoSource(AudioFile.Open(path), options.SampleRateHz);
        var samples = new List<float>();
        var block = new short[options.SampleRateHz];
        for (int count; (count = source.Read(block)) > 0;)
        {
            samples.AddRange(block[..count].Select(sample => (float)sample));
            if (samples.Count > MaxClipSeconds * options.SampleRateHz)
            {
                throw new InvalidDataException($"{path} is longer than {MaxClipSeconds} s; expected clips, and a background of a few minutes, which is repeated. Cut it.");
            }
        }

        return samples.Count > 0 ? [.. samples] : throw new InvalidDataException($"{path} holds no sound; leave it out.");
    }

    /// <summary>SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): the same numbers from a seed on every machine and in every version.</summary>
    private sealed class SeededRandom(int seed)
    {
        private ulong state = (ulong)seed;

        public int Next(int count) => (int)(NextDouble() * count);

        public double NextDouble()
        {
            state += 0x9E3779B97F4A7C15;
            ulong z = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return ((z ^ (z >> 31)) >> 11) * (1.0 / (1UL << 53));
        }
    }
}

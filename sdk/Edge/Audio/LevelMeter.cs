namespace Edge.Audio;

/// <summary>Measures the level of the last seconds of sound; allocates nothing once made.</summary>
/// <remarks>One thread adds, any may ask. Each second is summed up on its own; <see cref="Level"/> is of the newest <see cref="Seconds"/> of them.</remarks>
internal sealed class LevelMeter
{
    /// <summary>Seconds that a level is of.</summary>
    public const int Seconds = 5;

    private const double FullScale = 32_768;
    private const double LeastPeakDbfs = -96.3; // half a step of 16 bits: only zeros are as low
    private const double LeastRmsDbfs = -120;

    private readonly int channels;
    private readonly int sampleRateHz;
    private readonly Sums[] seconds; // [Seconds, channels], a ring
    private readonly Lock access = new();
    private long completed; // seconds
    private int frames; // in the second under way
    private CaptureLevel level;

    /// <summary>Makes a meter.</summary>
    public LevelMeter(int sampleRateHz, int channels)
    {
        this.sampleRateHz = sampleRateHz;
        this.channels = channels;
        seconds = new Sums[Seconds * channels];
        Clear();
    }

    /// <summary>The level of the newest whole seconds.</summary>
    public CaptureLevel Level
    {
        get
        {
            lock (access)
            {
                return level;
            }
        }
    }

    /// <summary>Adds the stream's next frames.</summary>
    /// <param name="samples">[frames, channels].</param>
    public void Add(ReadOnlySpan<short> samples)
    {
        while (samples.Length > 0)
        {
            int count = Math.Min(samples.Length, (sampleRateHz - frames) * channels);
            Span<Sums> second = Second(completed);
            for (int i = 0; i < channels; i++)
            {
                second[i].Add(samples[..count], i, channels);
            }

            frames += count / channels;
            samples = samples[count..];
            if (frames == sampleRateHz)
            {
                Complete();
            }
        }
    }

    private void Complete()
    {
        completed++;
        CaptureLevel measured = Measure();
        lock (access)
        {
            level = measured;
        }

        Clear();
    }

    private CaptureLevel Measure()
    {
        int held = (int)Math.Min(completed, Seconds);
        double peak = 0, power = 0, offset = 0, clipped = 0;
        ulong dead = 0;
        for (int channel = 0; channel < channels; channel++)
        {
            Sums sum = Sums.None;
            for (long second = completed - held; second < completed; second++)
            {
                sum.Add(Second(second)[channel]);
            }

            double frameCount = (double)held * sampleRateHz;
            double mean = sum.Sum / frameCount;
            peak = Math.Max(peak, Math.Max(sum.Highest, -sum.Lowest));
            power = Math.Max(power, (sum.Squares / frameCount) - (mean * mean));
            offset = Math.Abs(mean) > Math.Abs(offset) ? mean : offset;
            clipped = Math.Max(clipped, sum.Clipped / frameCount);
            dead |= sum.Highest == sum.Lowest ? 1UL << channel : 0;
        }

        double peakDbfs = Math.Max(20 * Math.Log10(peak / FullScale), LeastPeakDbfs);
        double rmsDbfs = Math.Max(10 * Math.Log10(power / (FullScale * FullScale)), LeastRmsDbfs);
        return new CaptureLevel(TimeSpan.FromSeconds(held), peakDbfs, rmsDbfs, offset / FullScale, clipped, dead);
    }

    private void Clear()
    {
        frames = 0;
        Second(completed).Fill(Sums.None);
    }

    private Span<Sums> Second(long index) => seconds.AsSpan((int)(index % Seconds) * channels, channels);

    /// <summary>What is summed up of one channel.</summary>
    private record struct Sums(int Lowest, int Highest, long Sum, long Squares, int Clipped)
    {
        public static readonly Sums None = new(int.MaxValue, int.MinValue, 0, 0, 0);

        public void Add(ReadOnlySpan<short> samples, int channel, int channels)
        {
            int lowest = Lowest, highest = Highest, clipped = 0;
            long sum = 0, squares = 0;
            for (int i = channel; i < samples.Length; i += channels)
            {
                int sample = samples[i];
                lowest = Math.Min(lowest, sample);
                highest = Math.Max(highest, sample);
                sum += sample;
                squares += sample * sample;
                clipped += sample is short.MaxValue or short.MinValue ? 1 : 0;
            }

            this = new Sums(lowest, highest, Sum + sum, Squares + squares, Clipped + clipped);
        }

        public void Add(in Sums other) =>
            this = new Sums(Math.Min(Lowest, other.Lowest), Math.Max(Highest, other.Highest), Sum + other.Sum, Squares + other.Squares, Clipped + other.Clipped);
    }
}

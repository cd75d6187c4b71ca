namespace Edge.Quantization.Analysis.Soundscapes;

/// <summary>Where a clip holds sound: clips begin and end with silence, and a dog barks more than once.</summary>
internal static class ActiveParts
{
    private const double FrameSeconds = 0.02;
    private const double QuietestPower = 1; // of samples in 16 bits: less is digital silence

    /// <summary>The parts of a clip that are sound, in samples; empty where it is silent.</summary>
    /// <param name="samples">The clip.</param>
    /// <param name="rateHz">Its rate.</param>
    /// <param name="silenceDb">A frame is silent where its power is so much below that of the loudest.</param>
    /// <param name="gapSeconds">Silence that is shorter lies within a part.</param>
    public static List<Range> Find(ReadOnlySpan<float> samples, int rateHz, double silenceDb, double gapSeconds)
    {
        int frame = Math.Max(1, (int)(FrameSeconds * rateHz));
        var power = new double[(samples.Length + frame - 1) / frame];
        for (int i = 0; i < power.Length; i++)
        {
            power[i] = MeanPower(samples[(i * frame)..Math.Min((i + 1) * frame, samples.Length)]);
        }

        double least = Math.Max(QuietestPower, power.DefaultIfEmpty(0).Max() * Math.Pow(10, -silenceDb / 10));
        var parts = new List<Range>();
        for (int i = 0; i < power.Length; i++)
        {
            if (power[i] < least)
            {
                continue;
            }

            (int start, int end) = (i * frame, Math.Min((i + 1) * frame, samples.Length));
            if (parts.Count > 0 && start - parts[^1].End.Value < gapSeconds * rateHz)
            {
                parts[^1] = parts[^1].Start..end;
            }
            else
            {
                parts.Add(start..end);
            }
        }

        return parts;
    }

    /// <summary>Mean of the squares; 0 for none.</summary>
    public static double MeanPower(ReadOnlySpan<float> samples)
    {
        double sum = 0;
        foreach (float sample in samples)
        {
            sum += (double)sample * sample;
        }

        return samples.IsEmpty ? 0 : sum / samples.Length;
    }
}

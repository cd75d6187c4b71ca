namespace Edge.Audio;

/// <summary>
/// Sound made from a seed by integer arithmetic alone, the same on every machine: what a model's self-test listens to.
/// </summary>
/// <remarks>
/// All values are unsigned 32-bit, modulo 2^32, where no sign is mentioned; division drops the fraction, as in C. With
/// <c>next()</c> the generator xorshift32 (Marsaglia, "Xorshift RNGs", 2003): <c>x ^= x &lt;&lt; 13; x ^= x &gt;&gt; 17; x ^= x &lt;&lt; 5; return x</c>.
/// <code>
/// x = (seed + 0x9E3779B9) * 0x85EBCA6B; if (x == 0) x = 1; phase = 0;
/// for n = 0, 1, 2 …
///     if (n % 1024 == 0)                              // a new segment: 64 ms at 16 kHz
///         r = next(); q = next();
///         silent    = ((r &gt;&gt; 6) &amp; 7) == 0;             // one segment in eight
///         noiseGain = silent ? 0 : 128 &gt;&gt; (r &amp; 7);     // 1/2 to 1/256 of full scale
///         toneGain  = silent ? 0 : 128 &gt;&gt; ((r &gt;&gt; 3) &amp; 7);
///         step      = 2^23 + (r &gt;&gt; 12) * 1024;        // cycles a sample in Q32: 0.002 to 0.252
///         sweep     = ((q &gt;&gt; 18) - 8192) * 64;        // its change a sample: up to 0.125 over the segment
///     noise = (int32)(next() &gt;&gt; 16) - 32768;
///     phase += step; step += sweep;
///     a = phase &gt;&gt; 16; m = a &lt; 32768 ? a : 65536 - a; // a parabola for a sine: half a cycle is 32768
///     m = min((m * (32768 - m)) &gt;&gt; 13, 32767);
///     tone = a &lt; 32768 ? +m : -m;                     // signed
///     sample[n] = (noise * noiseGain + tone * toneGain) / 256;
/// </code>
/// </remarks>
public static class SyntheticSignal
{
    private const int SegmentSamples = 1024;

    /// <summary>The first samples of the signal of <paramref name="seed"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="samples"/> is negative.</exception>
    public static short[] Generate(uint seed, int samples)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(samples);
        short[] signal = new short[samples];
        Generate(seed, signal);
        return signal;
    }

    /// <summary>Fills <paramref name="signal"/> with the first samples of the signal of <paramref name="seed"/>.</summary>
    public static void Generate(uint seed, Span<short> signal)
    {
        uint state = unchecked((seed + 0x9E3779B9) * 0x85EBCA6B);
        state = state == 0 ? 1 : state;
        uint phase = 0;
        while (!signal.IsEmpty)
        {
            Span<short> segment = signal[..Math.Min(SegmentSamples, signal.Length)];
            GenerateSegment(segment, ref state, ref phase);
            signal = signal[segment.Length..];
        }
    }

    private static void GenerateSegment(Span<short> segment, ref uint state, ref uint phase)
    {
        uint r = Next(ref state);
        uint q = Next(ref state);
        bool silent = ((r >> 6) & 7) == 0;
        int noiseGain = silent ? 0 : 128 >> (int)(r & 7);
        int toneGain = silent ? 0 : 128 >> (int)((r >> 3) & 7);
        uint step = unchecked((1u << 23) + ((r >> 12) * 1024));
        uint sweep = unchecked(((q >> 18) - 8192) * 64);
        foreach (ref short sample in segment)
        {
            int noise = (int)(Next(ref state) >> 16) - 32768;
            phase = unchecked(phase + step);
            step = unchecked(step + sweep);
            sample = (short)(((noise * noiseGain) + (Sine(phase) * toneGain)) / 256);
        }
    }

    private static int Sine(uint phase)
    {
        uint angle = phase >> 16;
        bool upper = angle < 32768;
        uint m = upper ? angle : 65536 - angle;
        int magnitude = (int)Math.Min((m * (32768 - m)) >> 13, 32767);
        return upper ? magnitude : -magnitude;
    }

    private static uint Next(ref uint state)
    {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        return state;
    }
}

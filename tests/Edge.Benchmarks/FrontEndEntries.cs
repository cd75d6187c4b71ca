using Edge.Audio;
using Edge.Features;
using Edge.Numerics;

namespace Edge.Benchmarks;

/// <summary>Front ends over a recording, one entry a kernel set.</summary>
internal static class FrontEndEntries
{
    public static void Add(Contest contest, string recording)
    {
        short[] samples = ReadSamples(recording);
        foreach (FrontEndOptions options in (FrontEndOptions[])[new MicroOptions(), new LogMelOptions(), new MfccOptions()])
        {
            foreach (KernelSet kernels in InstructionSet.Supported)
            {
                FrontEnd frontEnd = FrontEnd.Create(options, kernels);
                var features = new int[frontEnd.Bins];
                string group = $"{options.Kind} front end, {options.WindowSamples * 1000 / options.SampleRateHz} ms window, one frame";
                contest.Add(new Entry(group, kernels.ToString().ToLowerInvariant(), () => Run(frontEnd, samples, features), Run(frontEnd, samples, features)));
            }
        }
    }

    /// <summary>16 kHz mono samples of a recording.</summary>
    public static short[] ReadSamples(string recording)
    {
        using var source = new MonoSource(AudioFile.Open(recording), 16_000);
        var samples = new List<short>();
        var buffer = new short[4_096];
        for (int count = source.Read(buffer); count > 0; count = source.Read(buffer))
        {
            samples.AddRange(buffer.AsSpan(0, count));
        }

        return [.. samples];
    }

    private static int Run(FrontEnd frontEnd, ReadOnlySpan<short> samples, int[] features)
    {
        int frames = 0;
        frontEnd.Reset();
        while (frontEnd.TryRead(ref samples, features))
        {
            frames++;
        }

        return frames;
    }
}

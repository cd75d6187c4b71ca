using Edge.Audio;

namespace Edge.Hosting.Tests;

/// <summary>Sound from memory that waits at given samples until a test lets it go on; a live one where the test says so.</summary>
internal sealed class ScriptedSource(short[] samples, params int[] gates) : ICaptureSource, ISourceKind
{
    private const int BlockSamples = TestModels.RateHz / 50;

    private readonly ManualResetEventSlim[] open = Array.ConvertAll(gates, _ => new ManualResetEventSlim());
    private readonly ManualResetEventSlim disposed = new();
    private int position;

    /// <summary>Open for ever after the last sample: the sound has no end of its own.</summary>
    public bool Endless { get; init; }

    public IOException? Failure { get; init; }

    /// <summary>What opening waits for; null for nothing.</summary>
    public ManualResetEventSlim? Door { get; init; }

    /// <summary>What opening says as long as it is set.</summary>
    public AudioDeviceException? Missing { get; set; }

    /// <summary>A device that is not plugged in.</summary>
    public static AudioDeviceException Unplugged => new("script: there is no such device. Plug it in.", "snd_pcm_open", -19) { IsTransient = true };

    public string Kind => "scripted";

    public string Name => "script";

    public int SampleRateHz => TestModels.RateHz;

    public int Channels => 1;

    public CaptureState State { get; set; } = CaptureState.Capturing;

    public CaptureCounters Counters { get; set; }

    public CaptureLevel Level => new(TimeSpan.FromSeconds(1), -20, -30, 0, 0, 0);

    public double? DriftPpm => null;

    public string? Trouble => State == CaptureState.Capturing ? null : "unplugged";

    /// <summary>Skipped after five seconds.</summary>
    public TimeSpan Skipped { get; init; }

    public DateTimeOffset Began { get; } = new(2026, 1, 31, 8, 0, 0, TimeSpan.Zero);

    /// <summary>Lets the sound go on.</summary>
    public void Open(int gate) => open[gate].Set();

    public void Check(SourceOptions options, ICollection<string> faults)
    {
    }

    public IAudioSource Open(SourceOptions options)
    {
        Door?.Wait();
        return Missing is null ? this : throw Missing;
    }

    public TimeSpan SkippedBefore(TimeSpan streamTime) => streamTime > TimeSpan.FromSeconds(5) ? Skipped : TimeSpan.Zero;

    public DateTimeOffset TimeOf(TimeSpan streamTime) => Began + streamTime + SkippedBefore(streamTime);

    public int Read(Span<short> buffer)
    {
        int gate = Array.IndexOf(gates, position);
        bool atEnd = position == samples.Length;
        if (atEnd && Failure is not null)
        {
            throw Failure;
        }

        if (gate >= 0 && WaitHandle.WaitAny([open[gate].WaitHandle, disposed.WaitHandle]) == 1)
        {
            return 0;
        }

        if (atEnd)
        {
            if (Endless)
            {
                disposed.Wait();
            }

            return 0;
        }

        int end = gates.Where(one => one > position).DefaultIfEmpty(samples.Length).Min();
        int count = Math.Min(Math.Min(buffer.Length, BlockSamples), end - position);
        samples.AsSpan(position, count).CopyTo(buffer);
        position += count;
        return count;
    }

    public void Dispose() => disposed.Set();
}

using Edge.Audio;

namespace Edge.Tests.Audio;

/// <summary>A live source whose state the test sets.</summary>
internal sealed class FakeCapture(int channels = 1) : ICaptureSource
{
    public string Name => "fake";

    public int SampleRateHz => 16_000;

    public int Channels => channels;

    public CaptureState State { get; set; }

    public CaptureCounters Counters { get; set; }

    public CaptureLevel Level { get; set; }

    public double? DriftPpm { get; set; }

    public string? Trouble { get; set; }

    /// <summary>What was skipped, and where.</summary>
    public (TimeSpan At, TimeSpan Length) Skip { get; set; }

    public Func<short[], int> OnRead { get; set; } = _ => 0;

    public TimeSpan SkippedBefore(TimeSpan streamTime) => streamTime >= Skip.At ? Skip.Length : TimeSpan.Zero;

    public DateTimeOffset TimeOf(TimeSpan streamTime) => DateTimeOffset.UnixEpoch + streamTime + SkippedBefore(streamTime);

    public int Read(Span<short> buffer)
    {
        var read = new short[buffer.Length];
        int count = OnRead(read);
        read.AsSpan(0, count).CopyTo(buffer);
        return count;
    }

    public void Dispose() => State = CaptureState.Ended;
}

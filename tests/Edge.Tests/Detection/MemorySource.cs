using Edge.Audio;

namespace Edge.Tests.Detection;

/// <summary>A source for tests: gives its samples in reads of a fixed length, then does what the test says.</summary>
internal sealed class MemorySource(short[] samples, int sampleRateHz, int channels = 1) : IAudioSource
{
    private int position;

    public string Name => "memory";

    public int SampleRateHz => sampleRateHz;

    public int Channels => channels;

    /// <summary>Called at the end of the samples; what it throws is the source's fault.</summary>
    public Action AtEnd { get; init; } = () => { };

    /// <summary>Completes when the source is disposed.</summary>
    public TaskCompletionSource Disposed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Read(Span<short> buffer)
    {
        int count = Math.Min(Math.Min(buffer.Length, 333), samples.Length - position) / channels * channels;
        samples.AsSpan(position, count).CopyTo(buffer);
        position += count;
        if (count == 0)
        {
            AtEnd();
        }

        return count;
    }

    public void Dispose() => Disposed.TrySetResult();
}

using Edge.Audio;

namespace Edge.Cli;

/// <summary>Tells what is wrong with a microphone while it is heard: each thing once when it begins.</summary>
internal sealed class CaptureReport : IDisposable
{
    private const int PeriodMs = 1_000;

    private readonly CaptureWatch watch;
    private readonly StandardStreams streams;
    private readonly Lock access = new();
    private readonly Timer timer;
    private bool disposed;

    public CaptureReport(ICaptureSource source, StandardStreams streams)
    {
        watch = new CaptureWatch(source);
        this.streams = streams;
        timer = new Timer(_ => Look(), null, PeriodMs, PeriodMs);
    }

    /// <summary>Tells what is new.</summary>
    public void Look()
    {
        lock (access)
        {
            if (disposed)
            {
                return;
            }

            foreach (CaptureAdvice advice in watch.Look())
            {
                streams.Tell(advice.Text);
            }
        }
    }

    public void Dispose()
    {
        lock (access)
        {
            disposed = true;
        }

        timer.Dispose();
    }
}

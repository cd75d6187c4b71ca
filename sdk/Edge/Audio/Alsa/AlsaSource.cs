using Edge.Audio.Alsa.Interop;

namespace Edge.Audio.Alsa;

/// <summary>A microphone, or whatever else Linux captures, through ALSA's libasound.</summary>
/// <remarks>
/// Capture begins with the first <see cref="Read"/>, on a thread of its own that holds two seconds for a reader who is late; later
/// than that and the device's buffer too, sound is lost, counted and replaced by zeros. A device that is unplugged, sleeps or stops is
/// opened again until it is back. Neither thread allocates per period.
/// </remarks>
public sealed class AlsaSource : ICaptureSource
{
    private const int PatienceMs = 500; // for a device that holds the thread; it is left behind then

    private readonly AlsaCapture capture;
    private readonly Lock access = new(); // of start and end
    private Thread? thread;
    private bool disposed;

    private AlsaSource(AlsaOptions options, int ringMs)
    {
        Options = options;
        capture = new AlsaCapture(options, AlsaPcm.Open(options), ringMs);
    }

    /// <summary>Opens the default device at 16,000 Hz or its next higher rate.</summary>
    /// <exception cref="AudioDeviceException">There is none, it is busy or forbidden, or libasound is not installed; the message says what to do.</exception>
    public static AlsaSource Default => Open(new AlsaOptions());

    /// <summary>What was asked for.</summary>
    public AlsaOptions Options { get; }

    /// <summary>What the device gives.</summary>
    public AlsaFormat Format => capture.Format;

    /// <inheritdoc/>
    public string Name => Options.Device;

    /// <inheritdoc/>
    public int SampleRateHz => Format.RateHz;

    /// <inheritdoc/>
    public int Channels => Format.Channels;

    /// <inheritdoc/>
    public CaptureState State => capture.State;

    /// <inheritdoc/>
    public CaptureCounters Counters => capture.Counters;

    /// <inheritdoc/>
    public CaptureLevel Level => capture.Meter.Level;

    /// <inheritdoc/>
    public double? DriftPpm => capture.DriftPpm;

    /// <inheritdoc/>
    public string? Trouble => capture.Trouble;

    /// <summary>Opens a device.</summary>
    /// <exception cref="AudioDeviceException">There is no such device, it is busy or forbidden, or libasound is not installed; the message says what to do.</exception>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static AlsaSource Open(AlsaOptions options) => Open(options, AlsaCapture.RingMs);

    /// <summary>As above, with another time that the reader may be late, for tests.</summary>
    internal static AlsaSource Open(AlsaOptions options, int ringMs)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        return new AlsaSource(options, ringMs);
    }

    /// <inheritdoc/>
    /// <exception cref="AudioDeviceException">The device does not start. Once it has, no fault of it ends the sound.</exception>
    public int Read(Span<short> buffer)
    {
        AudioLimits.CheckBuffer(buffer, Channels);
        if (thread is null)
        {
            Start();
        }

        int samples = capture.Ring.Read(buffer, Channels);
        return samples > 0 || capture.Fault is null ? samples
            : throw new AudioDeviceException($"{Name}: capture ended: {capture.Fault.Message}", capture.Fault.GetType().Name, 0);
    }

    /// <inheritdoc/>
    public TimeSpan SkippedBefore(TimeSpan streamTime) => Time(capture.SkippedBefore(Frame(streamTime)));

    /// <inheritdoc/>
    public DateTimeOffset TimeOf(TimeSpan streamTime)
    {
        long agoNs = SystemClock.BootNs - capture.TimeOf(Frame(streamTime));
        return DateTimeOffset.UtcNow - TimeSpan.FromTicks(agoNs / TimeSpan.NanosecondsPerTick);
    }

    /// <summary>Ends capture and closes the device; a read that waits returns 0. By any thread.</summary>
    public void Dispose()
    {
        lock (access)
        {
            if (disposed)
            {
                return;
            }

            disposed = true;
            capture.Ring.End();
            if (thread is null)
            {
                capture.Close();
            }
        }

        _ = thread?.Join(PatienceMs);
    }

    private void Start()
    {
        lock (access)
        {
            if (!disposed)
            {
                capture.Start();
                thread = new Thread(capture.Run) { IsBackground = true, Name = $"Edge capture from {Name}" };
                thread.Start();
            }
        }
    }

    private long Frame(TimeSpan time) => (long)((((Int128)time.Ticks * SampleRateHz) + (TimeSpan.TicksPerSecond / 2)) / TimeSpan.TicksPerSecond);

    private TimeSpan Time(long frames) => TimeSpan.FromTicks((long)((Int128)frames * TimeSpan.TicksPerSecond / SampleRateHz));
}

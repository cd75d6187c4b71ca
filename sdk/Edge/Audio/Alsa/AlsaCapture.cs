using Edge.Audio.Alsa.Interop;

namespace Edge.Audio.Alsa;

/// <summary>What the capturing thread does: takes sound from a device into a ring, keeps the time of it right, and gets the device back where it fails.</summary>
internal sealed class AlsaCapture
{
    /// <summary>How far the reader may fall behind before the device's own buffer fills.</summary>
    public const int RingMs = 2_000;

    private const int WaitMs = 100; // how soon the end is noticed
    private const int IdleMs = 10;
    private const int StallMs = 2_000; // some USB devices stop without an error
    private const int FirstRetryMs = 100;
    private const int LastRetryMs = 2_000;

    private readonly AlsaOptions options;
    private readonly CaptureTimeline timeline;
    private AlsaPcm? pcm;
    private short[] block;
    private long overruns;
    private long deviceLosses;
    private long suspensions;
    private long lastSoundNs;
    private int retryMs = FirstRetryMs;
    private bool unsettled; // the next frames are the first after an interruption
    private volatile CaptureState state = CaptureState.Capturing;
    private volatile string? trouble;

    /// <summary>Prepares to capture.</summary>
    /// <param name="options">What the device was opened by, and will be again.</param>
    /// <param name="pcm">Owned from now on.</param>
    /// <param name="ringMs">How far the reader may fall behind, in milliseconds.</param>
    public AlsaCapture(AlsaOptions options, AlsaPcm pcm, int ringMs = RingMs)
    {
        this.options = options;
        this.pcm = pcm;
        Format = pcm.Format;
        timeline = new CaptureTimeline(Format.RateHz);
        Meter = new LevelMeter(Format.RateHz, Format.Channels);
        Ring = new CaptureRing(Math.Max(Format.RateHz * ringMs / 1000, 2 * Format.PeriodFrames) * Format.Channels);
        block = new short[Format.PeriodFrames * Format.Channels];
    }

    public AlsaFormat Format { get; }

    public CaptureRing Ring { get; }

    public LevelMeter Meter { get; }

    public CaptureState State => Ring.Ended ? CaptureState.Ended : state;

    public string? Trouble => trouble;

    public double? DriftPpm => timeline.DriftPpm;

    public CaptureCounters Counters => new(
        Volatile.Read(ref overruns), Volatile.Read(ref deviceLosses), Volatile.Read(ref suspensions), timeline.LostFrames, timeline.SkippedFrames);

    /// <summary>Why the thread ended, where nobody asked it to.</summary>
    public Exception? Fault { get; private set; }

    /// <summary>Frames skipped up to a frame of the stream.</summary>
    public long SkippedBefore(long frame) => timeline.SkippedBefore(frame);

    /// <summary>When a frame of the stream was captured, by <see cref="SystemClock.BootNs"/>.</summary>
    public long TimeOf(long frame) => timeline.TimeOf(frame);

    /// <summary>Starts the device.</summary>
    /// <exception cref="AudioDeviceException">It does not start.</exception>
    public void Start()
    {
        int code = pcm!.Start();
        if (code < 0)
        {
            throw pcm.Error("snd_pcm_start", code);
        }

        lastSoundNs = SystemClock.BootNs;
        timeline.Start(lastSoundNs);
    }

    /// <summary>Captures until the ring is ended; closes the device.</summary>
    public void Run()
    {
        try
        {
            while (Step())
            {
            }
        }
        catch (Exception e)
        {
            Fault = e; // whoever reads gets it
            Ring.End();
        }

        Close();
    }

    /// <summary>Waits once and does what there is to do.</summary>
    /// <returns>False once the ring is ended.</returns>
    public bool Step()
    {
        if (pcm is null)
        {
            Reopen();
            return !Ring.Ended;
        }

        int code = pcm.Wait(WaitMs);
        if (code > 0)
        {
            code = Take(pcm);
        }

        if (code is AlsaFault.Interrupted or AlsaFault.TryAgain)
        {
            _ = Ring.Pause(1); // said to be ready and was not
        }
        else if (code < 0)
        {
            Recover(pcm, code);
            return !Ring.Ended;
        }

        if (SystemClock.BootNs - lastSoundNs > (StallMs * 1_000_000L) + (4_000_000_000L * Format.PeriodFrames / Format.RateHz))
        {
            Lose($"{options.Device}: the device is open and gives no sound. If this stays, plug it out and in.");
        }

        return !Ring.Ended;
    }

    /// <summary>Closes the device.</summary>
    public void Close()
    {
        pcm?.Dispose();
        pcm = null;
    }

    /// <summary>Takes a period.</summary>
    /// <returns>0, or an error code.</returns>
    private int Take(AlsaPcm device)
    {
        int avail = device.Avail(out long timeNs);
        if (avail < 0)
        {
            return avail;
        }

        if (avail == 0 && unsettled)
        {
            _ = Ring.Pause(1); // what came between this and a read would stand before the zeros of the gap
            return 0;
        }

        // A sound server does not tell how much it holds back while it is behind, so only what is nearly empty says the time.
        if (avail > 0 && (unsettled || avail <= device.Format.BufferFrames / 2))
        {
            Fill(timeline.Observe(avail, timeNs));
        }

        int frames = device.Read(block);
        if (frames < 0)
        {
            return frames;
        }

        if (frames == 0)
        {
            lastSoundNs = SystemClock.BootNs;
            _ = Ring.Pause(IdleMs); // a plugin whose file has ended: ready, and empty
            return 0;
        }

        Settle();
        ReadOnlySpan<short> samples = block.AsSpan(0, frames * Format.Channels);
        Meter.Add(samples);
        timeline.Deliver(frames);
        _ = Ring.Write(samples);
        lastSoundNs = SystemClock.BootNs; // waiting for the reader is no stall
        return 0;
    }

    private void Fill(long zeros)
    {
        if (zeros > 0)
        {
            if (!unsettled)
            {
                Volatile.Write(ref overruns, overruns + 1); // without an error, as sound servers do
            }

            _ = Ring.WriteZeros(zeros * Format.Channels);
        }
    }

    private void Settle()
    {
        if (unsettled)
        {
            unsettled = false;
            retryMs = FirstRetryMs;
            trouble = null;
            state = CaptureState.Capturing;
        }
    }

    private void Interrupt()
    {
        unsettled = true;
        timeline.Break();
    }

    private void Recover(AlsaPcm device, int code)
    {
        switch (code)
        {
            case AlsaFault.Overrun when device.Start() == 0:
                Volatile.Write(ref overruns, overruns + 1);
                Interrupt();
                break;
            case AlsaFault.Suspended when WakeUp(device):
                Volatile.Write(ref suspensions, suspensions + 1);
                Interrupt();
                break;
            default:
                Lose(device.Error("snd_pcm_readi", code).Message);
                break;
        }
    }

    private bool WakeUp(AlsaPcm device)
    {
        int code = device.WakeUp();
        for (int waited = 0; code is AlsaFault.TryAgain or AlsaFault.Suspended && waited < StallMs && Ring.Pause(WaitMs); waited += WaitMs)
        {
            code = device.WakeUp();
        }

        return code == 0;
    }

    /// <summary>The device is gone; it is tried again until it is back.</summary>
    private void Lose(string why)
    {
        Close();
        trouble = why;
        if (state == CaptureState.Capturing)
        {
            state = CaptureState.WaitingForDevice;
            Volatile.Write(ref deviceLosses, deviceLosses + 1);
        }

        Interrupt();
    }

    private void Reopen()
    {
        if (!Ring.Pause(retryMs))
        {
            return;
        }

        retryMs = Math.Min(2 * retryMs, LastRetryMs);
        try
        {
            pcm = AlsaPcm.Open(options, Format);
            block = new short[pcm.Format.PeriodFrames * Format.Channels];
            int code = pcm.Start();
            if (code < 0)
            {
                throw pcm.Error("snd_pcm_start", code);
            }

            lastSoundNs = SystemClock.BootNs;
        }
        catch (AudioDeviceException e)
        {
            Close();
            trouble = e.Message;
        }
    }
}

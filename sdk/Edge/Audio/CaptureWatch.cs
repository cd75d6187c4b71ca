using System.Globalization;
using System.Numerics;

namespace Edge.Audio;

/// <summary>Watches a live source and says in plain words what is wrong with it and what to do.</summary>
/// <remarks>For a caller that looks every second or so; not thread-safe. Allocates only where there is news.</remarks>
public sealed class CaptureWatch
{
    private const double QuietDbfs = -50; // the loudest second of a microphone that hears people in a room is above
    private const int QuietAfterMs = 10_000;
    private const double ClippedShare = 0.001;
    private const double OffsetShare = 0.02;
    private const double DriftPpm = 500; // crystals are within 100
    private const int HoldMs = 60_000; // what comes and goes is said once a minute at the most

    private readonly ICaptureSource source;
    private readonly Func<long> clockMs;
    private readonly long startMs;
    private readonly List<CaptureAdvice> news = [];
    private readonly long[] heldUntilMs = new long[Enum.GetValues<CaptureFinding>().Length];
    private CaptureCounters counters;
    private bool gone;
    private double loudestDbfs = double.NegativeInfinity;

    /// <summary>Begins to watch.</summary>
    /// <param name="source">Asked, never read.</param>
    public CaptureWatch(ICaptureSource source) : this(source, static () => Environment.TickCount64)
    {
    }

    /// <summary>As above, by another clock.</summary>
    internal CaptureWatch(ICaptureSource source, Func<long> clockMs)
    {
        this.source = source;
        this.clockMs = clockMs;
        startMs = clockMs();
        counters = source.Counters;
        Array.Fill(heldUntilMs, long.MinValue);
    }

    /// <summary>Looks again.</summary>
    /// <returns>What is wrong and was not so in the last minute; valid until the next call.</returns>
    public IReadOnlyList<CaptureAdvice> Look()
    {
        news.Clear();
        LookAtDevice();
        CaptureLevel level = source.Level;
        if (source.State == CaptureState.Capturing && level.Window > TimeSpan.Zero)
        {
            LookAtLevel(level);
        }

        if (source.DriftPpm is double ppm && Math.Abs(ppm) > DriftPpm && IsNew(CaptureFinding.Drift))
        {
            Say(CaptureFinding.Drift, $"the device's clock is {Math.Abs(ppm):0} ppm {(ppm > 0 ? "fast" : "slow")}: {source.SampleRateHz * (1 + (ppm / 1e6)):0} frames a second in place of {source.SampleRateHz}; times of events are corrected, the pitch is not");
        }

        return news;
    }

    private void LookAtDevice()
    {
        bool isGone = source.State == CaptureState.WaitingForDevice;
        if (isGone != gone)
        {
            gone = isGone;
            if (gone)
            {
                Say(CaptureFinding.NoDevice, $"{source.Trouble} Waiting for it.");
            }
            else
            {
                Say(CaptureFinding.DeviceIsBack, $"{source.Name} is back");
            }
        }

        CaptureCounters now = source.Counters;
        if (now.Overruns > counters.Overruns && IsNew(CaptureFinding.Overrun))
        {
            double lostMs = (now.LostFrames + now.SkippedFrames - counters.LostFrames - counters.SkippedFrames) * 1000.0 / source.SampleRateHz;
            Say(CaptureFinding.Overrun, $"{now.Overruns - counters.Overruns} overrun(s), {lostMs:0} ms lost: the processor is too busy; run fewer or smaller models, or give the device a longer buffer");
        }

        counters = now;
    }

    private void LookAtLevel(in CaptureLevel level)
    {
        loudestDbfs = Math.Max(loudestDbfs, level.RmsDbfs);
        int dead = BitOperations.PopCount(level.DeadChannels);
        if (dead == source.Channels)
        {
            if (IsNew(CaptureFinding.Silent))
            {
                Say(CaptureFinding.Silent, $"microphone gives nothing but silence: it is muted, or this is another input; `alsamixer` shows its switches, `edge devices` other devices");
            }
        }
        else if (dead > 0 && IsNew(CaptureFinding.DeadChannel))
        {
            int alive = BitOperations.TrailingZeroCount(~level.DeadChannels);
            Say(CaptureFinding.DeadChannel, $"{dead} of {source.Channels} channels give nothing: hear channel {alive} alone (--channel {alive}), for the mean of all is too quiet");
        }

        if (dead < source.Channels && loudestDbfs < QuietDbfs && clockMs() - startMs >= QuietAfterMs && IsNew(CaptureFinding.Quiet))
        {
            Say(CaptureFinding.Quiet, $"microphone at {loudestDbfs:0} dBFS: turn the gain up");
        }

        if (level.ClippedShare > ClippedShare && IsNew(CaptureFinding.Clipping))
        {
            Say(CaptureFinding.Clipping, $"microphone clips, {level.ClippedShare * 100:0.#} % of samples are at full scale: turn the gain down");
        }

        if (dead < source.Channels && Math.Abs(level.DcOffset) > OffsetShare && IsNew(CaptureFinding.DcOffset))
        {
            Say(CaptureFinding.DcOffset, $"microphone has a DC offset of {level.DcOffset * 100:0.#} % of full scale: switch its high-pass filter on, or use another");
        }
    }

    /// <summary>Whether something was not so for a minute; from now on it was.</summary>
    private bool IsNew(CaptureFinding finding)
    {
        long nowMs = clockMs();
        bool isNew = nowMs >= heldUntilMs[(int)finding];
        heldUntilMs[(int)finding] = nowMs + HoldMs;
        return isNew;
    }

    private void Say(CaptureFinding finding, FormattableString text) => news.Add(new CaptureAdvice(finding, text.ToString(CultureInfo.InvariantCulture)));
}

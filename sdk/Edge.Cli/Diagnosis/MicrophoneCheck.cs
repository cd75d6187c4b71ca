using System.Globalization;
using Edge.Audio;

namespace Edge.Cli.Diagnosis;

/// <summary>Whether the device to listen to opens and gives sound.</summary>
internal static class MicrophoneCheck
{
    private const string Name = "microphone";
    private const int Busy = -16; // EBUSY, as libasound gives it
    private const double ClippedShare = 0.001;

    /// <param name="machine">The computer.</param>
    /// <param name="device">The device; null where none is listened to.</param>
    /// <param name="serviceRuns">Whether the service runs, which has the device then.</param>
    public static IEnumerable<Finding> Run(Machine machine, string? device, bool serviceRuns)
    {
        if (device is null)
        {
            yield break;
        }

        yield return Check(machine, device, serviceRuns);
    }

    private static Finding Check(Machine machine, string device, bool serviceRuns)
    {
        try
        {
            (string format, short[] samples) = machine.Hear(device);
            return Of($"{device}: {format}", samples);
        }
        catch (AudioDeviceException e) when (e.Code == Busy && serviceRuns)
        {
            return new Finding(Name, Verdict.Ok, $"{device} is in use, as it is while the service listens");
        }
        catch (AudioDeviceException e)
        {
            return new Finding(Name, Verdict.Fault, e.Message); // which says what to do
        }
    }

    private static Finding Of(string found, ReadOnlySpan<short> samples)
    {
        if (samples.IsEmpty)
        {
            return new Finding(Name, Verdict.Fault, $"{found}; it opens, but gives no sound", "unplug and plug it in; `dmesg` shows what the kernel thinks of it");
        }

        int peak = 0;
        int clipped = 0;
        foreach (short sample in samples)
        {
            peak = Math.Max(peak, Math.Abs((int)sample));
            clipped += sample is short.MinValue or short.MaxValue ? 1 : 0;
        }

        if (!samples.ContainsAnyExcept(samples[0]))
        {
            return new Finding(Name, Verdict.Warning, $"{found}; nothing but silence", "`alsamixer` shows whether it is muted; a clap during `edge devices --test 10` must show");
        }

        string heard = string.Create(CultureInfo.InvariantCulture, $"{found}; a second of it peaks at {20 * Math.Log10(peak / 32768.0):0} dBFS");
        return clipped > ClippedShare * samples.Length
            ? new Finding(Name, Verdict.Warning, $"{heard} and clips", "turn the gain down: alsamixer, F4")
            : new Finding(Name, Verdict.Ok, heard);
    }
}

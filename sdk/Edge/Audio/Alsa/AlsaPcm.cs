using System.Runtime.InteropServices;
using Edge.Audio.Alsa.Interop;

namespace Edge.Audio.Alsa;

/// <summary>An opened capture device: starts, waits, reads, recovers. One thread uses it.</summary>
internal sealed unsafe class AlsaPcm : IDisposable
{
    private const long InterruptedNs = 1_000_000; // between two calls: another program ran, and the time is not that of the frames

    private const long OldStampNs = 1_000_000_000;

    private readonly Asound.Pcm pcm;
    private readonly string device;
    private readonly AlsaEncoding encoding;
    private readonly byte[] block; // pinned: [period, channels] as the device writes it

    private AlsaPcm(Asound.Pcm pcm, string device, AlsaFormat format, AlsaEncoding encoding)
    {
        this.pcm = pcm;
        this.device = device;
        this.encoding = encoding;
        Format = format;
        block = GC.AllocateArray<byte>(format.PeriodFrames * format.Channels * encoding.Bytes, pinned: true); // zeros: libasound's `null` writes nothing
    }

    public AlsaFormat Format { get; }

    /// <summary>Opens a device and agrees on a format; does not start it.</summary>
    /// <param name="options">What to ask for.</param>
    /// <param name="exactly">The rate and channels it must have; null for what is nearest to the options.</param>
    /// <exception cref="AudioDeviceException">The library or the device is missing, busy, forbidden or of no use.</exception>
    public static AlsaPcm Open(AlsaOptions options, AlsaFormat? exactly = null)
    {
        Asound.Pcm pcm = OpenHandle(options.Device);
        try
        {
            AlsaFormat format = AlsaNegotiation.Agree(pcm, options, exactly, out AlsaEncoding encoding);
            return new AlsaPcm(pcm, options.Device, format, encoding);
        }
        catch
        {
            pcm.Dispose();
            throw;
        }
    }

    /// <summary>Opens a device without asking it for anything.</summary>
    /// <exception cref="AudioDeviceException">The library or the device is missing, busy or forbidden.</exception>
    public static Asound.Pcm OpenHandle(string device)
    {
        if (!Asound.IsAvailable)
        {
            throw AlsaFault.NoLibrary();
        }

        int code = Asound.Open(out Asound.Pcm pcm, device, Asound.Capture, Asound.NonBlocking);
        if (code < 0)
        {
            pcm.Dispose();
            _ = Asound.ForgetConfiguration(); // what "default" is may depend on the cards and the sound server that are there when it is read
            throw AlsaFault.Error(device, "snd_pcm_open", code);
        }

        return pcm;
    }

    /// <summary>Starts capture, the first time and after a fault.</summary>
    /// <returns>0, or an error code.</returns>
    /// <remarks>Started explicitly: a first read that is shorter than the start threshold would not start it.</remarks>
    public int Start()
    {
        int code = Asound.Prepare(pcm);
        return code < 0 ? code : Asound.Start(pcm);
    }

    /// <summary>Tries to wake a device that slept with the system.</summary>
    /// <returns>0; <see cref="AlsaFault.TryAgain"/> or <see cref="AlsaFault.Suspended"/> while it is not ready; another code where it cannot be woken.</returns>
    public int WakeUp()
    {
        int code = Asound.Resume(pcm);
        // Plugins say that they resumed where they did not, and many drivers cannot.
        return code == AlsaFault.TryAgain || (code == 0 && Asound.State(pcm) == Asound.Running) ? code : Start();
    }

    /// <summary>Waits for a period.</summary>
    /// <returns>Above 0 if sound may be there, 0 after the timeout, or an error code.</returns>
    public int Wait(int timeoutMs) => Asound.Wait(pcm, timeoutMs);

    /// <summary>How many frames can be read, and the time at which there were that many.</summary>
    /// <param name="timeNs">By <see cref="SystemClock.BootNs"/>.</param>
    /// <returns>Frames, or an error code.</returns>
    public int Avail(out long timeNs)
    {
        nint avail;
        long beforeNs;
        int tries = 0;
        do
        {
            beforeNs = SystemClock.BootNs;
            avail = Asound.Avail(pcm);
            timeNs = SystemClock.BootNs;
        }
        while (timeNs - beforeNs > InterruptedNs && ++tries < 3);

        // A 32-bit libasound may have times of 32 or of 64 bits, and does not tell.
        if (avail > 0 && nint.Size == 8 && Asound.HardwareTimestamp(pcm, out nuint stamped, out Asound.Timespec time) == 0)
        {
            long stampNs = time.TotalNs + SystemClock.SleptNs;
            // Plugins give no time, or one of another clock.
            if (stampNs <= timeNs && timeNs - stampNs < OldStampNs)
            {
                timeNs = stampNs;
                avail = (nint)stamped;
            }
        }

        return (int)Math.Clamp(avail, int.MinValue, int.MaxValue);
    }

    /// <summary>Reads what is there, a period at the most.</summary>
    /// <param name="samples">Receives [frames, channels]; holds at least a period.</param>
    /// <returns>Frames, or an error code.</returns>
    public int Read(Span<short> samples)
    {
        var target = (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(block, 0);
        int frames = (int)Asound.Read(pcm, target, (nuint)Format.PeriodFrames);
        if (frames > 0)
        {
            int count = frames * Format.Channels;
            encoding.Decode(block.AsSpan(0, count * encoding.Bytes), samples[..count]);
        }

        return frames;
    }

    /// <summary>The error of a call that gave a code.</summary>
    public AudioDeviceException Error(string function, int code) => AlsaFault.Error(device, function, code);

    public void Dispose() => pcm.Dispose();
}

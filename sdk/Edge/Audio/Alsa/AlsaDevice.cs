using Edge.Audio.Alsa.Interop;

namespace Edge.Audio.Alsa;

/// <summary>A capture device and what it can do.</summary>
/// <param name="Name">What <see cref="AlsaOptions.Device"/> takes.</param>
/// <param name="Description">For people, in one line.</param>
public sealed unsafe record AlsaDevice(string Name, string Description)
{
    private static readonly int[] CommonRatesHz = [8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000, 192_000];

    // Converters that stand before the default device, and what captures nothing.
    private static readonly string[] NoDevices = ["null", "samplerate", "speexrate", "lavrate", "speex", "upmix", "vdownmix", "oss", "jack", "usbstream"];

    /// <summary>Sample formats by ALSA's names, of those that capture understands.</summary>
    public IReadOnlyList<string> Encodings { get; private init; } = [];

    /// <summary>Common rates, in Hz, that it gives without converting.</summary>
    public IReadOnlyList<int> RatesHz { get; private init; } = [];

    /// <summary>The fewest channels.</summary>
    public int MinChannels { get; private init; }

    /// <summary>The most channels.</summary>
    public int MaxChannels { get; private init; }

    /// <summary>Why it cannot be opened now, and what to do; null where it can.</summary>
    public string? Problem { get; private init; }

    /// <summary>Every capture device that libasound knows and that opens or is busy or forbidden; each is opened for a moment.</summary>
    /// <exception cref="AudioDeviceException">libasound is not installed.</exception>
    public static IReadOnlyList<AlsaDevice> List()
    {
        if (!Asound.IsAvailable)
        {
            throw AlsaFault.NoLibrary();
        }

        List<AlsaDevice> devices = [];
        foreach ((string name, string description) in Hints())
        {
            AlsaDevice device = Probe(name, description, out int code);
            // A configuration names much that is not there; of the hardware and the default one wants to know why.
            if (code is 0 or AlsaFault.Busy or AlsaFault.NoAccess || name == "default" || name.StartsWith("hw:", StringComparison.Ordinal))
            {
                devices.Add(device);
            }
        }

        return devices;
    }

    /// <summary>Opens a device for a moment and asks what it can do.</summary>
    /// <exception cref="AudioDeviceException">libasound is not installed.</exception>
    public static AlsaDevice Probe(string name) => Probe(name, "", out _);

    private static AlsaDevice Probe(string name, string description, out int code)
    {
        code = 0;
        if (!Asound.IsAvailable)
        {
            throw AlsaFault.NoLibrary();
        }

        try
        {
            using Asound.Pcm pcm = AlsaPcm.OpenHandle(name);
            _ = Asound.Allocate(out Asound.HardwareParameters any);
            using Asound.HardwareParameters parameters = any;
            code = Asound.Any(pcm, parameters);
            if (code < 0)
            {
                throw AlsaFault.Error(name, "snd_pcm_hw_params_any", code);
            }

            code = 0;
            _ = Asound.SetRateResample(pcm, parameters, 0);
            _ = Asound.GetChannelsMin(parameters, out uint fewest);
            _ = Asound.GetChannelsMax(parameters, out uint most);
            return new AlsaDevice(name, description)
            {
                Encodings = [.. AlsaEncoding.Preferred.Where(encoding => Asound.TestFormat(pcm, parameters, encoding.Code) == 0).Select(encoding => encoding.Name)],
                RatesHz = [.. CommonRatesHz.Where(rate => Asound.TestRate(pcm, parameters, (uint)rate, 0) == 0)],
                MinChannels = (int)Math.Min(fewest, AudioLimits.MaxChannels),
                MaxChannels = (int)Math.Min(most, AudioLimits.MaxChannels),
            };
        }
        catch (AudioDeviceException e)
        {
            code = e.Code;
            return new AlsaDevice(name, description) { Problem = e.Message };
        }
    }

    /// <summary>Names and descriptions from the configuration, of what captures.</summary>
    private static List<(string Name, string Description)> Hints()
    {
        List<(string, string)> found = [];
        if (Asound.GetHints(-1, "pcm", out nint* hints) < 0)
        {
            return found;
        }

        for (nint* hint = hints; *hint != 0; hint++)
        {
            string name = Asound.Hint(*hint, "NAME") ?? "";
            string description = Asound.Hint(*hint, "DESC") ?? "";
            // The direction is null where it goes both ways.
            if (name.Length > 0 && !NoDevices.Contains(name) && Asound.Hint(*hint, "IOID") is null or "Input")
            {
                found.Add((name, description.ReplaceLineEndings(", ")));
            }
        }

        _ = Asound.FreeHints(hints);
        return found;
    }
}

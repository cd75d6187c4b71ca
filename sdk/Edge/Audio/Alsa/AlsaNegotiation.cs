using Edge.Audio.Alsa.Interop;

namespace Edge.Audio.Alsa;

/// <summary>Agrees with an opened device on a format.</summary>
internal static class AlsaNegotiation
{
    private const int Monotonic = 1; // SND_PCM_TSTAMP_TYPE_MONOTONIC
    private const int TimestampsEnabled = 1; // SND_PCM_TSTAMP_ENABLE

    /// <summary>Sets the device up.</summary>
    /// <param name="pcm">Opened.</param>
    /// <param name="options">What to ask for.</param>
    /// <param name="exactly">Rate and channels that it must give, since its source has them already; null the first time.</param>
    /// <param name="encoding">How it writes a sample.</param>
    /// <exception cref="AudioDeviceException">The device has nothing that can be heard.</exception>
    public static AlsaFormat Agree(Asound.Pcm pcm, AlsaOptions options, AlsaFormat? exactly, out AlsaEncoding encoding)
    {
        string device = options.Device;
        Check(device, "snd_pcm_hw_params_malloc", Asound.Allocate(out Asound.HardwareParameters wanted));
        using Asound.HardwareParameters parameters = wanted;
        Check(device, "snd_pcm_hw_params_any", Asound.Any(pcm, parameters));
        if (exactly is null)
        {
            _ = Asound.SetRateResample(pcm, parameters, 0); // a plug resamples linearly unless told not to; the resampler here is better
        }

        Check(device, "snd_pcm_hw_params_set_access", Asound.SetAccess(pcm, parameters, Asound.Interleaved));
        encoding = ChooseEncoding(pcm, parameters, device);
        uint channels = (uint)(exactly?.Channels ?? options.Channels ?? 1);
        Check(device, "snd_pcm_hw_params_set_channels_near", Asound.SetChannelsNear(pcm, parameters, ref channels));
        uint rateHz = ChooseRate(pcm, parameters, device, (uint)(exactly?.RateHz ?? options.RateHz));
        SetTimes(pcm, parameters, options);
        Check(device, "snd_pcm_hw_params", Asound.Install(pcm, parameters));
        Check(device, "snd_pcm_hw_params_get_period_size", Asound.GetPeriodSize(parameters, out nuint period, out _));
        Check(device, "snd_pcm_hw_params_get_buffer_size", Asound.GetBufferSize(parameters, out nuint buffer));
        var format = new AlsaFormat(encoding.Name, (int)rateHz, (int)channels, (int)period, (int)buffer);
        CheckFormat(device, format, exactly);
        SetWaking(pcm, device, period);
        return format;
    }

    private static AlsaEncoding ChooseEncoding(Asound.Pcm pcm, Asound.HardwareParameters parameters, string device)
    {
        foreach (AlsaEncoding encoding in AlsaEncoding.Preferred)
        {
            if (Asound.TestFormat(pcm, parameters, encoding.Code) == 0)
            {
                Check(device, "snd_pcm_hw_params_set_format", Asound.SetFormat(pcm, parameters, encoding.Code));
                return encoding;
            }
        }

        throw new AudioDeviceException(
            $"{device}: the device gives none of {string.Join(", ", AlsaEncoding.Preferred.Select(one => one.Name))}. Name it through plug, which converts: plughw:… in place of hw:….",
            "snd_pcm_hw_params_test_format", AlsaFault.Invalid);
    }

    /// <summary>The rate asked for; else the next higher one, for it loses nothing; else the highest.</summary>
    private static uint ChooseRate(Asound.Pcm pcm, Asound.HardwareParameters parameters, string device, uint askedHz)
    {
        uint rateHz = askedHz;
        int direction = 0;
        if (Asound.TestRate(pcm, parameters, askedHz, 0) != 0)
        {
            uint leastHz = askedHz;
            _ = Asound.SetRateMin(pcm, parameters, ref leastHz, ref direction); // fails where no rate is as high
        }

        direction = 0;
        Check(device, "snd_pcm_hw_params_set_rate_near", Asound.SetRateNear(pcm, parameters, ref rateHz, ref direction));
        return rateHz;
    }

    /// <summary>Devices take what is near; the buffer first, for it is what loses nothing.</summary>
    private static void SetTimes(Asound.Pcm pcm, Asound.HardwareParameters parameters, AlsaOptions options)
    {
        int direction = 0;
        uint bufferUs = (uint)options.BufferMs * 1000;
        Check(options.Device, "snd_pcm_hw_params_set_buffer_time_near", Asound.SetBufferTimeNear(pcm, parameters, ref bufferUs, ref direction));
        direction = 0;
        uint periodUs = (uint)options.PeriodMs * 1000;
        Check(options.Device, "snd_pcm_hw_params_set_period_time_near", Asound.SetPeriodTimeNear(pcm, parameters, ref periodUs, ref direction));
    }

    /// <summary>Not before a period is there; with times of the system's monotonic clock, where the device has any.</summary>
    private static void SetWaking(Asound.Pcm pcm, string device, nuint period)
    {
        Check(device, "snd_pcm_sw_params_malloc", Asound.Allocate(out Asound.SoftwareParameters current));
        using Asound.SoftwareParameters parameters = current;
        Check(device, "snd_pcm_sw_params_current", Asound.Current(pcm, parameters));
        Check(device, "snd_pcm_sw_params_set_avail_min", Asound.SetAvailMin(pcm, parameters, period));
        Check(device, "snd_pcm_sw_params_set_tstamp_mode", Asound.SetTimestampMode(pcm, parameters, TimestampsEnabled));
        Check(device, "snd_pcm_sw_params_set_tstamp_type", Asound.SetTimestampType(pcm, parameters, Monotonic));
        Check(device, "snd_pcm_sw_params", Asound.Install(pcm, parameters));
    }

    private static void CheckFormat(string device, AlsaFormat found, AlsaFormat? exactly)
    {
        if (exactly is not null && (found.RateHz, found.Channels) != (exactly.RateHz, exactly.Channels))
        {
            throw new AudioDeviceException(
                $"{device}: the device that is there now gives {found.RateHz} Hz and {found.Channels} channels; the one before gave {exactly.RateHz} Hz and {exactly.Channels}. "
                + "Plug that one in, or start anew.", "snd_pcm_hw_params", AlsaFault.Invalid);
        }

        if (found.RateHz is < AudioLimits.MinRateHz or > AudioLimits.MaxRateHz || found.Channels is < 1 or > AudioLimits.MaxChannels
            || found.PeriodFrames < 1 || found.BufferFrames < found.PeriodFrames)
        {
            throw new AudioDeviceException(
                $"{device}: the device gives {found}; expected {AudioLimits.MinRateHz} to {AudioLimits.MaxRateHz} Hz and 1 to {AudioLimits.MaxChannels} channels. "
                + "Name another device; `edge devices` lists them.", "snd_pcm_hw_params", AlsaFault.Invalid);
        }
    }

    private static void Check(string device, string function, int code)
    {
        if (code < 0)
        {
            throw AlsaFault.Error(device, function, code);
        }
    }
}

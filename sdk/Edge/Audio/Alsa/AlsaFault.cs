using Edge.Audio.Alsa.Interop;

namespace Edge.Audio.Alsa;

/// <summary>What libasound's error codes mean to somebody who wants to hear a device.</summary>
internal static class AlsaFault
{
    // errno, negated; the same on every Linux that .NET runs on.
    public const int NoEntry = -2;
    public const int Interrupted = -4;
    public const int InputOutput = -5;
    public const int NoAddress = -6;
    public const int TryAgain = -11;
    public const int NoAccess = -13;
    public const int Busy = -16;
    public const int NoDevice = -19;
    public const int Invalid = -22;
    public const int Overrun = -32; // EPIPE
    public const int Suspended = -86; // ESTRPIPE
    public const int Refused = -111;

    private const int NotPermitted = -1;

    /// <summary>The error of a call.</summary>
    public static AudioDeviceException Error(string device, string function, int code) =>
        new($"{device}: {function} failed: {Asound.Message(code)} ({code}). {Advice(device, code)}", function, code) { IsTransient = code != Invalid };

    /// <summary>The library itself is missing.</summary>
    public static AudioDeviceException NoLibrary() =>
        new("libasound.so.2 is not on this machine; capture needs it. Install it (apt-get install libasound2, on Debian 13 and later libasound2t64).", "dlopen", NoEntry);

    /// <summary>What to do about a code.</summary>
    private static string Advice(string device, int code) => code switch
    {
        Busy => $"Another program has the device{AlsaCards.Holders()}. End it, or use a device that shares, such as \"default\" or dsnoop.",
        NoAccess or NotPermitted => "This user may not open sound devices. Add it to their group (usermod -a -G audio NAME) and log in again; a service needs SupplementaryGroups=audio.",
        NoEntry or NoDevice or NoAddress when device == "default" =>
            "There is no capture device, or no default. `edge devices` lists what there is; plug a microphone in, or name one: hw:1,0.",
        NoEntry or NoDevice or NoAddress => "There is no such device. `edge devices` lists what there is.",
        Refused => "The sound server does not answer. Start it (PulseAudio or PipeWire) or name the hardware: hw:1,0.",
        Invalid => "The device does not do what was asked for. `edge devices` lists rates and channels.",
        _ => $"`arecord -D {device} -d 1 /dev/null` says more.",
    };
}

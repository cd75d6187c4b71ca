using System.Globalization;
using Edge.Audio;
using Edge.Audio.Alsa;

namespace Edge.Cli;

/// <summary>`edge devices`: the microphones of this machine, what they can do, and how one sounds.</summary>
internal static class DevicesCommand
{
    public static Command Create(StandardStreams streams) => new(
        new CommandSyntax(
            "edge devices",
            "",
            "Lists capture devices with formats, rates and channels, or why one cannot be opened; --test hears one and says whether its level is right.",
            "edge devices --test 10 --device hw:1,0",
            [
                new Option("device", "NAME", "only this device, as ALSA names it"),
                new Option("test", "SECONDS", "hear the device, or the default one, for so long, 1 to 3600; speak meanwhile"),
                new Option("rate", "HZ", "sample rate to ask for in the test", "16000"),
                ModelArguments.Json,
            ]),
        (arguments, end) => Run(arguments, streams, end));

    private static int Run(Arguments arguments, StandardStreams streams, CancellationToken end)
    {
        if (arguments.Operands.Count > 0)
        {
            throw new UsageException($"'{arguments.Operands[0]}' is not expected; a device is named by --device.");
        }

        using var results = new ResultWriter(streams.Output, arguments.Has("json"));
        try
        {
            int code = arguments.Has("test") ? Test(arguments, results, streams, end) : List(arguments.TextOrNull("device"), results, streams);
            results.Flush();
            return code;
        }
        catch (AudioDeviceException e)
        {
            streams.Tell(e.Message);
            return ExitCode.DeviceTrouble;
        }
    }

    private static int List(string? name, ResultWriter results, StandardStreams streams)
    {
        IReadOnlyList<AlsaDevice> devices = name is null ? AlsaDevice.List() : [AlsaDevice.Probe(name)];
        foreach (AlsaDevice device in devices)
        {
            if (results.AsJson)
            {
                Write(device, results);
            }
            else
            {
                results.Line(device.Description.Length == 0 ? device.Name : $"{device.Name}  ({device.Description})");
                results.Line(device.Problem is { } problem ? $"    {problem}" : $"    {string.Join(' ', device.Encodings)}; {string.Join(' ', device.RatesHz)} Hz; {Channels(device)}");
            }
        }

        if (devices.Any(device => device.Problem is null))
        {
            return ExitCode.Done;
        }

        if (name is null)
        {
            streams.Tell(Directory.Exists("/dev/snd")
                ? "no capture device can be opened; plug a microphone in, or see `edge doctor`."
                : "no capture device: there is no /dev/snd. Plug a sound card in; a container needs --device /dev/snd.");
        }

        return ExitCode.DeviceTrouble;
    }

    private static string Channels(AlsaDevice device) => device switch
    {
        { MinChannels: 1, MaxChannels: 1 } => "1 channel",
        _ when device.MinChannels == device.MaxChannels => $"{device.MinChannels} channels",
        _ => $"{device.MinChannels} to {device.MaxChannels} channels",
    };

    private static void Write(AlsaDevice device, ResultWriter results) => results.Object(json =>
    {
        json.WriteString("device", device.Name);
        json.WriteString("description", device.Description);
        json.WriteBoolean("ok", device.Problem is null);
        if (device.Problem is { } problem)
        {
            json.WriteString("problem", problem);
            return;
        }

        json.WriteStartArray("encodings");
        foreach (string encoding in device.Encodings)
        {
            json.WriteStringValue(encoding);
        }

        json.WriteEndArray();
        json.WriteStartArray("rates_hz");
        foreach (int rateHz in device.RatesHz)
        {
            json.WriteNumberValue(rateHz);
        }

        json.WriteEndArray();
        json.WriteNumber("min_channels", device.MinChannels);
        json.WriteNumber("max_channels", device.MaxChannels);
    });

    private static int Test(Arguments arguments, ResultWriter results, StandardStreams streams, CancellationToken end)
    {
        int seconds = arguments.Int("test", 1, 3_600);
        using AlsaSource source = AlsaSource.Open(new AlsaOptions { Device = arguments.TextOrNull("device") ?? "default", RateHz = arguments.Int("rate", 8_000, 192_000) });
        using CancellationTokenRegistration stop = end.Register(source.Dispose);
        streams.Tell($"hearing {source.Name} for {seconds} s: {source.Format}");
        var watch = new CaptureWatch(source);
        List<CaptureAdvice> advice = [];
        var buffer = new short[source.SampleRateHz / 10 * source.Channels];
        long left = (long)seconds * source.SampleRateHz * source.Channels;
        long nextLook = left;
        while (left > 0 && source.Read(buffer.AsSpan(0, (int)Math.Min(left, buffer.Length))) is > 0 and int count)
        {
            left -= count;
            if (left <= nextLook)
            {
                nextLook -= (long)source.SampleRateHz * source.Channels;
                advice.AddRange(watch.Look());
            }
        }

        advice.AddRange(watch.Look());
        Report(source, advice, results);
        return source.Counters.DeviceLosses > 0 ? ExitCode.DeviceTrouble : ExitCode.Done;
    }

    private static void Report(AlsaSource source, List<CaptureAdvice> advice, ResultWriter results)
    {
        CaptureLevel level = source.Level;
        CaptureCounters counters = source.Counters;
        if (!results.AsJson)
        {
            string drift = source.DriftPpm is double ppm ? string.Create(CultureInfo.InvariantCulture, $"{ppm:+0;-0;0} ppm") : "needs 12 s";
            results.Line(string.Create(
                CultureInfo.InvariantCulture,
                $"{source.Name}  peak {level.PeakDbfs:0.0} dBFS  RMS {level.RmsDbfs:0.0} dBFS  DC {level.DcOffset * 100:0.00} %  clipped {level.ClippedShare * 100:0.00} %  drift {drift}  overruns {counters.Overruns}"));
            foreach (CaptureAdvice one in advice)
            {
                results.Line($"    {one.Text}");
            }

            return;
        }

        results.Object(json =>
        {
            json.WriteString("device", source.Name);
            json.WriteString("format", source.Format.ToString());
            json.WriteNumber("peak_dbfs", Math.Round(level.PeakDbfs, 1));
            json.WriteNumber("rms_dbfs", Math.Round(level.RmsDbfs, 1));
            json.WriteNumber("dc_offset", Math.Round(level.DcOffset, 5));
            json.WriteNumber("clipped", Math.Round(level.ClippedShare, 6));
            if (source.DriftPpm is double ppm)
            {
                json.WriteNumber("drift_ppm", Math.Round(ppm, 1) + 0.0); // no -0
            }

            json.WriteNumber("overruns", counters.Overruns);
            json.WriteNumber("lost_frames", counters.LostFrames);
            json.WriteNumber("device_losses", counters.DeviceLosses);
            json.WriteStartArray("advice");
            foreach (CaptureAdvice one in advice)
            {
                json.WriteStringValue(one.Text);
            }

            json.WriteEndArray();
        });
    }
}

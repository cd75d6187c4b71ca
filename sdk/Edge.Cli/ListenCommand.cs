using Edge.Audio;
using Edge.Audio.Alsa;

namespace Edge.Cli;

/// <summary>`edge listen`: what is heard in a stream, as it comes.</summary>
internal static class ListenCommand
{
    public static Command Create(StandardStreams streams) => new(
        new CommandSyntax(
            "edge listen",
            "[-|FILE]",
            "Hears a microphone (--device), standard input (-: 16-bit little-endian PCM, bare or with a WAV header) or a recording and prints each event at once.",
            "edge listen --model wake-words.edge --device default",
            [
                ModelArguments.Model,
                new Option("device", "NAME", "a capture device as `edge devices` lists them, in place of - or FILE"),
                new Option("rate", "HZ", "sample rate of bare PCM, or the one to ask a device for", "16000"),
                new Option("channels", "N", "channels of bare PCM, interleaved, or those to ask a device for", "1"),
                new Option("real-time", null, "hear a recording no faster than it would sound"),
                .. DetectionArguments.Options,
                ModelArguments.Channel,
                ModelArguments.Json,
            ]),
        (arguments, end) => Run(arguments, streams, end));

    private static int Run(Arguments arguments, StandardStreams streams, CancellationToken end)
    {
        string? device = arguments.TextOrNull("device");
        int sources = arguments.Operands.Count + (device is null ? 0 : 1);
        if (sources != 1)
        {
            throw new UsageException($"{sources} sources are named; expected one: --device NAME, - for standard input, or FILE.");
        }

        int? channel = ModelArguments.ChannelOrNull(arguments);
        int rateHz = arguments.Int("rate", 8_000, 192_000);
        int channels = arguments.Int("channels", 1, 64);
        var detection = new DetectionArguments(arguments);
        using var results = new ResultWriter(streams.Output, arguments.Has("json"));
        var hearing = new Hearing(ModelArguments.Load(arguments), detection, results)
        {
            RealTime = arguments.Has("real-time"),
        };
        if (device is not null)
        {
            var options = new AlsaOptions
            {
                Device = device,
                RateHz = rateHz,
                Channels = arguments.Has("channels") ? channels : channel + 1,
            };
            return HearDevice(hearing, options, channel, streams, end);
        }

        string operand = arguments.Operands[0];
        Work(hearing, () => Hear(hearing, operand == "-" ? PipedSound.Open(streams.Input, rateHz, channels) : AudioFile.Open(operand), channel, streams), end);
        return ExitCode.Done;
    }

    private static int HearDevice(Hearing hearing, AlsaOptions options, int? channel, StandardStreams streams, CancellationToken end)
    {
        try
        {
            AlsaSource source = AlsaSource.Open(options);
            using CancellationTokenRegistration stop = end.Register(source.Dispose);
            string resampled = source.SampleRateHz == options.RateHz ? "" : $" (asked for {options.RateHz} Hz; the rest is resampled)";
            streams.Tell($"hearing {source.Name}: {source.Format}{resampled}");
            using var report = new CaptureReport(source, streams);
            Work(hearing, () => hearing.Hear(source, channel), end);
            return ExitCode.Done;
        }
        catch (AudioDeviceException e)
        {
            streams.Tell(e.Message);
            return ExitCode.DeviceTrouble;
        }
    }

    /// <summary>A read blocks as long as no sound comes, so it is made elsewhere: to be asked to end is the usual end of this command.</summary>
    private static void Work(Hearing hearing, Action hear, CancellationToken end)
    {
        Task work = Task.Factory.StartNew(hear, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        if (WaitHandle.WaitAny([((IAsyncResult)work).AsyncWaitHandle, end.WaitHandle]) != 0)
        {
            hearing.End(work);
        }

        if (work.IsCompleted)
        {
            work.GetAwaiter().GetResult();
        }
    }

    private static void Hear(Hearing hearing, IAudioSource source, int? channel, StandardStreams streams)
    {
        hearing.Hear(source, channel);
        if (source is RawPcmSource { Truncated: true } or WavSource { Truncated: true })
        {
            streams.Tell($"{source.Name}: the sound ends early, inside a frame or before the length that its header announces; what came was heard.");
        }
    }
}

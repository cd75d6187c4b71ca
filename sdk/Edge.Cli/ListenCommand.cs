using Edge.Audio;

namespace Edge.Cli;

/// <summary>`edge listen`: what is heard in a stream, as it comes.</summary>
internal static class ListenCommand
{
    public static Command Create(StandardStreams streams) => new(
        new CommandSyntax(
            "edge listen",
            "-|FILE",
            "Hears standard input (16-bit little-endian PCM, bare or with a WAV header) or a recording and prints each event at once.",
            "arecord -q -f S16_LE -r 16000 -t raw | edge listen --model wake-words.edge -",
            [
                ModelArguments.Model,
                new Option("rate", "HZ", "sample rate of bare PCM", "16000"),
                new Option("channels", "N", "channels of bare PCM, interleaved", "1"),
                new Option("real-time", null, "hear a recording no faster than it would sound"),
                .. DetectionArguments.Options,
                ModelArguments.Channel,
                ModelArguments.Json,
            ]),
        (arguments, end) => Run(arguments, streams, end));

    private static int Run(Arguments arguments, StandardStreams streams, CancellationToken end)
    {
        if (arguments.Operands.Count != 1)
        {
            throw new UsageException($"{arguments.Operands.Count} sources are named; expected one: - for standard input, or FILE.");
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
        string operand = arguments.Operands[0];
        // A read blocks as long as no sound comes, so it is made elsewhere: to be asked to end is the usual end of this command.
        Task work = Task.Factory.StartNew(
            () => Hear(hearing, operand == "-" ? OpenPipe(streams.Input, rateHz, channels) : AudioFile.Open(operand), channel, streams),
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        if (WaitHandle.WaitAny([((IAsyncResult)work).AsyncWaitHandle, end.WaitHandle]) != 0)
        {
            hearing.End(work);
        }

        if (work.IsCompleted)
        {
            work.GetAwaiter().GetResult();
        }

        return ExitCode.Done;
    }

    private static void Hear(Hearing hearing, IAudioSource source, int? channel, StandardStreams streams)
    {
        hearing.Hear(source, channel);
        if (source is RawPcmSource { Truncated: true } or WavSource { Truncated: true })
        {
            streams.Tell($"{source.Name}: the sound ends early, inside a frame or before the length that its header announces; what came was heard.");
        }
    }

    /// <summary>`arecord` writes a WAV header unless it is told not to; as PCM it would be heard at the wrong rate.</summary>
    private static IAudioSource OpenPipe(Stream input, int rateHz, int channels)
    {
        const string Name = "stdin";
        byte[] start = new byte[4];
        int count = input.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        var whole = new ResumedStream(start.AsMemory(0, count), input);
        return start.AsSpan(0, count).SequenceEqual("RIFF"u8) ? new WavSource(whole, Name) : new RawPcmSource(whole, rateHz, channels, Name);
    }
}

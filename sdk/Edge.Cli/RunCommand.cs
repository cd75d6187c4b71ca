using Edge.Audio;

namespace Edge.Cli;

/// <summary>`edge run`: what is heard in recordings.</summary>
internal sealed class RunCommand
{
    private const long UnitsPerFile = 1_000;

    private readonly StandardStreams streams;
    private readonly int? channel;
    private readonly Hearing hearing;
    private readonly ProgressBar progress;

    private RunCommand(Arguments arguments, StandardStreams streams, ResultWriter results, ProgressBar progress)
    {
        this.streams = streams;
        this.progress = progress;
        channel = ModelArguments.ChannelOrNull(arguments);
        var detection = new DetectionArguments(arguments);
        hearing = new Hearing(ModelArguments.Load(arguments), detection, results)
        {
            WithScores = arguments.Has("scores"),
        };
    }

    public static Command Create(StandardStreams streams) => new(
        new CommandSyntax(
            "edge run",
            "FILE...",
            "Hears recordings (WAV; FLAC, OGG and MP3 where libsndfile is installed) and prints each event with its time and score.",
            "edge run --model wake-words.edge --json kitchen.wav hall.flac",
            [
                ModelArguments.Model,
                .. DetectionArguments.Options,
                ModelArguments.Channel,
                new Option("scores", null, "print the scores of every step too"),
                ModelArguments.Json,
            ]),
        arguments => Run(arguments, streams));

    private static int Run(Arguments arguments, StandardStreams streams)
    {
        if (arguments.Operands.Count == 0)
        {
            throw new UsageException("No recording is named; expected FILE... `edge listen` hears standard input.");
        }

        using var progress = new ProgressBar("hearing", arguments.Operands.Count * UnitsPerFile);
        using var results = new ResultWriter(streams.Output, arguments.Has("json"), progress.Wipe);
        var command = new RunCommand(arguments, streams, results, progress);
        int code = ExitCode.Done;
        foreach (string path in arguments.Operands)
        {
            if (!command.TryHear(path))
            {
                code = ExitCode.BadInputFile;
            }
        }

        return code;
    }

    private bool TryHear(string path)
    {
        long done = 0;
        try
        {
            IAudioSource source = AudioFile.Open(path);
            long? announced = (source as WavSource)?.AnnouncedFrames;
            hearing.Hear(source, channel, frames =>
            {
                long now = Math.Min(frames * UnitsPerFile / Math.Max(announced ?? long.MaxValue / UnitsPerFile, 1), UnitsPerFile);
                progress.Advance(now - done);
                done = now;
            });
            if (source is WavSource { Truncated: true })
            {
                progress.Wipe();
                streams.Tell($"{path}: the file ends before the length that its header announces; what is there was heard.");
            }

            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            progress.Wipe();
            streams.Tell(e.Message);
            return false;
        }
        finally
        {
            progress.Advance(UnitsPerFile - done);
        }
    }
}

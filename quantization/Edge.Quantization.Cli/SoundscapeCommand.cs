using System.Globalization;
using System.Text;
using System.Text.Json;
using Edge.Audio;
using Edge.Cli;
using Edge.Quantization.Analysis.Evaluation;
using Edge.Quantization.Analysis.Soundscapes;

namespace Edge.Quantization.Cli;

/// <summary>`edgec soundscape`: long recordings with known events, to measure sound event detectors on.</summary>
internal static class SoundscapeCommand
{
    private const string TableName = "events.csv";

    private static readonly CommandSyntax Syntax = new(
        "edgec soundscape", "CLIPS ...",
        """
        Mixes clips into long recordings at drawn times, over a background, at given ratios of signal to noise, and writes when each sound begins
        and ends. CLIPS are folders that hold a folder for each class, or --labels-file names the labels. `edgec evaluate --events` measures a
        model on them. The same seed gives the same recordings.
        """,
        "edgec soundscape clips-by-class/ --background kitchen.wav --snr-db 10 --count 12 --out soundscapes/",
        [
            new Option("out", "FOLDER", $"receives soundscape-001.wav and so on, and {TableName}"),
            new Option("background", "PATH", "sound that goes on below: a file, or a folder of which one is drawn for each recording", Repeatable: true),
            new Option("count", "N", "recordings", "4"),
            new Option("seconds", "S", "length of each", "300"),
            new Option("snr-db", "DB|LOW..HIGH", "power of a clip over the background under it; of a range, drawn for each clip", "10"),
            new Option("clips-per-minute", "N", "clips a minute of each track", "6"),
            new Option("polyphony", "N", "tracks: sounds that may be heard at once", "1"),
            new Option("background-dbfs", "DB", "level of the background", "-30"),
            new Option("silence-db", "DB", "a clip is silent so much below its loudest moment", "20"),
            new Option("gap-s", "S", "silence in a clip that ends an event", "1"),
            new Option("rate", "HZ", "sample rate", "16000"),
            new Option("seed", "N", "another one gives other recordings", "1"),
            .. ClipArguments.LabelOptions.Where(option => option.Name is "labels-file" or "ignore"),
            new Option("json", null, "print the result as one JSON object"),
        ]);

    public static Command Command { get; } = new(Syntax, Run);

    private static int Run(Arguments arguments, CancellationToken cancellationToken)
    {
        SoundscapeOptions options = Read(arguments);
        int count = arguments.Int("count", 1, 10_000);
        string folder = OutputFile.Folder(arguments, "out");
        IReadOnlyList<LabelledClip> clips = FindClips(arguments);
        string[] backgrounds = [.. arguments.All("background").SelectMany(LabelledClips.FindSound)];
        if (backgrounds.Length == 0)
        {
            throw new UsageException("--background PATH is required: a ratio of signal to noise needs some noise.");
        }

        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, TableName);
        var mixer = new SoundscapeMixer(clips, backgrounds, options);
        var table = new StringBuilder("file,label,start_s,end_s,snr_db,clip\n");
        int events = 0;
        using (var progress = new StageProgress())
        {
            Action done = progress.Begin("soundscapes", count);
            for (int i = 1; i <= count; i++)
            {
                Soundscape soundscape;
                try
                {
                    soundscape = mixer.Next(cancellationToken);
                }
                catch (OperationCanceledException) when (i > 1)
                {
                    progress.Dispose();
                    Console.Error.WriteLine($"edgec: cancelled; {i - 1} of {count} recordings were written to {folder}, without a table of their events");
                    return ExitCode.Cancelled;
                }

                File.Delete(path); // an old table says of the new recordings what was in the old ones
                string name = string.Create(CultureInfo.InvariantCulture, $"soundscape-{i:000}.wav");
                AtomicFile.Write(Path.Combine(folder, name), file => WavWriter.Write(file, soundscape.Samples, soundscape.SampleRateHz));
                foreach (SoundscapeEvent one in soundscape.Events)
                {
                    table.Append(CultureInfo.InvariantCulture, $"{name},{Field(one.Event.Label)},{one.Event.Start:0.###},{one.Event.End:0.###},{one.SnrDb:0.##},{Field(Path.GetFileName(one.Clip))}\n");
                }

                events += soundscape.Events.Count;
                done();
            }
        }

        AtomicFile.Write(path, file => file.Write(Encoding.UTF8.GetBytes(table.ToString())));
        if (events == 0)
        {
            Console.Error.WriteLine("edgec: no clip was placed; more --seconds, --count or --clips-per-minute bring some.");
        }

        Report(arguments.Has("json"), path, count, count * options.Seconds, events);
        return ExitCode.Done;
    }

    private static SoundscapeOptions Read(Arguments arguments) => new()
    {
        SampleRateHz = arguments.Int("rate", 8_000, 48_000),
        Seconds = arguments.Double("seconds", 5, 3_600),
        ClipsPerMinute = arguments.Double("clips-per-minute", 0.1, 120),
        Polyphony = arguments.Int("polyphony", 1, 16),
        SnrDb = ReadSnr(arguments.Text("snr-db")),
        BackgroundDbfs = arguments.Double("background-dbfs", -80, -10),
        SilenceDb = arguments.Double("silence-db", 10, 80),
        GapSeconds = arguments.Double("gap-s", 0, 60),
        Seed = arguments.Int("seed", 0),
    };

    private static (double Low, double High) ReadSnr(string text)
    {
        string[] parts = text.Split("..");
        double[] values = [.. parts.Select(part => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double db) ? db : double.NaN)];
        return values.Length is 1 or 2 && values.All(db => db is >= -60 and <= 60) && values[0] <= values[^1]
            ? (values[0], values[^1])
            : throw new UsageException($"--snr-db is '{text}'; expected decibels from -60 to 60, as 10, or a range as 0..20.");
    }

    private static LabelledClip[] FindClips(Arguments arguments)
    {
        IReadOnlyList<string> folders = arguments.Operands;
        LabelledClip[] found = folders switch
        {
            [] or [_] => [.. ClipArguments.Find(arguments, folders is [var only] ? only : null)],
            _ when arguments.Has("labels-file") => throw new UsageException($"With --labels-file, one folder says where its files lie; found {folders.Count}."),
            _ => [.. folders.SelectMany(LabelledClips.FromFolder)],
        };
        string[] ignored = [.. arguments.All("ignore")];
        return ignored.FirstOrDefault(name => !Array.Exists(found, clip => clip.Label == name)) is { } unused
            ? throw new UsageException($"--ignore is '{unused}'; the clips' labels are {string.Join(", ", found.Select(clip => clip.Label).Distinct())}.")
            : found.Where(clip => !ignored.Contains(clip.Label)).ToArray() is { Length: > 0 } kept ? kept : throw new UsageException("Every clip is ignored; nothing is left to mix.");
    }

    private static string Field(string text) => text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;

    private static void Report(bool json, string table, int recordings, double seconds, int events)
    {
        if (!json)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{table}: {events} events in {recordings} recordings, {seconds / 60:0.#} min."));
            return;
        }

        using var writer = new Utf8JsonWriter(Console.OpenStandardOutput());
        writer.WriteStartObject();
        writer.WriteString("table", table);
        writer.WriteNumber("recordings", recordings);
        writer.WriteNumber("seconds", seconds);
        writer.WriteNumber("events", events);
        writer.WriteEndObject();
        writer.Flush();
        Console.WriteLine();
    }
}

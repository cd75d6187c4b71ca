using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Edge.Detection;

namespace Edge.Benchmarks.Endurance;

/// <summary>
/// `soak [HOURS [MODEL...]]`: hours of sound, faster than real time, through a pipe into a process that listens with all models. The first
/// model must find each word that it finds in a short sound, once and at its place; memory must not grow after the first minute.
/// </summary>
internal static class Soak
{
    private const int Seed = 8;
    private const double ToleranceSeconds = 0.1; // five steps: the front end follows the noise before a word
    private const double BeforeSeconds = 20;
    private const double AfterSeconds = 5;

    public static int Run(string[] args)
    {
        if (args is ["hear", .. var paths])
        {
            return SoakListener.Run(paths);
        }

        double hours = args is [var text, ..] ? double.Parse(text, CultureInfo.InvariantCulture) : 8;
        string[] models = args.Length > 1 ? args[1..] : [Path.Combine(Repository.Root, "samples", "models", "wake-words.edge")];
        (Heard[] expected, LongSound sound, string name) = Prepare(models[0], hours);
        var clock = Stopwatch.StartNew();
        using Process listener = Start(models);
        Task<string> report = listener.StandardOutput.ReadToEndAsync();
        long sent = Send(sound, listener.StandardInput.BaseStream);
        string[] lines = report.GetAwaiter().GetResult().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        listener.WaitForExit();
        if (listener.ExitCode != 0)
        {
            throw new InvalidOperationException($"The process that listens ended with exit code {listener.ExitCode}.");
        }

        Console.WriteLine($"{hours:0.##} h of sound in {clock.Elapsed.TotalSeconds:0.0} s, {hours * 3600 / clock.Elapsed.TotalSeconds:0} times real time, {models.Length} models");
        bool kept = CheckFrames(lines, sent);
        kept &= CheckEvents([.. lines.Select(Heard.Parse).OfType<Heard>()], expected, name);
        kept &= CheckMemory([.. lines.Where(line => line.StartsWith("minute\t", StringComparison.Ordinal)).Select(line => Array.ConvertAll(line.Split('\t')[1..], long.Parse))]);
        return kept ? 0 : 1;
    }

    /// <summary>The sound, and what must be heard in it: words that the model knows in a short sound, where it hears them there.</summary>
    private static (Heard[] Expected, LongSound Sound, string Model) Prepare(string path, double hours)
    {
        using AudioModel model = AudioModel.Load(path);
        var known = new List<(short[] Samples, Heard Heard)>();
        foreach ((string label, short[] samples) in LongSound.ReadWords(Path.Combine(Repository.Root, "samples", "recordings")))
        {
            if (Hear(model, new LongSound(samples, BeforeSeconds, AfterSeconds)) is [var only])
            {
                known.Add((samples, only with { StartSeconds = only.StartSeconds - BeforeSeconds }));
            }
            else
            {
                Console.WriteLine($"\"{label}\" is left out: {model.Name} does not hear it once in a short sound.");
            }
        }

        var sound = new LongSound([.. known.Select(word => word.Samples)], hours * 3600, Seed);
        Heard[] expected = [.. sound.Placements.Select(place => known[place.Word].Heard with { StartSeconds = (double)place.Start / LongSound.RateHz + known[place.Word].Heard.StartSeconds })];
        return (expected, sound, model.Name);
    }

    private static Heard[] Hear(AudioModel model, LongSound sound)
    {
        var spotter = new Spotter(model, LongSound.RateHz);
        short[] samples = new short[sound.Samples];
        sound.Read(samples);
        return [.. spotter.Push(samples).ToArray().Select(heard => new Heard(heard.Model, heard.Label, heard.Start.TotalSeconds))];
    }

    private static Process Start(string[] models)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["soak", "hear", .. models]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        // Compiled once: memory of the compiler that goes on in the background is not what is asked about.
        start.Environment["DOTNET_TieredCompilation"] = "0";
        return Process.Start(start)!;
    }

    private static long Send(LongSound sound, Stream listener)
    {
        short[] block = new short[LongSound.RateHz];
        long sent = 0;
        using (listener)
        {
            for (int count; (count = sound.Read(block)) > 0; sent += count)
            {
                listener.Write(MemoryMarshal.AsBytes(block.AsSpan(0, count)));
            }
        }

        return sent;
    }

    private static bool CheckFrames(string[] lines, long sent)
    {
        long heard = long.Parse(lines[^1].Split('\t')[1], CultureInfo.InvariantCulture);
        return Say(heard == sent, $"frames sent {sent}, heard {heard}");
    }

    private static bool CheckEvents(Heard[] heard, Heard[] expected, string model)
    {
        Heard[] ofModel = [.. heard.Where(one => one.Model == model)];
        double most = 0;
        int found = 0;
        for (int i = 0; i < Math.Min(ofModel.Length, expected.Length); i++)
        {
            double apart = Math.Abs(ofModel[i].StartSeconds - expected[i].StartSeconds);
            found += ofModel[i].Label == expected[i].Label && apart <= ToleranceSeconds ? 1 : 0;
            most = Math.Max(most, apart);
        }

        return Say(found == expected.Length && ofModel.Length == expected.Length,
            $"words laid {expected.Length}, events {ofModel.Length}, right and at their place {found}, at most {1000 * most:0} ms from where a short sound has them; events of other models {heard.Length - ofModel.Length}");
    }

    private static bool CheckMemory(long[][] minutes)
    {
        if (minutes.Length < 2)
        {
            return Say(false, "memory: at least two minutes of sound are needed to see it grow");
        }

        string[] names = ["managed bytes allocated", "resident", "resident without files"];
        bool kept = true;
        for (int i = 0; i < names.Length; i++)
        {
            long first = minutes[0][i];
            long growth = minutes.Max(minute => minute[i]) - first;
            kept &= Say(growth == 0, $"{names[i]}: {first / 1024.0:0} KB after the first minute, grew by {growth} bytes until the end");
        }

        return kept;
    }

    private static bool Say(bool kept, string what)
    {
        Console.WriteLine($"{(kept ? "kept" : "NOT KEPT"),-8}  {what}");
        return kept;
    }

    private sealed record Heard(string Model, string Label, double StartSeconds)
    {
        public static Heard? Parse(string line) =>
            line.Split('\t') is ["event", var model, var label, var start] ? new Heard(model, label, double.Parse(start, CultureInfo.InvariantCulture)) : null;
    }
}

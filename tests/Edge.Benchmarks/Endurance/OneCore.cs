using System.Globalization;
using Edge.Audio;

namespace Edge.Benchmarks.Endurance;

/// <summary>
/// `one-core [PROGRAM]`: the published `edge-serve` bound to one core, in real time: what it takes while a room is silent, whether four models
/// at once all tell of something, and whether a budget too small for all models holds.
/// </summary>
internal static class OneCore
{
    private const int IdleSeconds = 60;
    private const int SettlingSeconds = 20; // ten of the budget's window, five after each of its decisions
    private const int BudgetSeconds = 40;
    private const int Crowd = 50; // models at once under a budget of half of what they take; each a little of it, since whole models give way
    private const double Tolerance = 0.1;

    private static readonly string Models = Path.Combine(Repository.Root, "samples", "models");

    public static int Run(string[] args)
    {
        string program = args is [var named] ? named : Path.Combine(Repository.Root, "artifacts", "host", "edge-serve");
        if (!File.Exists(program) || !File.Exists("/proc/self/schedstat"))
        {
            Console.Error.WriteLine(File.Exists(program) ? "Processor time is read from /proc/PID/task/*/schedstat, which this kernel lacks." : $"{program} is not there. `./build.sh publish` makes it.");
            return 1;
        }

        string folder = Directory.CreateTempSubdirectory("edge-one-core-").FullName;
        try
        {
            Idle(program, folder);
            bool kept = Four(program, folder);
            kept &= Budget(program, folder);
            return kept ? 0 : 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Idle(string program, string folder)
    {
        string silence = Path.Combine(folder, "silence.wav");
        WavWriter.Write(silence, new short[(IdleSeconds + 10) * LongSound.RateHz], LongSound.RateHz);
        using var served = new ServedProcess(program, silence, [Model("wake-words")], 0.5);
        served.WaitUntilListening();
        Thread.Sleep(TimeSpan.FromSeconds(2)); // what is done once at the start
        double share = served.ShareOver(TimeSpan.FromSeconds(IdleSeconds));
        Print($"a silent room, wake-words alone: {100 * share:0.00} % of a core over {IdleSeconds} s, at most {served.PeakBytes / 1e6:0.0} MB");
    }

    private static bool Four(string program, string folder)
    {
        string sound = Path.Combine(folder, "four.wav");
        WavWriter.Write(sound, [.. Recording(), .. Rain(20)], LongSound.RateHz);
        using var served = new ServedProcess(program, sound, [Model("wake-words"), Model("digits"), Model("sound-events-tiny"), Model("speech-emotion")], 1);
        served.WaitUntilListening();
        double share = served.ShareOver(TimeSpan.FromSeconds(50));
        long peak = served.PeakBytes;
        served.WaitForExit();
        bool all = served.Events.Count == 4;
        Print($"{(all ? "kept" : "NOT KEPT")}: four models at once told of {string.Join(", ", served.Events.Select(model => $"{model.Value} ({model.Key})"))}; {100 * share:0.00} % of a core, at most {peak / 1e6:0.0} MB");
        return all;
    }

    /// <summary>Plain kernels make the models as heavy as on a slow board.</summary>
    private static bool Budget(string program, string folder)
    {
        const string Kernels = "reference";
        string sound = Path.Combine(folder, "budget.wav");
        short[] words = Recording();
        WavWriter.Write(sound, [.. words, .. words], LongSound.RateHz);
        string[] crowd = [.. Enumerable.Repeat(Model("digits"), Crowd)];
        double free;
        using (var served = new ServedProcess(program, sound, crowd, 64, Kernels))
        {
            served.WaitUntilListening();
            Thread.Sleep(TimeSpan.FromSeconds(5));
            free = served.ShareOver(TimeSpan.FromSeconds(10));
        }

        double budget = Math.Round(Math.Min(free, 0.98) / 2, 2);
        using var limited = new ServedProcess(program, sound, crowd, budget, Kernels);
        limited.WaitUntilListening();
        Thread.Sleep(TimeSpan.FromSeconds(SettlingSeconds));
        double share = limited.ShareOver(TimeSpan.FromSeconds(BudgetSeconds));
        int away = Array.FindAll(limited.Log, line => line.Contains("gives way", StringComparison.Ordinal)).Length;
        int back = Array.FindAll(limited.Log, line => line.Contains("comes back", StringComparison.Ordinal)).Length;
        bool kept = share <= budget * (1 + Tolerance) && away > back;
        Print($"{(kept ? "kept" : "NOT KEPT")}: {Crowd} models take {100 * free:0.0} % of a core; under a budget of {100 * budget:0} % the whole process takes {100 * share:0.0} %, {100 * (share / budget - 1):+0;-0} % of the budget, {Crowd - away + back} models listening");
        return kept;
    }

    private static string Model(string name) => Path.Combine(Models, $"{name}.edge");

    private static short[] Recording()
    {
        using IAudioSource source = AudioFile.Open(Path.Combine(Repository.Root, "samples", "recordings", "keywords.wav"));
        short[] samples = new short[120 * LongSound.RateHz];
        int length = 0;
        for (int count; (count = source.Read(samples.AsSpan(length))) > 0;)
        {
            length += count;
        }

        return samples[..length];
    }

    /// <summary>Loud noise without a colour, which the model of sounds takes for rain or the sea.</summary>
    private static short[] Rain(int seconds)
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, seconds * LongSound.RateHz).Select(_ => (short)random.Next(-6_000, 6_000))];
    }

    private static void Print(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}

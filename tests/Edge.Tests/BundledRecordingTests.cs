using System.Diagnostics;
using System.Text.Json;
using Edge.Audio;
using Edge.Detection;

namespace Edge.Tests;

/// <summary>The shipped model on the bundled recording, whose words and times are known: in the library and in the published program.</summary>
public class BundledRecordingTests
{
    private const double EarlyS = 0.3; // an event may come before the word has faded out
    private const double LateS = 0.6;

    private static readonly string ModelPath = Repository.PathTo("samples", "models", "wake-words.edge");

    private sealed record Heard(string Label, double EndS);

    [Fact]
    public async Task The_listener_hears_the_words_and_nothing_else()
    {
        await using Listener listener = Listener.Open(ModelPath, AudioFile.Open(Recordings.Bundled));
        var heard = new List<Heard>();
        await foreach (AudioEvent e in listener.ListenAsync(TestContext.Current.CancellationToken))
        {
            heard.Add(new Heard(e.Label, e.End.TotalSeconds));
        }

        CheckAgainstScript(heard);
    }

    [Fact]
    public void The_published_program_hears_the_words_and_nothing_else()
    {
        string program = Repository.PathTo("artifacts", "host", OperatingSystem.IsWindows() ? "edge.exe" : "edge");
        Assert.SkipUnless(File.Exists(program), "`edge` is not published as a native program on this machine; ./build.sh publish does that");
        using Process process = Process.Start(new ProcessStartInfo(program, ["run", "--model", ModelPath, "--json", Recordings.Bundled]) { RedirectStandardOutput = true })!;
        string[] lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();

        Assert.Equal(0, process.ExitCode);
        CheckAgainstScript([.. lines.Select(line => JsonDocument.Parse(line).RootElement).Select(e =>
            new Heard(e.GetProperty("label").GetString()!, e.GetProperty("end_s").GetDouble()))]);
    }

    [Fact]
    public void Pushing_sound_allocates_nothing_after_the_first_second()
    {
        using AudioModel model = AudioModel.Load(ModelPath);
        var spotter = new Spotter(model);
        short[] recording = Recordings.ReadAll(Recordings.Bundled);
        spotter.Push(recording.AsSpan(0, model.SampleRateHz));
        long before = GC.GetAllocatedBytesForCurrentThread();
        int words = 0;
        for (int start = model.SampleRateHz; start < recording.Length; start += 333)
        {
            words += spotter.Push(recording.AsSpan(start, Math.Min(333, recording.Length - start))).Length;
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(words > 0, "no word was heard, so the path of events was not tried");
    }

    private static void CheckAgainstScript(List<Heard> heard)
    {
        using JsonDocument script = JsonDocument.Parse(File.ReadAllText(Repository.PathTo("samples", "recordings", "keywords.json")));
        List<Heard> words = [.. script.RootElement.EnumerateArray().Select(w => new Heard(w.GetProperty("label").GetString()!, w.GetProperty("end_s").GetDouble()))];
        int found = words.RemoveAll(word => heard.RemoveAll(e => e.Label == word.Label && e.EndS >= word.EndS - EarlyS && e.EndS <= word.EndS + LateS) == 1);

        Assert.Empty(heard);
        Assert.True(found >= 14, $"{found} words were heard; missing: {string.Join(", ", words)}");
    }
}

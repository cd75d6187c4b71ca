using System.Diagnostics;
using Edge.Audio;

namespace Edge.Benchmarks;

/// <summary>The published `edge` as a process: from its start, through its first scores, to its end.</summary>
internal static class ProcessEntries
{
    public static void Add(Contest contest, string program, string model)
    {
        if (!File.Exists(program))
        {
            contest.Note($"The process is not measured: {program} is not there. `./build.sh publish` makes it.");
            return;
        }

        string recording = Path.Combine(Path.GetTempPath(), $"edge-bench-{Environment.ProcessId}.wav");
        WavWriter.Write(recording, new short[1_600], 16_000); // 0.1 s: a few scores
        contest.Add(new Entry("process, start to end of 0.1 s of sound", "edge run", () => Start(program, "run", "--model", model, "--scores", recording), 1));
        contest.Add(new Entry("process, start to end of 0.1 s of sound", "edge --version", () => Start(program, "--version"), 1));
        contest.Note($"{Path.GetFileName(program)}: {new FileInfo(program).Length} bytes.");
    }

    private static void Start(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with exit code {process.ExitCode}.");
        }
    }
}

using System.Diagnostics;
using System.Runtime.InteropServices;
using Edge.Benchmarks.Endurance;
using Edge.Tests;

namespace Edge.Hosting.Tests.Supervision;

/// <summary>A named pipe that the service listens to, and words to say into it.</summary>
internal sealed class Microphone : IDisposable
{
    private const double BeforeSeconds = 5; // the front end learns the noise
    private const double AfterSeconds = 3; // until the detector is sure

    private static readonly Lazy<(string Label, short[] Samples)[]> Words = new(() => LongSound.ReadWords(Repository.PathTo("samples", "recordings")));

    private FileStream? pipe;

    /// <param name="path">Where the pipe is made.</param>
    public Microphone(string path)
    {
        PipePath = path;
        using Process make = Process.Start("mkfifo", path);
        make.WaitForExit();
        PlugIn();
    }

    public string PipePath { get; }

    /// <summary>Samples that were said since it was plugged in first.</summary>
    public long Said { get; private set; }

    /// <summary>Opens the pipe, for reading too: what is said while nobody listens waits there.</summary>
    public void PlugIn() => pipe = new FileStream(PipePath, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);

    /// <summary>Closes the pipe: its reader finds the end.</summary>
    public void PullOut()
    {
        pipe?.Dispose();
        pipe = null;
    }

    /// <summary>Says a word with quiet before and after it.</summary>
    /// <returns>When the word itself begins, in seconds of the stream.</returns>
    public async Task<double> SayAsync(string label)
    {
        double begins = (double)Said / LongSound.RateHz + BeforeSeconds;
        await SayAsync(Sound(label));
        return begins;
    }

    /// <summary>Says a word, and is cut off in the middle of it.</summary>
    public async Task SayHalfAsync(string label)
    {
        short[] sound = Sound(label);
        await SayAsync(sound.AsMemory(0, (int)(BeforeSeconds * LongSound.RateHz) + 8_000));
    }

    public void Dispose() => PullOut();

    /// <summary>A word with quiet before and after it.</summary>
    public static short[] Sound(string label, double beforeSeconds = BeforeSeconds, double afterSeconds = AfterSeconds)
    {
        var sound = new LongSound(Array.Find(Words.Value, word => word.Label == label).Samples, beforeSeconds, afterSeconds);
        short[] samples = new short[sound.Samples];
        sound.Read(samples);
        return samples;
    }

    private async Task SayAsync(ReadOnlyMemory<short> samples)
    {
        await pipe!.WriteAsync(MemoryMarshal.AsBytes(samples.Span).ToArray());
        Said += samples.Length;
    }
}

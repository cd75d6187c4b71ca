using Edge.Audio;
using Edge.Cli;

namespace Edge.Hosting.Sources;

/// <summary>PCM on standard input, bare or with a WAV header.</summary>
internal sealed class StandardInputKind : ISourceKind
{
    public string Kind => SourceOptions.StandardInput;

    public void Check(SourceOptions options, ICollection<string> faults)
    {
        if (!string.IsNullOrEmpty(options.Path))
        {
            faults.Add($"Source.Path is '{options.Path}', but a source of kind stdin has none; leave it out, or set Source.Kind to file or fifo.");
        }
    }

    public IAudioSource Open(SourceOptions options)
    {
        // `arecord` writes a WAV header unless it is told not to; as PCM it would be heard at the wrong rate.
        Stream input = Console.OpenStandardInput();
        byte[] start = new byte[4];
        int count = input.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        var whole = new ResumedStream(start.AsMemory(0, count), input);
        return start.AsSpan(0, count).SequenceEqual("RIFF"u8)
            ? new WavSource(whole, "stdin")
            : new RawPcmSource(whole, options.RateHz, options.Channels ?? 1);
    }
}

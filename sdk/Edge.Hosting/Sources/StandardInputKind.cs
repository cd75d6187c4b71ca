using Edge.Audio;
using Edge.Cli;

namespace Edge.Hosting.Sources;

/// <summary>PCM on standard input, bare or with a WAV header.</summary>
/// <param name="input">Standard input; null for the console's, which is wrong where a program was started with it closed.</param>
internal sealed class StandardInputKind(Stream? input = null) : ISourceKind
{
    public string Kind => SourceOptions.StandardInput;

    public void Check(SourceOptions options, ICollection<string> faults)
    {
        if (!string.IsNullOrEmpty(options.Path))
        {
            faults.Add($"Source.Path is '{options.Path}', but a source of kind stdin has none; leave it out, or set Source.Kind to file or fifo.");
        }
    }

    public IAudioSource Open(SourceOptions options) => PipedSound.Open(input ?? Console.OpenStandardInput(), options.RateHz, options.Channels ?? 1);
}

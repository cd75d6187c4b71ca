using Edge.Audio;

namespace Edge.Hosting.Sources;

/// <summary>Bare PCM from a named pipe.</summary>
internal sealed class FifoKind : ISourceKind
{
    public string Kind => SourceOptions.Fifo;

    public void Check(SourceOptions options, ICollection<string> faults)
    {
        if (string.IsNullOrEmpty(options.Path))
        {
            faults.Add("Source.Path is missing; a source of kind fifo needs the named pipe's. `mkfifo PATH` makes one.");
        }
    }

    public IAudioSource Open(SourceOptions options) => File.Exists(options.Path)
        ? new FifoSource(options.Path, options.RateHz, options.Channels ?? 1)
        : throw new FileNotFoundException($"{options.Path}: there is no such pipe; `mkfifo {options.Path}` makes it.", options.Path);
}

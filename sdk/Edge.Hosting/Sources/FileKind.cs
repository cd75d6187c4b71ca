using Edge.Audio;

namespace Edge.Hosting.Sources;

/// <summary>A recording.</summary>
internal sealed class FileKind : ISourceKind
{
    public string Kind => SourceOptions.File;

    public void Check(SourceOptions options, ICollection<string> faults)
    {
        if (string.IsNullOrEmpty(options.Path))
        {
            faults.Add("Source.Path is missing; a source of kind file needs the recording's.");
        }
    }

    public IAudioSource Open(SourceOptions options)
    {
        IAudioSource source = AudioFile.Open(options.Path!);
        return options.RealTime ? new PacedSource(source) : source;
    }
}

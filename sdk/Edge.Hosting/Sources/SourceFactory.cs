using Edge.Audio;
using Edge.Cli;

namespace Edge.Hosting.Sources;

/// <summary>Opens what the configuration names as the source of sound.</summary>
internal sealed class SourceFactory
{
    private readonly Dictionary<string, ISourceKind> kinds = new(StringComparer.Ordinal);

    /// <param name="further">Kinds registered as services; one of a known name stands in its place.</param>
    public SourceFactory(IEnumerable<ISourceKind>? further = null)
    {
        ISourceKind[] own = [new AlsaKind(), new FileKind(), new StandardInputKind(), new FifoKind()];
        foreach (ISourceKind kind in own.Concat(further ?? []))
        {
            kinds[kind.Kind] = kind;
        }
    }

    /// <summary>Looks for faults.</summary>
    public void Check(SourceOptions options, ICollection<string> faults)
    {
        if (options.Kind is not null && kinds.TryGetValue(options.Kind, out ISourceKind? kind))
        {
            kind.Check(options, faults);
        }
        else
        {
            faults.Add($"Source.Kind is '{options.Kind}'; expected one of {string.Join(", ", kinds.Keys)}.{Suggestion.For(options.Kind ?? "", kinds.Keys)}");
        }
    }

    /// <summary>Opens the source.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="InvalidDataException">It has no such channel.</exception>
    public IAudioSource Open(SourceOptions options)
    {
        IAudioSource source = kinds[options.Kind].Open(options);
        if (options.Channel is int channel && channel >= source.Channels)
        {
            source.Dispose();
            throw new InvalidDataException($"{source.Name} has {source.Channels} channels; Source.Channel is {channel}, expected 0 to {source.Channels - 1}, or null for the mean of all.");
        }

        return source;
    }
}

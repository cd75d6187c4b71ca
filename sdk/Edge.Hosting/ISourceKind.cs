using Edge.Audio;

namespace Edge.Hosting;

/// <summary>A kind of source that the configuration may name. Kinds registered as services stand beside those of Edge.Hosting.</summary>
public interface ISourceKind
{
    /// <summary>Its name in the configuration.</summary>
    string Kind { get; }

    /// <summary>Looks for faults without opening anything.</summary>
    /// <param name="options">What the configuration says.</param>
    /// <param name="faults">Receives a sentence for each.</param>
    void Check(SourceOptions options, ICollection<string> faults);

    /// <summary>Opens the source.</summary>
    /// <param name="options">What the configuration says, without faults.</param>
    /// <exception cref="IOException">The device or file cannot be opened.</exception>
    IAudioSource Open(SourceOptions options);
}

namespace Edge.Inference;

/// <summary>A model file cannot be used; the message lists every fault with its place, what was expected and what was found.</summary>
public sealed class ModelFormatException : IOException
{
    /// <summary>Readers stop at so many faults: a longer list helps nobody, and a hostile file must not fill the memory with it.</summary>
    internal const int MaxFaults = 200;

    /// <summary>Makes the exception.</summary>
    /// <param name="source">The file's path or another name for where the bytes came from.</param>
    /// <param name="faults">Every fault found, each a sentence that names its place.</param>
    /// <param name="innerException">The cause, if another error led here.</param>
    public ModelFormatException(string source, IReadOnlyList<string> faults, Exception? innerException = null)
        : base($"{source} is not a usable model: {string.Join(" ", faults)}", innerException) => Faults = faults;

    /// <summary>Every fault found.</summary>
    public IReadOnlyList<string> Faults { get; }
}

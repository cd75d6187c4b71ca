using Edge.Quantization.Graph;

namespace Edge.Quantization.Checkpoints;

/// <summary>One tensor of a checkpoint; its elements stay in the file until they are asked for.</summary>
public sealed class CheckpointTensor
{
    private readonly long[] dims;
    private readonly Func<byte[]> read;

    internal CheckpointTensor(ElementType elementType, long[] dims, Func<byte[]> read) => (ElementType, this.dims, this.read) = (elementType, dims, read);

    /// <summary>Type of the elements.</summary>
    public ElementType ElementType { get; }

    /// <summary>Dimensions, outermost first.</summary>
    public ReadOnlySpan<long> Dims => dims;

    /// <summary>Number of elements.</summary>
    public long Count => dims.Aggregate(1L, (product, dim) => product * dim);

    /// <summary>Reads the elements.</summary>
    /// <exception cref="GraphFormatException">The file is damaged there.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public Tensor Load() => new(ElementType, dims, read());

    /// <inheritdoc/>
    public override string ToString() => $"{ElementType} [{string.Join(", ", dims)}]";
}

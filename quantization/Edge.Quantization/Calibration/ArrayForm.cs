using Edge.Quantization.Graph;

namespace Edge.Quantization.Calibration;

/// <summary>How a .npy file holds recordings for an input.</summary>
/// <param name="Dims">The file's dimensions.</param>
/// <param name="Recordings">How many it holds.</param>
/// <param name="IsFrames">Whether they are frames one behind the other, of any number; else each is a tensor of the input's own shape.</param>
internal sealed record ArrayForm(long[] Dims, long Recordings, bool IsFrames)
{
    /// <summary>Number of elements.</summary>
    public long Count => Dims.Aggregate(1L, (product, dim) => product * dim);

    /// <summary>Finds the form; null where the file does not fit.</summary>
    public static ArrayForm? Of(IReadOnlyList<long> dims, ValueInfo input, InputLayout? layout)
    {
        int rank = layout is { IsWaveform: true } ? 1 : 2;
        bool frames = layout is not null && (dims.Count == rank || dims.Count == rank + 1) && (rank == 1 || dims[^1] == layout.Features);
        IReadOnlyList<Dimension>? shape = input.Shape;
        bool tensor = shape is { Count: > 0 } && dims.Count == shape.Count
            && Enumerable.Range(0, dims.Count).All(i => i == 0 && shape[0].Size <= 1 || !shape[i].IsKnown || shape[i].Size == dims[i]);
        return (frames, tensor) switch
        {
            (_, true) when !frames || !layout!.TimeFirst => new ArrayForm([.. dims], shape![0].Size > 1 ? 1 : dims[0], false),
            (true, _) => new ArrayForm([.. dims], dims.Count > rank ? dims[0] : 1, true),
            _ => null,
        };
    }

    /// <summary>What is expected, for a message that goes on with the input.</summary>
    public static string Expected(InputLayout? layout) => layout switch
    {
        null => "the shape of the input ",
        { IsWaveform: true } => "[samples], [recordings, samples] or the shape of the input ",
        _ => $"[frames, {layout.Features}], [recordings, frames, {layout.Features}] or the shape of the input ",
    };
}

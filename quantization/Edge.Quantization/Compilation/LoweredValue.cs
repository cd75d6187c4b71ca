using Edge.Inference;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Compilation;

/// <summary>What an axis of a value means on the device, where every activation is [1, time, width, channels].</summary>
internal enum AxisRole
{
    /// <summary>The batch, always 1, or an axis of size 1 that lies anywhere.</summary>
    None,

    /// <summary>Frames in order of time.</summary>
    Time,

    /// <summary>Frequency, where a model has it beside channels.</summary>
    Width,

    /// <summary>Channels: the innermost dimension.</summary>
    Channel,
}

/// <summary>A value of the graph on the device: its tensor and the meaning of each of its axes in the graph.</summary>
/// <param name="Tensor">The device's tensor, [1, time, width, channels].</param>
/// <param name="Roles">Meaning of each axis of the graph's value, in the graph's order.</param>
/// <param name="TimePad">Frames of real zero that a Pad node put in front and that the next operator still has to take into account.</param>
internal sealed record LoweredValue(DraftTensor Tensor, AxisRole[] Roles, int TimePad = 0)
{
    /// <summary>Frames of real zero that a Pad node put behind, as <see cref="TimePad"/> in front.</summary>
    public int TimePadAfter { get; init; }

    /// <summary>The value's axes where they are more than a tensor has; no operator reads it then but one that takes some of it.</summary>
    public SplitAxes? Split { get; init; }

    /// <summary>Frames that a stream has it behind the sound.</summary>
    public int Delay => Tensor.Delay;

    public int Frames => Tensor.Shape[1];

    public int Width => Tensor.Shape[2];

    public int Channels => Tensor.Shape[3];

    public QuantizationParameters Quantization => new((float)Tensor.Scale, Tensor.ZeroPoint, 8 * Tensor.Type.Bytes());

    /// <summary>Size of an axis of the graph's value, on the device.</summary>
    public int Size(int axis) => Roles[axis] switch
    {
        AxisRole.Time => Frames,
        AxisRole.Width => Width,
        AxisRole.Channel => Channels,
        _ => 1,
    };
}

/// <summary>
/// Axes of a value of four sizes larger than 1, as between a Reshape that splits channels and the Gather, Slice or Split that takes some:
/// [time, (query | key | value), heads, channels] of one projection.
/// </summary>
/// <param name="Sizes">The sizes in memory order; four.</param>
/// <param name="Places">For each axis of the graph's value its place in <paramref name="Sizes"/>; -1 for axes of size 1.</param>
internal sealed record SplitAxes(int[] Sizes, int[] Places);

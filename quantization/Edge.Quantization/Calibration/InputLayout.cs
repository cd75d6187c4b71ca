using Edge.Quantization.Graph;

namespace Edge.Quantization.Calibration;

/// <summary>Which dimension of a graph's input is time and which is features; the others are 1.</summary>
/// <param name="Input">The input.</param>
/// <param name="TimeAxis">Dimension of frames, or of samples where the model takes a waveform.</param>
/// <param name="FeatureAxis">Dimension of features; -1 for a waveform.</param>
/// <param name="Features">Features in a frame; 1 for a waveform.</param>
internal sealed record InputLayout(ValueInfo Input, int TimeAxis, int FeatureAxis, int Features)
{
    /// <summary>Whether the model takes samples and not frames of features.</summary>
    public bool IsWaveform => FeatureAxis < 0;

    /// <summary>Frames that the model takes, no more and no fewer; -1 where it takes any number.</summary>
    public int Frames => (int)Input.Shape![TimeAxis].Size;

    /// <summary>Whether a frame's features lie one behind the other.</summary>
    public bool TimeFirst => TimeAxis < FeatureAxis || IsWaveform;

    /// <summary>Finds out the layout of [batch, …]: a batch of 1, one dimension of features, one of time.</summary>
    /// <param name="input">The input.</param>
    /// <param name="features">Features that the front end makes; null where there is none.</param>
    /// <returns>Null where the input's dimensions do not say.</returns>
    public static InputLayout? Of(ValueInfo input, int? features)
    {
        if (input.Shape is not { Count: >= 2 } shape || shape[0].Size > 1)
        {
            return null;
        }

        int[] axes = [.. Enumerable.Range(1, shape.Count - 1).Where(axis => shape[axis].Size != 1)];
        return axes switch
        {
            [var only] when features > 1 && shape[only].Size == features && only > 1 => new InputLayout(input, only - 1, only, features.Value), // one frame
            [var time] => new InputLayout(input, time, -1, 1),
            [var time, var last] when Holds(last) => new InputLayout(input, time, last, features ?? (int)shape[last].Size),
            [var first, var time] when Holds(first) => new InputLayout(input, time, first, features ?? (int)shape[first].Size),
            [var time, var last] when features is { } known && !shape[last].IsKnown => new InputLayout(input, time, last, known),
            _ => null,
        };

        bool Holds(int axis) => features is { } known ? shape[axis].Size == known : shape[axis].IsKnown;
    }

    /// <summary>The input's dimensions for a number of frames.</summary>
    public long[] Dims(int frames)
    {
        var dims = new long[Input.Shape!.Count];
        Array.Fill(dims, 1);
        dims[TimeAxis] = frames;
        if (!IsWaveform)
        {
            dims[FeatureAxis] = Features;
        }

        return dims;
    }

    /// <summary>Elements [frames, features] in the input's order.</summary>
    public float[] Arrange(float[] frames)
    {
        if (TimeFirst)
        {
            return frames;
        }

        int count = frames.Length / Features;
        var arranged = new float[frames.Length];
        for (int t = 0; t < count; t++)
        {
            for (int f = 0; f < Features; f++)
            {
                arranged[f * count + t] = frames[t * Features + f];
            }
        }

        return arranged;
    }
}

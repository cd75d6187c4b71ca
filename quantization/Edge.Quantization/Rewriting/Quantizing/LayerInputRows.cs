using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Patterns;

namespace Edge.Quantization.Rewriting.Quantizing;

/// <summary>The rows that a layer multiplies with its weights: the last axis for Gemm and MatMul, the windows (im2col) for Conv.</summary>
internal sealed class LayerInputRows
{
    private readonly long[] weights;
    private readonly int spatial;
    private readonly int[] kernel = [1, 1], stride = [1, 1], dilation = [1, 1], before = [0, 0], after = [0, 0];

    private LayerInputRows(Node node, Tensor tensor)
    {
        weights = tensor.Dims.ToArray();
        spatial = node.OpType == "Conv" ? weights.Length - 2 : 0;
        Groups = node.OpType == "Conv" ? (int)node.Int("group", 1) : 1;
        Length = node.OpType == "Conv" ? (int)(tensor.Count / weights[0]) : (int)(tensor.Count / weights[WeightLayer.OutputAxis(node, tensor)]);
        for (int axis = 0; axis < spatial; axis++)
        {
            int at = axis + 2 - spatial; // one axis is the second of two, the first being 1 long
            kernel[at] = (int)weights[axis + 2];
            stride[at] = node.Ints("strides") is { Length: > 0 } strides ? (int)strides[axis] : 1;
            dilation[at] = node.Ints("dilations") is { Length: > 0 } dilations ? (int)dilations[axis] : 1;
            before[at] = node.Ints("pads") is { Length: > 0 } pads ? (int)pads[axis] : 0;
            after[at] = node.Ints("pads") is { Length: > 0 } ends ? (int)ends[axis + spatial] : 0;
        }
    }

    /// <summary>Groups of channels, each with rows of its own.</summary>
    public int Groups { get; }

    /// <summary>Elements of a row: the weights of one output channel.</summary>
    public int Length { get; }

    /// <summary>The rows of a layer; null where the layer is of a form that this does not know (three-dimensional windows, automatic padding).</summary>
    public static LayerInputRows? Of(ModelGraph graph, Node node)
    {
        Tensor weights = graph.Initializers[node.Inputs[1]];
        bool known = node.OpType switch
        {
            "Conv" => weights.Dims.Length is 3 or 4 && node.String("auto_pad", "NOTSET") == "NOTSET",
            "Gemm" => node.Int("transA", 0) == 0 && node.Float("alpha", 1) == 1,
            _ => weights.Dims.Length == 2,
        };
        return known ? new LayerInputRows(node, weights) : null;
    }

    /// <summary>How many rows an input has.</summary>
    public int CountOf(ReadOnlySpan<long> dims) => spatial == 0
        ? (int)(Product(dims) / Length)
        : (int)dims[0] * OutputSize(dims, 0) * OutputSize(dims, 1);

    /// <summary>Copies one row of one group.</summary>
    /// <param name="input">The input's elements, [rows, length] or [batch, channels, (height,) width].</param>
    /// <param name="dims">Its dimensions.</param>
    /// <param name="row">Which row.</param>
    /// <param name="group">Which group.</param>
    /// <param name="destination">Receives <see cref="Length"/> elements.</param>
    public void Copy(ReadOnlySpan<float> input, ReadOnlySpan<long> dims, int row, int group, Span<float> destination)
    {
        if (spatial == 0)
        {
            input.Slice(row * Length, Length).CopyTo(destination);
            return;
        }

        int height = spatial == 2 ? (int)dims[2] : 1, width = (int)dims[^1], channels = (int)weights[1];
        int columns = OutputSize(dims, 1), plane = OutputSize(dims, 0) * columns;
        int top = row % plane / columns * stride[0] - before[0], left = row % columns * stride[1] - before[1];
        int first = (row / plane * (int)dims[1] + group * channels) * height * width;
        int at = 0;
        for (int c = 0; c < channels; c++)
        {
            ReadOnlySpan<float> channel = input.Slice(first + c * height * width, height * width);
            for (int i = 0; i < kernel[0]; i++)
            {
                int y = top + i * dilation[0];
                for (int j = 0; j < kernel[1]; j++)
                {
                    int x = left + j * dilation[1];
                    destination[at++] = (uint)y < (uint)height && (uint)x < (uint)width ? channel[y * width + x] : 0;
                }
            }
        }
    }

    private int OutputSize(ReadOnlySpan<long> dims, int axis)
    {
        int size = axis == 0 && spatial == 1 ? 1 : (int)dims[axis + dims.Length - 2];
        return Math.Max(0, (size + before[axis] + after[axis] - (kernel[axis] - 1) * dilation[axis] - 1) / stride[axis] + 1);
    }

    private static long Product(ReadOnlySpan<long> dims)
    {
        long product = 1;
        foreach (long dim in dims)
        {
            product *= dim;
        }

        return product;
    }
}

namespace Edge.Quantization.Tests.TfLite.Reference;

/// <summary>Operators that move integers and change none. Output shapes are those that the file states.</summary>
internal static class ReferenceMoves
{
    public static void Copy(OperatorCall call, int input = 0) => call.Output.Integers = [.. call.Required(input).Integers];

    /// <summary>CONCATENATION; int8 inputs must have the output's parameters (kernels/concatenation.cc).</summary>
    public static void Concatenate(OperatorCall call)
    {
        ReferenceTensor y = call.Output;
        int axis = Axis(call.Options.Int32(0), y.Shape.Length);
        int start = 0;
        foreach (ReferenceTensor? x in call.Inputs)
        {
            Paste(x!, y, axis, start);
            start += x!.Shape[axis];
        }
    }

    /// <summary>PACK: each input becomes one index of a new axis.</summary>
    public static void Pack(OperatorCall call)
    {
        ReferenceTensor y = call.Output;
        int axis = Axis(call.Options.Int32(1), y.Shape.Length);
        for (int i = 0; i < y.Count; i++)
        {
            int[] index = y.Indices(i);
            ReferenceTensor x = call.Required(index[axis]);
            y.Integers[i] = x.Integers[x.Offset([.. index.Where((_, a) => a != axis)])];
        }
    }

    /// <summary>SPLIT and SPLIT_V: parts of an axis, as long as the outputs are.</summary>
    public static void Split(OperatorCall call, ReferenceTensor x, int axis)
    {
        axis = Axis(axis, x.Shape.Length);
        int start = 0;
        foreach (ReferenceTensor y in call.Outputs)
        {
            Cut(x, y, (index, a) => index[a] + (a == axis ? start : 0));
            start += y.Shape[axis];
        }
    }

    /// <summary>TRANSPOSE: output axis a is input axis permutation[a].</summary>
    public static void Transpose(OperatorCall call)
    {
        int[] permutation = call.Required(1).Integers;
        Cut(call.Input, call.Output, (index, axis) => index[Array.IndexOf(permutation, axis)]);
    }

    /// <summary>PAD with the output's zero point.</summary>
    public static void Pad(OperatorCall call)
    {
        (ReferenceTensor x, ReferenceTensor y) = (call.Input, call.Output);
        int[] pads = call.Required(1).Integers;
        Array.Fill(y.Integers, y.ZeroPoint);
        for (int i = 0; i < x.Count; i++)
        {
            y.Integers[y.Offset([.. x.Indices(i).Select((position, axis) => position + pads[2 * axis])])] = x.Integers[i];
        }
    }

    /// <summary>STRIDED_SLICE with begin, end and shrink masks (kernels/internal/strided_slice_logic.h).</summary>
    public static void StridedSlice(OperatorCall call)
    {
        (ReferenceTensor x, ReferenceTensor y) = (call.Input, call.Output);
        (int[] begin, int[] strides) = (call.Required(1).Integers, call.Required(3).Integers);
        int rank = x.Shape.Length;
        (int beginMask, int shrinkMask) = (call.Options.Int32(0), call.Options.Int32(4));
        if (call.Options.Int32(2) != 0 || call.Options.Int32(3) != 0 || begin.Length != rank)
        {
            throw new NotSupportedException("STRIDED_SLICE with an ellipsis, a new axis, or fewer axes than its input.");
        }

        var starts = new int[rank];
        for (int axis = 0; axis < rank; axis++)
        {
            int size = x.Shape[axis];
            bool forward = strides[axis] > 0;
            int wanted = begin[axis] < 0 ? begin[axis] + size : begin[axis];
            bool masked = (beginMask & (1 << axis)) != 0 && (shrinkMask & (1 << axis)) == 0;
            starts[axis] = masked ? (forward ? 0 : size - 1) : Math.Clamp(wanted, 0, forward ? size : size - 1);
        }

        int[] kept = [.. Enumerable.Range(0, rank).Where(axis => (shrinkMask & (1 << axis)) == 0)];
        Cut(x, y, (index, axis) => starts[axis] + (Array.IndexOf(kept, axis) is >= 0 and int a ? index[a] * strides[axis] : 0));
    }

    /// <summary>SPACE_TO_BATCH_ND of [n, h, w, c]: padded with the zero point, and each phase of a block's a batch of its own (reference/space_to_batch_nd.h).</summary>
    public static void SpaceToBatch(OperatorCall call)
    {
        (ReferenceTensor x, ReferenceTensor y, int[] block, int[] pads) = (call.Input, call.Output, call.Required(1).Integers, call.Required(2).Integers);
        for (int i = 0; i < y.Count; i++)
        {
            int[] index = y.Indices(i);
            (int phase, int batch) = Math.DivRem(index[0], x.Shape[0]);
            (int row, int column) = ((index[1] * block[0]) + (phase / block[1]) - pads[0], (index[2] * block[1]) + (phase % block[1]) - pads[2]);
            bool inside = row >= 0 && row < x.Shape[1] && column >= 0 && column < x.Shape[2];
            y.Integers[i] = inside ? x.Integers[x.Offset(batch, row, column, index[3])] : y.ZeroPoint;
        }
    }

    /// <summary>BATCH_TO_SPACE_ND of [n, h, w, c]: phases side by side again, and cropped (reference/batch_to_space_nd.h).</summary>
    public static void BatchToSpace(OperatorCall call)
    {
        (ReferenceTensor x, ReferenceTensor y, int[] block, int[] crops) = (call.Input, call.Output, call.Required(1).Integers, call.Required(2).Integers);
        for (int i = 0; i < y.Count; i++)
        {
            int[] index = y.Indices(i);
            (int row, int column) = (index[1] + crops[0], index[2] + crops[2]);
            int batch = ((((row % block[0]) * block[1]) + (column % block[1])) * y.Shape[0]) + index[0];
            y.Integers[i] = x.Integers[x.Offset(batch, row / block[0], column / block[1], index[3])];
        }
    }

    private static int Axis(int axis, int rank) => axis < 0 ? axis + rank : axis;

    /// <summary>Each output from the input whose index on an axis a function gives, from the output's indices and that axis.</summary>
    private static void Cut(ReferenceTensor x, ReferenceTensor y, Func<int[], int, int> source)
    {
        var at = new int[x.Shape.Length];
        for (int i = 0; i < y.Count; i++)
        {
            int[] index = y.Indices(i);
            for (int axis = 0; axis < at.Length; axis++)
            {
                at[axis] = source(index, axis);
            }

            y.Integers[i] = x.Integers[x.Offset(at)];
        }
    }

    private static void Paste(ReferenceTensor x, ReferenceTensor y, int axis, int start)
    {
        if (x.Quantization is not null && (x.Scale != y.Scale || x.ZeroPoint != y.ZeroPoint))
        {
            throw new NotSupportedException($"CONCATENATION of '{x.Name}' with other parameters than its output.");
        }

        for (int i = 0; i < x.Count; i++)
        {
            int[] index = x.Indices(i);
            index[axis] += start;
            y.Integers[y.Offset(index)] = x.Integers[i];
        }
    }
}

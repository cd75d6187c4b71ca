using System.Runtime.InteropServices;
using Edge.Quantization.Graph.TfLite;

namespace Edge.Quantization.Tests.TfLite;

internal sealed partial class FloatInterpreter
{
    private double[] RunMove(TfLiteOperator op, int[] ys)
    {
        double[] X(int i) => values[op.Inputs[i]]!;
        int[] S(int i) => Main.Tensors[op.Inputs[i]].Shape;
        switch (op.Code)
        {
            case TfLiteOperatorCode.Transpose:
                return Build(ys, at => X(0)[Offset([.. Enumerable.Range(0, ys.Length).Select(axis => at[Array.IndexOf(X(1), (double)axis)])], S(0))]);
            case TfLiteOperatorCode.Pad or TfLiteOperatorCode.PadV2:
                double around = op.Inputs.Length > 2 ? X(2)[0] : 0;
                return Build(ys, at =>
                {
                    int[] from = [.. at.Select((index, axis) => index - (int)X(1)[2 * axis])];
                    return from.Where((index, axis) => index < 0 || index >= S(0)[axis]).Any() ? around : X(0)[Offset(from, S(0))];
                });
            case TfLiteOperatorCode.Slice:
                return Build(ys, at => X(0)[Offset([.. at.Select((index, axis) => index + (int)X(1)[axis])], S(0))]);
            case TfLiteOperatorCode.StridedSlice:
                return StridedSlice(op, X(0), S(0), X(1), X(2), X(3));
            case TfLiteOperatorCode.Gather:
                int[] taken = Main.Tensors[op.Inputs[1]].Shape;
                return Build(ys, at =>
                {
                    int axis = op.Options.Int32(0);
                    int index = (int)X(1)[taken.Length == 0 ? 0 : at[axis]];
                    return X(0)[Offset([.. at[..axis], index, .. at[(axis + taken.Length)..]], S(0))];
                });
            case TfLiteOperatorCode.Concatenation:
                return Join(op, op.Options.Int32(0), input => S(input), ys);
            case TfLiteOperatorCode.Pack:
                int packed = op.Options.Int32(1);
                return Join(op, packed, input => [.. S(input)[..packed], 1, .. S(input)[packed..]], ys);
            case TfLiteOperatorCode.Split:
                return Cut(op, X(1), S(1), (int)X(0)[0], [.. op.Outputs.Select(_ => S(1)[(int)X(0)[0]] / op.Outputs.Length)]);
            case TfLiteOperatorCode.SplitV:
                return Cut(op, X(0), S(0), (int)X(2)[0], [.. op.Outputs.Select(output => Main.Tensors[output].Shape[(int)X(2)[0]])]);
            case TfLiteOperatorCode.Unpack:
                return Cut(op, X(0), S(0), op.Options.Int32(1), [.. op.Outputs.Select(_ => 1)]);
            case TfLiteOperatorCode.SpaceToBatchNd or TfLiteOperatorCode.BatchToSpaceNd:
                return Blocks(op, X(0), S(0), X(1), X(2), ys);
            default:
                return RunVariable(op);
        }
    }

    private double[] RunVariable(TfLiteOperator op)
    {
        switch (op.Code)
        {
            case TfLiteOperatorCode.CallOnce:
                TfLiteSubgraph called = model.Subgraphs[op.Options.Int32(0)];
                var names = new Dictionary<int, string>();
                foreach (TfLiteOperator inner in called.Operators)
                {
                    if (inner.Code == TfLiteOperatorCode.VarHandle)
                    {
                        names[inner.Outputs[0]] = inner.Options.Text(1)!;
                    }
                    else
                    {
                        variables.TryAdd(names[inner.Inputs[0]], Constant(called.Tensors[inner.Inputs[1]]));
                    }
                }

                return [];
            case TfLiteOperatorCode.VarHandle:
                handles[op.Outputs[0]] = op.Options.Text(1)!;
                return [];
            case TfLiteOperatorCode.ReadVariable:
                return variables[handles[op.Inputs[0]]];
            case TfLiteOperatorCode.AssignVariable:
                variables[handles[op.Inputs[0]]] = values[op.Inputs[1]]!;
                return [];
            default:
                throw new NotSupportedException($"{op}");
        }
    }

    /// <summary>Python's slices, axis by axis.</summary>
    private static double[] StridedSlice(TfLiteOperator op, double[] x, int[] xs, double[] begin, double[] end, double[] step)
    {
        bool Bit(int field, int i) => (op.Options.Int32(field) >> i & 1) != 0;
        var taken = new List<int[]>();
        int own = begin.Where((_, i) => !Bit(2, i) && !Bit(3, i)).Count();
        for (int i = 0; i < begin.Length; i++)
        {
            if (Bit(2, i))
            {
                for (int skipped = xs.Length - own; skipped > 0; skipped--)
                {
                    taken.Add([.. Enumerable.Range(0, xs[taken.Count])]);
                }
            }
            else if (!Bit(3, i))
            {
                int size = xs[taken.Count], by = (int)step[i];
                int from = Bit(0, i) ? by > 0 ? 0 : size - 1 : (int)begin[i] + (begin[i] < 0 ? size : 0);
                int to = Bit(4, i) ? from + 1 : Bit(1, i) ? by > 0 ? size : -1 : (int)end[i] + (end[i] < 0 ? size : 0);
                var indices = new List<int>();
                for (int index = from; by > 0 ? index < Math.Min(to, size) : index > to; index += by)
                {
                    indices.Add(index);
                }

                taken.Add([.. indices]);
            }
        }

        while (taken.Count < xs.Length)
        {
            taken.Add([.. Enumerable.Range(0, xs[taken.Count])]);
        }

        return Build([.. taken.Select(axis => axis.Length)], at => x[Offset([.. at.Select((index, axis) => taken[axis][index])], xs)]);
    }

    private double[] Join(TfLiteOperator op, int axis, Func<int, int[]> shape, int[] ys)
    {
        return Build(ys, at =>
        {
            int input = 0, index = at[axis];
            while (index >= shape(input)[axis])
            {
                index -= shape(input++)[axis];
            }

            return values[op.Inputs[input]]![Offset([.. at[..axis], index, .. at[(axis + 1)..]], shape(input))];
        });
    }

    private double[] Cut(TfLiteOperator op, double[] x, int[] xs, int axis, int[] parts)
    {
        for (int i = 0; i < parts.Length; i++)
        {
            int first = parts[..i].Sum();
            values[op.Outputs[i]] = Build([.. xs[..axis], parts[i], .. xs[(axis + 1)..]], at => x[Offset([.. at[..axis], at[axis] + first, .. at[(axis + 1)..]], xs)]);
        }

        return values[op.Outputs[0]]!;
    }

    /// <summary>The batch index of a spread value is (block row · block width + block column) · batch + batch index.</summary>
    private static double[] Blocks(TfLiteOperator op, double[] x, int[] xs, double[] blocks, double[] edges, int[] ys)
    {
        bool spread = op.Code == TfLiteOperatorCode.SpaceToBatchNd;
        int batch = spread ? xs[0] : ys[0];
        return Build(ys, at =>
        {
            int[] from = [.. at];
            int block = spread ? at[0] / batch : 0;
            from[0] = at[0] % batch;
            for (int i = blocks.Length - 1; i >= 0; i--)
            {
                int size = (int)blocks[i], edge = (int)edges[2 * i];
                if (spread)
                {
                    from[1 + i] = at[1 + i] * size + block % size - edge;
                    block /= size;
                }
            }

            for (int i = 0; !spread && i < blocks.Length; i++)
            {
                int place = at[1 + i] + (int)edges[2 * i];
                from[1 + i] = place / (int)blocks[i];
                block = block * (int)blocks[i] + place % (int)blocks[i];
            }

            from[0] += spread ? 0 : block * batch;
            return from.Where((index, axis) => index < 0 || index >= xs[axis]).Any() ? 0 : x[Offset(from, xs)];
        });
    }

    private static double[] Build(int[] shape, Func<int[], double> element) => [.. Enumerable.Range(0, Count(shape)).Select(i => element(Indices(i, shape)))];

    private static int Count(int[] shape) => shape.Aggregate(1, (product, size) => product * size);

    private static int Offset(ReadOnlySpan<int> at, int[] shape)
    {
        int offset = 0;
        for (int axis = 0; axis < shape.Length; axis++)
        {
            offset = offset * shape[axis] + at[axis];
        }

        return offset;
    }

    private static int[] Indices(int offset, int[] shape)
    {
        var at = new int[shape.Length];
        for (int axis = shape.Length - 1; axis >= 0; axis--)
        {
            (offset, at[axis]) = Math.DivRem(offset, shape[axis]);
        }

        return at;
    }

    private static double[] Constant(TfLiteTensor tensor)
    {
        ReadOnlySpan<byte> data = tensor.Data.Span;
        double[] stored = tensor.Type switch
        {
            TfLiteType.Float32 => Array.ConvertAll(MemoryMarshal.Cast<byte, float>(data).ToArray(), value => (double)value),
            TfLiteType.Float16 => Array.ConvertAll(MemoryMarshal.Cast<byte, Half>(data).ToArray(), value => (double)value),
            TfLiteType.Int32 => Array.ConvertAll(MemoryMarshal.Cast<byte, int>(data).ToArray(), value => (double)value),
            TfLiteType.Int8 => Array.ConvertAll(MemoryMarshal.Cast<byte, sbyte>(data).ToArray(), value => (double)value),
            _ => throw new NotSupportedException($"{tensor}"),
        };
        return tensor.Quantization is not { } quantization || tensor.Type != TfLiteType.Int8
            ? stored
            : [.. stored.Select((value, i) => value * quantization.Scales[quantization.IsPerChannel ? Indices(i, tensor.Shape)[quantization.Axis] : 0])];
    }
}

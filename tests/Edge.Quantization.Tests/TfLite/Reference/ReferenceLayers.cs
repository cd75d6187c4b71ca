namespace Edge.Quantization.Tests.TfLite.Reference;

/// <summary>Layers with weights (kernels/internal/reference/integer_ops/conv.h, depthwise_conv.h, fully_connected.h; reference/batch_matmul.h).</summary>
internal static class ReferenceLayers
{
    /// <summary>CONV_2D: [n, h, w, c] by filters [o, kh, kw, c / groups].</summary>
    public static void Convolution(OperatorCall call)
    {
        (ReferenceTensor x, ReferenceTensor w, ReferenceTensor y) = (call.Input, call.Required(1), call.Output);
        (ReferenceWindow rows, ReferenceWindow columns) = Windows(call, w.Shape[1], w.Shape[2], dilationField: 4);
        int depth = w.Shape[3];
        int perGroup = y.Shape[3] / (x.Shape[3] / depth);
        (int[] xs, int[] ws, int zx, int zw) = (x.Integers, w.Integers, x.ZeroPoint, WeightZeroPoint(w));
        Fill(call, call.Options.Byte(3), (index, o) =>
        {
            int sum = 0;
            foreach ((int ky, int iy) in rows.Inside(index[1]))
            {
                foreach ((int kx, int ix) in columns.Inside(index[2]))
                {
                    int at = x.Offset(index[0], iy, ix, o / perGroup * depth);
                    int weight = w.Offset(o, ky, kx, 0);
                    for (int c = 0; c < depth; c++)
                    {
                        sum += (xs[at + c] - zx) * (ws[weight + c] - zw);
                    }
                }
            }

            return sum;
        });
    }

    /// <summary>DEPTHWISE_CONV_2D: [n, h, w, c] by filters [1, kh, kw, c · multiplier].</summary>
    public static void Depthwise(OperatorCall call)
    {
        (ReferenceTensor x, ReferenceTensor w, ReferenceTensor y) = (call.Input, call.Required(1), call.Output);
        (ReferenceWindow rows, ReferenceWindow columns) = Windows(call, w.Shape[1], w.Shape[2], dilationField: 5);
        int multiplier = y.Shape[3] / x.Shape[3];
        (int[] xs, int[] ws, int zx, int zw) = (x.Integers, w.Integers, x.ZeroPoint, WeightZeroPoint(w));
        Fill(call, call.Options.Byte(4), (index, o) =>
        {
            int sum = 0;
            foreach ((int ky, int iy) in rows.Inside(index[1]))
            {
                foreach ((int kx, int ix) in columns.Inside(index[2]))
                {
                    sum += (xs[x.Offset(index[0], iy, ix, o / multiplier)] - zx) * (ws[w.Offset(0, ky, kx, o)] - zw);
                }
            }

            return sum;
        });
    }

    /// <summary>FULLY_CONNECTED: rows of [..., c] by filters [o, c].</summary>
    public static void FullyConnected(OperatorCall call)
    {
        (ReferenceTensor x, ReferenceTensor w, ReferenceTensor y) = (call.Input, call.Required(1), call.Output);
        (int outputs, int depth) = (w.Shape[0], w.Shape[1]);
        ActivationRange range = ActivationRange.Of(call.Options.Byte(0), y);
        Multiplier[] multipliers = w.Quantization!.IsPerChannel ? PerChannel(call, outputs) : PerTensor(call, outputs);
        (int[] xs, int[] ws, int zx, int zw) = (x.Integers, w.Integers, x.ZeroPoint, WeightZeroPoint(w));
        for (int i = 0; i < y.Count; i++)
        {
            (int row, int o) = Math.DivRem(i, outputs);
            int sum = call.Optional(2)?.Integers[o] ?? 0;
            for (int c = 0; c < depth; c++)
            {
                sum += (xs[(row * depth) + c] - zx) * (ws[(o * depth) + c] - zw);
            }

            y.Integers[i] = range.Clamp(multipliers[o].Apply(sum) + y.ZeroPoint);
        }
    }

    /// <summary>BATCH_MATMUL: [..., m, k] by [..., k, n], either transposed by its option, leading axes broadcast.</summary>
    public static void BatchMatmul(OperatorCall call)
    {
        (ReferenceTensor a, ReferenceTensor b, ReferenceTensor y) = (call.Input, call.Required(1), call.Output);
        (bool adjointA, bool adjointB) = (call.Options.Bool(0), call.Options.Bool(1));
        int depth = a.Shape[adjointA ? ^2 : ^1];
        Multiplier multiplier = call.Factor((double)(float)(a.Scale * b.Scale) / y.Scale);
        for (int i = 0; i < y.Count; i++)
        {
            int[] index = y.Indices(i);
            int sum = 0;
            for (int k = 0; k < depth; k++)
            {
                int p = a.Offset(Leading(a, index, adjointA ? k : index[^2], adjointA ? index[^2] : k));
                int q = b.Offset(Leading(b, index, adjointB ? index[^1] : k, adjointB ? k : index[^1]));
                sum += (a.Integers[p] - a.ZeroPoint) * (b.Integers[q] - b.ZeroPoint);
            }

            y.Integers[i] = y.Clamp(multiplier.Apply(sum) + y.ZeroPoint);
        }
    }

    private static int[] Leading(ReferenceTensor tensor, int[] index, int row, int column)
    {
        int rank = tensor.Shape.Length;
        int skipped = index.Length - rank;
        return [.. Enumerable.Range(0, rank - 2).Select(axis => tensor.Shape[axis] == 1 ? 0 : index[axis + skipped]), row, column];
    }

    private static void Fill(OperatorCall call, byte activation, Func<int[], int, int> sum)
    {
        (ReferenceTensor y, ReferenceTensor? bias) = (call.Output, call.Optional(2));
        ActivationRange range = ActivationRange.Of(activation, y);
        Multiplier[] multipliers = PerChannel(call, y.Shape[^1]);
        for (int i = 0; i < y.Count; i++)
        {
            int[] index = y.Indices(i);
            int o = index[^1];
            y.Integers[i] = range.Clamp(multipliers[o].Apply(sum(index, o) + (bias?.Integers[o] ?? 0)) + y.ZeroPoint);
        }
    }

    /// <summary>kernels/kernel_util.cc, PopulateConvolutionQuantizationParams: products in double, of per-tensor filters too.</summary>
    private static Multiplier[] PerChannel(OperatorCall call, int outputs)
    {
        float[] scales = call.Required(1).Quantization!.Scales;
        return [.. Enumerable.Range(0, outputs).Select(o =>
            call.Factor((double)call.Input.Scale * scales[scales.Length > 1 ? o : 0] / call.Output.Scale))];
    }

    /// <summary>kernels/kernel_util.cc, GetQuantizedConvolutionMultipler: the product of the two scales in float.</summary>
    private static Multiplier[] PerTensor(OperatorCall call, int outputs) =>
        [.. Enumerable.Repeat(call.Factor((double)(float)(call.Input.Scale * call.Required(1).Scale) / call.Output.Scale), outputs)];

    private static int WeightZeroPoint(ReferenceTensor w) => w.Quantization!.IsPerChannel ? 0 : w.ZeroPoint;

    private static (ReferenceWindow Rows, ReferenceWindow Columns) Windows(OperatorCall call, int height, int width, int dilationField)
    {
        (ReferenceTensor x, ReferenceTensor y) = (call.Input, call.Output);
        byte padding = call.Options.Byte(0);
        return (
            new ReferenceWindow(padding, x.Shape[1], y.Shape[1], height, call.Options.Int32(2), call.Options.Int32(dilationField + 1, 1)),
            new ReferenceWindow(padding, x.Shape[2], y.Shape[2], width, call.Options.Int32(1), call.Options.Int32(dilationField, 1)));
    }
}

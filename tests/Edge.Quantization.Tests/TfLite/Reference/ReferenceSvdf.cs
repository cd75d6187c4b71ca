namespace Edge.Quantization.Tests.TfLite.Reference;

/// <summary>
/// SVDF of int8 with a state of int16 (reference/svdf.h, EvalIntegerSVDF) or of int8 (TensorFlow Lite Micro's svdf_common.cc). The fused
/// activation is not applied: the output's range stands for it.
/// </summary>
internal static class ReferenceSvdf
{
    public static void Run(OperatorCall call)
    {
        (ReferenceTensor x, ReferenceTensor feature, ReferenceTensor time) = (call.Input, call.Required(1), call.Required(2));
        (ReferenceTensor? bias, ReferenceTensor state, ReferenceTensor y) = (call.Optional(3), call.Required(4), call.Output);
        int rank = call.Options.Int32(0);
        (int filters, int memory, int inputs) = (feature.Shape[0], time.Shape[1], feature.Shape[1]);
        (Multiplier toState, Multiplier toOutput) = Multipliers(call, x, feature, state, time, y);
        for (int batch = 0; batch < x.Shape[0]; batch++)
        {
            var sums = new int[filters / rank];
            for (int f = 0; f < filters; f++)
            {
                Span<int> row = state.Integers.AsSpan(((batch * filters) + f) * memory, memory);
                row[1..].CopyTo(row);
                int product = 0;
                for (int c = 0; c < inputs; c++)
                {
                    product += feature.Integers[(f * inputs) + c] * (x.Integers[(batch * inputs) + c] - x.ZeroPoint);
                }

                int newest = state.Clamp(toState.Apply(product)) + state.ZeroPoint;
                row[^1] = state.Lowest == sbyte.MinValue ? unchecked((sbyte)newest) : newest;
                for (int m = 0; m < memory; m++)
                {
                    sums[f / rank] += time.Integers[(f * memory) + m] * (row[m] - state.ZeroPoint);
                }
            }

            for (int unit = 0; unit < sums.Length; unit++)
            {
                int sum = sums[unit] + (bias?.Integers[unit] ?? 0);
                y.Integers[(batch * sums.Length) + unit] = y.Clamp(toOutput.Apply(sum) + y.ZeroPoint);
            }
        }
    }

    /// <summary>kernels/svdf.cc: products and quotients in float.</summary>
    private static (Multiplier ToState, Multiplier ToOutput) Multipliers(
        OperatorCall call, ReferenceTensor x, ReferenceTensor feature, ReferenceTensor state, ReferenceTensor time, ReferenceTensor y)
    {
        float first = x.Scale * feature.Scale;
        first /= state.Scale;
        float second = state.Scale * time.Scale;
        second /= y.Scale;
        return (call.Factor(first), call.Factor(second));
    }
}

namespace Edge.Quantization.Tests.TfLite.Reference;

/// <summary>
/// UNIDIRECTIONAL_SEQUENCE_LSTM of int8 with a cell state of int16 (kernels/unidirectional_sequence_lstm.cc, lstm_eval.cc
/// LstmStepInteger8x8_16, reference/portable_tensor_utils.cc): with or without coupled input gate, peephole, projection and layer
/// normalization. TensorFlow Lite Micro computes its LSTM otherwise.
/// </summary>
internal sealed class ReferenceLstm
{
    private const int InputGate = 0, ForgetGate = 1, CellGate = 2, OutputGate = 3;

    private readonly OperatorCall call;
    private readonly ReferenceTensor x;
    private readonly ReferenceTensor y;
    private readonly ReferenceTensor state;
    private readonly ReferenceTensor cell;
    private readonly int cells;
    private readonly int outputs;
    private readonly int cellExponent;
    private readonly float hiddenScale;
    private readonly int hiddenZeroPoint;

    private ReferenceLstm(OperatorCall call)
    {
        this.call = call;
        (x, y, state, cell) = (call.Input, call.Output, call.Required(18), call.Required(19));
        (cells, outputs) = (call.Required(4).Shape[0], call.Required(8).Shape[1]);
        cellExponent = (int)Math.Round(Math.Log2(cell.Scale));
        Edge.Quantization.Graph.TfLite.TfLiteQuantization hidden = call.Intermediates[4]!.Quantization!;
        (hiddenScale, hiddenZeroPoint) = (hidden.Scales[0], (int)hidden.ZeroPoints[0]);
        if (Math.ScaleB(1, cellExponent) != cell.Scale)
        {
            throw new NotSupportedException("A cell state whose scale is no power of two.");
        }

        if (call.Optional(11) is not null && cells < outputs)
        {
            throw new NotSupportedException("A peephole beside a projection to more outputs than cells: the kernel reads past its cells.");
        }
    }

    private bool HasLayerNorm => call.Optional(21) is not null;

    public static void Run(OperatorCall call) => new ReferenceLstm(call).Run();

    private void Run()
    {
        bool timeMajor = call.Options.Bool(3);
        (int steps, int batches) = timeMajor ? (x.Shape[0], x.Shape[1]) : (x.Shape[1], x.Shape[0]);
        for (int batch = 0; batch < batches; batch++)
        {
            for (int step = 0; step < steps; step++)
            {
                int row = timeMajor ? (step * batches) + batch : (batch * steps) + step;
                Step(row, batch);
            }
        }
    }

    private void Step(int row, int batch)
    {
        int width = x.Shape[2];
        int[] input = x.Integers[(row * width)..((row + 1) * width)];
        int[] hidden = state.Integers[(batch * outputs)..((batch + 1) * outputs)];
        int[] memory = cell.Integers[(batch * cells)..((batch + 1) * cells)];
        int[] forget = Gate(ForgetGate, input, hidden, memory);
        int[] update = Gate(CellGate, input, hidden, memory);
        int[] admit = call.Optional(1) is null ? [.. forget.Select(value => short.MaxValue - value)] : Gate(InputGate, input, hidden, memory);
        for (int c = 0; c < cells; c++)
        {
            int kept = unchecked((short)Multiplier.RoundingShift(forget[c] * memory[c], 15));
            int added = unchecked((short)Multiplier.RoundingShift(admit[c] * update[c], 30 + cellExponent));
            memory[c] = Math.Clamp(kept + added, short.MinValue, short.MaxValue);
        }

        Clip(memory, (int)Math.Min(call.Options.Float(1) / cell.Scale, short.MaxValue));
        int[] result = Output(memory, Gate(OutputGate, input, hidden, memory));
        memory.CopyTo(cell.Integers, batch * cells);
        result.CopyTo(state.Integers, batch * outputs);
        result.CopyTo(y.Integers, row * outputs);
    }

    private int[] Gate(int gate, int[] input, int[] hidden, int[] memory)
    {
        (ReferenceTensor w, ReferenceTensor r) = (call.Required(1 + gate), call.Required(5 + gate));
        float gateScale = HasLayerNorm ? call.Intermediates[gate]!.Quantization!.Scales[0] : 1f / 4096;
        Multiplier ofInput = Factor(w.Scale, x.Scale, gateScale);
        Multiplier ofState = Factor(r.Scale, state.Scale, gateScale);
        ReferenceTensor? peephole = gate == CellGate ? null : call.Optional(gate == OutputGate ? 11 : 9 + gate);
        var values = new int[cells];
        for (int c = 0; c < cells; c++)
        {
            int sum = HasLayerNorm ? 0 : call.Required(12 + gate).Integers[c];
            values[c] = Clamp16(ofInput.Apply(sum + Product(w, c, input, x.ZeroPoint)));
            values[c] = Clamp16(ofState.Apply(Product(r, c, hidden, state.ZeroPoint)) + values[c]);
            // The kernel takes the number of outputs for that of cells here.
            if (peephole is not null && c < outputs)
            {
                var ofCell = call.Factor((float)(Math.ScaleB(1, cellExponent) * peephole.Scale / gateScale));
                values[c] = Clamp16(ofCell.Apply(peephole.Integers[c] * memory[c]) + values[c]);
            }
        }

        if (HasLayerNorm)
        {
            values = Normalize(values, call.Required(20 + gate), call.Required(12 + gate).Integers);
        }

        Func<FixedPoint, FixedPoint> activation = gate == CellGate ? FixedPointFunctions.Tanh : FixedPointFunctions.Logistic;
        return [.. values.Select(value => activation(new FixedPoint(value, 3, 16)).Raw)];
    }

    private int[] Output(int[] memory, int[] gate)
    {
        var ofHidden = call.Factor((float)(Math.ScaleB(1, -15) / hiddenScale * Math.ScaleB(1, -15)));
        ReferenceTensor? projection = call.Optional(16);
        // The kernel hands the zero point over negated where a projection follows.
        int zeroPoint = projection is null ? hiddenZeroPoint : -hiddenZeroPoint;
        int[] hidden = [.. memory.Select((value, c) =>
        {
            int tanh = FixedPointFunctions.Tanh(new FixedPoint(value, 15 + cellExponent, 16)).Raw;
            return Math.Clamp(ofHidden.Apply(gate[c] * tanh) + zeroPoint, sbyte.MinValue, sbyte.MaxValue);
        })];
        if (projection is null)
        {
            return hidden;
        }

        Multiplier factor = Factor(projection.Scale, hiddenScale, state.Scale);
        int[] result = [.. Enumerable.Range(0, outputs).Select(o =>
        {
            int sum = (call.Optional(17)?.Integers[o] ?? 0) + Product(projection, o, hidden, -hiddenZeroPoint);
            return Math.Clamp(factor.Apply(sum) + state.ZeroPoint, sbyte.MinValue, sbyte.MaxValue);
        })];
        Clip(result, (int)Math.Min(call.Options.Float(2) / y.Scale, sbyte.MaxValue));
        return result;
    }

    /// <summary>PortableApplyLayerNorm: mean and variance with 10 and 20 bits more, the deviation by a fixed-point inverse root.</summary>
    private int[] Normalize(int[] values, ReferenceTensor coefficients, int[] bias)
    {
        int count = values.Length;
        long sum = values.Sum(value => (long)value);
        long squares = values.Sum(value => (long)value * value);
        int mean = (int)(sum * 1024 / count);
        long wide = (squares * ((1 << 20) / count)) - ((long)mean * mean);
        int variance = (int)(wide / (1 << 20));
        (int significand, int exponent) = FixedPointFunctions.InverseRoot(variance < 1 ? Math.Max(1, (int)(10000 * coefficients.Scale)) : variance);
        var inverse = new Multiplier(significand, exponent, call.Rounding);
        var scale = call.Factor(coefficients.Scale);
        scale = scale with { Exponent = scale.Exponent + 12 };
        return [.. values.Select((value, c) =>
        {
            int deviation = inverse.Apply((1024 * value) - mean);
            long scaled = unchecked((deviation * coefficients.Integers[c]) + bias[c]);
            return Clamp16(scale.Apply((int)((scaled > 0 ? scaled + 512 : scaled - 512) / 1024)));
        })];
    }

    private static int Product(ReferenceTensor weights, int row, int[] values, int zeroPoint)
    {
        int sum = 0;
        for (int c = 0; c < values.Length; c++)
        {
            sum += weights.Integers[(row * values.Length) + c] * (values[c] - zeroPoint);
        }

        return sum;
    }

    private Multiplier Factor(float a, float b, float over)
    {
        float product = a * b;
        float quotient = product / over;
        return call.Factor(quotient);
    }

    /// <summary>To ±bound where the bound is positive; of int8 values the zero point is not taken into account.</summary>
    private static void Clip(int[] values, int bound)
    {
        for (int i = 0; i < values.Length && bound > 0; i++)
        {
            values[i] = Math.Clamp(values[i], -bound, bound);
        }
    }

    private static int Clamp16(int value) => Math.Clamp(value, short.MinValue, short.MaxValue);
}

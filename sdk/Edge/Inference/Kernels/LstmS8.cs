using Edge.Numerics;

namespace Edge.Inference.Kernels;

/// <summary>int8 LSTM: gates in 16 bits, cells of int16, outputs of int8.</summary>
/// <remarks>
/// Source: TensorFlow Lite's integer kernel for UNIDIRECTIONAL_SEQUENCE_LSTM with 16-bit gates; Hochreiter and Schmidhuber, "Long short-term memory"
/// (1997); Sak, Senior and Beaufays (2014) for peepholes and projection. Sums are modulo 2^32.
/// </remarks>
internal static partial class LstmS8
{
    /// <summary>Gates before their activation are Q3.12.</summary>
    private const int GateIntegerBits = 3;

    /// <summary>The definition, one step.</summary>
    /// <param name="input">[features].</param>
    /// <param name="p">Weights and scales.</param>
    /// <param name="hidden">[outputs]: the last step's output, then this one's.</param>
    /// <param name="cells">[cells], of <see cref="LstmParameters.CellIntegerBits"/> integer bits.</param>
    /// <param name="scratch">Room for what is computed on the way.</param>
    public static void Reference(ReadOnlySpan<sbyte> input, LstmParameters p, Span<sbyte> hidden, Span<short> cells, in LstmScratch scratch)
    {
        int n = p.Cells;
        Span<short> gates = scratch.Gates;
        gates.Clear();
        Span<int> sums = scratch.Sums[..gates.Length];
        MatrixVectorS8.Reference(input, p.InputWeights, p.InputBias, sums);
        Accumulate(sums, p.InputScales, gates);
        MatrixVectorS8.Reference(hidden, p.RecurrentWeights, p.RecurrentBias, sums);
        Accumulate(sums, p.RecurrentScales, gates);

        for (int gate = 0; gate <= p.Forget; gate++)
        {
            Peep(p, gate, cells, gates.Slice(gate * n, n));
        }

        Span<short> output = gates[^n..];
        LogisticS16.Reference(gates[..((p.Forget + 1) * n)]);
        TanhS16.Reference(gates.Slice((p.Forget + 1) * n, n), GateIntegerBits, gates.Slice((p.Forget + 1) * n, n));
        UpdateCells(p, gates, cells);
        Peep(p, p.Gates - 2, cells, output);
        LogisticS16.Reference(output);
        TanhS16.Reference(cells, p.CellIntegerBits, scratch.Cells);

        Span<sbyte> values = p.Projection is null ? hidden : scratch.Hidden;
        for (int c = 0; c < n; c++)
        {
            values[c] = FixedPoint.SaturateToInt8(p.HiddenScale.Apply(output[c] * scratch.Cells[c]) + p.HiddenZeroPoint);
        }

        if (p.Projection is { } projection)
        {
            sums = scratch.Sums[..hidden.Length];
            MatrixVectorS8.Reference(values, projection.Weights, projection.Bias, sums);
            Project(sums, projection, hidden);
        }
    }

    /// <summary>Adds rescaled sums to the gates, saturated to 16 bits.</summary>
    private static void Accumulate(ReadOnlySpan<int> sums, Rescale[] scales, Span<short> gates)
    {
        int cells = gates.Length / scales.Length;
        for (int i = 0; i < gates.Length; i++)
        {
            gates[i] = FixedPoint.SaturateToInt16(scales[i / cells].Apply(sums[i]) + gates[i]);
        }
    }

    /// <summary>Adds what a gate reads of the cells, where it reads any.</summary>
    private static void Peep(LstmParameters p, int index, ReadOnlySpan<short> cells, Span<short> gate)
    {
        if (p.Peephole is not { } peephole)
        {
            return;
        }

        ReadOnlySpan<short> weights = peephole.Weights.AsSpan(index * gate.Length, gate.Length);
        for (int c = 0; c < gate.Length; c++)
        {
            gate[c] = FixedPoint.SaturateToInt16(peephole.Scales[index].Apply(weights[c] * cells[c]) + gate[c]);
        }
    }

    /// <summary>cell = forget · cell + input · candidate; the input gate, where there is none, is what the forget gate leaves.</summary>
    private static void UpdateCells(LstmParameters p, ReadOnlySpan<short> gates, Span<short> cells)
    {
        int n = cells.Length;
        ReadOnlySpan<short> forget = gates.Slice(p.Forget * n, n);
        ReadOnlySpan<short> candidate = gates.Slice((p.Forget + 1) * n, n);
        for (int c = 0; c < n; c++)
        {
            int share = p.Forget == 0 ? ExponentialS16.One - forget[c] : gates[c];
            cells[c] = Cell(p, forget[c] * cells[c], share * candidate[c]);
        }
    }

    private static short Cell(LstmParameters p, int kept, int added)
    {
        int cell = FixedPoint.SaturateToInt16(
            FixedPoint.RoundingDivideByPowerOfTwo(kept, 15) + FixedPoint.RoundingDivideByPowerOfTwo(added, 15 + p.CellIntegerBits));
        return (short)(p.CellClip > 0 ? Math.Clamp(cell, -p.CellClip, p.CellClip) : cell);
    }

    private static void Project(ReadOnlySpan<int> sums, LstmProjection projection, Span<sbyte> output)
    {
        for (int o = 0; o < output.Length; o++)
        {
            int value = FixedPoint.SaturateToInt8(projection.Scale.Apply(sums[o]) + projection.OutputZeroPoint);
            output[o] = (sbyte)(projection.Clip > 0 ? Math.Clamp(value, -projection.Clip, projection.Clip) : value);
        }
    }
}

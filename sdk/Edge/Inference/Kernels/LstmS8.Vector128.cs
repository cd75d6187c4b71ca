using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Edge.Numerics;

namespace Edge.Inference.Kernels;

internal static partial class LstmS8
{
    private const int Lanes = 8;

    /// <summary>Same as <see cref="Reference"/>, eight elements at a time. Peepholes and projections, which are rare, take their scalar parts.</summary>
    public static void RunVector128(ReadOnlySpan<sbyte> input, LstmParameters p, Span<sbyte> hidden, Span<short> cells, in LstmScratch scratch)
    {
        int n = p.Cells;
        Span<short> gates = scratch.Gates;
        gates.Clear();
        Span<int> sums = scratch.Sums[..gates.Length];
        MatrixVectorS8.RunVector128(input, p.InputWeights, p.InputBias, sums);
        AccumulateVector128(sums, p.InputScales, gates);
        MatrixVectorS8.RunVector128(hidden, p.RecurrentWeights, p.RecurrentBias, sums);
        AccumulateVector128(sums, p.RecurrentScales, gates);

        for (int gate = 0; gate <= p.Forget; gate++)
        {
            Peep(p, gate, cells, gates.Slice(gate * n, n));
        }

        Span<short> output = gates[^n..];
        LogisticS16.RunVector128(gates[..((p.Forget + 1) * n)]);
        TanhS16.RunVector128(gates.Slice((p.Forget + 1) * n, n), GateIntegerBits, gates.Slice((p.Forget + 1) * n, n));
        UpdateCellsVector128(p, gates, cells);
        Peep(p, p.Gates - 2, cells, output);
        LogisticS16.RunVector128(output);
        TanhS16.RunVector128(cells, p.CellIntegerBits, scratch.Cells);
        HideVector128(p, output, scratch.Cells, p.Projection is null ? hidden : scratch.Hidden);
        if (p.Projection is { } projection)
        {
            sums = scratch.Sums[..hidden.Length];
            MatrixVectorS8.RunVector128(scratch.Hidden, projection.Weights, projection.Bias, sums);
            Project(sums, projection, hidden);
        }
    }

    private static void AccumulateVector128(ReadOnlySpan<int> sums, Rescale[] scales, Span<short> gates)
    {
        int cells = gates.Length / scales.Length;
        for (int gate = 0; gate < scales.Length; gate++)
        {
            ReadOnlySpan<int> added = sums.Slice(gate * cells, cells);
            Span<short> values = gates.Slice(gate * cells, cells);
            ref int source = ref MemoryMarshal.GetReference(added);
            ref short destination = ref MemoryMarshal.GetReference(values);
            int c = 0;
            for (; c + Lanes <= cells; c += Lanes)
            {
                (Vector128<int> low, Vector128<int> high) = Vector128.Widen(Vector128.LoadUnsafe(ref destination, (nuint)c));
                low += scales[gate].Apply(Vector128.LoadUnsafe(ref source, (nuint)c));
                high += scales[gate].Apply(Vector128.LoadUnsafe(ref source, (nuint)(c + Lanes / 2)));
                Saturate(low, high).StoreUnsafe(ref destination, (nuint)c);
            }

            for (; c < cells; c++)
            {
                values[c] = FixedPoint.SaturateToInt16(scales[gate].Apply(added[c]) + values[c]);
            }
        }
    }

    private static void UpdateCellsVector128(LstmParameters p, ReadOnlySpan<short> gates, Span<short> cells)
    {
        int n = cells.Length;
        Span<short> vectorized = cells[..(n - n % Lanes)];
        ref short input = ref MemoryMarshal.GetReference(gates);
        ref short forget = ref MemoryMarshal.GetReference(gates[(p.Forget * n)..]);
        ref short candidate = ref MemoryMarshal.GetReference(gates[((p.Forget + 1) * n)..]);
        ref short destination = ref MemoryMarshal.GetReference(cells);
        Vector128<short> clip = Vector128.Create((short)(p.CellClip > 0 ? p.CellClip : short.MaxValue));
        Vector128<short> least = p.CellClip > 0 ? -clip : Vector128.Create(short.MinValue);
        for (int c = 0; c < vectorized.Length; c += Lanes)
        {
            Vector128<short> kept = Vector128.LoadUnsafe(ref forget, (nuint)c);
            Vector128<short> share = p.Forget == 0 ? Vector128.Create(ExponentialS16.One) - kept : Vector128.LoadUnsafe(ref input, (nuint)c);
            (Vector128<int> keptLow, Vector128<int> keptHigh) = Products(kept, Vector128.LoadUnsafe(ref destination, (nuint)c));
            (Vector128<int> low, Vector128<int> high) = Products(share, Vector128.LoadUnsafe(ref candidate, (nuint)c));
            int shift = 15 + p.CellIntegerBits;
            low = VectorFixedPoint.RoundingDivideByPowerOfTwo(keptLow, 15) + VectorFixedPoint.RoundingDivideByPowerOfTwo(low, shift);
            high = VectorFixedPoint.RoundingDivideByPowerOfTwo(keptHigh, 15) + VectorFixedPoint.RoundingDivideByPowerOfTwo(high, shift);
            Vector128.Min(Vector128.Max(Saturate(low, high), least), clip).StoreUnsafe(ref destination, (nuint)c);
        }

        for (int c = vectorized.Length; c < n; c++)
        {
            int share = p.Forget == 0 ? ExponentialS16.One - gates[c] : gates[c];
            cells[c] = Cell(p, gates[p.Forget * n + c] * cells[c], share * gates[(p.Forget + 1) * n + c]);
        }
    }

    private static void HideVector128(LstmParameters p, ReadOnlySpan<short> gate, ReadOnlySpan<short> cells, Span<sbyte> hidden)
    {
        ref short first = ref MemoryMarshal.GetReference(gate);
        ref short second = ref MemoryMarshal.GetReference(cells);
        ref sbyte destination = ref MemoryMarshal.GetReference(hidden);
        Vector128<int> zeroPoint = Vector128.Create(p.HiddenZeroPoint);
        int c = 0;
        for (; c + Lanes <= hidden.Length; c += Lanes)
        {
            (Vector128<int> low, Vector128<int> high) = Products(Vector128.LoadUnsafe(ref first, (nuint)c), Vector128.LoadUnsafe(ref second, (nuint)c));
            Int8Lanes.Store4(p.HiddenScale.Apply(low) + zeroPoint, sbyte.MinValue, sbyte.MaxValue, ref destination, c);
            Int8Lanes.Store4(p.HiddenScale.Apply(high) + zeroPoint, sbyte.MinValue, sbyte.MaxValue, ref destination, c + Lanes / 2);
        }

        for (; c < hidden.Length; c++)
        {
            hidden[c] = FixedPoint.SaturateToInt8(p.HiddenScale.Apply(gate[c] * cells[c]) + p.HiddenZeroPoint);
        }
    }

    private static (Vector128<int> Low, Vector128<int> High) Products(Vector128<short> a, Vector128<short> b)
    {
        (Vector128<int> aLow, Vector128<int> aHigh) = Vector128.Widen(a);
        (Vector128<int> bLow, Vector128<int> bHigh) = Vector128.Widen(b);
        return (aLow * bLow, aHigh * bHigh);
    }

    private static Vector128<short> Saturate(Vector128<int> low, Vector128<int> high)
    {
        (Vector128<int> min, Vector128<int> max) = (Vector128.Create((int)short.MinValue), Vector128.Create((int)short.MaxValue));
        return Vector128.Narrow(Vector128.Min(Vector128.Max(low, min), max), Vector128.Min(Vector128.Max(high, min), max));
    }
}

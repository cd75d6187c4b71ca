using System.Runtime.InteropServices;
using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Inference.Operators;

/// <summary>
/// "legendre-memory": inputs u [1, n, .., 1], A [d, d] int16, B [d] int16, shifts [2, d]; outputs m [1, n, .., d] int16 and the state [d] int16, with the
/// attribute delay a clock behind it. The rows of u are frames in order. Where the state lies in the arena, every run begins without a past.
/// </summary>
internal sealed class LegendreMemory : Operator
{
    private const int LargestShift = 15;

    private readonly WideInput input;
    private readonly Operand output;
    private readonly Operand state;
    private readonly LegendreMemoryParameters parameters;
    private readonly KernelSet kernels;
    private readonly bool fresh; // at every run

    private LegendreMemory(OperatorBinding binding, LegendreMemoryParameters parameters, StreamClock clock) : base(binding)
    {
        (input, output, state) = (new WideInput(binding, 0), binding.OutputOperand(), binding.OutputOperand(1));
        (this.parameters, kernels, Clock) = (parameters, binding.Kernels, clock);
        fresh = binding.Outputs[1].Storage != TensorStorage.State;
        int rows = binding.Inputs[0].Elements;
        MultiplyAccumulates = (long)rows * parameters.Order * (parameters.Order + 1);
        ScratchBytes = (int)Scratch(binding);
    }

    public static Operator? Bind(OperatorBinding b)
    {
        if (!b.RequireArity(4, 2 + StreamClock.States(b))
            || !b.Require(b.Inputs[0].Shape.Length > 1 && b.Output.Shape.Length > 1, "has an input or output of fewer than two dimensions"))
        {
            return null;
        }

        (TensorInfo u, TensorInfo m, int order) = (b.Inputs[0], b.Output, b.Output.Channels);
        b.RequireAnyActivation(u);
        b.RequireMemory(m, ElementType.Int16, [.. u.Shape.AsSpan()[..^1], order]);
        b.Require(u.Elements == u.Shape[1], $"has the input '{u.Name}' of shape [{string.Join(", ", u.Shape)}]; expected one value a frame");
        b.RequireMemory(b.Outputs[1], ElementType.Int16, order);
        b.Require(m.Scale.Equals(b.Outputs[1].Scale), $"has '{m.Name}' and '{b.Outputs[1].Name}' of different scales; the state is the output's last frame");
        short[] matrix = b.Int16s(1, order, order);
        short[] vector = b.Int16s(2, order);
        int[] shifts = b.Int32s(3, 2, order);
        b.RequireScratch(Scratch(b));
        StreamClock clock = StreamClock.Bind(b, u.Elements);
        if (!b.Sound)
        {
            return null;
        }

        var parameters = new LegendreMemoryParameters(matrix, shifts[..order], vector, shifts[order..]);
        CheckRows(b, parameters, u.Type == ElementType.Int16 ? 1 << 15 : Math.Max(sbyte.MaxValue - u.ZeroPoint, u.ZeroPoint - sbyte.MinValue));
        return b.Sound ? new LegendreMemory(b, parameters, clock) : null;
    }

    private static void CheckRows(OperatorBinding b, LegendreMemoryParameters parameters, int largestInput)
    {
        for (int row = 0; row < parameters.Order; row++)
        {
            (int bits, int shift) = (parameters.FractionBits[row], parameters.InputShifts[row]);
            if (b.Require(bits is >= 0 and <= LargestShift && shift is >= -LargestShift and <= LargestShift,
                $"has fraction bits {bits} and input shift {shift} in row {row}; expected 0 to {LargestShift}, and -{LargestShift} to {LargestShift}"))
            {
                long bound = parameters.Bound(row, largestInput);
                b.Require(bound <= int.MaxValue, $"may sum up to {bound} in row {row}; 32 bits hold {int.MaxValue}. Give the row fewer fraction bits");
            }
        }
    }

    public override void Run(Span<byte> memory, Span<byte> scratch)
    {
        int order = parameters.Order;
        Span<int> sums = MemoryMarshal.Cast<byte, int>(scratch[..(order * sizeof(int))]);
        Span<short> free = MemoryMarshal.Cast<byte, short>(scratch[(order * sizeof(int))..]);
        ReadOnlySpan<short> frames = input.Read(memory, ref free);
        Span<short> coefficients = MemoryMarshal.Cast<sbyte, short>(state.Write(memory));
        Span<short> result = MemoryMarshal.Cast<sbyte, short>(output.Write(memory));
        if (fresh)
        {
            coefficients.Clear();
        }

        (int first, int count) = Clock.Advance(memory);
        for (int frame = 0; frame < frames.Length; frame++)
        {
            if (frame >= first && frame - first < count)
            {
                LegendreMemoryS16.Run(kernels, frames[frame], parameters, coefficients, sums);
            }

            coefficients.CopyTo(result[(frame * order)..]);
        }
    }

    private static long Scratch(OperatorBinding b) =>
        b.Output.Channels * (long)sizeof(int) + (b.Inputs[0].Type == ElementType.Int8 ? b.Inputs[0].Elements * (long)sizeof(short) : 0);
}

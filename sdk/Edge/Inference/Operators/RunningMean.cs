using System.Runtime.InteropServices;
using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Inference.Operators;

/// <summary>
/// "running-mean": input x [1, n, ..]; outputs the mean of all frames so far after each frame, of its shape, and the states sums [..] int32 and count
/// [1] int32, with the attribute delay a clock behind them. Attribute multiplier with its shift. Where the states lie in the arena, every run begins
/// anew.
/// </summary>
internal sealed class RunningMean : Operator
{
    /// <summary>Frames of int8 whose sums stay below 2^30, of 255 each.</summary>
    public const int MostFrames8 = 1 << 22;

    /// <summary>Frames of int16 whose sums stay within 2^30, of 2^15 each.</summary>
    public const int MostFrames16 = 1 << 15;

    private readonly WideInput input;
    private readonly Operand output;
    private readonly Operand sums;
    private readonly Operand count;
    private readonly Rescale scale;
    private readonly int frames;
    private readonly int outputZeroPoint;
    private readonly (int Min, int Max) limits;
    private readonly bool narrowOutput;
    private readonly int mostFrames;
    private readonly bool vector;
    private readonly bool fresh; // at every run

    private RunningMean(OperatorBinding binding, Rescale scale, StreamClock clock) : base(binding)
    {
        (input, output, sums, count) = (new WideInput(binding, 0), binding.OutputOperand(), binding.OutputOperand(1), binding.OutputOperand(2));
        (this.scale, frames, Clock) = (scale, binding.Inputs[0].Shape[1], clock);
        (outputZeroPoint, limits) = (binding.Output.ZeroPoint, binding.OutputLimits);
        narrowOutput = binding.Output.Type == ElementType.Int8;
        mostFrames = binding.Inputs[0].Type == ElementType.Int8 ? MostFrames8 : MostFrames16;
        vector = binding.Kernels != KernelSet.Reference;
        fresh = binding.Outputs[1].Storage != TensorStorage.State;
        ScratchBytes = (int)ScratchElements(binding) * sizeof(short);
    }

    public static Operator? Bind(OperatorBinding b)
    {
        if (!b.RequireArity(1, 3 + StreamClock.States(b))
            || !b.Require(b.Inputs[0].Shape.Length > 2 && b.Inputs[0].Shape[0] == 1, "has an input of another shape than [1, frames, ..]"))
        {
            return null;
        }

        TensorInfo x = b.Inputs[0];
        b.RequireAnyActivation(x);
        b.RequireAnyActivation(b.Output);
        b.RequireShape(b.Output, x.Shape);
        b.RequireMemory(b.Outputs[1], ElementType.Int32, x.Shape[2..]);
        b.RequireMemory(b.Outputs[2], ElementType.Int32, 1);
        b.Require(b.Outputs[1].ZeroPoint == 0 && b.Outputs[2].ZeroPoint == 0, "has sums or a count with a zero point other than 0");
        b.Require(b.Outputs[1].Storage == b.Outputs[2].Storage, $"has one of '{b.Outputs[1].Name}' and '{b.Outputs[2].Name}' at state; expected both, or neither in a mean that starts anew at every run");
        b.Require(b.Rounding == Rounding.Once, "stands in a plan of double rounding; expected rounding single");
        b.RequireScratch(ScratchElements(b) * sizeof(short));
        Rescale scale = b.Rescale("multiplier");
        StreamClock clock = StreamClock.Bind(b, x.Shape[1]);
        return b.Sound ? new RunningMean(b, scale, clock) : null;
    }

    public override void Run(Span<byte> memory, Span<byte> scratch)
    {
        Span<short> free = MemoryMarshal.Cast<byte, short>(scratch);
        ReadOnlySpan<short> x = input.Read(memory, ref free);
        Span<int> total = MemoryMarshal.Cast<sbyte, int>(sums.Write(memory));
        Span<int> heard = MemoryMarshal.Cast<sbyte, int>(count.Write(memory));
        Span<sbyte> result = output.Write(memory);
        if (fresh)
        {
            total.Clear();
            heard.Clear();
        }

        (int first, int real) = Clock.Advance(memory);
        int channels = total.Length;
        int elementBytes = narrowOutput ? sizeof(sbyte) : sizeof(short);
        for (int frame = 0; frame < frames; frame++)
        {
            if (frame >= first && frame - first < real)
            {
                Add(x.Slice(frame * channels, channels), total, ref heard[0]);
            }

            Span<sbyte> bytes = result.Slice(frame * channels * elementBytes, channels * elementBytes);
            Span<short> mean = narrowOutput ? free[..channels] : MemoryMarshal.Cast<sbyte, short>(bytes);
            Finish(total, Math.Clamp(heard[0], 0, mostFrames), mean);
            for (int c = 0; narrowOutput && c < channels; c++)
            {
                bytes[c] = (sbyte)mean[c];
            }
        }
    }

    /// <summary>Takes a frame in; where as many have been summed as 32 bits hold, they count half from then on.</summary>
    private void Add(ReadOnlySpan<short> frame, Span<int> total, ref int heard)
    {
        heard = Math.Clamp(heard, 0, mostFrames); // a spoilt file may begin with anything
        if (heard == mostFrames)
        {
            heard /= 2;
            for (int c = 0; c < total.Length; c++)
            {
                total[c] >>= 1;
            }
        }

        heard++;
        RunningMeanS16.Add(frame, total);
    }

    private void Finish(ReadOnlySpan<int> total, int heard, Span<short> mean)
    {
        if (heard == 0)
        {
            mean.Fill((short)outputZeroPoint);
        }
        else if (vector)
        {
            RunningMeanS16.RunVector128(total, scale.Over(heard), outputZeroPoint, limits.Min, limits.Max, mean);
        }
        else
        {
            RunningMeanS16.Reference(total, scale.Over(heard), outputZeroPoint, limits.Min, limits.Max, mean);
        }
    }

    private static long ScratchElements(OperatorBinding b) =>
        (b.Inputs[0].Type == ElementType.Int8 ? b.Inputs[0].Elements : 0L) + (b.Output.Type == ElementType.Int8 ? b.Output.Elements / b.Output.Shape[1] : 0);
}

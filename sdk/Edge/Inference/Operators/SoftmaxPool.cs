using System.Runtime.InteropServices;
using Edge.Inference.Kernels;

namespace Edge.Inference.Operators;

/// <summary>
/// "softmax-pool": inputs values and logits [1, n, w, c]; outputs y [1, o, w, c], the mean of all frames so far after every n/o frames, each weighted
/// by e^logit; and the states sums [2, w, c, 2] int32 (64 bits each, lower half first: of weights, of weighted values) and largest [w, c], the largest
/// logit so far. Attributes multiplier (logits' scale · 2^26) and outputMultiplier with their shifts. Where sums and largest are no states, every run
/// begins without a past. With the attribute delay, frames that are not of the sound are left out, and behind the states stands the clock
/// (<see cref="StreamClock"/>).
/// </summary>
internal sealed class SoftmaxPool : Operator
{
    private readonly Operand values;
    private readonly Operand logits;
    private readonly Operand output;
    private readonly Operand sums;
    private readonly Operand largest;
    private readonly int lanes;
    private readonly int stride; // frames from one result to the next
    private readonly int valueZeroPoint;
    private readonly int outputZeroPoint;
    private readonly int[] exponentials;
    private readonly Rescale scale;
    private readonly bool fresh; // at every run

    private SoftmaxPool(OperatorBinding binding, int[] exponentials, Rescale scale, StreamClock clock) : base(binding)
    {
        (values, logits, output) = (binding.InputOperand(0), binding.InputOperand(1), binding.OutputOperand());
        (sums, largest) = (binding.OutputOperand(1), binding.OutputOperand(2));
        (this.exponentials, this.scale) = (exponentials, scale);
        (valueZeroPoint, outputZeroPoint) = (binding.Inputs[0].ZeroPoint, binding.Output.ZeroPoint);
        lanes = binding.Outputs[2].Elements;
        stride = binding.Inputs[0].Shape[1] / binding.Output.Shape[1];
        fresh = binding.Outputs[1].Storage != TensorStorage.State;
        Clock = clock;
        MultiplyAccumulates = 2L * binding.Inputs[0].Elements;
    }

    public static Operator? Bind(OperatorBinding b)
    {
        if (!b.RequireArity(2, 3 + StreamClock.States(b)) || !(b.RequireActivation(b.Inputs[0], 4) & b.RequireActivation(b.Inputs[1], 4) & b.RequireActivation(b.Output, 4)))
        {
            return null;
        }

        int[] shape = b.Inputs[0].Shape;
        (int frames, int results, int width, int channels) = (shape[1], b.Output.Shape[1], shape[2], shape[3]);
        b.Require(shape[0] == 1, $"has a batch of {shape[0]}; expected 1");
        b.RequireShape(b.Inputs[1], shape);
        b.Require(frames % results == 0, $"gives {results} results of {frames} frames; expected a whole number of frames for each");
        b.RequireShape(b.Output, 1, results, width, channels);
        b.RequireMemory(b.Outputs[1], ElementType.Int32, 2, width, channels, 2);
        b.Require(b.Outputs[1].Offset % sizeof(long) == 0, $"has the sums '{b.Outputs[1].Name}' at byte {b.Outputs[1].Offset}; expected a multiple of {sizeof(long)}");
        b.Require(b.Outputs[1].ZeroPoint == 0, $"has the sums '{b.Outputs[1].Name}' with zero point {b.Outputs[1].ZeroPoint}; expected 0");
        b.RequireMemory(b.Outputs[2], ElementType.Int8, width, channels);
        b.RequireSameQuantization(b.Inputs[1], b.Outputs[2]);
        b.Require(
            b.Outputs[1].Storage == b.Outputs[2].Storage,
            $"has one of '{b.Outputs[1].Name}' and '{b.Outputs[2].Name}' at state; expected both, or neither in an operator that starts anew at every run");
        Rescale exponent = b.Rescale("multiplier");
        b.Require(exponent.Shift >= 0, $"has multiplierShift {exponent.Shift}; expected 0 to 30");
        Rescale scale = b.Rescale("outputMultiplier");
        StreamClock clock = StreamClock.Bind(b, frames);
        return b.Sound ? new SoftmaxPool(b, SoftmaxS8.Exponentials(exponent), scale, clock) : null;
    }

    public override void Run(Span<byte> memory, Span<byte> scratch)
    {
        ReadOnlySpan<sbyte> x = values.Read(memory);
        ReadOnlySpan<sbyte> e = logits.Read(memory);
        Span<sbyte> y = output.Write(memory);
        Span<sbyte> maxima = largest.Write(memory);
        Span<long> all = MemoryMarshal.Cast<sbyte, long>(sums.Write(memory));
        Span<long> weights = all[..lanes];
        Span<long> weighted = all[lanes..];
        if (fresh)
        {
            all.Clear();
        }

        (int first, int count) = Clock.Advance(memory);
        for (int frame = 0; frame * lanes < x.Length; frame++)
        {
            if (frame >= first && frame < first + count)
            {
                Range frameLanes = (frame * lanes)..((frame + 1) * lanes);
                SoftmaxPoolS8.Add(x[frameLanes], valueZeroPoint, e[frameLanes], exponentials, weights, weighted, maxima);
            }

            if ((frame + 1) % stride == 0)
            {
                SoftmaxPoolS8.Finish(weights, weighted, scale, outputZeroPoint, y.Slice(frame / stride * lanes, lanes));
            }
        }
    }
}

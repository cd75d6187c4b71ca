using System.Runtime.InteropServices;
using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Inference.Operators;

/// <summary>
/// "leaky-integrate-and-fire": input x [1, n, ..]; outputs spikes of its shape, int8, 0 or 1, and the state membrane [..] int16, with the attribute delay
/// a clock behind it. Attributes leakMultiplier and chargeMultiplier with their shifts, threshold. Where the membrane lies in the arena, every run
/// begins without a past.
/// </summary>
internal sealed class LeakyIntegrateAndFire : Operator
{
    private readonly WideInput input;
    private readonly Operand output;
    private readonly Operand state;
    private readonly LeakyIntegrateAndFireParameters parameters;
    private readonly int frames;
    private readonly bool vector;
    private readonly bool fresh; // at every run

    private LeakyIntegrateAndFire(OperatorBinding binding, LeakyIntegrateAndFireParameters parameters, StreamClock clock) : base(binding)
    {
        (input, output, state) = (new WideInput(binding, 0), binding.OutputOperand(), binding.OutputOperand(1));
        (this.parameters, frames, Clock) = (parameters, binding.Inputs[0].Shape[1], clock);
        vector = binding.Kernels != KernelSet.Reference;
        fresh = binding.Outputs[1].Storage != TensorStorage.State;
        ScratchBytes = (int)ScratchElements(binding) * sizeof(short);
    }

    public static Operator? Bind(OperatorBinding b)
    {
        if (!b.RequireArity(1, 2 + StreamClock.States(b))
            || !b.Require(b.Inputs[0].Shape.Length > 2 && b.Inputs[0].Shape[0] == 1, "has an input of another shape than [1, frames, ..]"))
        {
            return null;
        }

        (TensorInfo x, TensorInfo spikes) = (b.Inputs[0], b.Output);
        b.RequireAnyActivation(x);
        b.RequireActivation(spikes);
        b.RequireShape(spikes, x.Shape);
        b.Require(spikes.Scale.Equals(1.0) && spikes.ZeroPoint == 0, $"has spikes '{spikes.Name}' of scale {spikes.Scale} and zero point {spikes.ZeroPoint}; expected 1 and 0");
        b.RequireMemory(b.Outputs[1], ElementType.Int16, x.Shape[2..]);
        var parameters = new LeakyIntegrateAndFireParameters(b.Rescale("leakMultiplier"), b.Rescale("chargeMultiplier"), b.Attribute("threshold", 1, short.MaxValue));
        b.RequireScratch(ScratchElements(b) * sizeof(short));
        StreamClock clock = StreamClock.Bind(b, x.Shape[1]);
        return b.Sound ? new LeakyIntegrateAndFire(b, parameters, clock) : null;
    }

    public override void Run(Span<byte> memory, Span<byte> scratch)
    {
        Span<short> free = MemoryMarshal.Cast<byte, short>(scratch);
        ReadOnlySpan<short> x = input.Read(memory, ref free);
        Span<sbyte> spikes = output.Write(memory);
        Span<short> membrane = MemoryMarshal.Cast<sbyte, short>(state.Write(memory));
        if (fresh)
        {
            membrane.Clear();
        }

        (int first, int count) = Clock.Advance(memory);
        int neurons = membrane.Length;
        spikes[..(first * neurons)].Clear();
        spikes[((first + count) * neurons)..].Clear();
        for (int frame = first; frame < first + count; frame++)
        {
            ReadOnlySpan<short> values = x.Slice(frame * neurons, neurons);
            Span<sbyte> fired = spikes.Slice(frame * neurons, neurons);
            if (vector)
            {
                LeakyIntegrateAndFireS16.RunVector128(values, parameters, membrane, fired);
            }
            else
            {
                LeakyIntegrateAndFireS16.Reference(values, parameters, membrane, fired);
            }
        }
    }

    private static long ScratchElements(OperatorBinding b) => b.Inputs[0].Type == ElementType.Int8 ? b.Inputs[0].Elements : 0;
}

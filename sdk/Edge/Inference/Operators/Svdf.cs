using System.Runtime.InteropServices;
using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Inference.Operators;

/// <summary>
/// "svdf": inputs x [.., d], feature weights [filters, d], time weights [filters, memory] int16, bias [units]; outputs y [.., units] and the state
/// [filters, memory] int16. Attributes rank, filters a unit; featureMultiplier and timeMultiplier with their shifts. The rows of x are steps in order.
/// </summary>
internal sealed class Svdf : Operator
{
    private readonly Operand input;
    private readonly Operand output;
    private readonly Operand state;
    private readonly int rows;
    private readonly SvdfParameters parameters;
    private readonly bool vector;

    private Svdf(OperatorBinding binding, SvdfParameters parameters) : base(binding)
    {
        (input, output, state) = (binding.InputOperand(0), binding.OutputOperand(), binding.OutputOperand(1));
        this.parameters = parameters;
        rows = binding.Output.Elements / parameters.Bias.Length;
        vector = binding.Kernels != KernelSet.Reference;
        MultiplyAccumulates = (long)rows * (parameters.FeatureWeights.Length + parameters.TimeWeights.Length);
        ScratchBytes = parameters.FeatureBias.Length * sizeof(int);
    }

    public static Operator? Bind(OperatorBinding b)
    {
        if (!b.RequireArity(4, 2)
            || !b.Require(b.Inputs[0].Shape.Length > 0 && b.Output.Shape.Length > 0, "has an input or output without dimensions")
            || !b.Require(b.Outputs[1].Shape.Length == 2, $"has the state '{b.Outputs[1].Name}' of {b.Outputs[1].Shape.Length} dimensions; expected [filters, memory]"))
        {
            return null;
        }

        (TensorInfo x, int filters, int memory, int units) = (b.Inputs[0], b.Outputs[1].Shape[0], b.Outputs[1].Shape[1], b.Output.Channels);
        b.RequireActivation(x);
        b.RequireActivation(b.Output);
        b.RequireShape(b.Output, [.. x.Shape.AsSpan()[..^1], units]);
        b.RequireState(b.Outputs[1], ElementType.Int16, filters, memory);
        int rank = b.Attribute("rank", 1, OperatorBinding.MaxTaps);
        b.Require((long)units * rank == filters, $"has {units} units of rank {rank} for {filters} filters; expected filters / rank units");
        sbyte[] featureWeights = b.Int8s(1, filters, x.Channels);
        short[] timeWeights = b.Int16s(2, filters, memory);
        int[] bias = b.Int32s(3, units);
        Rescale featureScale = b.Rescale("featureMultiplier");
        Rescale timeScale = b.Rescale("timeMultiplier");
        (int min, int max) = b.ActivationRange();
        if (!b.Sound)
        {
            return null;
        }

        int[] featureBias = MatrixS8.FoldZeroPoint(new int[filters], featureWeights, x.Channels, x.ZeroPoint);
        return new Svdf(b, new SvdfParameters(featureWeights, featureBias, timeWeights, bias, featureScale, timeScale, b.Output.ZeroPoint, min, max));
    }

    public override void Run(Span<byte> memory, Span<byte> scratch)
    {
        ReadOnlySpan<sbyte> x = input.Read(memory);
        Span<sbyte> y = output.Write(memory);
        Span<short> filters = MemoryMarshal.Cast<sbyte, short>(state.Write(memory));
        Span<int> sums = MemoryMarshal.Cast<byte, int>(scratch[..ScratchBytes]);
        (int features, int units) = (x.Length / rows, y.Length / rows);
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<sbyte> frame = x.Slice(row * features, features);
            Span<sbyte> result = y.Slice(row * units, units);
            if (vector)
            {
                SvdfS8.RunVector128(frame, parameters, filters, result, sums);
            }
            else
            {
                SvdfS8.Reference(frame, parameters, filters, result, sums);
            }
        }
    }
}

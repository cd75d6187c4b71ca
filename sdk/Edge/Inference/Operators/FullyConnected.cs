using Edge.Inference.Kernels;

namespace Edge.Inference.Operators;

/// <summary>"fully-connected": inputs x [.., depth], weights [o, depth], bias [o], requantization [2, o]; output [.., o].</summary>
internal sealed class FullyConnected : Operator
{
    private readonly Operand input;
    private readonly Operand output;
    private readonly int rows;
    private readonly int depth;
    private readonly sbyte[] weights;
    private readonly int[] foldedBias;
    private readonly Requantization requantization;
    private readonly Matrix? matrix;

    private FullyConnected(OperatorBinding binding, int rows, int depth, sbyte[] weights, int[] bias, Requantization requantization, Matrix? matrix) : base(binding)
    {
        (input, output) = (binding.InputOperand(0), binding.OutputOperand());
        (this.rows, this.depth, this.requantization) = (rows, depth, requantization);
        int zeroPoint = binding.Inputs[0].ZeroPoint;
        this.matrix = matrix;
        this.weights = matrix is null ? weights : [];
        foldedBias = matrix is null ? MatrixS8.FoldZeroPoint(bias, weights, depth, zeroPoint) : [];
        MultiplyAccumulates = (long)rows * depth * bias.Length;
        ScratchBytes = matrix?.ScratchBytes ?? 0;
    }

    public static Operator? Bind(OperatorBinding b)
    {
        if (!b.RequireArity(4) || !b.Require(b.Inputs[0].Shape.Length > 0 && b.Output.Shape.Length > 0, "has an input or output without dimensions"))
        {
            return null;
        }

        int depth = b.Inputs[0].Channels;
        int channels = b.Output.Channels;
        b.RequireAnyActivation(b.Inputs[0]);
        b.RequireAnyActivation(b.Output);
        b.RequireShape(b.Output, [.. b.Inputs[0].Shape.AsSpan()[..^1], channels]);
        sbyte[] weights = b.Weights(1, channels, depth);
        int[] bias = b.Int32s(2, channels);
        Requantization requantization = b.Requantization(3, channels);
        int rows = b.Inputs[0].Elements / Math.Max(depth, 1);
        if (!b.Sound)
        {
            return null;
        }

        var window = new Window2D(rows, 1, depth, rows, 1, 1, 1, 1, 1, 1, 1, 0, 0);
        Matrix? matrix = b.Inputs[0].Type == ElementType.Int8 ? Matrix.Create(b, window, weights, bias, requantization) : null;
        return b.IsWide && matrix is null
            ? WideLayers.FullyConnected(b, rows, depth, weights, bias, requantization)
            : new FullyConnected(b, rows, depth, weights, bias, requantization, matrix);
    }

    public override void Run(Span<byte> memory, Span<byte> scratch)
    {
        if (matrix is null)
        {
            MatrixS8.Reference(input.Read(memory), rows, depth, weights, foldedBias, requantization, output.Write(memory));
        }
        else
        {
            matrix.Run(input.Read(memory), output.Write(memory), scratch);
        }
    }
}

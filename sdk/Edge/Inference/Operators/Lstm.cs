using System.Runtime.InteropServices;
using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Inference.Operators;

/// <summary>
/// "lstm": inputs x [.., d], input weights [g·n, d], recurrent weights [g·n, m], bias [g·n], scales [2, k], with attribute peephole the cells' weights
/// [(g − 1)·n] int16, with attribute projection its weights [m, n] and bias [m]; outputs y [.., m] and the states hidden [m] and cell [n] int16. g is
/// 4 gates: input, forget, cell, output; or 3 without the input gate. The rows of x are steps in order. Where hidden and cell are no states, every run
/// begins without a past.
/// </summary>
internal sealed class Lstm : Operator
{
    private readonly Operand input;
    private readonly Operand output;
    private readonly Operand hidden;
    private readonly Operand cell;
    private readonly int rows;
    private readonly int outputZeroPoint;
    private readonly LstmParameters parameters;
    private readonly bool vector;
    private readonly bool fresh; // at every run

    private Lstm(OperatorBinding binding, LstmParameters parameters) : base(binding)
    {
        (input, output, hidden, cell) = (binding.InputOperand(0), binding.OutputOperand(), binding.OutputOperand(1), binding.OutputOperand(2));
        this.parameters = parameters;
        rows = binding.Output.Elements / parameters.Outputs;
        outputZeroPoint = binding.Output.ZeroPoint;
        vector = binding.Kernels != KernelSet.Reference;
        fresh = binding.Outputs[1].Storage != TensorStorage.State;
        MultiplyAccumulates = rows * parameters.MultiplyAccumulates;
        ScratchBytes = (int)LstmScratch.Bytes(parameters);
    }

    public static Operator? Bind(OperatorBinding b)
    {
        bool peephole = b.Attribute("peephole", 0, 1, 0) == 1;
        bool projection = b.Attribute("projection", 0, 1, 0) == 1;
        if (!b.RequireArity(5 + (peephole ? 1 : 0) + (projection ? 2 : 0), 3)
            || !b.Require(b.Inputs[0].Shape.Length > 0 && b.Output.Shape.Length > 0, "has an input or output without dimensions")
            || !b.Require(b.Outputs[2].Shape.Length == 1 && b.Inputs[3].Shape.Length == 1, "needs a bias and a cell state of one dimension"))
        {
            return null;
        }

        (TensorInfo x, int n, int m) = (b.Inputs[0], b.Outputs[2].Shape[0], b.Output.Channels);
        int stacked = b.Inputs[3].Shape[0];
        b.Require(stacked == 4L * n || stacked == 3L * n, $"has a bias of {stacked} for {n} cells; expected four gates of them, or three without an input gate");
        b.Require(projection || m == n, $"has {m} outputs of {n} cells and no projection; expected as many");
        b.RequireActivation(x);
        b.RequireActivation(b.Output);
        b.RequireShape(b.Output, [.. x.Shape.AsSpan()[..^1], m]);
        b.RequireMemory(b.Outputs[1], ElementType.Int8, m);
        b.RequireSameQuantization(b.Output, b.Outputs[1]);
        b.RequireMemory(b.Outputs[2], ElementType.Int16, n);
        b.Require(b.Outputs[1].Storage == b.Outputs[2].Storage, $"has one of '{b.Outputs[1].Name}' and '{b.Outputs[2].Name}' at state; expected both, or neither in a layer that starts anew at every run");
        LstmParameters? parameters = b.Sound ? Layer(b, stacked / n, n, m, peephole) : null;
        if (parameters is not null && projection)
        {
            parameters = parameters with { Projection = ReadProjection(b, peephole ? 6 : 5, n, m, parameters.HiddenZeroPoint) };
        }

        return b.Sound ? new Lstm(b, parameters!) : null;
    }

    private static LstmParameters Layer(OperatorBinding b, int gates, int n, int m, bool peephole)
    {
        (TensorInfo x, TensorInfo y) = (b.Inputs[0], b.Output);
        sbyte[] inputWeights = b.Int8s(1, gates * n, x.Channels);
        sbyte[] recurrentWeights = b.Int8s(2, gates * n, m);
        int[] bias = b.Int32s(3, gates * n);
        Rescale[] scales = b.Rescales(4, 2 * gates + (peephole ? gates - 1 : 0));
        var parameters = new LstmParameters(
            inputWeights, b.Sound ? MatrixS8.FoldZeroPoint(bias, inputWeights, x.Channels, x.ZeroPoint) : bias, scales[..gates],
            recurrentWeights, b.Sound ? MatrixS8.FoldZeroPoint(new int[gates * n], recurrentWeights, m, y.ZeroPoint) : bias, scales[gates..(2 * gates)],
            b.Attribute("cellIntegerBits", 0, 6), b.Attribute("cellClip", 0, short.MaxValue, 0),
            b.Rescale("hiddenMultiplier"), b.Attribute("hiddenZeroPoint", -128, 128, y.ZeroPoint));
        return peephole ? parameters with { Peephole = new LstmPeephole(b.Int16s(5, (gates - 1) * n), scales[(2 * gates)..]) } : parameters;
    }

    private static LstmProjection ReadProjection(OperatorBinding b, int index, int n, int m, int hiddenZeroPoint)
    {
        sbyte[] weights = b.Int8s(index, m, n);
        int[] bias = b.Int32s(index + 1, m);
        return new LstmProjection(
            weights, b.Sound ? MatrixS8.FoldZeroPoint(bias, weights, n, hiddenZeroPoint) : bias, b.Rescale("projectionMultiplier"),
            b.Output.ZeroPoint, b.Attribute("projectionClip", 0, sbyte.MaxValue, 0));
    }

    public override void Run(Span<byte> memory, Span<byte> scratch)
    {
        ReadOnlySpan<sbyte> x = input.Read(memory);
        Span<sbyte> y = output.Write(memory);
        Span<sbyte> last = hidden.Write(memory);
        Span<short> cells = MemoryMarshal.Cast<sbyte, short>(cell.Write(memory));
        var room = new LstmScratch(parameters, scratch);
        if (fresh)
        {
            last.Fill((sbyte)outputZeroPoint);
            cells.Clear();
        }

        int features = x.Length / rows;
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<sbyte> frame = x.Slice(row * features, features);
            if (vector)
            {
                LstmS8.RunVector128(frame, parameters, last, cells, room);
            }
            else
            {
                LstmS8.Reference(frame, parameters, last, cells, room);
            }

            last.CopyTo(y[(row * last.Length)..]);
        }
    }
}

namespace Edge.Quantization.Graph.TfLite;

/// <summary>Matrix products.</summary>
internal sealed partial class TfLiteTranslator
{
    /// <summary>Weights [output, input]; the input's elements are rows of as many as the weights have columns.</summary>
    private void FullyConnected(TfLiteOperator op)
    {
        FlatTable options = op.Options;
        if (options.Byte(1) != 0)
        {
            throw Fault(op, $"its weights are in shuffled format {options.Byte(1)}; expected the default one. Convert the model without that optimization");
        }

        TfLiteValue input = Value(op, 0);
        Weights weights = WeightsOf(op, 1, input, 0);
        RequireRank(op, 1, 2);
        (int outputs, int depth) = (weights.Size(0), weights.Size(1));
        int count = input.Shape.Aggregate(1, (product, size) => product * size);
        int[] shape = Output(op).Shape;
        if (depth == 0 || count % depth != 0 || shape.Length == 0 || shape[^1] != outputs || shape.Aggregate(1L, (product, size) => product * size) != count / depth * (long)outputs)
        {
            throw Fault(op, $"its weights {weights.Tensor} do not fit an input of [{string.Join(", ", input.Shape)}] and an output of [{string.Join(", ", shape)}]");
        }

        if (shape.Length == 2)
        {
            input = WithShape(input, [count / depth, depth], "rows");
            List<string> inputs = [input.Name, AddWeights(weights, weights.Tensor, 0)];
            if (AddBias(op, 2, input, weights, outputs) is { } bias)
            {
                inputs.Add(bias);
            }

            Emit(op, "Gemm", inputs, AxisOrder.Plain(2), [("transB", 1L)], options.Byte(0));
            return;
        }

        AddRows(op, WithShape(input, [.. shape[..^1], depth], "rows"), weights, outputs, options.Byte(0));
    }

    /// <summary>More than two axes: ONNX's Gemm has two, MatMul takes any number.</summary>
    private void AddRows(TfLiteOperator op, TfLiteValue input, Weights weights, int outputs, int activation)
    {
        input = InOrder(input, AxisOrder.Plain(input.Shape.Length));
        int[] order = AxisOrder.Plain(input.Shape.Length);
        string[] product = [input.Name, AddWeights(weights, AxisOrder.Permute(weights.Tensor, [1, 0]), 1)];
        if (AddBias(op, 2, input, weights, outputs) is not { } bias)
        {
            Emit(op, "MatMul", product, order, activation: activation);
            return;
        }

        string sums = Unique($"{Output(op).Name}.products");
        AddNode("MatMul", product, sums);
        graph.ValueInfos[sums] = Info(sums, ElementType.Float32, Array.ConvertAll(Output(op).Shape, size => (long)size));
        Emit(op, "Add", [sums, bias], order, activation: activation);
    }

    private void BatchMatMul(TfLiteOperator op)
    {
        int rank = Output(op).Shape.Length;
        Emit(op, "MatMul", [Matrix(op, 0, op.Options.Bool(0), rank).Name, Matrix(op, 1, op.Options.Bool(1), rank).Name], AxisOrder.Plain(rank));
    }

    /// <summary>An operand of a product, its last two axes exchanged where the file says so.</summary>
    private TfLiteValue Matrix(TfLiteOperator op, int input, bool transposed, int rank)
    {
        TfLiteValue value = OfRank(Value(op, input), rank);
        int[] order = AxisOrder.Plain(rank);
        if (!transposed)
        {
            return InOrder(value, order);
        }

        (order[^1], order[^2]) = (order[^2], order[^1]);
        return InOrder(value, order);
    }
}

using Edge.Quantization.Graph.TfLite;

namespace Edge.Quantization.Tests.TfLite;

/// <summary>Runs a float TensorFlow Lite model with naive loops over the file's own order of axes; it shares nothing with the translation but the reader.</summary>
internal sealed partial class FloatInterpreter
{
    private readonly TfLiteModel model;
    private readonly double[]?[] values;
    private readonly Dictionary<string, double[]> variables = [];
    private readonly Dictionary<int, string> handles = [];
    private readonly Dictionary<int, double[]> memories = [];

    public FloatInterpreter(TfLiteModel model)
    {
        this.model = model;
        values = [.. Main.Tensors.Select(tensor => tensor.IsConstant ? Constant(tensor) : null)];
    }

    private TfLiteSubgraph Main => model.Subgraphs[0];

    /// <summary>Runs one step and returns the first output.</summary>
    public double[] Run(double[] input)
    {
        values[Main.Inputs[0]] = input;
        foreach (TfLiteOperator op in Main.Operators)
        {
            Run(op);
        }

        return values[Main.Outputs[0]]!;
    }

    private void Run(TfLiteOperator op)
    {
        double[] X(int i) => values[op.Inputs[i]]!;
        int[] S(int i) => Main.Tensors[op.Inputs[i]].Shape;
        int[] result = op.Outputs.Length > 0 ? Main.Tensors[op.Outputs[0]].Shape : [];
        double[] y = op.Code switch
        {
            TfLiteOperatorCode.Conv2D => Activate(Convolve(op, X(0), S(0), X(1), S(1), Bias(op, 2), result, false), op.Options.Byte(3)),
            TfLiteOperatorCode.DepthwiseConv2D => Activate(Convolve(op, X(0), S(0), X(1), S(1), Bias(op, 2), result, true), op.Options.Byte(4)),
            TfLiteOperatorCode.AveragePool2D => Activate(Pool(op, X(0), S(0), result, true), op.Options.Byte(5)),
            TfLiteOperatorCode.MaxPool2D => Activate(Pool(op, X(0), S(0), result, false), op.Options.Byte(5)),
            TfLiteOperatorCode.FullyConnected => Activate(Connect(X(0), X(1), S(1), Bias(op, 2)), op.Options.Byte(0)),
            TfLiteOperatorCode.BatchMatmul => Multiply(op, X(0), S(0), X(1), S(1), result),
            TfLiteOperatorCode.Add => Activate(Each(op, result, (a, b) => a + b), op.Options.Byte(0)),
            TfLiteOperatorCode.Sub => Activate(Each(op, result, (a, b) => a - b), op.Options.Byte(0)),
            TfLiteOperatorCode.Mul => Activate(Each(op, result, (a, b) => a * b), op.Options.Byte(0)),
            TfLiteOperatorCode.Div => Activate(Each(op, result, (a, b) => a / b), op.Options.Byte(0)),
            TfLiteOperatorCode.Maximum => Each(op, result, Math.Max),
            TfLiteOperatorCode.Minimum => Each(op, result, Math.Min),
            TfLiteOperatorCode.SquaredDifference => Each(op, result, (a, b) => (a - b) * (a - b)),
            TfLiteOperatorCode.Prelu => Each(op, result, (a, b) => a < 0 ? a * b : a),
            TfLiteOperatorCode.Mean => Reduce(op, X(0), S(0), all => all.Average()),
            TfLiteOperatorCode.Sum => Reduce(op, X(0), S(0), all => all.Sum()),
            TfLiteOperatorCode.ReduceMax => Reduce(op, X(0), S(0), all => all.Max()),
            TfLiteOperatorCode.ReduceMin => Reduce(op, X(0), S(0), all => all.Min()),
            TfLiteOperatorCode.Softmax => Softmax(X(0), S(0)[^1], op.Options.Float(0)),
            TfLiteOperatorCode.Dequantize or TfLiteOperatorCode.Reshape or TfLiteOperatorCode.Squeeze or TfLiteOperatorCode.ExpandDims => X(0),
            TfLiteOperatorCode.Svdf => Svdf(op, X(0), S(1), S(2)),
            TfLiteOperatorCode.UnidirectionalSequenceLstm => Lstm(op, X(0), S(0), result[^1]),
            _ => RunFunction(op) ?? RunMove(op, result),
        };
        if (op.Outputs.Length > 0)
        {
            values[op.Outputs[0]] = y;
        }
    }

    private double[]? RunFunction(TfLiteOperator op)
    {
        Func<double, double>? function = op.Code switch
        {
            TfLiteOperatorCode.Relu => x => Math.Max(x, 0),
            TfLiteOperatorCode.Relu6 => x => Math.Clamp(x, 0, 6),
            TfLiteOperatorCode.ReluN1To1 => x => Math.Clamp(x, -1, 1),
            TfLiteOperatorCode.Relu0To1 => x => Math.Clamp(x, 0, 1),
            TfLiteOperatorCode.LeakyRelu => x => x < 0 ? op.Options.Float(0) * x : x,
            TfLiteOperatorCode.Elu => x => x < 0 ? Math.Exp(x) - 1 : x,
            TfLiteOperatorCode.Gelu => x => x / 2 * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))),
            TfLiteOperatorCode.HardSwish => x => x * Math.Clamp(x + 3, 0, 6) / 6,
            TfLiteOperatorCode.Logistic => x => 1 / (1 + Math.Exp(-x)),
            TfLiteOperatorCode.Tanh => Math.Tanh,
            TfLiteOperatorCode.Abs => Math.Abs,
            TfLiteOperatorCode.Neg => x => -x,
            TfLiteOperatorCode.Exp => Math.Exp,
            TfLiteOperatorCode.Log => Math.Log,
            TfLiteOperatorCode.Sqrt => Math.Sqrt,
            TfLiteOperatorCode.Rsqrt => x => 1 / Math.Sqrt(x),
            TfLiteOperatorCode.Square => x => x * x,
            _ => null,
        };
        return function is null ? null : Array.ConvertAll(values[op.Inputs[0]]!, x => function(x));
    }

    private double[]? Bias(TfLiteOperator op, int input) => op.Inputs.Length > input && op.Inputs[input] >= 0 ? values[op.Inputs[input]] : null;

    private static double[] Activate(double[] values, int activation) => activation switch
    {
        0 => values,
        1 => Array.ConvertAll(values, x => Math.Max(x, 0)),
        2 => Array.ConvertAll(values, x => Math.Clamp(x, -1, 1)),
        3 => Array.ConvertAll(values, x => Math.Clamp(x, 0, 6)),
        _ => throw new NotSupportedException($"activation {activation}"),
    };

    private static double[] Convolve(TfLiteOperator op, double[] x, int[] xs, double[] w, int[] ws, double[]? bias, int[] ys, bool depthwise)
    {
        int dilation = depthwise ? 5 : 4, group = depthwise ? 0 : xs[3] / ws[3], own = depthwise ? 0 : ws[0] / group;
        (int dx, int dy) = (op.Options.Int32(dilation, 1), op.Options.Int32(dilation + 1, 1));
        (int top, int left) = (Before(op, xs[1], ys[1], ws[1], dy, 2), Before(op, xs[2], ys[2], ws[2], dx, 1));
        var y = new double[Count(ys)];
        for (int i = 0; i < y.Length; i++)
        {
            int[] at = Indices(i, ys);
            double sum = bias?[at[3]] ?? 0;
            for (int ky = 0; ky < ws[1]; ky++)
            {
                for (int kx = 0; kx < ws[2]; kx++)
                {
                    (int row, int column) = (at[1] * op.Options.Int32(2) - top + ky * dy, at[2] * op.Options.Int32(1) - left + kx * dx);
                    if (row < 0 || row >= xs[1] || column < 0 || column >= xs[2])
                    {
                        continue;
                    }

                    if (depthwise)
                    {
                        sum += x[Offset([at[0], row, column, at[3] / (ys[3] / xs[3])], xs)] * w[Offset([0, ky, kx, at[3]], ws)];
                        continue;
                    }

                    for (int c = 0; c < ws[3]; c++)
                    {
                        sum += x[Offset([at[0], row, column, at[3] / own * ws[3] + c], xs)] * w[Offset([at[3], ky, kx, c], ws)];
                    }
                }
            }

            y[i] = sum;
        }

        return y;
    }

    private static double[] Pool(TfLiteOperator op, double[] x, int[] xs, int[] ys, bool average)
    {
        (int height, int width) = (op.Options.Int32(4), op.Options.Int32(3));
        (int top, int left) = (Before(op, xs[1], ys[1], height, 1, 2), Before(op, xs[2], ys[2], width, 1, 1));
        var y = new double[Count(ys)];
        for (int i = 0; i < y.Length; i++)
        {
            int[] at = Indices(i, ys);
            var seen = new List<double>();
            for (int k = 0; k < height * width; k++)
            {
                (int row, int column) = (at[1] * op.Options.Int32(2) - top + k / width, at[2] * op.Options.Int32(1) - left + k % width);
                if (row >= 0 && row < xs[1] && column >= 0 && column < xs[2])
                {
                    seen.Add(x[Offset([at[0], row, column, at[3]], xs)]);
                }
            }

            y[i] = average ? seen.Average() : seen.Max();
        }

        return y;
    }

    /// <summary>Zeros before an axis: half of what SAME needs, rounded down.</summary>
    private static int Before(TfLiteOperator op, int size, int count, int kernel, int dilation, int strideField) =>
        op.Options.Byte(0) == 1 ? 0 : Math.Max((count - 1) * op.Options.Int32(strideField) + (kernel - 1) * dilation + 1 - size, 0) / 2;

    private static double[] Connect(double[] x, double[] w, int[] ws, double[]? bias)
    {
        (int units, int depth) = (ws[0], ws[1]);
        var y = new double[x.Length / depth * units];
        for (int i = 0; i < y.Length; i++)
        {
            y[i] = Enumerable.Range(0, depth).Sum(d => x[i / units * depth + d] * w[i % units * depth + d]) + (bias?[i % units] ?? 0);
        }

        return y;
    }

    private static double[] Multiply(TfLiteOperator op, double[] a, int[] sa, double[] b, int[] sb, int[] ys)
    {
        (bool turnA, bool turnB) = (op.Options.Bool(0), op.Options.Bool(1));
        int depth = turnA ? sa[^2] : sa[^1];
        var y = new double[Count(ys)];
        for (int i = 0; i < y.Length; i++)
        {
            int[] at = Indices(i, ys);
            for (int d = 0; d < depth; d++)
            {
                (int row, int column) = (at[^2], at[^1]);
                y[i] += a[Offset([.. at[..^2], .. turnA ? [d, row] : new[] { row, d }], sa)] * b[Offset([.. at[..^2], .. turnB ? [column, d] : new[] { d, column }], sb)];
            }
        }

        return y;
    }

    private double[] Each(TfLiteOperator op, int[] ys, Func<double, double, double> function)
    {
        double Operand(int input, int[] at)
        {
            TfLiteTensor tensor = Main.Tensors[op.Inputs[input]];
            int[] own = at[(at.Length - tensor.Shape.Length)..];
            return values[tensor.Index]![Offset([.. own.Select((index, axis) => tensor.Shape[axis] == 1 ? 0 : index)], tensor.Shape)];
        }

        return [.. Enumerable.Range(0, Count(ys)).Select(i => Indices(i, ys)).Select(at => function(Operand(0, at), Operand(1, at)))];
    }

    private double[] Reduce(TfLiteOperator op, double[] x, int[] xs, Func<IEnumerable<double>, double> function)
    {
        int[] axes = [.. values[op.Inputs[1]]!.Select(axis => (int)(axis < 0 ? axis + xs.Length : axis))];
        return [.. Enumerable.Range(0, x.Length)
            .GroupBy(i => string.Join(',', Indices(i, xs).Where((_, axis) => !axes.Contains(axis)).Select(index => $"{index:D6}")))
            .OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => function(group.Select(i => x[i])))];
    }

    private static double[] Softmax(double[] x, int size, double beta) => [.. x.Chunk(size).SelectMany(row =>
    {
        double[] powers = Array.ConvertAll(row, value => Math.Exp(beta * (value - row.Max())));
        return powers.Select(power => power / powers.Sum());
    })];

    private double[] Svdf(TfLiteOperator op, double[] x, int[] feature, int[] time)
    {
        (int filters, int steps, int rank) = (feature[0], time[1], op.Options.Int32(0));
        double[] memory = memories.TryGetValue(op.Index, out double[]? found) ? found : memories[op.Index] = new double[filters * steps];
        var y = new double[filters / rank];
        for (int f = 0; f < filters; f++)
        {
            Array.Copy(memory, f * steps + 1, memory, f * steps, steps - 1);
            memory[(f + 1) * steps - 1] = Enumerable.Range(0, x.Length).Sum(d => x[d] * values[op.Inputs[1]]![f * x.Length + d]);
            y[f / rank] += Enumerable.Range(0, steps).Sum(t => memory[f * steps + t] * values[op.Inputs[2]]![f * steps + t]);
        }

        return Activate([.. y.Select((sum, unit) => sum + (Bias(op, 3)?[unit] ?? 0))], op.Options.Byte(1));
    }

    /// <summary>Hochreiter and Schmidhuber 1997 with forget gates, from states of zero.</summary>
    private double[] Lstm(TfLiteOperator op, double[] x, int[] xs, int units)
    {
        double[] hidden = new double[units], cell = new double[units], y = new double[x.Length / xs[2] * units];
        for (int step = 0; step < x.Length / xs[2]; step++)
        {
            double Gate(int gate, int unit, double[] before) =>
                Enumerable.Range(0, xs[2]).Sum(d => x[step * xs[2] + d] * values[op.Inputs[1 + gate]]![unit * xs[2] + d])
                + Enumerable.Range(0, units).Sum(d => before[d] * values[op.Inputs[5 + gate]]![unit * units + d]) + values[op.Inputs[12 + gate]]![unit];
            double[] before = [.. hidden];
            for (int unit = 0; unit < units; unit++)
            {
                cell[unit] = Sigmoid(Gate(1, unit, before)) * cell[unit] + Sigmoid(Gate(0, unit, before)) * Math.Tanh(Gate(2, unit, before));
                hidden[unit] = Sigmoid(Gate(3, unit, before)) * Math.Tanh(cell[unit]);
            }

            hidden.CopyTo(y, step * units);
        }

        return y;
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}

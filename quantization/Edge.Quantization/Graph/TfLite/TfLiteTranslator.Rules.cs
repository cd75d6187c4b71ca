namespace Edge.Quantization.Graph.TfLite;

internal sealed partial class TfLiteTranslator
{
    /// <summary>Every operator that is read.</summary>
    private static readonly Dictionary<TfLiteOperatorCode, Action<TfLiteTranslator, TfLiteOperator>> Rules = new()
    {
        [TfLiteOperatorCode.Conv2D] = static (t, op) => t.Convolution(op),
        [TfLiteOperatorCode.DepthwiseConv2D] = static (t, op) => t.DepthwiseConvolution(op),
        [TfLiteOperatorCode.SpaceToBatchNd] = static (t, op) => t.DilatedConvolution(op),
        [TfLiteOperatorCode.FullyConnected] = static (t, op) => t.FullyConnected(op),
        [TfLiteOperatorCode.BatchMatmul] = static (t, op) => t.BatchMatMul(op),
        [TfLiteOperatorCode.Svdf] = static (t, op) => t.Svdf(op),
        [TfLiteOperatorCode.UnidirectionalSequenceLstm] = static (t, op) => t.Lstm(op),

        [TfLiteOperatorCode.AveragePool2D] = static (t, op) => t.Pool(op, "AveragePool"),
        [TfLiteOperatorCode.MaxPool2D] = static (t, op) => t.Pool(op, "MaxPool"),
        [TfLiteOperatorCode.Mean] = static (t, op) => t.Reduce(op, "ReduceMean"),
        [TfLiteOperatorCode.Sum] = static (t, op) => t.Reduce(op, "ReduceSum"),
        [TfLiteOperatorCode.ReduceMax] = static (t, op) => t.Reduce(op, "ReduceMax"),
        [TfLiteOperatorCode.ReduceMin] = static (t, op) => t.Reduce(op, "ReduceMin"),
        [TfLiteOperatorCode.Softmax] = static (t, op) => t.Softmax(op),

        [TfLiteOperatorCode.Add] = static (t, op) => t.Binary(op, "Add", 0),
        [TfLiteOperatorCode.Sub] = static (t, op) => t.Binary(op, "Sub", 0),
        [TfLiteOperatorCode.Mul] = static (t, op) => t.Binary(op, "Mul", 0),
        [TfLiteOperatorCode.Div] = static (t, op) => t.Binary(op, "Div", 0),
        [TfLiteOperatorCode.Maximum] = static (t, op) => t.Extreme(op, "Max"),
        [TfLiteOperatorCode.Minimum] = static (t, op) => t.Extreme(op, "Min"),
        [TfLiteOperatorCode.SquaredDifference] = static (t, op) => t.SquaredDifference(op),
        [TfLiteOperatorCode.Prelu] = static (t, op) => t.Binary(op, "PRelu", null),

        [TfLiteOperatorCode.Relu] = static (t, op) => t.Unary(op, "Relu"),
        [TfLiteOperatorCode.Relu6] = static (t, op) => t.Clip(op, 0, 6),
        [TfLiteOperatorCode.ReluN1To1] = static (t, op) => t.Clip(op, -1, 1),
        [TfLiteOperatorCode.Relu0To1] = static (t, op) => t.Clip(op, 0, 1),
        [TfLiteOperatorCode.LeakyRelu] = static (t, op) => t.Unary(op, "LeakyRelu", ("alpha", op.Options.Float(0))),
        [TfLiteOperatorCode.Elu] = static (t, op) => t.Unary(op, "Elu"),
        [TfLiteOperatorCode.Gelu] = static (t, op) => t.Unary(op, "Gelu", ("approximate", op.Options.Bool(0) ? "tanh" : "none")),
        [TfLiteOperatorCode.HardSwish] = static (t, op) => t.Unary(op, "HardSwish"),
        [TfLiteOperatorCode.Logistic] = static (t, op) => t.Squash(op, "Sigmoid", QuantizationParameters.Probability),
        [TfLiteOperatorCode.Tanh] = static (t, op) => t.Squash(op, "Tanh", new QuantizationParameters(1f / 128, 0)),
        [TfLiteOperatorCode.Abs] = static (t, op) => t.Unary(op, "Abs"),
        [TfLiteOperatorCode.Neg] = static (t, op) => t.Unary(op, "Neg"),
        [TfLiteOperatorCode.Exp] = static (t, op) => t.Unary(op, "Exp"),
        [TfLiteOperatorCode.Log] = static (t, op) => t.Unary(op, "Log"),
        [TfLiteOperatorCode.Sqrt] = static (t, op) => t.Unary(op, "Sqrt"),
        [TfLiteOperatorCode.Rsqrt] = static (t, op) => t.ReciprocalRoot(op),
        [TfLiteOperatorCode.Square] = static (t, op) => t.Square(op),

        [TfLiteOperatorCode.Reshape] = static (t, op) => t.Reshape(op),
        [TfLiteOperatorCode.Squeeze] = static (t, op) => t.Reshape(op),
        [TfLiteOperatorCode.ExpandDims] = static (t, op) => t.Reshape(op),
        [TfLiteOperatorCode.Transpose] = static (t, op) => t.Transpose(op),
        [TfLiteOperatorCode.Concatenation] = static (t, op) => t.Concatenation(op),
        [TfLiteOperatorCode.Pack] = static (t, op) => t.Pack(op),
        [TfLiteOperatorCode.Unpack] = static (t, op) => t.Unpack(op),
        [TfLiteOperatorCode.Split] = static (t, op) => t.Split(op),
        [TfLiteOperatorCode.SplitV] = static (t, op) => t.SplitV(op),
        [TfLiteOperatorCode.Slice] = static (t, op) => t.Slice(op),
        [TfLiteOperatorCode.StridedSlice] = static (t, op) => t.StridedSlice(op),
        [TfLiteOperatorCode.Gather] = static (t, op) => t.Gather(op),
        [TfLiteOperatorCode.Pad] = static (t, op) => t.Pad(op),
        [TfLiteOperatorCode.PadV2] = static (t, op) => t.Pad(op),

        [TfLiteOperatorCode.Quantize] = static (t, op) => t.Quantize(op),
        [TfLiteOperatorCode.Dequantize] = static (t, op) => t.Dequantize(op),
        [TfLiteOperatorCode.CallOnce] = static (t, op) => t.CallOnce(op),
        [TfLiteOperatorCode.VarHandle] = static (t, op) => t.VarHandle(op),
        [TfLiteOperatorCode.ReadVariable] = static (t, op) => t.ReadVariable(op),
        [TfLiteOperatorCode.AssignVariable] = static (t, op) => t.AssignVariable(op),
    };
}

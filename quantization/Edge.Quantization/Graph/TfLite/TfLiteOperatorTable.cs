using System.Text;

namespace Edge.Quantization.Graph.TfLite;

/// <summary>What the schema says of each operator: its name, its options and the versions that are understood.</summary>
internal static class TfLiteOperatorTable
{
    /// <summary>
    /// Operator to the highest version whose meaning is known here (tensorflow/lite/tools/versioning/op_version.cc) and the member of the
    /// union BuiltinOptions that holds its options; 0 for none. An operator that is not listed is whoever translates it to judge.
    /// </summary>
    private static readonly Dictionary<TfLiteOperatorCode, (int MaxVersion, byte Options)> Known = new()
    {
        [TfLiteOperatorCode.Conv2D] = (8, 1),
        [TfLiteOperatorCode.DepthwiseConv2D] = (7, 2),
        [TfLiteOperatorCode.FullyConnected] = (12, 8),
        [TfLiteOperatorCode.BatchMatmul] = (4, 101),
        [TfLiteOperatorCode.TransposeConv] = (5, 49),
        [TfLiteOperatorCode.Svdf] = (4, 6),
        [TfLiteOperatorCode.UnidirectionalSequenceLstm] = (5, 71),
        [TfLiteOperatorCode.AveragePool2D] = (3, 5),
        [TfLiteOperatorCode.MaxPool2D] = (3, 5),
        [TfLiteOperatorCode.Mean] = (3, 27),
        [TfLiteOperatorCode.Sum] = (2, 27),
        [TfLiteOperatorCode.ReduceMax] = (3, 27),
        [TfLiteOperatorCode.ReduceMin] = (3, 27),
        [TfLiteOperatorCode.Add] = (5, 11),
        [TfLiteOperatorCode.Sub] = (5, 28),
        [TfLiteOperatorCode.Mul] = (7, 21),
        [TfLiteOperatorCode.Div] = (2, 29),
        [TfLiteOperatorCode.Maximum] = (4, 39),
        [TfLiteOperatorCode.Minimum] = (4, 39),
        [TfLiteOperatorCode.SquaredDifference] = (2, 76),
        [TfLiteOperatorCode.Abs] = (5, 78),
        [TfLiteOperatorCode.Exp] = (2, 33),
        [TfLiteOperatorCode.Neg] = (1, 42),
        [TfLiteOperatorCode.Log] = (2, 0),
        [TfLiteOperatorCode.Sqrt] = (1, 0),
        [TfLiteOperatorCode.Rsqrt] = (3, 0),
        [TfLiteOperatorCode.Square] = (1, 66),
        [TfLiteOperatorCode.Softmax] = (3, 9),
        [TfLiteOperatorCode.LogSoftmax] = (2, 36),
        [TfLiteOperatorCode.Logistic] = (3, 0),
        [TfLiteOperatorCode.Tanh] = (3, 0),
        [TfLiteOperatorCode.Relu] = (3, 0),
        [TfLiteOperatorCode.Relu6] = (3, 0),
        [TfLiteOperatorCode.ReluN1To1] = (3, 0),
        [TfLiteOperatorCode.Relu0To1] = (1, 0),
        [TfLiteOperatorCode.LeakyRelu] = (2, 75),
        [TfLiteOperatorCode.HardSwish] = (1, 91),
        [TfLiteOperatorCode.Elu] = (1, 0),
        [TfLiteOperatorCode.Prelu] = (1, 0),
        [TfLiteOperatorCode.Gelu] = (2, 116),
        [TfLiteOperatorCode.L2Normalization] = (2, 12),
        [TfLiteOperatorCode.Pad] = (4, 22),
        [TfLiteOperatorCode.PadV2] = (4, 43),
        [TfLiteOperatorCode.MirrorPad] = (3, 77),
        [TfLiteOperatorCode.Reshape] = (1, 17),
        [TfLiteOperatorCode.Transpose] = (6, 26),
        [TfLiteOperatorCode.Concatenation] = (4, 10),
        [TfLiteOperatorCode.Split] = (4, 35),
        [TfLiteOperatorCode.SplitV] = (2, 79),
        [TfLiteOperatorCode.Slice] = (6, 48),
        [TfLiteOperatorCode.StridedSlice] = (8, 32),
        [TfLiteOperatorCode.Gather] = (7, 23),
        [TfLiteOperatorCode.Squeeze] = (2, 30),
        [TfLiteOperatorCode.ExpandDims] = (1, 52),
        [TfLiteOperatorCode.Pack] = (4, 59),
        [TfLiteOperatorCode.Unpack] = (4, 64),
        [TfLiteOperatorCode.Shape] = (1, 55),
        [TfLiteOperatorCode.SpaceToBatchNd] = (4, 25),
        [TfLiteOperatorCode.BatchToSpaceNd] = (4, 24),
        [TfLiteOperatorCode.SpaceToDepth] = (2, 19),
        [TfLiteOperatorCode.DepthToSpace] = (2, 94),
        [TfLiteOperatorCode.Cast] = (4, 37),
        [TfLiteOperatorCode.Quantize] = (4, 89),
        [TfLiteOperatorCode.Dequantize] = (6, 38),
        [TfLiteOperatorCode.CallOnce] = (1, 103),
        [TfLiteOperatorCode.VarHandle] = (1, 111),
        [TfLiteOperatorCode.ReadVariable] = (1, 112),
        [TfLiteOperatorCode.AssignVariable] = (1, 113),
    };

    /// <summary>The operator's name as the schema writes it: <c>DEPTHWISE_CONV_2D</c>; its number for one that the schema read here lacks.</summary>
    public static string SchemaName(this TfLiteOperatorCode code) => code switch
    {
        TfLiteOperatorCode.PadV2 => "PADV2",
        TfLiteOperatorCode.ReluN1To1 => "RELU_N1_TO_1",
        TfLiteOperatorCode.Relu0To1 => "RELU_0_TO_1",
        TfLiteOperatorCode.Conv3DTranspose => "CONV_3D_TRANSPOSE",
        _ when Enum.IsDefined(code) => UpperSnakeCase($"{code}"),
        _ => $"operator number {(int)code}",
    };

    /// <summary>What is wrong with an operator of this code, version and options table; null for nothing.</summary>
    /// <param name="code">The operator.</param>
    /// <param name="version">Its version.</param>
    /// <param name="options">Member of the union BuiltinOptions that the file gives it; 0 for none.</param>
    public static string? Fault(TfLiteOperatorCode code, int version, byte options)
    {
        if (!Enum.IsDefined(code))
        {
            return $"{code.SchemaName()} is unknown; expected one of TensorFlow Lite's builtin operators (0 to {(int)TfLiteOperatorCode.RightShift}). Convert the model without StableHLO operators.";
        }

        if (version < 1)
        {
            return $"{code.SchemaName()} has version {version}; versions begin at 1.";
        }

        if (!Known.TryGetValue(code, out (int MaxVersion, byte Options) known))
        {
            return null;
        }

        return version > known.MaxVersion
            ? $"{code.SchemaName()} has version {version}; up to {known.MaxVersion} is understood. Convert the model with an older TensorFlow, or without what this version adds."
            : options != 0 && known.Options != 0 && options != known.Options
            ? $"{code.SchemaName()} has options of kind {options}; kind {known.Options} of the schema's BuiltinOptions belongs to it. The file is damaged."
            : null;
    }

    private static string UpperSnakeCase(string name)
    {
        var text = new StringBuilder();
        for (int i = 0; i < name.Length; i++)
        {
            bool beginsWord = i > 0 && (char.IsUpper(name[i])
                ? char.IsLower(name[i - 1]) || (char.IsDigit(name[i - 1]) && name[i] != 'D')
                : char.IsDigit(name[i]) && i + 1 < name.Length && name[i + 1] == 'D');
            text.Append(beginsWord ? "_" : "").Append(char.ToUpperInvariant(name[i]));
        }

        return text.ToString();
    }
}

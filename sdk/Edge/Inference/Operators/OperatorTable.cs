namespace Edge.Inference.Operators;

/// <summary>Every operator a plan may name.</summary>
internal static class OperatorTable
{
    private static readonly Dictionary<string, Func<OperatorBinding, Operator?>> Binders = new()
    {
        ["convolution"] = Convolution.Bind,
        ["depthwise-convolution"] = DepthwiseConvolution.Bind,
        ["fully-connected"] = FullyConnected.Bind,
        ["lstm"] = Lstm.Bind,
        ["svdf"] = Svdf.Bind,
        ["legendre-memory"] = LegendreMemory.Bind,
        ["leaky-integrate-and-fire"] = LeakyIntegrateAndFire.Bind,
        ["running-mean"] = RunningMean.Bind,
        ["batch-matmul"] = BatchMatMul.Bind,
        ["add"] = Add.Bind,
        ["subtract"] = Subtract.Bind,
        ["multiply"] = Multiply.Bind,
        ["average-pool"] = Pool.BindAverage,
        ["max-pool"] = Pool.BindMaximum,
        ["mean"] = Mean.Bind,
        ["softmax"] = Softmax.Bind,
        ["softmax-pool"] = SoftmaxPool.Bind,
        ["layer-norm"] = LayerNorm.Bind,
        ["instance-norm"] = InstanceNorm.Bind,
        ["table"] = Table.Bind,
        ["requantize"] = Requantize.Bind,
        ["slice"] = Move.BindSlice,
        ["pad"] = Move.BindPad,
        ["concatenate"] = Move.BindConcatenate,
        ["reshape"] = Move.BindReshape,
        ["transpose"] = Transpose.Bind,
        ["history"] = History.Bind,
    };

    /// <summary>The kinds, in alphabetical order.</summary>
    public static IEnumerable<string> Kinds => Binders.Keys.Order(StringComparer.Ordinal);

    /// <summary>The maker of an operator of this kind; null where there is none.</summary>
    public static Func<OperatorBinding, Operator?>? Find(string kind) => Binders.GetValueOrDefault(kind);
}

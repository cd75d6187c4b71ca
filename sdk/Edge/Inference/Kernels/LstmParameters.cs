namespace Edge.Inference.Kernels;

/// <summary>The numbers of an int8 LSTM layer. Gates lie one behind the other: input, forget, cell, output; the input gate may be missing.</summary>
/// <param name="InputWeights">[gates · cells, features].</param>
/// <param name="InputBias">[gates · cells], the input's zero point folded in.</param>
/// <param name="InputScales">[gates]: from sums over the input to Q3.12.</param>
/// <param name="RecurrentWeights">[gates · cells, outputs].</param>
/// <param name="RecurrentBias">[gates · cells], what folding the output's zero point gives.</param>
/// <param name="RecurrentScales">[gates]: from sums over the last output to Q3.12.</param>
/// <param name="CellIntegerBits">Integer bits of a cell, 0 to 6 of the 15 beside its sign.</param>
/// <param name="CellClip">Largest magnitude of a cell; 0 for none but that of int16.</param>
/// <param name="HiddenScale">From the output gate times tanh of the cell, in Q0.30, to the hidden value.</param>
/// <param name="HiddenZeroPoint">The integer that means 0 in the hidden value.</param>
internal sealed record LstmParameters(
    sbyte[] InputWeights, int[] InputBias, Rescale[] InputScales, sbyte[] RecurrentWeights, int[] RecurrentBias, Rescale[] RecurrentScales,
    int CellIntegerBits, int CellClip, Rescale HiddenScale, int HiddenZeroPoint)
{
    /// <summary>What a gate reads of the cell; null where none does.</summary>
    public LstmPeephole? Peephole { get; init; }

    /// <summary>From hidden values to the output; null where they are the output.</summary>
    public LstmProjection? Projection { get; init; }

    /// <summary>4, or 3 without an input gate, which then is one minus the forget gate.</summary>
    public int Gates => InputScales.Length;

    public int Cells => InputBias.Length / Gates;

    public int Outputs => RecurrentWeights.Length / RecurrentBias.Length;

    /// <summary>The forget gate's place; the cell's and the output gate's follow.</summary>
    public int Forget => Gates - 3;

    /// <summary>Multiply-accumulates of a step.</summary>
    public long MultiplyAccumulates => InputWeights.Length + RecurrentWeights.Length + (Peephole?.Weights.Length ?? 0) + (Projection?.Weights.Length ?? 0);
}

/// <summary>Weights of the cells themselves on every gate but the cell's own.</summary>
/// <param name="Weights">[gates − 1, cells].</param>
/// <param name="Scales">[gates − 1]: from a product with a cell to Q3.12.</param>
internal sealed record LstmPeephole(short[] Weights, Rescale[] Scales);

/// <summary>A fully connected layer behind the hidden values.</summary>
/// <param name="Weights">[outputs, cells].</param>
/// <param name="Bias">[outputs], the hidden values' zero point folded in.</param>
/// <param name="Scale">From its sums to the output.</param>
/// <param name="OutputZeroPoint">The integer that means 0 in the output.</param>
/// <param name="Clip">Largest magnitude of the stored output; 0 for none but that of int8.</param>
internal sealed record LstmProjection(sbyte[] Weights, int[] Bias, Rescale Scale, int OutputZeroPoint, int Clip);

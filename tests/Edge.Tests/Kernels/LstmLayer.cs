using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Tests.Kernels;

/// <summary>An LSTM layer for tests: what a file holds of one, before zero points are folded.</summary>
internal sealed record LstmLayer(
    int Features, int Cells, int Outputs, int Gates, int InputZeroPoint, int OutputZeroPoint, sbyte[] InputWeights, sbyte[] RecurrentWeights, int[] Bias, Rescale[] Scales,
    short[] PeepholeWeights, sbyte[] ProjectionWeights, int[] ProjectionBias, Rescale ProjectionScale, int ProjectionClip,
    int CellIntegerBits, int CellClip, Rescale HiddenScale, int HiddenZeroPoint)
{
    public bool HasPeephole => PeepholeWeights.Length > 0;

    public bool HasProjection => ProjectionWeights.Length > 0;

    /// <summary>As the kernels take it.</summary>
    public LstmParameters Parameters => new(
        InputWeights, MatrixS8.FoldZeroPoint(Bias, InputWeights, Features, InputZeroPoint), Scales[..Gates],
        RecurrentWeights, MatrixS8.FoldZeroPoint(new int[Bias.Length], RecurrentWeights, Outputs, OutputZeroPoint), Scales[Gates..(2 * Gates)],
        CellIntegerBits, CellClip, HiddenScale, HiddenZeroPoint)
    {
        Peephole = HasPeephole ? new LstmPeephole(PeepholeWeights, Scales[(2 * Gates)..]) : null,
        Projection = HasProjection
            ? new LstmProjection(ProjectionWeights, MatrixS8.FoldZeroPoint(ProjectionBias, ProjectionWeights, Cells, HiddenZeroPoint), ProjectionScale, OutputZeroPoint, ProjectionClip)
            : null,
    };

    /// <summary>Weights of an ordinary size: gates reach a few units, cells and outputs use their ranges.</summary>
    public static LstmLayer Any(Random random, int features, int cells, int outputs, bool inputGate, bool peephole, bool projection, Rounding rounding, bool clips = false)
    {
        int gates = inputGate ? 4 : 3;
        int bits = random.Next(0, 7);
        Rescale Scale(double factor) => Oracle.Quantize(factor * (0.7 + 0.6 * random.NextDouble()), rounding);
        double input = 4096 * 2.0 / (74 * 74 * Math.Sqrt(features));
        double recurrent = 4096 * 2.0 / (74 * 74 * Math.Sqrt(outputs));
        IEnumerable<Rescale> scales =
        [
            .. Enumerable.Range(0, gates).Select(_ => Scale(input)), .. Enumerable.Range(0, gates).Select(_ => Scale(recurrent)),
            .. Enumerable.Range(0, peephole ? gates - 1 : 0).Select(_ => Scale(4096.0 / (9_000.0 * 9_000))),
        ];
        return new LstmLayer(
            features, cells, outputs, gates, random.ZeroPoint(), random.ZeroPoint(), random.Weights(gates * cells * features), random.Weights(gates * cells * outputs),
            random.Int32s(gates * cells, 20_000), [.. scales],
            peephole ? [.. random.Int32s((gates - 1) * cells, 32_767).Select(w => (short)w)] : [],
            projection ? random.Weights(outputs * cells) : [], projection ? random.Int32s(outputs, 9_000) : [],
            Scale(1 / (74 * Math.Sqrt(cells))), clips ? random.Next(1, 100) : 0,
            bits, clips ? random.Next(1, 30_000) : 0, Scale(127.0 / (1 << 30)), projection ? random.Next(-128, 129) : random.ZeroPoint());
    }
}

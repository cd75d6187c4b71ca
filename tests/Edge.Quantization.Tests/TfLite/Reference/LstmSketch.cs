using System.Runtime.InteropServices;
using Edge.Quantization.Graph.TfLite;

namespace Edge.Quantization.Tests.TfLite.Reference;

/// <summary>A .tflite file of one int8 UNIDIRECTIONAL_SEQUENCE_LSTM with random weights, and what it computes in real numbers.</summary>
internal sealed class LstmSketch
{
    public const int Steps = 3, Inputs = 5, OutputZeroPoint = 4;

    private const int Cells = 6, InputZeroPoint = -7;
    private const float NormScale = 1f / 16_384, GateScale = 1f / 1_000;
    private const float InputScale = 1f / 64, WeightScale = 0.004f, RecurrentScale = 0.005f, PeepholeScale = 1f / 40_000, ProjectionScale = 0.003f;

    private readonly bool coupled;
    private readonly bool projection;
    private readonly bool layerNorm;
    private readonly bool clips;
    private readonly int outputs;
    private readonly sbyte[][] inputWeights;
    private readonly sbyte[][] recurrentWeights;
    private readonly short[][] peepholes;
    private readonly int[][] biases;
    private readonly short[][] coefficients;
    private readonly sbyte[] projectionWeights;
    private readonly int[] projectionBias;
    private readonly double[] hidden;
    private readonly double[] cell = new double[Cells];

    public LstmSketch(bool coupled, bool peephole, bool projection, bool layerNorm = false, bool clips = false)
    {
        (this.coupled, this.projection, this.layerNorm, this.clips) = (coupled, projection, layerNorm, clips);
        outputs = projection ? 4 : Cells;
        var random = new Random(coupled ? 3 : 4);
        inputWeights = [.. Enumerable.Range(0, 4).Select(_ => Int8(random, Cells * Inputs))];
        recurrentWeights = [.. Enumerable.Range(0, 4).Select(_ => Int8(random, Cells * outputs))];
        peepholes = [.. Enumerable.Range(0, peephole ? 3 : 0).Select(_ => Enumerable.Range(0, Cells).Select(_ => (short)random.Next(-30_000, 30_000)).ToArray())];
        biases = [.. Enumerable.Range(0, 4).Select(_ => Enumerable.Range(0, Cells).Select(_ => random.Next(-8_000, 8_000) * (layerNorm ? 500 : 1)).ToArray())];
        coefficients = [.. Enumerable.Range(0, 4).Select(_ => Enumerable.Range(0, Cells).Select(_ => (short)random.Next(8_000, 30_000)).ToArray())];
        projectionWeights = Int8(random, outputs * Cells);
        projectionBias = [.. Enumerable.Range(0, outputs).Select(_ => random.Next(-4_000, 4_000))];
        hidden = new double[outputs];
    }

    public float OutputScale => projection ? 1f / 100 : 1f / 128;

    /// <summary>With clips so far out that hidden values saturate, on the side that the sign decides.</summary>
    private int HiddenZeroPoint => clips ? -90 : -3;

    private float HiddenScale => projection ? 1f / 120 : OutputScale;

    /// <summary>The file: [1, Steps, Inputs] to [1, Steps, outputs].</summary>
    public byte[] Build()
    {
        var builder = new TfLiteBuilder();
        int x = builder.Tensor("x", [1, Steps, Inputs], TfLiteType.Int8, [InputScale], [InputZeroPoint]);
        int y = builder.Tensor("y", [1, Steps, outputs], TfLiteType.Int8, [OutputScale], [OutputZeroPoint]);
        var tensors = new int[24];
        Array.Fill(tensors, -1);
        tensors[0] = x;
        for (int gate = coupled ? 1 : 0; gate < 4; gate++)
        {
            tensors[1 + gate] = builder.Int8s($"w{gate}", [Cells, Inputs], inputWeights[gate], [WeightScale]);
            tensors[5 + gate] = builder.Int8s($"r{gate}", [Cells, outputs], recurrentWeights[gate], [RecurrentScale]);
            tensors[12 + gate] = builder.Int32s($"b{gate}", [Cells], biases[gate]);
            tensors[20 + gate] = layerNorm
                ? builder.Tensor($"n{gate}", [Cells], TfLiteType.Int16, [NormScale], data: MemoryMarshal.AsBytes<short>(coefficients[gate]).ToArray())
                : -1;
        }

        for (int p = coupled ? 1 : 0; p < peepholes.Length; p++)
        {
            tensors[9 + p] = builder.Tensor($"p{p}", [Cells], TfLiteType.Int16, [PeepholeScale], data: MemoryMarshal.AsBytes<short>(peepholes[p]).ToArray());
        }

        if (projection)
        {
            tensors[16] = builder.Int8s("projection", [outputs, Cells], projectionWeights, [ProjectionScale]);
            tensors[17] = clips ? -1 : builder.Int32s("projection.bias", [outputs], projectionBias);
        }

        tensors[18] = builder.Tensor("hidden", [1, outputs], TfLiteType.Int8, [OutputScale], [OutputZeroPoint], variable: true);
        tensors[19] = builder.Tensor("cell", [1, Cells], TfLiteType.Int16, [1f / 2048], variable: true);
        int[] intermediates =
        [
            .. Enumerable.Range(0, 4).Select(i => builder.Tensor($"gate{i}", [], TfLiteType.Int16, [layerNorm ? GateScale : 1f / 4096])),
            builder.Tensor("inner", [], TfLiteType.Int8, [HiddenScale], [projection ? HiddenZeroPoint : OutputZeroPoint]),
        ];
        builder.Operator(TfLiteOperatorCode.UnidirectionalSequenceLstm, 1, tensors, [y], 71, o => o.Byte(0, 4).Float(1, clips ? 0.4f : 0).Float(2, clips ? 0.3f : 0), intermediates);
        builder.Inputs(x);
        builder.Outputs(y);
        return builder.Build();
    }

    /// <summary>The outputs in real numbers of the next Steps frames.</summary>
    public double[] RealOutputs(ReadOnlySpan<sbyte> frames)
    {
        List<double> results = [];
        for (int step = 0; step < Steps; step++)
        {
            double[] x = [.. frames.Slice(step * Inputs, Inputs).ToArray().Select(q => (double)InputScale * (q - InputZeroPoint))];
            double[] forget = Gate(1, x, 1);
            double[] admit = coupled ? [.. forget.Select(f => 1 - f)] : Gate(0, x, 0);
            double[] update = [.. Normalized(2, Sums(2, x)).Select(Math.Tanh)];
            for (int c = 0; c < Cells; c++)
            {
                cell[c] = Math.Clamp((forget[c] * cell[c]) + (admit[c] * update[c]), -16, 16);
            }

            double[] gate = Gate(3, x, 2);
            double[] inner = [.. cell.Select((value, c) => gate[c] * Math.Tanh(value))];
            for (int o = 0; o < outputs; o++)
            {
                hidden[o] = projection
                    ? Enumerable.Range(0, Cells).Sum(c => ProjectionScale * projectionWeights[(o * Cells) + c] * inner[c]) + (ProjectionScale * HiddenScale * projectionBias[o])
                    : inner[o];
            }

            results.AddRange(hidden);
        }

        return [.. results];
    }

    private double[] Gate(int gate, double[] x, int peephole)
    {
        double[] sums = [.. Sums(gate, x).Select((sum, c) => sum + (peepholes.Length > 0 && c < outputs ? PeepholeScale * peepholes[peephole][c] * cell[c] : 0))];
        return [.. Normalized(gate, sums).Select(sum => 1 / (1 + Math.Exp(-sum)))];
    }

    /// <summary>Mean 0 and deviation 1, then coefficient and bias, whose scale is 2^-10 of the coefficient's.</summary>
    private double[] Normalized(int gate, double[] sums)
    {
        double mean = sums.Average();
        double deviation = Math.Sqrt(sums.Average(sum => (sum - mean) * (sum - mean)));
        return layerNorm ? [.. sums.Select((sum, c) => NormScale * ((coefficients[gate][c] * (sum - mean) / deviation) + (biases[gate][c] / 1024.0)))] : sums;
    }

    private double[] Sums(int gate, double[] x) => [.. Enumerable.Range(0, Cells).Select(c =>
        (layerNorm ? 0 : biases[gate][c] * (double)InputScale * WeightScale)
        + Enumerable.Range(0, Inputs).Sum(i => WeightScale * inputWeights[gate][(c * Inputs) + i] * x[i])
        + Enumerable.Range(0, outputs).Sum(o => RecurrentScale * recurrentWeights[gate][(c * outputs) + o] * hidden[o]))];

    private static sbyte[] Int8(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (sbyte)random.Next(-127, 128))];
}

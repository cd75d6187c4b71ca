using System.Runtime.InteropServices;
using Edge.Quantization.Graph.TfLite;

namespace Edge.Quantization.Tests.TfLite.Reference;

/// <summary>SVDF and LSTM of the reference against the same layers in real numbers.</summary>
public class ReferenceRecurrentTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Svdf_is_a_filter_over_features_and_time(int rank)
    {
        const int inputs = 6, units = 4, memory = 5;
        int filters = units * rank;
        var random = new Random(rank);
        sbyte[] feature = Int8(random, filters * inputs);
        short[] time = [.. Enumerable.Range(0, filters * memory).Select(_ => (short)random.Next(-30_000, 30_000))];
        var builder = new TfLiteBuilder();
        int x = builder.Tensor("x", [1, inputs], TfLiteType.Int8, [0.02f], [3]);
        int w = builder.Int8s("feature", [filters, inputs], feature, [0.01f]);
        int t = builder.Tensor("time", [filters, memory], TfLiteType.Int16, [1e-5f], data: MemoryMarshal.AsBytes<short>(time).ToArray());
        int bias = builder.Int32s("bias", [units], [1_000, 0, -5_000, 99]);
        int state = builder.Tensor("state", [1, filters * memory], TfLiteType.Int16, [3e-4f], variable: true);
        int y = builder.Tensor("y", [1, units], TfLiteType.Int8, [0.03f], [-10]);
        builder.Operator(TfLiteOperatorCode.Svdf, 1, [x, w, t, bias, state], [y], 6, o => o.Int32(0, rank));
        builder.Inputs(x);
        builder.Outputs(y);
        var reference = new ReferenceInterpreter(TfLiteModel.Read(builder.Build(), "svdf"), ReferenceRounding.Twice);
        var past = new double[filters, memory];
        for (int step = 0; step < 20; step++)
        {
            sbyte[] input = Int8(random, inputs);
            reference.Inputs[0].Integers = Array.ConvertAll(input, q => (int)q);
            reference.Run();
            for (int u = 0; u < units; u++)
            {
                double sum = new[] { 1_000, 0, -5_000, 99 }[u] * 3e-4 * 1e-5;
                for (int f = u * rank; f < (u + 1) * rank; f++)
                {
                    for (int m = 1; m < memory; m++)
                    {
                        past[f, m - 1] = past[f, m];
                    }

                    past[f, memory - 1] = Enumerable.Range(0, inputs).Sum(c => 0.01 * feature[(f * inputs) + c] * 0.02 * (input[c] - 3));
                    sum += Enumerable.Range(0, memory).Sum(m => 1e-5 * time[(f * memory) + m] * past[f, m]);
                }

                Assert.Equal(Math.Clamp((sum / 0.03) - 10, -128, 127), reference.Outputs[0].Integers[u], 0.76);
            }
        }
    }

    [Theory]
    [InlineData(false, false, false, false)]
    [InlineData(true, false, false, false)]
    [InlineData(false, true, false, false)]
    [InlineData(false, false, true, false)]
    [InlineData(false, false, false, true)]
    [InlineData(true, true, true, true)]
    public void Lstm_follows_the_real_one(bool coupled, bool peephole, bool projection, bool layerNorm)
    {
        var sketch = new LstmSketch(coupled, peephole, projection, layerNorm);
        var reference = new ReferenceInterpreter(TfLiteModel.Read(sketch.Build(), "lstm"), ReferenceRounding.Twice);
        var random = new Random(9);
        for (int run = 0; run < 4; run++)
        {
            sbyte[] input = Int8(random, LstmSketch.Steps * LstmSketch.Inputs);
            reference.Inputs[0].Integers = Array.ConvertAll(input, q => (int)q);
            reference.Run();
            double[] real = sketch.RealOutputs(input);
            for (int i = 0; i < real.Length; i++)
            {
                // Rounded gates and a state of 8 bits that is fed back: a few steps of 1/128.
                Assert.Equal(real[i], sketch.OutputScale * (reference.Outputs[0].Integers[i] - LstmSketch.OutputZeroPoint), 4 * sketch.OutputScale);
            }
        }
    }

    private static sbyte[] Int8(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (sbyte)random.Next(-128, 128))];
}

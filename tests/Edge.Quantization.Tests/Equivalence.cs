using Edge.OnnxRuntime;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;

namespace Edge.Quantization.Tests;

/// <summary>Two graphs compute the same: ONNX Runtime runs both on random inputs.</summary>
internal static class Equivalence
{
    /// <summary>Open dimensions of the inputs are taken to be this large.</summary>
    private const int OpenSize = 5;

    /// <summary>Compares every output; what is an output of the first must be one of the second, of the same type and shape.</summary>
    /// <param name="before">The graph as it was.</param>
    /// <param name="after">The graph as it is now.</param>
    /// <param name="tolerance">Largest difference over the output's largest magnitude; 0 wants the same bits.</param>
    public static void AssertSame(ModelGraph before, ModelGraph after, double tolerance = 1e-5)
    {
        TestGraphs.RequireOnnxRuntime();
        Dictionary<string, OnnxTensor> inputs = RandomInputs(before);
        IReadOnlyDictionary<string, OnnxTensor> expected = Run(before, inputs), found = Run(after, inputs);
        Assert.Equal(before.Outputs.Select(output => output.Name), after.Outputs.Select(output => output.Name));
        foreach ((string name, OnnxTensor value) in expected)
        {
            Assert.Equal($"{value}", $"{found[name]}");
            if (value.ElementType != OnnxElementType.Float32)
            {
                continue;
            }

            float[] a = value.Elements<float>(), b = found[name].Elements<float>();
            double largest = a.Select(Math.Abs).DefaultIfEmpty(0).Max();
            Assert.True(double.IsFinite(largest), $"{name} is not finite");
            for (int i = 0; i < a.Length; i++)
            {
                Assert.True(Math.Abs(a[i] - b[i]) <= tolerance * largest, $"{name}[{i}] was {a[i]} and is {b[i]}");
            }
        }
    }

    /// <summary>Inputs from -1 to 1, every open dimension 5, the first one 1.</summary>
    public static Dictionary<string, OnnxTensor> RandomInputs(ModelGraph graph)
    {
        var random = new Random(7);
        return graph.Inputs.ToDictionary(input => input.Name, input =>
        {
            long[] dims = [.. input.Shape!.Select((dim, i) => dim.IsKnown ? dim.Size : i == 0 ? 1 : OpenSize)];
            int count = (int)dims.Aggregate(1L, (product, dim) => product * dim);
            return input.ElementType == ElementType.Int64
                ? OnnxTensor.Of(dims, Enumerable.Range(0, count).Select(_ => (long)random.Next(2)).ToArray())
                : OnnxTensor.Of(dims, Enumerable.Range(0, count).Select(_ => (float)random.NextDouble() * 2 - 1).ToArray());
        });
    }

    private static IReadOnlyDictionary<string, OnnxTensor> Run(ModelGraph graph, Dictionary<string, OnnxTensor> inputs)
    {
        using OnnxSession session = OnnxSession.Open(OnnxWriter.Write(graph), new() { Optimization = OnnxOptimization.None });
        return session.Run(inputs);
    }
}

using Edge.OnnxRuntime;
using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;

namespace Edge.Quantization.Rewriting.Quantizing;

/// <summary>How far a value of the quantized graph is from the float graph's.</summary>
/// <param name="Value">The value's name in the float graph.</param>
/// <param name="SqnrDb">Ratio of the signal's power to that of the error, in decibels.</param>
public sealed record ValueError(string Value, double SqnrDb);

/// <summary>Measures quantized graphs against the float graph over a few samples.</summary>
public sealed class QuantizationError
{
    /// <summary>More than any 16-bit value reaches; what an error of exactly 0 counts as.</summary>
    private const double MostDb = 200;

    private readonly ModelGraph graph;
    private readonly IReadOnlyList<CalibrationSample> samples;
    private readonly List<IReadOnlyDictionary<string, OnnxTensor>> expected = [];

    /// <summary>Runs the float graph.</summary>
    /// <param name="graph">The float graph.</param>
    /// <param name="samples">The samples, at least one; they and the graph's outputs for them are kept in memory.</param>
    public QuantizationError(ModelGraph graph, IReadOnlyList<CalibrationSample> samples)
    {
        (this.graph, this.samples) = (graph, samples);
        using OnnxSession session = Open(graph);
        expected.AddRange(samples.Select(sample => session.Run(sample.Tensors)));
    }

    /// <summary>What is measured against.</summary>
    public ModelGraph Graph => graph;

    /// <summary>Number of samples.</summary>
    public int Samples => samples.Count;

    /// <summary>Signal to quantization noise of the graph's float outputs, in decibels.</summary>
    public double OutputSqnrDb(ModelGraph quantized)
    {
        using OnnxSession session = Open(quantized);
        var power = new Power();
        for (int i = 0; i < samples.Count; i++)
        {
            IReadOnlyDictionary<string, OnnxTensor> actual = session.Run(samples[i].Tensors);
            foreach ((string name, OnnxTensor tensor) in expected[i].Where(pair => pair.Value.ElementType == OnnxElementType.Float32))
            {
                power.Add(tensor.Elements<float>(), actual[name].Elements<float>());
            }
        }

        return power.SqnrDb;
    }

    /// <summary>Signal to quantization noise of every value that is quantized, with all errors before it; in the float graph's order.</summary>
    public IReadOnlyList<ValueError> Values(ModelGraph quantized)
    {
        const string Restored = ".dequantized";
        using var real = new FloatRunner(graph);
        using var integer = new FloatRunner(quantized);
        HashSet<string> wanted = [.. quantized.Nodes.SelectMany(node => node.Outputs)];
        var powers = new Dictionary<string, Power>();
        var kept = new Dictionary<string, float[]>();
        foreach (CalibrationSample sample in samples)
        {
            kept.Clear();
            real.Run(sample.Tensors, output =>
            {
                if (output.ElementType == OnnxElementType.Float32 && (wanted.Contains(output.Name + Restored) || graph.IsOutput(output.Name)))
                {
                    kept[output.Name] = output.Elements<float>().ToArray();
                }
            });
            integer.Run(sample.Tensors, output =>
            {
                string name = output.Name.EndsWith(Restored, StringComparison.Ordinal) ? output.Name[..^Restored.Length] : output.Name;
                if (kept.TryGetValue(name, out float[]? values) && (name != output.Name || graph.IsOutput(name)))
                {
                    powers.TryAdd(name, new Power());
                    powers[name].Add(values, output.Elements<float>());
                }
            });
        }

        return [.. graph.Nodes.SelectMany(node => node.Outputs).Where(powers.ContainsKey).Select(value => new ValueError(value, powers[value].SqnrDb))];
    }

    // As written: fusions differ from one version of ONNX Runtime to the next, and from what the device computes.
    private static OnnxSession Open(ModelGraph graph) =>
        OnnxSession.Open(OnnxWriter.Write(graph), new() { Optimization = OnnxOptimization.Basic, Threads = Environment.ProcessorCount });

    private sealed class Power
    {
        private double signal;
        private double noise;

        public double SqnrDb => noise > 0 ? Math.Min(MostDb, 10 * Math.Log10(Math.Max(signal, double.Epsilon) / noise)) : MostDb;

        public void Add(ReadOnlySpan<float> wanted, ReadOnlySpan<float> found)
        {
            for (int i = 0; i < wanted.Length; i++)
            {
                double difference = (double)wanted[i] - found[i];
                if (double.IsFinite(difference))
                {
                    signal += (double)wanted[i] * wanted[i];
                    noise += difference * difference;
                }
            }
        }
    }
}

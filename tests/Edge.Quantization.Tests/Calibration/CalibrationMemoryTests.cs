using System.Diagnostics;
using Edge.OnnxRuntime;
using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Tests.Calibration;

[CollectionDefinition(nameof(CalibrationMemoryTests), DisableParallelization = true)]
[Collection(nameof(CalibrationMemoryTests))]
public class CalibrationMemoryTests
{
    [Fact]
    public void Memory_does_not_grow_with_the_number_of_samples()
    {
        TestGraphs.RequireOnnxRuntime();
        const int Frames = 5_000;
        const int Samples = 150;
        ModelGraph graph = new() { Inputs = { new("x", ElementType.Float32, [1, "time", 8]) }, Outputs = { new("y", ElementType.Float32, null) } };
        graph.Initializers["w"] = Tensor.Of([8, 32], TestGraphs.Ramp(256, 128));
        graph.Nodes.Add(new Node("MatMul", ["x", "w"], ["product"]));
        graph.Nodes.Add(new Node("Relu", ["product"], ["relu"]));
        graph.Nodes.Add(new Node("Sigmoid", ["relu"], ["y"]));
        var observer = new HistogramObserver();
        var managed = new List<long>();
        var resident = new List<long>();

        ActivationCollector.Collect(graph, Read(), observer, TestContext.Current.CancellationToken);

        // All values of all samples together: 150 · 5,000 · 104 floats = 312 MB.
        Assert.InRange(observer.Histograms.Values.Sum(histogram => histogram.Count) * sizeof(float), 290_000_000, 320_000_000);
        Assert.InRange(managed[^1] - managed[0], long.MinValue, 2_000_000);
        Assert.InRange(resident[^1] - resident[0], long.MinValue, 60_000_000);

        IEnumerable<CalibrationSample> Read()
        {
            for (int i = 0; i < Samples; i++)
            {
                if (i is 10 or (Samples - 1))
                {
                    managed.Add(GC.GetTotalMemory(forceFullCollection: true));
                    resident.Add(Process.GetCurrentProcess().WorkingSet64);
                }

                int frames = Frames - i; // no two alike
                yield return new CalibrationSample($"{i}", new Dictionary<string, OnnxTensor> { ["x"] = OnnxTensor.Of([1, frames, 8], TestGraphs.Ramp(frames * 8, 1000)) });
            }
        }
    }
}

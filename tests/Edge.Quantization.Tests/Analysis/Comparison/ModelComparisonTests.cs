using Edge.OnnxRuntime;
using Edge.Quantization.Analysis.Comparison;
using Edge.Quantization.Calibration;
using Edge.Quantization.Compilation;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
using Edge.Quantization.Tests.Compilation;
using Edge.Tests;

namespace Edge.Quantization.Tests.Analysis.Comparison;

public sealed class ModelComparisonTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("edge-diff-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(PlanForm.Streaming, 0, 0)]
    [InlineData(PlanForm.Windowed, 32, 12)]
    [InlineData(PlanForm.Windowed, 32, 32)]
    public void A_compiled_model_agrees_tensor_by_tensor_with_ONNX_Runtime(PlanForm form, int window, int stride)
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph quantized = SmallNetwork.Quantize(SmallNetwork.Build(1));
        using var reference = new OnnxModelRunner(quantized, "qdq");
        using IntegerModelRunner other = Compile(quantized, form, window, stride);

        ComparisonResult result = Compare(reference, other, Samples(3, 97));

        Assert.Equal((3, 0), (result.Samples, result.TooShort));
        Assert.Equal(["features", "stem.relu", "dw1.relu", "pw1", "residual", "dw2.relu"], result.Tensors.Take(6).Select(tensor => tensor.Name));
        Assert.Equal("scores", result.Tensors[^1].Name);
        Assert.Empty(result.DifferentShapes);
        Assert.All(result.Tensors, tensor => Assert.True(tensor.Difference.SqnrDb > 30, $"{tensor.Name}: {tensor.Difference.SqnrDb} dB"));
        Assert.InRange(result.Output!.Difference.ShareWithinOneStep, 0.99, 1);
        Assert.True(result.Top.Share > 0.95);
        Assert.Null(result.FirstApart(20));
    }

    [Fact]
    public void Stepping_and_the_batch_form_give_the_same_bits_at_every_tensor()
    {
        ModelGraph quantized = OnnxReader.Read(Repository.PathTo("quantization", "recipes", "wake-words", "wake-words.qdq.onnx"));
        using IntegerModelRunner batch = IntegerModelRunner.Open(quantized, "batch");
        using IntegerModelRunner streaming = Compile(quantized, PlanForm.Streaming, 0, 0);
        IEnumerable<CalibrationSample> samples = RandomSamples.Generate(batch.Inputs, 2, 5, 60, 0, 10);

        ComparisonResult result = Compare(batch, streaming, samples);

        Assert.True(result.Tensors.Count > 25, $"{result.Tensors.Count} tensors");
        Assert.All(result.Tensors, tensor => Assert.Equal((tensor.Name, 0.0), (tensor.Name, tensor.Difference.MaxAbsolute)));
        Assert.Null(result.FirstBeyondOneStep);
    }

    [Fact]
    public void The_first_tensor_that_differs_is_named()
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = SmallNetwork.Build(1);
        ModelGraph spoilt = graph.Clone();
        Tensor bias = spoilt.Initializers["pw1.bias"];
        spoilt.Initializers["pw1.bias"] = Tensor.Of(bias.Dims, Array.ConvertAll(bias.ToFloats(), value => value + 3));
        using var reference = new OnnxModelRunner(graph, "good");
        using var other = new OnnxModelRunner(spoilt, "spoilt");

        ComparisonResult result = Compare(reference, other, Samples(1, 40));

        Assert.Equal("pw1", result.FirstApart(20)?.Name);
        Assert.Equal(double.PositiveInfinity, result.Tensors.Single(tensor => tensor.Name == "dw1.relu").Difference.SqnrDb);
    }

    [Fact]
    public void The_first_integer_more_than_a_step_away_is_named()
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph quantized = SmallNetwork.Quantize(SmallNetwork.Build(1));
        ModelGraph spoilt = quantized.Clone();
        (string name, Tensor bias) = spoilt.Initializers.Single(pair => pair.Key.StartsWith("pw1.bias", StringComparison.Ordinal) && pair.Value.ElementType == ElementType.Int32);
        int[] values = bias.ToInts();
        values[0] += 100_000;
        spoilt.Initializers[name] = Tensor.Of(bias.Dims, values);
        using IntegerModelRunner reference = Compile(quantized, PlanForm.Streaming, 0, 0);
        using IntegerModelRunner other = Compile(spoilt, PlanForm.Streaming, 0, 0);

        Assert.Equal("pw1", Compare(reference, other, Samples(1, 40)).FirstBeyondOneStep?.Name);
    }

    [Fact]
    public void Models_without_a_common_tensor_are_told_apart()
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph other = SmallNetwork.Build(1);
        foreach (Node node in other.Nodes)
        {
            for (int i = 0; i < node.Inputs.Count; i++)
            {
                node.Inputs[i] = Renamed(node.Inputs[i]);
            }

            for (int i = 0; i < node.Outputs.Count; i++)
            {
                node.Outputs[i] = Renamed(node.Outputs[i]);
            }
        }

        using var one = new OnnxModelRunner(SmallNetwork.Build(1), "one");
        using var two = new OnnxModelRunner(other, "two");
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => Compare(one, two, Samples(1, 40)));
        Assert.Contains("no tensor in common", error.Message, StringComparison.Ordinal);

        string Renamed(string name) => other.Initializers.ContainsKey(name) || name is "features" or "scores" ? name : $"other.{name}";
    }

    [Fact]
    public void Samples_shorter_than_a_window_are_counted_and_named()
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph quantized = SmallNetwork.Quantize(SmallNetwork.Build(1));
        using var reference = new OnnxModelRunner(quantized, "qdq");
        using IntegerModelRunner other = Compile(quantized, PlanForm.Windowed, 32, 8);
        Assert.Contains("shorter", Assert.Throws<InvalidDataException>(() => Compare(reference, other, Samples(2, 20))).Message, StringComparison.Ordinal);
        Assert.Equal((1, 2), Count(Compare(reference, other, Samples(2, 20).Concat(Samples(1, 40)))));

        static (int, int) Count(ComparisonResult result) => (result.Samples, result.TooShort);
    }

    [Fact]
    public void Random_samples_repeat_with_their_seed_and_fill_unknown_dimensions()
    {
        IReadOnlyList<ValueInfo> inputs = [new("x", ElementType.Float32, ["batch", "time", 3])];
        CalibrationSample[] first = [.. RandomSamples.Generate(inputs, 2, 7, 5, -1, 2)];
        CalibrationSample[] second = [.. RandomSamples.Generate(inputs, 2, 7, 5, -1, 2)];
        Assert.Equal([1, 5, 3], first[0].Tensors["x"].Dims.ToArray());
        Assert.Equal(first[1].Tensors["x"].Elements<float>(), second[1].Tensors["x"].Elements<float>());
        Assert.NotEqual(first[0].Tensors["x"].Elements<float>(), first[1].Tensors["x"].Elements<float>());
        Assert.All(first[0].Tensors["x"].Elements<float>(), value => Assert.InRange(value, -1, 2));
    }

    [Fact]
    public void Random_samples_of_a_quantized_input_lie_on_its_grid_and_reach_both_ends()
    {
        const double Min = -1.25, Max = 2.5, Step = 0.25;
        float[] values = RandomSamples.Generate([new("x", ElementType.Float32, [1, 400])], 1, 7, 5, Min, Max, Step).Single().Tensors["x"].Elements<float>();
        Assert.All(values, value => Assert.Equal(0, (value - Min) % Step));
        Assert.Equal(((float)Min, (float)Max), (values.Min(), values.Max()));
    }

    private static ComparisonResult Compare(ModelRunner reference, ModelRunner other, IEnumerable<CalibrationSample> samples) =>
        ModelComparison.Run(reference, other, samples, TestContext.Current.CancellationToken);

    private IntegerModelRunner Compile(ModelGraph quantized, PlanForm form, int window, int stride)
    {
        PlanDraft draft = form == PlanForm.Windowed ? Lowering.Run(quantized, form, window, stride) : Lowering.Run(quantized, form, Lowering.StepFrames(quantized));
        string path = Path.Combine(folder, "model.edge");
        File.WriteAllBytes(path, EdgeFile.Write(draft, "model", []));
        return IntegerModelRunner.Open(path);
    }

    internal static IEnumerable<CalibrationSample> Samples(int count, int frames) =>
        Enumerable.Range(0, count).Select(i => new CalibrationSample($"clip {i}", new Dictionary<string, OnnxTensor> { ["features"] = SmallNetwork.Recording(500 + i, frames) }));
}

using System.Text;
using Edge.Detection;
using Edge.Features;
using Edge.Inference;
using Edge.Numerics;
using Edge.OnnxRuntime;
using Edge.Quantization.Compilation;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;

namespace Edge.Benchmarks;

/// <summary>One inference of a depthwise-separable network: here, rounding twice as TensorFlow Lite does, and the same graph in ONNX Runtime.</summary>
internal static class SeparableEntries
{
    public static void Add(Contest contest)
    {
        Add(contest, SeparableNetwork.KeywordSpotting(), new LogMelOptions { Bands = 10 });
        Add(contest, SeparableNetwork.SoundEvents(), new LogMelOptions { Bands = 64 });
    }

    /// <summary>The same network's operators, each with the microseconds it takes.</summary>
    public static void PrintOperators(TextWriter output, KernelSet kernels)
    {
        foreach ((ModelGraph graph, int bands) in (ReadOnlySpan<(ModelGraph, int)>)[(SeparableNetwork.KeywordSpotting(), 10), (SeparableNetwork.SoundEvents(), 64)])
        {
            using Model model = Load(Compile(graph, new LogMelOptions { Bands = bands }), graph.Name, kernels);
            output.WriteLine($"{graph.Name}, {kernels.ToString().ToLowerInvariant()}");
            OperatorTimes.Print(output, model);
        }
    }

    private static void Add(Contest contest, ModelGraph graph, FrontEndOptions frontEnd)
    {
        string group = $"{graph.Name}, one inference, rounding twice";
        byte[] file = Compile(graph, frontEnd);
        AddOnnxRuntime(contest, group, graph);
        foreach (KernelSet kernels in InstructionSet.Supported.Where(set => set != KernelSet.Reference))
        {
            Session session = Load(file, graph.Name, kernels).CreateSession();
            FillRandom(session.Input);
            contest.Add(new Entry(group, $"edge, {kernels.ToString().ToLowerInvariant()}", session.Step, 1));
        }
    }

    private static void AddOnnxRuntime(Contest contest, string group, ModelGraph graph)
    {
        if (!OnnxRuntimeLibrary.TryLoad(out string? problem))
        {
            contest.Note($"ONNX Runtime is not measured: {problem}");
            return;
        }

        OnnxSession session = OnnxSession.Open(OnnxWriter.Write(graph));
        long[] shape = graph.Inputs[0].StaticShape!;
        var random = new Random(1);
        float[] features = [.. Enumerable.Range(0, (int)(shape[2] * shape[3])).Select(_ => random.Next(-128, 128))];
        var inputs = new Dictionary<string, OnnxTensor> { [graph.Inputs[0].Name] = OnnxTensor.Of(shape, features) };
        contest.Add(new Entry(group, "ONNX Runtime, QDQ, 1 thread", () => session.Run(inputs, _ => { }), 1));
    }

    private static byte[] Compile(ModelGraph graph, FrontEndOptions frontEnd)
    {
        int frames = (int)graph.Inputs[0].Shape![2].Size;
        int classes = (int)graph.Outputs[0].Shape![^1].Size;
        string[] labels = [.. Enumerable.Range(0, classes).Select(i => $"class{i}")];
        byte[] file = ModelBuilder.FromQuantized(graph, new BuildOptions
        {
            Name = graph.Name, Labels = labels, FrontEnd = frontEnd, Detection = new KeywordOptions { Thresholds = [.. labels.Select(_ => 0.5f)] },
            Form = PlanForm.Windowed, WindowFrames = frames, StrideFrames = frames,
        }).File;
        ReadOnlySpan<byte> once = Encoding.UTF8.GetBytes("\\\"rounding\\\":\\\"single\\\"");
        Encoding.UTF8.GetBytes("double").CopyTo(file.AsSpan(file.AsSpan().IndexOf(once) + once.Length - 8));
        return file;
    }

    private static Model Load(byte[] file, string name, KernelSet kernels) => Model.Load(file, name, kernels);

    private static void FillRandom(Span<sbyte> values)
    {
        var random = new Random(1);
        foreach (ref sbyte value in values)
        {
            value = (sbyte)random.Next(-128, 128);
        }
    }
}

using Edge.Inference;
using Edge.Numerics;
using Edge.OnnxRuntime;
using Edge.Quantization.Calibration;
using Edge.Quantization.Compilation;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
using Edge.Quantization.Rewriting.Canonical;
using Edge.Quantization.Rewriting.Quantizing;

namespace Edge.Benchmarks;

/// <summary>
/// The model families: sound at once and hop for hop, beside ONNX Runtime on the same graph with QuantizeLinear and DequantizeLinear. Weights and
/// inputs do not matter to the time; the networks are those that the recipes export.
/// </summary>
/// <param name="folders">Where the ONNX files are looked for, in order.</param>
internal sealed class FamilyEntries(params string[] folders)
{
    /// <param name="Name">What the report calls it.</param>
    /// <param name="File">Its ONNX file.</param>
    /// <param name="Export">What makes the file, in quantization/recipes.</param>
    /// <param name="Frames">Frames of the sound that is taken at once.</param>
    /// <param name="Sound">What those are.</param>
    /// <param name="HopMs">Time from one frame to the next, in ms; 0 where the network does not stream.</param>
    /// <param name="StepFrames">Frames of a streaming step beside the fewest; 0 for none.</param>
    private sealed record Family(string Name, string File, string Export, int Frames, string Sound, int HopMs = 0, int StepFrames = 0);

    private static readonly Family[] All =
    [
        new("tiny transformer", "sound-events-tiny.onnx", "tiny-transformer/train.sh", 0, "its window of 5 s"),
        new("Wav2Small 72K", "wav2small-72k.onnx", "wav2small/export.py", 2_500, "5 s", 2, 50),
        new("LMUFormer 1.62M", "lmuformer.onnx", "lmuformer/export.py published --seed 1 --onnx lmuformer.onnx", 100, "1 s", 10),
        new("LMUFormer small", "lmuformer-small.onnx", "lmuformer/export.py small --seed 1 --onnx lmuformer-small.onnx", 100, "1 s", 10),
        new("DistilHuBERT", "distilhubert.onnx", "hubert/export.py distilhubert --seconds 1 --onnx distilhubert.onnx", 0, "1 s"),
    ];

    private const int CalibrationInputs = 4;
    private static readonly string Kernels = InstructionSet.Best.ToString().ToLowerInvariant(); // those that EDGE_KERNELS names, or the fastest

    private const int WindowSeconds = 1; // that ONNX Runtime runs again at each hop

    /// <summary>The entries of all families, or of those whose name has a text in it.</summary>
    public void Add(Contest contest, string? only = null)
    {
        foreach ((Family family, ModelGraph? graph, string? problem) in Graphs(only))
        {
            if (graph is null)
            {
                contest.Note($"{family.Name} is not measured: {problem}");
                continue;
            }

            int frames = Frames(family, graph);
            AddAtOnce(contest, family, graph, frames);
            if (family.HopMs > 0)
            {
                AddHops(contest, family, graph);
            }
        }
    }

    /// <summary>What each operator takes, a table for each family and form.</summary>
    public void PrintOperators(TextWriter output, string? only)
    {
        foreach ((Family family, ModelGraph? graph, string? problem) in Graphs(only))
        {
            if (graph is null)
            {
                output.WriteLine($"{family.Name}: {problem}");
                continue;
            }

            output.WriteLine($"{family.Name}, {family.Sound} at once");
            OperatorTimes.Print(output, Load(Lowering.Run(graph, PlanForm.Batch, Frames(family, graph), features: 1)));
            if (family.HopMs > 0)
            {
                output.WriteLine($"{family.Name}, a streaming step");
                OperatorTimes.Print(output, Load(Lowering.Run(graph, PlanForm.Streaming, Lowering.StepFrames(graph), newest: true)));
            }
        }
    }

    private IEnumerable<(Family Family, ModelGraph? Graph, string? Problem)> Graphs(string? only)
    {
        foreach (Family family in All.Where(family => only is null || family.Name.Contains(only, StringComparison.OrdinalIgnoreCase)))
        {
            string? path = folders.Select(folder => Path.Combine(folder, family.File)).FirstOrDefault(File.Exists);
            (ModelGraph? graph, string? problem) = (null, $"{family.File} is not there; quantization/recipes/{family.Export} makes it.");
            try
            {
                graph = path is null ? null : Quantized(OnnxReader.Read(path), family);
                if (graph is not null)
                {
                    Lowering.Run(graph, family.HopMs > 0 ? PlanForm.Streaming : PlanForm.Batch, family.HopMs > 0 ? Lowering.StepFrames(graph) : Frames(family, graph), features: 1);
                }
            }
            catch (GraphFormatException e)
            {
                (graph, problem) = (null, e.Message);
            }

            yield return (family, graph, problem);
        }
    }

    private static ModelGraph Quantized(ModelGraph graph, Family family)
    {
        if (graph.Nodes.Exists(node => node.OpType == "QuantizeLinear"))
        {
            return graph;
        }

        var random = new Random(1);
        long[] shape = Shape(graph, FixedFrames(graph) ?? Math.Min(Frames(family, graph), 500));
        Cleanup.Apply(graph);
        IEnumerable<IReadOnlyDictionary<string, OnnxTensor>> inputs = Enumerable.Range(0, CalibrationInputs)
            .Select(_ => new Dictionary<string, OnnxTensor> { [graph.Inputs[0].Name] = Input(random, shape) });
        return Quantizer.Apply(graph, ActivationCollector.MinMax(graph, inputs));
    }

    private static int? FixedFrames(ModelGraph graph) =>
        graph.Inputs[0].Shape is { Count: > 1 } shape && shape[shape.Count == 2 ? 1 : shape.Count - 2] is { IsKnown: true } frames ? (int)frames.Size : null;

    private static int Frames(Family family, ModelGraph graph) => family.Frames > 0 ? family.Frames : Lowering.InputFrames(graph, features: 1) ?? 100;

    private static void AddAtOnce(Contest contest, Family family, ModelGraph graph, int frames)
    {
        string group = $"{family.Name}, {family.Sound} at once";
        AddOnnxRuntime(contest, group, graph, frames, 1);
        PlanDraft plan = Lowering.Run(graph, PlanForm.Batch, frames, features: 1);
        Session session = Load(plan).CreateSession();
        FillRandom(session.Input);
        contest.Add(new Entry(group, $"edge, {Kernels}", session.Step, 1));
        if (family.HopMs > 0)
        {
            int stepFrames = Lowering.StepFrames(graph);
            Session stream = Load(Lowering.Run(graph, PlanForm.Streaming, stepFrames, newest: true)).CreateSession();
            FillRandom(stream.Input);
            contest.Add(new Entry(group, $"edge, hop for hop, {Kernels}", () => Steps(stream, frames / stepFrames), 1));
        }
    }

    /// <summary>A second hop for hop: streaming steps here; ONNX Runtime, which keeps nothing, runs the last second again at each.</summary>
    private static void AddHops(Contest contest, Family family, ModelGraph graph)
    {
        string group = $"{family.Name}, one hop";
        int fewest = Lowering.StepFrames(graph), hops = 1_000 * WindowSeconds / family.HopMs;
        AddOnnxRuntime(contest, group, graph, hops, 1);
        foreach (int stepFrames in family.StepFrames > 0 ? (int[])[fewest, family.StepFrames] : [fewest])
        {
            PlanDraft plan = Lowering.Run(graph, PlanForm.Streaming, stepFrames, newest: true);
            int steps = Math.Max(1, 50 / stepFrames);
            Session session = Load(plan).CreateSession();
            FillRandom(session.Input);
            contest.Add(new Entry(group, $"edge, steps of {stepFrames}, {Kernels}", () => Steps(session, steps), steps * stepFrames));
        }
    }

    private static void AddOnnxRuntime(Contest contest, string group, ModelGraph graph, int frames, int units)
    {
        OnnxSession session = OnnxSession.Open(OnnxWriter.Write(graph));
        var inputs = new Dictionary<string, OnnxTensor> { [graph.Inputs[0].Name] = Input(new Random(1), Shape(graph, frames)) };
        contest.Add(new Entry(group, "ONNX Runtime, the same graph as QDQ, 1 thread", () => session.Run(inputs, _ => { }), units));
    }

    private static long[] Shape(ModelGraph graph, int frames) => graph.Inputs[0].Shape switch
    {
        { Count: 2 } => [1, frames],
        { } shape => [1, .. shape.Skip(1).SkipLast(2).Select(dimension => dimension.Size), frames, shape[^1].Size],
        null => throw new InvalidDataException($"{graph.Name} does not say the shape of its input."),
    };

    private static OnnxTensor Input(Random random, long[] shape) =>
        OnnxTensor.Of(shape, [.. Enumerable.Range(0, (int)shape.Aggregate((a, b) => a * b)).Select(_ => 4 * random.NextSingle() - 2)]);

    private static Model Load(PlanDraft plan) => Model.Load(EdgeFile.Write(plan, "family", []), "family");

    private static void Steps(Session session, int steps)
    {
        for (int i = 0; i < steps; i++)
        {
            session.Step();
        }
    }

    private static void FillRandom(Span<sbyte> values)
    {
        var random = new Random(1);
        foreach (ref sbyte value in values)
        {
            value = (sbyte)random.Next(-128, 128);
        }
    }
}

using Edge.Features;
using Edge.Inference;
using Edge.Numerics;
using Edge.OnnxRuntime;
using Edge.Quantization.Compilation;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;

namespace Edge.Benchmarks;

/// <summary>
/// One inference of imported TensorFlow Lite models, as `edgec import` imports them by default, and the same graph in ONNX Runtime.
/// </summary>
internal sealed class ImportedEntries(string modelFolder)
{
    private static readonly (string File, string FrontEnd, int Classes)[] Models = [("mlperf-tiny-kws.tflite", "mlperf-kws", 12), ("yamnet-spectra-in.tflite", "yamnet", 521)];

    /// <summary>The entries; a note for each file that is not there.</summary>
    public void Add(Contest contest)
    {
        foreach ((string file, BuildResult? built) in Built())
        {
            if (built is null)
            {
                contest.Note($"{file} is not measured: {Path.Combine(modelFolder, file)} is not there.");
                continue;
            }

            string group = $"{Path.GetFileNameWithoutExtension(file)}, one inference";
            AddOnnxRuntime(contest, group, built.Quantized);
            foreach (KernelSet kernels in InstructionSet.Supported.Where(set => set != KernelSet.Reference))
            {
                Session session = Model.Load(built.File, file, kernels).CreateSession();
                FillRandom(session.Input);
                contest.Add(new Entry(group, $"edge, {kernels.ToString().ToLowerInvariant()}", session.Step, 1));
            }
        }
    }

    /// <summary>What each operator takes, a table for each model.</summary>
    public void PrintOperators(TextWriter output, KernelSet kernels)
    {
        foreach ((string file, BuildResult? built) in Built())
        {
            if (built is null)
            {
                output.WriteLine($"{Path.Combine(modelFolder, file)} is not there.");
                continue;
            }

            using Model model = Model.Load(built.File, file, kernels);
            output.WriteLine($"{file}, {kernels.ToString().ToLowerInvariant()}");
            OperatorTimes.Print(output, model);
        }
    }

    private IEnumerable<(string File, BuildResult? Built)> Built()
    {
        foreach ((string file, string frontEnd, int classes) in Models)
        {
            string path = Path.Combine(modelFolder, file);
            yield return (file, File.Exists(path) ? Import(path, frontEnd, classes) : null);
        }
    }

    private static BuildResult Import(string path, string frontEnd, int classes) => ModelImport.Run(File.ReadAllBytes(path), path, new ImportOptions
    {
        Name = Path.GetFileNameWithoutExtension(path),
        Labels = [.. Enumerable.Range(0, classes).Select(i => $"class {i}")],
        FrontEnd = FrontEndCatalogue.Find(frontEnd),
    });

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
        float[] features = [.. Enumerable.Range(0, (int)shape.Aggregate((a, b) => a * b)).Select(_ => 4 * random.NextSingle() - 2)];
        var inputs = new Dictionary<string, OnnxTensor> { [graph.Inputs[0].Name] = OnnxTensor.Of(shape, features) };
        contest.Add(new Entry(group, "ONNX Runtime, the same graph as QDQ, 1 thread", () => session.Run(inputs, _ => { }), 1));
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

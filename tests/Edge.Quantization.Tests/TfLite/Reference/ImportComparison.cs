using System.Runtime.InteropServices;
using Edge.Inference;
using Edge.Numerics;
using Edge.Quantization.Compilation;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.TfLite;

namespace Edge.Quantization.Tests.TfLite.Reference;

/// <summary>A .tflite file in the integer engine and in the reference: every tensor that both have must have the same bits.</summary>
internal sealed class ImportComparison : IDisposable
{
    private readonly ReferenceInterpreter reference;
    private readonly string[] names;
    private readonly Model model;
    private readonly Session session;
    private readonly bool forgets;

    /// <param name="file">The file.</param>
    /// <param name="rounding">How both round.</param>
    /// <param name="kernels">The engine's kernels; null for the best that the machine has.</param>
    /// <param name="keepStates">Whether layers that take a window keep their memory beyond it.</param>
    public ImportComparison(byte[] file, ReferenceRounding rounding, KernelSet? kernels = null, bool keepStates = false)
    {
        TfLiteModel parsed = TfLiteModel.Read(file, "sketch");
        reference = new ReferenceInterpreter(parsed, rounding);
        names = TfLiteNames.Of(parsed.Subgraphs[0]);
        ModelGraph graph = TfLiteReader.Read(file, "sketch");
        graph.Metadata[TfLiteReader.ArithmeticKey] = rounding == ReferenceRounding.Once ? "tensorflow-lite" : "tensorflow-lite-double";
        if (keepStates)
        {
            ModelImport.KeepStates(graph, "sketch");
        }

        forgets = !graph.IsStateful;
        PlanForm form = graph.IsStateful ? PlanForm.Streaming : PlanForm.Batch;
        PlanDraft draft = Lowering.Run(graph, form, Lowering.InputFrames(graph) ?? 1);
        model = Model.Load(EdgeFile.Write(draft, "sketch", []), "sketch", kernels);
        session = model.CreateSession();
    }

    /// <summary>Tensors besides the output that were compared in the last step.</summary>
    public int Compared { get; private set; }

    /// <summary>The lowest, the highest, all values in a row, and random ones.</summary>
    public IEnumerable<sbyte[]> Inputs(Random random)
    {
        int length = session.Input.Length;
        yield return [.. Enumerable.Repeat(sbyte.MinValue, length)];
        yield return [.. Enumerable.Repeat(sbyte.MaxValue, length)];
        yield return [.. Enumerable.Range(0, length).Select(i => unchecked((sbyte)i))];
        for (int i = 0; i < 3; i++)
        {
            yield return [.. Enumerable.Range(0, length).Select(_ => (sbyte)random.Next(sbyte.MinValue, sbyte.MaxValue + 1))];
        }
    }

    /// <summary>Gives both the same input, one step on, and compares.</summary>
    public void Step(ReadOnlySpan<sbyte> input)
    {
        Assert.Equal(session.Input.Length, input.Length);
        input.CopyTo(session.Input);
        ReferenceTensor given = reference.Inputs[0];
        given.Integers = [.. input.ToArray().Select(q => given.Type == TfLiteType.UInt8 ? q + 128 : q)];
        Step();
    }

    /// <summary>Gives both the same input in floats.</summary>
    public void Step(ReadOnlySpan<float> input)
    {
        input.CopyTo(reference.Inputs[0].Reals);
        reference.Run();
        // The engine takes what the file's own QUANTIZE makes.
        ReferenceTensor quantized = reference.Tensors.First(tensor => tensor.Type == TfLiteType.Int8 && tensor.Count == session.Input.Length);
        for (int i = 0; i < quantized.Count; i++)
        {
            session.Input[i] = (sbyte)quantized.Integers[i];
        }

        Compare();
    }

    public void Dispose() => model.Dispose();

    private void Step()
    {
        if (forgets)
        {
            reference.Reset();
        }

        reference.Run();
        Compare();
    }

    private void Compare()
    {
        Dictionary<string, int[]> expected = reference.Tensors.Zip(names).Where(pair => pair.First.Type == TfLiteType.Int8).ToDictionary(pair => pair.Second, pair => pair.First.Integers);
        List<string> differences = [];
        Compared = 0;
        session.Step((tensor, elements) =>
        {
            if (tensor.Type == Inference.ElementType.Int8 && expected.TryGetValue(tensor.Name, out int[]? values) && values.Length == elements.Length)
            {
                Compared++;
                ReadOnlySpan<sbyte> ours = MemoryMarshal.Cast<byte, sbyte>(elements);
                differences.AddRange(IsLaidOutOtherwise(tensor.Shape, ours, values) ? [] : Difference(tensor.Name, ours, values));
            }
        });
        ReferenceTensor output = reference.Outputs[0];
        int[] scores = output.Type switch
        {
            TfLiteType.UInt8 => Array.ConvertAll(output.Integers, q => q - 128),
            TfLiteType.Int8 => output.Integers,
            _ => reference.Tensors.Last(tensor => tensor.Type == TfLiteType.Int8 && tensor.Count == output.Count).Integers,
        };
        differences.AddRange(Difference("output", session.Output, scores));
        Assert.True(differences.Count == 0, string.Join("; ", differences));
    }

    /// <summary>Whether a tensor between the operators has its axes in another order here: the same elements. The output always has the file's.</summary>
    private static bool IsLaidOutOtherwise(int[] shape, ReadOnlySpan<sbyte> ours, int[] expected) =>
        shape.Count(size => size > 1) > 1 && ours.ToArray().Select(q => (int)q).Order().SequenceEqual(expected.Order());

    private static IEnumerable<string> Difference(string name, ReadOnlySpan<sbyte> ours, int[] expected)
    {
        if (ours.Length != expected.Length)
        {
            return [$"'{name}' has {ours.Length} elements, expected {expected.Length}"];
        }

        (int count, int first, int largest) = (0, -1, 0);
        for (int i = 0; i < expected.Length; i++)
        {
            if (ours[i] != expected[i])
            {
                count++;
                first = first < 0 ? i : first;
                largest = Math.Max(largest, Math.Abs(ours[i] - expected[i]));
            }
        }

        return count == 0 ? [] : [$"'{name}' differs in {count} of {expected.Length}, by at most {largest}, first at {first}: {ours[first]}, expected {expected[first]}"];
    }
}

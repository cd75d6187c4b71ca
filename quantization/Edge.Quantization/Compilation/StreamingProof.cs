using Edge.Inference;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Compilation;

/// <summary>Shows that the streaming form of a graph is its batch form: both run over the same recording must give the same bits.</summary>
internal static class StreamingProof
{
    /// <summary>Runs both forms.</summary>
    /// <param name="graph">A quantized graph.</param>
    /// <param name="recording">int8 features in the input's scale, [frames, features]; frames beyond the last whole step are left out.</param>
    /// <returns>Number of scores compared, and the index of the first that differs; -1 where none does.</returns>
    public static (int Compared, int FirstDifference) Compare(ModelGraph graph, ReadOnlySpan<sbyte> recording)
    {
        int stepFrames = Lowering.StepFrames(graph);
        PlanDraft streaming = Lowering.Run(graph, PlanForm.Streaming, stepFrames);
        int stepElements = streaming.Input!.Bytes;
        int steps = recording.Length / stepElements;
        recording = recording[..(steps * stepElements)];
        sbyte[] batch = Run(Lowering.Run(graph, PlanForm.Batch, steps * stepFrames), recording);
        sbyte[] streamed = Run(streaming, recording);
        int common = streamed.AsSpan().CommonPrefixLength(batch);
        return (streamed.Length, common == streamed.Length && batch.Length == streamed.Length ? -1 : common);
    }

    /// <summary>Every output of a plan that is stepped over a recording.</summary>
    internal static sbyte[] Run(PlanDraft draft, ReadOnlySpan<sbyte> recording, Numerics.KernelSet? kernels = null)
    {
        using Model model = Model.Load(EdgeFile.Write(draft, "proof", []), "the compiled plan", kernels);
        Session session = model.CreateSession();
        int stepElements = session.Input.Length;
        var outputs = new sbyte[recording.Length / stepElements * session.Output.Length];
        for (int step = 0; step * stepElements < recording.Length; step++)
        {
            recording.Slice(step * stepElements, stepElements).CopyTo(session.Input);
            session.Step();
            session.Output.CopyTo(outputs.AsSpan(step * session.Output.Length));
        }

        return outputs;
    }
}

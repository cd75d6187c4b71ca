using Edge.Inference;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Compilation;

/// <summary>Shows that the streaming form of a graph is its batch form: both run over the same recordings must give the same bits.</summary>
internal static class StreamingProof
{
    /// <summary>
    /// Runs both forms over a recording, and where the streaming form looks ahead over beginnings of it too: shorter than its delay, and no whole number
    /// of steps.
    /// </summary>
    /// <param name="graph">A quantized graph.</param>
    /// <param name="recording">int8 features in the input's scale, [frames, features]; what no step or part of one takes is left out.</param>
    /// <param name="stepFrames">Frames of a step; 0 for as few as there can be.</param>
    /// <param name="newest">Whether a step gives its newest frame alone.</param>
    /// <returns>Number of scores compared, and the index of the first that differs; -1 where none does.</returns>
    public static (int Compared, int FirstDifference) Compare(ModelGraph graph, ReadOnlySpan<sbyte> recording, int stepFrames = 0, bool newest = false)
    {
        stepFrames = stepFrames == 0 ? Lowering.StepFrames(graph) : stepFrames;
        PlanDraft streaming = Lowering.Run(graph, PlanForm.Streaming, stepFrames, newest: newest);
        using Model model = Load(streaming);
        int frameBytes = streaming.Input!.Bytes / stepFrames, compared = 0;
        foreach (int frames in Lengths(model, recording.Length / frameBytes))
        {
            ReadOnlySpan<sbyte> sound = recording[..(frames * frameBytes)];
            sbyte[] batch = Run(Lowering.Run(graph, PlanForm.Running, frames), sound);
            sbyte[] streamed = Stream(model, sound);
            sbyte[] expected = newest ? Newest(batch, frames, stepFrames, model.Output.Elements) : batch;
            int common = streamed.AsSpan().CommonPrefixLength(expected);
            if (common < expected.Length)
            {
                return (compared + expected.Length, compared + common);
            }

            compared += expected.Length;
        }

        return (compared, -1);
    }

    /// <summary>Every output of a plan that is stepped over a recording, those of a delay at its end too, without the first that mean nothing.</summary>
    internal static sbyte[] Run(PlanDraft draft, ReadOnlySpan<sbyte> recording, Numerics.KernelSet? kernels = null)
    {
        using Model model = Load(draft, kernels);
        return Stream(model, recording);
    }

    private static Model Load(PlanDraft draft, Numerics.KernelSet? kernels = null) => Model.Load(EdgeFile.Write(draft, "proof", []), "the compiled plan", kernels);

    /// <summary>As <see cref="Run"/>, of a model that is loaded.</summary>
    internal static sbyte[] Stream(Model model, ReadOnlySpan<sbyte> recording)
    {
        Session session = model.CreateSession();
        int stepElements = session.Input.Length, frameElements = stepElements / model.Input.Shape[1];
        int soundSteps = (recording.Length + stepElements - 1) / stepElements;
        var outputs = new sbyte[soundSteps * session.Output.Length];
        for (int step = 0; step < soundSteps + model.DelaySteps; step++)
        {
            ReadOnlySpan<sbyte> rest = recording[Math.Min(step * stepElements, recording.Length)..];
            if (rest.Length < stepElements)
            {
                session.End(rest.Length / frameElements);
                session.Input.Fill(sbyte.MaxValue); // it must make no difference what lies behind the end
            }

            rest[..Math.Min(rest.Length, stepElements)].CopyTo(session.Input);
            session.Step();
            if (step >= model.DelaySteps)
            {
                session.Output.CopyTo(outputs.AsSpan((step - model.DelaySteps) * session.Output.Length));
            }
        }

        return outputs;
    }

    /// <summary>Lengths to compare: all there is, and where an operator asks which frames are real short ones, down to the least that can be.</summary>
    private static IEnumerable<int> Lengths(Model model, int frames)
    {
        int unit = model.EndFrames, step = model.Input.Shape[1];
        int[] lengths = unit == step && model.DelaySteps == 0
            ? [frames]
            : [frames, unit, 3 * unit, model.DelaySteps * step / 2, model.DelaySteps * step + unit, 3 * model.DelaySteps * step + step - unit];
        return lengths.Select(length => Math.Min(length, frames) / unit * unit).Where(length => length > 0).Distinct();
    }

    /// <summary>The last frame of every step; of a step that the sound does not fill there is none.</summary>
    private static sbyte[] Newest(sbyte[] batch, int frames, int stepFrames, int scores)
    {
        int outputs = batch.Length / scores * stepFrames / frames; // frames that a step makes
        return [.. Enumerable.Range(1, frames / stepFrames).SelectMany(step => batch[((step * outputs - 1) * scores)..(step * outputs * scores)])];
    }
}

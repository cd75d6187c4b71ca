using Edge.Inference;
using Edge.Numerics;
using Edge.OnnxRuntime;

namespace Edge.Benchmarks;

/// <summary>A hop of the wake-words network: one streaming step here, the whole window again in ONNX Runtime.</summary>
internal static class NetworkEntries
{
    /// <summary>Frames that ONNX Runtime runs again at each hop: all that the last score depends on: 84 steps of the blocks, two frames each, and five of the first layer.</summary>
    private const int WindowFrames = 174;

    private const int StepsACall = 50;

    public static void Add(Contest contest, string modelPath, string onnxFolder)
    {
        int hopMs = 0;
        foreach (KernelSet kernels in InstructionSet.Supported)
        {
            Session session = Model.Load(modelPath, kernels).CreateSession();
            hopMs = session.Model.Input.Shape[1] * 10;
            FillRandom(session.Input);
            contest.Add(new Entry(Group(hopMs), $"edge, one step, {kernels.ToString().ToLowerInvariant()}", () => Steps(session), StepsACall));
        }

        if (!OnnxRuntimeLibrary.TryLoad(out string? problem))
        {
            contest.Note($"ONNX Runtime is not measured: {problem}");
            return;
        }

        foreach (string file in (string[])["wake-words.onnx", "wake-words.qdq.onnx"])
        {
            OnnxSession session = OnnxSession.Open(Path.Combine(onnxFolder, file));
            var random = new Random(1);
            float[] features = [.. Enumerable.Range(0, WindowFrames * 40).Select(_ => (float)random.NextDouble() * 10)];
            var inputs = new Dictionary<string, OnnxTensor> { [session.Inputs[0].Name] = OnnxTensor.Of([1L, WindowFrames, 40], features) };
            contest.Add(new Entry(Group(hopMs), $"ONNX Runtime, {WindowFrames} frames, 1 thread, {file}", () => session.Run(inputs), 1));
        }
    }

    private static string Group(int hopMs) => $"wake-words, one hop of {hopMs} ms";

    private static void Steps(Session session)
    {
        for (int i = 0; i < StepsACall; i++)
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

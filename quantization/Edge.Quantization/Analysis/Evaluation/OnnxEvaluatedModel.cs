using System.Diagnostics.CodeAnalysis;
using Edge.Features;
using Edge.OnnxRuntime;
using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Analysis.Evaluation;

/// <summary>An ONNX file, float or quantized, in ONNX Runtime.</summary>
/// <remarks>
/// A graph that takes any number of frames hears a clip whole. One of a fixed number hears windows of it, with silence behind the last; one with
/// states hears it step by step, from its first states. A graph
/// that does not end in a softmax or sigmoid gives logits or logarithms of probabilities: a softmax follows, which is right for both.
/// </remarks>
public sealed class OnnxEvaluatedModel : EvaluatedModel
{
    private static readonly HashSet<string> Shaping =
        ["Identity", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Transpose", "Cast", "QuantizeLinear", "DequantizeLinear"];

    private readonly ModelGraph graph;
    private readonly OnnxSession session;
    private readonly InputLayout layout;
    private readonly FeatureExtractor extractor;
    private readonly bool isProbability;
    private readonly int strideFrames;

    [SetsRequiredMembers]
    private OnnxEvaluatedModel(string path, ModelGraph graph, InputLayout layout, FrontEndOptions frontEnd, IReadOnlyList<string> labels, int? strideFrames, byte[]? file)
    {
        (Path, FrontEnd, Labels) = (path, frontEnd, labels);
        (this.graph, this.layout) = (graph, layout);
        extractor = new FeatureExtractor(frontEnd);
        isProbability = EndsInProbability(graph);
        this.strideFrames = graph.States.Count > 0 ? layout.Frames : strideFrames ?? Math.Max(1, layout.Frames / 2);
        try
        {
            session = file is null ? OnnxSession.Open(path) : OnnxSession.Open(file);
        }
        catch (OnnxRuntimeException e)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>Opens a file.</summary>
    /// <param name="path">An ONNX file with one input.</param>
    /// <param name="graph">What is in it.</param>
    /// <param name="frontEnd">The front end whose features it takes.</param>
    /// <param name="labels">Names of its scores, in order.</param>
    /// <param name="strideFrames">Frames from one window to the next, where the graph takes a fixed number; null for half of them.</param>
    /// <param name="file">The file's content; null to read it from <paramref name="path"/>.</param>
    /// <param name="featureUnit">The real value of one step of the front end's integers; null for what their fractional bits say.</param>
    /// <exception cref="GraphFormatException">The graph has operators that ONNX Runtime does not have.</exception>
    /// <exception cref="InvalidDataException">The input does not take what the front end makes, or ONNX Runtime cannot load the file.</exception>
    public static OnnxEvaluatedModel Open(string path, ModelGraph graph, FrontEndOptions frontEnd, IReadOnlyList<string> labels, int? strideFrames = null, byte[]? file = null, float? featureUnit = null)
    {
        graph.RequireStandardOperators();
        if (graph.Inputs.Count != 1)
        {
            throw new InvalidDataException($"{path} has the inputs {string.Join(", ", graph.Inputs)}; expected one, for features.");
        }

        int bins = Features.FrontEnd.Create(frontEnd).Bins;
        InputLayout? layout = InputLayout.Of(graph.Inputs[0], bins);
        if (layout is { IsWaveform: true } && frontEnd is PcmOptions)
        {
            frontEnd = new PcmOptions { SampleRateHz = frontEnd.SampleRateHz, WindowSamples = 1, HopSamples = 1 };
        }
        else if (layout is null or { IsWaveform: true })
        {
            throw new InvalidDataException($"{path}: the input {graph.Inputs[0]} does not take what the {frontEnd.Kind} front end makes: {bins} features a frame. Expected a batch of 1, a dimension of {bins} and one of frames.");
        }

        return new OnnxEvaluatedModel(path, graph, layout, frontEnd, labels, strideFrames, file) { FeatureUnit = featureUnit };
    }

    /// <inheritdoc/>
    public override StepScorer CreateScorer() => Score;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => session.Dispose();

    private float[] Score(int[] features)
    {
        int window = layout.Frames, bins = layout.Features, frames = features.Length / bins;
        if (window <= 0)
        {
            return Run(Pad(features, 1, extractor), new OnnxStates(graph));
        }

        var states = new OnnxStates(graph);
        int[] padded = Pad(features, WholeStrides(frames, window, strideFrames), extractor);
        var scores = new List<float>();
        for (int start = 0; (start + window) * bins <= padded.Length; start += strideFrames)
        {
            scores.AddRange(Run(padded[(start * bins)..((start + window) * bins)], states));
        }

        return [.. scores];
    }

    private float[] Run(int[] features, OnnxStates states)
    {
        float unit = FeatureUnit ?? MathF.ScaleB(1, -extractor.FractionBits);
        OnnxTensor tensor = OnnxTensor.Of(layout.Dims(features.Length / layout.Features), layout.Arrange(Array.ConvertAll(features, feature => feature * unit)));
        float[] scores = [];
        try
        {
            bool first = true;
            session.Run(states.With(new Dictionary<string, OnnxTensor> { [layout.Input.Name] = tensor }), output =>
            {
                states.Take(output);
                if (first)
                {
                    scores = Probabilities(output);
                    first = false;
                }
            });
        }
        catch (Exception e) when (e is OnnxRuntimeException or ArgumentException)
        {
            throw new InvalidDataException($"{Path} does not run on {features.Length / layout.Features} frames: {e.Message}", e);
        }

        states.Advance();
        return scores;
    }

    private float[] Probabilities(OnnxOutput output)
    {
        if (output.ElementType != OnnxElementType.Float32 || output.Dims.Length == 0 || output.Dims[^1] != Labels.Count || output.Count == 0)
        {
            throw new InvalidDataException($"{Path}: the output {output.Name} is {output.ElementType} [{string.Join(", ", output.Dims.ToArray())}]; expected float scores, the last dimension one of {Labels.Count} labels ({string.Join(", ", Labels)}).");
        }

        float[] scores = output.Elements<float>().ToArray();
        for (int start = 0; !isProbability && start < scores.Length; start += Labels.Count)
        {
            Softmax(scores.AsSpan(start, Labels.Count));
        }

        return scores;
    }

    private static void Softmax(Span<float> scores)
    {
        float max = float.NegativeInfinity, sum = 0;
        foreach (float score in scores)
        {
            max = Math.Max(max, score);
        }

        foreach (ref float score in scores)
        {
            score = MathF.Exp(score - max);
            sum += score;
        }

        foreach (ref float score in scores)
        {
            score /= sum;
        }
    }

    private static bool EndsInProbability(ModelGraph graph)
    {
        Node? last = Maker(graph.Outputs[0].Name);
        while (last is not null && Shaping.Contains(last.OpType))
        {
            last = last.Input(0) is { } value ? Maker(value) : null;
        }

        return last?.OpType is "Softmax" or "Sigmoid";

        Node? Maker(string value) => graph.Nodes.Find(node => node.Outputs.Contains(value));
    }
}

using System.Runtime.InteropServices;
using Edge.Inference;
using Edge.OnnxRuntime;
using Edge.Quantization.Calibration;
using Edge.Quantization.Compilation;
using Edge.Quantization.Graph;
using ElementType = Edge.Inference.ElementType;

namespace Edge.Quantization.Analysis.Comparison;

/// <summary>A plan in the integer engine: an .edge file stepped over a sample, or a quantized graph lowered in batch form to the sample's length.</summary>
/// <remarks>What the steps of a streaming model give is joined along time, which is what the batch form gives; states are not shown, nor
/// is anything but the output of a model that looks ahead.</remarks>
public sealed class IntegerModelRunner : ModelRunner
{
    private readonly ModelGraph? graph;
    private readonly Dictionary<string, List<float>> activations = [];
    private readonly List<(TensorInfo Tensor, string Name)> order = [];
    private Model model;
    private Session session;

    private IntegerModelRunner(Model model, ModelGraph? graph, string name)
    {
        (this.model, this.graph, Name) = (model, graph, name);
        session = model.CreateSession();
        Describe();
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<ValueInfo> Inputs => graph?.Inputs
        ?? [new ValueInfo(Input, Graph.ElementType.Float32, [1, WindowFrames > 0 ? (Dimension)WindowFrames : "frames", Features])];

    /// <inheritdoc/>
    public override (double Min, double Max, double Step)? InputRange =>
        model.Input.Type == ElementType.Int16
            ? (model.Input.Scale * short.MinValue, model.Input.Scale * short.MaxValue, model.Input.Scale)
            : (model.Input.Scale * (sbyte.MinValue - model.Input.ZeroPoint), model.Input.Scale * (sbyte.MaxValue - model.Input.ZeroPoint), model.Input.Scale);

    /// <inheritdoc/>
    public override string Input => model.Input.Name;

    /// <inheritdoc/>
    public override string Output => NameOf(model.Output);

    /// <summary>The model that ran last: of a graph, the batch form of the last sample's length.</summary>
    public Model Model => model;

    /// <summary>The graph where it is lowered to the length of each sample: one without states of its own, which has no steps.</summary>
    private ModelGraph? BatchGraph => graph is not null && !graph.IsStateful ? graph : null;

    private int Features => model.Input.Elements / StepFrames;

    private int StepFrames => model.Input.Shape.Length > 1 ? model.Input.Shape[1] : 1;

    /// <summary>Frames of the window that the model runs over; 0 for a streaming or batch model.</summary>
    private int WindowFrames { get; set; }

    /// <summary>Reads an .edge file.</summary>
    /// <exception cref="ModelFormatException">It is no usable model.</exception>
    public static IntegerModelRunner Open(string path) => new(Model.Load(path), null, path);

    /// <summary>Lowers a quantized graph of one input and one output.</summary>
    /// <exception cref="GraphFormatException">The graph cannot be lowered; the message lists every node and why.</exception>
    public static IntegerModelRunner Open(ModelGraph graph, string name) => new(Lower(graph, FirstFrames(graph)), graph, name);

    /// <inheritdoc/>
    public override IEnumerable<CalibrationSample> Cut(CalibrationSample sample)
    {
        if (BatchGraph is not null)
        {
            return [sample];
        }

        int frames = Frames(sample);
        int whole = frames / StepFrames * StepFrames;
        return WindowFrames == 0
            ? whole == 0 ? [] : [Slice(sample, 0, whole)]
            : Enumerable.Range(0, frames / WindowFrames).Select(window => Slice(sample, window * WindowFrames, WindowFrames));
    }

    /// <inheritdoc/>
    public override void Reset() => session.Reset();

    /// <inheritdoc/>
    public override void Run(CalibrationSample sample, ActivationVisitor visitor)
    {
        int frames = Frames(sample);
        if (BatchGraph is { } graph && frames != StepFrames)
        {
            model.Dispose();
            model = Lower(graph, frames);
            session = model.CreateSession();
            Describe();
        }

        var parameters = new QuantizationParameters((float)model.Input.Scale, model.Input.ZeroPoint, 8 * model.Input.Type.Bytes());
        float[] reals = sample.Tensors.Values.First().Elements<float>();
        sbyte[] features = parameters.Bits == 8
            ? Array.ConvertAll(reals, value => parameters.Quantize(value))
            : MemoryMarshal.Cast<short, sbyte>(Array.ConvertAll(reals, value => parameters.Quantize16(value))).ToArray();
        float[] restored = Array.ConvertAll(reals, value => (float)parameters.Dequantize(parameters.Bits == 8 ? parameters.Quantize(value) : parameters.Quantize16(value)));
        visitor(new ActivationTensor(Input, restored, [1, frames, Features], model.Input.Scale));
        int steps = Step(features, frames);
        foreach ((TensorInfo tensor, string name) in order)
        {
            int[] shape = [.. tensor.Shape];
            if (shape.Length > 0)
            {
                shape[Math.Min(1, shape.Length - 1)] *= steps;
            }

            visitor(new ActivationTensor(name, CollectionsMarshal.AsSpan(activations[name]), shape, tensor.Scale));
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => model.Dispose();

    /// <summary>Runs the input's bytes through the session and keeps the tensors; returns how many steps were kept.</summary>
    private int Step(sbyte[] features, int frames)
    {
        foreach (List<float> values in activations.Values)
        {
            values.Clear();
        }

        int stepElements = session.Input.Length;
        if (WindowFrames == 0)
        {
            int sound = features.Length / stepElements;
            for (int step = 0; step < sound + model.DelaySteps; step++)
            {
                if (step < sound)
                {
                    features.AsSpan(step * stepElements, stepElements).CopyTo(session.Input);
                }
                else
                {
                    session.End();
                }

                session.Step(step < model.DelaySteps ? (_, _) => { } : Keep);
            }

            return sound;
        }

        // A window that is no whole number of strides starts within one: what fills that one up is pushed out again.
        int steps = (WindowFrames + StepFrames - 1) / StepFrames;
        sbyte[] padded = [.. Enumerable.Repeat((sbyte)model.Input.ZeroPoint, (steps * StepFrames - WindowFrames) * Features * model.Input.Type.Bytes()), .. features];
        for (int step = 0; step < steps; step++)
        {
            padded.AsSpan(step * stepElements, stepElements).CopyTo(session.Input);
            if (step < steps - 1)
            {
                session.Step();
            }
            else
            {
                session.Step(Keep);
            }
        }

        return 1;
    }

    private void Keep(TensorInfo tensor, ReadOnlySpan<byte> elements)
    {
        if (tensor.Storage == TensorStorage.State || !activations.TryGetValue(NameOf(tensor), out List<float>? values))
        {
            return;
        }

        int first = values.Count;
        CollectionsMarshal.SetCount(values, first + tensor.Elements);
        Span<float> kept = CollectionsMarshal.AsSpan(values)[first..];
        double scale = tensor.Scale;
        switch (tensor.Type)
        {
            case ElementType.Int8:
                ReadOnlySpan<sbyte> narrow = MemoryMarshal.Cast<byte, sbyte>(elements);
                for (int i = 0; i < kept.Length; i++)
                {
                    kept[i] = (float)(scale * (narrow[i] - tensor.ZeroPoint));
                }

                break;
            case ElementType.Int16:
                ReadOnlySpan<short> wide = MemoryMarshal.Cast<byte, short>(elements);
                for (int i = 0; i < kept.Length; i++)
                {
                    kept[i] = (float)(scale * (wide[i] - tensor.ZeroPoint));
                }

                break;
            default:
                ReadOnlySpan<int> widest = MemoryMarshal.Cast<byte, int>(elements);
                for (int i = 0; i < kept.Length; i++)
                {
                    kept[i] = (float)(scale * ((double)widest[i] - tensor.ZeroPoint));
                }

                break;
        }
    }

    private void Describe()
    {
        order.Clear();
        activations.Clear();
        // Inside a network that looks ahead every tensor stands behind the sound by a time of its own, which the file does not say.
        foreach (TensorInfo tensor in model.Operators.Select(o => o.Output).Where(t => t.Storage == TensorStorage.Arena && (model.DelaySteps == 0 || t == model.Output)))
        {
            order.Add((tensor, NameOf(tensor)));
            activations[NameOf(tensor)] = [];
        }

        // The windowed form begins by pushing its input into the window; the streaming form's histories hold what was computed before, too.
        TensorInfo? first = model.Operators.Select(o => o.Output).FirstOrDefault();
        bool windowed = graph is null && first is { Storage: TensorStorage.State } && first.Name == $"{model.Input.Name}.window";
        WindowFrames = windowed ? first!.Shape[1] : 0;
    }

    /// <summary>A tensor's name; the result lacks what its graph appended to tell it from the graph's output.</summary>
    private string NameOf(TensorInfo tensor) =>
        tensor == model.Output && tensor.Name.EndsWith(".float", StringComparison.Ordinal) ? tensor.Name[..^".float".Length] : tensor.Name;

    private int Frames(CalibrationSample sample)
    {
        OnnxTensor tensor = sample.Tensors.Count == 1 && sample.Tensors.Values.First() is { ElementType: OnnxElementType.Float32 } single
            ? single
            : throw new InvalidDataException($"{sample.Name} has {sample.Tensors.Count} tensors; {Name} takes one of float features.");
        ReadOnlySpan<long> dims = tensor.Dims;
        bool fits = dims.Length == 2 ? dims[1] % Features == 0 : dims.Length > 1 && dims[^1] == Features; // [1, n] are frames end to end
        return fits && dims[0] == 1
            ? tensor.Elements<float>().Length / Features
            : throw new InvalidDataException($"{sample.Name} is {tensor}; {Name} takes [1, frames, {Features}].");
    }

    private CalibrationSample Slice(CalibrationSample sample, int start, int frames)
    {
        (string name, OnnxTensor tensor) = sample.Tensors.First();
        long[] dims = tensor.Dims.ToArray();
        if (frames == Frames(sample))
        {
            return sample;
        }

        dims = dims.Length == 2 ? [1, (long)frames * Features] : [.. dims[..^2], frames, Features];
        float[] values = tensor.Elements<float>()[(start * Features)..((start + frames) * Features)];
        return new CalibrationSample(WindowFrames == 0 ? sample.Name : $"{sample.Name} from frame {start}", new Dictionary<string, OnnxTensor> { [name] = OnnxTensor.Of(dims, values) });
    }

    private static int FirstFrames(ModelGraph graph)
    {
        IReadOnlyList<Dimension> shape = graph.Inputs is [{ Shape: { Count: > 1 } known }, ..] ? known : [];
        return shape.Count > 1 && shape[^2].IsKnown ? (int)shape[^2].Size : 64 * Lowering.StepFrames(graph);
    }

    private static Model Lower(ModelGraph graph, int frames) =>
        Model.Load(EdgeFile.Write(Lowering.Run(graph, PlanForm.Batch, frames), graph.Name, []), graph.Name);
}

using System.Text.Json;
using Edge.Inference.Operators;
using Edge.Numerics;

namespace Edge.Inference;

/// <summary>A model read from an .edge file: checked, immutable, shared between threads. Each stream of sound gets a <see cref="Session"/> of its own.</summary>
public sealed class Model : IDisposable
{
    private readonly Plan plan;
    private readonly MappedFile? mapping;

    private Model(string source, Plan plan, KernelSet kernels, long fileBytes, MappedFile? mapping)
    {
        (Source, this.plan, Kernels, FileBytes, this.mapping) = (source, plan, kernels, fileBytes, mapping);
        ScratchBytes = plan.Operators.Length == 0 ? 0 : plan.Operators.Max(o => o.ScratchBytes);
        EndFrames = UnitOfEnd(plan);
    }

    /// <summary>The file's path, or what the caller named the bytes.</summary>
    public string Source { get; }

    /// <summary>The model's name.</summary>
    public string Name => plan.Name;

    /// <summary>What the output's channels mean, in order; empty where the file does not say.</summary>
    public IReadOnlyList<string> Labels => plan.Labels;

    /// <summary>What goes in at a step: int8 [1, frames, ..].</summary>
    public TensorInfo Input => plan.Input;

    /// <summary>What comes out at a step: int8 [1, frames, .., channels].</summary>
    public TensorInfo Output => plan.Output;

    /// <summary>Every tensor of the plan.</summary>
    public IReadOnlyList<TensorInfo> Tensors => plan.Tensors;

    /// <summary>Bytes of the file.</summary>
    public long FileBytes { get; }

    /// <summary>Bytes that a session's tensors take: states and arena.</summary>
    public int MemoryBytes => plan.MemoryBytes;

    /// <summary>Bytes that the operators' temporary values take besides; it depends on the kernels.</summary>
    public int ScratchBytes { get; }

    /// <summary>Multiply-accumulates of a step.</summary>
    public long MultiplyAccumulates => plan.Operators.Sum(o => o.MultiplyAccumulates);

    /// <summary>Steps that the output lags behind the input: the first so many results mean nothing, and as many steps after the sound's end bring the last ones.</summary>
    public int DelaySteps => plan.DelaySteps;

    /// <summary>
    /// The unit, in frames of the input, in which a sound may end within a step (<see cref="Session.End"/>); the whole step where no operator tells
    /// sound from padding.
    /// </summary>
    public int EndFrames { get; }

    /// <summary>How often a rescaling rounds.</summary>
    public Rounding Rounding => plan.Rounding;

    /// <summary>The kernels in use.</summary>
    public KernelSet Kernels { get; }

    /// <summary>The plan's operators in order: kind, result, multiply-accumulates.</summary>
    public IEnumerable<(string Kind, TensorInfo Output, long MultiplyAccumulates)> Operators =>
        Array.ConvertAll(plan.Operators, o => (o.Kind, o.Output, o.MultiplyAccumulates));

    internal Operator[] Steps => plan.Operators;

    internal State[] States => plan.States;

    /// <summary>Maps a file into memory and reads it.</summary>
    /// <param name="path">An .edge file. While the model lives, replace it by renaming another over it; never write into it.</param>
    /// <param name="kernels">Kernels to use; null takes the best there are, or those that EDGE_KERNELS names.</param>
    /// <exception cref="ModelFormatException">The file is no usable model; the message lists every fault.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Model Load(string path, KernelSet? kernels = null)
    {
        MappedFile mapping = MappedFile.Open(path);
        try
        {
            return Read(mapping.Memory, path, kernels, mapping);
        }
        catch
        {
            ((IDisposable)mapping).Dispose();
            throw;
        }
    }

    /// <summary>Reads a model from memory, which must not change while the model lives.</summary>
    /// <param name="file">A whole .edge file.</param>
    /// <param name="source">What to call it in messages.</param>
    /// <param name="kernels">Kernels to use; null takes the best there are, or those that EDGE_KERNELS names.</param>
    /// <exception cref="ModelFormatException">The bytes are no usable model; the message lists every fault.</exception>
    public static Model Load(ReadOnlyMemory<byte> file, string source, KernelSet? kernels = null) => Read(file, source, kernels, null);

    /// <summary>A part of the plan that another room reads: "frontEnd", "detection", "selfTest", "provenance"; null where the file has none.</summary>
    /// <param name="name">The section's name.</param>
    /// <param name="faults">Receives what is wrong with it, as it is read.</param>
    public PlanSection? Section(string name, List<string> faults) => plan.Root.WithFaults(faults).Section(name);

    /// <summary>The plan as it stands in the file.</summary>
    public JsonElement PlanJson => plan.Json;

    /// <summary>Makes the memory for one stream.</summary>
    public Session CreateSession() => new(this);

    /// <summary>Unmaps the file. Sessions of this model must not be used any more.</summary>
    public void Dispose() => ((IDisposable?)mapping)?.Dispose();

    private static int UnitOfEnd(Plan plan)
    {
        (int step, long unit) = (plan.Input.Shape[1], 0);
        foreach (Operator op in plan.Operators.Where(op => op.Clock.IsPresent))
        {
            long own = step / CommonDivisor(step, op.Clock.Frames);
            unit = unit == 0 ? own : unit / CommonDivisor(unit, own) * own;
        }

        return unit == 0 ? step : (int)unit; // each divides the step, so their least common multiple does
    }

    private static long CommonDivisor(long a, long b)
    {
        while (b != 0)
        {
            (a, b) = (b, a % b);
        }

        return a;
    }

    private static Model Read(ReadOnlyMemory<byte> file, string source, KernelSet? kernels, MappedFile? mapping)
    {
        KernelSet chosen = kernels ?? InstructionSet.Best;
        var faults = new List<string>();
        return PlanReader.Read(file, chosen, faults) is { } plan
            ? new Model(source, plan, chosen, file.Length, mapping)
            : throw new ModelFormatException(source, faults);
    }
}

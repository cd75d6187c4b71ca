using Edge.Inference;
using Edge.Numerics;

namespace Edge.Quantization.Compilation;

/// <summary>A tensor of a plan that is being made; <see cref="Offset"/> is set by the memory planner.</summary>
internal sealed class DraftTensor(string name, int[] shape, ElementType type, double scale, int zeroPoint, TensorStorage storage)
{
    public string Name { get; } = name;

    public int[] Shape { get; } = shape;

    public ElementType Type { get; } = type;

    public double Scale { get; } = scale;

    public int ZeroPoint { get; } = zeroPoint;

    public TensorStorage Storage { get; } = storage;

    public int Offset { get; set; }

    /// <summary>Frames, of its own, that it stands behind the sound: its frame p is what the batch form has as frame p − Delay. 0 but in a streaming form.</summary>
    public int Delay { get; set; }

    /// <summary>What a state holds before the first step: a constant of its type and shape; null where that is its zero point.</summary>
    public DraftTensor? Initial { get; set; }

    /// <summary>A constant's bytes, little-endian.</summary>
    public byte[] Data { get; init; } = [];

    public int Bytes => Type.Bytes(Shape.Aggregate(1, (product, dimension) => product * dimension));
}

/// <summary>An operator of a plan that is being made.</summary>
internal sealed record DraftOperator(string Kind, DraftTensor[] Inputs, DraftTensor Output, (string Name, int[] Values)[] Attributes)
{
    /// <summary>What it remembers, behind its output: states, or activations where it starts anew at every run.</summary>
    public DraftTensor[] States { get; init; } = [];
}

/// <summary>A plan that is being made: operators in order, the tensors they use, input and output.</summary>
internal sealed class PlanDraft
{
    private readonly HashSet<string> names = [];

    public List<DraftTensor> Tensors { get; } = [];

    public List<DraftOperator> Operators { get; } = [];

    public DraftTensor? Input { get; set; }

    public DraftTensor? Output { get; set; }

    /// <summary>How often the device's rescalings round; once agrees best with engines that compute in float.</summary>
    public Rounding Rounding { get; init; } = Rounding.Once;

    /// <summary>Steps that the output lags behind the input.</summary>
    public int DelaySteps { get; set; }

    /// <summary>Bytes of session memory, set by the memory planner.</summary>
    public int MemoryBytes { get; set; }

    public DraftTensor AddActivation(string name, int[] shape, double scale, int zeroPoint, TensorStorage storage = TensorStorage.Arena, ElementType type = ElementType.Int8) =>
        Add(new DraftTensor(Unique(name), shape, type, scale, zeroPoint, storage));

    /// <summary>The clock of an operator with the attribute "delay", to stand behind its other states.</summary>
    public DraftTensor AddClock(string name) =>
        Add(new DraftTensor(Unique($"{name}.clock"), [2], ElementType.Int32, 0, 0, TensorStorage.State));

    public DraftTensor AddConstant(string name, int[] shape, sbyte[] values, double scale = 0, int zeroPoint = 0) =>
        Add(new DraftTensor(Unique(name), shape, ElementType.Int8, scale, zeroPoint, TensorStorage.Constant) { Data = (byte[])(Array)values.Clone() });

    /// <summary>A constant of int4, -8 to 7, two a byte, the first in the lower half.</summary>
    public DraftTensor AddInt4Constant(string name, int[] shape, sbyte[] values)
    {
        var packed = new byte[(values.Length + 1) / 2];
        for (int i = 0; i < values.Length; i++)
        {
            packed[i / 2] |= (byte)((values[i] & 15) << (i % 2 * 4));
        }

        return Add(new DraftTensor(Unique(name), shape, ElementType.Int4, 0, 0, TensorStorage.Constant) { Data = packed });
    }

    public DraftTensor AddConstant(string name, int[] shape, short[] values)
    {
        var data = new byte[values.Length * sizeof(short)];
        Buffer.BlockCopy(values, 0, data, 0, data.Length);
        return Add(new DraftTensor(Unique(name), shape, ElementType.Int16, 0, 0, TensorStorage.Constant) { Data = data });
    }

    public DraftTensor AddConstant(string name, int[] shape, int[] values)
    {
        var data = new byte[values.Length * sizeof(int)];
        Buffer.BlockCopy(values, 0, data, 0, data.Length);
        return Add(new DraftTensor(Unique(name), shape, ElementType.Int32, 0, 0, TensorStorage.Constant) { Data = data });
    }

    public void AddOperator(string kind, DraftTensor[] inputs, DraftTensor output, params (string Name, int[] Values)[] attributes) =>
        AddOperator(new DraftOperator(kind, inputs, output, attributes));

    /// <summary>Adds an operator; its result stands as far behind the sound as its inputs do, unless whoever adds it says otherwise afterwards.</summary>
    /// <exception cref="InvalidOperationException">Its inputs stand differently far behind: a fault of the compiler.</exception>
    public void AddOperator(DraftOperator op)
    {
        int[] delays = [.. op.Inputs.Where(input => input.Storage != TensorStorage.Constant).Select(input => input.Delay).Distinct()];
        op.Output.Delay = delays.Length < 2 ? delays.FirstOrDefault() : throw new InvalidOperationException(
            $"The {op.Kind} that makes {op.Output.Name} joins values that are {string.Join(" and ", delays)} frames behind the sound.");
        Operators.Add(op);
    }

    /// <summary>Takes out a tensor that nothing reads or writes any more.</summary>
    public void Remove(DraftTensor tensor)
    {
        Tensors.Remove(tensor);
        names.Remove(tensor.Name);
    }

    private DraftTensor Add(DraftTensor tensor)
    {
        Tensors.Add(tensor);
        return tensor;
    }

    /// <summary>An exporter's name without what it repeats: "/blocks/blocks.0/conv/Conv_output_0.weight" is "blocks.0/conv.weight".</summary>
    internal static string Shorten(string name)
    {
        string[] parts = name.Replace("_output_0", "", StringComparison.Ordinal).Split('/', StringSplitOptions.RemoveEmptyEntries);
        var kept = new List<string>();
        foreach (string part in parts)
        {
            if (kept.Count > 0 && part.StartsWith(kept[^1], StringComparison.OrdinalIgnoreCase) && (part.Length == kept[^1].Length || part[kept[^1].Length] == '.'))
            {
                kept[^1] = string.Concat(kept[^1], part.AsSpan(kept[^1].Length));
            }
            else
            {
                kept.Add(part);
            }
        }

        return string.Join('/', kept);
    }

    private string Unique(string name)
    {
        name = Shorten(name);
        string unique = name;
        for (int i = 1; !names.Add(unique); i++)
        {
            unique = $"{name}.{i}";
        }

        return unique;
    }
}

using System.Globalization;
using System.Text;
using System.Text.Json;
using Edge.Inference.Operators;
using Edge.Numerics;

namespace Edge.Inference;

/// <summary>What a plan says, checked: see FORMAT.md.</summary>
internal sealed record Plan(
    string Name, TensorInfo[] Tensors, State[] States, Operator[] Operators, TensorInfo Input, TensorInfo Output,
    int DelaySteps, int MemoryBytes, string[] Labels, Rounding Rounding, PlanSection Root, JsonElement Json);

/// <summary>Reads the plan of an .edge file and binds its operators; every fault is noted and reading goes on as far as it makes sense.</summary>
internal sealed class PlanReader
{
    /// <summary>The format's version that this reader reads.</summary>
    public const int Version = 4;

    private const int MaxTensors = 8_192;
    private const int MaxOperators = 8_192;
    private const int MaxInputs = 1_024;
    private const int MaxOutputs = 4;
    private const int MaxDimension = 1 << 24;
    private const int MaxMemory = 1 << 30; // with scratch, a session stays below 2^31 bytes
    private const int MaxConstantUses = 16; // the constants of all operators together, in file sizes
    private const long MaxStepWork = 1L << 34; // multiply-accumulates and elements, some ten seconds of one core: more is a broken file

    private readonly ReadOnlyMemory<byte> file;
    private readonly SafeTensors shell;
    private readonly KernelSet kernels;
    private readonly List<string> faults;
    private readonly PlanSection root;
    private readonly JsonElement json;
    private long constantBytes;
    private long stepWork;
    private Rounding rounding;
    private readonly int version;

    private PlanReader(ReadOnlyMemory<byte> file, SafeTensors shell, JsonElement json, KernelSet kernels, List<string> faults)
    {
        (this.file, this.shell, this.kernels, this.faults, this.json) = (file, shell, kernels, faults, json);
        root = new PlanSection(json, "plan", faults);
        version = int.Parse(shell.Metadata["version"], CultureInfo.InvariantCulture);
    }

    private bool IsHopeless => faults.Count >= ModelFormatException.MaxFaults;

    /// <summary>Reads a whole file; returns null after adding to <paramref name="faults"/> where it cannot be used.</summary>
    public static Plan? Read(ReadOnlyMemory<byte> file, KernelSet kernels, List<string> faults) =>
        SafeTensors.Read(file, faults) is { } shell && CheckFormat(shell, faults) && ParsePlan(shell.Metadata["plan"], faults) is { } json
            ? new PlanReader(file, shell, json, kernels, faults).Read()
            : null;

    /// <summary>Session memory a file of this size may ask for: generous for any real model, and no more than the file's size class.</summary>
    public static long MaxMemoryBytes(long fileBytes) => Math.Min((1 << 20) + 256 * fileBytes, MaxMemory);

    private static JsonElement? ParsePlan(string plan, List<string> faults)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(plan);
        try
        {
            // Escapes of half a surrogate pair pass the parser and fail where the string is read; here is the place to find them.
            var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = 16 });
            while (reader.Read())
            {
                if (reader.ValueIsEscaped)
                {
                    reader.GetString();
                }
            }

            // The document is not disposed: front end and detector read their sections of it later.
            return JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = 16 }).RootElement;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            faults.Add($"__metadata__.plan is not JSON: {e.Message}");
            return null;
        }
    }

    private static bool CheckFormat(SafeTensors shell, List<string> faults)
    {
        string? format = shell.Metadata.GetValueOrDefault("format");
        string? version = shell.Metadata.GetValueOrDefault("version");
        if (format != "edge")
        {
            faults.Add($"__metadata__.format is {(format is null ? "missing" : $"'{format}'")}; expected 'edge'. The file is safetensors but no .edge model.");
        }
        else if (!int.TryParse(version, CultureInfo.InvariantCulture, out int number) || number < 1)
        {
            faults.Add($"__metadata__.version is {(version is null ? "missing" : $"'{version}'")}; expected a whole number.");
        }
        else if (number > Version)
        {
            faults.Add($"__metadata__.version is {number}; this program reads up to {Version}. Update Edge, or build the model again with a matching edgec.");
        }
        else if (!shell.Metadata.ContainsKey("plan"))
        {
            faults.Add("__metadata__.plan is missing.");
        }

        return faults.Count == 0;
    }

    private Plan? Read()
    {
        string name = root.String("name");
        string[] labels = root.Strings("labels");
        rounding = ReadRounding();
        // What a file before version 4 says under this name is no part of its format.
        int delaySteps = version < 4 ? 0 : root.Int32("delaySteps", 0, StreamClock.MaxDelay, 0);
        int memoryBytes = root.Int32("memoryBytes", 0, (int)Math.Min(MaxMemoryBytes(file.Length), Array.MaxLength));
        IReadOnlyList<PlanSection> sections = root.Sections("tensors", MaxTensors);
        TensorInfo?[] tensors = [.. sections.TakeWhile(_ => !IsHopeless).Select((s, place) => ReadTensor(s, place, memoryBytes))];
        if (IsHopeless)
        {
            return null;
        }

        TensorInfo? input = Tensor(tensors, root.Int32("input", 0, MaxTensors), "input");
        TensorInfo? output = Tensor(tensors, root.Int32("output", 0, MaxTensors), "output");
        if (faults.Count > 0)
        {
            return null; // operators cannot be judged on tensors that are wrong
        }

        TensorInfo[] sound = [.. tensors.Select(t => t!)];
        CheckEnds(input!, output!, labels);
        State[] states = ReadStates(sections, sound);
        Operator[] operators = ReadOperators(sound, input!, output!);
        return faults.Count == 0 ? new Plan(name, sound, states, operators, input!, output!, delaySteps, memoryBytes, labels, rounding, root, json) : null;
    }

    private Rounding ReadRounding()
    {
        // What a file of version 1 says under this name is no part of its format.
        string name = version < 2 ? "double" : root.String("rounding", "double");
        if (!Roundings.TryParse(name, out Rounding parsed))
        {
            root.Fault("rounding", $"is '{name}'; expected single or double");
        }

        return parsed;
    }

    private TensorInfo? ReadTensor(PlanSection section, int place, int memoryBytes)
    {
        int before = faults.Count;
        string name = section.String("name", version < 4 ? null : place.ToString(CultureInfo.InvariantCulture));
        string storage = section.String("at", section.Has("shape") ? "arena" : "file");
        double scale = section.Number("scale", 0, float.MaxValue, 0);
        int zeroPoint = section.Int32("zeroPoint", short.MinValue, short.MaxValue, 0);
        if (storage == "file")
        {
            if (!shell.Tensors.TryGetValue(name, out StoredTensor stored))
            {
                section.Fault("name", $"is '{name}'; the file holds no tensor of that name");
                return null;
            }

            if (stored.Length == 0)
            {
                section.Fault("name", $"is '{name}', which is empty");
                return null;
            }

            return version >= 2 && section.Has("type")
                ? ReadInt4(section, name, stored, scale, zeroPoint)
                : new TensorInfo(name, stored.Shape, stored.Type, scale, zeroPoint, TensorStorage.Constant, stored.Offset);
        }

        int[] shape = section.Int32s("shape", 1, MaxDimension, 0, SafeTensors.MaxRank);
        if (!ElementTypes.TryParse(section.String("type", "int8"), out ElementType type))
        {
            section.Fault("type", "is unknown; expected int8, int16 or int32");
        }

        if (storage is not ("arena" or "state"))
        {
            section.Fault("at", $"is '{storage}'; expected file, arena or state");
        }

        // Exact for six dimensions of 2^24 each: a double holds the order of magnitude, and only small products pass.
        double bytes = shape.Aggregate((double)type.Bytes(), (product, dimension) => product * dimension);
        int offset = section.Int32("offset", 0, int.MaxValue);
        if (faults.Count == before && (offset + bytes > memoryBytes || offset % type.Bytes() != 0))
        {
            section.Fault("offset", $"is {offset}; {bytes} bytes from there leave the memory of {memoryBytes} bytes or are not aligned to {type.Bytes()}");
        }

        return faults.Count > before ? null : new TensorInfo(name, shape, type, scale, zeroPoint, storage == "state" ? TensorStorage.State : TensorStorage.Arena, offset);
    }

    /// <summary>A constant of two elements a byte: the header has the bytes, the plan the shape.</summary>
    private TensorInfo? ReadInt4(PlanSection section, string name, StoredTensor stored, double scale, int zeroPoint)
    {
        int before = faults.Count;
        string type = section.String("type");
        if (type != ElementType.Int4.Name())
        {
            section.Fault("type", $"is '{type}'; a constant's type stands in the header, unless it is int4");
            return null;
        }

        int[] shape = section.Int32s("shape", 1, MaxDimension, 0, SafeTensors.MaxRank);
        double elements = shape.Aggregate(1.0, (product, dimension) => product * dimension);
        if (stored.Type != ElementType.Int8 || stored.Shape.Length != 1 || Math.Ceiling(elements / 2) != stored.Length)
        {
            section.Fault("shape", $"is [{string.Join(", ", shape)}] of int4; the header has {stored.Type.SafeTensorsName()} [{string.Join(", ", stored.Shape)}], expected I8 [{Math.Ceiling(elements / 2):0}]");
        }
        else if (elements % 2 != 0 && file.Span[stored.Offset + stored.Length - 1] >> 4 != 0)
        {
            section.Fault("shape", $"is [{string.Join(", ", shape)}], an odd number of elements; the last byte's upper half is not 0");
        }

        return faults.Count > before ? null : new TensorInfo(name, shape, ElementType.Int4, scale, zeroPoint, TensorStorage.Constant, stored.Offset);
    }

    private TensorInfo? Tensor(TensorInfo?[] tensors, int index, string what)
    {
        if (index >= tensors.Length)
        {
            faults.Add($"plan: {what} is tensor {index}; there are {tensors.Length}.");
            return null;
        }

        return tensors[index];
    }

    private State[] ReadStates(IReadOnlyList<PlanSection> sections, TensorInfo[] tensors) =>
    [
        // What a file before version 3 says under this name is no part of its format.
        .. tensors.Select((tensor, i) => version < 3 ? State.WithoutInitial(tensor) : State.Read(sections[i], tensor, tensors, file)).OfType<State>(),
    ];

    private void CheckEnds(TensorInfo input, TensorInfo output, string[] labels)
    {
        foreach (TensorInfo end in (TensorInfo[])[input, output])
        {
            bool wide = version >= 4 && ReferenceEquals(end, input) && end is { Type: ElementType.Int16, ZeroPoint: 0 };
            if ((end.Type != ElementType.Int8 && !wide) || end.Storage == TensorStorage.Constant || end.Shape.Length < 2 || end.Shape[0] != 1 || !(end.Scale > 0))
            {
                faults.Add($"plan: '{end.Name}' goes in or comes out; expected int8 of shape [1, frames, ..] with a scale, in memory; an input may also be int16 with zero point 0.");
            }
        }

        if (labels.Length != 0 && labels.Length != output.Channels)
        {
            faults.Add($"plan: labels has {labels.Length} entries; the output has {output.Channels} channels.");
        }
    }

    private Operator[] ReadOperators(TensorInfo[] tensors, TensorInfo input, TensorInfo output)
    {
        var operators = new List<Operator>();
        var flow = new DataFlow(tensors, input, faults);
        foreach (PlanSection section in root.Sections("operators", MaxOperators).TakeWhile(_ => !IsHopeless))
        {
            if (ReadOperator(section, tensors, flow) is { } bound)
            {
                operators.Add(bound);
            }
        }

        if (!IsHopeless)
        {
            flow.CheckRead(output, "plan: output");
        }

        if (stepWork > MaxStepWork)
        {
            faults.Add($"plan: operators cost {stepWork} multiply-accumulates and elements a step, or more; at most {MaxStepWork} are accepted.");
        }

        return [.. operators];
    }

    private Operator? ReadOperator(PlanSection section, TensorInfo[] tensors, DataFlow flow)
    {
        int before = faults.Count;
        string kind = section.String("op");
        int[] inputs = section.Int32s("inputs", 0, tensors.Length - 1, 0, MaxInputs);
        int[] outputs = section.Int32s("outputs", 0, tensors.Length - 1, 1, MaxOutputs);
        Func<OperatorBinding, Operator?>? bind = OperatorTable.Find(kind);
        if (bind is null)
        {
            section.Fault("op", $"is '{kind}'; expected one of {string.Join(", ", OperatorTable.Kinds)}");
        }

        if (faults.Count > before)
        {
            return null;
        }

        TensorInfo[] from = Array.ConvertAll(inputs, i => tensors[i]);
        TensorInfo[] to = Array.ConvertAll(outputs, i => tensors[i]);
        flow.Follow(section.Place, kind, from, to);
        constantBytes += from.Where(t => t.Storage == TensorStorage.Constant).Sum(t => (long)Math.Max(t.Bytes, t.Elements)); // int4 as it is unpacked
        if (constantBytes > MaxConstantUses * (long)file.Length)
        {
            section.Fault("inputs", $"bring the constants of all operators to {constantBytes} bytes; at most {MaxConstantUses} times the file's {file.Length} are accepted");
            return null;
        }

        Operator? bound = bind!(new OperatorBinding(section, faults, from, to, file, kernels) { Kind = kind, Rounding = rounding, Version = version });
        long work = (bound?.MultiplyAccumulates ?? 0) + from.Concat(to).Sum(t => (long)t.Elements);
        stepWork = Math.Min(stepWork + work, 2 * MaxStepWork); // saturates, so that no sum of costs can wrap around
        return bound;
    }
}

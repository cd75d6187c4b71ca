using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Edge.Inference;
using Edge.Numerics;

namespace Edge.Quantization.Compilation;

/// <summary>Writes a plan as an .edge file; sdk/Edge/Inference/FORMAT.md says what stands where.</summary>
internal static class EdgeFile
{
    private const int DataAlignment = 64;

    /// <summary>Operators that only readers of version 4 know.</summary>
    private static readonly string[] Version4 = ["instance-norm", "legendre-memory", "leaky-integrate-and-fire", "running-mean"];

    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The bytes of the file.</summary>
    /// <param name="draft">A plan whose tensors have been placed.</param>
    /// <param name="name">The model's name.</param>
    /// <param name="labels">What the output's channels mean.</param>
    /// <param name="writeSections">Adds the sections of other rooms to the plan's object.</param>
    /// <param name="sectionsVersion">The version of the format that those sections need.</param>
    /// <param name="shortNames">Whether all tensors but the input and the output are named by their numbers, which need not be said where the version allows.</param>
    public static byte[] Write(
        PlanDraft draft, string name, IReadOnlyList<string> labels, Action<Utf8JsonWriter>? writeSections = null, int sectionsVersion = 2, bool shortNames = false)
    {
        int version = Math.Max(Version(draft), sectionsVersion);
        Func<DraftTensor, string> nameOf = shortNames ? ShortNames(draft) : tensor => tensor.Name;
        // Wide elements first: every tensor is then aligned to its element without a gap, which safetensors forbids.
        DraftTensor[] stored = [.. draft.Tensors.Where(t => t.Storage == TensorStorage.Constant).OrderByDescending(t => t.Type.Bytes())];
        byte[] header = WriteHeader(version, stored, WritePlan(draft, name, labels, writeSections, nameOf, version >= 4), nameOf);
        return Assemble(header, [.. stored.Select(tensor => (ReadOnlyMemory<byte>)tensor.Data)]);
    }

    /// <summary>The bytes of a file: the header's length, the header with spaces up to the next multiple of 64, the tensors end to end.</summary>
    public static byte[] Assemble(ReadOnlySpan<byte> header, IReadOnlyList<ReadOnlyMemory<byte>> tensors)
    {
        int dataStart = (sizeof(ulong) + header.Length + DataAlignment - 1) & -DataAlignment;
        var file = new byte[dataStart + tensors.Sum(tensor => tensor.Length)];
        BinaryPrimitives.WriteUInt64LittleEndian(file, (ulong)(dataStart - sizeof(ulong)));
        file.AsSpan(sizeof(ulong), dataStart - sizeof(ulong)).Fill((byte)' ');
        header.CopyTo(file.AsSpan(sizeof(ulong)));
        int position = dataStart;
        foreach (ReadOnlyMemory<byte> tensor in tensors)
        {
            tensor.Span.CopyTo(file.AsSpan(position));
            position += tensor.Length;
        }

        return file;
    }

    /// <summary>A tensor's place in the plan for its name. Input and output keep theirs, by which tools find them; so does what would be named like one of them.</summary>
    private static Func<DraftTensor, string> ShortNames(PlanDraft draft)
    {
        string[] kept = [draft.Input!.Name, draft.Output!.Name];
        Dictionary<DraftTensor, string> names = [];
        foreach ((int place, DraftTensor tensor) in draft.Tensors.Index())
        {
            string number = Number(place);
            names[tensor] = kept.Contains(tensor.Name) || kept.Contains(number) ? tensor.Name : number;
        }

        return tensor => names[tensor];
    }

    private static string Number(int place) => place.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The lowest version whose readers compute what the plan says, so that devices which have not been updated take the file where they can.</summary>
    private static int Version(PlanDraft draft) =>
        draft.DelaySteps > 0 || draft.Input!.Type != ElementType.Int8
        || draft.Operators.Exists(op => Version4.Contains(op.Kind) || (op.Kind == "table" && op.Inputs.Append(op.Output).Any(tensor => tensor.Type == ElementType.Int16)) || Array.Exists(op.Attributes, attribute => attribute.Name == "delay")) ? 4
        : draft.Tensors.Exists(tensor => tensor.Initial is not null)
        || draft.Operators.Exists(op => op.States.Length > 0 || op.Kind == "subtract" || (op.Kind == "mean" && draft.Rounding == Rounding.Twice)) ? 3 : 2;

    private static byte[] WriteHeader(int version, DraftTensor[] stored, string plan, Func<DraftTensor, string> nameOf)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Json))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            json.WriteString("format", "edge");
            json.WriteString("version", version.ToString(System.Globalization.CultureInfo.InvariantCulture));
            json.WriteString("plan", plan);
            json.WriteEndObject();
            int offset = 0;
            foreach (DraftTensor tensor in stored)
            {
                json.WriteStartObject(nameOf(tensor));
                json.WriteString("dtype", tensor.Type.SafeTensorsName());
                WriteNumbers(json, "shape", tensor.Type == ElementType.Int4 ? [tensor.Data.Length] : tensor.Shape);
                WriteNumbers(json, "data_offsets", [offset, offset + tensor.Data.Length]);
                json.WriteEndObject();
                offset += tensor.Data.Length;
            }

            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static string WritePlan(PlanDraft draft, string name, IReadOnlyList<string> labels, Action<Utf8JsonWriter>? writeSections, Func<DraftTensor, string> nameOf, bool numbersUnsaid)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Json))
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteStartArray("labels");
            foreach (string label in labels)
            {
                json.WriteStringValue(label);
            }

            json.WriteEndArray();
            writeSections?.Invoke(json);
            json.WriteString("rounding", draft.Rounding.Name());
            if (draft.DelaySteps > 0)
            {
                json.WriteNumber("delaySteps", draft.DelaySteps);
            }

            json.WriteNumber("memoryBytes", draft.MemoryBytes);
            json.WriteNumber("input", draft.Tensors.IndexOf(draft.Input!));
            json.WriteNumber("output", draft.Tensors.IndexOf(draft.Output!));
            WriteTensors(json, draft, nameOf, numbersUnsaid);
            WriteOperators(json, draft);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteTensors(Utf8JsonWriter json, PlanDraft draft, Func<DraftTensor, string> nameOf, bool numbersUnsaid)
    {
        json.WriteStartArray("tensors");
        foreach ((int place, DraftTensor tensor) in draft.Tensors.Index())
        {
            json.WriteStartObject();
            if (!numbersUnsaid || nameOf(tensor) != Number(place))
            {
                json.WriteString("name", nameOf(tensor));
            }

            if (tensor.Storage != TensorStorage.Constant)
            {
                if (tensor.Storage == TensorStorage.State)
                {
                    json.WriteString("at", "state");
                }

                if (tensor.Type != ElementType.Int8)
                {
                    json.WriteString("type", tensor.Type.Name());
                }

                WriteNumbers(json, "shape", tensor.Shape);
                json.WriteNumber("offset", tensor.Offset);
                if (tensor.Initial is { } initial)
                {
                    json.WriteNumber("initial", draft.Tensors.IndexOf(initial));
                }
            }
            else if (tensor.Type == ElementType.Int4)
            {
                json.WriteString("at", "file");
                json.WriteString("type", tensor.Type.Name());
                WriteNumbers(json, "shape", tensor.Shape);
            }

            if (tensor.Scale != 0)
            {
                json.WriteNumber("scale", (float)tensor.Scale); // the shortest text: scales are floats, as ONNX stores them
                if (tensor.ZeroPoint != 0)
                {
                    json.WriteNumber("zeroPoint", tensor.ZeroPoint);
                }
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteOperators(Utf8JsonWriter json, PlanDraft draft)
    {
        json.WriteStartArray("operators");
        foreach (DraftOperator op in draft.Operators)
        {
            json.WriteStartObject();
            json.WriteString("op", op.Kind);
            WriteNumbers(json, "inputs", [.. op.Inputs.Select(t => draft.Tensors.IndexOf(t))]);
            WriteNumbers(json, "outputs", [draft.Tensors.IndexOf(op.Output), .. op.States.Select(t => draft.Tensors.IndexOf(t))]);
            foreach ((string name, int[] values) in op.Attributes.Where(a => !IsDefault(a.Name, a.Values)))
            {
                if (values.Length == 1 && name is not ("begin" or "stride" or "before" or "axes"))
                {
                    json.WriteNumber(name, values[0]);
                }
                else
                {
                    WriteNumbers(json, name, values);
                }
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>What the reader takes an absent attribute for.</summary>
    private static bool IsDefault(string name, int[] values) => values is [var value] && name switch
    {
        "strideHeight" or "strideWidth" or "dilationHeight" or "dilationWidth" => value == 1,
        "padTop" or "padBottom" or "padLeft" or "padRight" => value == 0,
        _ => false,
    };

    private static void WriteNumbers(Utf8JsonWriter json, string name, ReadOnlySpan<int> values)
    {
        json.WriteStartArray(name);
        foreach (int value in values)
        {
            json.WriteNumberValue(value);
        }

        json.WriteEndArray();
    }
}

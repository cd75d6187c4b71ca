using System.Text;
using System.Text.Json;

namespace Edge.Quantization.Graph.Onnx;

/// <summary>
/// A graph's states in an ONNX file: an input and an output each, which the caller joins from step to step, paired by a property of the model
/// <c>edge.states</c>: <c>[{"input":"a","output":"b","initial":-128}]</c>; elements that are not all the same are <c>"initialBytes"</c>, little-endian, in Base64.
/// </summary>
internal static class StateMetadata
{
    /// <summary>Key of the property.</summary>
    public const string Key = "edge.states";

    private const int MaxElements = 1 << 26; // of a state; one is made of the shape alone

    /// <summary>The property's text.</summary>
    public static string Write(ModelGraph graph)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartArray();
            foreach (GraphState state in graph.States)
            {
                writer.WriteStartObject();
                writer.WriteString("input", state.Input);
                writer.WriteString("output", state.Output);
                WriteInitial(writer, state.Initial);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>What the file's inputs and outputs are of the states: what is known of each, by the graph.</summary>
    public static (IEnumerable<ValueInfo> Inputs, IEnumerable<ValueInfo> Outputs) Values(ModelGraph graph) =>
        (graph.States.Select(state => Known(graph, state.Input)), graph.States.Select(state => Known(graph, state.Input) with { Name = state.Output }));

    /// <summary>Takes the states that a file's property names off its inputs and outputs.</summary>
    /// <exception cref="GraphFormatException">The property is damaged, or names what the graph does not have.</exception>
    public static void Read(ModelGraph graph, string source)
    {
        if (!graph.Metadata.Remove(Key, out string? text))
        {
            return;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            foreach (JsonElement element in document.RootElement.EnumerateArray())
            {
                Read(graph, element);
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or ArgumentException)
        {
            throw new GraphFormatException(source, $"metadata '{Key}'", $"{e.Message} Expected a list of input, output and initial, as `edgec` writes it.", e);
        }
    }

    private static void Read(ModelGraph graph, JsonElement element)
    {
        string input = element.GetProperty("input").GetString() ?? "", output = element.GetProperty("output").GetString() ?? "";
        ValueInfo read = Take(graph.Inputs, input) ?? throw new FormatException($"'{input}' is no input of the graph.");
        ValueInfo left = Take(graph.Outputs, output) ?? throw new FormatException($"'{output}' is no output of the graph.");
        long[] dims = read.StaticShape ?? throw new FormatException($"State {read} has an open shape.");
        if (dims.Any(size => size < 0) || dims.Aggregate(1.0, (product, size) => product * Math.Max(size, 1)) > MaxElements)
        {
            throw new FormatException($"State {read} is not of 0 to {MaxElements:N0} elements.");
        }

        graph.ValueInfos[input] = read;
        graph.ValueInfos[output] = left;
        graph.States.Add(new GraphState(input, output, ReadInitial(element, read.ElementType, dims)));
    }

    private static ValueInfo? Take(List<ValueInfo> values, string name)
    {
        int index = values.FindIndex(value => value.Name == name);
        if (index < 0)
        {
            return null;
        }

        ValueInfo found = values[index];
        values.RemoveAt(index);
        return found;
    }

    private static ValueInfo Known(ModelGraph graph, string state) => graph.ValueInfos.GetValueOrDefault(state)
        ?? throw new GraphFormatException(graph.Name, $"state '{state}'", "its type and shape are not known.");

    private static void WriteInitial(Utf8JsonWriter writer, Tensor? initial)
    {
        if (initial is null)
        {
            return;
        }

        if (initial is { ElementType: ElementType.Int8, Count: > 0 } && initial.Data.Span.IndexOfAnyExcept(initial.Data.Span[0]) < 0)
        {
            writer.WriteNumber("initial", (sbyte)initial.Data.Span[0]);
        }
        else
        {
            writer.WriteBase64String("initialBytes", initial.Data.Span);
        }
    }

    private static Tensor? ReadInitial(JsonElement element, ElementType type, long[] dims)
    {
        if (element.TryGetProperty("initialBytes", out JsonElement bytes))
        {
            return new Tensor(type, dims, bytes.GetBytesFromBase64());
        }

        if (!element.TryGetProperty("initial", out JsonElement number))
        {
            return null;
        }

        var elements = new byte[dims.Aggregate(1L, (product, size) => product * size)];
        Array.Fill(elements, (byte)number.GetSByte());
        return type == ElementType.Int8 ? new Tensor(type, dims, elements) : throw new FormatException($"State {element} is {type}; a single number is for Int8.");
    }
}

using System.Globalization;
using System.Text.Json;
using Edge.Cli;
using Edge.Quantization.Analysis.Comparison;

namespace Edge.Quantization.Cli;

/// <summary>Prints a comparison as a table or as one JSON object.</summary>
internal sealed class DiffReport(
    string reference, string other, int random, int real, ComparisonResult result, double apartDb, IReadOnlyList<string> only)
{
    private const int NamesShown = 5;

    private readonly IReadOnlyList<ComparedTensor> tensors = only.Count == 0 ? result.Tensors
        : [.. only.SelectMany(name => result.Tensors.Where(tensor => tensor.Name == name) is var found && found.Any() ? found : throw Unknown(name, result))];

    public void Print(bool json, bool outputsOnly)
    {
        if (json)
        {
            using Stream stream = Console.OpenStandardOutput();
            WriteJson(stream);
            Console.WriteLine();
            return;
        }

        Console.WriteLine($"{reference} against {other}: {random} random and {real} real inputs{(result.TooShort > 0 ? $", {result.TooShort} of them too short to run" : "")}");
        Console.WriteLine();
        PrintTable();
        Console.WriteLine();
        if (!outputsOnly)
        {
            PrintNames($"only in {reference}, mostly fused or moved in the other", result.OnlyInReference);
            PrintNames($"only in {other}", result.OnlyInOther);
            PrintNames("in both, but of other shapes", result.DifferentShapes);
            if (result.FirstBeyondOneStep is { } beyond)
            {
                Console.WriteLine($"Values more than 1 LSB apart: first at '{beyond.Name}', {Percent(1 - beyond.Difference.ShareWithinOneStep)} of them, at most {Number(beyond.Difference.MaxSteps!.Value)} LSB.");
            }

            ComparedTensor? apart = result.FirstApart(apartDb);
            Console.WriteLine(apart is null ? $"No tensor is below {Number(apartDb)} dB." : $"They part at '{apart.Name}': {Decibels(apart.Difference.SqnrDb)} dB, the first below {Number(apartDb)} dB.");
        }

        if (result.Output is { Difference: var output })
        {
            string near = output.Step > 0 ? $"{Percent(output.ShareWithinOneStep)} of {output.Count} values within 1 LSB, at most {Number(output.MaxSteps!.Value)} LSB apart" : $"{output.Count} values, at most {Number(output.MaxAbsolute)} apart";
            string top = result.Top.Share is { } share ? $"; top-1 agreement {Percent(share)} of {result.Top.Vectors}" : "";
            Console.WriteLine($"Outputs '{result.Output.Name}': {near}; {Decibels(output.SqnrDb)} dB{top}.");
        }
        else
        {
            Console.WriteLine("The results have different shapes and cannot be compared.");
        }
    }

    private void PrintTable()
    {
        int width = Math.Max("tensor".Length, tensors.Select(tensor => tensor.Name.Length).DefaultIfEmpty(0).Max());
        Console.WriteLine($"{"tensor".PadRight(width)}  {"shape",-18}  {"values",12}  {"max diff",10}  {"LSB",8}  {"within 1",9}  {"SQNR dB",7}  cosine");
        foreach (ComparedTensor tensor in tensors)
        {
            TensorDifference d = tensor.Difference;
            string steps = d.MaxSteps is { } most ? Number(most) : "-";
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{tensor.Name.PadRight(width)}  {$"[{string.Join(", ", tensor.Shape)}]",-18}  {d.Count,12}  {Number(d.MaxAbsolute),10}  {steps,8}  {(d.Step > 0 ? Percent(d.ShareWithinOneStep) : "-"),9}  {Decibels(d.SqnrDb),7}  {d.Cosine:0.00000}"));
        }
    }

    private static void PrintNames(string what, IReadOnlyList<string> names)
    {
        if (names.Count > 0)
        {
            Console.WriteLine($"{names.Count} {what}: {string.Join(", ", names.Take(NamesShown))}{(names.Count > NamesShown ? ", …" : "")}");
        }
    }

    /// <summary>Writes the comparison as one JSON object; what is infinite is null.</summary>
    public void WriteJson(Stream stream)
    {
        using var json = new Utf8JsonWriter(stream);
        json.WriteStartObject();
        json.WriteString("reference", reference);
        json.WriteString("other", other);
        json.WriteNumber("random_inputs", random);
        json.WriteNumber("real_inputs", real);
        json.WriteNumber("too_short", result.TooShort);
        if (result.Output is { } output)
        {
            json.WriteStartObject("output");
            WriteTensor(json, output);
            json.WriteNumber("vectors", result.Top.Vectors);
            WriteReal(json, "top_1_agreement", result.Top.Share);
            json.WriteEndObject();
        }

        json.WriteString("first_beyond_one_lsb", result.FirstBeyondOneStep?.Name);
        json.WriteString("first_apart", result.FirstApart(apartDb)?.Name);
        json.WriteStartArray("tensors");
        foreach (ComparedTensor tensor in tensors)
        {
            json.WriteStartObject();
            WriteTensor(json, tensor);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteNames(json, "only_in_reference", result.OnlyInReference);
        WriteNames(json, "only_in_other", result.OnlyInOther);
        WriteNames(json, "different_shapes", result.DifferentShapes);
        json.WriteEndObject();
    }

    private static void WriteTensor(Utf8JsonWriter json, ComparedTensor tensor)
    {
        TensorDifference d = tensor.Difference;
        json.WriteString("name", tensor.Name);
        json.WriteStartArray("shape");
        Array.ForEach(tensor.Shape, json.WriteNumberValue);
        json.WriteEndArray();
        json.WriteNumber("values", d.Count);
        WriteReal(json, "max_difference", d.MaxAbsolute);
        WriteReal(json, "max_difference_lsb", d.MaxSteps);
        WriteReal(json, "within_one_lsb", d.Step > 0 ? d.ShareWithinOneStep : null);
        WriteReal(json, "sqnr_db", d.SqnrDb);
        WriteReal(json, "cosine", d.Cosine);
    }

    /// <summary>A number; null where it is none or infinite, which JSON cannot say.</summary>
    private static void WriteReal(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number && double.IsFinite(number))
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static void WriteNames(Utf8JsonWriter json, string name, IReadOnlyList<string> names)
    {
        json.WriteStartArray(name);
        foreach (string text in names)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(share * 100_000) / 1000:0.000} %");

    private static string Decibels(double db) => double.IsPositiveInfinity(db) ? "equal" : string.Create(CultureInfo.InvariantCulture, $"{db:0.0}");

    private static string Number(double value) => string.Create(CultureInfo.InvariantCulture, $"{value:G4}");

    private static UsageException Unknown(string name, ComparisonResult result) =>
        new($"--only is '{name}', which the models do not share.{Suggestion.For(name, [.. result.Tensors.Select(tensor => tensor.Name)])}");
}

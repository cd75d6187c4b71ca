using System.Globalization;
using System.Text.Json;
using Edge.Quantization.Rewriting.Quantizing;

namespace Edge.Quantization.Cli;

/// <summary>Says what quantization did: to people, and as JSON.</summary>
internal static class QuantizationReport
{
    private const int WorstValues = 3;

    /// <summary>Prints the steps, the noise and the worst values.</summary>
    public static void Write(TextWriter output, PostTrainingResult result)
    {
        (int layers, int fourBits) = result.CountLayers();
        int wide = result.Bits.ActivationBits == 16 ? result.Values.Count : result.Bits.ValueBits.Count(pair => pair.Value == 16);
        output.WriteLine(Text($"{layers} layers with weights, {layers - fourBits} of 8 bits and {fourBits} of 4; {result.Values.Count} values, {wide} raised to 16 bits"));
        output.WriteLine(Text($"calibrated on {result.Samples} samples; signal to quantization noise of the outputs on {result.HeldSamples} held back:"));
        foreach (QuantizationStep step in result.Steps)
        {
            output.WriteLine(Text($"  {step.SqnrDb,6:F1} dB  {step.Name}{(step.Kept ? "" : " (not kept)")}"));
        }

        output.WriteLine("values with the most noise:");
        foreach (ValueError value in Worst(result))
        {
            output.WriteLine(Text($"  {value.SqnrDb,6:F1} dB  {value.Value}"));
        }
    }

    /// <summary>Writes the same into an open JSON object.</summary>
    public static void Write(Utf8JsonWriter json, PostTrainingResult result)
    {
        (int layers, int fourBits) = result.CountLayers();
        json.WriteNumber("calibration_samples", result.Samples);
        json.WriteNumber("held_samples", result.HeldSamples);
        json.WriteNumber("layers", layers);
        json.WriteNumber("layers_4_bit", fourBits);
        json.WriteNumber("sqnr_db", Math.Round(result.SqnrDb, 2));
        json.WriteStartArray("steps");
        foreach (QuantizationStep step in result.Steps)
        {
            json.WriteStartObject();
            json.WriteString("name", step.Name);
            json.WriteNumber("sqnr_db", Math.Round(step.SqnrDb, 2));
            json.WriteBoolean("kept", step.Kept);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("worst");
        foreach (ValueError value in Worst(result))
        {
            json.WriteStartObject();
            json.WriteString("value", value.Value);
            json.WriteNumber("sqnr_db", Math.Round(value.SqnrDb, 2));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static IEnumerable<ValueError> Worst(PostTrainingResult result) => result.Values.OrderBy(value => value.SqnrDb).Take(WorstValues);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Edge.Detection;
using Edge.Inference;

namespace Edge.Cli;

/// <summary>What an operator of a network costs, and how many of the values that it makes of a sound are real zero: spikes that did not fire, sums that a ReLU cut off.</summary>
/// <param name="Kind">The operator.</param>
/// <param name="Output">Its result's name.</param>
/// <param name="MultiplyAccumulates">Of a step.</param>
/// <param name="Zeros">Share of zeros among the values that it made.</param>
internal sealed record LayerActivity(string Kind, string Output, long MultiplyAccumulates, double Zeros)
{
    /// <summary>Runs a model over a sound.</summary>
    /// <param name="model">The model.</param>
    /// <param name="signal">Mono PCM at the model's rate.</param>
    public static IReadOnlyList<LayerActivity> Measure(AudioModel model, ReadOnlySpan<short> signal)
    {
        (string Kind, TensorInfo Output, long MultiplyAccumulates)[] operators = [.. model.Network.Operators];
        Dictionary<TensorInfo, int> numbers = new(ReferenceEqualityComparer.Instance);
        for (int i = 0; i < operators.Length; i++)
        {
            numbers.TryAdd(operators[i].Output, i);
        }

        var zeros = new long[operators.Length];
        long steps = 0;
        var scorer = new Scorer(model);
        Session session = model.Network.CreateSession();
        while (scorer.TryStep(ref signal))
        {
            scorer.Features.CopyTo(session.Input);
            session.Step((tensor, bytes) =>
            {
                if (numbers.TryGetValue(tensor, out int number))
                {
                    zeros[number] += Count(tensor, bytes);
                }
            });
            steps++;
        }

        return [.. operators.Select((op, i) => new LayerActivity(op.Kind, op.Output.Name, op.MultiplyAccumulates, zeros[i] / ((double)Math.Max(steps, 1) * op.Output.Elements)))];
    }

    /// <summary>Adds the field "layers", where there are any.</summary>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<LayerActivity> layers)
    {
        if (layers.Count == 0)
        {
            return;
        }

        json.WriteStartArray("layers");
        foreach (LayerActivity layer in layers)
        {
            json.WriteStartObject();
            json.WriteString("op", layer.Kind);
            json.WriteString("output", layer.Output);
            json.WriteNumber("macs", layer.MultiplyAccumulates);
            json.WriteNumber("zeros", Math.Round(layer.Zeros, 4));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind,-26} {MultiplyAccumulates,10}  {Zeros,7:0.0 %} zeros  {Output}");

    private static int Count(TensorInfo tensor, ReadOnlySpan<byte> bytes) => tensor.Type == ElementType.Int16
        ? MemoryMarshal.Cast<byte, short>(bytes).Count((short)tensor.ZeroPoint)
        : MemoryMarshal.Cast<byte, sbyte>(bytes).Count((sbyte)tensor.ZeroPoint);
}

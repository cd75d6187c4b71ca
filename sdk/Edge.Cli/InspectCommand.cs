using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Edge.Detection;
using Edge.Inference;
using Edge.Numerics;

namespace Edge.Cli;

/// <summary>`edge inspect`: what is in a model file.</summary>
internal static class InspectCommand
{
    public static Command Create(StandardStreams streams) => new(
        new CommandSyntax(
            "edge inspect",
            "MODEL",
            "Shows a model's front end, layers, memory, labels, thresholds and where it comes from.",
            "edge inspect wake-words.edge",
            ModelArguments.Kernels,
            ModelArguments.Json),
        arguments => Run(arguments, streams));

    private static int Run(Arguments arguments, StandardStreams streams)
    {
        if (arguments.Operands is not [string path])
        {
            throw new UsageException($"{arguments.Operands.Count} models are named; expected one MODEL.");
        }

        using AudioModel model = AudioModel.Load(path, ModelArguments.KernelsOrBest(arguments));
        using var results = new ResultWriter(streams.Output, arguments.Has("json"));
        if (results.AsJson)
        {
            results.Object(json => Write(json, path, model));
        }
        else
        {
            Print(results, path, model);
        }

        results.Flush();
        return ExitCode.Done;
    }

    private static void Write(Utf8JsonWriter json, string path, AudioModel model)
    {
        Model network = model.Network;
        json.WriteString("file", path);
        json.WriteString("model", model.Name);
        json.WriteNumber("file_bytes", network.FileBytes);
        json.WriteNumber("memory_bytes", network.MemoryBytes);
        json.WriteNumber("scratch_bytes", network.ScratchBytes);
        json.WriteNumber("macs_per_step", network.MultiplyAccumulates);
        json.WriteNumber("step_ms", model.Step.TotalMilliseconds);
        json.WriteNumber("delay_ms", model.Delay.TotalMilliseconds);
        json.WriteStartObject("constants");
        foreach ((ElementType type, int count) in Constants(network))
        {
            json.WriteNumber(type.Name(), count);
        }

        json.WriteEndObject();
        json.WriteString("rounding", network.Rounding.Name());
        json.WriteString("kernels", network.Kernels.ToString().ToLowerInvariant());
        json.WriteStartArray("labels");
        foreach (string label in model.Labels)
        {
            json.WriteStringValue(label);
        }

        json.WriteEndArray();
        json.WritePropertyName(FrontEndPlan.SectionName);
        FrontEndPlan.Write(json, model.FrontEnd, model.Quantizer, model.FeatureWindow);
        json.WritePropertyName(DetectionPlan.SectionName);
        DetectionPlan.Write(json, model.Detection);
        if (Provenance(model) is { } provenance)
        {
            json.WritePropertyName("provenance");
            provenance.WriteTo(json);
        }

        json.WriteStartArray("layers");
        foreach ((string kind, TensorInfo output, long multiplyAccumulates) in network.Operators)
        {
            json.WriteStartObject();
            json.WriteString("op", kind);
            json.WriteString("output", output.Name);
            json.WriteString("shape", Shape(output));
            json.WriteNumber("macs", multiplyAccumulates);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Print(ResultWriter results, string path, AudioModel model)
    {
        Model network = model.Network;
        results.Line($"{model.Name}  ({path}, {network.FileBytes} bytes)");
        results.Line(Text($"input       {Shape(network.Input)} int8, scale {network.Input.Scale:0.######}, zero point {network.Input.ZeroPoint}"));
        results.Line(Text($"step        {model.StepSamples} samples at {model.SampleRateHz} Hz, {model.Step.TotalMilliseconds:0.###} ms, {network.MultiplyAccumulates} multiply-accumulates"));
        if (model.Network.DelaySteps > 0)
        {
            results.Line(Text($"delay       {model.Delay.TotalMilliseconds:0.###} ms, {network.DelaySteps} step{(network.DelaySteps == 1 ? "" : "s")}: the network looks ahead"));
        }

        results.Line($"constants   {string.Join(", ", Constants(network).ConvertAll(c => $"{c.Count} {c.Type.Name()}"))}");
        results.Line($"rounding    {network.Rounding.Name()}");
        results.Line($"memory      {network.MemoryBytes} bytes a stream, {network.ScratchBytes} more with kernels {network.Kernels.ToString().ToLowerInvariant()}");
        results.Line($"front end   {Compact(json => FrontEndPlan.Write(json, model.FrontEnd, model.Quantizer, model.FeatureWindow))}");
        results.Line($"detection   {Summary(model.Detection)}");
        results.Line($"self-test   {(model.SelfTest is { } test ? $"{test.Samples} samples of seed {test.Seed}" : "none")}");
        foreach (JsonProperty property in Provenance(model)?.EnumerateObject() ?? default)
        {
            results.Line($"provenance  {property.Name}: {property.Value}");
        }

        results.Line("");
        for (int i = 0; i < model.Labels.Count; i++)
        {
            results.Line($"label {i,-5} {model.Labels[i],-24} {Threshold(model.Detection, i)}".TrimEnd());
        }

        results.Line("");
        PrintClasses(results, model);
        foreach ((string kind, TensorInfo output, long multiplyAccumulates) in network.Operators)
        {
            results.Line($"{kind,-22} {Shape(output),-18} {multiplyAccumulates,10}  {output.Name}");
        }
    }

    private static string Summary(DetectorOptions detection) => detection switch
    {
        KeywordOptions o => Text($"{o.Kind}, smoothing {o.SmoothingMs} ms, {o.ConsecutiveHits} hits in a row, refractory {o.RefractoryMs} ms, warm-up {o.WarmUpMs} ms"),
        SoundEventOptions o => Text($"{o.Kind}, onset {o.OnsetThreshold:0.###}, offset {o.OffsetThreshold:0.###}, smoothing {o.SmoothingMs} ms, minimum {o.MinimumMs} ms, gap {o.MergeGapMs} ms, maximum {o.MaximumMs} ms, refractory {o.RefractoryMs} ms"),
        UtteranceOptions o => Text($"{o.Kind}, ends after {o.SilenceMs} ms below {o.QuietDb} dB or {o.MaximumMs} ms, minimum {o.MinimumMs} ms{(o.Regression ? ", values" : "")}") + (o.Margin is { } margin ? Text($", decided early by a lead of {margin:0.###} for {o.MarginSteps} steps") : ""),
        FeatureOptions o => $"{o.Kind}: an encoder, no events",
        AnomalyOptions o => Text($"{o.Kind}, mean squared error {o.Threshold:0.###}, smoothing {o.SmoothingMs} ms, refractory {o.RefractoryMs} ms, maximum {o.MaximumMs} ms, label {o.Label}"),
        _ => Compact(json => DetectionPlan.Write(json, detection)),
    };

    private static string Threshold(DetectorOptions detection, int label) =>
        detection is not KeywordOptions keyword ? "" : keyword.Background.Contains(label) ? "background" : Text($"threshold {keyword.Thresholds[label]:0.###}");

    private static void PrintClasses(ResultWriter results, AudioModel model)
    {
        if (model.Detection is not SoundEventOptions { Classes.Count: > 0 } options)
        {
            return;
        }

        foreach (SoundClass one in options.ClassesOf(model.Labels))
        {
            string labels = string.Join(", ", Array.ConvertAll([.. one.Labels], (int label) => model.Labels[label]));
            results.Line(Text($"class {one.Name,-17} onset {one.OnsetThreshold:0.###}, offset {one.OffsetThreshold:0.###}: {labels}") + (one.Parent is null ? "" : $"; below {one.Parent}"));
        }

        results.Line("");
    }

    /// <summary>How many elements of each type the file holds, the narrowest first.</summary>
    private static List<(ElementType Type, int Count)> Constants(Model network)
    {
        var constants = new List<(ElementType Type, int Count)>();
        ElementType[] types = Enum.GetValues<ElementType>();
        Array.Sort(types, (a, b) => a.Bytes(2).CompareTo(b.Bytes(2)));
        foreach (ElementType type in types)
        {
            int count = network.Tensors.Where(t => t.Storage == TensorStorage.Constant && t.Type == type).Sum(t => t.Elements);
            if (count > 0)
            {
                constants.Add((type, count));
            }
        }

        return constants;
    }

    private static JsonElement? Provenance(AudioModel model) =>
        model.Network.PlanJson.TryGetProperty("provenance", out JsonElement value) && value.ValueKind == JsonValueKind.Object ? value : null;

    private static string Shape(TensorInfo tensor) => string.Join('x', tensor.Shape);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string Compact(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        write(json);
        json.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}

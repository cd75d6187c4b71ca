using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Edge.Cli;
using Edge.Features;
using Edge.Quantization.Calibration;
using Edge.Quantization.Compilation;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Cli;

/// <summary>The options that describe a front end; parameters have the names and values that they have in .edge files.</summary>
/// <remarks>Later ones win: the kind's defaults, a convention, a file or a model's metadata, milliseconds, single parameters.</remarks>
internal static class FrontEndArguments
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        IgnoreReadOnlyProperties = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false) },
    };

    private static readonly string[] Kinds = ["micro", "log-mel", "mfcc", "pcm"];

    /// <summary>What to add to a command's options.</summary>
    public static readonly Option[] Options =
    [
        new("front-end", "NAME", $"{string.Join(", ", Kinds)}, or a public model's: {CatalogueNames} (default: a model's metadata edge.frontEnd)"),
        new("convention", "NAME", "start log-mel or mfcc from the settings of librosa, kaldi or tensorflow"),
        new("front-end-file", "FILE", "JSON object of parameters, such as an .edge file's frontEnd"),
        new("rate", "HZ", "sample rate; other recordings are resampled", "16000"),
        new("window-ms", "MS", "length of the window"),
        new("hop-ms", "MS", "time from one frame to the next"),
        new("set", "NAME=VALUE", "any parameter by its name, as in --set channels=32", Repeatable: true),
    ];

    /// <summary>Reads the front end that <paramref name="arguments"/> describe, or where they name none, a model's metadata.</summary>
    /// <param name="arguments">The command line; its single parameters go over those of the metadata.</param>
    /// <param name="graph">The model; null where there is none.</param>
    /// <exception cref="UsageException">Nothing says the kind, a name is unknown, or a value does not fit.</exception>
    /// <exception cref="InvalidDataException">The file or the metadata holds no JSON object.</exception>
    public static FrontEndOptions Read(Arguments arguments, ModelGraph? graph = null) => Read(arguments, graph, ownUnit: false).Options;

    /// <summary>As above, for a model that only computes: its front end may give features in a unit of their own.</summary>
    /// <returns>The front end, and the real value of one step of its integers; null for what their fractional bits say.</returns>
    /// <inheritdoc cref="Read(Arguments, ModelGraph?)" path="/exception"/>
    public static (FrontEndOptions Options, float? Unit) ReadWithUnit(Arguments arguments, ModelGraph? graph) => Read(arguments, graph, ownUnit: true);

    private static (FrontEndOptions Options, float? Unit) Read(Arguments arguments, ModelGraph? graph, bool ownUnit)
    {
        bool given = IsGiven(arguments);
        JsonObject file = given ? ReadFile(arguments.TextOrNull("front-end-file"))
            : (graph is null ? null : ModelMetadata.FrontEndParameters(graph)) ?? [];
        string? kind = arguments.TextOrNull("front-end") ?? file["kind"]?.ToString();
        bool fromFile = int.TryParse(file["sampleRateHz"]?.ToString(), out int rateHz) && !arguments.Has("rate");
        rateHz = fromFile ? rateHz : arguments.Int("rate", 8_000, 48_000);
        FrontEndOptions start = Start(kind, arguments.TextOrNull("convention"), rateHz);
        NamedFrontEnd? known = kind is null ? null : FrontEndCatalogue.Find(kind);
        bool hasUnit = ownUnit && known is { PeakNormalized: false, Quantizer: null };
        if (graph is not null && known is not null && (known.PeakNormalized || !known.ReadsPlainly) && !hasUnit)
        {
            throw new UsageException($"Networks of front end {kind} take its features {(known.PeakNormalized ? "of windows divided by their peak" : known.Quantizer is null ? "in a unit of their own" : "on a grid of its own")}, which only `edgec import` knows. For a network trained without that give the kind and its parameters, as in --front-end {start.Kind}.");
        }

        if (graph is not null && start is MicroOptions && known is null && ModelImport.TakesMicroWakeWordFeatures(graph))
        {
            throw new UsageException($"The input of {graph.Name} has the scale of microWakeWord's models, which take the features of micro-10ms or micro-20ms in a unit of their own; found --front-end micro, which says none.");
        }

        if (start.SampleRateHz != rateHz && known is not null)
        {
            throw new UsageException($"--rate is {rateHz}; front end {kind} hears {start.SampleRateHz} Hz.");
        }

        JsonObject parameters = JsonSerializer.SerializeToNode(start, start.GetType(), Json)!.AsObject();
        foreach ((string name, JsonNode? value) in file)
        {
            if (name is not ("kind" or "quantizer" or "featureWindow"))
            {
                Assign(parameters, name, value is JsonValue ? value.ToString() : value?.ToJsonString() ?? "null", start.Kind);
            }
        }

        Assign(parameters, "sampleRateHz", rateHz.ToString(CultureInfo.InvariantCulture), start.Kind);
        AssignMilliseconds(arguments, "window-ms", parameters, "windowSamples", rateHz);
        AssignMilliseconds(arguments, "hop-ms", parameters, "hopSamples", rateHz);
        foreach (string setting in arguments.All("set"))
        {
            int equals = setting.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
            {
                throw new UsageException($"--set is '{setting}'; expected NAME=VALUE.");
            }

            Assign(parameters, setting[..equals], setting[(equals + 1)..], start.Kind);
        }

        return (Checked(parameters, start), hasUnit ? FeatureUnit.Of(known!) : null);
    }

    /// <summary>As above; null where neither the arguments nor the metadata say anything of a front end.</summary>
    /// <inheritdoc cref="Read" path="/exception"/>
    public static FrontEndOptions? ReadOrNull(Arguments arguments, ModelGraph? graph) =>
        IsGiven(arguments) || graph is not null && ModelMetadata.FrontEndParameters(graph) is not null ? Read(arguments, graph) : null;

    /// <summary>Whether the command line names a front end.</summary>
    public static bool IsGiven(Arguments arguments) => arguments.Has("front-end") || arguments.Has("front-end-file") || arguments.Has("convention");

    private static string CatalogueNames => string.Join(", ", FrontEndCatalogue.All.Select(entry => entry.Name));

    private static string Expected => $"{string.Join(", ", Kinds)}, {CatalogueNames}";

    private static JsonObject ReadFile(string? path)
    {
        try
        {
            return path is null ? [] : JsonNode.Parse(File.ReadAllText(path)) as JsonObject
                ?? throw new InvalidDataException($"{path} is JSON, but not an object of front-end parameters.");
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{path} is not JSON: {error.Message}", error);
        }
    }

    private static FrontEndOptions Start(string? kind, string? convention, int rateHz)
    {
        LogMelOptions logMel = convention switch
        {
            null => new LogMelOptions(),
            "librosa" => LogMelOptions.Librosa(rateHz),
            "kaldi" => LogMelOptions.Kaldi(rateHz),
            "tensorflow" => LogMelOptions.TensorFlow(rateHz),
            _ => throw new UsageException($"--convention is '{convention}'; expected librosa, kaldi or tensorflow."),
        };
        NamedFrontEnd? named = kind is null ? null : FrontEndCatalogue.Find(kind);
        return (kind, convention) switch
        {
            ("log-mel", _) => logMel,
            ("mfcc", _) => new MfccOptions(logMel),
            ("micro", null) => new MicroOptions(),
            ("pcm", null) => new PcmOptions(),
            (not null, null) when named is not null => named.Options,
            (null, _) => throw new UsageException($"--front-end NAME is required; expected {Expected}."),
            _ when Kinds.Contains(kind) || named is not null => throw new UsageException($"--convention {convention} is for log-mel and mfcc; the front end is {kind}."),
            _ => throw new UsageException($"The front end is '{kind}'; expected {Expected}.{Suggestion.For(kind, [.. Kinds, .. FrontEndCatalogue.All.Select(entry => entry.Name)])}"),
        };
    }

    private static void AssignMilliseconds(Arguments arguments, string option, JsonObject parameters, string name, int rateHz)
    {
        if (arguments.Has(option))
        {
            double samples = arguments.Double(option, 0, 1000) * rateHz / 1000;
            if (samples != Math.Floor(samples))
            {
                throw new UsageException($"--{option} is {arguments.Text(option)}; that is {samples} samples at {rateHz} Hz, and expected is a whole number.");
            }

            parameters[name] = (int)samples;
        }
    }

    /// <summary>Gives a parameter a value of the type it has: a whole number, true or false, or a name.</summary>
    private static void Assign(JsonObject parameters, string name, string text, string kind)
    {
        if (parameters[name] is not { } old)
        {
            string[] known = [.. parameters.Select(pair => pair.Key)];
            throw new UsageException($"{kind} has no parameter '{name}'.{Suggestion.For(name, known)} Expected one of {string.Join(", ", known)}.");
        }

        parameters[name] = old.GetValueKind() switch
        {
            JsonValueKind.Number => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
                ? number
                : throw new UsageException($"{name} is '{text}'; expected a whole number."),
            JsonValueKind.True or JsonValueKind.False => text switch
            {
                "true" => true,
                "false" => false,
                _ => throw new UsageException($"{name} is '{text}'; expected true or false."),
            },
            _ => text,
        };
    }

    private static FrontEndOptions Checked(JsonObject parameters, FrontEndOptions start)
    {
        FrontEndOptions options;
        try
        {
            options = (FrontEndOptions)parameters.Deserialize(start.GetType(), Json)!;
        }
        catch (JsonException error)
        {
            // Numbers and truth values have been checked: what is left is a name that its enumeration lacks.
            string name = error.Path?.TrimStart('$', '.') ?? "";
            Type type = start.GetType().GetProperty(char.ToUpperInvariant(name[0]) + name[1..])!.PropertyType;
            string allowed = string.Join(", ", Enum.GetNames(type).Select(JsonNamingPolicy.KebabCaseLower.ConvertName));
            throw new UsageException($"{name} is '{parameters[name]}'; expected one of {allowed}.");
        }

        return options.Faults() is { Count: > 0 } faults
            ? throw new UsageException($"The {options.Kind} front end cannot be made: {string.Join(" ", faults)}")
            : options;
    }
}

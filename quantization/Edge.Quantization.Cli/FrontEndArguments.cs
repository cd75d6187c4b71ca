using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Edge.Cli;
using Edge.Detection;
using Edge.Features;
using Edge.Inference;

namespace Edge.Quantization.Cli;

/// <summary>The options that describe a front end, the same for every command: a kind or a JSON file, and single parameters over it.</summary>
internal static class FrontEndArguments
{
    /// <summary>What a command that takes a front end adds to its options.</summary>
    public static Option[] Options { get; } =
    [
        new("front-end", "KIND", "micro, log-mel, mfcc or pcm; parameters not set have their defaults", "micro"),
        new("front-end-file", "FILE", "the front end as JSON, as it stands in an .edge file: {\"kind\":\"micro\",\"hopSamples\":160}"),
        new("set", "NAME=VALUE", "one parameter of the front end, by the name it has in an .edge file", Repeatable: true),
    ];

    /// <summary>The front end that the options describe.</summary>
    /// <exception cref="UsageException">A parameter is unknown or out of range; all of them are named.</exception>
    public static FrontEndOptions Read(Arguments arguments)
    {
        JsonObject description = arguments.TextOrNull("front-end-file") is { } file ? ReadFile(file) : new JsonObject { ["kind"] = arguments.Text("front-end") };
        foreach (string setting in arguments.All("set"))
        {
            int equals = setting.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1)
            {
                throw new UsageException($"--set is '{setting}'; expected NAME=VALUE, as in hopSamples=160.");
            }

            description[setting[..equals]] = Value(setting[(equals + 1)..]);
        }

        using JsonDocument document = JsonDocument.Parse(Encoding.UTF8.GetBytes(description.ToJsonString()));
        var faults = new List<string>();
        FrontEndOptions? options = FrontEndPlan.ReadOptions(new PlanSection(document.RootElement, "front end", faults), faults);
        return options ?? throw new UsageException(string.Join(" ", faults));
    }

    private static JsonObject ReadFile(string path)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllText(path)) as JsonObject ?? throw new InvalidDataException($"{path} holds no JSON object; expected the front end's parameters.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path} is not JSON: {e.Message}", e);
        }
    }

    private static JsonValue Value(string text) =>
        long.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out long number) ? JsonValue.Create(number)
        : bool.TryParse(text, out bool flag) ? JsonValue.Create(flag)
        : JsonValue.Create(text);
}

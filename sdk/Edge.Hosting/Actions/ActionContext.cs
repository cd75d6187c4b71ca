using Microsoft.Extensions.Logging;

namespace Edge.Hosting.Actions;

/// <summary>What an action may know of the device it runs on.</summary>
/// <param name="Logger">Where it reports.</param>
public sealed record ActionContext(ILogger Logger)
{
    /// <summary>Name of the machine; stands for <c>{host}</c>.</summary>
    public string Host { get; init; } = Environment.MachineName;

    /// <summary>Models that listen, by name, with their labels; actions announce them to whoever wants to know.</summary>
    public IReadOnlyList<KeyValuePair<string, IReadOnlyList<string>>> Models { get; init; } = [];
}

using System.Globalization;
using Edge.Cli;
using Edge.Hosting.Actions.Mqtt;

namespace Edge.Hosting.Actions;

/// <summary>Makes actions from the entries of the configuration.</summary>
public sealed class ActionFactory
{
    private const int LargestCapacity = 100_000;
    private const int DefaultAttempts = 10;

    private readonly Dictionary<string, IActionKind> kinds = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Knows the kinds of Edge.Hosting and those given.</summary>
    /// <param name="further">Kinds registered as services; one of a known name stands in its place.</param>
    public ActionFactory(IEnumerable<IActionKind>? further = null)
    {
        IActionKind[] own = [new JsonLinesKind(), new CommandKind(), new WebhookKind(), new MqttKind(), new LedKind()];
        foreach (IActionKind kind in own.Concat(further ?? []))
        {
            kinds[kind.Kind] = kind;
        }
    }

    /// <summary>Names of the kinds that can be made.</summary>
    public IReadOnlyCollection<string> Kinds => kinds.Keys;

    /// <summary>Looks for faults in an entry without doing anything.</summary>
    /// <param name="options">The entry.</param>
    /// <param name="place">Where it stands, such as <c>Edge:Actions:0</c>; begins each fault.</param>
    /// <param name="faults">Receives a line for each.</param>
    public void Check(ActionOptions options, string place, ICollection<string> faults)
    {
        var found = new List<string>();
        if (options.Kind is { } name && kinds.TryGetValue(name, out IActionKind? kind))
        {
            CheckFields(kind, options, found);
            kind.Check(options, found);
        }
        else
        {
            found.Add($"Kind is {(options.Kind is null ? "missing" : $"'{options.Kind}'")}; expected one of {string.Join(", ", kinds.Keys)}.{Suggestion.For(options.Kind ?? "", kinds.Keys)}");
        }

        CheckCommon(options, found);
        foreach (string fault in found)
        {
            faults.Add($"{place}: {fault}");
        }
    }

    /// <summary>Looks for entries that would get in each other's way: two writers of a file, two owners of a lamp.</summary>
    /// <param name="entries">All entries.</param>
    /// <param name="place">Where they stand, such as <c>Edge:Actions</c>.</param>
    /// <param name="faults">Receives a line for each that needs what an earlier one has.</param>
    public void CheckTogether(IEnumerable<ActionOptions> entries, string place, ICollection<string> faults)
    {
        var owners = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach ((int index, ActionOptions options) in entries.Index())
        {
            string? claim = options.Kind is { } name && kinds.TryGetValue(name, out IActionKind? kind) ? kind.Claims(options) : null;
            if (claim is not null && !owners.TryAdd(claim, index))
            {
                faults.Add($"{place}[{index}]: {claim} is that of {place}[{owners[claim]}] too; give one of them another, or let one entry take the events of both.");
            }
        }
    }

    /// <summary>Makes the action of an entry, behind its queue, and begins to work.</summary>
    /// <param name="options">The entry.</param>
    /// <param name="context">What the action may know of the device.</param>
    /// <exception cref="ArgumentException">The entry has faults; the message lists every one.</exception>
    public ActionQueue Create(ActionOptions options, ActionContext context)
    {
        var faults = new List<string>();
        Check(options, "Action", faults);
        if (faults.Count > 0)
        {
            throw new ArgumentException(string.Join(" ", faults), nameof(options));
        }

        var queue = new ActionQueueOptions
        {
            Capacity = options.QueueCapacity,
            DropOldest = options.WhenFull == "drop-oldest",
            MaximumParallel = options.MaximumParallel ?? 1,
            MaximumAttempts = options.MaximumAttempts ?? DefaultAttempts,
        };
        return new ActionQueue(kinds[options.Kind!].Create(options, context), queue, context.Logger, new EventFilter(options));
    }

    private static void CheckFields(IActionKind kind, ActionOptions options, List<string> faults)
    {
        foreach (string field in options.OwnFields().Where(field => !kind.Fields.Contains(field)))
        {
            faults.Add($"{field} means nothing to kind {kind.Kind}; take it out. It knows {string.Join(", ", kind.Fields)}.");
        }
    }

    private static void CheckCommon(ActionOptions options, List<string> faults)
    {
        if (options.Phase is not ("any" or "onset" or "complete"))
        {
            faults.Add($"Phase is '{options.Phase}'; expected any, onset or complete.");
        }

        if (options.WhenFull is not ("drop-oldest" or "drop-newest"))
        {
            faults.Add($"WhenFull is '{options.WhenFull}'; expected drop-oldest or drop-newest.");
        }

        if (options.QueueCapacity is < 1 or > LargestCapacity)
        {
            faults.Add($"QueueCapacity is {options.QueueCapacity}; expected 1 to {LargestCapacity}.");
        }

        if (options.MinimumScore is not (>= 0 and <= 1))
        {
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"MinimumScore is {options.MinimumScore}; expected 0 to 1."));
        }
    }
}

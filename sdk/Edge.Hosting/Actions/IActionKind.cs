namespace Edge.Hosting.Actions;

/// <summary>A kind of action that the configuration may name. Kinds registered as services are found by <see cref="ActionFactory"/>.</summary>
public interface IActionKind
{
    /// <summary>Its name in the configuration.</summary>
    string Kind { get; }

    /// <summary>Fields of <see cref="ActionOptions"/> that mean something to it, besides the filters and the queue.</summary>
    IReadOnlyCollection<string> Fields { get; }

    /// <summary>Looks for faults without doing anything.</summary>
    /// <param name="options">The entry.</param>
    /// <param name="faults">Receives a sentence for each: what was found, what was expected, what to do.</param>
    void Check(ActionOptions options, ICollection<string> faults);

    /// <summary>What of the machine or the network an entry needs for itself, such as <c>Path /var/lib/edge/events.jsonl</c>; null for nothing.</summary>
    /// <param name="options">The entry; it may have faults.</param>
    string? Claims(ActionOptions options) => null;

    /// <summary>Makes the action of an entry without faults.</summary>
    /// <param name="options">The entry.</param>
    /// <param name="context">What the action may know of the device.</param>
    IEventAction Create(ActionOptions options, ActionContext context);
}

namespace Edge.Hosting.Actions;

/// <summary>What happens with events.</summary>
public sealed class ActionOptions
{
    /// <summary>The kind of action.</summary>
    public string Kind { get; set; } = "";

    /// <summary>The file that events are appended to.</summary>
    public string? Path { get; set; }
}

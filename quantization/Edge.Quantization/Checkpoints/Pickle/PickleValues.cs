namespace Edge.Quantization.Checkpoints.Pickle;

/// <summary>The name of a class or function; nothing is looked up, imported or called.</summary>
internal sealed record PickleGlobal(string Module, string Name)
{
    public override string ToString() => $"{Module}.{Name}";
}

/// <summary>A tuple, which never changes.</summary>
internal sealed class PickleTuple(object?[] items)
{
    public object?[] Items { get; } = items;

    public object? this[int index] => index < Items.Length ? Items[index] : null;
}

/// <summary>A dictionary in the order of its making; keys are anything.</summary>
internal sealed class PickleDictionary
{
    public List<(object? Key, object? Value)> Pairs { get; } = [];
}

/// <summary>An object of a class that nobody here knows: what it was to be made from, as plain values.</summary>
internal sealed class PickleObject(object? callable)
{
    /// <summary>What was to be called: as a rule a <see cref="PickleGlobal"/>.</summary>
    public object? Callable { get; } = callable;

    /// <summary>Its attributes, or whatever its class keeps instead.</summary>
    public object? State { get; set; }

    /// <summary>What was appended to it, where it is a kind of list.</summary>
    public List<object?> Items { get; } = [];

    /// <summary>What was put into it, where it is a kind of dictionary.</summary>
    public PickleDictionary Pairs { get; } = new();
}

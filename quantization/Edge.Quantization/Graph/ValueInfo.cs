namespace Edge.Quantization.Graph;

/// <summary>One dimension of a shape: a number, a named symbol ("batch"), or unknown.</summary>
/// <param name="Size">The number; -1 where it is not known.</param>
/// <param name="Symbol">The name of an unknown dimension, if it has one.</param>
public readonly record struct Dimension(long Size, string? Symbol = null)
{
    /// <summary>A dimension of which nothing is known.</summary>
    public static Dimension Unknown => new(-1);

    /// <summary>True where the number is known.</summary>
    public bool IsKnown => Size >= 0;

    /// <summary>A known dimension.</summary>
    public static implicit operator Dimension(long size) => new(size);

    /// <summary>A named dimension.</summary>
    public static implicit operator Dimension(string symbol) => new(-1, symbol);

    /// <inheritdoc/>
    public override string ToString() => IsKnown ? $"{Size}" : Symbol ?? "?";
}

/// <summary>What is known of a value: its name, element type and shape.</summary>
/// <param name="Name">The value's name, unique in its graph.</param>
/// <param name="ElementType">Type of the elements; <see cref="ElementType.Undefined"/> where it is not known.</param>
/// <param name="Shape">The dimensions, outermost first; null where even the rank is not known.</param>
public sealed record ValueInfo(string Name, ElementType ElementType, IReadOnlyList<Dimension>? Shape)
{
    /// <summary>The shape as numbers, or null where a dimension is not known.</summary>
    public long[]? StaticShape =>
        Shape is not null && Shape.All(dimension => dimension.IsKnown) ? [.. Shape.Select(dimension => dimension.Size)] : null;

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {ElementType} [{(Shape is null ? "?" : string.Join(", ", Shape))}]";
}

namespace Edge.OnnxRuntime;

/// <summary>What a model declares of an input or output.</summary>
/// <param name="Name">Its name.</param>
/// <param name="ElementType">Type of its elements; Undefined where it is no tensor.</param>
/// <param name="Dims">Dimensions, outermost first; -1 where the caller chooses.</param>
/// <param name="Symbols">Name of each dimension that the caller chooses; "" where it has none.</param>
public sealed record OnnxValueInfo(string Name, OnnxElementType ElementType, IReadOnlyList<long> Dims, IReadOnlyList<string> Symbols)
{
    /// <inheritdoc/>
    public override string ToString() =>
        $"{Name}: {ElementType} [{string.Join(", ", Dims.Select((dim, i) => dim >= 0 ? $"{dim}" : Symbols[i].Length > 0 ? Symbols[i] : "?"))}]";

    /// <summary>Says why a tensor does not fit; null where it does.</summary>
    internal string? Misfit(OnnxTensor tensor)
    {
        bool fits = tensor.ElementType == ElementType && tensor.Dims.Length == Dims.Count;
        for (int i = 0; fits && i < Dims.Count; i++)
        {
            fits = Dims[i] < 0 || Dims[i] == tensor.Dims[i];
        }

        return fits ? null : $"input {this} was given {tensor}.";
    }
}

namespace Edge.Quantization.Graph.TfLite;

/// <summary>Collects the faults of a file, so that one message names them all.</summary>
internal sealed class TfLiteFaults(string source)
{
    private const int Shown = 8;

    private readonly List<string> further = [];
    private (string Place, string Problem) first;
    private int count;

    /// <summary>Notes a fault.</summary>
    /// <param name="place">Where it is: <c>subgraphs[0].operators[3].inputs[1]</c>.</param>
    /// <param name="problem">What was found and what was expected.</param>
    public void Add(string place, string problem)
    {
        if (count++ == 0)
        {
            first = (place, problem);
        }
        else if (count <= Shown)
        {
            further.Add($"\n  {place}: {problem}");
        }
    }

    /// <summary>Reports what was noted.</summary>
    /// <exception cref="GraphFormatException">Something was; its place is that of the first fault.</exception>
    public void ThrowIfAny()
    {
        if (count == 0)
        {
            return;
        }

        string rest = count > Shown ? $"\n  and {count - Shown:N0} more." : "";
        throw new GraphFormatException(source, first.Place, $"{first.Problem}{string.Concat(further)}{rest}");
    }
}

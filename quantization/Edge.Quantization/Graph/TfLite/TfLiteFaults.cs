namespace Edge.Quantization.Graph.TfLite;

/// <summary>Collects the faults of a file, so that one message names them all.</summary>
internal sealed class TfLiteFaults(string source)
{
    private const int Shown = 8;

    private readonly List<(string Place, string Problem)> shown = [];
    private int count;

    /// <summary>Notes a fault.</summary>
    /// <param name="place">Where it is: <c>subgraphs[0].operators[3].inputs[1]</c>.</param>
    /// <param name="problem">What was found and what was expected.</param>
    public void Add(string place, string problem)
    {
        count++;
        if (shown.Count < Shown)
        {
            shown.Add((place, problem));
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

        IEnumerable<string> further = shown.Skip(1).Select(fault => $"\n  {fault.Place}: {fault.Problem}");
        string rest = count > shown.Count ? $"\n  and {count - shown.Count:N0} more." : "";
        throw new GraphFormatException(source, shown[0].Place, $"{shown[0].Problem}{string.Concat(further)}{rest}");
    }
}

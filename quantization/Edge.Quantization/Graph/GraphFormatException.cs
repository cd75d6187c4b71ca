namespace Edge.Quantization.Graph;

/// <summary>A model cannot be read into a graph, or a graph is inconsistent; the message names source, place and what to do.</summary>
public sealed class GraphFormatException : IOException
{
    /// <summary>Makes the exception.</summary>
    /// <param name="source">The file's path or the graph's name.</param>
    /// <param name="place">Where in it: a field, a node, a value, a byte offset.</param>
    /// <param name="problem">What was found, what was expected, what to do.</param>
    /// <param name="innerException">The cause, if another error led here.</param>
    public GraphFormatException(string source, string place, string problem, Exception? innerException = null)
        : base($"{source}: {place}: {problem}", innerException)
    {
        Place = place;
        Problem = problem;
    }

    /// <summary>Where the fault is: a field, a node, a value, a byte offset.</summary>
    public string Place { get; }

    /// <summary>What was found, what was expected, what to do.</summary>
    public string Problem { get; }
}

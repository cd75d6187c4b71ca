namespace Edge.Quantization.Analysis.Evaluation;

/// <summary>From the names that recordings are labelled with to the model's labels.</summary>
/// <remarks>A name is the label of the same text; else the one label that differs from it in case, hyphens, underscores and spaces alone.</remarks>
public sealed class LabelMap
{
    private const int MostNamed = 20;

    private readonly IReadOnlyList<string> labels;
    private readonly Dictionary<string, int> mapped = [];
    private readonly HashSet<string> ignored;

    /// <summary>Makes a map.</summary>
    /// <param name="labels">The model's labels, in order.</param>
    /// <param name="mapped">Labels for names that are none.</param>
    /// <param name="ignored">Names whose recordings are left out.</param>
    /// <exception cref="ArgumentException">A name is mapped to what is no label.</exception>
    public LabelMap(IReadOnlyList<string> labels, IReadOnlyDictionary<string, string>? mapped = null, IEnumerable<string>? ignored = null)
    {
        this.labels = labels;
        this.ignored = [.. ignored ?? []];
        foreach ((string name, string label) in mapped ?? new Dictionary<string, string>())
        {
            this.mapped[name] = Find(label) ?? throw new ArgumentException($"'{name}' is mapped to '{label}'; the model's labels are {Listed(labels)}.", nameof(mapped));
        }
    }

    /// <summary>The number of the label that a name stands for; null where it is none, or ignored.</summary>
    public int? Find(string name)
    {
        if (mapped.TryGetValue(name, out int known))
        {
            return known;
        }

        int[] same = [.. Enumerable.Range(0, labels.Count).Where(i => labels[i] == name)];
        int[] alike = same.Length > 0 ? same : [.. Enumerable.Range(0, labels.Count).Where(i => Plain(labels[i]) == Plain(name))];
        return alike is [var only] ? only : null;
    }

    /// <summary>The clips that are not ignored, each with its label's number, in order.</summary>
    /// <exception cref="InvalidDataException">A name is no label, or no clip is left; the message lists all names and the labels.</exception>
    public IReadOnlyList<(LabelledClip Clip, int Label)> Resolve(IEnumerable<LabelledClip> clips)
    {
        LabelledClip[] kept = [.. clips.Where(clip => !ignored.Contains(clip.Label))];
        string[] unknown = [.. kept.Select(clip => clip.Label).Distinct().Where(name => Find(name) is null)];
        if (unknown.Length > 0)
        {
            throw new InvalidDataException(
                $"The recordings are labelled {Listed(unknown)}, and the model's labels are {Listed(labels)}. Map each name to a label (--map {unknown[0]}=LABEL) or leave its recordings out (--ignore {unknown[0]}).");
        }

        return kept.Length > 0
            ? [.. kept.Select(clip => (clip, Find(clip.Label)!.Value))]
            : throw new InvalidDataException("Every recording is ignored; nothing is left to evaluate.");
    }

    private static string Listed(IReadOnlyList<string> names) =>
        $"{string.Join(", ", names.Take(MostNamed).Select(name => $"'{name}'"))}{(names.Count > MostNamed ? $" and {names.Count - MostNamed} more" : "")}";

    private static string Plain(string name) => name.Replace('-', ' ').Replace('_', ' ').Trim().ToLowerInvariant();
}

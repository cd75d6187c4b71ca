using System.Globalization;
using System.Text;

namespace Edge.Hosting.Metrics;

/// <summary>The values of one instrument under one set of tags.</summary>
/// <param name="tags">The tags.</param>
/// <param name="bounds">Upper bounds of a histogram's classes; empty for one value.</param>
internal sealed class PrometheusSeries(KeyValuePair<string, object?>[] tags, double[] bounds)
{
    private readonly long[] counts = new long[bounds.Length + 1];
    private double sum;

    /// <summary>Whether a value came since the last page.</summary>
    public bool IsFresh { get; set; }

    /// <summary>Whether these are its tags.</summary>
    public bool Has(ReadOnlySpan<KeyValuePair<string, object?>> others)
    {
        bool same = others.Length == tags.Length;
        for (int i = 0; same && i < tags.Length; i++)
        {
            same = tags[i].Key == others[i].Key && Equals(tags[i].Value, others[i].Value);
        }

        return same;
    }

    /// <summary>Adds to a counter or a histogram; without a lock, since the listening thread does it for each block.</summary>
    public void Add(double value)
    {
        int place = 0;
        while (place < bounds.Length && value > bounds[place])
        {
            place++;
        }

        Interlocked.Increment(ref counts[place]);
        double seen = Volatile.Read(ref sum);
        double before;
        do
        {
            before = seen;
            seen = Interlocked.CompareExchange(ref sum, before + value, before);
        }
        while (seen != before);

        IsFresh = true;
    }

    /// <summary>Sets a gauge, or a counter that another part counts.</summary>
    public void Set(double value)
    {
        Volatile.Write(ref sum, value);
        IsFresh = true;
    }

    /// <summary>Writes its lines.</summary>
    public void Write(StringBuilder page, string name, bool isHistogram)
    {
        if (!isHistogram)
        {
            Line(page, name, null, Volatile.Read(ref sum));
            return;
        }

        long total = 0;
        for (int i = 0; i <= bounds.Length; i++)
        {
            total += Volatile.Read(ref counts[i]);
            Line(page, name + "_bucket", i < bounds.Length ? Number(bounds[i]) : "+Inf", total);
        }

        Line(page, name + "_sum", null, Volatile.Read(ref sum));
        Line(page, name + "_count", null, total);
    }

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private void Line(StringBuilder page, string name, string? bound, double value)
    {
        page.Append(name);
        char before = '{';
        foreach ((string key, object? tag) in tags)
        {
            Label(page, before, key, Convert.ToString(tag, CultureInfo.InvariantCulture) ?? "");
            before = ',';
        }

        if (bound is not null)
        {
            Label(page, before, "le", bound);
            before = ',';
        }

        page.Append(before == ',' ? "} " : " ").Append(Number(value)).Append('\n');
    }

    private static void Label(StringBuilder page, char before, string key, string value) =>
        page.Append(before).Append(PrometheusText.Name(key)).Append("=\"")
            .Append(value.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal)).Append('"');
}

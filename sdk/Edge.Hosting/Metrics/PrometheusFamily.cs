using System.Diagnostics.Metrics;
using System.Text;

namespace Edge.Hosting.Metrics;

/// <summary>An instrument as a metric of Prometheus: its name, its type and its series.</summary>
internal sealed class PrometheusFamily
{
    private readonly Instrument instrument;
    private readonly string type;
    private readonly double[] bounds = [];
    private readonly Lock gate = new(); // held where a new series begins, and for a page
    private volatile PrometheusSeries[] series = [];

    /// <summary>Prepares for an instrument's values.</summary>
    public PrometheusFamily(Instrument instrument)
    {
        this.instrument = instrument;
        type = instrument switch
        {
            Histogram<double> => "histogram",
            Counter<long> or ObservableCounter<long> or ObservableCounter<double> => "counter",
            _ => "gauge",
        };
        bounds = instrument is Histogram<double> histogram ? [.. histogram.Advice?.HistogramBucketBoundaries ?? [0.001, 0.01, 0.1, 1]] : [];
        string unit = instrument.Unit switch
        {
            "s" => "_seconds",
            "By" => "_bytes",
            "dB" => "_decibels",
            "1" => "_ratio",
            _ => "",
        };
        Name = PrometheusText.Name(instrument.Name) + unit + (type == "counter" ? "_total" : "");
    }

    /// <summary>The metric's name.</summary>
    public string Name { get; }

    /// <summary>Takes a value; allocates only where its tags are new.</summary>
    public void Take(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        PrometheusSeries one = Find(tags) ?? Begin(tags);
        if (instrument.IsObservable || type == "gauge")
        {
            one.Set(value);
        }
        else
        {
            one.Add(value);
        }
    }

    /// <summary>Writes its lines; of what others count, only what they told of since the last page.</summary>
    public void Write(StringBuilder page)
    {
        PrometheusSeries[] present = instrument.IsObservable ? Array.FindAll(series, one => one.IsFresh) : series;
        if (present.Length == 0)
        {
            return;
        }

        page.Append("# HELP ").Append(Name).Append(' ').Append(instrument.Description).Append('\n');
        page.Append("# TYPE ").Append(Name).Append(' ').Append(type).Append('\n');
        foreach (PrometheusSeries one in present)
        {
            one.Write(page, Name, type == "histogram");
            one.IsFresh = false;
        }
    }

    private PrometheusSeries? Find(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        foreach (PrometheusSeries one in series)
        {
            if (one.Has(tags))
            {
                return one;
            }
        }

        return null;
    }

    private PrometheusSeries Begin(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (gate)
        {
            PrometheusSeries one = Find(tags) ?? new PrometheusSeries(tags.ToArray(), bounds);
            if (!series.Contains(one))
            {
                series = [.. series, one];
            }

            return one;
        }
    }
}

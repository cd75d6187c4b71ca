using System.Diagnostics.Metrics;
using System.Text;

namespace Edge.Hosting.Metrics;

/// <summary>Listens to the meter "Edge" of one host and writes its values in Prometheus's text format (version 0.0.4).</summary>
internal sealed class PrometheusText : IDisposable
{
    private readonly MeterListener listener = new();
    private readonly Lock gate = new();
    private readonly List<PrometheusFamily> families = [];

    /// <param name="factory">The host's, which tells its meter from those of other hosts in the same process.</param>
    public PrometheusText(IMeterFactory factory)
    {
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name == EdgeMetrics.MeterName && ReferenceEquals(instrument.Meter.Scope, factory))
            {
                listener.EnableMeasurementEvents(instrument, Add(instrument));
            }
        };
        listener.SetMeasurementEventCallback<double>((_, value, tags, family) => ((PrometheusFamily)family!).Take(value, tags));
        listener.SetMeasurementEventCallback<long>((_, value, tags, family) => ((PrometheusFamily)family!).Take(value, tags));
        listener.Start();
    }

    /// <summary>A metric's or label's name as Prometheus takes it.</summary>
    public static string Name(string name) => name.Replace('.', '_').Replace('-', '_');

    /// <summary>All values as they are now.</summary>
    public string Page()
    {
        lock (gate)
        {
            listener.RecordObservableInstruments();
            var page = new StringBuilder();
            foreach (PrometheusFamily family in families)
            {
                family.Write(page);
            }

            return page.ToString();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => listener.Dispose();

    private PrometheusFamily Add(Instrument instrument)
    {
        var family = new PrometheusFamily(instrument);
        lock (gate)
        {
            families.Add(family);
        }

        return family;
    }
}

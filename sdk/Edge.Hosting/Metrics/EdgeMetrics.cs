using System.Diagnostics.Metrics;

namespace Edge.Hosting.Metrics;

/// <summary>The meter "Edge" and those of its instruments that count by themselves.</summary>
internal sealed class EdgeMetrics
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Edge";

    /// <summary>Makes the meter.</summary>
    public EdgeMetrics(IMeterFactory factory)
    {
        Meter = factory.Create(MeterName);
        FrameDuration = Meter.CreateHistogram(
            "edge.frame.duration", "s", "Processor time that a model takes for one block of sound.", null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 1] });
        Detections = Meter.CreateCounter<long>("edge.detections", "{event}", "Events that models told of.");
        Reloads = Meter.CreateCounter<long>("edge.model.reloads", "{file}", "Model files that were replaced, by outcome.");
    }

    /// <summary>The meter; what listens adds instruments that read its state.</summary>
    public Meter Meter { get; }

    /// <summary>Processor time by block and model.</summary>
    public Histogram<double> FrameDuration { get; }

    /// <summary>Events by model and label.</summary>
    public Counter<long> Detections { get; }

    /// <summary>Replaced model files by model and outcome.</summary>
    public Counter<long> Reloads { get; }
}

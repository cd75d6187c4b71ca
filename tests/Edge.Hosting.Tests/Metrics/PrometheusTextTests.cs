using System.Diagnostics.Metrics;
using Edge.Hosting.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace Edge.Hosting.Tests.Metrics;

public sealed class PrometheusTextTests : IDisposable
{
    private readonly ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly IMeterFactory factory;
    private readonly PrometheusText text;

    public PrometheusTextTests()
    {
        factory = services.GetRequiredService<IMeterFactory>();
        text = new PrometheusText(factory);
    }

    public void Dispose()
    {
        text.Dispose();
        services.Dispose();
    }

    [Fact]
    public void A_counter_is_written_by_its_tags()
    {
        var metrics = new EdgeMetrics(factory);
        metrics.Detections.Add(2, new("model", "words"), new("label", "alexa"));
        metrics.Detections.Add(1, new("model", "words"), new KeyValuePair<string, object?>("label", "a \"b\"\n\\c"));
        metrics.Detections.Add(3, new("model", "words"), new("label", "alexa"));
        Assert.Equal("""
            # HELP edge_detections_total Events that models told of.
            # TYPE edge_detections_total counter
            edge_detections_total{model="words",label="alexa"} 5
            edge_detections_total{model="words",label="a \"b\"\n\\c"} 1

            """, text.Page());
    }

    [Fact]
    public void A_histogram_counts_up_to_each_bound()
    {
        Meter meter = factory.Create(EdgeMetrics.MeterName);
        Histogram<double> histogram = meter.CreateHistogram("edge.test", "s", "A test.", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.5, 1] });
        foreach (double value in new[] { 0.25, 0.5, 0.75, 4 })
        {
            histogram.Record(value);
        }

        Assert.Equal("""
            # HELP edge_test_seconds A test.
            # TYPE edge_test_seconds histogram
            edge_test_seconds_bucket{le="0.5"} 2
            edge_test_seconds_bucket{le="1"} 3
            edge_test_seconds_bucket{le="+Inf"} 4
            edge_test_seconds_sum 5.5
            edge_test_seconds_count 4

            """, text.Page());
    }

    [Fact]
    public void A_value_that_is_observed_no_more_is_left_out()
    {
        double[] values = [1.5];
        factory.Create(EdgeMetrics.MeterName).CreateObservableGauge("edge.gauge", () => values.Select(value => new Measurement<double>(value)), null, "A gauge.");
        Assert.EndsWith("\nedge_gauge 1.5\n", text.Page(), StringComparison.Ordinal);
        values = [];
        Assert.Empty(text.Page());
    }

    [Fact]
    public void Meters_of_other_hosts_and_other_names_are_left_out()
    {
        using ServiceProvider other = new ServiceCollection().AddMetrics().BuildServiceProvider();
        new EdgeMetrics(other.GetRequiredService<IMeterFactory>()).Detections.Add(1);
        factory.Create("Other").CreateCounter<long>("edge.other").Add(1);
        Assert.Empty(text.Page());
    }
}

using System.Diagnostics.Metrics;
using System.Threading.Channels;
using Edge.Detection;
using Edge.Hosting.Listening;
using Edge.Hosting.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace Edge.Hosting.Tests.Listening;

/// <summary>A bank of models that is pushed sound block by block, and what it hears and says.</summary>
internal sealed class BankFixture : IDisposable
{
    public const int BlockSamples = TestModels.RateHz / 50;

    private readonly ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly Channel<Notice> notices = Channel.CreateUnbounded<Notice>();

    public BankFixture(EdgeOptions options, TimeProvider? work = null)
    {
        Page = new PrometheusText(Factory);
        Metrics = new EdgeMetrics(Factory);
        Bank = new ModelBank(options, TestModels.Load(options), TestModels.RateHz, Metrics, (ModelRunner _, in AudioEvent heard) => Heard.Add(heard), notices.Writer, work);
    }

    public IMeterFactory Factory => services.GetRequiredService<IMeterFactory>();

    public PrometheusText Page { get; }

    public EdgeMetrics Metrics { get; }

    public ModelBank Bank { get; }

    public List<AudioEvent> Heard { get; } = [];

    public List<string> Notices()
    {
        var texts = new List<string>();
        while (notices.Reader.TryRead(out Notice notice))
        {
            texts.Add(notice.Text);
        }

        return texts;
    }

    public ModelRunner Runner(string name) => Bank.Runners.Single(runner => runner.Name == name);

    public List<AudioEvent> Of(string name) => Heard.FindAll(heard => heard.Model == name);

    public void Hear(ReadOnlySpan<short> samples)
    {
        for (; !samples.IsEmpty; samples = samples[Math.Min(BlockSamples, samples.Length)..])
        {
            Bank.Hear(samples[..Math.Min(BlockSamples, samples.Length)]);
        }
    }

    /// <summary>What one model hears in the recording by itself.</summary>
    public static List<AudioEvent> Alone(string name, ReadOnlySpan<short> samples)
    {
        using var alone = new BankFixture(TestModels.Options(TestModels.WakeWords(name)));
        alone.Hear(samples);
        alone.Bank.Finish();
        return alone.Heard;
    }

    public void Dispose()
    {
        Page.Dispose();
        services.Dispose();
    }
}

using System.Threading.Channels;
using Edge.Detection;
using Edge.Hosting.Metrics;

namespace Edge.Hosting.Listening;

/// <summary>All models of a device over one mono stream: passes blocks through them, starts those that others trigger, and holds them to their budget.</summary>
/// <remarks>Belongs to the listening thread. A block allocates nothing; what changes is told through a channel, which others write to the log.</remarks>
internal sealed class ModelBank
{
    private const int SpareMs = 1_000; // blocks that come while a model catches up

    private readonly ModelRunner[] runners; // those that trigger others come before them
    private readonly ModelState[] states; // as last told
    private readonly PastSound past;
    private readonly CpuBudget budget;
    private readonly TimeProvider work;
    private readonly EdgeMetrics metrics;
    private readonly HeardHandler heard;
    private readonly ChannelWriter<Notice> notices;
    private long secondEnds;
    private bool overrunTold;

    /// <param name="options">Budget and cascades.</param>
    /// <param name="models">The models, in the order of the options.</param>
    /// <param name="sampleRateHz">Rate of the stream.</param>
    /// <param name="metrics">Counts.</param>
    /// <param name="heard">Receives what models hear.</param>
    /// <param name="notices">Receives what changes.</param>
    /// <param name="work">The clock that work is measured by; null for the thread's processor time.</param>
    /// <exception cref="ArgumentException">Sound of this rate cannot be brought to a model's.</exception>
    public ModelBank(
        EdgeOptions options, IReadOnlyList<LoadedModel> models, int sampleRateHz, EdgeMetrics metrics, HeardHandler heard, ChannelWriter<Notice> notices, TimeProvider? work = null)
    {
        (this.metrics, this.heard, this.notices, this.work) = (metrics, heard, notices, work ?? ThreadProcessorTime.Best);
        int keptMs = SpareMs + options.Models.Max(model => Math.Max(ModelRunner.WarmUpMs, model.When?.ReplayMs ?? 0)) + (ModelRunner.CatchUpFactor * options.Source.PeriodMs);
        past = new PastSound(sampleRateHz, (int)((long)keptMs * sampleRateHz / 1_000));
        runners = [.. models.OrderBy(model => Depth(model.Options, options)).Select(model => new ModelRunner(
            new ModelStream(model, sampleRateHz), model.Options.When is { } when ? new ModelTrigger(when) : null, Tell))];
        states = Array.ConvertAll(runners, runner => runner.State);
        budget = new CpuBudget(options.CpuBudget, Array.ConvertAll(runners, runner => runner.Cost));
        secondEnds = sampleRateHz;
        foreach (ModelRunner runner in runners)
        {
            runner.Start(past);
        }
    }

    /// <summary>The models, those that trigger others before them.</summary>
    public IReadOnlyList<ModelRunner> Runners => runners;

    /// <summary>Time since the stream's first sample.</summary>
    public TimeSpan Time => past.TimeOf(past.End);

    /// <summary>Hears a block.</summary>
    /// <param name="samples">The stream's next samples, at most a second of them.</param>
    public void Hear(ReadOnlySpan<short> samples)
    {
        past.Append(samples);
        long before = work.GetTimestamp();
        for (int i = 0; i < runners.Length; i++)
        {
            ModelRunner runner = runners[i];
            long replaced = runner.Replacements;
            bool worked = runner.Advance(past, samples.Length);
            long after = work.GetTimestamp();
            if (worked)
            {
                double seconds = (double)(after - before) / work.TimestampFrequency;
                runner.Cost.Spend(seconds);
                metrics.FrameDuration.Record(seconds, runner.ModelTag);
            }

            before = after;
            if (runner.State != states[i] || runner.Replacements != replaced)
            {
                Follow(i, replaced);
            }
        }

        if (past.End >= secondEnds)
        {
            secondEnds += past.SampleRateHz;
            CloseSecond();
        }
    }

    /// <summary>Ends the stream: closes events that are under way.</summary>
    public void Finish()
    {
        foreach (ModelRunner runner in runners)
        {
            runner.Finish(past);
        }
    }

    /// <summary>How many models must hear something before this one runs.</summary>
    private static int Depth(ModelOptions model, EdgeOptions options)
    {
        int depth = 0;
        for (ModelOptions? at = model; at?.When is { } when && depth < options.Models.Count; depth++)
        {
            at = options.Models.FirstOrDefault(other => other.DisplayName == when.Model);
        }

        return depth;
    }

    private void Tell(ModelRunner runner, in AudioEvent found)
    {
        for (int i = 0; i < runners.Length; i++)
        {
            runners[i].Trigger?.Take(found, past);
        }

        heard(runner, found);
    }

    /// <summary>A model began, stopped or was replaced.</summary>
    private void Follow(int index, long replaced)
    {
        ModelRunner runner = runners[index];
        if (runner.State != ModelState.Running || runner.Replacements != replaced)
        {
            for (int i = 0; i < runners.Length; i++)
            {
                runners[i].Trigger?.Release(runner.Name, past);
            }
        }

        if (runner.Replacements != replaced)
        {
            notices.TryWrite(Notice.Information($"{runner.Name}: the new {runner.Options.Path} listens from {Time} on."));
        }

        if (states[index] == ModelState.GivenWay)
        {
            notices.TryWrite(Notice.Information($"{runner.Name} comes back: the models take {budget.Taken:P0} of a core, their budget is {budget.Share:P0}."));
        }
        else if (runner.State == ModelState.GivenWay)
        {
            notices.TryWrite(Notice.Warning($"{runner.Name} (priority {runner.Options.Priority}) gives way: the models take {budget.Taken:P0} of a core, it {runner.Cost.ShareBefore:P0}; their budget is {budget.Share:P0}."));
        }

        states[index] = runner.State;
    }

    private void CloseSecond()
    {
        budget.CloseSecond();
        if (budget.Overrun && !overrunTold)
        {
            notices.TryWrite(Notice.Warning($"The model that is left takes {budget.Taken:P0} of a core, more than the budget of {budget.Share:P0}; it runs on. Raise CpuBudget or choose a smaller model."));
        }

        overrunTold = budget.Overrun;
    }
}

using Edge.Detection;

namespace Edge.Hosting.Listening;

/// <summary>One configured model: begins, catches up, ends and is replaced, while its place in the stream stays right.</summary>
/// <remarks>
/// All reads are from <see cref="PastSound"/>, so a model that begins late or is replaced hears the past first, a few blocks for each new
/// one. Belongs to the listening thread; <see cref="Offer"/> and the properties may be used by any.
/// </remarks>
internal sealed class ModelRunner
{
    /// <summary>How much faster than it sounds a model hears the past: little enough for a slow board's buffer to last.</summary>
    public const int CatchUpFactor = 4;

    /// <summary>Past sound that a model which replaces another hears first, so that what was said in between is not cut.</summary>
    public const int WarmUpMs = 5_000;

    private readonly HeardHandler told;
    private ModelStream stream;
    private ModelStream? successor; // catches up with the stream
    private ModelStream? offered; // by another thread
    private volatile ModelState state;
    private long heardUpTo; // events that are told before this sample have been told already
    private TimeSpan closedAt; // and so have those that end before this time

    /// <param name="first">The model.</param>
    /// <param name="trigger">What it waits for; null where it always runs.</param>
    /// <param name="told">Receives what it hears.</param>
    public ModelRunner(ModelStream first, ModelTrigger? trigger, HeardHandler told)
    {
        (stream, Trigger, this.told) = (first, trigger, told);
        Options = first.Loaded.Options;
        Cost = new ModelCost(Options.Priority);
        ModelTag = new("model", Name);
        state = trigger is null ? ModelState.Running : ModelState.Waiting;
    }

    /// <summary>Its name.</summary>
    public string Name => Options.DisplayName;

    /// <summary>Its entry of the configuration.</summary>
    public ModelOptions Options { get; }

    /// <summary>What it takes of a core.</summary>
    public ModelCost Cost { get; }

    /// <summary>What it waits for; null where it always runs.</summary>
    public ModelTrigger? Trigger { get; }

    /// <summary>Names its values in metrics.</summary>
    public KeyValuePair<string, object?> ModelTag { get; }

    /// <summary>What it does.</summary>
    public ModelState State => state;

    /// <summary>The model that it runs.</summary>
    public LoadedModel Loaded => Volatile.Read(ref stream).Loaded;

    /// <summary><see cref="ScoreDrift.Index"/> of the model that it runs.</summary>
    public double Drift => Volatile.Read(ref stream).Drift.Index;

    /// <summary>Times that the model was replaced.</summary>
    public long Replacements { get; private set; }

    /// <summary>Gives the model that is to replace the one that runs; it does from a block to come.</summary>
    public void Offer(ModelStream next) => Volatile.Write(ref offered, next);

    /// <summary>Begins at the stream's start.</summary>
    public void Start(PastSound past) => stream.Begin(past.End, past);

    /// <summary>Hears what is new.</summary>
    /// <param name="past">The stream, the new block at its end.</param>
    /// <param name="block">Samples of the new block.</param>
    /// <returns>Whether there was work.</returns>
    public bool Advance(PastSound past, int block)
    {
        TakeOffered(past);
        if (Cost.GivesWay || state == ModelState.GivenWay)
        {
            FollowBudget(past);
        }

        if (state == ModelState.Waiting)
        {
            BeginWhereTriggered(past);
        }

        if (state != ModelState.Running)
        {
            return false;
        }

        Hear(past, Math.Min(past.End, stream.Position + ((long)CatchUpFactor * block)));
        AdvanceSuccessor(past, block);
        if (Trigger is not null && stream.Position >= Trigger.End)
        {
            Close(past, ModelState.Waiting);
        }

        return true;
    }

    /// <summary>Hears all that there is and closes events that are under way: the stream has ended.</summary>
    public void Finish(PastSound past)
    {
        while (Advance(past, past.SampleRateHz) && stream.Position < past.End)
        {
        }

        if (state == ModelState.Running)
        {
            Close(past, ModelState.Running);
        }
    }

    private void Hear(PastSound past, long end)
    {
        end = Trigger is null ? end : Math.Min(end, Trigger.End);
        if (stream.Position < heardUpTo)
        {
            _ = stream.Advance(past, Math.Min(end, heardUpTo));
        }

        Tell(stream.Advance(past, end));
    }

    private void Tell(ReadOnlySpan<AudioEvent> events)
    {
        foreach (ref readonly AudioEvent heard in events)
        {
            if (heard.End > closedAt)
            {
                told(this, heard);
            }
        }
    }

    private void BeginWhereTriggered(PastSound past)
    {
        long replay = (long)Options.When!.ReplayMs * past.SampleRateHz / 1_000;
        long start = Math.Max(past.Start, past.End - replay);
        if (Trigger!.End > Math.Max(start, heardUpTo))
        {
            stream.Begin(start, past);
            state = ModelState.Running;
        }
    }

    private void Close(PastSound past, ModelState next)
    {
        Tell(stream.Finish());
        (heardUpTo, closedAt) = (stream.Position, past.TimeOf(stream.Position));
        if (successor is not null)
        {
            Replace(successor);
        }

        state = next;
    }

    private void FollowBudget(PastSound past)
    {
        if (Cost.GivesWay && state != ModelState.GivenWay)
        {
            if (state == ModelState.Running)
            {
                Close(past, ModelState.GivenWay);
            }

            state = ModelState.GivenWay;
        }
        else if (!Cost.GivesWay)
        {
            stream.Begin(past.End, past); // what is past is past: to hear it now would cost what there is too little of
            state = Trigger is null ? ModelState.Running : ModelState.Waiting;
        }
    }

    private void TakeOffered(PastSound past)
    {
        if (Volatile.Read(ref offered) is null || Interlocked.Exchange(ref offered, null) is not { } next)
        {
            return;
        }

        if (state == ModelState.Running)
        {
            long warmUp = (long)WarmUpMs * past.SampleRateHz / 1_000;
            next.Begin(Math.Max(past.Start, stream.Position - warmUp), past);
            successor = next;
        }
        else
        {
            Replace(next);
        }
    }

    /// <summary>Lets the new model hear the past, which the old one has told of, and replaces that once both are at the same sample.</summary>
    private void AdvanceSuccessor(PastSound past, int block)
    {
        if (successor is { } next)
        {
            _ = next.Advance(past, Math.Min(stream.Position, next.Position + ((long)CatchUpFactor * block)));
            if (next.Position == stream.Position)
            {
                Replace(next);
            }
        }
    }

    private void Replace(ModelStream next)
    {
        successor = null;
        Volatile.Write(ref stream, next);
        Replacements++;
    }
}

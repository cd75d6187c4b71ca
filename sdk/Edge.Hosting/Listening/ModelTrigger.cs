using Edge.Detection;

namespace Edge.Hosting.Listening;

/// <summary>Says up to which sample a model of a cascade runs, by what the model before it hears.</summary>
/// <param name="options">Which model and label, and for how long.</param>
internal sealed class ModelTrigger(CascadeOptions options)
{
    private int open; // events that have begun and not ended

    /// <summary>The sample at which the model stops; the largest number while what started it goes on.</summary>
    public long End { get; private set; }

    /// <summary>Takes what a model heard, if it is the one waited for.</summary>
    public void Take(in AudioEvent heard, PastSound past)
    {
        if (heard.Model != options.Model || (options.Label is { Length: > 0 } label && heard.Label != label))
        {
            return;
        }

        open = heard.Phase == EventPhase.Onset ? open + 1 : Math.Max(0, open - 1);
        long end = past.SampleAt(heard.End + TimeSpan.FromMilliseconds(options.ForMs));
        End = open > 0 ? long.MaxValue : End == long.MaxValue ? end : Math.Max(End, end);
    }

    /// <summary>Forgets events that have begun: the model that told of them stopped or was replaced, and will not tell of their end.</summary>
    public void Release(string model, PastSound past)
    {
        if (open > 0 && model == options.Model)
        {
            open = 0;
            End = past.SampleAt(past.TimeOf(past.End) + TimeSpan.FromMilliseconds(options.ForMs));
        }
    }
}

using Edge.Detection;

namespace Edge.Native;

/// <summary>A spotter that C holds, and the events that it has not yet taken.</summary>
internal sealed class SpotterStream
{
    private const int MaxWaiting = 65_536;

    private readonly LoadedModel model;
    private readonly Spotter spotter;
    private readonly Queue<AudioEvent> waiting = new(16);
    private IReadOnlyList<KeyValuePair<string, float>>? lastValues; // of the event that was taken last
    private int busy; // 1: a thread is inside
    private bool finished;

    /// <summary>Prepares one stream.</summary>
    /// <param name="model">Kept until <see cref="Close"/>.</param>
    /// <param name="sampleRateHz">Of the sound to come; null for the model's.</param>
    /// <param name="detectionPath">A file of settings; null for the model's.</param>
    public SpotterStream(LoadedModel model, int? sampleRateHz, string? detectionPath)
    {
        model.Take();
        try
        {
            DetectorOptions? detection = detectionPath is null ? null : DetectionFile.Read(detectionPath, model.Model.Labels, model.Model.Detection);
            spotter = new Spotter(model.Model, sampleRateHz, detection);
            this.model = model;
        }
        catch
        {
            model.Release();
            throw;
        }
    }

    /// <summary>Hears samples. It allocates only where more events wait than ever before.</summary>
    /// <exception cref="ArgumentException">The stream is finished, too many events wait, or another thread is inside.</exception>
    public void Push(ReadOnlySpan<short> samples)
    {
        Enter();
        try
        {
            if (finished)
            {
                throw new ArgumentException("The stream is finished; call edge_spotter_reset before the next one.");
            }

            if (waiting.Count >= MaxWaiting)
            {
                throw new ArgumentException($"{waiting.Count} events wait; take them with edge_spotter_next_event before more is pushed.");
            }

            Keep(spotter.Push(samples));
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Ends the stream.</summary>
    /// <exception cref="ArgumentException">It is finished already, or another thread is inside.</exception>
    public void Finish()
    {
        Enter();
        try
        {
            if (finished)
            {
                throw new ArgumentException("The stream is finished already; call edge_spotter_reset before the next one.");
            }

            finished = true;
            Keep(spotter.Finish());
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Takes the oldest event that waits.</summary>
    /// <exception cref="ArgumentException">Another thread is inside.</exception>
    public bool TryTake(out AudioEvent heard)
    {
        Enter();
        bool any = waiting.TryDequeue(out heard);
        lastValues = any ? heard.Values : lastValues;
        Leave();
        return any;
    }

    /// <summary>Copies the real values of the event that was taken last, by label.</summary>
    /// <param name="values">Receives them.</param>
    /// <param name="room">How many it holds.</param>
    /// <returns>Whether that event has values.</returns>
    /// <exception cref="ArgumentException">There is too little room, or another thread is inside.</exception>
    public unsafe bool TryCopyValues(float* values, nuint room)
    {
        Enter();
        try
        {
            if (lastValues is null)
            {
                return false;
            }

            if (values is null || room < (nuint)lastValues.Count)
            {
                throw new ArgumentException(values is null ? "The values to fill are null." : $"There is room for {room} values; expected {lastValues.Count}, one a label.");
            }

            for (int i = 0; i < lastValues.Count; i++)
            {
                values[i] = lastValues[i].Value;
            }

            return true;
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Forgets sound and events.</summary>
    /// <exception cref="ArgumentException">Another thread is inside.</exception>
    public void Reset()
    {
        Enter();
        try
        {
            spotter.Reset();
            waiting.Clear();
            lastValues = null;
            finished = false;
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Lets the model go; the stream refuses every later call.</summary>
    /// <exception cref="ArgumentException">Another thread is inside.</exception>
    public void Close()
    {
        Enter(); // and never leaves
        model.Release();
    }

    private void Keep(ReadOnlySpan<AudioEvent> heard)
    {
        foreach (AudioEvent one in heard)
        {
            waiting.Enqueue(one);
        }
    }

    private void Enter()
    {
        if (Interlocked.Exchange(ref busy, 1) != 0)
        {
            throw new ArgumentException("Another thread is inside this spotter; expected one thread at a time.");
        }
    }

    private void Leave() => Volatile.Write(ref busy, 0);
}

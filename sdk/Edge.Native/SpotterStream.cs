using Edge.Detection;

namespace Edge.Native;

/// <summary>A spotter that C holds, and the events that it has not yet taken.</summary>
internal sealed class SpotterStream
{
    private const int MaxWaiting = 65_536;

    private readonly LoadedModel model;
    private readonly Spotter spotter;
    private readonly Queue<AudioEvent> waiting = new(16);
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
        Leave();
        return any;
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

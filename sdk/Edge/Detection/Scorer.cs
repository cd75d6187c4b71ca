using Edge.Audio;
using Edge.Inference;

namespace Edge.Detection;

/// <summary>One stream of sound through a model: PCM in, a vector of scores at every step of the network.</summary>
/// <remarks>
/// Resampler, front end, quantizer and session in one. The scores and their times do not depend on how the sound is cut into
/// pushes. Of a network that looks ahead, scores come <see cref="AudioModel.Delay"/> after the sound that they and their times tell of. Not thread-safe; nothing is allocated after construction.
/// </remarks>
public sealed class Scorer
{
    private const int BlockSamples = 512;

    private readonly Resampler resampler;
    private readonly StepInput input;
    private readonly Session session;
    private readonly long[] ends; // samples taken at the end of the last steps, a ring: the output tells of the oldest of them
    private readonly short[] block = new short[BlockSamples]; // sound at the model's rate
    private int start; // of what the front end has not taken yet
    private int end;
    private bool more; // the resampler may give samples without taking any
    private int trailingZeros; // still to come after the end of the sound
    private bool ended; // the block holds such zeros
    private long steps; // of the network since the beginning
    private int drain; // steps still to come after the end of the sound
    private bool drained; // the end has been told to the network
    private long began; // steps before the network began anew
    private long squares; // of the samples taken since the last step
    private int squared; // so many

    /// <summary>Prepares one stream.</summary>
    /// <param name="model">Must live as long as this scorer.</param>
    /// <param name="sampleRateHz">Rate of the sound that will be pushed, 8,000 to 192,000; null for the model's own.</param>
    /// <exception cref="ArgumentOutOfRangeException">Sound of this rate cannot be brought to the model's.</exception>
    public Scorer(AudioModel model, int? sampleRateHz = null)
    {
        int rateHz = sampleRateHz ?? model.SampleRateHz;
        Model = model;
        try
        {
            resampler = new Resampler(rateHz, model.SampleRateHz);
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new ArgumentOutOfRangeException($"Sound of {rateHz} Hz cannot be brought to the {model.SampleRateHz} Hz that {model.Name} hears; expected 8000 to 192000 Hz.", e);
        }

        input = StepInput.Create(model);
        trailingZeros = input.TrailingZeros;
        session = model.Network.CreateSession();
        ends = new long[model.Network.DelaySteps + 1];
    }

    /// <summary>The model.</summary>
    public AudioModel Model { get; }

    /// <summary>What the last step gave, [labels], of an encoder the whole output row by row; the real score is <see cref="AudioModel.ScoreScale"/> · (integer − <see cref="AudioModel.ScoreZeroPoint"/>).</summary>
    public ReadOnlySpan<sbyte> Scores => session.Output;

    /// <summary>The quantized features that the last step took, the network's whole input; frames in order of time. The bytes of an input of int16.</summary>
    public ReadOnlySpan<sbyte> Features => input.Features;

    /// <summary>Samples that the front end has taken, at the model's rate.</summary>
    public long SamplesTaken { get; private set; }

    /// <summary>The end of the sound that <see cref="Scores"/> tell of, counted from the first sample pushed.</summary>
    public TimeSpan Time => TimeSpan.FromTicks((long)((Int128)ends[steps % ends.Length] * TimeSpan.TicksPerSecond / Model.SampleRateHz));

    /// <summary>Mean square of the samples, at the model's rate, that the newest step has taken; the loudest of those that told nothing before it.</summary>
    public long MeanSquare { get; private set; }

    /// <summary>Takes samples from the front of <paramref name="samples"/> until a step is complete. Call until it returns false; then all are taken.</summary>
    /// <param name="samples">Mono PCM; what was taken is cut off its front.</param>
    /// <returns>True where <see cref="Scores"/> and <see cref="Time"/> tell of a new step.</returns>
    public bool TryStep(ref ReadOnlySpan<short> samples)
    {
        while (!TryStepOnBlock())
        {
            if (samples.IsEmpty && !more)
            {
                return false;
            }

            end = resampler.Process(samples, block, out int consumed);
            start = 0;
            more = end == block.Length;
            samples = samples[consumed..];
        }

        return true;
    }

    /// <summary>Ends the stream: steps over what the resampler still held back, over frames centred on the end, and over what a network that looks ahead has not told yet. Call until it returns false; push nothing more before <see cref="Reset"/>.</summary>
    /// <returns>True where <see cref="Scores"/> and <see cref="Time"/> tell of a new step.</returns>
    public bool TryFinish()
    {
        while (!TryStepOnBlock())
        {
            start = 0;
            end = ended ? 0 : resampler.Flush(block);
            if (end == 0)
            {
                ended = true;
                end = Math.Min(trailingZeros, block.Length);
                trailingZeros -= end;
                block.AsSpan(0, end).Clear();
            }

            if (end == 0)
            {
                return TryDrain();
            }
        }

        return true;
    }

    /// <summary>Copies the last step's scores as real numbers.</summary>
    /// <param name="scores">Receives [labels], or an encoder's features.</param>
    public void CopyScores(Span<float> scores)
    {
        ReadOnlySpan<sbyte> integers = Scores;
        for (int i = 0; i < integers.Length; i++)
        {
            scores[i] = (float)(Model.ScoreScale * (integers[i] - Model.ScoreZeroPoint));
        }
    }

    /// <summary>Lets the network forget what it has heard, as before its first step; resampler, front end and times go on.</summary>
    public void BeginAnew()
    {
        session.Reset();
        (began, MeanSquare) = (steps, 0);
    }

    /// <summary>Forgets all sound heard so far.</summary>
    public void Reset()
    {
        resampler.Reset();
        input.Reset();
        session.Reset();
        (start, end, more, ended, SamplesTaken) = (0, 0, false, false, 0);
        (steps, drain, drained, began) = (0, 0, false, 0);
        (squares, squared, MeanSquare) = (0, 0, 0);
        ends.AsSpan().Clear();
        trailingZeros = input.TrailingZeros;
    }

    private bool TryStepOnBlock()
    {
        while (start < end)
        {
            ReadOnlySpan<short> rest = block.AsSpan(start, end - start);
            bool complete = input.TryFill(ref rest);
            if (!ended)
            {
                Measure(block.AsSpan(start, end - start - rest.Length));
            }

            start = end - rest.Length;
            if (complete && StepTells())
            {
                return true;
            }
        }

        return false;
    }

    private void Measure(ReadOnlySpan<short> samples)
    {
        SamplesTaken += samples.Length;
        squared += samples.Length;
        foreach (short sample in samples)
        {
            squares += sample * sample;
        }
    }

    /// <summary>Runs the network on the features; false for the first steps of one that looks ahead, which tell of nothing yet.</summary>
    private bool StepTells()
    {
        input.Features.CopyTo(session.Input);
        session.Step();
        ends[steps % ends.Length] = SamplesTaken;
        bool told = ++steps - began > Model.Network.DelaySteps + 1; // the step before told, too
        if (squared > 0)
        {
            long mean = squares / squared;
            MeanSquare = told ? mean : Math.Max(MeanSquare, mean);
            (squares, squared) = (0, 0);
        }

        return steps - began > Model.Network.DelaySteps; // the ring's next place is its oldest: of the sound that the output tells of
    }

    /// <summary>Steps over padding until all sound has been told of: first over the step under way, where the network can be told that the sound ends in it.</summary>
    private bool TryDrain()
    {
        if (!drained)
        {
            drained = true;
            int unit = Model.Network.EndFrames;
            int frames = input.EndStep() / unit * unit;
            drain = steps - began + frames > 0 ? Model.Network.DelaySteps : 0;
            session.End(frames);
            if (frames > 0 && StepTells())
            {
                return true;
            }
        }

        while (drain > 0)
        {
            drain--;
            input.Features.AsSpan().Fill((sbyte)Model.Network.Input.ZeroPoint);
            if (StepTells())
            {
                return true;
            }
        }

        return false;
    }
}

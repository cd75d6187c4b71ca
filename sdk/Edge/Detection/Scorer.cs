using Edge.Audio;
using Edge.Features;
using Edge.Inference;

namespace Edge.Detection;

/// <summary>One stream of sound through a model: PCM in, a vector of scores at every step of the network.</summary>
/// <remarks>
/// Resampler, front end, quantizer and session in one. The scores and their times do not depend on how the sound is cut into
/// pushes. Not thread-safe; nothing is allocated after construction.
/// </remarks>
public sealed class Scorer
{
    private const int BlockSamples = 512;

    private readonly Resampler resampler;
    private readonly FrontEnd frontEnd;
    private readonly Session session;
    private readonly short[] block = new short[BlockSamples]; // sound at the model's rate
    private readonly int[] features;
    private int start; // of what the front end has not taken yet
    private int end;
    private bool more; // the resampler may give samples without taking any
    private int frame; // of the step that is being filled

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

        frontEnd = model.CreateFrontEnd();
        session = model.Network.CreateSession();
        features = new int[frontEnd.Bins];
    }

    /// <summary>The model.</summary>
    public AudioModel Model { get; }

    /// <summary>What the last step gave, [labels]; the real score is <see cref="AudioModel.ScoreScale"/> · (integer − <see cref="AudioModel.ScoreZeroPoint"/>).</summary>
    public ReadOnlySpan<sbyte> Scores => session.Output;

    /// <summary>Samples that the front end has taken, at the model's rate.</summary>
    public long SamplesTaken { get; private set; }

    /// <summary>The end of the sound that the last step has heard, counted from the first sample pushed.</summary>
    public TimeSpan Time => TimeSpan.FromTicks((long)((Int128)SamplesTaken * TimeSpan.TicksPerSecond / Model.SampleRateHz));

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

    /// <summary>Ends the stream: steps over what the resampler still held back. Call until it returns false; push nothing more before <see cref="Reset"/>.</summary>
    /// <returns>True where <see cref="Scores"/> and <see cref="Time"/> tell of a new step.</returns>
    public bool TryFinish()
    {
        while (!TryStepOnBlock())
        {
            end = resampler.Flush(block);
            start = 0;
            if (end == 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Copies the last step's scores as real numbers.</summary>
    /// <param name="scores">Receives [labels].</param>
    public void CopyScores(Span<float> scores)
    {
        ReadOnlySpan<sbyte> integers = Scores;
        for (int i = 0; i < integers.Length; i++)
        {
            scores[i] = (float)(Model.ScoreScale * (integers[i] - Model.ScoreZeroPoint));
        }
    }

    /// <summary>Forgets all sound heard so far.</summary>
    public void Reset()
    {
        resampler.Reset();
        frontEnd.Reset();
        session.Reset();
        (start, end, more, frame, SamplesTaken) = (0, 0, false, 0, 0);
    }

    private bool TryStepOnBlock()
    {
        while (start < end)
        {
            ReadOnlySpan<short> rest = block.AsSpan(start, end - start);
            bool complete = frontEnd.TryRead(ref rest, features);
            SamplesTaken += end - start - rest.Length;
            start = end - rest.Length;
            if (!complete)
            {
                return false;
            }

            Model.Quantizer.Quantize(features, session.Input.Slice(frame * features.Length, features.Length));
            if (++frame == Model.FramesPerStep)
            {
                frame = 0;
                session.Step();
                return true;
            }
        }

        return false;
    }
}

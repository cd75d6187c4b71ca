using Edge.Audio;
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
    private readonly StepInput input;
    private readonly Session session;
    private readonly short[] block = new short[BlockSamples]; // sound at the model's rate
    private int start; // of what the front end has not taken yet
    private int end;
    private bool more; // the resampler may give samples without taking any
    private int trailingZeros; // still to come after the end of the sound
    private bool ended; // the block holds such zeros

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
    }

    /// <summary>The model.</summary>
    public AudioModel Model { get; }

    /// <summary>What the last step gave, [labels], of an encoder the whole output row by row; the real score is <see cref="AudioModel.ScoreScale"/> · (integer − <see cref="AudioModel.ScoreZeroPoint"/>).</summary>
    public ReadOnlySpan<sbyte> Scores => session.Output;

    /// <summary>The quantized features that the last step took, the network's whole input; frames in order of time. The bytes of an input of int16.</summary>
    public ReadOnlySpan<sbyte> Features => input.Features;

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

    /// <summary>Ends the stream: steps over what the resampler still held back and over frames centred on the end. Call until it returns false; push nothing more before <see cref="Reset"/>.</summary>
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
                return false;
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

    /// <summary>Forgets all sound heard so far.</summary>
    public void Reset()
    {
        resampler.Reset();
        input.Reset();
        session.Reset();
        (start, end, more, ended, SamplesTaken) = (0, 0, false, false, 0);
        trailingZeros = input.TrailingZeros;
    }

    private bool TryStepOnBlock()
    {
        if (start == end)
        {
            return false;
        }

        ReadOnlySpan<short> rest = block.AsSpan(start, end - start);
        bool complete = input.TryFill(ref rest);
        SamplesTaken += ended ? 0 : end - start - rest.Length;
        start = end - rest.Length;
        if (complete)
        {
            input.Features.CopyTo(session.Input);
            session.Step();
        }

        return complete;
    }
}

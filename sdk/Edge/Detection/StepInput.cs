namespace Edge.Detection;

/// <summary>PCM at the model's rate to the quantized features that a step of its network takes.</summary>
internal abstract class StepInput
{
    /// <summary>Prepares one stream.</summary>
    protected StepInput(AudioModel model)
    {
        Model = model;
        Features = new sbyte[model.Network.Input.Bytes];
        Features.AsSpan().Fill((sbyte)model.Network.Input.ZeroPoint);
    }

    /// <summary>Zero samples to give after the sound, for frames that are centred on its end.</summary>
    public virtual int TrailingZeros => 0;

    /// <summary>What the last step took: the network's input, frames in order of time; its bytes where it is int16.</summary>
    public sbyte[] Features { get; }

    /// <summary>The model.</summary>
    protected AudioModel Model { get; }

    /// <summary>Makes the kind that a model needs.</summary>
    public static StepInput Create(AudioModel model) =>
        model.FeatureWindow is { PeakNormalized: true } ? new PeakNormalizedInput(model) : new SlidingInput(model);

    /// <summary>Takes samples from the front of <paramref name="samples"/> until <see cref="Features"/> are those of a new step.</summary>
    /// <returns>False where all samples are taken and more are needed.</returns>
    public abstract bool TryFill(ref ReadOnlySpan<short> samples);

    /// <summary>Ends the sound: what the step under way still lacks becomes real zeros in <see cref="Features"/>.</summary>
    /// <returns>Frames of sound in that step; 0 where none is under way, or where a step is no row of new frames.</returns>
    public virtual int EndStep() => 0;

    /// <summary>Forgets all sound so far.</summary>
    public virtual void Reset() => Features.AsSpan().Fill((sbyte)Model.Network.Input.ZeroPoint);
}

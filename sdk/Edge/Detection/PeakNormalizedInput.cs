using Edge.Features;
using Edge.Inference;

namespace Edge.Detection;

/// <summary>The newest window of sound divided by its largest sample; all of its frames are computed anew at every step.</summary>
/// <remarks>The window begins as silence and the steps come when they would if frames were computed as the sound comes.</remarks>
internal sealed class PeakNormalizedInput : StepInput
{
    private readonly FrontEnd frontEnd;
    private readonly int[] frame;
    private readonly short[] sound; // the window, oldest sample first
    private readonly int strideSamples;
    private readonly int firstFilled; // silence before the first step's sound
    private int filled;

    public PeakNormalizedInput(AudioModel model)
        : base(model)
    {
        frontEnd = model.CreateFrontEnd();
        frame = new int[frontEnd.Bins];
        strideSamples = model.StepSamples;
        int hop = model.FrontEnd.HopSamples;
        int window = model.FrontEnd.WindowSamples;
        sound = new short[(model.Network.Input.Elements / frame.Length - 1) * hop + window];
        firstFilled = sound.Length - (strideSamples - hop + window);
        filled = firstFilled;
    }

    public override bool TryFill(ref ReadOnlySpan<short> samples)
    {
        int taken = Math.Min(sound.Length - filled, samples.Length);
        samples[..taken].CopyTo(sound.AsSpan(filled));
        samples = samples[taken..];
        filled += taken;
        if (filled < sound.Length)
        {
            return false;
        }

        Extract();
        sound.AsSpan(strideSamples).CopyTo(sound);
        filled -= strideSamples;
        return true;
    }

    public override void Reset()
    {
        base.Reset();
        sound.AsSpan().Clear();
        filled = firstFilled;
    }

    private void Extract()
    {
        frontEnd.Reset();
        frontEnd.SetFullScale(Peak());
        ReadOnlySpan<short> samples = sound;
        int frameBytes = Model.Network.Input.Type.Bytes(frame.Length);
        for (int at = 0; frontEnd.TryRead(ref samples, frame); at += frameBytes)
        {
            Model.QuantizeFeatures(frame, Features.AsSpan(at, frameBytes));
        }
    }

    private int Peak()
    {
        int peak = FeatureWindow.MinPeak;
        foreach (short sample in sound)
        {
            peak = Math.Max(peak, sample);
        }

        return peak;
    }
}

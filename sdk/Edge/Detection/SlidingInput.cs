using Edge.Features;
using Edge.Inference;

namespace Edge.Detection;

/// <summary>Frames as they come: each step's newest ones push the oldest out, all of them where the network takes no window.</summary>
internal sealed class SlidingInput : StepInput
{
    private readonly FrontEnd frontEnd;
    private readonly int[] frame;
    private readonly int frameBytes; // of the quantized frame
    private readonly int strideFrames;
    private int frames; // new ones since the last step

    public SlidingInput(AudioModel model)
        : base(model)
    {
        frontEnd = model.CreateFrontEnd();
        frame = new int[frontEnd.Bins];
        frameBytes = model.Network.Input.Type.Bytes(frame.Length);
        strideFrames = model.FramesPerStep;
    }

    public override int TrailingZeros => frontEnd.TrailingZeros;

    public override bool TryFill(ref ReadOnlySpan<short> samples)
    {
        int newFrames = strideFrames * frameBytes;
        while (frontEnd.TryRead(ref samples, frame))
        {
            if (frames == 0)
            {
                Features.AsSpan(newFrames).CopyTo(Features);
            }

            Model.QuantizeFeatures(frame, Features.AsSpan(Features.Length - newFrames + frames * frameBytes, frameBytes));
            if (++frames == strideFrames)
            {
                frames = 0;
                return true;
            }
        }

        return false;
    }

    public override int EndStep()
    {
        if (Model.FeatureWindow is not null)
        {
            return 0; // what is new is the end of a window that reaches further back
        }

        int sound = frames;
        Features.AsSpan(Features.Length - (sound == 0 ? 0 : strideFrames - sound) * frame.Length).Fill((sbyte)Model.Network.Input.ZeroPoint);
        frames = 0;
        return sound;
    }

    public override void Reset()
    {
        base.Reset();
        frontEnd.Reset();
        frames = 0;
    }
}

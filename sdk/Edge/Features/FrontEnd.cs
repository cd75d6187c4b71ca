using Edge.Numerics;

namespace Edge.Features;

/// <summary>Turns a stream of PCM into frames of integer features, one every <see cref="FrontEndOptions.HopSamples"/>.</summary>
/// <remarks>
/// Holds the state of one stream; not thread-safe. After construction nothing is allocated. A feature's real value is the
/// integer divided by 2^<see cref="FractionBits"/>.
/// </remarks>
public abstract class FrontEnd
{
    private readonly short[] window;
    private readonly int leadingZeros;
    private int filled; // samples in the window; negative: samples still to skip where the hop is longer than the window

    /// <summary>Prepares framing.</summary>
    /// <param name="options">Checked parameters.</param>
    /// <param name="frameSamples">Samples that <see cref="Process"/> receives.</param>
    /// <param name="leadingZeros">Zero samples taken to stand before the sound; centred framing has half a frame.</param>
    /// <exception cref="ArgumentException">The options have faults; the message lists all of them.</exception>
    protected FrontEnd(FrontEndOptions options, int frameSamples, int leadingZeros = 0)
    {
        IReadOnlyList<string> faults = options.Faults();
        if (faults.Count > 0)
        {
            throw new ArgumentException($"The {options.Kind} front end cannot be made: {string.Join(" ", faults)}", nameof(options));
        }

        Options = options;
        window = new short[frameSamples];
        this.leadingZeros = leadingZeros;
        filled = leadingZeros;
    }

    /// <summary>The parameters this front end was made from.</summary>
    public FrontEndOptions Options { get; }

    /// <summary>Features in a frame.</summary>
    public abstract int Bins { get; }

    /// <summary>Fractional bits of a feature.</summary>
    public abstract int FractionBits { get; }

    /// <summary>Zero samples to push after the sound so that the frames centred on its end come out; 0 unless framing is centred.</summary>
    public int TrailingZeros => leadingZeros == 0 ? 0 : window.Length - leadingZeros;

    /// <summary>Makes the front end that <paramref name="options"/> describe.</summary>
    /// <exception cref="ArgumentException">The options have faults; the message lists all of them.</exception>
    public static FrontEnd Create(FrontEndOptions options) => Create(options, InstructionSet.Best);

    /// <summary>Makes the front end with the kernels named, where it has such variants.</summary>
    internal static FrontEnd Create(FrontEndOptions options, KernelSet kernels) => options switch
    {
        MicroOptions micro => new MicroFrontEnd(micro, kernels),
        MfccOptions mfcc => new MfccFrontEnd(mfcc),
        LogMelOptions logMel => new LogMelFrontEnd(logMel),
        PcmOptions pcm => new PcmFrontEnd(pcm),
        _ => throw new ArgumentException($"No front end of kind '{options.Kind}'.", nameof(options)),
    };

    /// <summary>
    /// Takes samples from the front of <paramref name="samples"/> until a frame is complete. Call until it returns false; then all
    /// samples are taken.
    /// </summary>
    /// <param name="samples">Mono PCM at the options' rate; what was taken is cut off its front.</param>
    /// <param name="features">Receives the frame, [<see cref="Bins"/>].</param>
    /// <returns>True where a frame was written to <paramref name="features"/>.</returns>
    /// <exception cref="ArgumentException"><paramref name="features"/> is shorter than <see cref="Bins"/>; no sample was taken.</exception>
    public bool TryRead(ref ReadOnlySpan<short> samples, Span<int> features)
    {
        if (features.Length < Bins)
        {
            throw new ArgumentException($"The frame has {features.Length} places; expected {Bins}, one a feature.", nameof(features));
        }

        if (filled < 0)
        {
            int skipped = Math.Min(-filled, samples.Length);
            samples = samples[skipped..];
            filled += skipped;
        }

        int taken = Math.Min(window.Length - Math.Max(filled, 0), samples.Length);
        if (filled >= 0)
        {
            samples[..taken].CopyTo(window.AsSpan(filled));
            samples = samples[taken..];
            filled += taken;
        }

        if (filled < window.Length)
        {
            return false;
        }

        Process(window, features[..Bins]);
        filled -= Options.HopSamples;
        if (filled > 0)
        {
            window.AsSpan(Options.HopSamples).CopyTo(window);
        }

        return true;
    }

    /// <summary>Forgets all sound heard so far.</summary>
    public void Reset()
    {
        window.AsSpan().Clear();
        filled = leadingZeros;
        ResetState();
    }

    /// <summary>Sets the sample value that counts as 1, from 1 to 32,768, which it is at first. Kinds without fractional samples have none.</summary>
    /// <exception cref="NotSupportedException">Not a front end of fractional samples.</exception>
    internal virtual void SetFullScale(int sample) => throw new NotSupportedException($"The {Options.Kind} front end has no full scale.");

    /// <summary>Computes one frame from the samples under its window, in order of time.</summary>
    protected abstract void Process(ReadOnlySpan<short> frame, Span<int> features);

    /// <summary>Clears what is carried from frame to frame.</summary>
    protected virtual void ResetState()
    {
    }
}

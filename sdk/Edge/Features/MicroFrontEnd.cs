using Edge.Numerics;

namespace Edge.Features;

/// <summary>The <c>micro</c> front end: the same integers as TensorFlow Lite Micro's C micro frontend.</summary>
internal sealed class MicroFrontEnd : FrontEnd
{
    private readonly Window window;
    private readonly RealFft16 fft;
    private readonly Filterbank filterbank;
    private readonly NoiseReduction noiseReduction;
    private readonly PcanGain? pcan;
    private readonly LogScale? log;
    private readonly short[] samples;     // [fft size]: the weighted frame, zeros behind
    private readonly short[] spectrum;    // [fft size/2 + 1] complex
    private readonly uint[] magnitudes;   // [channels]

    public MicroFrontEnd(MicroOptions options, KernelSet kernels)
        : base(options, options.WindowSamples)
    {
        window = new Window(options.WindowSamples, kernels);
        fft = new RealFft16(options.FftSize, kernels);
        filterbank = new Filterbank(options, options.FftSize, kernels);
        noiseReduction = new NoiseReduction(options);
        pcan = options.Pcan ? new PcanGain(options) : null;
        log = options.Log ? new LogScale(options.CorrectionBits, options.ScaleShift) : null;
        samples = new short[options.FftSize];
        spectrum = new short[options.FftSize + 2];
        magnitudes = new uint[options.Channels];
        FractionBits = options.Log ? options.ScaleShift : 0;
    }

    public override int Bins => magnitudes.Length;

    public override int FractionBits { get; }

    protected override void Process(ReadOnlySpan<short> frame, Span<int> features)
    {
        int peak = window.Apply(frame, samples);

        // Full use of the 16 bits; the filterbank takes the shift back.
        int inputShift = 15 - FixedPoint.BitLength((uint)peak);
        fft.Transform(samples, inputShift, spectrum);
        filterbank.Apply(spectrum, inputShift, magnitudes);
        noiseReduction.Apply(magnitudes);
        pcan?.Apply(noiseReduction.Estimates, magnitudes);
        if (log is not null)
        {
            log.Apply(magnitudes, features);
        }
        else
        {
            Saturate(magnitudes, features);
        }
    }

    protected override void ResetState() => noiseReduction.Reset();

    private static void Saturate(ReadOnlySpan<uint> magnitudes, Span<int> features)
    {
        for (int i = 0; i < magnitudes.Length; i++)
        {
            features[i] = (int)Math.Min(magnitudes[i], ushort.MaxValue);
        }
    }
}

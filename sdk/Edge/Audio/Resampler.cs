namespace Edge.Audio;

/// <summary>Changes the rate of a mono stream: windowed-sinc polyphase filtering in integers.</summary>
/// <remarks>
/// Any pair of rates, 8 to 192 kHz in and 8 to 48 kHz out. Flat within 0.1 dB up to 0.9 of the slower rate's Nyquist
/// frequency; aliases and images are below -80 dB. Output n is the sound at the time of input n·in/out: nothing is delayed on
/// the time axis, but an output comes only when <see cref="LookaheadSamples"/> more inputs are there. The bits do not depend on
/// how the input is cut. Equal rates pass through unchanged. Holds the state of one stream; not thread-safe; allocates nothing
/// after construction.
/// </remarks>
public sealed class Resampler
{
    private const int MinRateHz = AudioLimits.MinRateHz;
    private const int MaxOutputRateHz = 48_000;

    private readonly PolyphaseFilter? filter; // null: equal rates
    private readonly int positions; // outputs lie at multiples of 1/positions of an input sample
    private readonly int wholeStep; // from output to output: whole input samples
    private readonly int partStep; // and positions
    private readonly short[] window; // input samples, oldest first
    private int held; // samples in the window
    private int next; // where the next output's first tap lies in the window
    private int position; // of the next output, 0 to positions - 1
    private long received;
    private long produced;
    private bool flushing;

    /// <summary>Designs the filter.</summary>
    /// <param name="inputRateHz">8,000 to 192,000.</param>
    /// <param name="outputRateHz">8,000 to 48,000; or equal to the input rate.</param>
    /// <exception cref="ArgumentOutOfRangeException">A rate out of range.</exception>
    public Resampler(int inputRateHz, int outputRateHz)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(inputRateHz, MinRateHz);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(inputRateHz, AudioLimits.MaxRateHz);
        ArgumentOutOfRangeException.ThrowIfLessThan(outputRateHz, MinRateHz);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(outputRateHz, inputRateHz == outputRateHz ? AudioLimits.MaxRateHz : MaxOutputRateHz);
        InputRateHz = inputRateHz;
        OutputRateHz = outputRateHz;
        window = [];
        if (inputRateHz != outputRateHz)
        {
            filter = ResamplerDesign.Create(inputRateHz, outputRateHz);
            positions = outputRateHz / GreatestCommonDivisor(inputRateHz, outputRateHz);
            (wholeStep, partStep) = Math.DivRem(inputRateHz / (outputRateHz / positions), positions);
            window = new short[(2 * filter.Taps) + 512]; // moved to the front once in taps + 512 inputs at the most
        }

        Reset();
    }

    /// <summary>The rate taken, in Hz.</summary>
    public int InputRateHz { get; }

    /// <summary>The rate given, in Hz.</summary>
    public int OutputRateHz { get; }

    /// <summary>Input samples after an output's time that it waits for.</summary>
    public int LookaheadSamples => filter is null ? 0 : filter.Taps / 2;

    /// <summary>Takes samples and gives what they complete.</summary>
    /// <param name="input">The stream's next samples.</param>
    /// <param name="output">Receives the stream at the output rate.</param>
    /// <param name="consumed">How many of <paramref name="input"/> were taken: all, unless <paramref name="output"/> is full.</param>
    /// <returns>Samples written. Where that fills <paramref name="output"/>, call again with the rest of the input, even if it is empty.</returns>
    /// <exception cref="InvalidOperationException">The stream was already ended by <see cref="Flush"/>.</exception>
    public int Process(ReadOnlySpan<short> input, Span<short> output, out int consumed)
    {
        if (flushing)
        {
            throw new InvalidOperationException("Process was called after Flush; call Reset before a new stream.");
        }

        if (filter is null)
        {
            consumed = Math.Min(input.Length, output.Length);
            input[..consumed].CopyTo(output);
            return consumed;
        }

        consumed = 0;
        int written = Produce(filter, output);
        while (written < output.Length && consumed < input.Length)
        {
            Span<short> free = FreeWindow();
            int taken = Math.Min(free.Length, input.Length - consumed);
            input.Slice(consumed, taken).CopyTo(free);
            held += taken;
            consumed += taken;
            written += Produce(filter, output[written..]);
        }

        received += consumed;
        return written;
    }

    /// <summary>Ends the stream: gives the outputs that waited for input beyond its end, which is taken to be silence.</summary>
    /// <param name="output">Receives samples; call until 0 is returned.</param>
    /// <returns>Samples written. In all, a stream of n inputs gives n·out/in outputs, rounded up.</returns>
    public int Flush(Span<short> output)
    {
        flushing = true;
        if (filter is null)
        {
            return 0;
        }

        Int128 total = (((Int128)received * OutputRateHz) + InputRateHz - 1) / InputRateHz;
        output = output[..(int)Int128.Min(total - produced, output.Length)];
        int written = Produce(filter, output);
        while (written < output.Length)
        {
            Span<short> free = FreeWindow();
            free.Clear();
            held += free.Length;
            written += Produce(filter, output[written..]);
        }

        return written;
    }

    /// <summary>Forgets all sound heard so far.</summary>
    public void Reset()
    {
        // The first output lies on the first input; before it the filter sees silence.
        held = filter is null ? 0 : (filter.Taps / 2) - 1;
        window.AsSpan(0, held).Clear();
        next = 0;
        position = 0;
        received = 0;
        produced = 0;
        flushing = false;
    }

    private int Produce(PolyphaseFilter filter, Span<short> output)
    {
        int written = 0;
        while (written < output.Length && held - next >= filter.Taps)
        {
            output[written++] = filter.Apply(window.AsSpan(next, filter.Taps), position, positions);
            next += wholeStep;
            position += partStep;
            if (position >= positions)
            {
                position -= positions;
                next++;
            }
        }

        produced += written;
        return written;
    }

    /// <summary>The part of the window that waits for input; what no output needs any more makes room first.</summary>
    private Span<short> FreeWindow()
    {
        if (held == window.Length)
        {
            window.AsSpan(next).CopyTo(window);
            held -= next;
            next = 0;
        }

        return window.AsSpan(held);
    }

    internal static int GreatestCommonDivisor(int a, int b) => b == 0 ? a : GreatestCommonDivisor(b, a % b);
}

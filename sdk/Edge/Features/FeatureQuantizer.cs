using System.Numerics;

namespace Edge.Features;

/// <summary>
/// Features to a model's integer input: floor((v·<see cref="Numerator"/> + <see cref="Offset"/>)/<see cref="Denominator"/>) +
/// <see cref="ZeroPoint"/>, saturated.
/// </summary>
/// <remarks>
/// An offset of half the denominator rounds to nearest. microWakeWord's micro features to int8: 1275/3328, offset 1664, zero point
/// -128; TensorFlow Lite Micro's micro_speech: 256/666, offset 333, zero point -128.
/// </remarks>
public readonly record struct FeatureQuantizer
{
    private readonly int shift; // log2 of the denominator, -1 where it is no power of two
    private readonly long denominator;

    /// <summary>The identity, saturated.</summary>
    public FeatureQuantizer()
    {
        Numerator = 1;
        Denominator = 1;
    }

    /// <summary>Factor of a feature; at most 2^31 - 1 in magnitude.</summary>
    public long Numerator { get; init; }

    /// <summary>Added before the division; at most 2^62 in magnitude.</summary>
    public long Offset { get; init; }

    /// <summary>Divisor, 1 to 2^62; powers of two are the fast ones.</summary>
    public long Denominator
    {
        get => denominator;
        init
        {
            denominator = value;
            shift = long.IsPow2(value) ? BitOperations.Log2((ulong)value) : -1;
        }
    }

    /// <summary>Input value that stands for 0.</summary>
    public int ZeroPoint { get; init; }

    /// <summary>Everything that is wrong with the parameters, each as a sentence that names the parameter.</summary>
    /// <returns>An empty list where they can be used.</returns>
    public IReadOnlyList<string> Faults()
    {
        var faults = new List<string>();
        Require(faults, nameof(Numerator), Numerator, -int.MaxValue, int.MaxValue);
        Require(faults, nameof(Offset), Offset, -(1L << 62), 1L << 62);
        Require(faults, nameof(Denominator), Denominator, 1, 1L << 62);
        Require(faults, nameof(ZeroPoint), ZeroPoint, short.MinValue, short.MaxValue);
        return faults;
    }

    /// <summary>Quantizes <paramref name="features"/> to int8 of the same length.</summary>
    /// <exception cref="ArgumentException"><paramref name="quantized"/> is shorter.</exception>
    public void Quantize(ReadOnlySpan<int> features, Span<sbyte> quantized)
    {
        RequireRoom(features.Length, quantized.Length);
        for (int i = 0; i < features.Length; i++)
        {
            quantized[i] = (sbyte)Math.Clamp(Scale(features[i]), sbyte.MinValue, sbyte.MaxValue);
        }
    }

    /// <summary>Quantizes <paramref name="features"/> to int16 of the same length.</summary>
    /// <exception cref="ArgumentException"><paramref name="quantized"/> is shorter.</exception>
    public void Quantize(ReadOnlySpan<int> features, Span<short> quantized)
    {
        RequireRoom(features.Length, quantized.Length);
        for (int i = 0; i < features.Length; i++)
        {
            quantized[i] = (short)Math.Clamp(Scale(features[i]), short.MinValue, short.MaxValue);
        }
    }

    // |v·numerator| < 2^62 and |offset| <= 2^62: no overflow.
    private long Scale(int feature)
    {
        long scaled = feature * Numerator + Offset;
        return ZeroPoint + (shift >= 0 ? scaled >> shift : FloorDivide(scaled, denominator));
    }

    private static long FloorDivide(long dividend, long divisor)
    {
        (long quotient, long remainder) = Math.DivRem(dividend, divisor);
        return remainder < 0 ? quotient - 1 : quotient;
    }

    private static void RequireRoom(int features, int quantized)
    {
        if (quantized < features)
        {
            throw new ArgumentException(
                $"The quantized frame has {quantized} places; expected {features}, one a feature.", nameof(quantized));
        }
    }

    private static void Require(List<string> faults, string name, long value, long min, long max)
    {
        if (value < min || value > max)
        {
            faults.Add($"{name} is {value}; expected {min} to {max}.");
        }
    }
}

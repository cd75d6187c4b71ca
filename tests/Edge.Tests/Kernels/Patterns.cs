using Edge.Numerics;

namespace Edge.Tests.Kernels;

/// <summary>What int8 buffers are filled with.</summary>
public enum Pattern
{
    Random,
    AllMin,
    AllMax,
    Alternating,
}

/// <summary>Buffers and parameters for kernels, the same in every run.</summary>
internal static class Patterns
{
    public static readonly Pattern[] All = Enum.GetValues<Pattern>();

    public static sbyte[] Int8s(this Random random, int count, Pattern pattern = Pattern.Random)
    {
        var values = new sbyte[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = pattern switch
            {
                Pattern.AllMin => sbyte.MinValue,
                Pattern.AllMax => sbyte.MaxValue,
                Pattern.Alternating => i % 2 == 0 ? sbyte.MinValue : sbyte.MaxValue,
                _ => (sbyte)random.Next(sbyte.MinValue, sbyte.MaxValue + 1),
            };
        }

        return values;
    }

    /// <summary>Symmetric weights: -127 to 127, as the specification has them.</summary>
    public static sbyte[] Weights(this Random random, int count, Pattern pattern = Pattern.Random) =>
        [.. random.Int8s(count, pattern).Select(w => Math.Max(w, (sbyte)-127))];

    public static int[] Int32s(this Random random, int count, int magnitude) =>
        [.. Enumerable.Range(0, count).Select(_ => random.Next(-magnitude, magnitude))];

    /// <summary>A multiplier that a plan may hold: now and then 0 or one of the ends of its range.</summary>
    public static int Multiplier(this Random random) => random.Next(10) switch
    {
        0 => 0,
        1 => 1 << 30,
        2 => int.MaxValue,
        _ => random.Next(1 << 30, int.MaxValue),
    };

    /// <summary>A zero point: now and then one of the ends of int8.</summary>
    public static int ZeroPoint(this Random random) => random.Next(6) switch
    {
        0 => sbyte.MinValue,
        1 => sbyte.MaxValue,
        2 => 0,
        _ => random.Next(sbyte.MinValue, sbyte.MaxValue + 1),
    };

    /// <summary>One of the two ways to round.</summary>
    public static Rounding Rounding(this Random random) => random.Next(2) == 0 ? Edge.Numerics.Rounding.Once : Edge.Numerics.Rounding.Twice;

    /// <summary>Skips the calling test, with the reason, where the processor lacks the instructions.</summary>
    public static void Require(KernelSet set) =>
        Assert.SkipUnless(InstructionSet.IsSupported(set), $"this processor has no {set}");
}

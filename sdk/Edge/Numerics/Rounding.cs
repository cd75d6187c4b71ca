namespace Edge.Numerics;

/// <summary>How often a rescaling by a multiplier and a shift rounds; see sdk/Edge/Inference/ARITHMETIC.md, "Rescaling".</summary>
public enum Rounding
{
    /// <summary>Double rounding, after the multiplication and after the shift: TensorFlow Lite's reference kernels.</summary>
    Twice,

    /// <summary>Single rounding, exact in 64 bits up to then: the nearest integer, as engines that compute in float find it.</summary>
    Once,
}

/// <summary>Facts about rounding.</summary>
public static class Roundings
{
    /// <summary>The name in a plan: double or single.</summary>
    public static string Name(this Rounding rounding) => rounding == Rounding.Once ? "single" : "double";

    /// <summary>A plan's name: double or single.</summary>
    internal static bool TryParse(string name, out Rounding rounding)
    {
        rounding = name == Rounding.Once.Name() ? Rounding.Once : Rounding.Twice;
        return name == rounding.Name();
    }
}

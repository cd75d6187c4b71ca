namespace Edge.Quantization.Tests.TfLite.Reference;

/// <summary>The integers that a fused activation leaves (kernels/kernel_util.cc, CalculateActivationRangeQuantized).</summary>
internal readonly record struct ActivationRange(int Lowest, int Highest)
{
    private const byte Relu = 1, ReluN1To1 = 2, Relu6 = 3;

    /// <summary>Of ActivationFunctionType of the schema; TANH and SIGN_BIT bound nothing in the integer kernels.</summary>
    public static ActivationRange Of(byte activation, ReferenceTensor output) => activation switch
    {
        Relu => Between(0, null, output),
        ReluN1To1 => Between(-1, 1, output),
        Relu6 => Between(0, 6, output),
        _ => new ActivationRange(output.Lowest, output.Highest),
    };

    public static ActivationRange Between(float lowest, float? highest, ReferenceTensor output) => new(
        Math.Max(output.Lowest, Quantize(lowest, output)),
        highest is float bound ? Math.Min(output.Highest, Quantize(bound, output)) : output.Highest);

    public int Clamp(int value) => Math.Min(Math.Max(value, Lowest), Highest);

    private static int Quantize(float value, ReferenceTensor output) =>
        output.ZeroPoint + (int)MathF.Round(value / output.Scale, MidpointRounding.AwayFromZero);
}

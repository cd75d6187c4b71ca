using Edge.Numerics;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.TfLite;

namespace Edge.Quantization.Compilation;

/// <summary>The factors and ranges that TensorFlow Lite makes of scales when it prepares an int8 operator, to the last bit.</summary>
/// <remarks>
/// Scales are float32, and a product or quotient of two is rounded to float32 or kept in double precision as its kernels do it; source:
/// kernel_util.cc and the Prepare functions of TensorFlow Lite and TensorFlow Lite Micro.
/// </remarks>
internal static class TensorFlowLiteArithmetic
{
    /// <summary>The metadata's value for the integers of builds that round twice, TensorFlow Lite Micro's among them.</summary>
    public const string DoubleRounding = TfLiteReader.Arithmetic + "-double";

    /// <summary>Whether a graph is to give TensorFlow Lite's integers.</summary>
    public static bool IsAskedBy(ModelGraph graph) => graph.Metadata.GetValueOrDefault(TfLiteReader.ArithmeticKey) is TfLiteReader.Arithmetic or DoubleRounding;

    /// <summary>How often a graph's rescalings round: once, as the interpreter's float rescaling and builds with TFLITE_SINGLE_ROUNDING do, unless it asks for the other.</summary>
    public static Rounding RoundingOf(ModelGraph graph) =>
        graph.Metadata.GetValueOrDefault(TfLiteReader.ArithmeticKey) == DoubleRounding ? Rounding.Twice : Rounding.Once;

    /// <summary>input · weights / output of one channel of a convolution, or of a fully connected layer with scales a channel.</summary>
    public static double PerChannelFactor(float input, float weights, float output) => (double)input * weights / output;

    /// <summary>a · b / output of a product that has one scale a tensor: a fully connected layer, or a matrix product of two activations.</summary>
    public static double PerTensorFactor(float a, float b, float output) => (double)(a * b) / output;

    /// <summary>a · b / output of a product of two values and of the layers with a memory, all of it in float32.</summary>
    public static float SingleFactor(float a, float b, float output)
    {
        float product = a * b;
        return product / output;
    }

    /// <summary>The integer that a fused activation's bound becomes, not saturated.</summary>
    public static double Bound(double value, QuantizationParameters output) =>
        MathF.Round((float)value / output.Scale, MidpointRounding.AwayFromZero) + output.ZeroPoint;
}

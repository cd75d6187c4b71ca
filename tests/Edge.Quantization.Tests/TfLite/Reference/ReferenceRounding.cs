namespace Edge.Quantization.Tests.TfLite.Reference;

/// <summary>How a product with a real factor is rounded; TensorFlow Lite is built with either (kernels/internal/common.cc).</summary>
public enum ReferenceRounding
{
    /// <summary>Builds with TFLITE_SINGLE_ROUNDING: a · significand / 2^(31 - exponent) to nearest, ties up.</summary>
    Once,

    /// <summary>Other builds, TensorFlow Lite Micro among them: the high half of the doubled product first, then the shift.</summary>
    Twice,
}

using Edge.Features;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Compilation;

/// <summary>The real value that a network takes for one step of its front end's integers, where that is not what their fractional bits say.</summary>
public static class FeatureUnit
{
    private const double Near = 1e-6; // quantizers have 30 bits
    private const double MicroWakeWordScale = 26.0 / 255;

    /// <summary>The unit of a public model's front end; null where it reads plainly.</summary>
    /// <exception cref="ArgumentException">Its int8 grid is one that no real values give.</exception>
    public static float? Of(NamedFrontEnd frontEnd) =>
        frontEnd.Quantizer is not null ? throw new ArgumentException($"Front end {frontEnd.Name} has a grid of its own; its features have no real values.", nameof(frontEnd))
        : frontEnd.ReadsPlainly ? null
        : (float)((double)frontEnd.RealNumerator / frontEnd.RealDenominator);

    /// <summary>The unit that a compiled model's quantizer and the scale of its input give; null where it reads plainly.</summary>
    public static float? Of(FrontEndOptions frontEnd, FeatureQuantizer quantizer, double inputScale)
    {
        double unit = (double)quantizer.Numerator / quantizer.Denominator * inputScale;
        return Math.Abs(Math.ScaleB(unit, FrontEnd.Create(frontEnd).FractionBits) - 1) < Near ? null : (float)unit;
    }

    /// <summary>
    /// Whether an int8 network has the input scale of microWakeWord's models, which take micro features in a unit of their own. Source:
    /// kahrendt/microWakeWord, whose conversion lets the input reach from 0 to 26.
    /// </summary>
    public static bool IsOfMicroWakeWord(ModelGraph graph) =>
        graph.Inputs is [var input]
        && graph.Nodes.Find(node => node.OpType == "QuantizeLinear" && node.Inputs[0] == input.Name) is { } quantize
        && graph.Constant(quantize.Inputs[1])?.ToFloats() is [var scale]
        && Math.Abs(scale - MicroWakeWordScale) < 1e-4 * MicroWakeWordScale;
}

using System.Globalization;
using System.Runtime.CompilerServices;

namespace Edge.Quantization.Graph.Patterns;

/// <summary>
/// A Legendre memory, written as the convolution with its impulse response: Conv over time of one channel, weights [order, 1, taps] or
/// [order, 1, taps, 1], oldest frame first, taps − 1 frames of padding in front and no bias.
/// </summary>
/// <remarks>
/// The convolution forgets what is older than its taps; the memory itself, which the device runs, fades. Within the first taps frames the two
/// are the same.
/// </remarks>
internal sealed class LegendreMemoryPattern
{
    /// <summary>Metadata that may say the memory's length in frames.</summary>
    public const string ThetaKey = "edge.theta";

    private const double Tolerance = 1e-4; // of the largest tap: float32, however it was accumulated
    private const int SecantSteps = 8;

    private static readonly ConditionalWeakTable<Tensor, LegendreMemoryPattern> Known = [];
    private static readonly ConditionalWeakTable<Tensor, object> Others = [];

    private LegendreMemoryPattern(LegendreMemoryDesign design, int taps) => (Design, Taps) = (design, taps);

    /// <summary>The memory.</summary>
    public LegendreMemoryDesign Design { get; }

    /// <summary>Frames that the convolution reaches back, its own among them.</summary>
    public int Taps { get; }

    /// <summary>The memory that a node is; null for every other node.</summary>
    public static LegendreMemoryPattern? Find(ModelGraph graph, Node node)
    {
        if (node is not { OpType: "Conv", Domain: "", Inputs: [_, _] or [_, _, ""] }
            || graph.Constant(node.Inputs[1]) is not { ElementType: ElementType.Float32 } weights || !MayBe(weights) || !IsCausal(graph, node, weights))
        {
            return null;
        }

        if (Known.TryGetValue(weights, out LegendreMemoryPattern? known))
        {
            return known;
        }

        if (Others.TryGetValue(weights, out _))
        {
            return null;
        }

        if (Match(weights, graph.Metadata.GetValueOrDefault(ThetaKey)) is not { } found)
        {
            Others.TryAdd(weights, weights.Dims.Length);
            return null;
        }

        Known.TryAdd(weights, found);
        return found;
    }

    /// <summary>What can be seen at once: one channel in, a row a coefficient, and first taps (2i + 1)/θ·(−1)^i, damped by the hold.</summary>
    private static bool MayBe(Tensor weights)
    {
        if (weights.Dims is not ([> 1, 1, > 1] or [> 1, 1, > 1, 1]))
        {
            return false;
        }

        float[] taps = weights.ToFloats();
        int count = (int)weights.Dims[2];
        double first = taps[count - 1];
        for (int i = 1; i < Math.Min(3, weights.Dims[0]); i++)
        {
            double ratio = taps[(i + 1) * count - 1] / first * (i % 2 == 0 ? 1 : -1) / (2 * i + 1);
            if (ratio is not (> 0.3 and < 1.1))
            {
                return false;
            }
        }

        return first > 0;
    }

    private static bool IsCausal(ModelGraph graph, Node node, Tensor weights)
    {
        long pad = weights.Dims[2] - 1;
        ReadOnlySpan<long> pads = node.Ints("pads");
        long front = pads.Length > 0 ? pads[0] : 0;
        if (front == 0 && graph.ProducerOf(node.Inputs[0]) is { OpType: "Pad" })
        {
            return true; // which the lowering takes into account
        }

        int axes = weights.Dims.Length - 2;
        return front == pad && !pads[1..].ContainsAnyExcept(0) && node.Int("group", 1) == 1 && pads.Length == 2 * axes
            && !node.Ints("strides").ContainsAnyExcept(1) && !node.Ints("dilations").ContainsAnyExcept(1);
    }

    private static LegendreMemoryPattern? Match(Tensor weights, string? stated)
    {
        (int order, int count) = ((int)weights.Dims[0], (int)weights.Dims[2]);
        float[] taps = weights.ToFloats();
        double first = taps[count - 1];
        foreach (double theta in Candidates(first, order, stated))
        {
            LegendreMemoryDesign design = LegendreMemoryDesign.Create(order, theta);
            if (Math.Abs(design.InputVector[0] - first) <= Tolerance * first && IsResponse(design, taps, count))
            {
                return new LegendreMemoryPattern(design, count);
            }
        }

        return null;
    }

    /// <summary>Lengths to try: what the file says, whole numbers near the inverse of the first tap, and what the secant method finds.</summary>
    private static IEnumerable<double> Candidates(double first, int order, string? stated)
    {
        if (double.TryParse(stated, NumberStyles.Float, CultureInfo.InvariantCulture, out double said) && said is > 0 and < 1e6)
        {
            yield return said;
        }

        double guess = 1 / first;
        yield return Math.Max(1, Math.Round(guess));
        (double a, double b) = (guess, guess * 1.02);
        (double atA, double atB) = (Error(a), Error(b));
        for (int step = 0; step < SecantSteps && atA != atB && Math.Abs(atB) > 1e-9; step++)
        {
            (a, b, atA) = (b, Math.Clamp(b - atB * (b - a) / (atB - atA), guess / 4, guess * 4), atB);
            atB = Error(b);
            if (Math.Abs(Math.Round(b) - b) < 0.01)
            {
                yield return Math.Round(b);
            }
        }

        yield return b;

        double Error(double theta) => LegendreMemoryDesign.Create(order, theta).InputVector[0] / first - 1;
    }

    private static bool IsResponse(LegendreMemoryDesign design, float[] taps, int count)
    {
        double[] response = design.ImpulseResponse(count);
        double largest = response.Max(Math.Abs);
        for (int i = 0; i < design.Order; i++)
        {
            for (int k = 0; k < count; k++)
            {
                if (!(Math.Abs(taps[i * count + count - 1 - k] - response[k * design.Order + i]) <= Tolerance * largest))
                {
                    return false;
                }
            }
        }

        return true;
    }
}

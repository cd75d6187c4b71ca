namespace Edge.Quantization.Graph.Patterns;

/// <summary>Names of the activation functions, told by their values so that every exporter's spelling is known.</summary>
internal static class KnownFunctions
{
    public const string Gelu = "GELU";
    public const string GeluTanh = "GELU (tanh)";
    public const string HardSwish = "HardSwish";
    public const string HardSigmoid = "HardSigmoid";
    public const string Mish = "Mish";

    // Float constants of exporters are off by 1e-7; GELU and its tanh form differ by 5e-4.
    private const double Tolerance = 1e-5;

    private static readonly (string Name, Func<double, double> Function)[] Functions =
    [
        ("SiLU", x => x * ScalarOperators.Sigmoid(x)),
        (Gelu, ScalarOperators.Gelu),
        (GeluTanh, ScalarOperators.GeluTanh),
        ("QuickGELU", x => x * ScalarOperators.Sigmoid(1.702 * x)),
        (HardSwish, ScalarOperators.HardSwish),
        (HardSigmoid, x => Math.Clamp(x / 6 + 0.5, 0, 1)),
        (Mish, ScalarOperators.Mish),
        ("Sigmoid", ScalarOperators.Sigmoid),
        ("Tanh", Math.Tanh),
        ("ReLU6", x => Math.Clamp(x, 0, 6)),
        ("Identity", x => x),
    ];

    /// <summary>The usual name of an expression's function, or its operators joined by "-"; a single node's name is its operator.</summary>
    public static string NameOf(UnaryExpression expression)
    {
        string operators = string.Join('-', expression.Interior.Append(expression.Last).Select(node => node.OpType));
        return expression.Interior.Count == 0
            ? operators
            : Functions.FirstOrDefault(known => AreEqual(known.Function, expression.Function)).Name ?? operators;
    }

    private static bool AreEqual(Func<double, double> a, Func<double, double> b)
    {
        for (int i = -160; i <= 160; i++)
        {
            double x = (i + 0.25) / 16; // off the grid of round numbers, where other functions may meet
            if (!(Math.Abs(a(x) - b(x)) <= Tolerance * Math.Max(1, Math.Abs(a(x)))))
            {
                return false;
            }
        }

        return true;
    }
}

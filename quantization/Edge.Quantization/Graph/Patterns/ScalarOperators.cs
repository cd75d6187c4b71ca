using Edge.Quantization.Graph;

namespace Edge.Quantization.Graph.Patterns;

/// <summary>What ONNX's element-wise operators compute of one element, in double precision.</summary>
internal static class ScalarOperators
{
    private const double SqrtHalf = 0.70710678118654752440;
    private const double SqrtTwoOverPi = 0.79788456080286535588;

    /// <summary>The function of the inputs' elements that a node is; an absent optional input is NaN, true is 1 and false is 0.</summary>
    /// <returns>Null where the operator is not element-wise.</returns>
    public static Func<double[], double>? Find(Node node) => node.Domain.Length > 0 ? null : Unary(node) ?? Binary(node);

    private static Func<double[], double>? Unary(Node node)
    {
        Func<double, double>? function = node.OpType switch
        {
            "Abs" => Math.Abs,
            "Ceil" => Math.Ceiling,
            "Celu" => Celu(node.Float("alpha", 1)),
            "Cos" => Math.Cos,
            "Elu" => Elu(node.Float("alpha", 1)),
            "Erf" => Erf,
            "Exp" => Math.Exp,
            "Floor" => Math.Floor,
            "Gelu" => node.String("approximate", "none") == "tanh" ? GeluTanh : Gelu,
            "HardSigmoid" => HardSigmoid(node.Float("alpha", 0.2f), node.Float("beta", 0.5f)),
            "HardSwish" => HardSwish,
            "LeakyRelu" => LeakyRelu(node.Float("alpha", 0.01f)),
            "Log" => Math.Log,
            "Mish" => Mish,
            "Neg" => x => -x,
            "Not" => x => x == 0 ? 1 : 0,
            "Reciprocal" => x => 1 / x,
            "Relu" => x => Math.Max(x, 0),
            "Round" => x => Math.Round(x, MidpointRounding.ToEven),
            "Selu" => Selu(node.Float("alpha", 1.67326319217681884765625f), node.Float("gamma", 1.05070102214813232421875f)),
            "Sigmoid" => Sigmoid,
            "Sign" => x => Math.Sign(x),
            "Sin" => Math.Sin,
            "Softplus" => Softplus,
            "Softsign" => x => x / (1 + Math.Abs(x)),
            "Sqrt" => Math.Sqrt,
            "Tanh" => Math.Tanh,
            "ThresholdedRelu" => ThresholdedRelu(node.Float("alpha", 1)),
            _ => null,
        };
        return function is null ? null : arguments => function(arguments[0]);
    }

    private static Func<double[], double>? Binary(Node node) => node.OpType switch
    {
        "Add" => a => a[0] + a[1],
        "Clip" => Clip,
        "Div" => a => a[0] / a[1],
        "Equal" => a => a[0] == a[1] ? 1 : 0,
        "Greater" => a => a[0] > a[1] ? 1 : 0,
        "GreaterOrEqual" => a => a[0] >= a[1] ? 1 : 0,
        "Less" => a => a[0] < a[1] ? 1 : 0,
        "LessOrEqual" => a => a[0] <= a[1] ? 1 : 0,
        "Max" => a => a.Max(),
        "Min" => a => a.Min(),
        "Mul" => a => a[0] * a[1],
        "Pow" => a => Math.Pow(a[0], a[1]),
        "PRelu" => a => a[0] < 0 ? a[1] * a[0] : a[0],
        "Sub" => a => a[0] - a[1],
        "Where" => a => a[0] != 0 ? a[1] : a[2],
        _ => null,
    };

    /// <summary>The logistic function.</summary>
    public static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    /// <summary>x · Φ(x), the Gaussian error linear unit.</summary>
    public static double Gelu(double x) => 0.5 * x * (1 + Erf(x * SqrtHalf));

    /// <summary>GELU by its tanh approximation (Hendrycks and Gimpel, 2016).</summary>
    public static double GeluTanh(double x) => 0.5 * x * (1 + Math.Tanh(SqrtTwoOverPi * (x + 0.044715 * x * x * x)));

    /// <summary>x · clip(x/6 + 1/2, 0, 1).</summary>
    public static double HardSwish(double x) => x * Math.Clamp(x / 6 + 0.5, 0, 1);

    /// <summary>x · tanh(softplus(x)).</summary>
    public static double Mish(double x) => x * Math.Tanh(Softplus(x));

    /// <summary>
    /// The error function to double precision: 2/√π · exp(-x²) · Σ 2ⁿ x²ⁿ⁺¹ / (1·3·…·(2n+1)), whose terms are all of one sign.
    /// </summary>
    /// <remarks>Source: Abramowitz and Stegun, 7.1.6.</remarks>
    public static double Erf(double x)
    {
        if (!(Math.Abs(x) < 6)) // beyond, 1 - erf is below half a unit in the last place
        {
            return double.IsNaN(x) ? x : Math.Sign(x);
        }

        double term = x, sum = x;
        for (int n = 1; Math.Abs(term) > Math.Abs(sum) * 1e-17; n++)
        {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }

        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }

    private static double Softplus(double x) => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x)));

    private static double Clip(double[] arguments)
    {
        double low = arguments.Length > 1 && !double.IsNaN(arguments[1]) ? arguments[1] : double.NegativeInfinity;
        double high = arguments.Length > 2 && !double.IsNaN(arguments[2]) ? arguments[2] : double.PositiveInfinity;
        return Math.Min(Math.Max(arguments[0], low), high);
    }

    private static Func<double, double> LeakyRelu(double alpha) => x => x < 0 ? alpha * x : x;

    private static Func<double, double> ThresholdedRelu(double alpha) => x => x > alpha ? x : 0;

    private static Func<double, double> Elu(double alpha) => x => x < 0 ? alpha * (Math.Exp(x) - 1) : x;

    private static Func<double, double> Selu(double alpha, double gamma) => x => x > 0 ? gamma * x : gamma * (alpha * Math.Exp(x) - alpha);

    private static Func<double, double> Celu(double alpha) => x => Math.Max(x, 0) + Math.Min(0, alpha * (Math.Exp(x / alpha) - 1));

    private static Func<double, double> HardSigmoid(double alpha, double beta) => x => Math.Clamp(alpha * x + beta, 0, 1);
}

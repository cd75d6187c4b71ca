using Edge.Quantization.Graph;

namespace Edge.Quantization.Compilation;

/// <summary>Functions of one value, which become tables of 256 entries.</summary>
internal static class UnaryFunctions
{
    /// <summary>What a node computes of each value; null where it is no such function.</summary>
    public static Func<double, double>? Find(Node node) => node.OpType switch
    {
        "Relu" => x => Math.Max(x, 0),
        "Sigmoid" => Sigmoid,
        "Tanh" => Math.Tanh,
        "LeakyRelu" => LeakyRelu(node.Float("alpha", 0.01f)),
        "Elu" => Elu(node.Float("alpha", 1)),
        "HardSigmoid" => HardSigmoid(node.Float("alpha", 0.2f), node.Float("beta", 0.5f)),
        "HardSwish" => x => x * Math.Clamp(x / 6 + 0.5, 0, 1),
        "Softplus" => x => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x))),
        "Abs" => Math.Abs,
        "Neg" => x => -x,
        _ => null,
    };

    /// <summary>What could stand in for an operator that cannot be lowered.</summary>
    public static string Alternative(string operatorType) => operatorType switch
    {
        "LSTM" or "GRU" or "RNN" => "use causal convolutions",
        "BatchNormalization" => "export in evaluation mode so that it follows a convolution and folds into it",
        "Resize" or "Upsample" => "use a fixed stride instead",
        "Shape" or "Gather" or "Range" or "ConstantOfShape" => "export with fixed paddings and shapes so that no shape is computed at run time",
        _ => "use convolutions, fully connected layers, pools, additions, multiplications or functions of one value",
    };

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private static Func<double, double> LeakyRelu(double alpha) => x => x < 0 ? alpha * x : x;

    private static Func<double, double> Elu(double alpha) => x => x < 0 ? alpha * (Math.Exp(x) - 1) : x;

    private static Func<double, double> HardSigmoid(double alpha, double beta) => x => Math.Clamp(alpha * x + beta, 0, 1);
}

using Edge.OnnxRuntime;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
using Edge.Quantization.Graph.Patterns;

namespace Edge.Quantization.Tests.Patterns;

public class UnaryExpressionTests
{
    [Theory]
    [InlineData("SiLU", "s = Sigmoid x; y = Mul x s")]
    [InlineData("SiLU", "e = Neg x; f = Exp e; g = Add f 1; y = Div x g")]
    [InlineData("GELU", "a = Div x 1.4142135; b = Erf a; c = Add b 1; d = Mul x c; y = Mul d 0.5")]
    [InlineData("GELU", "h = Mul x 0.5; a = Mul x 0.70710677; b = Erf a; c = Add 1 b; y = Mul h c")]
    [InlineData("GELU (tanh)", "p = Pow x 3; q = Mul p 0.044715; r = Add x q; s = Mul r 0.7978846; t = Tanh s; u = Add t 1; v = Mul x u; y = Mul v 0.5")]
    [InlineData("GELU (tanh)", "p = Mul x x; q = Mul p x; k = Mul 0.044715 q; r = Add x k; s = Mul r 0.7978846; t = Tanh s; u = Add t 1; h = Mul 0.5 x; y = Mul h u")]
    [InlineData("QuickGELU", "a = Mul x 1.702; b = Sigmoid a; y = Mul x b")]
    [InlineData("HardSwish", "a = Add x 3; b = Clip a 0 6; c = Mul x b; y = Div c 6")]
    [InlineData("HardSwish", "a = Add x 3; b = Relu a; c = Min b 6; d = Div c 6; y = Mul x d")]
    [InlineData("HardSigmoid", "a = Add x 3; b = Clip a 0 6; y = Div b 6")]
    [InlineData("Mish", "a = Softplus x; b = Tanh a; y = Mul x b")]
    [InlineData("Mish", "e = Exp x; p = Add e 1; l = Log p; b = Tanh l; y = Mul x b")]
    [InlineData("Greater-Mul-Where", "g = Greater x 0; m = Mul x 0.1; y = Where g x m")]
    [InlineData("Mul-Add", "m = Mul x 2.5; y = Add m -1")]
    [InlineData("Relu", "y = Relu x")]
    [InlineData("Clip", "y = Clip x -1 2")]
    public void A_function_is_known_by_its_values_and_agrees_with_ONNX_Runtime(string name, string program)
    {
        ModelGraph graph = Parse(program);

        UnaryExpression expression = Assert.IsType<UnaryExpression>(UnaryExpression.Find(graph, graph.ProducerOf("y")!));

        Assert.Equal(name, expression.Name);
        Assert.Equal("x", expression.Source);
        Assert.Equal(graph.Nodes[..^1], expression.Interior);
        AssertAgrees(graph, expression);
    }

    [Theory]
    [InlineData("Abs")]
    [InlineData("Ceil")]
    [InlineData("Celu")]
    [InlineData("Cos")]
    [InlineData("Elu")]
    [InlineData("Erf")]
    [InlineData("Exp")]
    [InlineData("Floor")]
    [InlineData("Gelu")]
    [InlineData("HardSigmoid")]
    [InlineData("HardSwish")]
    [InlineData("LeakyRelu")]
    [InlineData("Log")]
    [InlineData("Mish")]
    [InlineData("Neg")]
    [InlineData("Reciprocal")]
    [InlineData("Relu")]
    [InlineData("Round")]
    [InlineData("Selu")]
    [InlineData("Sigmoid")]
    [InlineData("Sign")]
    [InlineData("Sin")]
    [InlineData("Softplus")]
    [InlineData("Softsign")]
    [InlineData("Sqrt")]
    [InlineData("Tanh")]
    [InlineData("ThresholdedRelu")]
    public void Every_operator_of_one_value_agrees_with_ONNX_Runtime(string operatorType)
    {
        ModelGraph graph = Parse($"y = {operatorType} x");
        AssertAgrees(graph, UnaryExpression.Find(graph, graph.Nodes[0])!);
    }

    [Theory]
    [InlineData("s = Sigmoid x; y = Mul x s; z = Neg s", "its sigmoid is read elsewhere")]
    [InlineData("s = Sigmoid x; t = Tanh w; y = Mul s t", "it is a function of two values")]
    [InlineData("y = Softmax x", "the operator is not element-wise")]
    [InlineData("y = Greater x 0", "a truth value is no activation")]
    public void What_is_no_function_of_one_value_is_not_found(string program, string why)
    {
        ModelGraph graph = Parse(program);
        Assert.True(UnaryExpression.Find(graph, graph.ProducerOf("y")!) is null, why);
    }

    [Fact]
    public void A_constant_vector_ends_the_expression()
    {
        ModelGraph graph = Parse("a = Mul x 2; b = Add a 1; y = Relu b");
        graph.Initializers[graph.Nodes[0].Inputs[1]] = Tensor.Of([2], [1f, 2]);

        UnaryExpression expression = UnaryExpression.Find(graph, graph.Nodes[^1])!;

        Assert.Equal("a", expression.Source);
        Assert.Equal("Add", Assert.Single(expression.Interior).OpType);
    }

    [Fact]
    public void A_constant_of_more_axes_than_the_value_would_change_its_shape()
    {
        ModelGraph graph = Parse("y = Mul x 2");
        graph.Initializers[graph.Nodes[0].Inputs[1]] = Tensor.Of([1, 1, 1], [2f]);
        Assert.Null(UnaryExpression.Find(graph, graph.Nodes[0]));
    }

    [Fact]
    public void A_ReLU_behind_a_convolution_stays_with_it()
    {
        ModelGraph graph = Parse("c = Conv x w; r = Relu c; y = Mul r 2");

        UnaryExpression expression = UnaryExpression.Find(graph, graph.Nodes[^1])!;

        Assert.Equal("r", expression.Source);
        Assert.Empty(expression.Interior);
    }

    [Fact]
    public void The_bias_of_a_layer_with_one_output_is_no_expression()
    {
        ModelGraph graph = Parse("m = MatMul x w; y = Add m 1");
        graph.Inputs.RemoveAll(input => input.Name == "w");
        graph.Initializers["w"] = Tensor.Of([2, 1], [1f, 2]);
        graph.Initializers[graph.Nodes[1].Inputs[1]] = Tensor.Of([1], [1f]);
        Assert.Null(UnaryExpression.Find(graph, graph.Nodes[1]));
    }

    [Fact]
    public void The_arithmetic_of_shapes_is_no_expression()
    {
        ModelGraph graph = Parse("s = Shape x; y = Mul s 2");
        graph.Initializers[graph.Nodes[1].Inputs[1]] = Tensor.Of([], [2L]);
        Assert.Null(UnaryExpression.Find(graph, graph.Nodes[1]));
    }

    [Fact]
    public void A_graph_is_cut_into_the_longest_expressions()
    {
        ModelGraph graph = Parse("s = Sigmoid x; m = Mul x s; n = Softmax m; a = Add n 1; y = Sqrt a");
        Assert.Equal(["SiLU", "Add-Sqrt"], UnaryExpression.FindAll(graph).Select(e => e.Name));
    }

    [Fact]
    public void The_error_function_has_the_values_of_the_tables()
    {
        // Abramowitz and Stegun, table 7.1.
        Assert.Equal(0.5204998778, ScalarOperators.Erf(0.5), 1e-10);
        Assert.Equal(-0.8427007929, ScalarOperators.Erf(-1), 1e-10);
        Assert.Equal(0.9953222650, ScalarOperators.Erf(2), 1e-10);
        Assert.Equal(1, ScalarOperators.Erf(double.PositiveInfinity));
    }

    /// <summary>Statements "value = Operator arguments"; numbers are scalar constants, "x" and "w" are inputs.</summary>
    private static ModelGraph Parse(string program)
    {
        var graph = new ModelGraph { OpsetVersion = 20, Inputs = { new("x", ElementType.Float32, [321]), new("w", ElementType.Float32, [321]) } };
        foreach (string statement in program.Split("; "))
        {
            string[] words = statement.Split(' ');
            var node = new Node(words[2], words[3..], [words[0]]);
            for (int i = 0; i < node.Inputs.Count; i++)
            {
                if (float.TryParse(node.Inputs[i], System.Globalization.CultureInfo.InvariantCulture, out float number))
                {
                    node.Inputs[i] = graph.UniqueName("constant");
                    graph.Initializers[node.Inputs[i]] = Tensor.Scalar(number);
                }
            }

            graph.Nodes.Add(node);
        }

        graph.Outputs.Add(new ValueInfo("y", ElementType.Float32, null));
        return graph;
    }

    private static void AssertAgrees(ModelGraph graph, UnaryExpression expression)
    {
        TestGraphs.RequireOnnxRuntime();
        float[] x = [.. Enumerable.Range(-160, 321).Select(i => i / 16f)];
        using OnnxSession session = OnnxSession.Open(OnnxWriter.Write(graph));
        float[] y = session.Run(new Dictionary<string, OnnxTensor> { ["x"] = OnnxTensor.Of([321], x), ["w"] = OnnxTensor.Of([321], x) })["y"].Elements<float>();
        for (int i = 0; i < x.Length; i++)
        {
            double ours = expression.Function(x[i]);
            bool same = double.IsNaN(ours) ? float.IsNaN(y[i]) : ours == y[i] || Math.Abs(ours - y[i]) <= 2e-6 * Math.Max(1, Math.Abs(ours));
            Assert.True(same, $"{expression.Name}({x[i]}) = {ours}; ONNX Runtime gives {y[i]}");
        }
    }
}

using Edge.Quantization.Graph;

namespace Edge.Quantization.Tests.Compilation;

/// <summary>A graph of int8 values as an imported TensorFlow Lite file has it; each method adds nodes and returns the name of the value they make.</summary>
internal sealed class QdqSketch
{
    private int made;

    public QdqSketch(float scale, int zeroPoint, params Dimension[] input)
    {
        Graph = new ModelGraph { Name = "sketch", OpsetVersion = 20 };
        Graph.Metadata["edge.arithmetic"] = "tensorflow-lite";
        Graph.Inputs.Add(new ValueInfo("x", ElementType.Float32, input));
        X = Quantized("x", scale, zeroPoint);
    }

    public ModelGraph Graph { get; }

    /// <summary>The input, quantized.</summary>
    public string X { get; }

    /// <summary>An operator whose output is quantized.</summary>
    public string Add(string op, string[] inputs, float scale, int zeroPoint, params (string Name, AttributeValue Value)[] attributes) =>
        Quantized(Float(op, inputs, attributes), scale, zeroPoint);

    /// <summary>An operator whose output the next one reads unrounded, as a layer before its fused activation.</summary>
    public string Float(string op, string[] inputs, params (string Name, AttributeValue Value)[] attributes)
    {
        string output = $"{op.ToLowerInvariant()}{made++}";
        Graph.Nodes.Add(new Node(op, inputs, [output], output) { Attributes = attributes.ToDictionary(a => a.Name, a => a.Value) });
        return output;
    }

    /// <summary>Quantizes a value; returns what DequantizeLinear makes of it.</summary>
    public string Quantized(string value, float scale, int zeroPoint)
    {
        (string s, string z) = (Constant(Tensor.Of([], [scale])), Constant(Tensor.Of([], [(sbyte)zeroPoint])));
        Graph.Nodes.Add(new Node("QuantizeLinear", [value, s, z], [$"{value}.int8"]));
        Graph.Nodes.Add(new Node("DequantizeLinear", [$"{value}.int8", s, z], [$"{value}.dequantized"]));
        return $"{value}.dequantized";
    }

    /// <summary>Stored integers: int8 weights or values, int32 biases.</summary>
    public string Stored(Tensor integers, float[] scales, int axis = 0, int zeroPoint = 0)
    {
        string name = Constant(integers);
        bool single = scales.Length == 1;
        var dequantize = new Node("DequantizeLinear", [name, Constant(Tensor.Of(single ? [] : [scales.Length], scales))], [$"{name}.dequantized"]);
        if (!single)
        {
            dequantize.Attributes["axis"] = (long)axis;
        }

        if (zeroPoint != 0)
        {
            dequantize.Inputs.Add(Constant(Tensor.Of([], [(sbyte)zeroPoint])));
        }

        Graph.Nodes.Add(dequantize);
        return $"{name}.dequantized";
    }

    public string Constant(Tensor tensor)
    {
        string name = $"constant{made++}";
        Graph.Initializers[name] = tensor;
        return name;
    }

    /// <summary>The graph with a value of <see cref="Add"/> as its output.</summary>
    public ModelGraph Build(string output)
    {
        Graph.Outputs.Add(new ValueInfo(output, ElementType.Float32, null));
        return Graph;
    }
}

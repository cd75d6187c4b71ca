using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Patterns;

namespace Edge.Quantization.Rewriting.Canonical;

/// <summary>Folds batch normalization and constant scales and offsets of channels into the weights and biases of the layers beside them.</summary>
internal static class AffineFolding
{
    public static void Apply(ModelGraph graph)
    {
        foreach (Node node in graph.Nodes.Where(node => node is { OpType: "Gemm", Domain: "" }))
        {
            MakePlain(graph, node);
        }

        foreach (Node node in graph.Nodes.ToList())
        {
            if (ChannelAffine.Of(graph, node) is { } affine && !FoldBackward(graph, node, affine) && node.OpType == "BatchNormalization")
            {
                FoldForward(graph, node, affine);
            }
        }

        foreach (Node node in graph.Nodes.Where(node => node is { OpType: "BatchNormalization", Domain: "" }).ToList())
        {
            BecomeConvolution(graph, node);
        }

        graph.RemoveDeadNodes();
    }

    /// <summary>
    /// A batch normalization that no layer takes, as one between a ReLU and a padded convolution (whose zeros stand behind the shift) or behind a
    /// sum, is a depthwise convolution of one tap.
    /// </summary>
    private static void BecomeConvolution(ModelGraph graph, Node node)
    {
        if (ChannelAffine.Of(graph, node) is not { ChannelsFromEnd: >= 1 and var behind } affine)
        {
            return;
        }

        (string weights, string bias) = (graph.UniqueName($"{node.Outputs[0]}.weight"), graph.UniqueName($"{node.Outputs[0]}.bias"));
        long channels = affine.Scale.Length;
        graph.Initializers[weights] = Tensor.Of([channels, 1, .. Enumerable.Repeat(1L, behind)], Array.ConvertAll(affine.Scale, value => (float)value));
        graph.Initializers[bias] = Tensor.Of([channels], Array.ConvertAll(affine.Offset, value => (float)value));
        graph.Nodes[graph.Nodes.IndexOf(node)] = new Node("Conv", [affine.Input, weights, bias], [node.Outputs[0]], node.Name)
        {
            Attributes = { ["group"] = channels, ["kernel_shape"] = Enumerable.Repeat(1L, behind).ToArray() },
        };
    }

    /// <summary>Alpha and beta of a Gemm go into its constants, a bias of any shape becomes a vector.</summary>
    private static void MakePlain(ModelGraph graph, Node node)
    {
        Scale(1, "alpha", bias: false);
        Scale(2, "beta", bias: true);

        void Scale(int index, string attribute, bool bias)
        {
            if (graph.Constant(node.Input(index)) is not { ElementType: ElementType.Float32 } tensor)
            {
                return;
            }

            float factor = node.Float(attribute, 1);
            bool flat = bias && tensor.Dims.Length == 2 && tensor.Dims[0] == 1;
            if (factor != 1 || flat)
            {
                string name = graph.UniqueName($"{node.Outputs[0]}.{(bias ? "bias" : "weight")}");
                graph.Initializers[name] = Tensor.Of(flat ? [tensor.Count] : tensor.Dims, Array.ConvertAll(tensor.ToFloats(), value => value * factor));
                node.Inputs[index] = name;
            }

            node.Attributes.Remove(attribute);
        }
    }

    /// <summary>a·(W·x + b) + c = (a·W)·x + (a·b + c).</summary>
    private static bool FoldBackward(ModelGraph graph, Node node, ChannelAffine affine)
    {
        if (LinearLayer.EndingAt(graph, affine.Input) is not { IsReadOnce: true } layer || affine.For(layer) is not { } channels)
        {
            return false;
        }

        bool hasPlace = layer.Product.OpType != "MatMul" || layer.BiasAdd is not null;
        bool shifts = Array.Exists(channels.Offset, value => value != 0);
        bool hasBias = layer.BiasAdd is not null || layer.Product.Input(2) is not null;
        double[] bias = [.. layer.Bias().Select((b, c) => b * channels.Scale[c] + channels.Offset[c])];
        layer.Change(channels.Scale, hasPlace && (shifts || hasBias) ? bias : null);
        if (hasPlace || !shifts)
        {
            node.Inputs[0] = affine.Input; // where the constant stands first
            graph.Bypass(node);
        }
        else
        {
            BecomeBias(graph, node, layer, bias);
        }

        return true;
    }

    /// <summary>The node behind a MatMul without bias becomes the Add of one, a vector.</summary>
    private static void BecomeBias(ModelGraph graph, Node node, LinearLayer layer, double[] bias)
    {
        string name = graph.UniqueName($"{layer.Output}.bias");
        if (node.OpType == "Add" && node.Inputs.Find(input => graph.Constant(input) is { Dims.Length: 1 } vector && vector.Count == bias.Length) is { } plain)
        {
            name = plain;
        }
        else
        {
            graph.Initializers[name] = Tensor.Of([bias.Length], Array.ConvertAll(bias, value => (float)value));
        }

        node.OpType = "Add";
        node.Attributes.Clear();
        node.Inputs.Clear();
        node.Inputs.AddRange([layer.Output, name]);
    }

    /// <summary>W·(a·x + c) + b = (W·a)·x + (W·c + b): into the convolution behind, where no padding adds zeros between the two.</summary>
    private static void FoldForward(ModelGraph graph, Node node, ChannelAffine affine)
    {
        if (graph.IsOutput(node.Outputs[0]) || graph.ConsumersOf(node.Outputs[0]) is not [{ OpType: "Conv" } convolution]
            || convolution.Inputs[0] != node.Outputs[0] || LinearLayer.EndingAt(graph, convolution.Outputs[0]) is not { } layer
            || convolution.Ints("pads").ContainsAnyExcept(0) || convolution.String("auto_pad", "NOTSET") is not ("NOTSET" or "VALID"))
        {
            return;
        }

        float[] weights = layer.Weights.ToFloats();
        double[] bias = Array.ConvertAll(layer.Bias(), value => (double)value);
        int perInput = (int)layer.Weights.Dims[1], taps = weights.Length / layer.Channels / perInput;
        int perGroup = layer.Channels / (int)convolution.Int("group", 1);
        for (int i = 0; i < weights.Length; i++)
        {
            int output = i / taps / perInput;
            int input = output / perGroup * perInput + i / taps % perInput;
            bias[output] += weights[i] * affine.Offset[input];
            weights[i] = (float)(weights[i] * affine.Scale[input]);
        }

        string name = graph.UniqueName($"{convolution.Outputs[0]}.weight");
        graph.Initializers[name] = Tensor.Of(layer.Weights.Dims, weights);
        layer.Change([.. bias.Select(_ => 1.0)], bias);
        convolution.Inputs[1] = name;
        convolution.Inputs[0] = affine.Input;
        graph.Nodes.Remove(node);
    }
}

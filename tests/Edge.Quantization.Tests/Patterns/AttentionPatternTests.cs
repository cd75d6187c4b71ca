using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
using Edge.Quantization.Graph.Patterns;
using Edge.Quantization.Rewriting.Canonical;
using Edge.Quantization.Tests.Rewriting.Canonical;
using Edge.Tests;

namespace Edge.Quantization.Tests.Patterns;

/// <summary>Attention as PyTorch exports it; tests/golden/attention/export.py made the files.</summary>
public class AttentionPatternTests
{
    [Theory]
    [InlineData("fused-qkv-14")]
    [InlineData("fused-qkv-17-time")]
    [InlineData("bert-11")]
    [InlineData("bert-17-time")]
    [InlineData("hubert-13")]
    [InlineData("packed-17")]
    [InlineData("mha-12")]
    [InlineData("mha-17")]
    [InlineData("encoder-layer-11")]
    [InlineData("encoder-layer-17")]
    public void Attention_has_three_linear_layers_no_scale_and_no_shape_arithmetic(string name)
    {
        ModelGraph graph = Read(name);
        ModelGraph cleaned = FoldingTests.Clean(graph);

        AttentionPattern attention = Assert.Single(AttentionPattern.FindAll(cleaned));
        Assert.Equal(2, attention.Heads);
        Assert.Equal(8, attention.HeadSize);
        Assert.Equal(1, attention.Scale);
        Assert.Null(attention.Mask);
        Assert.All([attention.Query, attention.Key, attention.Value, attention.Output], node => Assert.Equal([16L, 16], cleaned.Constant(node!.Inputs[1])!.Dims.ToArray()));
        Assert.Equal(4, new[] { attention.Query, attention.Key, attention.Value, attention.Output }.Distinct().Count());
        Assert.DoesNotContain(cleaned.Nodes, node => node.OpType is "Shape" or "Gather" or "Split" or "Concat" or "Slice" or "Cast" or "Div" or "Constant");
        Assert.DoesNotContain(cleaned.Nodes, node => cleaned.Describe(node.Outputs[0])?.Shape is { Count: > 4 });
        Equivalence.AssertSame(graph, cleaned);
    }

    [Theory]
    [InlineData("encoder-layer-11")]
    [InlineData("encoder-layer-17")]
    public void An_encoder_layer_has_two_layer_normalizations_and_one_GELU(string name)
    {
        ModelGraph cleaned = FoldingTests.Clean(Read(name));
        Assert.Equal(2, cleaned.Nodes.Count(node => node.OpType == "LayerNormalization"));
        Assert.Equal(1, cleaned.Nodes.Count(node => node.OpType == "Gelu"));
        Assert.DoesNotContain(cleaned.Nodes, node => node.OpType is "Dropout" or "Erf" or "ReduceMean");
    }

    [Fact]
    public void The_scale_of_an_export_is_found_before_it_is_folded()
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = GraphText.Parse(Attention("s = MatMul q t; d = Div s 2; z = Mul d 0.25"), 17, ("x", [1, 4, 6]));
        ShapeInference.Apply(graph);
        AttentionPattern attention = Assert.Single(AttentionPattern.FindAll(graph));
        Assert.Equal(0.125, attention.Scale, 1e-12);
        Assert.Equal("s", attention.Scores.Outputs[0]);
        Assert.Equal(1, attention.Heads);
    }

    [Fact]
    public void A_mask_is_found_and_not_scaled()
    {
        ModelGraph graph = GraphText.Parse(Attention("s = MatMul q t; d = Div s 2; z = Add d ~4x4"), 17, ("x", [1, 4, 6]));
        ModelGraph cleaned = FoldingTests.Clean(graph);
        AttentionPattern attention = Assert.Single(AttentionPattern.FindAll(cleaned));
        Assert.NotNull(attention.Mask);
        Assert.Equal(1, attention.Scale);
        Equivalence.AssertSame(graph, cleaned);
    }

    [Fact]
    public void A_scale_behind_the_mask_stays()
    {
        ModelGraph graph = GraphText.Parse(Attention("s = MatMul q t; m = Add s ~4x4; z = Mul m 0.5"), 17, ("x", [1, 4, 6]));
        ModelGraph cleaned = FoldingTests.Clean(graph);
        Assert.Contains(cleaned.Nodes, node => node.OpType == "Mul");
        Equivalence.AssertSame(graph, cleaned);
    }

    [Fact]
    public void Queries_that_others_read_are_not_scaled()
    {
        ModelGraph graph = GraphText.Parse(Attention("s = MatMul q t; z = Mul s 0.5") + "; y2 = Neg q; y3 = Neg k", 17, ("x", [1, 4, 6]));
        ModelGraph cleaned = FoldingTests.Clean(graph);
        Assert.Contains(cleaned.Nodes, node => node.OpType == "Mul");
        Equivalence.AssertSame(graph, cleaned);
    }

    [Theory]
    [InlineData("p = MatMul x ~6x9; q = Slice p [0] [3] [2]; k = Slice p [3] [6] [-1]; v = Slice p [6] [99] [2]")]
    [InlineData("m = MatMul x ~6x9; p = Add m ~9; q, k, v = Split p axis:-1")]
    [InlineData("m = MatMul x ~6x9; p = Add m ~9; r = Reshape p [1 4 3 3]; q0, k0, v0 = Split r axis:2; q = Squeeze q0 [2]; k = Squeeze k0 [2]; v = Squeeze v0 [2]")]
    [InlineData("p = MatMul x ~6x9; r = Reshape p [0 0 3 3]; u = Unsqueeze r [0]; q0 = Gather u [0] axis:3; k0 = Gather u [1] axis:3; v0 = Gather u [-1] axis:3; q = Reshape q0 [1 4 3]; k = Reshape k0 [1 4 3]; v = Reshape v0 [1 4 3]")]
    public void A_joint_projection_is_cut_into_three(string program)
    {
        ModelGraph graph = GraphText.Parse($"{program}; t = Transpose k perm:[0 2 1]; s = MatMul q t; w = Softmax s axis:-1; y = MatMul w v", 17, ("x", [1, 4, 6]));
        ModelGraph cleaned = FoldingTests.Clean(graph);
        Assert.Equal(5, cleaned.Nodes.Count(node => node.OpType == "MatMul"));
        Assert.DoesNotContain(cleaned.Nodes, node => node.OpType is "Slice" or "Split" or "Gather" or "Reshape" or "Squeeze");
        Equivalence.AssertSame(graph, cleaned);
    }

    [Fact]
    public void A_layer_of_which_channels_are_read_twice_stays_whole()
    {
        ModelGraph graph = GraphText.Parse("p = MatMul x ~6x8; y1 = Slice p [0] [6] [2]; y2 = Slice p [2] [8] [2]", 17, ("x", [1, 4, 6]));
        Assert.Equal("MatMul Slice Slice", FoldingTests.Clean(graph).Operators());
    }

    private static string Attention(string scores) =>
        $"q = MatMul x ~6x6; k = MatMul x ~6x6; v = MatMul x ~6x6; t = Transpose k perm:[0 2 1]; {scores}; w = Softmax z axis:-1; c = MatMul w v; y = MatMul c ~6x6";

    private static ModelGraph Read(string name) => OnnxReader.Read(Repository.PathTo("tests", "golden", "attention", $"{name}.onnx"));
}

using Edge.OnnxRuntime;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Rewriting.Canonical;

/// <summary>Brings an exported float graph, opset 11 to 21, to the one form that the other passes and the compiler expect.</summary>
/// <remarks>
/// Canonical form: operators in their spelling of opset 21; constants are initializers and what depends on them alone is computed;
/// batch normalization, channel scales and the scale of attention are in the weights; a linear layer is MatMul and Add of a vector, or
/// Gemm with alpha and beta 1; LayerNormalization, Gelu, HardSwish, HardSigmoid and Mish are single nodes; types and shapes are known as
/// far as the inputs' shapes allow.
/// </remarks>
public static class Cleanup
{
    /// <summary>Applies every clean-up; the graph computes the same as before, up to rounding.</summary>
    /// <exception cref="GraphFormatException">
    /// A constant is NaN or infinite, an operator has no form in opset 21, or ONNX Runtime refuses the graph; the message names all of them.
    /// </exception>
    /// <exception cref="OnnxRuntimeException">ONNX Runtime's native library, which infers shapes and folds constants, is missing.</exception>
    public static void Apply(ModelGraph graph)
    {
        graph.ValueInfos.Clear(); // what an exporter declares may be of another batch size
        ConstantNodes.Apply(graph);
        graph.RequireFiniteConstants();
        ShapeInference.Apply(graph);
        OpsetUpgrade.Apply(graph);
        FoldConstants(graph);
        RedundantNodes.Apply(graph);

        LayerNormalizationRecognition.Apply(graph);
        ActivationRecognition.Apply(graph);
        AffineFolding.Apply(graph);

        ShapeInference.Apply(graph);
        JointProjection.Apply(graph);
        ShapeInference.Apply(graph);
        RedundantNodes.Apply(graph);
        AttentionScaleFolding.Apply(graph);
        ReshapeSpelling.Apply(graph);
        graph.SortTopologically();
        ShapeInference.Apply(graph);
    }

    private static void FoldConstants(ModelGraph graph)
    {
        do
        {
            ShapeInference.Apply(graph);
        }
        while (ShapeFolding.Apply(graph) | ConstantFolding.Apply(graph));
    }
}

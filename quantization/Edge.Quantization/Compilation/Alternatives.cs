namespace Edge.Quantization.Compilation;

/// <summary>Advice where a graph cannot be lowered.</summary>
internal static class Alternatives
{
    /// <summary>What could stand in for an operator that cannot be lowered.</summary>
    public static string For(string operatorType) => operatorType switch
    {
        "LSTM" => "convert the model to int8 in TensorFlow Lite (Optimize.DEFAULT and a representative data set) and give the .tflite file to `edgec import`, or use causal convolutions, or attention in a window",
        "GRU" or "RNN" => "use causal convolutions, or attention in a window",
        "Scan" or "Loop" or "If" => "export without loops and branches: by tracing, with fixed shapes",
        "BatchNormalization" => "export in evaluation mode so that it follows a convolution and folds into it",
        "Resize" or "Upsample" => "use a fixed stride instead",
        "Shape" or "Gather" or "Range" or "ConstantOfShape" => "give the input a fixed shape (--input-shape name=1,100,40), or export with fixed paddings and shapes, so that no shape is computed at run time",
        _ => "use convolutions, fully connected layers, pools, additions, multiplications or functions of one value",
    };
}

using Edge.Quantization.Graph.TfLite;

namespace Edge.Quantization.Tests.TfLite.Reference;

/// <summary>
/// Runs a quantized TensorFlow Lite model operator by operator with naive loops, from TensorFlow Lite's int8 specification
/// (tensorflow.org/lite/performance/quantization_spec) and its reference kernels, rounding once or twice. It shares nothing with Edge but
/// the reader of the file. Names of source files in this folder are those of tensorflow/lite.
/// </summary>
internal sealed class ReferenceInterpreter
{
    private readonly TfLiteModel model;
    private readonly ReferenceRounding rounding;
    private readonly ReferenceTensor[][] tensors;
    private readonly Dictionary<string, int[]> variables = [];
    private readonly HashSet<int> initialized = [];

    public ReferenceInterpreter(TfLiteModel model, ReferenceRounding rounding)
    {
        (this.model, this.rounding) = (model, rounding);
        tensors = [.. model.Subgraphs.Select(subgraph => subgraph.Tensors.Select(tensor => new ReferenceTensor(tensor)).ToArray())];
    }

    public IReadOnlyList<ReferenceTensor> Inputs => [.. model.Subgraphs[0].Inputs.Select(index => tensors[0][index])];

    public IReadOnlyList<ReferenceTensor> Outputs => [.. model.Subgraphs[0].Outputs.Select(index => tensors[0][index])];

    /// <summary>All tensors of the first subgraph; after a run, with their values.</summary>
    public IReadOnlyList<ReferenceTensor> Tensors => tensors[0];

    /// <summary>Forgets what layers with a memory of their own keep, as the interpreter's reset of its variables does.</summary>
    public void Reset()
    {
        foreach (ReferenceTensor tensor in tensors[0].Where(tensor => tensor.IsVariable))
        {
            tensor.Reset();
        }
    }

    /// <summary>Computes the outputs from the inputs, and moves the variables one step on.</summary>
    public void Run() => Run(0);

    private void Run(int subgraph)
    {
        foreach (TfLiteOperator node in model.Subgraphs[subgraph].Operators)
        {
            ReferenceTensor[] local = tensors[subgraph];
            var call = new OperatorCall(
                node,
                [.. node.Inputs.Select(index => index < 0 ? null : local[index])],
                [.. node.Outputs.Select(index => local[index])],
                [.. node.Intermediates.Select(index => index < 0 ? null : model.Subgraphs[subgraph].Tensors[index])],
                rounding);
            if (!RunVariable(call) && !RunLayer(call) && !RunFunction(call) && !RunMove(call))
            {
                throw new NotSupportedException($"The reference lacks {node}.");
            }
        }
    }

    private bool RunVariable(OperatorCall call)
    {
        switch (call.Operator.Code)
        {
            case TfLiteOperatorCode.CallOnce:
                int subgraph = call.Options.Int32(0);
                if (initialized.Add(subgraph))
                {
                    Run(subgraph);
                }

                return true;
            case TfLiteOperatorCode.VarHandle:
                call.Output.Variable = $"{call.Options.Text(0)}/{call.Options.Text(1)}";
                return true;
            case TfLiteOperatorCode.ReadVariable:
                call.Output.Integers = [.. variables[call.Input.Variable]];
                return true;
            case TfLiteOperatorCode.AssignVariable:
                variables[call.Input.Variable] = [.. call.Required(1).Integers];
                return true;
            default:
                return false;
        }
    }

    private static bool RunLayer(OperatorCall call)
    {
        Action<OperatorCall>? run = call.Operator.Code switch
        {
            TfLiteOperatorCode.Conv2D => ReferenceLayers.Convolution,
            TfLiteOperatorCode.DepthwiseConv2D => ReferenceLayers.Depthwise,
            TfLiteOperatorCode.FullyConnected => ReferenceLayers.FullyConnected,
            TfLiteOperatorCode.BatchMatmul => ReferenceLayers.BatchMatmul,
            TfLiteOperatorCode.Add => ReferenceArithmetic.Add,
            TfLiteOperatorCode.Sub => ReferenceArithmetic.Subtract,
            TfLiteOperatorCode.Mul => ReferenceArithmetic.Multiply,
            TfLiteOperatorCode.AveragePool2D => ReferencePools.Average,
            TfLiteOperatorCode.MaxPool2D => ReferencePools.Max,
            TfLiteOperatorCode.Mean => ReferencePools.Mean,
            TfLiteOperatorCode.Svdf => ReferenceSvdf.Run,
            TfLiteOperatorCode.UnidirectionalSequenceLstm => ReferenceLstm.Run,
            _ => null,
        };
        run?.Invoke(call);
        return run is not null;
    }

    private static bool RunFunction(OperatorCall call)
    {
        Action<OperatorCall>? run = call.Operator.Code switch
        {
            TfLiteOperatorCode.Relu => c => ReferenceActivations.Relu(c, 0, null),
            TfLiteOperatorCode.Relu6 => c => ReferenceActivations.Relu(c, 0, 6),
            TfLiteOperatorCode.ReluN1To1 => c => ReferenceActivations.Relu(c, -1, 1),
            TfLiteOperatorCode.Relu0To1 => c => ReferenceActivations.Relu(c, 0, 1),
            TfLiteOperatorCode.LeakyRelu => ReferenceActivations.LeakyRelu,
            TfLiteOperatorCode.HardSwish => ReferenceActivations.HardSwish,
            TfLiteOperatorCode.Logistic => ReferenceActivations.Logistic,
            TfLiteOperatorCode.Tanh => ReferenceActivations.Tanh,
            TfLiteOperatorCode.Softmax => ReferenceActivations.Softmax,
            TfLiteOperatorCode.Quantize => ReferenceQuantization.Quantize,
            TfLiteOperatorCode.Dequantize => ReferenceQuantization.Dequantize,
            _ => null,
        };
        run?.Invoke(call);
        return run is not null;
    }

    private static bool RunMove(OperatorCall call)
    {
        Action<OperatorCall>? run = call.Operator.Code switch
        {
            TfLiteOperatorCode.Reshape or TfLiteOperatorCode.Squeeze or TfLiteOperatorCode.ExpandDims => c => ReferenceMoves.Copy(c),
            TfLiteOperatorCode.Concatenation => ReferenceMoves.Concatenate,
            TfLiteOperatorCode.Pack => ReferenceMoves.Pack,
            TfLiteOperatorCode.Split => c => ReferenceMoves.Split(c, c.Required(1), c.Input.Integers[0]),
            TfLiteOperatorCode.SplitV => c => ReferenceMoves.Split(c, c.Input, c.Required(2).Integers[0]),
            TfLiteOperatorCode.Transpose => ReferenceMoves.Transpose,
            TfLiteOperatorCode.Pad => ReferenceMoves.Pad,
            TfLiteOperatorCode.StridedSlice => ReferenceMoves.StridedSlice,
            TfLiteOperatorCode.SpaceToBatchNd => ReferenceMoves.SpaceToBatch,
            TfLiteOperatorCode.BatchToSpaceNd => ReferenceMoves.BatchToSpace,
            _ => null,
        };
        run?.Invoke(call);
        return run is not null;
    }
}

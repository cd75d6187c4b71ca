using Edge.Inference;
using Edge.Quantization.Compilation;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Analysis.Report;

/// <summary>Session memory of a compiled model by tensor.</summary>
internal sealed class MemoryShares
{
    private readonly Dictionary<string, int> arena = [];
    private readonly Dictionary<string, int> states = [];

    private MemoryShares(Model model)
    {
        Bytes = model.MemoryBytes;
        foreach (TensorInfo tensor in model.Tensors)
        {
            if (tensor.Storage == TensorStorage.Arena)
            {
                arena[tensor == model.Output ? WithoutSuffix(tensor.Name, ".float") : tensor.Name] = tensor.Bytes;
            }
            else if (tensor.Storage == TensorStorage.State)
            {
                string value = WithoutSuffix(WithoutSuffix(tensor.Name, ".history"), ".window");
                states[value] = states.GetValueOrDefault(value) + tensor.Bytes;
            }
        }
    }

    private MemoryShares()
    {
    }

    /// <summary>Bytes of states and arena; 0 where the model cannot be compiled.</summary>
    public int Bytes { get; }

    /// <summary>The memory of a compiled model.</summary>
    public static MemoryShares Of(Model model) => new(model);

    /// <summary>The memory of a graph in streaming form; nothing where it has none.</summary>
    public static MemoryShares Of(ModelGraph quantized)
    {
        try
        {
            using Model model = Model.Load(EdgeFile.Write(Lowering.Run(quantized, PlanForm.Streaming, Lowering.StepFrames(quantized)), quantized.Name, []), quantized.Name);
            return new MemoryShares(model);
        }
        catch (GraphFormatException)
        {
            return new MemoryShares(); // runs in ONNX Runtime alone, or windowed: the analysis of its numbers stands all the same
        }
    }

    /// <summary>Bytes in the arena and in states of a value, by its name in the plan.</summary>
    public (int Arena, int State) Share(string name) => (arena.GetValueOrDefault(name), states.GetValueOrDefault(name));

    private static string WithoutSuffix(string name, string suffix) => name.EndsWith(suffix, StringComparison.Ordinal) ? name[..^suffix.Length] : name;
}

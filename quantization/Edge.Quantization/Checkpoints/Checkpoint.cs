using Edge.Quantization.Checkpoints.PyTorch;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Checkpoints;

/// <summary>A file of trained weights: safetensors, or what torch.save wrote, read without running any code in it.</summary>
/// <remarks>
/// Holds the file open; a tensor's elements are read when they are asked for. What a PyTorch file keeps beside its tensors (optimizers,
/// configurations, objects of any class) is read as inert values; a tensor's name is the way to it through dictionaries and objects,
/// joined by dots: "model.encoder.layer_norm.weight".
/// </remarks>
public sealed class Checkpoint : IDisposable
{
    private readonly CheckpointFile file;

    private Checkpoint(CheckpointFile file, CheckpointContent content)
    {
        this.file = file;
        Tensors = content.Tensors;
        Scalars = content.Scalars;
    }

    /// <summary>The file's path.</summary>
    public string Source => file.Source;

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, CheckpointTensor> Tensors { get; }

    /// <summary>Numbers, flags and texts that stand beside the tensors, by name: <see cref="long"/>, <see cref="double"/>, <see cref="bool"/>, <see cref="string"/>.</summary>
    public IReadOnlyDictionary<string, object> Scalars { get; }

    /// <summary>Opens a file of any kind that is known.</summary>
    /// <exception cref="GraphFormatException">It is of none, or damaged; the message says where.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static Checkpoint Open(string path)
    {
        var file = new CheckpointFile(path);
        try
        {
            CheckpointContent content = SafeTensorsReader.IsSafeTensors(file) ? SafeTensorsReader.Read(file) : PyTorchReader.Read(file);
            return content.Tensors.Count > 0
                ? new Checkpoint(file, content)
                : throw new GraphFormatException(path, "file", "it holds no tensor; expected the weights of a network.");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();
}

/// <summary>What a reader found in a file.</summary>
internal sealed record CheckpointContent(IReadOnlyDictionary<string, CheckpointTensor> Tensors, IReadOnlyDictionary<string, object> Scalars);

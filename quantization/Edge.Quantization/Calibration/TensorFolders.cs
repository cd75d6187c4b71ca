using Edge.OnnxRuntime;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Calibration;

/// <summary>Tensors for a graph of several inputs: for each input a folder of its name, and in each of them files of the same names.</summary>
internal sealed class TensorFolders
{
    private readonly IReadOnlyList<ValueInfo> inputs;
    private readonly string root;

    /// <summary>Finds the files.</summary>
    /// <exception cref="FileNotFoundException">A folder or a file of one is missing.</exception>
    /// <exception cref="InvalidDataException">There is not one folder.</exception>
    public TensorFolders(IReadOnlyList<ValueInfo> inputs, IReadOnlyList<string> paths)
    {
        this.inputs = inputs;
        string names = string.Join(", ", inputs.Select(input => input.Name));
        root = paths is [var only] ? only : throw new InvalidDataException(
            $"The graph has {inputs.Count} inputs ({names}); expected one folder that holds a folder of .npy files for each of them, found {paths.Count} paths.");
        string[]? expected = null;
        foreach (ValueInfo input in inputs)
        {
            string folder = Path.Combine(root, input.Name);
            string[] found = Directory.Exists(folder)
                ? [.. Directory.EnumerateFiles(folder).Where(ClipFiles.IsArray).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal)]
                : throw new FileNotFoundException($"{folder}: there is no such folder; the graph has the inputs {names}, and each needs one with .npy files.", folder);
            expected ??= found.Length > 0 ? found : throw new FileNotFoundException($"The folder {folder} holds no .npy file.", folder);
            string? lone = found.Except(expected).Concat(expected.Except(found)).FirstOrDefault();
            if (lone is not null)
            {
                throw new FileNotFoundException($"{lone} is not in every input's folder below {root}; expected files of the same names for {names}.", lone);
            }
        }

        Clips = [.. expected!.Select(name => new Clip(name))];
    }

    /// <summary>The files' names.</summary>
    public IReadOnlyList<Clip> Clips { get; }

    /// <summary>The one sample of a name.</summary>
    public IEnumerable<CalibrationSample> Read(Clip clip)
    {
        var tensors = new Dictionary<string, OnnxTensor>();
        foreach (ValueInfo input in inputs)
        {
            string path = Path.Combine(root, input.Name, clip.Path);
            using NpyReader reader = NpyReader.Open(path);
            ArrayElements.Check(reader, path, input.ElementType, hasFrontEnd: false);
            bool fits = input.Shape is null || input.Shape.Count == reader.Dims.Count
                && input.Shape.Zip(reader.Dims).All(pair => !pair.First.IsKnown || pair.First.Size == pair.Second);
            tensors[input.Name] = fits
                ? ArrayElements.Tensor(reader, path, input.ElementType, [.. reader.Dims], null)
                : throw new InvalidDataException($"{path} has shape [{string.Join(", ", reader.Dims)}]; expected the shape of the input {input}.");
        }

        yield return new CalibrationSample(clip.Path, tensors);
    }
}

using Edge.Quantization.Checkpoints.Pickle;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Checkpoints.PyTorch;

/// <summary>The few classes and functions by which torch.save writes tensors; all that it does is note what they say.</summary>
internal sealed class TorchObjects(string source)
{
    /// <summary>The storages that tensors look into, by key.</summary>
    public Dictionary<string, TorchStorage> Storages { get; } = [];

    /// <summary>Reads a pickle from the front of <paramref name="bytes"/>.</summary>
    /// <param name="bytes">The pickle and what follows it.</param>
    /// <param name="place">What it is, for messages.</param>
    /// <param name="length">Receives its length.</param>
    public object? Unpickle(ReadOnlyMemory<byte> bytes, string place, out int length)
    {
        var input = new PickleInput(bytes, source, place);
        object? value = new PickleReader(input, Persistent, Call).Read();
        length = input.Position;
        return value;
    }

    /// <summary>("storage", class, key, device, elements) and, in the older format, a view of another storage.</summary>
    private TorchStorage? Persistent(object? identifier)
    {
        if (identifier is not PickleTuple { Items: ["storage", PickleGlobal type, string key, _, long count, ..] } tuple)
        {
            return null; // source code and the like
        }

        ElementType? elements = type.Name is "UntypedStorage" or "_UntypedStorage"
            ? null
            : TorchStorage.TypeOf(type.Name) ?? throw Fault($"storage '{key}'", $"it is a {type}; expected floats or integers of up to 64 bits. Quantized and complex tensors are not read.");
        if (tuple[5] is not null)
        {
            throw Fault($"storage '{key}'", "it is a view of another storage, as PyTorch before 0.4 wrote them. Load it there and save it again.");
        }

        var storage = new TorchStorage(key, elements, count);
        if (count < 0 || (Storages.TryGetValue(key, out TorchStorage? known) && known != storage))
        {
            throw Fault($"storage '{key}'", $"it has {count} elements of {type}, and elsewhere others; the file is damaged.");
        }

        return Storages[key] = storage;
    }

    private object? Call(PickleGlobal callable, PickleTuple arguments) => callable switch
    {
        { Module: "collections", Name: "OrderedDict" } => Dictionary(arguments),
        { Module: "torch", Name: "Size" } => arguments[0],
        { Module: "torch._utils", Name: "_rebuild_parameter" or "_rebuild_parameter_with_state" } => arguments[0],
        { Module: "torch._utils", Name: "_rebuild_tensor" or "_rebuild_tensor_v2" } => Tensor(arguments, null),
        { Module: "torch._utils", Name: "_rebuild_tensor_v3" } => Tensor(arguments, arguments[6] as PickleGlobal),
        _ => null,
    };

    /// <summary>(storage, offset, shape, strides, …); where <paramref name="dtype"/> is given it says the elements' type.</summary>
    private TorchTensor? Tensor(PickleTuple arguments, PickleGlobal? dtype)
    {
        if (arguments.Items is not [TorchStorage storage, long offset, PickleTuple shape, PickleTuple strides, ..])
        {
            throw Fault("a tensor", "it is not made from a storage, an offset, a shape and strides; the file is damaged.");
        }

        ElementType type = (dtype is null ? storage.Type : TorchStorage.TypeOfData(dtype.Name))
            ?? throw Fault($"storage '{storage.Key}'", $"its elements are {dtype?.ToString() ?? "of no type"}; expected floats or integers of up to 64 bits.");
        var tensor = new TorchTensor(storage, type, offset, Numbers(shape), Numbers(strides));
        return tensor.Fault() is { } problem ? throw Fault("a tensor", problem) : tensor;
    }

    private static PickleDictionary Dictionary(PickleTuple arguments)
    {
        var dictionary = new PickleDictionary();
        foreach (object? pair in arguments[0] as List<object?> ?? [])
        {
            (object? key, object? value) = pair switch
            {
                PickleTuple tuple => (tuple[0], tuple[1]),
                List<object?> { Count: 2 } list => (list[0], list[1]),
                _ => (null, null),
            };
            dictionary.Pairs.Add((key, value));
        }

        return dictionary;
    }

    private static long[] Numbers(PickleTuple tuple) => Array.ConvertAll(tuple.Items, item => item as long? ?? -1);

    private GraphFormatException Fault(string place, string problem) => new(source, place, problem);
}

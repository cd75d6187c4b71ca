using Edge.Quantization.Checkpoints.Pickle;

namespace Edge.Quantization.Checkpoints.PyTorch;

/// <summary>What nested dictionaries, lists and objects hold, by the way to it.</summary>
internal static class StateDictionary
{
    private const int MaxDepth = 64;

    /// <summary>What a whole pickled module keeps its parts in; a state dictionary's names do not have these words.</summary>
    private static readonly HashSet<string> Attributes = ["_modules", "_parameters", "_buffers"];

    /// <summary>All tensors and scalars below <paramref name="root"/>; where two have one name, the last counts.</summary>
    /// <param name="root">What the pickle held.</param>
    /// <param name="read">Reads a tensor's elements.</param>
    public static CheckpointContent Flatten(object? root, Func<TorchTensor, byte[]> read)
    {
        var tensors = new Dictionary<string, CheckpointTensor>();
        var scalars = new Dictionary<string, object>();
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        Visit(root, "", 0);
        return new CheckpointContent(tensors, scalars);

        void Visit(object? value, string name, int depth)
        {
            switch (value)
            {
                case TorchTensor tensor:
                    tensors[name] = new CheckpointTensor(tensor.Type, tensor.Dims, () => read(tensor));
                    break;
                case long or double or bool or string when name.Length > 0:
                    scalars[name] = value;
                    break;
                case not null when depth < MaxDepth && seen.Add(value): // each container once, so that sharing and cycles cost nothing
                    foreach ((string key, object? inner) in Parts(value))
                    {
                        Visit(inner, Attributes.Contains(key) || key.Length == 0 ? name : name.Length == 0 ? key : $"{name}.{key}", depth + 1);
                    }

                    break;
            }
        }
    }

    private static IEnumerable<(string Key, object? Value)> Parts(object value) => value switch
    {
        PickleDictionary dictionary => Named(dictionary),
        PickleObject made => [("", made.State), .. Named(made.Pairs), .. Numbered(made.Items)],
        PickleTuple tuple => Numbered(tuple.Items),
        List<object?> list => Numbered(list),
        _ => [],
    };

    private static IEnumerable<(string, object?)> Named(PickleDictionary dictionary) =>
        dictionary.Pairs.Where(pair => pair.Key is string or long).Select(pair => ($"{pair.Key}", pair.Value));

    private static IEnumerable<(string, object?)> Numbered(IEnumerable<object?> items) => items.Select((item, index) => ($"{index}", item));
}

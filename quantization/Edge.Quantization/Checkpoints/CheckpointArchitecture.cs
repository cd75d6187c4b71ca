using Edge.Quantization.Checkpoints.Hubert;
using Edge.Quantization.Checkpoints.Wav2Small;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Checkpoints;

/// <summary>A network whose published weights can be turned into a graph.</summary>
public abstract class CheckpointArchitecture
{
    /// <summary>All that are known; where several recognize a file, the first is taken.</summary>
    public static IReadOnlyList<CheckpointArchitecture> All { get; } = [new DistilHubert(), new HubertBase(), new LightHubert(), new Wav2Small2()];

    /// <summary>What the command line calls it.</summary>
    public abstract string Name { get; }

    /// <summary>One line: the network, and the layouts of its weights that are read.</summary>
    public abstract string Summary { get; }

    /// <summary>The architecture of a name; null where there is none.</summary>
    public static CheckpointArchitecture? Find(string name) => All.FirstOrDefault(architecture => architecture.Name == name);

    /// <summary>The architecture whose tensors a file holds; null where it is none that is known.</summary>
    public static CheckpointArchitecture? Of(Checkpoint checkpoint) => All.FirstOrDefault(architecture => architecture.Recognizes(checkpoint));

    /// <summary>Whether the names of a file's tensors are those of this network.</summary>
    public abstract bool Recognizes(Checkpoint checkpoint);

    /// <summary>Makes the network with the file's weights.</summary>
    /// <exception cref="GraphFormatException">A tensor is missing, has another shape, or is one that the network does not have.</exception>
    /// <exception cref="ArgumentException">The options ask for what the network cannot be.</exception>
    public abstract ModelGraph Build(Checkpoint checkpoint, CheckpointOptions options);
}

using Edge.Detection;
using Edge.Features;
using Edge.Numerics;

namespace Edge.Quantization.Compilation;

/// <summary>What an int8 model's own file does not say.</summary>
public sealed record ImportOptions
{
    /// <summary>The model's name.</summary>
    public required string Name { get; init; }

    /// <summary>What the output's channels mean, in order; where empty, the manifest's wake word.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>The front end that the model was trained on; null for the manifest's.</summary>
    public NamedFrontEnd? FrontEnd { get; init; }

    /// <summary>From scores to events; null for the manifest's settings, or for what suits the labels.</summary>
    public DetectorOptions? Detection { get; init; }

    /// <summary>Frames from one run to the next of a model that takes a window; 0 for a quarter of the window.</summary>
    public int StrideFrames { get; init; }

    /// <summary>
    /// Whether LSTM layers of a model that takes several frames at once keep their states from run to run; false: each window begins at zero, as a Keras
    /// layer computes it. Models of one frame a run, or with other states, keep theirs whatever is said here.
    /// </summary>
    public bool KeepStates { get; init; }

    /// <summary>
    /// How often rescalings round: once agrees with TensorFlow Lite's interpreter, which rescales in float on most machines; twice gives the bits of
    /// its reference kernels and of TensorFlow Lite Micro.
    /// </summary>
    public Rounding Rounding { get; init; } = Rounding.Once;

    /// <summary>What ESPHome's manifest says of a microWakeWord model; null where there is none.</summary>
    public MicroWakeWordManifest? Manifest { get; init; }

    /// <summary>Where the model comes from, beside its file's name and hash: licence, address, measured accuracy.</summary>
    public IReadOnlyDictionary<string, string> Provenance { get; init; } = new Dictionary<string, string>();
}

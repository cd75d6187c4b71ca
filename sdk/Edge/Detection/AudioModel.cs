using System.Runtime.InteropServices;
using Edge.Features;
using Edge.Inference;
using Edge.Numerics;

namespace Edge.Detection;

/// <summary>An .edge file with all that lies between sound and events: front end, quantizer, network, detector settings, self-test.</summary>
/// <remarks>Immutable and shared between threads; each stream gets a <see cref="Scorer"/> or <see cref="Spotter"/> of its own.</remarks>
public sealed class AudioModel : IDisposable
{
    private FrontEnd? firstFrontEnd; // made to check the file, then handed out

    private AudioModel(Model network, FrontEnd frontEnd, FeatureQuantizer quantizer, FeatureWindow? featureWindow, DetectorOptions detection, SelfTest? selfTest)
    {
        (Network, FrontEnd, Quantizer, FeatureWindow, Detection, SelfTest) = (network, frontEnd.Options, quantizer, featureWindow, detection, selfTest);
        firstFrontEnd = frontEnd;
        FramesPerStep = featureWindow?.StrideFrames ?? network.Input.Shape[1];
        WindowFrames = featureWindow is null ? FramesInWindow(network) : network.Input.Elements / frontEnd.Bins;
    }

    /// <summary>The model's name.</summary>
    public string Name => Network.Name;

    /// <summary>The network.</summary>
    public Model Network { get; }

    /// <summary>Parameters of the front end.</summary>
    public FrontEndOptions FrontEnd { get; }

    /// <summary>From the front end's integers to the network's.</summary>
    public FeatureQuantizer Quantizer { get; }

    /// <summary>How whole windows of features reach the network; null where a step takes new frames alone.</summary>
    public FeatureWindow? FeatureWindow { get; }

    /// <summary>From scores to events.</summary>
    public DetectorOptions Detection { get; }

    /// <summary>What the model must give on every machine; null where the file does not say.</summary>
    public SelfTest? SelfTest { get; }

    /// <summary>Names of the scores, in order.</summary>
    public IReadOnlyList<string> Labels => Network.Labels;

    /// <summary>Rate of the sound that the front end takes, in Hz.</summary>
    public int SampleRateHz => FrontEnd.SampleRateHz;

    /// <summary>New frames of features at each step of the network.</summary>
    public int FramesPerStep { get; }

    /// <summary>
    /// Frames of features that a vector of scores depends on where the network takes whole windows, or keeps a window of its input and
    /// nothing else; <see cref="FramesPerStep"/> for all other networks, whose memory reaches further back.
    /// </summary>
    public int WindowFrames { get; }

    /// <summary>Samples from one step to the next.</summary>
    public int StepSamples => FramesPerStep * FrontEnd.HopSamples;

    /// <summary>Time from one step to the next.</summary>
    public TimeSpan Step => TimeSpan.FromTicks(StepSamples * TimeSpan.TicksPerSecond / SampleRateHz);

    /// <summary>Time that scores come after the end of the sound that they tell of, where the network looks ahead; else 0.</summary>
    public TimeSpan Delay => TimeSpan.FromTicks(Network.DelaySteps * (long)StepSamples * TimeSpan.TicksPerSecond / SampleRateHz);

    /// <summary>Sound that one vector of scores tells of: the front end's window over each of <see cref="WindowFrames"/>.</summary>
    public TimeSpan Window => TimeSpan.FromTicks((((WindowFrames - 1L) * FrontEnd.HopSamples) + FrontEnd.WindowSamples) * TimeSpan.TicksPerSecond / SampleRateHz);

    /// <summary>Whether the network pools over time with no end: after every step its scores are of all that it has heard since it began.</summary>
    public bool PoolsOverTime => Array.Exists(Network.Steps, op => op.Kind is "running-mean" or "softmax-pool" && op.Outputs[1].Storage == TensorStorage.State);

    /// <summary>Real value of one step of a score.</summary>
    public double ScoreScale => Network.Output.Scale;

    /// <summary>The score that means 0.</summary>
    public int ScoreZeroPoint => Network.Output.ZeroPoint;

    /// <summary>Maps a file into memory and reads it.</summary>
    /// <param name="path">An .edge file. While the model lives, replace it by renaming another over it; never write into it.</param>
    /// <param name="kernels">Kernels to use; null takes the best there are, or those that EDGE_KERNELS names.</param>
    /// <exception cref="ModelFormatException">The file is no usable model; the message lists every fault.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static AudioModel Load(string path, KernelSet? kernels = null) => Read(Model.Load(path, kernels));

    /// <summary>Reads a model from memory, which must not change while the model lives.</summary>
    /// <param name="file">A whole .edge file.</param>
    /// <param name="source">What to call it in messages.</param>
    /// <param name="kernels">Kernels to use; null takes the best there are, or those that EDGE_KERNELS names.</param>
    /// <exception cref="ModelFormatException">The bytes are no usable model; the message lists every fault.</exception>
    public static AudioModel Load(ReadOnlyMemory<byte> file, string source, KernelSet? kernels = null) => Read(Model.Load(file, source, kernels));

    /// <summary>Front-end integers to the network's input.</summary>
    /// <param name="features">Whole frames.</param>
    /// <param name="input">Receives as many values, int8 or the bytes of int16, as the network takes them.</param>
    /// <exception cref="ArgumentException"><paramref name="input"/> is shorter.</exception>
    public void QuantizeFeatures(ReadOnlySpan<int> features, Span<sbyte> input)
    {
        if (Network.Input.Type == ElementType.Int16)
        {
            Quantizer.Quantize(features, MemoryMarshal.Cast<sbyte, short>(input));
        }
        else
        {
            Quantizer.Quantize(features, input);
        }
    }

    /// <summary>Makes a detector with the file's settings.</summary>
    /// <param name="options">Other settings; null for the file's.</param>
    /// <exception cref="ArgumentException">The options have faults; the message lists all of them.</exception>
    public Detector CreateDetector(DetectorOptions? options = null) => (options ?? Detection).CreateDetector(this);

    /// <summary>Runs the self-test on this machine.</summary>
    /// <returns>True where the scores are those of the file, bit for bit.</returns>
    /// <exception cref="InvalidOperationException">The file holds no self-test.</exception>
    public bool Verify()
    {
        SelfTest expected = SelfTest ?? throw new InvalidOperationException($"{Network.Source} holds no self-test; build it again with edgec.");
        return ComputeSelfTest(expected.Seed, expected.Samples) == expected;
    }

    /// <summary>Runs the model over a generated signal; what comes out belongs in the file.</summary>
    /// <param name="seed">Not negative.</param>
    /// <param name="samples">1 to <see cref="SelfTest.MaxSamples"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter out of range.</exception>
    public SelfTest ComputeSelfTest(int seed, int samples) => Edge.Detection.SelfTest.Compute(this, seed, samples);

    /// <summary>Unmaps the file. Scorers of this model must not be used any more.</summary>
    public void Dispose() => Network.Dispose();

    /// <summary>Makes a front end for one stream.</summary>
    public FrontEnd CreateFrontEnd() => Interlocked.Exchange(ref firstFrontEnd, null) ?? Features.FrontEnd.Create(FrontEnd, Network.Kernels);

    private static AudioModel Read(Model network)
    {
        try
        {
            var faults = new List<string>();
            return Read(network, faults) ?? throw new ModelFormatException(network.Source, faults);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    private static AudioModel? Read(Model network, List<string> faults)
    {
        (FrontEndOptions Options, FeatureQuantizer Quantizer, FeatureWindow? Window)? frontEnd = null;
        DetectorOptions? detection = null;
        if (Required(network, FrontEndPlan.SectionName, faults) is { } frontEndSection)
        {
            frontEnd = FrontEndPlan.Read(frontEndSection, faults);
        }

        if (Required(network, DetectionPlan.SectionName, faults) is { } detectionSection)
        {
            detection = DetectionPlan.Read(detectionSection, network.Labels.Count);
        }

        SelfTest? selfTest = network.Section(Edge.Detection.SelfTest.SectionName, faults) is { } section ? Edge.Detection.SelfTest.Read(section) : null;
        if (detection is AnomalyOptions)
        {
            CheckReconstruction(network, faults);
        }
        else if (detection is not FeatureOptions)
        {
            CheckOutput(network, detection is UtteranceOptions { Regression: true }, faults);
        }

        if (frontEnd is not { } front)
        {
            return null;
        }

        if (network.DelaySteps > 0 && (front.Window is not null || detection is AnomalyOptions))
        {
            faults.Add($"plan.delaySteps is {network.DelaySteps}; expected 0 where {(front.Window is not null ? "the network takes whole windows (frontEnd.featureWindow)" : "detection of kind anomaly compares a step's output with its input")}.");
        }

        FrontEnd made = Features.FrontEnd.Create(front.Options, network.Kernels);
        CheckInput(network, made, front.Window, faults);
        if (faults.Count > 0)
        {
            return null;
        }

        var model = new AudioModel(network, made, front.Quantizer, front.Window, detection!, selfTest);
        faults.AddRange(detection!.Faults(model.Labels.Count, model.Step).Select(fault => $"plan.{DetectionPlan.SectionName}: {fault}"));
        return faults.Count == 0 ? model : null;
    }

    private static int FramesInWindow(Model network)
    {
        TensorInfo[] states = [.. network.Tensors.Where(tensor => tensor.Storage == TensorStorage.State)];
        return network.Steps is [{ Kind: "history" } first, ..] && states is [var window] && window == first.Output ? window.Shape[1] : network.Input.Shape[1];
    }

    private static PlanSection? Required(Model network, string name, List<string> faults)
    {
        PlanSection? section = network.Section(name, faults);
        if (section is null)
        {
            faults.Add($"plan.{name} is missing; the file holds a network that does not say how it hears. Build it with edgec.");
        }

        return section;
    }

    private static void CheckInput(Model network, FrontEnd frontEnd, FeatureWindow? window, List<string> faults)
    {
        TensorInfo input = network.Input;
        if (window is not null && input.Elements % frontEnd.Bins == 0)
        {
            faults.AddRange(window.Faults(frontEnd.Options, input.Elements / frontEnd.Bins).Select(fault => $"plan.frontEnd.featureWindow: {fault}"));
            return;
        }

        if ((long)input.Shape[1] * frontEnd.Bins != input.Elements)
        {
            faults.Add($"plan.frontEnd gives {frontEnd.Bins} features a frame; the network's input is [{string.Join(", ", input.Shape)}], {input.Shape[1]} frames of {input.Elements / input.Shape[1]}.");
        }
    }

    private static void CheckReconstruction(Model network, List<string> faults)
    {
        if (network.Input.Type != ElementType.Int8)
        {
            faults.Add($"plan: the network takes {network.Input.Type.Name()}; detection of kind anomaly compares int8.");
        }

        if (network.Output.Elements != network.Input.Elements || network.Output.Elements > AnomalyOptions.MaxValues)
        {
            faults.Add($"plan: the network takes {network.Input.Elements} values and gives {network.Output.Elements}; for detection of kind anomaly expected are as many, at most {AnomalyOptions.MaxValues}. A window must be the device's own (frontEnd.featureWindow).");
        }
    }

    private static void CheckOutput(Model network, bool regression, List<string> faults)
    {
        TensorInfo output = network.Output;
        if (output.Elements != output.Channels)
        {
            faults.Add($"plan: the output is [{string.Join(", ", output.Shape)}]; expected one vector of scores a step.");
        }

        if (network.Labels.Count == 0)
        {
            faults.Add("plan.labels is missing; events need a name for every score.");
        }

        if (regression)
        {
            return;
        }

        double low = output.Scale * (sbyte.MinValue - output.ZeroPoint);
        double high = output.Scale * (sbyte.MaxValue - output.ZeroPoint);
        if (low < -0.05 || high is < 0.5 or > 1.05)
        {
            faults.Add(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"plan: scores range from {low:0.###} to {high:0.###}; expected probabilities, 0 to 1. Let the network end in a softmax or sigmoid."));
        }
    }
}

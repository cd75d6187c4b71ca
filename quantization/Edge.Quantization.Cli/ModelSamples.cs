using Edge.Cli;
using Edge.Detection;
using Edge.Features;
using Edge.Inference;
using Edge.OnnxRuntime;
using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Cli;

/// <summary>The real inputs that a command line names, as a model reads them.</summary>
internal sealed class ModelSamples
{
    private readonly IReadOnlyList<string> files;
    private readonly string input;
    private readonly FrontEnd? frontEnd;

    private ModelSamples(IReadOnlyList<string> files, string input, FrontEnd? frontEnd) => (this.files, this.input, this.frontEnd) = (files, input, frontEnd);

    /// <summary>What to add to a command's options.</summary>
    public static Option[] Options =>
    [
        new("calibration", "PATH", ".npy file or folder of them, as `edgec features` writes; more than one allowed", Repeatable: true),
        .. FrontEndArguments.Options,
    ];

    public int Count => files.Count;

    /// <summary>Finds the inputs; none where the command line names none.</summary>
    public static ModelSamples Open(Arguments arguments, ModelGraph graph, params IEnumerable<string> models)
    {
        IReadOnlyList<string> files = CalibrationSet.Find(arguments.All("calibration"));
        FrontEndOptions? options = arguments.Has("front-end") || arguments.Has("front-end-file") || arguments.Has("convention")
            ? FrontEndArguments.Read(arguments)
            : models.Where(ModelFile.IsEdge).Select(FrontEndOf).FirstOrDefault(found => found is not null);
        return new ModelSamples(files, graph.Inputs[0].Name, options is null ? null : FrontEnd.Create(options));
    }

    public IEnumerable<CalibrationSample> Samples()
    {
        if (files.Count == 0)
        {
            yield break;
        }

        FrontEnd made = frontEnd ?? throw new UsageException("--front-end KIND is required: neither model says which front end it was trained on.");
        foreach (string file in files)
        {
            foreach (OnnxTensor tensor in CalibrationSet.Read([file], made.Bins, made.FractionBits))
            {
                yield return new CalibrationSample(file, new Dictionary<string, OnnxTensor> { [input] = tensor });
            }
        }
    }

    private static FrontEndOptions? FrontEndOf(string path)
    {
        using Model model = Model.Load(path);
        var faults = new List<string>();
        return model.Section(FrontEndPlan.SectionName, faults) is { } section ? FrontEndPlan.Read(section, faults)?.Options : null;
    }
}

using Edge.Cli;
using Edge.Detection;
using Edge.Features;
using Edge.Inference;
using Edge.Quantization.Analysis;
using Edge.Quantization.Calibration;
using Edge.Quantization.Graph.Onnx;

namespace Edge.Quantization.Cli;

/// <summary>The real inputs that a command line names, as a model reads them.</summary>
internal static class ModelSamples
{
    /// <summary>What to add to a command's options.</summary>
    public static Option[] Options => [.. CalibrationArguments.Options, .. FrontEndArguments.Options];

    /// <summary>Finds the inputs, through the front end of the command line or the one that a model names; null where the command line names no inputs.</summary>
    public static CalibrationData? Open(Arguments arguments, ModelRunner model, params IEnumerable<string> models)
    {
        if (arguments.All("calibration").Count == 0)
        {
            return null;
        }

        FrontEndOptions? frontEnd = FrontEndArguments.IsGiven(arguments)
            ? FrontEndArguments.Read(arguments)
            : models.Select(FrontEndOf).FirstOrDefault(found => found is not null);
        return CalibrationArguments.Open(arguments, model.Inputs, frontEnd);
    }

    private static FrontEndOptions? FrontEndOf(string path)
    {
        if (!ModelFile.IsEdge(path))
        {
            return ModelMetadata.FrontEnd(OnnxReader.Read(path));
        }

        using Model model = Model.Load(path);
        var faults = new List<string>();
        return model.Section(FrontEndPlan.SectionName, faults) is { } section ? FrontEndPlan.Read(section, faults)?.Options : null;
    }
}

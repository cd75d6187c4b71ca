using Edge.Cli;
using Edge.Features;
using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Cli;

/// <summary>The options that say what a model is calibrated on.</summary>
internal static class CalibrationArguments
{
    /// <summary>What to add to a command's options, beside <see cref="FrontEndArguments.Options"/>.</summary>
    public static readonly Option[] Options =
    [
        new("calibration", "PATH", "recording, .npy file as `edgec features` writes, or folder searched for both", Repeatable: true),
        new("calibration-limit", "N", "use at most N clips, spread evenly over all that are found"),
        new("channel", "N", "channel of the recordings to hear, from 0 (default: the mean of all)"),
    ];

    /// <summary>Opens the clips that <paramref name="arguments"/> name.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="inputs">What the model takes.</param>
    /// <param name="frontEnd">As <see cref="FrontEndArguments.ReadOrNull"/> gives it.</param>
    /// <param name="featureUnit">The real value of one step of the front end's integers; null for what their fractional bits say.</param>
    /// <exception cref="UsageException">There is no --calibration.</exception>
    /// <inheritdoc cref="CalibrationData.Open(IReadOnlyList{ValueInfo}, IEnumerable{string}, FrontEndOptions?, CalibrationOptions)" path="/exception"/>
    public static CalibrationData Open(Arguments arguments, IReadOnlyList<ValueInfo> inputs, FrontEndOptions? frontEnd, float? featureUnit = null)
    {
        IReadOnlyList<string> paths = arguments.All("calibration");
        if (paths.Count == 0)
        {
            throw new UsageException("--calibration PATH is required: recordings or features of what the model will hear.");
        }

        return CalibrationData.Open(inputs, paths, frontEnd, new CalibrationOptions
        {
            Limit = arguments.Has("calibration-limit") ? arguments.Int("calibration-limit", 1) : null,
            Channel = arguments.Has("channel") ? arguments.Int("channel", 0, 63) : null,
            FeatureUnit = featureUnit,
            Note = note => Console.Error.WriteLine($"edgec: {note}"),
        });
    }
}

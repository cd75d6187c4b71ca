using Edge.Cli;
using Edge.Features;
using Edge.Quantization.Calibration;

namespace Edge.Quantization.Cli;

/// <summary><c>edgec features</c>: recordings to .npy files of the device's own integer features, so that training sees what the device will see.</summary>
internal static class FeaturesCommand
{
    private enum NumberType
    {
        Int16,
        Int32,
    }

    /// <summary>The command as edgec lists it.</summary>
    public static readonly Command Command = new(
        new CommandSyntax(
            "edgec features",
            "RECORDING|FOLDER|LIST.txt ...",
            "Runs the device's integer front end over recordings and writes [frames, bins] .npy files for training.",
            "edgec features --front-end micro --hop-ms 10 --out features/ recordings/",
            [
                .. RecordingOutput.Options,
                new Option("type", "TYPE", "int16 or int32 (default: int16 for micro and pcm, else int32)"),
                new Option("channel", "N", "channel of the recordings to hear, from 0 (default: the mean of all)"),
                .. FrontEndArguments.Options,
                new Option("json", null, "one JSON object a line"),
            ]),
        Run);

    private static int Run(Arguments arguments, CancellationToken cancellationToken)
    {
        FrontEndOptions frontEnd = FrontEndArguments.Read(arguments);
        NumberType type = arguments.Has("type") ? arguments.Choice<NumberType>("type") : frontEnd is MicroOptions or PcmOptions ? NumberType.Int16 : NumberType.Int32;
        var extractor = new FeatureExtractor(frontEnd, arguments.Has("channel") ? arguments.Int("channel", 0, 63) : null) { RequireWhole = true };
        RecordingOutput output = RecordingOutput.Read(arguments, arguments.Operands);
        return type == NumberType.Int16
            ? Rows<short>().Run("features", recording => ToInt16(extractor.Extract(recording.Path), recording.Path), cancellationToken)
            : Rows<int>().Run("features", recording => extractor.Extract(recording.Path), cancellationToken);

        RecordingRows<T> Rows<T>() where T : unmanaged => new(
            output, extractor.Bins, arguments.Has("json"), "frames", "bins", KeyValuePair.Create<string, object>("fraction_bits", extractor.FractionBits));
    }

    private static short[] ToInt16(int[] features, string path) => Array.ConvertAll(features, feature =>
        feature is >= short.MinValue and <= short.MaxValue ? (short)feature : throw new UsageException(
            $"{path}: a feature is {feature}, which does not fit in 16 bits; use --type int32."));
}

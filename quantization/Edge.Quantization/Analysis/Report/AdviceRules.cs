using System.Globalization;

namespace Edge.Quantization.Analysis.Report;

/// <summary>From figures to what to try next: each rule looks at one cause of loss and names the option that takes it away.</summary>
internal static class AdviceRules
{
    /// <summary>A layer that alone leaves the output this clean loses nothing that anybody will notice.</summary>
    private const double NegligibleLossDb = 45;

    /// <summary>A layer that alone costs this much is worth a change whatever the others cost.</summary>
    private const double SeriousLossDb = 40;

    /// <summary>Of a layer's share of the whole noise, less than this is not worth a change.</summary>
    private const double SmallestShare = 0.03;

    /// <summary>What an output should keep at least; below, largest scores change.</summary>
    private const double UsefulDb = 30;

    /// <summary>What mixed precision is asked to gain at the output.</summary>
    private const double GainDb = 6;

    /// <summary>Layers that get advice, the worst first: what helps them changes the figures of the others.</summary>
    private const int MostLayers = 8;

    /// <summary>Advice for the layers that lose most, the worst first.</summary>
    public static IReadOnlyList<Advice> Apply(AnalysisResult result) =>
    [
        .. result.ByLoss
            .Where(layer => (layer.IsolatedSqnrDb ?? layer.MedianChannelSqnrDb) is var alone && (alone < SeriousLossDb || alone < NegligibleLossDb && (layer.LossShare ?? 1) >= SmallestShare))
            .Take(MostLayers).SelectMany(layer => For(layer, result.Output.SqnrDb)),
    ];

    /// <summary>Advice for one layer, the likeliest cause first; at least one.</summary>
    private static IReadOnlyList<Advice> For(LayerReport layer, double outputSqnrDb)
    {
        string morePrecision = string.Create(CultureInfo.InvariantCulture, $"--min-sqnr {Math.Max(Math.Ceiling(outputSqnrDb) + GainDb, UsefulDb):0}");
        Advice?[] found =
        [
            FewWeightBits(layer, morePrecision), WeightsPerTensor(layer), OutlierChannels(layer), Clipping(layer), OutlierValues(layer), UnusedLevels(layer),
            FewLevels(layer, morePrecision), Bias(layer), WeightRounding(layer),
        ];
        return found.Any(advice => advice is not null) ? [.. found.OfType<Advice>()] : [LastResort(layer, morePrecision)];
    }

    private static Advice? FewWeightBits(LayerReport layer, string option) => layer.Weights is { Bits: < 8 } weights && !(weights.SqnrDb > layer.RoundingSqnrDb)
        ? new(layer.Name, $"Its weights have {weights.Bits} bits and keep {Text(weights.SqnrDb)} dB, less than its values with {Text(layer.RoundingSqnrDb)} dB.", "Give it weights of 8 bits: all layers by --weight-bits 8, or those that need it by a goal.", option)
        : null;

    private static Advice? WeightsPerTensor(LayerReport layer) => layer.Weights is { PerChannel: false, ChannelSpread: > 4 } weights
        ? new(layer.Name, $"One scale serves all of its weights, and the largest is {Text(weights.ChannelSpread)} times that of the median channel: small channels keep few levels.", "Give each output channel a scale of its own.", "--weights per-channel")
        : null;

    private static Advice? OutlierChannels(LayerReport layer) =>
        layer.ChannelSpread > 6 && layer.LoudChannels.Count * 4 <= Channels(layer) && layer.MedianChannelSqnrDb < layer.RoundingSqnrDb - 3
            ? new(layer.Name, $"Channel{(layer.LoudChannels.Count > 1 ? "s" : "")} {Numbers(layer.LoudChannels)} reach{(layer.LoudChannels.Count > 1 ? "" : "es")} {Text(layer.ChannelSpread)} times as far as the median channel and set{(layer.LoudChannels.Count > 1 ? "" : "s")} the range: an ordinary channel keeps {Text(layer.MedianChannelSqnrDb)} dB.", "Even the channels out between this layer and the next; where that cannot be, let the range clip them: --range mse or percentile.", "--equalize on")
            : null;

    private static Advice? Clipping(LayerReport layer) => layer.SaturatedShare > 1e-3 && layer.ClippingShare > 0.5
        ? new(layer.Name, $"{Percent(layer.SaturatedShare)} of its values are outside of the range, which makes {Percent(layer.ClippingShare)} of its error.", "Take the range from all values, and calibrate on clips like those it will hear.", "--range minmax")
        : null;

    private static Advice? OutlierValues(LayerReport layer) => layer.TailRatio > 4 && layer.Bits == 8 && !(layer.ChannelSpread > 6) && !IsFixed(layer)
        ? new(layer.Name, $"Its range reaches {Text(layer.TailRatio)} times as far as 99.9 % of its values.", "Choose the range by mean squared error, so that the few far values saturate.", "--range mse")
        : null;

    private static Advice? UnusedLevels(LayerReport layer) => layer.UsedShare < 0.5 && !IsFixed(layer)
        ? new(layer.Name, $"Its values reach {Percent(layer.UsedShare)} of its range; the other levels are never used.", "Calibrate on clips like these, or choose the range by mean squared error.", "--range mse")
        : null;

    private static Advice? FewLevels(LayerReport layer, string option) => IsFixed(layer) && layer.UsedShare < 0.25 && layer.Bits == 8
        ? new(layer.Name, $"Its scale is fixed and its values reach {Percent(layer.UsedShare)} of it, as softmax over many places does.", "Give values like this 16 bits: all by --activation-bits 16, or those that need it by a goal.", option)
        : null;

    private static Advice? Bias(LayerReport layer) => layer.BiasShare > 0.25 && layer.Weights is not null && layer.Accumulated.SqnrDb < NegligibleLossDb
        ? new(layer.Name, $"{Percent(layer.BiasShare)} of its error is a constant offset of each channel.", "Take the offsets into the biases.", "--bias-correction on")
        : null;

    private static Advice? WeightRounding(LayerReport layer) => layer.Weights is { } weights && weights.SqnrDb < layer.RoundingSqnrDb && weights.SqnrDb < 30
        ? new(layer.Name, $"Its weights keep {Text(weights.SqnrDb)} dB, less than its values with {Text(layer.RoundingSqnrDb)} dB.", "Learn the rounding of the weights from the calibration clips.", "--learned-rounding on")
        : null;

    private static Advice LastResort(LayerReport layer, string option) => layer.Bits == 8
        ? new(layer.Name, $"Rounding to 8 bits alone costs it {Text(layer.IsolatedSqnrDb ?? layer.RoundingSqnrDb)} dB at the output; no single cause stands out.", "Give it 16 bits: all values by --activation-bits 16, or those that need it by a goal.", option)
        : new(layer.Name, "It has 16 bits already; what it loses comes from its weights.", "Learn the rounding of the weights from the calibration clips.", "--learned-rounding on");

    /// <summary>Softmax, sigmoid and tanh have one scale whatever the calibration saw.</summary>
    private static bool IsFixed(LayerReport layer) => layer.Kind.EndsWith("Softmax", StringComparison.Ordinal) || layer.Kind.EndsWith("Sigmoid", StringComparison.Ordinal) || layer.Kind.EndsWith("Tanh", StringComparison.Ordinal);

    private static int Channels(LayerReport layer) => layer.Shape.Count == 0 ? 1 : layer.Shape.Max();

    private static string Numbers(IReadOnlyList<int> channels) => string.Join(", ", channels.Take(4)) + (channels.Count > 4 ? $" and {channels.Count - 4} more" : "");

    private static string Text(double value) => double.IsFinite(value) ? value.ToString(Math.Abs(value) < 10 ? "0.0" : "0", CultureInfo.InvariantCulture) : "all";

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.##} %");
}

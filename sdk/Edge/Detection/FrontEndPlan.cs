using System.Text.Json;
using Edge.Features;
using Edge.Inference;

namespace Edge.Detection;

/// <summary>The plan's section "frontEnd": <see cref="FrontEndOptions"/>, <see cref="FeatureQuantizer"/> and <see cref="FeatureWindow"/> as JSON, both ways.</summary>
/// <remarks>Fields are the options' properties in camel case, the kind first; enumerations are written in lower case with hyphens.</remarks>
public static class FrontEndPlan
{
    /// <summary>The section's name in the plan.</summary>
    public const string SectionName = "frontEnd";

    /// <summary>Writes the section's object: every parameter, also those that have their default value.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="options">The front end.</param>
    /// <param name="quantizer">From its integers to the network's.</param>
    /// <param name="window">Null where a step takes new frames alone.</param>
    public static void Write(Utf8JsonWriter json, FrontEndOptions options, FeatureQuantizer quantizer, FeatureWindow? window = null)
    {
        var fields = new PlanFieldWriter(json);
        fields.Text("kind", options.Kind);
        Walk(fields, options);
        Walk(fields.Section("quantizer"), quantizer);
        if (window is not null)
        {
            Walk(fields.Section("featureWindow"), window);
        }

        fields.End();
    }

    /// <summary>Reads the section.</summary>
    /// <param name="section">The section.</param>
    /// <param name="faults">The section's fault list.</param>
    /// <returns>Null where something is wrong; the fault list says what.</returns>
    public static (FrontEndOptions Options, FeatureQuantizer Quantizer, FeatureWindow? Window)? Read(PlanSection section, List<string> faults)
    {
        int before = faults.Count;
        var fields = new PlanFieldReader(section, maxCount: 0);
        string kind = fields.Text("kind", "");
        FrontEndOptions? options = Array.Find(Kinds, known => known.Kind == kind);
        if (options is null)
        {
            section.Fault("kind", $"is '{kind}'; expected one of {string.Join(", ", Kinds.Select(known => known.Kind))}");
            return null;
        }

        options = Walk(fields, options);
        FeatureQuantizer quantizer = new();
        if (section.Section("quantizer") is { } inner)
        {
            quantizer = Walk(fields.Section("quantizer")!, new FeatureQuantizer { Numerator = 0, Denominator = 0 });
            if (quantizer.Numerator == 0)
            {
                inner.Fault("numerator", "is missing or 0, which makes all features equal");
            }

            faults.AddRange(quantizer.Faults().Select(fault => $"{section.Place}.quantizer: {fault}"));
        }
        else
        {
            section.Fault("quantizer", "is missing");
        }

        FeatureWindow? window = fields.Section("featureWindow") is { } windowFields ? Walk(windowFields, new FeatureWindow()) : null;
        fields.End();
        faults.AddRange(window?.Faults(options).Select(fault => $"{section.Place}.featureWindow: {fault}") ?? []);
        faults.AddRange(options.Faults().Select(fault => $"{section.Place}: {fault}"));
        return faults.Count == before ? (options, quantizer, window) : null;
    }

    private static FrontEndOptions[] Kinds => [new MicroOptions(), new LogMelOptions(), new MfccOptions(), new PcmOptions()];

    private static FrontEndOptions Walk(PlanFields fields, FrontEndOptions options)
    {
        options = options with
        {
            SampleRateHz = fields.Int32("sampleRateHz", options.SampleRateHz),
            WindowSamples = fields.Int32("windowSamples", options.WindowSamples),
            HopSamples = fields.Int32("hopSamples", options.HopSamples),
        };
        return options switch
        {
            MicroOptions micro => Walk(fields, micro),
            MfccOptions mfcc => Walk(fields, (MfccOptions)Walk(fields, (LogMelOptions)mfcc)),
            LogMelOptions logMel => Walk(fields, logMel),
            _ => options,
        };
    }

    private static MicroOptions Walk(PlanFields fields, MicroOptions options) => options with
    {
        Channels = fields.Int32("channels", options.Channels),
        LowHz = fields.Int32("lowHz", options.LowHz),
        HighHz = fields.Int32("highHz", options.HighHz),
        SmoothingBits = fields.Int32("smoothingBits", options.SmoothingBits),
        EvenSmoothingQ14 = fields.Int32("evenSmoothingQ14", options.EvenSmoothingQ14),
        OddSmoothingQ14 = fields.Int32("oddSmoothingQ14", options.OddSmoothingQ14),
        MinSignalRemainingQ14 = fields.Int32("minSignalRemainingQ14", options.MinSignalRemainingQ14),
        Pcan = fields.Flag("pcan", options.Pcan),
        PcanStrengthHundredths = fields.Int32("pcanStrengthHundredths", options.PcanStrengthHundredths),
        PcanOffset = fields.Int32("pcanOffset", options.PcanOffset),
        PcanGainBits = fields.Int32("pcanGainBits", options.PcanGainBits),
        Log = fields.Flag("log", options.Log),
        ScaleShift = fields.Int32("scaleShift", options.ScaleShift),
    };

    private static LogMelOptions Walk(PlanFields fields, LogMelOptions options) => options with
    {
        FftSize = fields.Int32("fftSize", options.FftSize),
        Bands = fields.Int32("bands", options.Bands),
        LowHz = fields.Int32("lowHz", options.LowHz),
        HighHz = fields.Int32("highHz", options.HighHz),
        Window = fields.Choice("window", options.Window),
        MelScale = fields.Choice("melScale", options.MelScale),
        TriangleAxis = fields.Choice("triangleAxis", options.TriangleAxis),
        AreaNormalized = fields.Flag("areaNormalized", options.AreaNormalized),
        InnerBinsOnly = fields.Flag("innerBinsOnly", options.InnerBinsOnly),
        Spectrum = fields.Choice("spectrum", options.Spectrum),
        Centered = fields.Flag("centered", options.Centered),
        RemoveMean = fields.Flag("removeMean", options.RemoveMean),
        PreEmphasisMillionths = fields.Int32("preEmphasisMillionths", options.PreEmphasisMillionths),
        IntegerSamples = fields.Flag("integerSamples", options.IntegerSamples),
        Floor = fields.Choice("floor", options.Floor),
        FloorDigits = fields.Int32("floorDigits", options.FloorDigits),
        FloorExponent = fields.Int32("floorExponent", options.FloorExponent),
    };

    private static MfccOptions Walk(PlanFields fields, MfccOptions options) => options with
    {
        Coefficients = fields.Int32("coefficients", options.Coefficients),
        Scaling = fields.Choice("scaling", options.Scaling),
        Lifter = fields.Int32("lifter", options.Lifter),
    };

    private static FeatureWindow Walk(PlanFields fields, FeatureWindow window)
    {
        window = new FeatureWindow
        {
            StrideFrames = fields.Int32("strideFrames", window.StrideFrames),
            PeakNormalized = fields.Flag("peakNormalized", window.PeakNormalized),
        };
        fields.End();
        return window;
    }

    private static FeatureQuantizer Walk(PlanFields fields, FeatureQuantizer quantizer)
    {
        quantizer = new FeatureQuantizer
        {
            Numerator = fields.Int64("numerator", quantizer.Numerator),
            Offset = fields.Int64("offset", quantizer.Offset),
            Denominator = fields.Int64("denominator", quantizer.Denominator),
            ZeroPoint = fields.Int32("zeroPoint", quantizer.ZeroPoint),
        };
        fields.End();
        return quantizer;
    }
}

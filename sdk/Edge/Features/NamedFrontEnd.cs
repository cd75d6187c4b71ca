namespace Edge.Features;

/// <summary>A front end that public models were trained on: its options, and what a model's input reads from its integers.</summary>
/// <param name="Name">The name, lower case with hyphens.</param>
/// <param name="Description">What it is, in one line.</param>
/// <param name="Options">The front end.</param>
public sealed record NamedFrontEnd(string Name, string Description, FrontEndOptions Options)
{
    /// <summary>The real value that models take for one step of the front end's integer: this / <see cref="RealDenominator"/>.</summary>
    public required long RealNumerator { get; init; }

    /// <summary>See <see cref="RealNumerator"/>.</summary>
    public required long RealDenominator { get; init; }

    /// <summary>Whether that is what the integer says: itself without its fractional bits.</summary>
    public bool ReadsPlainly => Quantizer is null && RealNumerator << FrontEnd.Create(Options).FractionBits == RealDenominator;

    /// <summary>The int8 grid, where it is one that the model's input scale does not give; else null.</summary>
    public FeatureQuantizer? Quantizer { get; init; }

    /// <summary>Whether the features are those of the window's sound divided by its largest sample.</summary>
    public bool PeakNormalized { get; init; }
}

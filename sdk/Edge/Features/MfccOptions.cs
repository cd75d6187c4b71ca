namespace Edge.Features;

/// <summary>Parameters of the <c>mfcc</c> front end: those of log-mel, and of the cosine transform behind it.</summary>
public sealed record MfccOptions : LogMelOptions
{
    /// <summary>Default parameters.</summary>
    public MfccOptions()
    {
    }

    /// <summary>The parameters of <paramref name="logMel"/>, for instance one of its conventions, with a cosine transform behind.</summary>
    public MfccOptions(LogMelOptions logMel)
        : base(logMel)
    {
    }

    /// <inheritdoc/>
    public override string Kind => "mfcc";

    /// <summary>Coefficients from number 0 on, 1 to <see cref="LogMelOptions.Bands"/>.</summary>
    public int Coefficients { get; init; } = 13;

    /// <summary>Scaling of the transform.</summary>
    public DctScaling Scaling { get; init; }

    /// <summary>Kaldi's lifter Q: coefficient k is multiplied by 1 + Q/2·sin(πk/Q); 0 for none, Kaldi's own is 22.</summary>
    public int Lifter { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Faults()
    {
        var faults = new List<string>(base.Faults());
        Require(faults, nameof(Coefficients), Coefficients, 1, Math.Clamp(Bands, 1, 256));
        RequireNamed(faults, nameof(Scaling), Scaling);
        Require(faults, nameof(Lifter), Lifter, 0, 100);
        return faults;
    }
}

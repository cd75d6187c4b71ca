using System.Runtime.InteropServices;
using System.Text.Json;
using Edge.Audio;
using Edge.Inference;

namespace Edge.Detection;

/// <summary>What a model must give on every machine: the digest of its scores on a generated signal. The plan's section "selfTest".</summary>
/// <param name="Seed">Seed of the <see cref="SyntheticSignal"/>.</param>
/// <param name="Samples">Its length, at the model's rate; 1 to <see cref="MaxSamples"/>.</param>
/// <param name="Sha256">SHA-256 of the int8 scores of all steps in order, in lower-case hexadecimal.</param>
public sealed record SelfTest(int Seed, int Samples, string Sha256)
{
    /// <summary>The section's name in the plan.</summary>
    public const string SectionName = "selfTest";

    /// <summary>Longest signal: about a minute of 16 kHz.</summary>
    public const int MaxSamples = 1 << 20;

    /// <summary>Runs a model over the signal.</summary>
    /// <param name="model">The model.</param>
    /// <param name="seed">Not negative.</param>
    /// <param name="samples">1 to <see cref="MaxSamples"/>; enough for the network's memory to fill, and then some.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter out of range.</exception>
    public static SelfTest Compute(AudioModel model, int seed, int samples)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(seed);
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(samples, MaxSamples);
        Detection.Sha256 hash = new();
        Scorer scorer = new(model);
        ReadOnlySpan<short> signal = SyntheticSignal.Generate((uint)seed, samples);
        while (scorer.TryStep(ref signal))
        {
            hash.Append(MemoryMarshal.AsBytes(scorer.Scores));
        }

        // Of a network that looks ahead the end belongs to the test, too.
        while (model.Network.DelaySteps > 0 && scorer.TryFinish())
        {
            hash.Append(MemoryMarshal.AsBytes(scorer.Scores));
        }

        return new SelfTest(seed, samples, Convert.ToHexStringLower(hash.Finish()));
    }

    /// <summary>Writes the section's object.</summary>
    public void Write(Utf8JsonWriter json) => Walk(new PlanFieldWriter(json), this);

    internal static SelfTest Read(PlanSection section)
    {
        SelfTest test = Walk(new PlanFieldReader(section, 0), new SelfTest(-1, 0, ""));
        if (test.Seed < 0)
        {
            section.Fault("seed", "is missing or negative; expected a whole number from 0");
        }

        if (test.Samples is < 1 or > MaxSamples)
        {
            section.Fault("samples", $"is {test.Samples}; expected 1 to {MaxSamples}");
        }

        if (test.Sha256.Length != 2 * Detection.Sha256.DigestBytes || !test.Sha256.All(c => char.IsAsciiDigit(c) || c is >= 'a' and <= 'f'))
        {
            section.Fault("sha256", "is not 64 lower-case hexadecimal digits");
        }

        return test;
    }

    private static SelfTest Walk(PlanFields fields, SelfTest test)
    {
        test = new SelfTest(fields.Int32("seed", test.Seed), fields.Int32("samples", test.Samples), fields.Text("sha256", test.Sha256));
        fields.End();
        return test;
    }
}

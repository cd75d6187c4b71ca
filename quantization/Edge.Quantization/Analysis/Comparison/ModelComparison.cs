using Edge.Quantization.Calibration;

namespace Edge.Quantization.Analysis.Comparison;

/// <summary>A tensor that two models have.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Shape">Dimensions in the reference, for the first sample.</param>
/// <param name="Difference">How far apart the two are over all samples.</param>
public sealed record ComparedTensor(string Name, int[] Shape, TensorDifference Difference);

/// <summary>What comparing two models gave.</summary>
public sealed record ComparisonResult
{
    /// <summary>The tensors that both have, in the reference's order of execution.</summary>
    public required IReadOnlyList<ComparedTensor> Tensors { get; init; }

    /// <summary>The result of the models; null where their results have different shapes.</summary>
    public required ComparedTensor? Output { get; init; }

    /// <summary>Samples run.</summary>
    public required int Samples { get; init; }

    /// <summary>Samples too short for a step or window of the models.</summary>
    public required int TooShort { get; init; }

    /// <summary>How often the two outputs have their largest score at the same place.</summary>
    public required TopAgreement Top { get; init; }

    /// <summary>Tensors of the reference alone: mostly what the other fuses into a neighbour.</summary>
    public required IReadOnlyList<string> OnlyInReference { get; init; }

    /// <summary>Tensors of the other alone.</summary>
    public required IReadOnlyList<string> OnlyInOther { get; init; }

    /// <summary>Tensors that both have in shapes that cannot be matched.</summary>
    public required IReadOnlyList<string> DifferentShapes { get; init; }

    /// <summary>The first tensor, in order of execution, with a signal-to-noise ratio below <paramref name="db"/> decibels; null where there is none.</summary>
    public ComparedTensor? FirstApart(double db) => Tensors.FirstOrDefault(tensor => tensor.Difference.SqnrDb < db);

    /// <summary>The first tensor, in order of execution, that holds a value more than one step from the reference's; null where there is none.</summary>
    public ComparedTensor? FirstBeyondOneStep => Tensors.FirstOrDefault(tensor => tensor.Difference is { Step: > 0, ShareWithinOneStep: < 1 });
}

/// <summary>Runs two models, or one model in two engines, over the same samples and measures every tensor that both have.</summary>
public static class ModelComparison
{
    /// <summary>Compares.</summary>
    /// <param name="reference">What the other is measured against.</param>
    /// <param name="other">The other.</param>
    /// <param name="samples">A tensor for each input of the reference; enumerated once.</param>
    /// <param name="cancellationToken">Stops between two samples.</param>
    /// <exception cref="InvalidDataException">The models have no tensor in common, a sample does not fit, or there are no samples.</exception>
    public static ComparisonResult Run(ModelRunner reference, ModelRunner other, IEnumerable<CalibrationSample> samples, CancellationToken cancellationToken = default)
    {
        var run = new PairedRun(reference, other);
        var compared = new Dictionary<string, ComparedTensor>();
        var top = new TopAgreement();
        int count = 0;
        int tooShort = 0;
        foreach (CalibrationSample sample in samples)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int parts = run.Run(sample, pair =>
            {
                if (!compared.TryGetValue(pair.Name, out ComparedTensor? tensor))
                {
                    compared[pair.Name] = tensor = new ComparedTensor(pair.Name, pair.Shape.ToArray(), new TensorDifference());
                }

                tensor.Difference.Add(pair.Reference, pair.Other, pair.Step);
                if (pair.Name == reference.Output)
                {
                    top.Add(pair.Reference, pair.Other, pair.Shape);
                }
            });
            (count, tooShort) = parts > 0 ? (count + 1, tooShort) : (count, tooShort + 1);
        }

        Check(reference, other, count, tooShort, compared.Count, run);
        return new ComparisonResult
        {
            Tensors = [.. run.Order.Where(compared.ContainsKey).Select(name => compared[name])],
            Output = compared.GetValueOrDefault(reference.Output),
            Samples = count,
            TooShort = tooShort,
            Top = top,
            OnlyInReference = run.OnlyInReference,
            OnlyInOther = [.. run.OnlyInOther],
            DifferentShapes = [.. run.DifferentShapes],
        };
    }

    internal static void Check(ModelRunner reference, ModelRunner other, int samples, int tooShort, int compared, PairedRun run)
    {
        if (samples == 0)
        {
            throw new InvalidDataException(tooShort > 0
                ? $"All {tooShort} sample(s) are shorter than one step or window of {reference.Name} or {other.Name}; give longer ones."
                : "There are no samples; at least one is needed.");
        }

        // Input and result are paired by their place, so they say nothing about whether the models belong together.
        if (run.Order.Count > 2 && compared <= 2 && run.OnlyInOther.Count > 0)
        {
            throw new InvalidDataException(
                $"{reference.Name} and {other.Name} have no tensor in common besides input and result: the one has {string.Join(", ", run.OnlyInReference.Take(3))} …, " +
                $"the other {string.Join(", ", run.OnlyInOther.Take(3))} …. They do not come from the same float model.");
        }
    }
}

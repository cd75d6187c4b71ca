using Edge.Quantization.Analysis.Evaluation;

namespace Edge.Quantization.Cli;

/// <summary>Clips, and what models answered to them.</summary>
/// <param name="Clips">The clips with the numbers of their labels.</param>
/// <param name="ClipScore">What stood for a clip.</param>
/// <param name="Answers">Each model's answers.</param>
internal sealed record HeardClips(IReadOnlyList<(LabelledClip Clip, int Label)> Clips, ClipScore ClipScore, IReadOnlyList<ClipAnswers> Answers)
{
    /// <summary>The right label of each clip.</summary>
    public IReadOnlyList<int> Truth => [.. Clips.Select(pair => pair.Label)];

    /// <summary>How many clips a model has right.</summary>
    public int CorrectOf(int model) => Clips.Zip(Answers[model].Labels).Count(pair => pair.First.Label == pair.Second);
}

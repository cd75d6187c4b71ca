namespace Edge.Quantization.Analysis.Evaluation;

/// <summary>Which scores stand for a whole clip.</summary>
public enum ClipScore
{
    /// <summary>Those of the step whose best score, background labels aside, is highest: for words in silence or noise.</summary>
    Max,

    /// <summary>The mean over all steps: for sounds that fill the clip.</summary>
    Mean,

    /// <summary>Those of the last step.</summary>
    Last,
}

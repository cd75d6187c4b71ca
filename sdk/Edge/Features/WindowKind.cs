namespace Edge.Features;

/// <summary>Shape of the window over a frame; n samples, i = 0 … n - 1.</summary>
public enum WindowKind
{
    /// <summary>1/2 - 1/2·cos(2πi/n), as in librosa, torch and TensorFlow.</summary>
    HannPeriodic,

    /// <summary>1/2 - 1/2·cos(2πi/(n - 1)).</summary>
    HannSymmetric,

    /// <summary>The symmetric Hann window to the power of 0.85, Kaldi's own.</summary>
    Povey,

    /// <summary>0.54 - 0.46·cos(2πi/(n - 1)).</summary>
    Hamming,

    /// <summary>1.</summary>
    Rectangular,
}

namespace Edge.Features;

/// <summary>How the mel scale bends.</summary>
public enum MelScale
{
    /// <summary>Linear below 1 kHz, logarithmic above, as in Slaney's Auditory Toolbox; librosa's default.</summary>
    Slaney,

    /// <summary>2595·log10(1 + f/700), as in HTK; Kaldi's 1127·ln(1 + f/700) is the same curve.</summary>
    Htk,
}

/// <summary>On which axis the flanks of the filterbank's triangles are straight.</summary>
public enum TriangleAxis
{
    /// <summary>Straight over Hz: librosa, torchaudio.</summary>
    Hz,

    /// <summary>Straight over mel: Kaldi, TensorFlow.</summary>
    Mel,
}

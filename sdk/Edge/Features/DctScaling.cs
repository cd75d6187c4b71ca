namespace Edge.Features;

/// <summary>Scaling of the discrete cosine transform Σ x[b]·cos(π·k·(b + 1/2)/B) over B bands.</summary>
public enum DctScaling
{
    /// <summary>√(2/B) for every coefficient, as tf.signal.mfccs_from_log_mel_spectrograms.</summary>
    TensorFlow,

    /// <summary>√(2/B), but √(1/B) for coefficient 0: an orthogonal matrix, as in librosa and Kaldi.</summary>
    Orthonormal,
}

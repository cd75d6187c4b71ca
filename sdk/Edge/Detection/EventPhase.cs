namespace Edge.Detection;

/// <summary>How far an event has come when it is told.</summary>
public enum EventPhase
{
    /// <summary>It is over, or a keyword: nothing of it follows.</summary>
    Complete,

    /// <summary>It has begun and goes on; the same event follows once it is over. Told only where <see cref="SoundEventOptions.Onsets"/> or <see cref="AnomalyOptions.Onsets"/> asks for it.</summary>
    Onset,
}

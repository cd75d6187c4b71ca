namespace Edge.Audio;

/// <summary>What a capture device does.</summary>
public enum CaptureState
{
    /// <summary>Sound comes.</summary>
    Capturing,

    /// <summary>The device is gone or does not start; it is tried again until it does.</summary>
    WaitingForDevice,

    /// <summary>The source is disposed.</summary>
    Ended,
}

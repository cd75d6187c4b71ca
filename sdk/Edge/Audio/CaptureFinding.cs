namespace Edge.Audio;

/// <summary>What can be wrong with a live source.</summary>
public enum CaptureFinding
{
    /// <summary>The device is gone or gives nothing.</summary>
    NoDevice,

    /// <summary>The device is back.</summary>
    DeviceIsBack,

    /// <summary>Sound was lost.</summary>
    Overrun,

    /// <summary>Every channel gives one value.</summary>
    Silent,

    /// <summary>Some channels give one value.</summary>
    DeadChannel,

    /// <summary>The loudest second is too quiet.</summary>
    Quiet,

    /// <summary>Samples are at full scale.</summary>
    Clipping,

    /// <summary>The mean is far from 0.</summary>
    DcOffset,

    /// <summary>The device's clock is far off.</summary>
    Drift,
}

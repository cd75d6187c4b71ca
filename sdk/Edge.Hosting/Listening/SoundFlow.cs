namespace Edge.Hosting.Listening;

/// <summary>Whether sound reaches the models.</summary>
internal enum SoundFlow
{
    /// <summary>It does.</summary>
    Flowing,

    /// <summary>The device is missing or gone, or nobody writes into the pipe; it goes on by itself once that changes.</summary>
    Waiting,

    /// <summary>It should, and does not: the device or a model hangs.</summary>
    Stuck,

    /// <summary>The sound has ended, or listening was stopped.</summary>
    Ended,
}

namespace Edge.Cli.Diagnosis;

/// <summary>What a check says of the board.</summary>
internal enum Verdict
{
    /// <summary>As it should be, or of no matter here.</summary>
    Ok,

    /// <summary>Works, but worse or less surely than it could.</summary>
    Warning,

    /// <summary>Listening does not work, or not for long.</summary>
    Fault,
}

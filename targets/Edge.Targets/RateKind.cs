namespace Edge.Targets;

/// <summary>How a processing rate came about.</summary>
public enum RateKind
{
    /// <summary>With Edge's own kernels.</summary>
    Measured,

    /// <summary>By others, with another library on this board.</summary>
    Published,

    /// <summary>From a figure of another board or from the processor's manual.</summary>
    Derived,
}

namespace Edge.Targets;

/// <summary>One board as its file in targets/boards describes it; the file's README explains every field.</summary>
public sealed record Board
{
    /// <summary>What `--board` names it: the file's name without .json.</summary>
    public required string Name { get; init; }

    /// <summary>What it is, for people.</summary>
    public required string Title { get; init; }

    /// <summary>Its processor.</summary>
    public required Processor Processor { get; init; }

    /// <summary>Memory of the smallest version sold, in MiB; null for a microcontroller, whose <see cref="Firmware"/> says it.</summary>
    public int? MemoryMiB { get; init; }

    /// <summary>How .NET is published for it; null for a microcontroller.</summary>
    public PublishTarget? Publish { get; init; }

    /// <summary>What its firmware is compiled for; null where .NET runs.</summary>
    public FirmwareTarget? Firmware { get; init; }

    /// <summary>ONNX Runtime's execution providers, best first; empty for a microcontroller.</summary>
    public IReadOnlyList<string> Providers { get; init; } = [];

    /// <summary>The lamp that programs may light, as the kernel names it in /sys/class/leds; null where the board has none for them.</summary>
    public string? Led { get; init; }

    /// <summary>What a machine of another architecture links with.</summary>
    public required CrossTools CrossTools { get; init; }

    /// <summary>How fast one core multiplies and adds int8.</summary>
    public required ProcessingRate Rate { get; init; }
}

namespace Edge.Targets;

/// <summary>What C firmware for a microcontroller is compiled for.</summary>
/// <param name="FlashKiB">Memory for code and weights.</param>
/// <param name="RamKiB">Memory for states and the arena.</param>
/// <param name="CompilerFlags">What selects core, floating point and calling convention.</param>
/// <param name="Emulator">What runs the firmware without the board.</param>
public sealed record FirmwareTarget(int FlashKiB, int RamKiB, IReadOnlyList<string> CompilerFlags, Emulator Emulator);

using System.Numerics;
using Edge.Detection;

namespace Edge.Targets;

/// <summary>What a model is likely to cost on a board that is not at hand: an estimate, good to about a factor of three. `edge bench` measures it there.</summary>
/// <remarks>
/// Time is multiply-accumulates by the board's rate, plus cycles for what lies around them. Those cycles are fitted to Edge's models on x64
/// with 128-bit vectors (wake-words, digits, sound-events-tiny, speech-emotion) and stretched on a board whose multiply-accumulates take more
/// cycles than theirs.
/// </remarks>
public sealed record CostEstimate
{
    /// <summary>Cycles to make one value: requantization, tables, additions.</summary>
    private const double CyclesPerValue = 6;

    /// <summary>Cycles of a front end's frame, by N·log2 N of its transform.</summary>
    private const double CyclesPerButterfly = 2;

    /// <summary>Multiply-accumulates a cycle of the machine that the cycles were fitted on: 12·10⁹ a second at 2.6 GHz.</summary>
    private const double FittedMacsPerCycle = 4.6;

    /// <summary>Memory of `edge` without a model on Linux, as `edge bench` shows it, in bytes.</summary>
    private const long ProgramBytes = 7_000_000;

    /// <summary>Code and tables of a C firmware with one model, in bytes; a generous guess.</summary>
    private const long FirmwareBytes = 65_536;

    private CostEstimate()
    {
    }

    /// <summary>The board's name.</summary>
    public required string Board { get; init; }

    /// <summary>The model's name.</summary>
    public required string Model { get; init; }

    /// <summary>Multiply-accumulates a second of sound.</summary>
    public required double MacsPerSecond { get; init; }

    /// <summary>Time of one step on one core, front end included.</summary>
    public required TimeSpan StepTime { get; init; }

    /// <summary>Time from one step to the next.</summary>
    public required TimeSpan Step { get; init; }

    /// <summary>Memory that hearing takes, in bytes: on Linux the program, the file and the model's memory, on a microcontroller RAM alone.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>What the board has of it, in bytes.</summary>
    public required long BoardMemoryBytes { get; init; }

    /// <summary>Flash that a microcontroller needs, in bytes; 0 on Linux.</summary>
    public required long FlashBytes { get; init; }

    /// <summary>What the board has of it, in bytes; 0 on Linux.</summary>
    public required long BoardFlashBytes { get; init; }

    /// <summary>Part of one core that listening takes all day; above 1 the board is too slow.</summary>
    public double CoreShare => StepTime / Step;

    /// <summary>Whether time, memory and flash suffice.</summary>
    public bool Fits => CoreShare < 1 && MemoryBytes <= BoardMemoryBytes && FlashBytes <= BoardFlashBytes;

    /// <summary>Estimates.</summary>
    /// <param name="model">The model, loaded with the portable kernels, whose packed weights are those of Arm boards.</param>
    /// <param name="board">The board.</param>
    public static CostEstimate Of(AudioModel model, Board board)
    {
        double hertz = board.Processor.ClockMHz * 1e6;
        double stretch = Math.Max(1, FittedMacsPerCycle * hertz / board.Rate.MacsPerSecond);
        double seconds = (model.Network.MultiplyAccumulates / board.Rate.MacsPerSecond) + ((ValueCycles(model) + FrontEndCycles(model)) * stretch / hertz);
        long states = model.Network.MemoryBytes;
        bool firmware = board.Firmware is not null;
        return new CostEstimate
        {
            Board = board.Name,
            Model = model.Name,
            MacsPerSecond = model.Network.MultiplyAccumulates / model.Step.TotalSeconds,
            StepTime = TimeSpan.FromSeconds(seconds),
            Step = model.Step,
            MemoryBytes = firmware ? states : ProgramBytes + model.Network.FileBytes + states + model.Network.ScratchBytes,
            BoardMemoryBytes = firmware ? board.Firmware!.RamKiB * 1024L : board.MemoryMiB!.Value * 1024L * 1024,
            FlashBytes = firmware ? FirmwareBytes + model.Network.FileBytes : 0,
            BoardFlashBytes = firmware ? board.Firmware!.FlashKiB * 1024L : 0,
        };
    }

    /// <summary>Cycles of all values that the operators make; those that only move values cost next to nothing.</summary>
    private static double ValueCycles(AudioModel model) =>
        CyclesPerValue * model.Network.Operators.Where(layer => layer.Kind is not ("history" or "reshape" or "slice" or "pad" or "concatenate" or "transpose")).Sum(layer => (double)layer.Output.Elements);

    private static double FrontEndCycles(AudioModel model)
    {
        double points = BitOperations.RoundUpToPowerOf2((uint)model.FrontEnd.WindowSamples);
        return model.FramesPerStep * CyclesPerButterfly * points * Math.Log2(Math.Max(points, 2));
    }
}

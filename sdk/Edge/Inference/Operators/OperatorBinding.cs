using System.Runtime.InteropServices;
using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Inference.Operators;

/// <summary>What an operator sees while it is made from a file: its tensors and attributes, each checked on reading.</summary>
internal sealed class OperatorBinding(
    PlanSection section, List<string> faults, TensorInfo[] inputs, TensorInfo[] outputs, ReadOnlyMemory<byte> file, KernelSet kernels)
{
    public const int MaxWindow = 65_536;

    /// <summary>Taps of one window; a plan's dimensions have the same limit.</summary>
    public const int MaxTaps = 1 << 24;

    private readonly int faultsBefore = faults.Count;

    /// <summary>The operator's kind as written in the file.</summary>
    public required string Kind { get; init; }

    /// <summary>How often the plan's rescalings round.</summary>
    public required Rounding Rounding { get; init; }

    /// <summary>The file's version of the format.</summary>
    public required int Version { get; init; }

    public TensorInfo[] Inputs => inputs;

    public TensorInfo[] Outputs => outputs;

    public TensorInfo Output => outputs[0];

    /// <summary>The fastest kernels that may be chosen.</summary>
    public KernelSet Kernels => kernels;

    /// <summary>Where everything checked so far is right.</summary>
    public bool Sound => faults.Count == faultsBefore;

    public Operand InputOperand(int index) => new(inputs[index], file);

    public Operand OutputOperand(int index = 0) => new(outputs[index], file);

    /// <summary>Whether the operator has an attribute of this name.</summary>
    public bool Has(string name) => section.Has(name);

    public int Attribute(string name, int min, int max, int? absent = null) => section.Int32(name, min, max, absent);

    public int[] Attributes(string name, int min, int max, int count) => section.Int32s(name, min, max, count, count);

    /// <summary>Notes a fault unless <paramref name="holds"/>; <paramref name="what"/> says what was found and expected.</summary>
    public bool Require(bool holds, string what)
    {
        if (!holds)
        {
            faults.Add($"{section.Place} {what}.");
        }

        return holds;
    }

    public bool RequireArity(int inputCount, int outputCount = 1) =>
        Require(inputs.Length == inputCount && outputs.Length == outputCount,
            $"has {inputs.Length} inputs and {outputs.Length} outputs; expected {inputCount} and {outputCount}");

    /// <summary>Bytes of scratch that an operator may ask for.</summary>
    public long MaxScratchBytes => PlanReader.MaxMemoryBytes(file.Length) / 2;

    /// <summary>Checks the scratch that an operator asks for, in bytes.</summary>
    public bool RequireScratch(long bytes) =>
        Require(bytes <= MaxScratchBytes, $"needs {bytes} bytes of scratch; at most {MaxScratchBytes} are accepted of a file of this size");

    /// <summary>True where an input or the output is int16.</summary>
    public bool IsWide => Array.Exists(inputs, t => t.Type == ElementType.Int16) || Output.Type == ElementType.Int16;

    /// <summary>An activation of an operator that has a 16-bit form: int8, or int16 without a zero point.</summary>
    public bool RequireAnyActivation(TensorInfo tensor, int rank = -1) => tensor.Type != ElementType.Int16
        ? RequireActivation(tensor, rank)
        : Require(tensor.ZeroPoint == 0, $"has '{tensor.Name}' of int16 with zero point {tensor.ZeroPoint}; expected 0")
            & Require(rank < 0 || tensor.Shape.Length == rank, $"has '{tensor.Name}' of shape [{string.Join(", ", tensor.Shape)}]; expected {rank} dimensions");

    public bool RequireActivation(TensorInfo tensor, int rank = -1) =>
        Require(tensor.Type == ElementType.Int8, $"has '{tensor.Name}' of type {tensor.Type.Name()}; expected int8")
        & Require(tensor.ZeroPoint is >= sbyte.MinValue and <= sbyte.MaxValue, $"has '{tensor.Name}' with zero point {tensor.ZeroPoint}; expected -128 to 127")
        & Require(rank < 0 || tensor.Shape.Length == rank, $"has '{tensor.Name}' of shape [{string.Join(", ", tensor.Shape)}]; expected {rank} dimensions");

    public bool RequireSameQuantization(TensorInfo a, TensorInfo b) =>
        Require(a.Type == b.Type, $"has '{a.Name}' of {a.Type.Name()} and '{b.Name}' of {b.Type.Name()}; this operator moves values unchanged")
        & Require(a.Scale.Equals(b.Scale) && a.ZeroPoint == b.ZeroPoint,
            $"has '{a.Name}' and '{b.Name}' with different scale or zero point; this operator moves values unchanged");

    public bool RequireShape(TensorInfo tensor, params int[] shape) =>
        Require(tensor.Shape.AsSpan().SequenceEqual(shape), $"has '{tensor.Name}' of shape [{string.Join(", ", tensor.Shape)}]; expected [{string.Join(", ", shape)}]");

    /// <summary>A constant input's elements; empty after a fault.</summary>
    public ReadOnlyMemory<byte> Constant(int index, ElementType type, params int[] shape)
    {
        TensorInfo tensor = inputs[index];
        return Require(tensor.Storage == TensorStorage.Constant, $"computes '{tensor.Name}'; expected a constant from the file")
            & Require(tensor.Type == type, $"has '{tensor.Name}' of type {tensor.Type.Name()}; expected {type.Name()}")
            & RequireShape(tensor, shape)
            ? file.Slice(tensor.Offset, tensor.Bytes)
            : default;
    }

    /// <summary>A state that the operator keeps: in memory from step to step, int16 ones without a zero point.</summary>
    public bool RequireState(TensorInfo tensor, ElementType type, params int[] shape) =>
        Require(tensor.Storage == TensorStorage.State, $"writes '{tensor.Name}', which is no state") & RequireMemory(tensor, type, shape);

    /// <summary>What an operator remembers from frame to frame, whether it is a state or lives for one run.</summary>
    public bool RequireMemory(TensorInfo tensor, ElementType type, params int[] shape) =>
        Require(tensor.Type == type, $"has the state '{tensor.Name}' of type {tensor.Type.Name()}; expected {type.Name()}")
        & Require(type != ElementType.Int16 || tensor.ZeroPoint == 0, $"has the state '{tensor.Name}' with zero point {tensor.ZeroPoint}; expected 0")
        & RequireShape(tensor, shape);

    public short[] Int16s(int index, params int[] shape) => MemoryMarshal.Cast<byte, short>(Constant(index, ElementType.Int16, shape).Span).ToArray();

    public int[] Int32s(int index, params int[] shape) => MemoryMarshal.Cast<byte, int>(Constant(index, ElementType.Int32, shape).Span).ToArray();

    public sbyte[] Int8s(int index, params int[] shape) => MemoryMarshal.Cast<byte, sbyte>(Constant(index, ElementType.Int8, shape).Span).ToArray();

    /// <summary>Weights, a constant int8 or int4, the latter unpacked.</summary>
    public sbyte[] Weights(int index, params int[] shape)
    {
        if (inputs[index].Type != ElementType.Int4)
        {
            return Int8s(index, shape);
        }

        ReadOnlySpan<byte> packed = Constant(index, ElementType.Int4, shape).Span;
        var weights = new sbyte[packed.IsEmpty ? 0 : inputs[index].Elements];
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = (sbyte)((sbyte)(packed[i / 2] << (4 - i % 2 * 4)) >> 4);
        }

        return weights;
    }

    /// <summary>Multipliers and shifts, a constant int32 [2, channels]: row 0 Q31 multipliers, row 1 shifts.</summary>
    public Requantization Requantization(int index, int channels)
    {
        int[] table = Multipliers(index, channels, LargestShift);
        (int min, int max) = ActivationRange();
        return new Requantization(table[..channels], table[channels..], Output.ZeroPoint, min, max, Rounding);
    }

    /// <summary>Multipliers and shifts of 32-bit sums, a constant int32 [2, count], whatever types the activations have.</summary>
    public Rescale[] Rescales(int index, int count)
    {
        int[] table = Multipliers(index, count, largestShift: 30);
        var rescales = new Rescale[count];
        for (int i = 0; i < count; i++)
        {
            rescales[i] = new Rescale(table[i], table[count + i], Rounding);
        }

        return rescales;
    }

    /// <summary>Multipliers with a sign and shifts, a constant int32 [2, count].</summary>
    public int[] SignedMultipliers(int index, int count, int largestShift)
    {
        int[] table = Int32s(index, 2, count);
        for (int c = 0; c < count && table.Length == 2 * count; c++)
        {
            int magnitude = Math.Abs(Math.Max(table[c], -int.MaxValue));
            if (!Require(
                magnitude is 0 or >= 1 << 30 && table[count + c] >= -31 && table[count + c] <= largestShift,
                $"has multiplier {table[c]} and shift {table[count + c]} for channel {c} of '{inputs[index].Name}'; expected 0 or 2^30 to 2^31-1 in magnitude, and -31 to {largestShift}"))
            {
                break; // one fault a table: thousands of them would help nobody
            }
        }

        return table;
    }

    /// <summary>The whole range of the output's type.</summary>
    public (int Min, int Max) OutputLimits => Output.Type == ElementType.Int16 ? (short.MinValue, short.MaxValue) : (sbyte.MinValue, sbyte.MaxValue);

    /// <summary>One multiplier and shift for the whole tensor, from the attributes <paramref name="name"/> and <paramref name="name"/> + "Shift".</summary>
    public (int Multiplier, int Shift) Multiplier(string name) => Multiplier(name, LargestShift);

    /// <summary>The same of an operator that bounds the shift itself, whatever the width of its activations.</summary>
    public (int Multiplier, int Shift) Multiplier(string name, int largestShift)
    {
        int multiplier = Attribute(name, 0, int.MaxValue);
        int shift = Attribute(name + "Shift", -31, 30);
        RequireMultiplier(multiplier, shift, name, largestShift);
        return (multiplier, shift);
    }

    /// <summary>The same as a rescaling of 32-bit sums, whatever types the activations have.</summary>
    public Rescale Rescale(string name)
    {
        (int multiplier, int shift) = Multiplier(name, largestShift: 30);
        return new Rescale(multiplier, shift, Rounding);
    }

    /// <summary>The fused activation's range, attributes activationMin and activationMax; the whole of the output's type where absent.</summary>
    public (int Min, int Max) ActivationRange()
    {
        (int lowest, int highest) = OutputLimits;
        int min = Attribute("activationMin", lowest, highest, lowest);
        int max = Attribute("activationMax", lowest, highest, highest);
        Require(min <= max, $"has activationMin {min} above activationMax {max}");
        return (min, max);
    }

    /// <summary>Geometry of a sliding window over [1, height, width, channels], checked against the output's shape.</summary>
    public Window2D Window(int kernelHeight, int kernelWidth)
    {
        TensorInfo input = inputs[0];
        if (!(RequireAnyActivation(input, 4) & RequireAnyActivation(Output, 4)) || !Require(input.Shape[0] == 1 && Output.Shape[0] == 1, "has a batch other than 1"))
        {
            return default;
        }

        var window = new Window2D(
            input.Shape[1], input.Shape[2], input.Shape[3], Output.Shape[1], Output.Shape[2], kernelHeight, kernelWidth,
            Attribute("strideHeight", 1, MaxWindow, 1), Attribute("strideWidth", 1, MaxWindow, 1),
            Attribute("dilationHeight", 1, MaxWindow, 1), Attribute("dilationWidth", 1, MaxWindow, 1),
            Attribute("padTop", 0, MaxWindow, 0), Attribute("padLeft", 0, MaxWindow, 0));
        int padBottom = Attribute("padBottom", 0, MaxWindow, 0);
        int padRight = Attribute("padRight", 0, MaxWindow, 0);
        RequireExtent("height", input.Shape[1] + (long)window.PadTop + padBottom, kernelHeight, window.DilationHeight, window.StrideHeight, Output.Shape[1]);
        RequireExtent("width", input.Shape[2] + (long)window.PadLeft + padRight, kernelWidth, window.DilationWidth, window.StrideWidth, Output.Shape[2]);
        return window;
    }

    private int[] Multipliers(int index, int count, int largestShift)
    {
        int[] table = Int32s(index, 2, count);
        if (table.Length != 2 * count)
        {
            return new int[2 * count];
        }

        for (int c = 0; c < count; c++)
        {
            RequireMultiplier(table[c], table[count + c], $"channel {c} of '{inputs[index].Name}'", largestShift);
        }

        return table;
    }

    private int LargestShift => IsWide ? FixedPoint.MaxWideShift : 30;

    private void RequireMultiplier(int multiplier, int shift, string place, int largest) => Require(
        (multiplier == 0 || multiplier >= 1 << 30) && shift >= -31 && shift <= largest,
        $"has multiplier {multiplier} and shift {shift} for {place}; expected 0 or 2^30 to 2^31-1, and -31 to {largest}");

    private void RequireExtent(string axis, long padded, int kernel, int dilation, int stride, int output)
    {
        long reach = (kernel - 1L) * dilation + 1;
        long expected = padded < reach ? 0 : (padded - reach) / stride + 1;
        Require(output == expected && expected > 0, $"has an output {axis} of {output}; a window of {reach} with stride {stride} over {padded} gives {expected}");
    }
}

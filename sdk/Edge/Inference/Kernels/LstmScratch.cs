using System.Runtime.InteropServices;

namespace Edge.Inference.Kernels;

/// <summary>What an LSTM step computes on the way.</summary>
internal readonly ref struct LstmScratch
{
    /// <summary>Cuts the scratch up.</summary>
    /// <param name="parameters">The layer.</param>
    /// <param name="bytes">At least <see cref="Bytes"/>, aligned to 4 bytes.</param>
    public LstmScratch(LstmParameters parameters, Span<byte> bytes)
    {
        int gateBytes = parameters.InputBias.Length * sizeof(short);
        int cellBytes = parameters.Cells * sizeof(short);
        int sumBytes = SumBytes(parameters);
        Sums = MemoryMarshal.Cast<byte, int>(bytes[..sumBytes]);
        Gates = MemoryMarshal.Cast<byte, short>(bytes.Slice(sumBytes, gateBytes));
        Cells = MemoryMarshal.Cast<byte, short>(bytes.Slice(sumBytes + gateBytes, cellBytes));
        Hidden = MemoryMarshal.Cast<byte, sbyte>(bytes.Slice(sumBytes + gateBytes + cellBytes, parameters.Cells));
    }

    /// <summary>[gates · cells or outputs, whichever is more]: sums of products.</summary>
    public Span<int> Sums { get; }

    /// <summary>[gates · cells].</summary>
    public Span<short> Gates { get; }

    /// <summary>[cells]: tanh of the cells.</summary>
    public Span<short> Cells { get; }

    /// <summary>[cells]: what a projection reads.</summary>
    public Span<sbyte> Hidden { get; }

    /// <summary>Bytes of a layer's scratch.</summary>
    public static long Bytes(LstmParameters parameters) =>
        SumBytes(parameters) + (long)(parameters.InputBias.Length + parameters.Cells) * sizeof(short) + parameters.Cells;

    private static int SumBytes(LstmParameters parameters) => Math.Max(parameters.InputBias.Length, parameters.Outputs) * sizeof(int);
}

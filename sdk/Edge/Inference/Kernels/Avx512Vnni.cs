using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Edge.Inference.Kernels;

/// <summary>Sums of int8 products in 512 bits: the inner loops of <see cref="MatrixS8.RunAvx512Vnni"/> as machine code.</summary>
/// <remarks>
/// VPDPBUSD of 512 bits (AVX512_VNNI) takes twice the products of the 256 bits (AVX-VNNI) that .NET 10 has an intrinsic for. .NET 11 has one
/// (AvxVnni.V512); with it this class becomes C#. Until then the loops stand here as bytes, each instruction's assembly beside it
/// (Avx512Vnni.Code.cs).
/// <para>
/// What guards it: Linux on x64 alone; <see cref="Avx512BW"/> of .NET, which asks processor and system (the system keeps the registers) and heeds
/// .NET's own switches; the processor's flag of AVX512_VNNI; memory that the system lets become executable. Where one is missing,
/// <see cref="IsSupported"/> is false and the kernels of 256 bits run. The code reads and writes what <see cref="RowTile"/> points to,
/// uses no stack and calls nothing. The garbage collector waits for a call, hence <see cref="MaxTaps"/>.
/// </para>
/// </remarks>
internal static unsafe partial class Avx512Vnni
{
    /// <summary>Taps of the largest window that is summed here: a call takes microseconds, at most a fifth of a millisecond.</summary>
    public const int MaxTaps = 1 << 14;

    private static readonly delegate* unmanaged[SuppressGCTransition]<RowTile*, void> sumSixes = Place(SumSixesCode);
    private static readonly delegate* unmanaged[SuppressGCTransition]<RowTile*, void> sumOne = Place(SumOneCode);

    /// <summary>Whether processor and system have what it takes.</summary>
    public static bool IsSupported { get; } = sumSixes is not null && sumOne is not null;

    /// <summary>Where the code lies.</summary>
    internal static nint[] Placed => [(nint)sumSixes, (nint)sumOne];

    /// <summary>Sums six windows after six by 32 channels; changes the tile.</summary>
    public static void SumSixes(RowTile* tile) => sumSixes(tile);

    /// <summary>Sums the window that is the first of the tile's rows by 32 channels.</summary>
    public static void SumOne(RowTile* tile) => sumOne(tile);

    /// <summary>Whether the processor's flags allow it, before any code is placed.</summary>
    private static bool IsProcessorSupported =>
        RuntimeInformation.ProcessArchitecture == Architecture.X64 && Avx512BW.IsSupported
        && X86Base.CpuId(0, 0).Eax >= 7 && (X86Base.CpuId(7, 0).Ecx & (1 << 11)) != 0;

    private static delegate* unmanaged[SuppressGCTransition]<RowTile*, void> Place(ReadOnlySpan<byte> code) =>
        IsProcessorSupported && ExecutableMemory.TryPlace(code, out nint start)
            ? (delegate* unmanaged[SuppressGCTransition]<RowTile*, void>)start
            : null;

    /// <summary>What the code reads: windows by two blocks of sixteen channels. The order of the fields is part of the code.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct RowTile
    {
        /// <summary>The padded input, 128 larger.</summary>
        public byte* Input;

        /// <summary>Where each window begins; six for each of <see cref="Sixes"/>.</summary>
        public int* Rows;

        /// <summary>Where each group of four taps lies in its window.</summary>
        public int* Offsets;

        /// <summary>Groups, at least one.</summary>
        public long Groups;

        /// <summary>[groups, 16, 4] of each block.</summary>
        public sbyte* Weights0, Weights1;

        /// <summary>[16] of each block.</summary>
        public int* Bias0, Bias1;

        /// <summary>Receive [rows, 16] of each block.</summary>
        public int* Sums0, Sums1;

        /// <summary>How often six windows, at least once.</summary>
        public long Sixes;
    }
}

using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Tests.Kernels;

/// <summary>The variants of convolution and matrix product, by name.</summary>
internal static class MatrixKernels
{
    public static readonly string[] Names = ["vector128", "avx2", "avxvnni", "avx512", "avxvnni512", "avx512vnni"];

    /// <summary>Skips the calling test, with the reason, where the processor lacks the instructions.</summary>
    public static void Require(string name)
    {
        Assert.SkipUnless(name is not ("avxvnni" or "avxvnni512") || AvxVnni.IsSupported, "this processor has no AVX-VNNI");
        Assert.SkipUnless(name != "avx512vnni" || Avx512Vnni.IsSupported, "this processor has no AVX512_VNNI, or the system lets no memory become executable");
        Patterns.Require(name switch { "avxvnni" => KernelSet.Avx2, "avxvnni512" or "avx512vnni" => KernelSet.Avx512, _ => Enum.Parse<KernelSet>(name, ignoreCase: true) });
    }

    /// <summary>Packs the weights and runs the variant, with memory around the output that must stay as it was.</summary>
    public static sbyte[] Run(string name, Window2D window, sbyte[] input, int zeroPoint, sbyte[] weights, int[] bias, Requantization requantization)
    {
        PackedMatrix packed = PackedMatrix.Create(weights, bias, window, zeroPoint, requantization, GroupOf(name));

        // 77 in whatever a kernel does not write shows up as a difference.
        int length = window.Positions * bias.Length;
        var output = new sbyte[length + 64];
        output.AsSpan().Fill(77);
        Run(name, packed, input, output.AsSpan(0, length));
        Assert.All(output[length..], value => Assert.Equal(77, value));
        return output[..length];
    }

    /// <summary>The same with an output of int16.</summary>
    public static short[] RunWide(string name, Window2D window, sbyte[] input, int zeroPoint, sbyte[] weights, int[] bias, Requantization requantization)
    {
        PackedMatrix packed = PackedMatrix.Create(weights, bias, window, zeroPoint, requantization, GroupOf(name), makesInt16: true);
        int length = window.Positions * bias.Length;
        var output = new short[length + 64];
        output.AsSpan().Fill(7777);
        Run(name, packed, input, MemoryMarshal.Cast<short, sbyte>(output.AsSpan(0, length)));
        Assert.All(output[length..], value => Assert.Equal(7777, value));
        return output[..length];
    }

    private static void Run(string name, PackedMatrix packed, sbyte[] input, Span<sbyte> output)
    {
        var scratch = new byte[PackedMatrix.ScratchBytes(packed.Window, GroupOf(name))];
        scratch.AsSpan().Fill(0x5a); // not cleared, as a session's may be
        switch (name)
        {
            case "vector128":
                MatrixS8.RunVector128(packed, input, output, scratch);
                break;
            case "avx2":
                MatrixS8.RunAvx2(packed, input, output, scratch);
                break;
            case "avxvnni":
                MatrixS8.RunAvxVnni(packed, input, output, scratch);
                break;
            case "avxvnni512":
                MatrixS8.RunAvxVnni512(packed, input, output, scratch);
                break;
            case "avx512vnni":
                MatrixS8.RunAvx512Vnni(packed, input, output, scratch);
                break;
            default:
                MatrixS8.RunAvx512(packed, input, output, scratch);
                break;
        }
    }

    private static TapGroup GroupOf(string name) => name switch
    {
        "vector128" => TapGroup.TapByTap,
        "avxvnni" or "avxvnni512" or "avx512vnni" => TapGroup.Quad,
        _ => TapGroup.Pair,
    };
}

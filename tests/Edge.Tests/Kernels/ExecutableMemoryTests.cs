using System.Globalization;
using System.Runtime.InteropServices;
using Edge.Inference.Kernels;

namespace Edge.Tests.Kernels;

public unsafe class ExecutableMemoryTests
{
    private static readonly byte[] code = [0x8d, 0x47, 0x01, 0xc3]; // lea eax, [rdi + 1]; ret

    [Fact]
    public void Code_runs_where_it_was_placed()
    {
        Assert.SkipUnless(RuntimeInformation.ProcessArchitecture == Architecture.X64, "the code is for x64");
        Assert.SkipUnless(ExecutableMemory.TryPlace(code, out nint start), "the system lets no memory become executable");
        Assert.Equal(42, ((delegate* unmanaged<int, int>)start)(41));
    }

    [Fact]
    public void Placed_code_cannot_be_written()
    {
        Assert.SkipUnless(ExecutableMemory.TryPlace(code, out nint start), "the system lets no memory become executable");
        Assert.Equal("r-xp", ProtectionOf(start));
    }

    [Fact]
    public void Memory_is_writable_before_and_then_asked_to_be_executable_only()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "machine code is placed on Linux alone");
        (string? before, int asked) = (null, 0);
        int Refuse(nint pages, nuint length, int protection)
        {
            (before, asked) = (ProtectionOf(pages), protection);
            return -1;
        }

        ExecutableMemory.TryPlace(code, Refuse, out _);
        Assert.Equal(("rw-p", 0b101), (before, asked));
    }

    [Fact]
    public void A_system_that_refuses_gets_its_memory_back()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "machine code is placed on Linux alone");
        nint asked = 0;
        Assert.False(ExecutableMemory.TryPlace(code, (pages, _, _) => { asked = pages; return -1; }, out nint start));
        Assert.Equal(0, start);
        Assert.NotEqual(0, asked);
        Assert.NotEqual("r-xp", ProtectionOf(asked));
    }

    [Fact]
    public void Nothing_of_the_kernels_is_writable_and_executable()
    {
        Assert.SkipUnless(Avx512Vnni.IsSupported, "this processor has no AVX512_VNNI, or the system lets no memory become executable");
        Assert.All(Avx512Vnni.Placed, start => Assert.Equal("r-xp", ProtectionOf(start)));
    }

    /// <summary>What may be done with the page at an address, as the system says; null where there is none.</summary>
    private static string? ProtectionOf(nint address)
    {
        foreach (string line in File.ReadLines("/proc/self/maps")) // "7f12a000-7f12b000 r-xp 00000000 00:00 0"
        {
            string[] fields = line.Split('-', ' ');
            if ((nuint)address >= Address(fields[0]) && (nuint)address < Address(fields[1]))
            {
                return line.Split(' ')[1];
            }
        }

        return null;
    }

    private static nuint Address(string hex) => nuint.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}

using System.Globalization;
using Edge.Features;
using Edge.Numerics;

namespace Edge.Tests.Features;

public class MicroFrontEndTests
{
    public static TheoryData<string, int, KernelSet> Oracles()
    {
        var data = new TheoryData<string, int, KernelSet>();
        foreach (string name in new[] { "speech", "dog", "synthetic" })
        {
            foreach (KernelSet kernels in InstructionSet.Supported)
            {
                data.Add(name, 10, kernels);
                data.Add(name, 20, kernels);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Oracles))]
    public void Gives_the_integers_of_the_C_library(string name, int hopMs, KernelSet kernels)
    {
        short[] sound = Signals.ReadWav(Repository.Shared("oracle", "micro-frontend", $"{name}.wav"));
        List<int[]> expected = ReadOracle(name, hopMs);
        FrontEnd frontEnd = FrontEnd.Create(new MicroOptions { HopSamples = 16 * hopMs }, kernels);

        Assert.Equal(expected, Frames.Read(frontEnd, sound));
        frontEnd.Reset();
        Assert.Equal(expected, Frames.ReadInPieces(frontEnd, sound, 700, seed: hopMs));
        frontEnd.Reset();
        Assert.Equal(expected, Frames.ReadInPieces(frontEnd, sound, 3, seed: hopMs));
    }

    [Fact]
    public void Feature_is_64_times_the_natural_logarithm()
    {
        FrontEnd frontEnd = FrontEnd.Create(new MicroOptions());
        Assert.Equal(6, frontEnd.FractionBits);
        Assert.Equal(40, frontEnd.Bins);
    }

    private static List<int[]> ReadOracle(string name, int hopMs) =>
    [
        .. File.ReadLines(Repository.Shared("oracle", "micro-frontend", $"{name}.step{hopMs}.txt"))
            .Where(line => line.Length > 0)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(field => int.Parse(field, CultureInfo.InvariantCulture)).ToArray()),
    ];
}

using Edge.Features;
using Edge.Numerics;

namespace Edge.Tests.Features;

public class FrontEndTests
{
    public static TheoryData<string> Kinds() => [.. Options.Keys];

    private static readonly Dictionary<string, FrontEndOptions> Options = new()
    {
        ["micro"] = new MicroOptions(),
        ["log-mel"] = new LogMelOptions(),
        ["mfcc"] = new MfccOptions(),
        ["pcm"] = new PcmOptions(),
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Kind_is_the_name_in_the_file_and_the_defaults_are_valid(string kind)
    {
        Assert.Equal(kind, Options[kind].Kind);
        Assert.Empty(Options[kind].Faults());
        Assert.Equal(Options[kind], FrontEnd.Create(Options[kind]).Options);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_stream_allocates_nothing(string kind)
    {
        short[] sound = Signals.Noise(16_000, 20_000);
        foreach (KernelSet kernels in InstructionSet.Supported)
        {
            FrontEnd frontEnd = FrontEnd.Create(Options[kind], kernels);
            var features = new int[frontEnd.Bins];
            Drain(frontEnd, sound, features);
            long before = GC.GetAllocatedBytesForCurrentThread();
            int frames = Drain(frontEnd, sound, features);
            frontEnd.Reset();
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.Equal(0, allocated);
            Assert.InRange(frames, 99, 101);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Reset_forgets_the_past(string kind)
    {
        FrontEnd frontEnd = FrontEnd.Create(Options[kind]);
        short[] sound = Signals.Noise(4_000, 3_000);
        List<int[]> fresh = Frames.Read(frontEnd, sound);
        frontEnd.Reset();
        Assert.Equal(fresh, Frames.Read(frontEnd, sound));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Too_few_places_for_the_features_are_refused(string kind)
    {
        FrontEnd frontEnd = FrontEnd.Create(Options[kind]);
        var fault = Assert.Throws<ArgumentException>(() =>
        {
            ReadOnlySpan<short> sound = new short[1_000];
            frontEnd.TryRead(ref sound, new int[frontEnd.Bins - 1]);
        });
        Assert.Contains($"{frontEnd.Bins}", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Hops_longer_than_the_window_skip_samples()
    {
        var options = new LogMelOptions { WindowSamples = 100, FftSize = 128, HopSamples = 250 };
        short[] sound = Signals.Noise(2_000, 3_000);
        FrontEnd frontEnd = FrontEnd.Create(options);
        List<int[]> frames = Frames.Read(frontEnd, sound);
        Assert.Equal(1 + (2_000 - 100) / 250, frames.Count);
        Assert.Equal(Frames.Read(FrontEnd.Create(options), sound.AsSpan(1_000, 100))[0], frames[4]);
        frontEnd.Reset();
        Assert.Equal(frames, Frames.ReadInPieces(frontEnd, sound, 90, seed: 2));
    }

    [Fact]
    public void Pcm_gives_the_samples()
    {
        short[] sound = Signals.Noise(1_000, 32_767);
        FrontEnd frontEnd = FrontEnd.Create(new PcmOptions { HopSamples = 300 });
        Assert.Equal(300, frontEnd.Bins);
        Assert.Equal(15, frontEnd.FractionBits);
        Assert.Equal(sound[..900].Select(x => (int)x), Frames.Read(frontEnd, sound).SelectMany(frame => frame));
    }

    [Fact]
    public void A_kind_from_elsewhere_is_refused()
    {
        var fault = Assert.Throws<ArgumentException>(() => FrontEnd.Create(new ForeignOptions()));
        Assert.Contains("'foreign'", fault.Message, StringComparison.Ordinal);
    }

    private static int Drain(FrontEnd frontEnd, ReadOnlySpan<short> sound, int[] features)
    {
        int frames = 0;
        while (frontEnd.TryRead(ref sound, features))
        {
            frames++;
        }

        return frames;
    }

    private sealed record ForeignOptions : FrontEndOptions
    {
        public override string Kind => "foreign";
    }
}

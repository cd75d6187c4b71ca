using Edge.Audio;
using Edge.Audio.Alsa;

namespace Edge.Tests.Audio.Alsa;

/// <summary>Overruns, sleep and unplugging, forced on a device whose samples say when they were captured: sample n of its clock is n.</summary>
public sealed class AlsaRecoveryTests : IDisposable
{
    private const int RateHz = 16_000;
    private const int ToleranceFrames = RateHz / 20; // another program may run between two looks at the clock

    private readonly string folder = Directory.CreateTempSubdirectory("edge-ramp-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void An_overrun_is_counted_filled_with_zeros_and_followed_by_sound_of_the_right_time()
    {
        using AlsaSource source = Open(ringMs: 60);
        var stream = new RampReader(source);
        stream.Read(RateHz / 4);
        for (int pause = 1; pause <= 3; pause++)
        {
            int before = stream.Gaps;
            Thread.Sleep(400); // the fault itself: 60 ms in the ring and 100 ms in the device is all that fits
            stream.ReadPastGap(before + 1);
            stream.Read(RateHz / 4);
        }

        Assert.InRange(stream.Gaps, 3, 20); // a machine that is busy makes more of them
        Assert.Equal(new CaptureCounters(stream.Gaps, 0, 0, stream.Zeros, 0), source.Counters);
        Assert.InRange(stream.Zeros, 3 * RateHz / 10, 10 * RateHz);
        Assert.InRange(stream.WorstError, 0, ToleranceFrames);
        Assert.Equal(TimeSpan.Zero, source.SkippedBefore(stream.Time));
    }

    [Fact]
    public void A_device_that_slept_goes_on_at_the_right_time()
    {
        using AlsaSource source = Open();
        var stream = new RampReader(source);
        stream.Read(RateHz / 4);
        Command("asleep", true);
        Thread.Sleep(300); // asleep for a while; the ring holds what came before
        Command("asleep", false);
        stream.ReadPastGap(1);
        stream.Read(RateHz / 4);
        Assert.Equal(new CaptureCounters(0, 0, 1, stream.Zeros, 0), source.Counters);
        Assert.InRange(stream.WorstError, 0, ToleranceFrames);
    }

    [Fact]
    public void A_device_that_was_unplugged_is_waited_for_and_goes_on_at_the_right_time()
    {
        using AlsaSource source = Open();
        var watch = new CaptureWatch(source);
        var stream = new RampReader(source);
        stream.Read(RateHz / 4);
        Assert.Empty(watch.Look());
        Command("gone", true);
        Assert.True(SpinWait.SpinUntil(() => source.State == CaptureState.WaitingForDevice, 10_000));
        Assert.Equal(CaptureFinding.NoDevice, Assert.Single(watch.Look()).Finding);
        Assert.Contains("No such device", source.Trouble);
        Assert.Empty(watch.Look());
        Command("gone", false);
        Assert.True(SpinWait.SpinUntil(() => source.State == CaptureState.Capturing, 10_000));
        Assert.Equal("is back", string.Join(' ', Assert.Single(watch.Look()).Text.Split(' ')[^2..]));
        stream.ReadPastGap(1);
        stream.Read(RateHz / 4);
        Assert.Equal(new CaptureCounters(0, 1, 0, stream.Zeros, 0), source.Counters);
        Assert.InRange(stream.WorstError, 0, ToleranceFrames);
        Assert.Null(source.Trouble);
    }

    [Fact]
    public void The_wall_clock_of_a_moment_is_the_one_at_which_it_was_heard()
    {
        using AlsaSource source = Open();
        var stream = new RampReader(source);
        DateTimeOffset before = DateTimeOffset.UtcNow;
        stream.Read(RateHz / 2);
        DateTimeOffset after = DateTimeOffset.UtcNow;
        Assert.InRange(source.TimeOf(TimeSpan.Zero), before - TimeSpan.FromMilliseconds(5), after);
        Assert.InRange(source.TimeOf(stream.Time), source.TimeOf(TimeSpan.Zero) + TimeSpan.FromMilliseconds(499), after + TimeSpan.FromMilliseconds(5));
    }

    private AlsaSource Open(int ringMs = AlsaCapture.RingMs) =>
        AlsaSource.Open(new AlsaOptions { Device = AlsaConfiguration.Ramp(folder), PeriodMs = 10, BufferMs = 100 }, ringMs);

    private void Command(string name, bool on)
    {
        string path = Path.Combine(folder, name);
        if (on)
        {
            File.WriteAllText(path, "");
        }
        else
        {
            File.Delete(path);
        }
    }
}

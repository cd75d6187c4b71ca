using Edge.Audio;
using Edge.Cli.Diagnosis;

namespace Edge.Tests.Cli.Diagnosis;

public class MicrophoneCheckTests
{
    [Theory]
    [InlineData(0, 16_000, Verdict.Warning, "nothing but silence")]
    [InlineData(3_277, 16_000, Verdict.Ok, "peaks at -20 dBFS")]
    [InlineData(-short.MinValue, 16_000, Verdict.Warning, "clips")]
    [InlineData(3_277, 0, Verdict.Fault, "gives no sound")]
    internal void A_second_is_heard_and_judged(int peak, int length, Verdict verdict, string found)
    {
        short[] samples = [.. Enumerable.Range(0, length).Select(i => (short)(i % 2 == 0 ? -peak : peak / 2))];
        Finding finding = Check(_ => ("S16_LE, 16000 Hz", samples));
        Assert.Equal(verdict, finding.Verdict);
        Assert.StartsWith("hw:1: S16_LE, 16000 Hz; ", finding.Found, StringComparison.Ordinal);
        Assert.Contains(found, finding.Found);
    }

    [Theory]
    [InlineData(-16, true, Verdict.Ok)]
    [InlineData(-16, false, Verdict.Fault)]
    [InlineData(-19, true, Verdict.Fault)]
    internal void A_device_that_does_not_open_is_a_fault_unless_the_service_has_it(int code, bool serviceRuns, Verdict verdict) =>
        Assert.Equal(verdict, Check(_ => throw new AudioDeviceException("hw:1 does not open.", "snd_pcm_open", code), serviceRuns).Verdict);

    [Fact]
    public void Nothing_is_heard_where_no_device_is_asked_for() => Assert.Empty(MicrophoneCheck.Run(new Machine { Hear = _ => throw new InvalidOperationException() }, null, false));

    private static Finding Check(Func<string, (string, short[])> hear, bool serviceRuns = false) =>
        Assert.Single(MicrophoneCheck.Run(new Machine { Hear = hear }, "hw:1", serviceRuns));
}

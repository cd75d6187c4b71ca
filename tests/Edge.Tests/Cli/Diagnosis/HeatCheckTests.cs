using Edge.Cli.Diagnosis;

namespace Edge.Tests.Cli.Diagnosis;

public sealed class HeatCheckTests : IDisposable
{
    private readonly FakeBoard board = FakeBoard.Pi4();

    public void Dispose() => board.Dispose();

    [Theory]
    [InlineData("48199", Verdict.Ok, "48.2 °C; slows down at 80 °C")]
    [InlineData("70000", Verdict.Warning, "70.0 °C; slows down at 80 °C")]
    [InlineData("81230", Verdict.Fault, "81.2 °C; slows down at 80 °C")]
    internal void Heat_is_told_before_the_processor_slows_down(string temperature, Verdict verdict, string found)
    {
        board.Write("/sys/class/thermal/thermal_zone0/temp", temperature);
        Finding finding = Find("temperature");
        Assert.Equal((verdict, found), (finding.Verdict, finding.Found));
    }

    [Fact]
    public void The_processor_s_own_sensor_counts_and_its_lowest_passive_trip_point()
    {
        board.Write("/proc/device-tree/model", "NVIDIA Jetson Nano Developer Kit");
        Zone(0, "AO-therm", "99000", "passive", "30000");
        Zone(1, "CPU-therm", "41500", "passive", "97000");
        Zone(2, "PMIC-Die", "100000", "passive", "50000");
        Zone(3, "CPU-broken", "-256000", "passive", "20000");
        Assert.Equal(new Temperature(41.5, 97), Temperature.Read(board.Machine));
    }

    [Theory]
    [InlineData("50005", Verdict.Fault, "now: under-voltage, throttled")]
    [InlineData("0x8", Verdict.Fault, "now: soft temperature limit")]
    [InlineData("0x20000", Verdict.Warning, "not now, but since the board was started: clock capped")]
    [InlineData("d0000", Verdict.Warning, "not now, but since the board was started: under-voltage, throttled, soft temperature limit")]
    [InlineData("0", Verdict.Ok, "none since the board was started")]
    internal void The_firmware_s_bits_are_put_into_words(string bits, Verdict verdict, string found)
    {
        board.Write("/sys/devices/platform/soc/soc:firmware/get_throttled", bits + "\n");
        Finding finding = Find("throttling");
        Assert.Equal((verdict, found), (finding.Verdict, finding.Found));
        Assert.Equal(found.Contains("under-voltage", StringComparison.Ordinal), finding.Advice?.Contains("supply", StringComparison.Ordinal) == true);
    }

    [Fact]
    public void What_the_firmware_of_other_boards_says_is_no_throttling()
    {
        board.Write("/sys/devices/platform/soc/soc:firmware/get_throttled", "unknown");
        Assert.Null(Throttling.Read(board.Machine));
    }

    [Theory]
    [InlineData("ondemand", "cpufreq-dt", "1800000", Verdict.Ok)]
    [InlineData("powersave", "cpufreq-dt", "1800000", Verdict.Warning)]
    [InlineData("powersave", "intel_pstate", "1800000", Verdict.Ok)]
    [InlineData("ondemand", "cpufreq-dt", "600000", Verdict.Warning)]
    internal void A_clock_that_is_held_low_is_told_of(string governor, string driver, string allowed, Verdict verdict)
    {
        const string Policy = "/sys/devices/system/cpu/cpufreq/policy0";
        board.Write($"{Policy}/scaling_governor", governor);
        board.Write($"{Policy}/scaling_driver", driver);
        board.Write($"{Policy}/scaling_max_freq", allowed);
        Assert.Equal(verdict, Find("clock rate").Verdict);
    }

    private void Zone(int number, string type, string temperature, string trip, string tripTemperature)
    {
        board.Write($"/sys/class/thermal/thermal_zone{number}/type", type);
        board.Write($"/sys/class/thermal/thermal_zone{number}/temp", temperature);
        board.Write($"/sys/class/thermal/thermal_zone{number}/trip_point_0_type", trip);
        board.Write($"/sys/class/thermal/thermal_zone{number}/trip_point_0_temp", tripTemperature);
    }

    private Finding Find(string check) => Assert.Single(HeatCheck.Run(board.Machine), finding => finding.Check == check);
}

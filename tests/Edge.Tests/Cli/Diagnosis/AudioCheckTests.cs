using Edge.Cli.Diagnosis;

namespace Edge.Tests.Cli.Diagnosis;

public sealed class AudioCheckTests : IDisposable
{
    private FakeBoard board = FakeBoard.Pi4();

    public void Dispose() => board.Dispose();

    [Theory]
    [InlineData(null)]
    [InlineData("default")]
    [InlineData("hw:1")]
    [InlineData("hw:1,0")]
    [InlineData("plughw:CARD=Device,DEV=0")]
    public void A_card_that_records_is_found_by_number_and_by_id(string? device)
    {
        Finding finding = Assert.Single(AudioCheck.Run(board.Machine, device));
        Assert.Equal((Verdict.Ok, "hw:1,0 USB Audio"), (finding.Verdict, finding.Found));
    }

    [Theory]
    [InlineData("hw:2")]
    [InlineData("plughw:CARD=Other,DEV=0")]
    public void A_device_of_a_card_that_is_not_there_is_a_fault_that_names_those_that_are(string device)
    {
        Finding fault = AudioCheck.Run(board.Machine, device).First();
        Assert.Equal(Verdict.Fault, fault.Verdict);
        Assert.Contains("1 [Device] USB PnP Sound Device", fault.Found);
    }

    [Fact]
    public void A_card_that_only_plays_is_no_microphone()
    {
        board.Write("/proc/asound/pcm", "00-00: bcm2835 Headphones : bcm2835 Headphones : playback 8\n");
        Assert.Equal(Verdict.Fault, Assert.Single(AudioCheck.Run(board.Machine, "default")).Verdict);
        Assert.Equal(Verdict.Warning, Assert.Single(AudioCheck.Run(board.Machine, null)).Verdict);
    }

    [Fact]
    public void A_user_outside_the_group_is_told_the_group_and_its_members()
    {
        Machine closed = new(board.PathTo("/")) { MayUse = path => !path.EndsWith("pcmC1D0c", StringComparison.Ordinal), HasLibrary = _ => true };
        Finding finding = Assert.Single(AudioCheck.Run(closed, "default"));
        Assert.Equal(Verdict.Fault, finding.Verdict);
        Assert.Contains("may not open /dev/snd/pcmC1D0c; group audio has pi,edge", finding.Found);
        Assert.Contains("usermod -aG audio", finding.Advice);
    }

    [Fact]
    public void A_container_without_its_devices_is_told_of()
    {
        board.Delete("/dev/snd");
        Assert.Contains("/dev/snd/pcmC1D0c does not exist", Assert.Single(AudioCheck.Run(board.Machine, "hw:1")).Found);
    }

    [Fact]
    public void A_missing_libasound_is_told_of_with_its_packages()
    {
        Machine bare = new(board.PathTo("/")) { MayUse = _ => true, HasLibrary = _ => false };
        Finding fault = AudioCheck.Run(bare, "default").First();
        Assert.Equal(Verdict.Fault, fault.Verdict);
        Assert.Contains("libasound2", fault.Advice);
    }
}

using System.Runtime.InteropServices;
using System.Text.Json;
using Edge.Audio;
using Edge.Cli;
using Edge.Tests.Detection;

namespace Edge.Tests.Cli;

/// <summary>Listening to pipes, and the streams of a process.</summary>
public sealed partial class ProgramTests
{
    [Fact]
    public void Listen_hears_bare_pcm_and_forgives_an_end_inside_a_sample()
    {
        byte[] pcm = [.. MemoryMarshal.AsBytes<short>(Words), 0x7F];
        (int code, string[] lines, string errors) = RunOn(new MemoryStream(pcm), "listen", "--model", model, "--json", "-");
        Assert.Equal((ExitCode.Done, 2), (code, lines.Length));
        Assert.Contains("inside a frame", errors);
        Assert.Equal("stdin", JsonDocument.Parse(lines[0]).RootElement.GetProperty("file").GetString());
    }

    [Fact]
    public void Listen_ends_cleanly_where_the_pipe_closes_within_a_word()
    {
        byte[] pcm = MemoryMarshal.AsBytes<short>(Words.AsSpan(0, 16_000 * 53 / 100)).ToArray();
        foreach (Stream pipe in (Stream[])[new MemoryStream(pcm), Stream.Null])
        {
            (int code, string[] lines, string errors) = RunOn(pipe, "listen", "--model", model, "-");
            Assert.Equal((ExitCode.Done, 0, ""), (code, lines.Length, errors));
        }
    }

    [Fact]
    public void Listen_closes_events_where_the_pipe_ends()
    {
        string sounds = TinyModel.Write(folder, "sounds", detection: TinyModel.SoundEvents);
        byte[] pcm = MemoryMarshal.AsBytes<short>(Words.AsSpan(0, 16_000 * 60 / 100)).ToArray();
        Assert.Contains("0.50-0.60 s  high", Assert.Single(RunOn(new MemoryStream(pcm), "listen", "--model", sounds, "-").Lines));
    }

    [Fact]
    public void Listen_closes_events_where_it_is_asked_to_end_while_it_waits_for_sound()
    {
        string sounds = TinyModel.Write(folder, "sounds", detection: TinyModel.SoundEvents);
        using var end = new CancellationTokenSource();
        using var pipe = new StalledPipe(MemoryMarshal.AsBytes<short>(Words.AsSpan(0, 16_000 * 60 / 100)).ToArray(), end.Cancel);
        var output = new MemoryStream();
        var errors = new StringWriter();
        Assert.Equal(ExitCode.Done, Program.Run(["listen", "--model", sounds, "-"], new StandardStreams(pipe, output, errors), end.Token));
        Assert.Contains("0.50-0.60 s  high", System.Text.Encoding.UTF8.GetString(output.ToArray()));
        Assert.Equal("", errors.ToString());
    }

    [Fact]
    public void Listen_ends_where_it_is_asked_to_before_any_sound_has_come()
    {
        using var end = new CancellationTokenSource();
        using var pipe = new StalledPipe([], end.Cancel);
        Assert.Equal(ExitCode.Done, Program.Run(["listen", "--model", model, "-"], new StandardStreams(pipe, Stream.Null, new StringWriter()), end.Token));
    }

    [Fact]
    public void A_closed_standard_stream_is_told()
    {
        (int code, _, string errors) = RunOn(new ClosedStream("Standard input"), "listen", "--model", model, "-");
        Assert.Equal(ExitCode.BadInputFile, code);
        Assert.Contains("Standard input is closed", errors);
        var messages = new StringWriter();
        Assert.Equal(ExitCode.WorkFailed, Program.Run(["inspect", model], new StandardStreams(Stream.Null, new ClosedStream("Standard output"), messages), TestContext.Current.CancellationToken));
        Assert.Contains("Standard output is closed", messages.ToString());
    }

    [Fact]
    public void Listen_takes_the_rate_and_channels_of_a_pipe_from_its_options_or_its_header()
    {
        short[] stereo = [.. TinyModel.Sound(48_000, (0, 500), (TinyModel.Loud, 200), (0, 500)).SelectMany(s => (short[])[s, s])];
        var bare = new MemoryStream(MemoryMarshal.AsBytes<short>(stereo).ToArray());
        var withHeader = new MemoryStream();
        WavWriter.Write(withHeader, stereo, 48_000, channels: 2);
        withHeader.Position = 0;
        string[] expected = RunOn(bare, "listen", "--model", model, "--rate", "48000", "--channels=2", "-").Lines;
        Assert.Single(expected);
        Assert.Equal(expected, RunOn(withHeader, "listen", "--model", model, "-").Lines);
    }

    [Fact]
    public void Each_event_is_handed_over_as_soon_as_it_is_heard()
    {
        var output = new MemoryStream();
        var input = new WatchedPipe(MemoryMarshal.AsBytes<short>(Words).ToArray(), () => output.Length);
        Assert.Equal(ExitCode.Done, Program.Run(["listen", "--model", model, "-"], new StandardStreams(input, output, new StringWriter()), TestContext.Current.CancellationToken));
        // The first word is heard at 0.55 s and must be out before the second comes in at 1.0 s.
        Assert.True(input.WrittenWhenRead(16_000 * sizeof(short) * 9 / 10) > 0);
        Assert.Equal(0, input.WrittenWhenRead(16_000 * sizeof(short) / 2));
    }

    [Theory]
    [InlineData(32, ExitCode.Done, "")] // EPIPE: whoever read the results has seen enough
    [InlineData(28, ExitCode.WorkFailed, "no room")] // ENOSPC
    public void A_closed_output_ends_quietly_and_a_full_disk_does_not(int errno, int expected, string message)
    {
        var errors = new StringWriter();
        var output = new BrokenOutput(errno, "no room");
        foreach (string[] command in (string[][])[["run", "--model", model, recording], ["inspect", model], ["run", "--help"]])
        {
            Assert.Equal(expected, Program.Run(command, new StandardStreams(Stream.Null, output, errors), TestContext.Current.CancellationToken));
        }

        Assert.Contains(message, errors.ToString());
        Assert.Equal(message.Length == 0, errors.ToString().Length == 0);
    }
}

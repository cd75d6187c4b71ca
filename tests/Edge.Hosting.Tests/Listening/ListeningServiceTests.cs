using Edge.Audio;
using Edge.Detection;
using Edge.Hosting.Actions;
using Edge.Hosting.Listening;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Edge.Hosting.Tests.Listening;

public class ListeningServiceTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Events_come_with_the_wall_clock_and_the_time_that_the_source_skipped()
    {
        var source = new ScriptedSource(TestModels.Keywords[..(10 * TestModels.RateHz)].ToArray()) { Skipped = TimeSpan.FromMinutes(3) };
        await using var fixture = new HostFixture(source, TestModels.Options(TestModels.WakeWords("words")));
        await fixture.Host.StartAsync(Token);
        await fixture.Stopped; // the sound ends, and the host with it
        await fixture.Host.StopAsync(Token);

        DeviceEvent[] heard = [.. fixture.Heard];
        Assert.Equal(["computer", "alexa"], heard.Select(one => one.Heard.Label));
        Assert.Equal([1L, 2L], heard.Select(one => one.Sequence));
        Assert.All(heard, one => Assert.Equal(("script", "words"), (one.Source, one.Heard.Model)));
        Assert.Equal(TimeSpan.FromSeconds(3.58), heard[0].Heard.Start);
        Assert.Equal(source.Began + heard[0].Heard.Start, heard[0].Time);
        Assert.Equal(TimeSpan.FromSeconds(7.04) + source.Skipped, heard[1].Heard.Start);
        Assert.Equal(source.Began + heard[1].Heard.Start, heard[1].Time);
        Assert.Contains("script has ended after 00:00:10.", fixture.Log);
    }

    [Fact]
    public async Task A_graceful_stop_closes_events_under_way_and_loses_none_that_was_posted()
    {
        // The emotion of an utterance is told when it ends, here by the stop; every action is slow until then.
        var slow = new TaskCompletionSource();
        var source = new ScriptedSource(TestModels.Keywords[..(8 * TestModels.RateHz)].ToArray()) { Endless = true };
        await using var fixture = new HostFixture(source, TestModels.Options(TestModels.WakeWords("words"), TestModels.Bundled("speech-emotion")), ready: slow.Task);
        await fixture.Host.StartAsync(Token);
        await HostFixture.Until(() => fixture.Listening.Thread!.Heard == TimeSpan.FromSeconds(8));
        Assert.Empty(fixture.Heard);

        Task stop = fixture.Host.StopAsync(Token);
        await HostFixture.Until(() => fixture.Listening.Thread!.Completion.IsCompleted);
        slow.SetResult();
        await stop;
        Assert.Equal(["computer", "alexa", "boredom"], fixture.Heard.Select(one => one.Heard.Label));
        Assert.Equal(new ActionCounters(3, 3, 0, 0, 0, 0), fixture.Listening.Queues[0].Counters);
    }

    [Fact]
    public async Task A_source_that_never_opens_does_not_keep_the_host_from_stopping()
    {
        using var never = new ManualResetEventSlim();
        await using var fixture = new HostFixture(new ScriptedSource([]) { Door = never }, TestModels.Options(TestModels.WakeWords("words")));
        Task start = fixture.Host.StartAsync(Token);
        fixture.Host.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        Task patience = Task.Delay(TimeSpan.FromSeconds(60), Token);
        Assert.Same(start, await Task.WhenAny(start, patience));
        await fixture.Host.StopAsync(Token);
        Assert.Null(fixture.Listening.Thread);
        never.Set();
    }

    [Fact]
    public async Task A_source_that_fails_stops_the_host_after_what_was_heard_and_says_why()
    {
        var source = new ScriptedSource(TestModels.Keywords[..(8 * TestModels.RateHz)].ToArray()) { Failure = new AudioDeviceException("The card burns.", "snd_pcm_readi", -5) };
        await using var fixture = new HostFixture(source, TestModels.Options(TestModels.WakeWords("words")));
        await fixture.Host.StartAsync(Token);
        await fixture.Stopped;
        await fixture.Host.StopAsync(Token);

        Assert.Same(source.Failure, fixture.Listening.Fault);
        Assert.Contains("Listening failed: The card burns.", fixture.Log);
        Assert.Equal(2, fixture.Heard.Count);
    }

    [Fact]
    public async Task A_device_that_is_missing_at_the_start_is_waited_for_and_heard_from_its_first_sample_on()
    {
        var source = new ScriptedSource(TestModels.Keywords[..(8 * TestModels.RateHz)].ToArray()) { Missing = ScriptedSource.Unplugged };
        await using var fixture = new HostFixture(source, TestModels.Options(TestModels.WakeWords("words")));
        await fixture.Host.StartAsync(Token);
        Assert.Equal((SoundFlow.Waiting, source.Missing.Message), (fixture.Listening.Flow, fixture.Listening.WaitingFor));
        Assert.Null(fixture.Listening.Thread);

        source.Missing = null;
        await fixture.Stopped; // the sound ends, and the host with it
        await fixture.Host.StopAsync(Token);
        Assert.Equal(["computer", "alexa"], fixture.Heard.Select(one => one.Heard.Label));
        Assert.Equal(["script: there is no such device. Plug it in. Waiting for it.", "Listening to script at 16000 Hz with words."], fixture.Log.Where(line => line.Contains("script", StringComparison.Ordinal)).Take(2));
        Assert.Null(fixture.Listening.WaitingFor);
    }

    [Fact]
    public async Task A_stop_ends_the_wait_for_a_device()
    {
        var source = new ScriptedSource([]) { Missing = ScriptedSource.Unplugged };
        await using var fixture = new HostFixture(source, TestModels.Options(TestModels.WakeWords("words")));
        await fixture.Host.StartAsync(Token);
        Assert.False(fixture.Listening.Beginning.IsCompleted);
        await fixture.Host.StopAsync(Token);
        Assert.True(fixture.Listening.Beginning.IsCompletedSuccessfully);
        Assert.Null(fixture.Listening.Thread);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_device_of_which_waiting_makes_nothing_better_stops_the_host(bool whileWaiting)
    {
        var fault = new AudioDeviceException("script: no syntax of a device.", "snd_pcm_open", -22);
        var source = new ScriptedSource([]) { Missing = whileWaiting ? ScriptedSource.Unplugged : fault };
        await using var fixture = new HostFixture(source, TestModels.Options(TestModels.WakeWords("words")));
        Task start = fixture.Host.StartAsync(Token);
        if (whileWaiting)
        {
            await start;
            source.Missing = fault;
            await fixture.Stopped;
            Assert.Same(fault, fixture.Listening.Fault);
        }
        else
        {
            Assert.Same(fault, await Assert.ThrowsAsync<AudioDeviceException>(() => start));
        }
    }

    [Fact]
    public async Task Faults_of_all_options_stop_the_host_at_its_start()
    {
        await using var fixture = new HostFixture(new ScriptedSource([]), new EdgeOptions { CpuBudget = -1 });
        OptionsValidationException e = await Assert.ThrowsAsync<OptionsValidationException>(() => fixture.Host.StartAsync(Token));
        Assert.Equal(2, e.Failures.Count());
    }

    [Fact]
    public async Task Faults_of_all_models_stop_the_host_at_its_start()
    {
        string path = Path.GetTempFileName();
        await using var fixture = new HostFixture(new ScriptedSource([]), TestModels.Options(
            new ModelOptions { Path = path },
            new ModelOptions { Path = path + ".edge" },
            TestModels.Bundled("speech-encoder"),
            TestModels.WakeWords("words"),
            TestModels.WakeWords("more", when: new CascadeOptions { Model = "words", Label = "alexandra" })));
        InvalidDataException e = await Assert.ThrowsAsync<InvalidDataException>(() => fixture.Host.StartAsync(Token));
        File.Delete(path);
        string[] lines = e.Message.Split(Environment.NewLine);
        Assert.Equal(4, lines.Length);
        Assert.StartsWith($"Models[0]: {path} is not a usable model", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("Models[1]: ", lines[1], StringComparison.Ordinal);
        Assert.Contains("is an encoder", lines[2], StringComparison.Ordinal);
        Assert.StartsWith("Models[4].When.Label is 'alexandra'; words tells of ", lines[3], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_flow_of_sound_is_told_apart_from_a_device_that_is_waited_for_and_one_that_hangs()
    {
        var clock = new SteppedClock();
        using var bank = new BankFixture(TestModels.Options(TestModels.WakeWords("words")));
        var source = new ScriptedSource(new short[TestModels.RateHz]) { Endless = true };
        var thread = new ListeningThread(source, new SourceOptions(), bank.Bank, new EventPost(source, [], bank.Metrics, clock), clock);
        thread.Start();
        await HostFixture.Until(() => thread.Heard == TimeSpan.FromSeconds(1));
        Assert.Equal(SoundFlow.Flowing, thread.Flow);
        clock.Now += ListeningThread.LongestSilence + TimeSpan.FromSeconds(1);
        Assert.Equal(SoundFlow.Stuck, thread.Flow);
        source.State = CaptureState.WaitingForDevice;
        Assert.Equal(SoundFlow.Waiting, thread.Flow);
        await thread.StopAsync();
        Assert.Equal(SoundFlow.Ended, thread.Flow);
    }

    [Fact]
    public async Task A_read_that_never_returns_does_not_keep_events_from_being_closed()
    {
        using var bank = new BankFixture(TestModels.Options(TestModels.Bundled("speech-emotion")));
        using var pipe = new System.IO.Pipes.AnonymousPipeServerStream();
        var source = new RawPcmSource(new System.IO.Pipes.AnonymousPipeClientStream(pipe.GetClientHandleAsString()), TestModels.RateHz);
        var thread = new ListeningThread(source, new SourceOptions(), bank.Bank, new EventPost(source, [], bank.Metrics, TimeProvider.System));
        thread.Start();
        ReadOnlySpan<short> sound = TestModels.Keywords[(3 * TestModels.RateHz)..(6 * TestModels.RateHz)];
        pipe.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(sound));
        await HostFixture.Until(() => thread.Heard == TimeSpan.FromSeconds(3));
        Assert.Empty(bank.Heard);
        await thread.StopAsync();
        Assert.Equal("boredom", Assert.Single(bank.Heard).Label);
    }

    private sealed class SteppedClock : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}

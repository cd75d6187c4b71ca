using System.Net.Sockets;
using System.Text;
using Edge.Audio;
using Edge.Hosting.Systemd;
using Microsoft.Extensions.DependencyInjection;

namespace Edge.Hosting.Tests.Systemd;

[Collection("environment")] // of the process: one test at a time
public sealed class ServiceManagerTests : IDisposable
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    private readonly string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.sock");

    public void Dispose() => File.Delete(path);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Messages_arrive_at_sockets_with_a_path_and_at_abstract_ones(bool isAbstract)
    {
        string name = isAbstract ? $"@edge-{Guid.NewGuid():N}" : path;
        using Socket manager = Listen(name);
        using var service = new ServiceManager(name);
        service.Notify("READY=1\nSTATUS=Listening");
        Assert.Equal("READY=1\nSTATUS=Listening", Receive(manager));
    }

    [Fact]
    public void Without_a_manager_nothing_happens()
    {
        using var service = new ServiceManager(null);
        service.Notify("READY=1");
        Assert.False(service.IsPresent);
    }

    [Fact]
    public void A_manager_that_is_gone_and_comes_back_hears_the_next_message()
    {
        using var service = new ServiceManager(path);
        service.Notify("STATUS=lost");
        using Socket manager = Listen(path);
        service.Notify("STATUS=heard");
        Assert.Equal("STATUS=heard", Receive(manager));
    }

    [Fact]
    public void The_environment_names_the_manager_and_its_watchdog_and_is_cleared()
    {
        using Socket manager = Listen(path);
        Environment.SetEnvironmentVariable("NOTIFY_SOCKET", path);
        Environment.SetEnvironmentVariable("WATCHDOG_USEC", "30000000");
        Environment.SetEnvironmentVariable("WATCHDOG_PID", "1"); // another process's
        using var other = ServiceManager.FromEnvironment();
        Assert.True(other.IsPresent);
        Assert.Null(other.Watchdog);
        Assert.Null(Environment.GetEnvironmentVariable("NOTIFY_SOCKET"));

        Environment.SetEnvironmentVariable("WATCHDOG_USEC", "30000000");
        Environment.SetEnvironmentVariable("WATCHDOG_PID", $"{Environment.ProcessId}");
        using var own = ServiceManager.FromEnvironment();
        Assert.Equal(TimeSpan.FromSeconds(30), own.Watchdog);
    }

    [Fact]
    public async Task The_manager_hears_that_models_listen_that_sound_flows_and_that_the_service_stops()
    {
        using Socket manager = Listen(path);
        var source = new ScriptedSource(new short[TestModels.RateHz]) { Endless = true };
        await using var fixture = new HostFixture(
            source, TestModels.Options(TestModels.WakeWords("words")),
            services => services.AddSingleton(new ServiceManager(path, TimeSpan.FromMilliseconds(20))).AddEdgeServiceManager());
        await fixture.Host.StartAsync(Token);
        Assert.StartsWith("READY=1\nSTATUS=Listening to script with 1 model; ", Receive(manager), StringComparison.Ordinal);
        Assert.StartsWith("WATCHDOG=1\nSTATUS=Listening to script", Receive(manager), StringComparison.Ordinal);
        source.State = CaptureState.WaitingForDevice;
        Assert.Equal("WATCHDOG=1\nSTATUS=Waiting for sound from script: unplugged", ReceiveUntil(manager, "Waiting"));
        Task stop = fixture.Host.StopAsync(Token);
        Assert.StartsWith("STOPPING=1\n", ReceiveUntil(manager, "STOPPING"), StringComparison.Ordinal);
        await stop;
    }

    [Fact]
    public async Task The_manager_hears_what_is_waited_for_and_that_the_service_lives()
    {
        using Socket manager = Listen(path);
        var source = new ScriptedSource(new short[TestModels.RateHz]) { Endless = true, Missing = ScriptedSource.Unplugged };
        await using var fixture = new HostFixture(
            source, TestModels.Options(TestModels.WakeWords("words")),
            services => services.AddSingleton(new ServiceManager(path, TimeSpan.FromMilliseconds(20))).AddEdgeServiceManager());
        await fixture.Host.StartAsync(Token);
        Assert.Equal("READY=1\nSTATUS=Waiting for script: there is no such device. Plug it in.", Receive(manager));
        Assert.Equal("WATCHDOG=1\nSTATUS=Waiting for script: there is no such device. Plug it in.", Receive(manager));
        source.Missing = null;
        Assert.StartsWith("WATCHDOG=1\nSTATUS=Listening to script", ReceiveUntil(manager, "Listening"), StringComparison.Ordinal);
    }

    private static Socket Listen(string name)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 60_000 };
        socket.Bind(new UnixDomainSocketEndPoint(name[0] == '@' ? $"\0{name[1..]}" : name));
        return socket;
    }

    private static string ReceiveUntil(Socket manager, string word)
    {
        string message = Receive(manager);
        while (!message.Contains(word, StringComparison.Ordinal))
        {
            message = Receive(manager);
        }

        return message;
    }

    private static string Receive(Socket manager)
    {
        byte[] buffer = new byte[4096];
        return Encoding.UTF8.GetString(buffer, 0, manager.Receive(buffer));
    }
}

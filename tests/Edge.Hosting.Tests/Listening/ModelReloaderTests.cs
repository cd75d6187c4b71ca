using Edge.Hosting.Listening;
using Microsoft.Extensions.DependencyInjection;

namespace Edge.Hosting.Tests.Listening;

public sealed class ModelReloaderTests : IDisposable
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    private readonly string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.edge");

    public ModelReloaderTests() => File.Copy(TestModels.WakeWordsPath, path);

    public void Dispose() => File.Delete(path);

    [Fact]
    public async Task Files_replaced_mid_stream_by_a_bad_one_and_a_good_one_lose_no_sound_and_no_event()
    {
        // Sound waits at 4 s and at 16.8 s, both within a word.
        var source = new ScriptedSource(TestModels.Keywords[..(25 * TestModels.RateHz)].ToArray(), 4 * TestModels.RateHz, 168 * TestModels.RateHz / 10);
        await using var fixture = new HostFixture(source, TestModels.Options(new ModelOptions { Name = "words", Path = path }));
        await fixture.Host.StartAsync(Token);
        var reloader = fixture.Host.Services.GetRequiredService<ModelReloader>();
        ModelRunner runner = fixture.Listening.Bank!.Runners[0];
        await HostFixture.Until(() => fixture.Listening.Thread!.Heard == TimeSpan.FromSeconds(4));

        // Half a file, written over the one that listens: cp does so.
        LoadedModel first = runner.Loaded;
        byte[] whole = await File.ReadAllBytesAsync(path, Token);
        await File.WriteAllBytesAsync(path, whole.AsMemory(0, whole.Length / 2), Token);
        reloader.Reload();
        await HostFixture.Until(() => fixture.Log.Any(line => line.StartsWith("words goes on with the model it has; the new one is refused: ", StringComparison.Ordinal)));
        source.Open(0);
        await HostFixture.Until(() => fixture.Listening.Thread!.Heard == TimeSpan.FromSeconds(16.8));
        Assert.Same(first, runner.Loaded);

        await File.WriteAllBytesAsync(path, whole, Token);
        reloader.Reload();
        await HostFixture.Until(() => fixture.Page.Page().Contains("edge_model_reloads_total{model=\"words\",outcome=\"taken\"} 1", StringComparison.Ordinal));
        source.Open(1);
        await fixture.Stopped;
        await fixture.Host.StopAsync(Token);

        Assert.NotSame(first, runner.Loaded);
        Assert.Contains(fixture.Log, line => line.StartsWith($"words: the new {path} listens from 00:00:", StringComparison.Ordinal));
        Assert.Equal(BankFixture.Alone("words", TestModels.Keywords[..(25 * TestModels.RateHz)]), fixture.Heard.Select(heard => heard.Heard));
        Assert.Contains("edge_audio_heard_seconds_total 25\n", fixture.Page.Page());
    }

    [Fact]
    public void A_wish_that_comes_after_the_end_is_passed_over()
    {
        var fixture = new HostFixture(new ScriptedSource([]), TestModels.Options(new ModelOptions { Name = "words", Path = path }));
        var reloader = fixture.Host.Services.GetRequiredService<ModelReloader>();
        fixture.Host.Dispose();
        reloader.Reload();
    }

    [Fact]
    public async Task A_change_is_loaded_once_it_stands_still_and_a_touch_is_none()
    {
        var source = new ScriptedSource([]) { Endless = true };
        await using var fixture = new HostFixture(source, TestModels.Options(new ModelOptions { Name = "words", Path = path }));
        await fixture.Host.Services.GetRequiredService<ListeningService>().StartAsync(Token);
        using var reloader = ActivatorUtilities.CreateInstance<ModelReloader>(fixture.Host.Services);
        byte[] whole = await File.ReadAllBytesAsync(path, Token);
        reloader.Look(force: false);
        reloader.Look(force: false);
        reloader.Look(force: false);
        Assert.DoesNotContain("edge_model_reloads_total", fixture.Page.Page());

        Write(whole.AsSpan(0, 1_000), minute: 1);
        reloader.Look(force: false);
        Write(whole.AsSpan(0, 2_000), minute: 2); // still being written
        reloader.Look(force: false);
        Assert.DoesNotContain("edge_model_reloads_total", fixture.Page.Page());
        reloader.Look(force: false);
        reloader.Look(force: false);
        Assert.Contains("edge_model_reloads_total{model=\"words\",outcome=\"refused\"} 1\n", fixture.Page.Page());

        Write(whole, minute: 3);
        Look(reloader, times: 3);
        Write(whole, minute: 4); // touched
        Look(reloader, times: 3);
        Assert.Contains("edge_model_reloads_total{model=\"words\",outcome=\"taken\"} 1\n", fixture.Page.Page());
        File.Delete(path);
        Look(reloader, times: 3);
        Assert.Contains("edge_model_reloads_total{model=\"words\",outcome=\"refused\"} 2\n", fixture.Page.Page());
    }

    [Fact]
    public async Task A_model_without_the_label_that_another_waits_for_is_refused()
    {
        var source = new ScriptedSource([]) { Endless = true };
        await using var fixture = new HostFixture(source, TestModels.Options(
            new ModelOptions { Name = "words", Path = path }, TestModels.WakeWords("gated", when: new CascadeOptions { Model = "words", Label = "alexa" })));
        await fixture.Host.StartAsync(Token);
        File.Copy(TestModels.Bundled("digits").Path, path, overwrite: true);
        fixture.Host.Services.GetRequiredService<IModelReloader>().Reload();
        await HostFixture.Until(() => fixture.Log.Any(line => line.Contains("refused: Models[1].When.Label is 'alexa'; words tells of zero", StringComparison.Ordinal)));
    }

    private static void Look(ModelReloader reloader, int times)
    {
        for (int i = 0; i < times; i++)
        {
            reloader.Look(force: false);
        }
    }

    private void Write(ReadOnlySpan<byte> bytes, int minute)
    {
        File.WriteAllBytes(path, bytes);
        File.SetLastWriteTimeUtc(path, new DateTime(2026, 1, 1, 0, minute, 0, DateTimeKind.Utc));
    }
}

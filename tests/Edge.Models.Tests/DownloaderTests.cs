using System.Security.Cryptography;
using System.Text;

namespace Edge.Models.Tests;

public sealed class DownloaderTests : IDisposable
{
    private const int Length = 200_000;

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("edge-download-");
    private readonly FileServer server = new();
    private readonly byte[] content = RandomNumberGenerator.GetBytes(Length);
    private readonly CatalogueFile file;
    private long progress;

    public DownloaderTests()
    {
        content[0] = 0x20;
        file = new CatalogueFile(new Uri(server.Address, "/models/net.tflite"), Length, Convert.ToHexStringLower(SHA256.HashData(content)));
        server.Files["/models/net.tflite"] = content;
    }

    private string Target => Path.Combine(folder.FullName, "new", file.Name);

    private string Part => $"{Target}.part";

    public void Dispose()
    {
        server.Dispose();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_file_is_downloaded()
    {
        await Download();
        Arrived("GET /models/net.tflite HTTP/1.1");
    }

    [Fact]
    public async Task A_redirection_is_followed()
    {
        server.Files["/elsewhere"] = content;
        server.RedirectTo = "/elsewhere";
        await Download();
        Arrived("GET /models/net.tflite HTTP/1.1", "GET /elsewhere HTTP/1.1");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_connection_that_is_cut_goes_on_where_it_was(bool tellsLength)
    {
        server.TellsLength = tellsLength;
        server.CutAfter.Enqueue(70_000);
        server.CutAfter.Enqueue(50_000);
        await Download();
        Arrived("GET /models/net.tflite HTTP/1.1", "GET /models/net.tflite HTTP/1.1 bytes=70000-", "GET /models/net.tflite HTTP/1.1 bytes=120000-");
    }

    [Fact]
    public async Task A_connection_that_breaks_more_often_than_it_may_without_progress_still_gets_there()
    {
        for (int i = 0; i < 9; i++)
        {
            server.CutAfter.Enqueue(20_000);
        }

        await Download();
        Assert.Equal(10, server.Requests.Count);
    }

    [Fact]
    public async Task A_later_run_resumes_what_an_earlier_one_left()
    {
        await Interrupt(70_000);
        Assert.Equal(70_000, new FileInfo(Part).Length);
        await Download();
        Arrived("GET /models/net.tflite HTTP/1.1", "GET /models/net.tflite HTTP/1.1 bytes=70000-");
    }

    [Fact]
    public async Task A_server_that_has_another_file_by_now_is_asked_for_the_whole()
    {
        await Interrupt(70_000);
        File.WriteAllBytes(Part, new byte[70_000]);
        server.Tag = "\"two\"";
        await Download();
        Arrived("GET /models/net.tflite HTTP/1.1", "GET /models/net.tflite HTTP/1.1 bytes=70000-");
    }

    [Theory]
    [InlineData("\"one\"")]
    [InlineData(null)]
    public async Task A_part_of_another_file_is_found_out_in_the_end(string? tag)
    {
        server.Tag = tag;
        await Interrupt(70_000);
        File.WriteAllBytes(Part, new byte[70_000]);
        await Download();
        Arrived("GET /models/net.tflite HTTP/1.1", "GET /models/net.tflite HTTP/1.1 bytes=70000-", "GET /models/net.tflite HTTP/1.1");
    }

    [Fact]
    public async Task A_part_that_is_too_long_is_dropped()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Target)!);
        File.WriteAllBytes(Part, new byte[Length + 1]);
        await Download();
        Arrived("GET /models/net.tflite HTTP/1.1");
    }

    [Fact]
    public async Task A_server_that_ignores_ranges_sends_the_whole()
    {
        server.IgnoresRanges = true;
        server.CutAfter.Enqueue(70_000);
        await Download();
        Arrived("GET /models/net.tflite HTTP/1.1", "GET /models/net.tflite HTTP/1.1 bytes=70000-");
    }

    [Theory]
    [InlineData("503 Service Unavailable")]
    [InlineData("429 Too Many Requests")]
    [InlineData("416 Range Not Satisfiable")]
    public async Task A_passing_fault_is_waited_for(string status)
    {
        server.Statuses.Enqueue(status);
        await Download();
        Arrived("GET /models/net.tflite HTTP/1.1", "GET /models/net.tflite HTTP/1.1");
    }

    [Theory]
    [InlineData("404 Not Found", "404 Not Found; the file is not there any more")]
    [InlineData("403 Forbidden", "403 Forbidden; it does not give the file")]
    [InlineData("407 Proxy Authentication Required", "HTTPS_PROXY=")]
    public async Task A_lasting_fault_is_reported_at_once(string status, string words)
    {
        server.Statuses.Enqueue(status);
        Assert.Contains(words, await Refused());
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_fault_that_does_not_pass_is_reported_after_some_attempts()
    {
        for (int i = 0; i < 9; i++)
        {
            server.Statuses.Enqueue("500 Oops");
        }

        Assert.Contains("500 Oops", await Refused());
        Assert.Equal(4, server.Requests.Count);
    }

    [Fact]
    public async Task Other_bytes_of_the_same_length_are_not_kept()
    {
        server.Files["/models/net.tflite"] = [.. content[..^1], (byte)(content[^1] ^ 1)];
        string message = await Refused();
        Assert.Contains($"expected {file.Sha256}", message);
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(Target)!));
    }

    [Fact]
    public async Task A_file_of_another_length_is_refused_before_it_is_loaded()
    {
        server.Files["/models/net.tflite"] = content[..1000];
        Assert.Contains("a file of 1,000 bytes is there; expected 200,000", await Refused());
    }

    [Fact]
    public async Task A_file_without_end_is_cut_off()
    {
        server.TellsLength = false;
        server.Files["/models/net.tflite"] = [.. content, .. content];
        Assert.Contains("more than 200,000 bytes came", await Refused());
    }

    [Theory]
    [InlineData("text/html; charset=utf-8")]
    [InlineData("application/octet-stream")]
    public async Task The_page_of_a_network_that_wants_a_sign_in_is_named(string type)
    {
        server.Type = type;
        server.TellsLength = false;
        server.Files["/models/net.tflite"] = Encoding.UTF8.GetBytes("\r\n<!DOCTYPE html><title>Sign in</title>");
        Assert.Contains("a web page came, not the file", await Refused());
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_server_that_says_nothing_is_given_up()
    {
        server.IsSilent = true;
        int pauses = 0;
        using var downloader = new Downloader { Attempts = 2, Silence = TimeSpan.FromMilliseconds(50), Pause = failures => TimeSpan.FromTicks(pauses = failures) };
        DownloadException fault = await Assert.ThrowsAsync<DownloadException>(() => downloader.DownloadAsync(file, file.Address, Target, TestContext.Current.CancellationToken));
        Assert.Contains("nothing came", fault.Message);
        Assert.Equal(1, pauses);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_named()
    {
        server.Dispose();
        Assert.Contains($"{file.Address}: Connection refused", await Refused());
    }

    [Fact]
    public async Task A_cancelled_download_keeps_what_has_arrived()
    {
        using var cancellation = new CancellationTokenSource();
        server.CutAfter.Enqueue(70_000);
        using var downloader = new Downloader { Pause = _ => Timeout.InfiniteTimeSpan };
        Task download = downloader.DownloadAsync(file, file.Address, Target, cancellation.Token);
        while (!File.Exists(Part) || new FileInfo(Part).Length < 70_000)
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => download);
        Assert.Equal(content[..70_000], File.ReadAllBytes(Part));
        Assert.False(File.Exists(Target));
        await Download();
        Assert.Equal("GET /models/net.tflite HTTP/1.1 bytes=70000-", server.Requests[^1]);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_named()
    {
        File.WriteAllText(Path.Combine(folder.FullName, "new"), "a file where a folder should be");
        IOException fault = await Assert.ThrowsAnyAsync<IOException>(Download);
        Assert.Contains(Path.Combine(folder.FullName, "new"), fault.Message);
    }

    private async Task Download()
    {
        progress = 0;
        using var downloader = new Downloader { Pause = _ => TimeSpan.Zero, Progress = bytes => progress += bytes };
        await downloader.DownloadAsync(file, file.Address, Target, TestContext.Current.CancellationToken);
    }

    private async Task Interrupt(int after)
    {
        server.CutAfter.Enqueue(after);
        using var downloader = new Downloader { Attempts = 1 };
        using var cancellation = new CancellationTokenSource();
        Task download = downloader.DownloadAsync(file, file.Address, Target, cancellation.Token);
        while (!File.Exists(Part) || new FileInfo(Part).Length < after)
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => download);
    }

    private async Task<string> Refused()
    {
        DownloadException fault = await Assert.ThrowsAsync<DownloadException>(Download);
        Assert.False(File.Exists(Target));
        return fault.Message;
    }

    private void Arrived(params string[] requests)
    {
        Assert.Equal(content, File.ReadAllBytes(Target));
        Assert.Equal([Target], Directory.GetFiles(Path.GetDirectoryName(Target)!));
        Assert.Equal(requests, server.Requests);
        Assert.Equal(Length, progress);
    }
}

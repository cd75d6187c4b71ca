using System.Text;

namespace Edge.Hosting.Tests.Supervision;

public class ReplacedModelTests
{
    private const double ToleranceSeconds = 1; // a word begins a while after the clip that holds it

    [Fact]
    public async Task A_good_file_takes_over_in_the_middle_of_the_stream_and_no_word_is_lost()
    {
        await using var service = new SupervisedService();
        await service.StartAsync();
        await service.HearAsync("alexa");
        Replace(service, SameModelOfAnotherOrigin(service.Model));
        var said = new List<(string Label, double Begins)> { ("alexa", service.Events[0].StartSeconds) };
        string[] words = ["jarvis", "computer", "snowboy"];
        int after = 0; // words said since the new file listens
        for (int i = 0; after < 2; i++)
        {
            after += service.Supervisor.Lines("listens from").Length > 0 ? 1 : 0;
            string word = words[i % words.Length];
            said.Add((word, await service.Microphone.SayAsync(word)));
            await service.UntilAsync(() => service.Events.Length == said.Count, $"word {said.Count}, \"{word}\", is heard");
        }

        Assert.Equal(said.Select(one => one.Label), service.Events.Select(heard => heard.Label));
        Assert.All(said.Zip(service.Events), pair => Assert.InRange(pair.Second.StartSeconds - pair.First.Begins, 0, ToleranceSeconds));
        Assert.Single(service.Supervisor.Lines("listens from"));
    }

    [Fact]
    public async Task A_bad_file_is_refused_with_one_line_and_the_old_model_goes_on()
    {
        await using var service = new SupervisedService();
        await service.StartAsync();
        await service.HearAsync("alexa");
        Replace(service, "no model at all"u8.ToArray());
        service.Supervisor.Signal(Supervisor.HangUp);
        await service.UntilAsync(() => service.Supervisor.Lines("refused").Length > 0, "the file is refused");
        await service.HearAsync("jarvis");
        await service.HearAsync("computer");
        Assert.Equal("<4>", Assert.Single(service.Supervisor.Lines("refused"))[..3]);
        Assert.Equal(1, service.Supervisor.Starts);
    }

    /// <summary>As an installer replaces a file: written beside, then moved.</summary>
    private static void Replace(SupervisedService service, byte[] file)
    {
        File.WriteAllBytes(service.Model + ".new", file);
        File.Move(service.Model + ".new", service.Model, overwrite: true);
    }

    /// <summary>Another file, and so another digest, that hears the same.</summary>
    private static byte[] SameModelOfAnotherOrigin(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        int at = file.AsSpan().IndexOf(Encoding.UTF8.GetBytes("provenance"));
        int letter = at + file.AsSpan(at).IndexOf("wake-words.onnx"u8);
        Assert.True(at > 0 && letter > at, "The model's provenance names wake-words.onnx.");
        file[letter] = (byte)'W';
        return file;
    }
}

using Edge.Quantization.Analysis.Evaluation;

namespace Edge.Quantization.Tests.Analysis.Evaluation;

public sealed class LabelledClipsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("edge-clips-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Each_folder_is_a_class_with_its_whole_tree()
    {
        Touch("b/2.flac", "b/deeper/1.WAV", "a/x.wav", "a/notes.txt");

        IReadOnlyList<LabelledClip> clips = LabelledClips.FromFolder(folder);

        Assert.Equal(["a a/x.wav", "b b/2.flac", "b b/deeper/1.WAV"], clips.Select(clip => $"{clip.Label} {Path.GetRelativePath(folder, clip.Path)}"));
    }

    [Fact]
    public void A_folder_without_classes_an_empty_class_and_a_stray_file_are_refused()
    {
        Assert.Contains("holds no recordings", Refusal(() => LabelledClips.FromFolder(folder)), StringComparison.Ordinal);
        Touch("a/x.wav", "b/readme.txt");
        Assert.Contains("b holds no sound", Refusal(() => LabelledClips.FromFolder(folder)), StringComparison.Ordinal);
        Touch("b/y.wav", "stray.wav");
        Assert.Contains("stray.wav lies in no folder", Refusal(() => LabelledClips.FromFolder(folder + "/")), StringComparison.Ordinal);
        Assert.Throws<DirectoryNotFoundException>(() => LabelledClips.FromFolder(At("nowhere")));
    }

    [Fact]
    public void A_table_names_files_labels_and_times_in_any_order_of_columns()
    {
        Touch("one.wav", "with, comma.wav");

        IReadOnlyList<LabelledClip> clips = LabelledClips.FromTable(Table("Label,start_s,FILE,end_s\nyes,0.5,one.wav,1.25\n\n\"say \"\"no\"\"\",,\"with, comma.wav\",\n"));

        Assert.Equal(new LabelledClip(At("one.wav"), "yes", TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(1.25)), clips[0]);
        Assert.Equal(new LabelledClip(At("with, comma.wav"), "say \"no\""), clips[1]);
    }

    [Fact]
    public void Files_lie_in_the_folder_that_is_given()
    {
        Touch("sounds/one.wav");
        Assert.Single(LabelledClips.FromTable(Table("file,label\none.wav,yes\n"), At("sounds")));
    }

    [Theory]
    [InlineData("", "line 1 is ''")]
    [InlineData("one.wav,yes\n", "expected a header with the columns file,label")]
    [InlineData("file,label,start_s\none.wav,yes,1\n", "line 1 is 'file,label,start_s'")]
    [InlineData("file,label\n", "a header and no rows")]
    [InlineData("file,label\none.wav\n", "line 2 has 1 fields")]
    [InlineData("file,label\none.wav,yes\none.wav,\n", "line 3 has 2 fields")]
    [InlineData("file,label,start_s,end_s\none.wav,yes,soon,1\n", "line 2: start_s is 'soon'")]
    [InlineData("file,label,start_s,end_s\none.wav,yes,2,1\n", "ends at 1 s, before it begins at 2 s")]
    public void What_is_no_table_is_refused_with_the_line(string text, string message)
    {
        Touch("one.wav");
        Assert.Contains(message, Refusal(() => LabelledClips.FromTable(Table(text))), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_a_file_that_is_no_table_a_message_shows_the_beginning_alone() =>
        Assert.InRange(Refusal(() => LabelledClips.FromTable(Table(new string('x', 100_000)))).Length, 100, 400);

    [Fact]
    public void All_missing_files_are_counted_and_some_named()
    {
        string table = Table("file,label\na.wav,yes\nb.wav,yes\nc.wav,no\nd.wav,no\na.wav,no\n");

        string message = Assert.Throws<FileNotFoundException>(() => LabelledClips.FromTable(table)).Message;

        Assert.Contains("4 file(s)", message, StringComparison.Ordinal);
        Assert.Contains("c.wav, …", message, StringComparison.Ordinal);
    }

    private static string Refusal(Action action) => Assert.Throws<InvalidDataException>(action).Message;

    private string Table(string text)
    {
        File.WriteAllText(At("table.csv"), text);
        return At("table.csv");
    }

    private void Touch(params string[] names)
    {
        foreach (string name in names)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(At(name))!);
            File.WriteAllText(At(name), "");
        }
    }

    private string At(string name) => Path.Combine(folder, name);
}

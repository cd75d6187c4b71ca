using System.Reflection;
using System.Text.RegularExpressions;
using Edge.Audio;
using Edge.Detection;
using Edge.Inference;
using Edge.Inference.Operators;

namespace Edge.Tests;

/// <summary>README.md says what is so: its samples are compiled and run here, its table is checked against the kernels.</summary>
public partial class ReadmeTests
{
    private static readonly string Readme = File.ReadAllText(Repository.PathTo("README.md"));

    private readonly string modelPath = Repository.PathTo("samples", "models", "wake-words.edge");
    private readonly string recordingPath = Recordings.Bundled;

    [Fact]
    public async Task The_listener_sample_hears_words()
    {
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        using var output = new StringWriter();
        {
            StringWriter Console = output;
            // README 1
            IAudioSource source = AudioFile.Open(recordingPath);
            await using Listener listener = Listener.Open(modelPath, source);
            await foreach (AudioEvent heard in listener.ListenAsync(cancellationToken))
            {
                Console.WriteLine($"{heard.Start:mm\\:ss\\.ff}  {heard.Label}  {heard.Score:P0}");
            }
            // end
        }

        Assert.Contains("alexa", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_push_sample_hears_words()
    {
        short[] samples = Recordings.ReadAll(recordingPath);
        using var output = new StringWriter();
        {
            StringWriter Console = output;
            // README 2
            using AudioModel model = AudioModel.Load(modelPath);
            var spotter = new Spotter(model);
            foreach (AudioEvent heard in spotter.Push(samples))
            {
                Console.WriteLine(heard.Label);
            }
            // end
        }

        Assert.Contains("alexa", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_samples_are_the_code_that_runs_here()
    {
        string[] samples = [.. CodeBlock().Matches(Readme).Select(m => Unindent(m.Groups[1].Value))];
        string[] tested = [.. TestedCode().Matches(File.ReadAllText(Repository.PathTo("tests", "Edge.Tests", "ReadmeTests.cs"))).Select(m => Unindent(m.Groups[1].Value))];

        Assert.Equal(tested, samples);
    }

    [Fact]
    public void The_table_of_operators_is_that_of_the_kernels()
    {
        MatchCollection rows = OperatorRow().Matches(Readme);
        Assert.Equal(33, rows.Count);
        Assert.All(rows, row =>
        {
            Type kernel = typeof(Model).Assembly.GetType($"Edge.Inference.Kernels.{row.Groups["kernel"].Value}", throwOnError: true)!;
            string[] methods = [.. kernel.GetMethods(BindingFlags.Public | BindingFlags.Static).Select(m => m.Name)];
            foreach (string set in (string[])["Vector128", "Avx2", "Avx512"])
            {
                Assert.Equal(methods.Any(m => m.EndsWith(set, StringComparison.Ordinal)) ? "●" : "=", row.Groups[set].Value);
            }
        });
    }

    [Fact]
    public void Every_operator_of_the_format_is_in_the_table()
    {
        Assert.Equal(OperatorTable.Kinds, Named(wide: false));
    }

    [Fact]
    public void Every_operator_with_a_16_bit_form_is_in_the_table()
    {
        string format = File.ReadAllText(Repository.PathTo("sdk", "Edge", "Inference", "FORMAT.md"));

        Assert.Equal(WideOperatorRow().Matches(format).Select(row => row.Groups[1].Value).Order(StringComparer.Ordinal), Named(wide: true));
    }

    private static IEnumerable<string> Named(bool wide) => OperatorRow().Matches(Readme)
        .Where(row => row.Groups["wide"].Success == wide).SelectMany(row => row.Groups["names"].Value.Split(", ")).Order(StringComparer.Ordinal);

    private static string Unindent(string code)
    {
        string[] lines = [.. code.Split('\n').Where(line => line.Trim().Length > 0)];
        int indent = lines.Min(line => line.Length - line.TrimStart().Length);
        return string.Join('\n', lines.Select(line => line[indent..].TrimEnd()));
    }

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"// README \d\n(.*?)// end\n", RegexOptions.Singleline)]
    private static partial Regex TestedCode();

    [GeneratedRegex(@"^\| (?<names>[a-z, -]+?)(?<wide> in 16 bits)? \(`(?<kernel>\w+)`\) \| ● \| (?<Vector128>[●=]) \| (?<Avx2>[●=]) \| (?<Avx512>[●=]) \|", RegexOptions.Multiline)]
    private static partial Regex OperatorRow();

    [GeneratedRegex(@"^\| ([a-z-]+) <sup>16</sup> \|", RegexOptions.Multiline)]
    private static partial Regex WideOperatorRow();
}

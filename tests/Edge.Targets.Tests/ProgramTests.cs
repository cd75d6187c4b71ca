using System.Text.Json;
using Edge.Cli;
using Edge.Tests;

namespace Edge.Targets.Tests;

public class ProgramTests
{
    [Theory]
    [MemberData(nameof(Boards.WithLinux), MemberType = typeof(Boards))]
    public void A_dry_run_prints_the_command_line_of_every_program(string name)
    {
        (int code, string output, string errors) = Run("plan", "--board", name, "--host", "x64");

        Assert.Equal((ExitCode.Done, ""), (code, errors));
        string[] lines = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith("missing here:", StringComparison.Ordinal))];
        PublishTarget target = Boards.Named(name).Publish!;
        Assert.Equal(4, lines.Length);
        Assert.All(lines, line =>
        {
            Assert.StartsWith("dotnet publish sdk/Edge.", line, StringComparison.Ordinal);
            Assert.Contains($" -r {target.RuntimeIdentifier} ", line, StringComparison.Ordinal);
            Assert.Contains($" -o artifacts/{name}", line, StringComparison.Ordinal);
            Assert.Contains(" -p:EdgeAotFramework=net10.0 ", line, StringComparison.Ordinal);
            Assert.Equal(target.InstructionSet.Count > 0, line.Contains($" -p:IlcInstructionSet={string.Join("%2C", target.InstructionSet)} ", StringComparison.Ordinal));
        });
    }

    [Fact]
    public void As_JSON_a_plan_has_what_the_build_asks_for()
    {
        (_, string output, _) = Run("plan", "--board", "pi-5", "--host", "x64", "--json");

        using var plan = JsonDocument.Parse(output);
        JsonElement root = plan.RootElement;
        Assert.Equal("arm64", root.GetProperty("package_architecture").GetString());
        Assert.True(root.GetProperty("cross").GetBoolean());
        Assert.Equal(["clang", "gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross"], root.GetProperty("packages").EnumerateArray().Select(package => package.GetProperty("name").GetString()));
        Assert.Equal(["edge", "edge-models", "edge-serve", "libedge"], root.GetProperty("commands").EnumerateArray().Select(command => command.GetProperty("program").GetString()));
    }

    [Fact]
    public void The_list_names_every_board_in_a_line()
    {
        (_, string output, _) = Run("list");
        Assert.Equal(Boards.All.Boards.Select(board => board.Name), output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[0]));
    }

    [Fact]
    public void An_estimate_says_that_it_is_one()
    {
        string model = Repository.PathTo("samples", "models", "wake-words.edge");
        (int code, string output, _) = Run("estimate", "--board", "pi-zero-2w", model);
        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("estimate:", output, StringComparison.Ordinal);
        (_, string json, _) = Run("estimate", "--json", model);
        Assert.Equal(Boards.All.Boards.Count, json.Split('\n', StringSplitOptions.RemoveEmptyEntries).Count(line => line.Contains("\"estimate\":true", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(ExitCode.WrongUsage, "Did you mean pi-4?", "plan", "--board", "pi4")]
    [InlineData(ExitCode.WrongUsage, "cortex-m7 is a microcontroller", "plan", "--board", "cortex-m7")]
    [InlineData(ExitCode.WrongUsage, "--board NAME is required", "plan")]
    [InlineData(ExitCode.WrongUsage, "expected net10.0 or net9.0", "plan", "--board", "x64", "--framework", "net8.0")]
    [InlineData(ExitCode.WrongUsage, "expected x64 or arm64", "plan", "--board", "x64", "--host", "sparc")]
    [InlineData(ExitCode.WrongUsage, "'pi-4' is not expected", "plan", "--board", "pi-5", "pi-4")]
    [InlineData(ExitCode.WrongUsage, "'pi-4' is not expected", "list", "pi-4")]
    [InlineData(ExitCode.WrongUsage, "No model is named", "estimate")]
    [InlineData(ExitCode.BadInputFile, "nothing.edge", "estimate", "nothing.edge")]
    [InlineData(ExitCode.BadInputFile, "there is no such folder", "list", "--folder", "/nowhere")]
    public void A_wrong_command_line_is_refused_with_a_sentence(int expected, string message, params string[] args)
    {
        (int code, string output, string errors) = Run(args);
        Assert.Equal((expected, ""), (code, output));
        Assert.Contains(message, errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("list")]
    [InlineData("plan")]
    [InlineData("estimate")]
    public void Every_command_has_help_with_an_example(string command) =>
        Assert.Contains($"dotnet run --project targets/Edge.Targets -- {command}", Run(command, "--help").Output, StringComparison.Ordinal);

    private static (int Code, string Output, string Errors) Run(params string[] args)
    {
        using var output = new MemoryStream();
        using var errors = new StringWriter();
        int code = Program.Run(args, new StandardStreams(Stream.Null, output, errors));
        return (code, System.Text.Encoding.UTF8.GetString(output.ToArray()), errors.ToString());
    }
}
